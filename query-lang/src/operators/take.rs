//! `take n`, also spelled `limit`: at most n rows, which ones is not promised.
//! learn.microsoft.com/kusto/query/take-operator

use std::rc::Rc;

use super::{Operate, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::expr::parse::expr;
use crate::plan::Node;
use crate::types::Type;

#[derive(Debug)]
struct Take {
    count: Expr,
}

pub(super) fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
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
