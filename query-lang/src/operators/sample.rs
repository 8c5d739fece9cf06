//! `sample n`: some rows, by chance. learn.microsoft.com/kusto/query/sample-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::expr::parse::expr;
use crate::library::Example;
use crate::plan::{self, Node, SortKey};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | sample n",
    summary: "So many rows, chosen by chance, anew each time.",
    example: Example { query: "range x from 1 to 100 step 1 | sample 3 | count", answer: "3" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Sample {
    count: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (after, count) = expr(c)?;
    done(after, Sample { count })
}

impl Operate for Sample {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let count = binder.expr_of(&self.count, Type::Long, &Scope::constants(env));
        let columns = input.rel.columns.clone();
        // The first rows of an order that chance makes: fair, whatever is below.
        let Some(function) = binder.host.library().function("rand") else { return input };
        let chance = plan::Expr { ty: Type::Real, kind: plan::ExprKind::Call { function, args: Vec::new() } };
        let keys = vec![SortKey { expr: chance, descending: false, nulls_first: true }];
        let shuffled = input.unordered(columns.clone(), |input| Node::Sort { input, keys });
        shuffled.unordered(columns, |input| Node::Limit { input, count })
    }
}
