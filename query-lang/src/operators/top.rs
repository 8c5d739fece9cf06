//! `top n by key [asc|desc] [nulls first|last]`: sort and take in one.
//! learn.microsoft.com/kusto/query/top-operator

use std::rc::Rc;

use super::sort::{Key, bind_keys, key};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::expr::parse::{expr, separated};
use crate::library::Example;
use crate::plan::Node;
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | top n by expression [asc|desc] [nulls first|nulls last], ...",
    summary: "The first n rows of an order; without a word those with the largest values.",
    example: Example { query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | top 1 by b", answer: "2 | z" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Top {
    count: Expr,
    keys: Vec<Key>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (at, count) = expr(c)?;
    let (at, _) = at.word("by")?;
    let (after, keys) = separated(at, key)?;
    done(after, Top { count, keys })
}

impl Operate for Top {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let count = binder.expr_of(&self.count, Type::Long, &Scope::constants(env));
        let keys = bind_keys(&self.keys, &Scope::row(&input, env), binder);
        let columns = input.rel.columns.clone();
        let sorted = input.with(columns.clone(), |input| Node::Sort { input, keys });
        Tabular { serialized: true, ..sorted.with(columns, |input| Node::Limit { input, count }) }
    }
}
