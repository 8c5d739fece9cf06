//! `distinct a, b` or `distinct *`: each combination of values once. No dynamic column.
//! learn.microsoft.com/kusto/query/distinct-operator

use std::rc::Rc;

use super::project::named_columns;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::NamedExpr;
use crate::expr::parse::named_list;
use crate::library::Example;
use crate::plan::{Expr, Node};
use crate::span::Span;
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | distinct expression, ...\nT | distinct *",
    summary: "Each combination of values once. A dynamic column must be converted first.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | distinct a | sort by a asc",
        answer: "1\n2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Distinct {
    /// Nothing for `*`.
    items: Vec<NamedExpr>,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    if let Some(after) = c.eat("*") {
        return done(after, Distinct { items: Vec::new(), span: c.span() });
    }
    let (after, items) = named_list(c)?;
    done(after, Distinct { items, span: after.since(c) })
}

impl Operate for Distinct {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let (columns, keys) = match self.items.is_empty() {
            true => {
                let columns: Vec<Column> =
                    input.rel.columns.iter().map(|c| binder.column(c.name.clone(), c.ty)).collect();
                (columns, input.rel.columns.iter().map(Expr::column).collect())
            }
            false => named_columns(&self.items, &Scope::row(&input, env), binder),
        };
        for c in columns.iter().filter(|c| c.ty == Type::Dynamic) {
            binder.report(dynamic_key(&format!("`{}`", c.name), self.span));
        }
        input.unordered(columns, |input| Node::Aggregate { input, keys, aggregates: Vec::new() })
    }
}

/// Groups, sorts and joins need values that compare; a dynamic does not.
pub(super) fn dynamic_key(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("dynamic-key", span, format!("{what} is dynamic and cannot be compared"))
        .kusto("KS116")
        .help("convert it, such as with `tostring(...)`")
}
