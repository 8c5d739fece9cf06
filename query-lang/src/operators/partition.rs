//! `partition [hint.strategy=native|shuffle|legacy] by column (operators)`: runs operators on the rows of each value
//! of a column by themselves, and puts the results together. `by column { query }` runs a query with a source of its
//! own once for each value; it reads the value as `toscalar(column)`.
//! learn.microsoft.com/kusto/query/partition-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::parameters::{self, HintValue, Hints};
use super::{Operate, OperatorSpec, Pipeline, done, value_or_pipeline};
use crate::bind::Binder;
use crate::bind::scope::{Definition, Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::close;
use crate::library::Example;
use crate::name;
use crate::plan::{self, Node, Rel};
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | partition [hint.strategy=native|shuffle|legacy] by column (operators)\nT | partition [hint.strategy=legacy] by column { query }",
    summary: "Runs operators on the rows of each value of a column by themselves; or a query of its own for each value, which it reads as `toscalar(column)`.",
    example: Example {
        query: "datatable(k:string, v:long)['a', 1, 'b', 5, 'a', 3] | partition by k (top 1 by v) | sort by k asc",
        answer: "a | 3\nb | 5",
    },
    ..OperatorSpec::piped(parse)
};

/// The hints; they say how a cluster goes about it.
const HINTS: Hints = &[
    ("hint.concurrency", HintValue::Any),
    ("hint.materialized", HintValue::Any),
    ("hint.shufflekey", HintValue::Any),
    ("hint.spread", HintValue::Any),
    ("hint.strategy", HintValue::Any),
];

#[derive(Debug)]
struct Partition {
    key: Name,
    body: Body,
}

#[derive(Debug)]
enum Body {
    /// `( operators )` on the rows of a partition.
    Operators(Pipeline),
    /// `{ query }` with a source of its own.
    Query(Expr),
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (c, _) = parameters::read_hinted(c, &[], HINTS)?;
    let (at, _) = c.word("by")?;
    let (at, key) = name::reference(at)?;
    if let Some(inside) = at.eat("{") {
        let (inside, ()) = inside.deeper()?;
        let (after, query) = value_or_pipeline(inside)?;
        let (after, _) = close(after.at_depth_of(c), "}", at.span())?;
        return done(after, Partition { key, body: Body::Query(query) });
    }
    let (inside, open) = at.symbol("(")?;
    let (after, body) = super::body(inside)?;
    let (after, _) = close(after, ")", open)?;
    done(after, Partition { key, body: Body::Operators(body) })
}

impl Operate for Partition {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let Some(key) = self.key(&input, env, binder) else { return Tabular::broken() };
        let (sub, value, body) = match &self.body {
            Body::Operators(body) => {
                let sub = binder.enter_body();
                let rows = Rel { columns: input.rel.columns.clone(), node: Node::ApplyInput(sub.id) };
                let start = Tabular { serialized: input.serialized, open: input.open, ..Tabular::new(rows) };
                (sub, None, binder.pipeline(body, Some(start), env))
            }
            Body::Query(query) => {
                let (sub, value) = binder.enter_body_of(key.ty);
                let read = plan::Expr { ty: key.ty, kind: plan::ExprKind::Scalar(value) };
                let inner = env.with(&key.name, Definition::Scalar(read));
                (sub, Some(value), binder.table(query, &inner))
            }
        };
        let preludes = binder.leave_body(sub);
        let (open, columns) = (body.open || input.open, body.rel.columns.clone());
        let (id, keys, body) = (sub.id, vec![key.id], Box::new(body.rel));
        let parts = input.unordered(columns, |input| Node::Partition { input, keys, value, id, preludes, body });
        Tabular { open, ..parts }
    }
}

impl Partition {
    /// The column whose values make the parts.
    fn key(&self, input: &Tabular, env: &Env, binder: &mut Binder) -> Option<Column> {
        let scope = Scope::row(input, env);
        let Some(key) = scope.column(&self.key.text).cloned() else {
            if !input.open {
                binder.unknown_column(&self.key, &scope);
            }
            return None;
        };
        if key.ty == Type::Dynamic {
            binder.report(dynamic_key(&format!("`{}`", key.name), self.key.span));
            return None;
        }
        Some(key)
    }
}
