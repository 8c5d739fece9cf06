//! `bag_unpack(bag [, prefix] [, columnsConflict] [, ignoredProperties])`: the top-level slots of a bag as columns.
//! Without a schema behind `:` the columns are those that the data has, in order of their names.
//! learn.microsoft.com/kusto/query/bag-unpack-plugin

use crate::bind::data::{Answer, Question};
use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast;
use crate::library::{Accepts, Example};
use crate::plan::{Expr, ExprKind, Node, PathStep, Rel};
use crate::types::{Column, Field, Type, Value};

use super::call::{OutputSchema, Param};
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "bag_unpack",
    syntax: "T | evaluate bag_unpack(bag [, prefix] [, columnsConflict = 'error'|'replace_source'|'keep_source'] [, ignoredProperties = array]) [: ([*,] name: type, ...)]",
    summary: "Makes a column of each top-level slot of a bag, in place of the bag. Without a schema behind `:` the rows \
              before it are read twice: once to learn the columns.",
    example: Example {
        query: "print a = 1, d = dynamic({'name': 'x', 'age': 20}) | evaluate bag_unpack(d)",
        answer: "1 | 20 | x",
    },
    ..PluginSpec::new(bind)
};

/// What happens to a slot that has the name of a column of the input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    ReplaceSource,
    KeepSource,
}

/// So many properties can be ignored.
const MOST_IGNORED: i64 = 10_000;

struct Unpack {
    /// The column that is unpacked.
    column: Column,
    /// Its value as a dynamic.
    bag: Expr,
    prefix: String,
    conflict: Conflict,
    ignored: Vec<String>,
}

fn bind(call: &mut Call) -> Option<Tabular> {
    let unpack = read(call)?;
    if let Some(schema) = call.schema.take() {
        return Some(unpack.with_schema(call, schema));
    }
    let slots = match call.input.open {
        true => None,
        false => unpack.slots(call),
    };
    let Some(slots) = slots else {
        let columns: Vec<Column> =
            call.input.rel.columns.iter().filter(|c| c.id != unpack.column.id).cloned().collect();
        let exprs = columns.iter().map(Expr::column).collect();
        let open = Tabular { open: true, ..std::mem::replace(&mut call.input, Tabular::broken()) };
        return Some(open.with(columns, |input| Node::Project { input, exprs }));
    };
    let unseen = slots.is_empty() && call.binder.host.outside_is_empty();
    if unseen {
        let message = "there are no bags to unpack: the columns that they would give are empty";
        call.binder.report(Diagnostic::warning("no-bags", call.span, message));
    }
    let table = unpack.with_slots(call, slots)?;
    Some(Tabular { open: table.open || unseen, ..table })
}

fn read(call: &mut Call) -> Option<Unpack> {
    let Some(first) = call.arguments.first() else {
        call.wrong_count(1, Some(4));
        return None;
    };
    let bag = call.argument(Param::Column("column", Accepts::StringOrDynamic), &first.value).expr;
    let [prefix, conflict, ignored] =
        call.named(1, &["OutputColumnPrefix", "columnsConflict", "ignoredProperties"])?.try_into().ok()?;
    let prefix = prefix.map_or(Some(Value::String(String::new())), |p| constant(call, p, Type::String))?;
    let conflict = match conflict {
        Some(written) => match constant(call, written, Type::String)?.as_str() {
            Some("error") => Conflict::Error,
            Some("replace_source") => Conflict::ReplaceSource,
            Some("keep_source") => Conflict::KeepSource,
            _ => {
                let message = "`columnsConflict` is `error`, `replace_source` or `keep_source`";
                call.binder.report(Diagnostic::error("unknown-word", written.span, message).kusto("KS005"));
                return None;
            }
        },
        None => Conflict::Error,
    };
    let ignored = match ignored {
        Some(list) => {
            let list = constant(call, list, Type::Dynamic)?;
            strings(call, &list)
        }
        None => Vec::new(),
    };
    let ExprKind::Column(id) = bag.kind else { return None };
    let column = call.input.rel.columns.iter().find(|c| c.id == id)?.clone();
    // A string is read as JSON.
    let bag = match (bag.ty, call.binder.host.library().function("parse_json")) {
        (Type::String, Some(function)) => {
            Expr { ty: Type::Dynamic, kind: ExprKind::Call { function, args: vec![bag] } }
        }
        _ => bag,
    };
    let prefix = prefix.as_str()?.to_owned();
    Some(Unpack { column, bag, prefix, conflict, ignored })
}

/// A constant argument; nothing after an error.
fn constant(call: &mut Call, value: &ast::Expr, ty: Type) -> Option<Value> {
    let bound = call.binder.expr_of(value, ty, &Scope::constants(call.env));
    if bound.ty == Type::Unknown {
        return None;
    }
    let found = call.binder.constant(&bound);
    if found.is_none() {
        let error = Diagnostic::error("not-constant", value.span, "an option of `bag_unpack` must be a constant");
        call.binder.report(error.kusto("KS108"));
    }
    found
}

