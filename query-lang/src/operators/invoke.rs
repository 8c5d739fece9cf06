//! `invoke f(arguments)`: calls a function of the user with the rows so far as its first table.
//! learn.microsoft.com/kusto/query/invoke-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Definition, Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Name};
use crate::expr::parse::arguments;
use crate::library::Example;
use crate::name;
use crate::plan::{self, Node, Rel};
use crate::span::Span;
use crate::statement::{FunctionDefinition, ParameterType};
use crate::types::{Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | invoke function(argument, ...)",
    summary: "Calls a function with the rows so far as its first table.",
    example: Example {
        query: "let twice = (t:(a:long)) { t | extend c = a + a }; print a = 4 | invoke twice()",
        answer: "4 | 8",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Invoke {
    name: Name,
    arguments: Vec<Argument>,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, name) = name::step(c)?;
    let (after, arguments) = arguments(at)?;
    done(after, Invoke { name, arguments, span: after.since(c) })
}

impl Operate for Invoke {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let name = &self.name.text;
        let (found, looks_up) = match env.find(name) {
            Some(Definition::Function(function, env)) => (Some((Rc::clone(function), env.clone())), false),
            _ => (binder.called_function(&self.name), binder.host.looks_rows_up(name)),
        };
        let Some((function, closure)) = found else {
            binder.unknown_function(&self.name);
            return Tabular::broken();
        };
        let row = Tabular {
            rel: Rel { columns: input.rel.columns.clone(), node: Node::Values { rows: Vec::new() } },
            open: input.open,
            ..Tabular::broken()
        };
        // Any function but those of the service sees constants only.
        let scope = if looks_up { Scope::row(&row, env) } else { Scope::constants(env) };
        let input = match looks_up && binder.host.wants_arguments_in_rows(name) {
            true => self.with_arguments(&function, input, &scope, binder),
            false => input,
        };
        let called = binder.user_table(name, &function, &closure, &self.arguments, Some(input), self.span, &scope);
        called.unwrap_or_else(|| {
            let message = format!("`invoke` needs a function that gives a table, `{name}` gives a value");
            binder.report(Diagnostic::error("value-as-table", self.span, message));
            Tabular::broken()
        })
    }
}

impl Invoke {
    /// Puts what the call gives for each parameter into the rows: a value, or where the parameter is a text, a column or
    /// its name. learn.microsoft.com/defender-xdr/advanced-hunting-fileprofile-function
    fn with_arguments(
        &self,
        function: &FunctionDefinition,
        input: Tabular,
        scope: &Scope,
        binder: &mut Binder,
    ) -> Tabular {
        let mut columns = input.rel.columns.clone();
        let mut exprs: Vec<plan::Expr> = columns.iter().map(plan::Expr::column).collect();
        let mut positional = self.arguments.iter().filter(|a| a.name.is_none());
        for param in &function.params {
            let ParameterType::Scalar(ty) = param.ty else { continue };
            let named = |a: &&Argument| a.name.as_ref().is_some_and(|n| n.text == param.name.text);
            let given = self.arguments.iter().find(named).or_else(|| positional.next());
            // What is wrong with an argument is told when the call is bound.
            let Some(value) = given.map(|a| &a.value).or(param.default.as_ref()) else { continue };
            let reported = binder.diagnostics.len();
            let bound = binder.expr(value, scope);
            binder.diagnostics.truncate(reported);
            let bound = match binder.constant(&bound) {
                Some(Value::String(column)) if ty == Type::String => match scope.column(&column) {
                    Some(column) => plan::Expr::column(column),
                    None if scope.open => plan::Expr::poison(),
                    None => {
                        let message =
                            format!("`{}` looks up the column `{column}`, which the rows lack", self.name.text);
                        let help = format!("name a column of the rows: `invoke {}(COLUMN)`", self.name.text);
                        binder.poison(Diagnostic::error("unknown-column", self.span, message).help(help))
                    }
                },
                _ => bound,
            };
            columns.push(binder.column(format!("${}", param.name.text), ty));
            exprs.push(bound.to(ty));
        }
        input.with(columns, |input| Node::Project { input, exprs })
    }
}
