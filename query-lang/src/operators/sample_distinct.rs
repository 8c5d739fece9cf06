//! `sample-distinct n of column`: some of the values of a column, each once.
//! learn.microsoft.com/kusto/query/sample-distinct-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind};
use crate::expr::parse::expr;
use crate::library::Example;
use crate::plan::Node;
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | sample-distinct n of column",
    summary: "At most so many of a column's values, each once; which ones is not promised.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | sample-distinct 5 of a | count",
        answer: "2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct SampleDistinct {
    count: Expr,
    column: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (at, count) = expr(c)?;
    let (at, _) = at.word("of")?;
    let (after, column) = expr(at)?;
    done(after, SampleDistinct { count, column })
}

impl Operate for SampleDistinct {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let count = binder.expr_of(&self.count, Type::Long, &Scope::constants(env));
        let Some(column) = column_named(&self.column, &Scope::row(&input, env), binder) else {
            return Tabular::broken();
        };
        if column.ty == Type::Dynamic {
            binder.report(dynamic_key(&format!("`{}`", column.name), self.column.span));
        }
        let values = vec![binder.column(column.name.clone(), column.ty)];
        let keys = vec![crate::plan::Expr::column(&column)];
        let distinct = input.unordered(values.clone(), |input| Node::Aggregate { input, keys, aggregates: Vec::new() });
        distinct.unordered(values, |input| Node::Limit { input, count })
    }
}

/// The column that an expression names, where no other expression may stand.
pub(super) fn column_named(expr: &Expr, scope: &Scope, binder: &mut Binder) -> Option<Column> {
    let ExprKind::Name(name) = &expr.kind else {
        let error = Diagnostic::error("not-a-column", expr.span, "the name of a column is expected here");
        binder.report(error.kusto("KS109").help("compute it before with `extend`"));
        return None;
    };
    let found = scope.column(&name.text).cloned();
    if found.is_none() && !scope.open {
        binder.unknown_column(name, scope);
    }
    found
}