/// The elements of a constant array, as texts, up to the first null.
fn strings(call: &Call, array: &Value) -> Vec<String> {
    let array = Expr::literal(array.clone());
    let element = |i| {
        let element = array.clone().step(PathStep::Index(i));
        call.binder.constant(&element).filter(|e| !e.is_null())?;
        call.binder.constant(&element.to(Type::String))?.as_str().map(str::to_owned)
    };
    (0..MOST_IGNORED).map_while(element).collect()
}

impl Unpack {
    /// The slots that the data has, without those that are ignored, in order of their names.
    fn slots(&self, call: &mut Call) -> Option<Vec<Field>> {
        let columns = vec![call.binder.column(self.column.name.clone(), Type::Dynamic)];
        let node = Node::Project { input: Box::new(call.input.rel.clone()), exprs: vec![self.bag.clone()] };
        let Some(Answer::Slots(mut slots)) = call.binder.ask(Question::Slots, Rel { columns, node }, call.span) else {
            return None;
        };
        slots.retain(|s| !self.ignored.contains(&s.name));
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        Some(slots)
    }

    /// The input without the bag, then the slots. A slot with the name of the bag stands in its place, and so does
    /// one that replaces a column.
    fn with_slots(&self, call: &mut Call, slots: Vec<Field>) -> Option<Tabular> {
        let mut columns = call.input.rel.columns.clone();
        let mut exprs: Vec<Expr> = columns.iter().map(Expr::column).collect();
        let mut unpacked = false;
        for slot in slots {
            let name = format!("{}{}", self.prefix, slot.name);
            let at = columns.iter().position(|c| c.name == name);
            let is_bag = at.is_some_and(|at| columns.get(at).is_some_and(|c| c.id == self.column.id));
            let value = self.slot(&slot.name, slot.ty);
            let column = call.binder.column(name, slot.ty);
            match (at, self.conflict) {
                (Some(at), conflict) if is_bag || conflict == Conflict::ReplaceSource => {
                    unpacked |= is_bag;
                    columns[at] = column;
                    exprs[at] = value;
                }
                (Some(_), Conflict::KeepSource) => {}
                (Some(_), _) => {
                    self.report_conflict(call, &column.name);
                    return None;
                }
                (None, _) => {
                    columns.push(column);
                    exprs.push(value);
                }
            }
        }
        if let Some(at) = columns.iter().position(|c| c.id == self.column.id).filter(|_| !unpacked) {
            columns.remove(at);
            exprs.remove(at);
        }
        let input = std::mem::replace(&mut call.input, Tabular::broken());
        Some(input.with(columns, |input| Node::Project { input, exprs }))
    }

    fn report_conflict(&self, call: &mut Call, name: &str) {
        let message = format!("`bag_unpack` gives a column `{name}`, which the input has already");
        let error = Diagnostic::error("duplicate-column", call.span, message);
        let help = "add a prefix, or `columnsConflict='replace_source'` or `'keep_source'`";
        call.binder.report(error.help(help));
    }

    /// The columns that the schema declares. One that the input has is taken from there, unless slots replace columns.
    fn with_schema(&self, call: &mut Call, schema: &OutputSchema) -> Tabular {
        let (mut columns, mut exprs): (Vec<Column>, Vec<Expr>) = (Vec::new(), Vec::new());
        if schema.star {
            for column in call.input.rel.columns.iter().filter(|c| c.id != self.column.id) {
                columns.push(column.clone());
                exprs.push(Expr::column(column));
            }
        }
        for (field, _) in &schema.fields {
            let source = call.input.rel.columns.iter().find(|c| c.name == field.name && c.id != self.column.id);
            let value = match source {
                Some(column) if self.conflict != Conflict::ReplaceSource => Expr::column(column).to(field.ty),
                _ => self.slot(field.name.strip_prefix(&self.prefix).unwrap_or(&field.name), field.ty),
            };
            let column = call.binder.column(field.name.clone(), field.ty);
            match columns.iter().position(|c| c.name == field.name) {
                Some(at) => {
                    columns[at] = column;
                    exprs[at] = value;
                }
                None => {
                    columns.push(column);
                    exprs.push(value);
                }
            }
        }
        let input = std::mem::replace(&mut call.input, Tabular::broken());
        input.with(columns, |input| Node::Project { input, exprs })
    }

    fn slot(&self, name: &str, ty: Type) -> Expr {
        if self.ignored.iter().any(|i| i == name) {
            return Expr::literal(Value::missing(ty));
        }
        self.bag.clone().step(PathStep::Key(name.to_owned())).to(ty)
    }
}
