//! `top-hitters n of column [by expression]`: the values that occur most, or with the largest sums.
//! learn.microsoft.com/kusto/query/top-hitters-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::sample_distinct::column_named;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Expr;
use crate::expr::auto_name::auto_name;
use crate::expr::parse::expr;
use crate::library::Example;
use crate::plan::{self, Aggregate, Node, SortKey};
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | top-hitters n of column [by expression]",
    summary: "The values of a column that occur most, or whose sums are largest; the numbers are exact here.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | top-hitters 1 of a",
        answer: "2 | 2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct TopHitters {
    count: Expr,
    column: Expr,
    by: Option<Expr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (at, count) = expr(c)?;
    let (at, _) = at.word("of")?;
    let (at, column) = expr(at)?;
    let Some(after) = at.eat_word("by") else {
        let _ = at.word("by");
        return done(at, TopHitters { count, column, by: None });
    };
    let (after, by) = expr(after)?;
    done(after, TopHitters { count, column, by: Some(by) })
}

impl TopHitters {
    /// What makes a value large, and the name of its column.
    fn weight(&self, of: &Column, scope: &Scope, binder: &mut Binder) -> Option<(Aggregate, String)> {
        let Some(by) = &self.by else {
            let (aggregate, _) = binder.host.library().aggregate("count")?;
            let count = Aggregate { aggregate, args: Vec::new(), filter: None, types: vec![Type::Long] };
            return Some((count, format!("approximate_count_{}", of.name)));
        };
        let value = binder.expr(by, scope);
        let ty = match value.ty {
            Type::Unknown => return None,
            Type::Int | Type::Long => Type::Long,
            Type::Real | Type::Decimal => value.ty,
            ty => {
                let message = format!("a number is summed here, found a {ty}");
                binder.report(Diagnostic::error("wrong-type", by.span, message).kusto("KS107"));
                return None;
            }
        };
        let (aggregate, _) = binder.host.library().aggregate("sum")?;
        let name = auto_name(by, scope, binder.host).unwrap_or_default();
        let sum = Aggregate { aggregate, args: vec![value.to(ty)], filter: None, types: vec![ty] };
        Some((sum, format!("approximate_sum_{name}")))
    }
}

impl Operate for TopHitters {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let count = binder.expr_of(&self.count, Type::Long, &Scope::constants(env));
        let scope = Scope::row(&input, env);
        let Some(of) = column_named(&self.column, &scope, binder) else { return Tabular::broken() };
        if of.ty == Type::Dynamic {
            binder.report(dynamic_key(&format!("`{}`", of.name), self.column.span));
        }
        let Some((weight, name)) = self.weight(&of, &scope, binder) else { return Tabular::broken() };
        let value = binder.column(of.name.clone(), of.ty);
        let weighed = binder.column(name, weight.types.first().copied().unwrap_or(Type::Long));
        let columns = vec![value.clone(), weighed.clone()];
        let keys = vec![plan::Expr::column(&of)];
        let aggregates = vec![weight];
        let groups = input.unordered(columns.clone(), |input| Node::Aggregate { input, keys, aggregates });
        let order = |descending| {
            let mut keys = vec![SortKey { expr: plan::Expr::column(&weighed), descending, nulls_first: !descending }];
            if of.ty.is_orderable() {
                keys.push(SortKey { expr: plan::Expr::column(&value), descending: true, nulls_first: false });
            }
            keys
        };
        // Recorded answers come with the largest last: probe-window-series-scan-0071, -0072.
        let (largest, shown) = (order(true), order(false));
        let sorted = groups.with(columns.clone(), |input| Node::Sort { input, keys: largest });
        let top = sorted.with(columns.clone(), |input| Node::Limit { input, count });
        top.unordered(columns, |input| Node::Sort { input, keys: shown })
    }
}
