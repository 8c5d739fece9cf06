//! `mv-apply x = d.path on (sub-query)`: expands each row, runs the sub-query on what came of it, and puts the
//! row's other columns before its result.
//! learn.microsoft.com/kusto/query/mv-apply-operator

use std::rc::Rc;

use super::mv_expand::{Expansion, expansion};
use super::{Operate, OperatorSpec, Pipeline, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::parse::close;
use crate::library::Example;
use crate::plan::{Node, Rel};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | mv-apply [with_itemindex=name] [name =] expression [to typeof(type)], ... [limit n] on (operators)",
    summary: "Expands the arrays of each row and runs operators on what came of that row alone.",
    example: Example {
        query: "print u = 'u', d = dynamic([3, 7, 5]) | mv-apply d to typeof(long) on (top 1 by d)",
        answer: "u | 7",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct MvApply {
    expansion: Expansion,
    body: Pipeline,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, expansion) = expansion(c)?;
    let (at, _) = at.word("on")?;
    let (at, open) = at.symbol("(")?;
    let (at, body) = super::body(at)?;
    let (at, _) = close(at, ")", open)?;
    done(at, MvApply { expansion, body })
}

impl Operate for MvApply {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let bound = self.expansion.bind(&input, env, binder);
        let sub = binder.enter_body();
        let rows = Rel { columns: bound.columns.clone(), node: Node::ApplyInput(sub.id) };
        let start = Tabular { serialized: true, open: input.open, ..Tabular::new(rows) };
        let body = binder.pipeline(&self.body, Some(start), env);
        let preludes = binder.leave_body(sub);
        // The row's columns, those the expansion replaced left out; a name the sub-query gives replaces one.
        let mut columns: Vec<_> =
            input.rel.columns.iter().filter(|c| !bound.replaced.iter().any(|r| r.id == c.id)).cloned().collect();
        for column in &body.rel.columns {
            match columns.iter().position(|c| c.name == column.name) {
                Some(at) => columns[at] = column.clone(),
                None => columns.push(column.clone()),
            }
        }
        let open = body.open;
        let (items, limit, index) = (bound.items, bound.limit, bound.index_column.map(|c| c.id));
        let (id, body) = (sub.id, Box::new(body.rel));
        Tabular { open, ..input.with(columns, |input| Node::Apply { input, items, index, limit, id, preludes, body }) }
    }
}
