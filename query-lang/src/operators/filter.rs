//! `where predicate`, also spelled `filter`: rows for which the predicate is true; null is not.
//! learn.microsoft.com/kusto/query/where-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::expr::parse::expr;
use crate::library::Example;
use crate::plan::Node;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | where predicate",
    summary: "Keeps the rows for which the predicate is true; null is not true.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | where b in ('x', 'z')",
        answer: "1 | x\n2 | z",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Where {
    predicate: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, predicate) = expr(c)?;
    done(after, Where { predicate })
}

impl Operate for Where {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let predicate = binder.predicate(&self.predicate, &Scope::row(&input, env));
        let columns = input.rel.columns.clone();
        input.with(columns, |input| Node::Filter { input, predicate })
    }
}
