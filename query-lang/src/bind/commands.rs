//! Binding of management commands: their rows are constants, and what they change is listed for the session.

use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::literal::json_string;
use crate::operators::{csl_schema, net_type};
use crate::plan::{Effect, Node, Rel};
use crate::similar::nearest;
use crate::statement::command::{Action, Command};
use crate::statement::{FunctionDefinition, ParameterType};
use crate::types::{Field, Type, Value};

use super::Binder;
use super::scope::{Definition, Env};
use super::tabular::Tabular;

/// The name that tables of evidence are shown to belong to.
const DATABASE: &str = "evidence";

impl Binder<'_> {
    /// Binds a command: the rows it shows, and what is in sight after it.
    pub(super) fn command(&mut self, command: &Command, env: &mut Env) -> Tabular {
        let shown = match &command.action {
            Action::ShowTables => self.show_tables(),
            Action::ShowTable { name, json } => match self.fields_of(&name.text, env) {
                Some(fields) => self.show_table(&name.text, &fields, *json),
                None => self.missing("table", &name.text, command, self.host.table_names()),
            },
            Action::ShowFunctions => {
                let names = self.host.stored_function_names();
                self.show_functions(&names)
            }
            Action::ShowFunction(name) => match self.host.stored_function(&name.text) {
                Some(_) => self.show_functions(std::slice::from_ref(&name.text)),
                None => self.missing("function", &name.text, command, self.host.stored_function_names()),
            },
            Action::CreateTable { name, fields } => {
                self.effects.push(Effect::CreateTable { name: name.text.clone(), fields: fields.clone() });
                let table = self.empty(fields);
                *env = env.with(name.text.clone(), Definition::Table(Rc::new(table)));
                self.show_table(&name.text, fields, false)
            }
            Action::CreateFunction { name, function, text } => {
                self.effects.push(Effect::CreateFunction { name: name.text.clone(), text: text.clone() });
                let rows = vec![vec![name.text.clone(), parameters_text(function), body_text(text)]];
                let meaning = Definition::Function(Rc::new(function.clone()), env.clone());
                *env = env.with(name.text.clone(), meaning);
                self.text_table(&FUNCTION_COLUMNS, rows)
            }
            Action::DropTable { name, if_exists } => {
                if !if_exists && self.fields_of(&name.text, env).is_none() {
                    self.missing("table", &name.text, command, self.host.table_names());
                }
                self.effects.push(Effect::DropTable(name.text.clone()));
                self.hidden.push(name.text.clone());
                self.show_tables()
            }
            Action::DropFunction { name, if_exists } => {
                if !if_exists && self.host.stored_function(&name.text).is_none() {
                    self.missing("function", &name.text, command, self.host.stored_function_names());
                }
                self.effects.push(Effect::DropFunction(name.text.clone()));
                self.text_table(&["Name"], vec![vec![name.text.clone()]])
            }
        };
        self.pipeline(&command.operators, Some(shown), env)
    }

    fn fields_of(&self, name: &str, env: &Env) -> Option<Vec<Field>> {
        if let Some(Definition::Table(table)) = env.find(name) {
            return Some(table.columns().iter().map(|c| Field::new(c.name.clone(), c.ty)).collect());
        }
        self.host.table(name).filter(|_| self.is_visible(name))
    }

    fn missing(&mut self, kind: &str, name: &str, command: &Command, names: Vec<String>) -> Tabular {
        let message = format!("no {kind} is named `{name}`");
        let error = Diagnostic::error("unknown-table", command.span, message).kusto("KS204");
        self.report(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
        Tabular::broken()
    }

    fn empty(&mut self, fields: &[Field]) -> Tabular {
        let columns = fields.iter().map(|f| self.column(f.name.clone(), f.ty)).collect();
        Tabular::new(Rel { columns, node: Node::Values { rows: Vec::new() } })
    }

    fn show_tables(&mut self) -> Tabular {
        let names = self.host.table_names();
        let visible = names.into_iter().filter(|name| self.is_visible(name));
        let rows = visible.map(|name| vec![name, DATABASE.into()]).collect();
        self.text_table(&["TableName", "DatabaseName", "Folder", "DocString"], rows)
    }

    fn show_table(&mut self, name: &str, fields: &[Field], json: bool) -> Tabular {
        let schema =
            if json { json_schema(name, fields) } else { csl_schema(fields.iter().map(|f| (f.name.as_str(), f.ty))) };
        let columns = ["TableName", "Schema", "DatabaseName", "Folder", "DocString"];
        self.text_table(&columns, vec![vec![name.to_owned(), schema, DATABASE.into()]])
    }

    fn show_functions(&mut self, names: &[String]) -> Tabular {
        let mut rows = Vec::with_capacity(names.len());
        for name in names {
            let Some((function, _)) = self.stored_function(name) else { continue };
            let text = self.host.stored_function(name).unwrap_or_default();
            rows.push(vec![name.clone(), parameters_text(&function), body_text(&text)]);
        }
        self.text_table(&FUNCTION_COLUMNS, rows)
    }

    /// Rows of texts, made as wide as the columns with `""`.
    fn text_table(&mut self, columns: &[&str], rows: Vec<Vec<String>>) -> Tabular {
        let width = columns.len();
        let columns = columns.iter().map(|name| self.column(*name, Type::String)).collect();
        let rows = rows.into_iter().map(|mut row| {
            row.resize(width, String::new());
            row.into_iter().map(Value::String).collect()
        });
        Tabular::new(Rel { columns, node: Node::Values { rows: rows.collect() } })
    }
}

const FUNCTION_COLUMNS: [&str; 5] = ["Name", "Parameters", "Body", "Folder", "DocString"];

/// The schema as `.show table T schema as json` has it: names with .NET types and Kusto types.
fn json_schema(name: &str, fields: &[Field]) -> String {
    let mut out = String::from("{\"Name\":");
    json_string(name, &mut out);
    out.push_str(",\"OrderedColumns\":[");
    for (i, field) in fields.iter().enumerate() {
        out.push_str(if i == 0 { "{\"Name\":" } else { ",{\"Name\":" });
        json_string(&field.name, &mut out);
        out.push_str(&format!(",\"Type\":\"{}\",\"CslType\":\"{}\"}}", net_type(field.ty), field.ty));
    }
    out.push_str("]}");
    out
}

/// `(a:long, T:(x:string))`
fn parameters_text(function: &FunctionDefinition) -> String {
    let shown = function.params.iter().map(|param| match &param.ty {
        ParameterType::Scalar(ty) => format!("{}:{ty}", param.name.text),
        ParameterType::Table(fields) if fields.is_empty() => format!("{}:(*)", param.name.text),
        ParameterType::Table(fields) => {
            format!("{}:({})", param.name.text, csl_schema(fields.iter().map(|f| (f.name.as_str(), f.ty))))
        }
    });
    format!("({})", shown.collect::<Vec<_>>().join(", "))
}

/// The part of a function's text in braces.
fn body_text(text: &str) -> String {
    text.find('{').and_then(|at| text.get(at..)).unwrap_or_default().to_owned()
}
