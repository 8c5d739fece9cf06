//! `take n`, also spelled `limit`: at most n rows, which ones is not promised.
//! learn.microsoft.com/kusto/query/take-operator

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
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | take n",
    summary: "At most n rows; which ones is not promised.",
    example: Example { query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | take 2 | count", answer: "2" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Take {
    count: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, count) = expr(c)?;
    done(after, Take { count })
}

impl Operate for Take {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let count = binder.expr_of(&self.count, Type::Long, &Scope::constants(env));
        let columns = input.rel.columns.clone();
        input.with(columns, |input| Node::Limit { input, count })
    }
}
