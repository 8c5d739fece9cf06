//! `assert-schema (a: long, b: string)`: the rows as they are, if they have exactly these columns.
//! learn.microsoft.com/kusto/query/assert-schema-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done, schema};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::library::Example;
use crate::span::Span;
use crate::types::{Field, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | assert-schema (name:type, ...)",
    summary: "The rows as they are; an error unless they have exactly these columns, in this order.",
    example: Example { query: "print a = 1, b = 'x' | assert-schema (a: long, b: string)", answer: "1 | x" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct AssertSchema {
    fields: Vec<Field>,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, fields) = schema(c)?;
    let fields = fields.into_iter().map(|(field, _)| field).collect();
    done(after, AssertSchema { fields, span: after.since(c) })
}

impl Operate for AssertSchema {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let wanted = self.fields.iter().map(|f| (f.name.as_str(), f.ty));
        if !input.open && !input.columns().iter().map(|c| (c.name.as_str(), c.ty)).eq(wanted) {
            let message = format!("the rows have the columns {}", listed(&input));
            binder.report(Diagnostic::error("schema-differs", self.span, message));
        }
        input
    }
}

fn listed(input: &Tabular) -> String {
    let column = |(name, ty): (&str, Type)| format!("{name}: {ty}");
    let columns = input.columns().iter().map(|c| column((c.name.as_str(), c.ty)));
    format!("`({})`", columns.collect::<Vec<_>>().join(", "))
}
