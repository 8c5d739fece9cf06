//! `sort by a [asc|desc] [nulls first|last], ...`, also spelled `order by`. Without a word the largest comes
//! first. Nulls come first ascending, last descending.
//! learn.microsoft.com/kusto/query/sort-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Expr;
use crate::expr::parse::{expr, separated};
use crate::library::Example;
use crate::plan::{Node, SortKey};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | sort by expression [asc|desc] [nulls first|nulls last], ...",
    summary: "Orders the rows; without a word the largest comes first. Nulls come first ascending and last descending.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | sort by a desc, b desc",
        answer: "2 | z\n2 | y\n1 | x",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Sort {
    keys: Vec<Key>,
}

/// One key as written.
#[derive(Debug)]
pub(super) struct Key {
    value: Expr,
    ascending: bool,
    nulls_first: Option<bool>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (at, _) = c.word("by")?;
    let (after, keys) = separated(at, key)?;
    done(after, Sort { keys })
}

/// `value [asc|desc] [nulls first|last]`
pub(super) fn key(c: Cursor) -> Parsed<Key> {
    let (at, value) = expr(c)?;
    let (at, ascending) = match (at.eat_word("asc"), at.eat_word("desc")) {
        (Some(after), _) => (after, true),
        (_, Some(after)) => (after, false),
        _ => (at, false),
    };
    let (at, nulls_first) = match at.eat_word("nulls") {
        Some(after) => match (after.eat_word("first"), after.eat_word("last")) {
            (Some(after), _) => (after, Some(true)),
            (_, Some(after)) => (after, Some(false)),
            _ => return after.expected("first or last"),
        },
        None => (at, None),
    };
    Ok((at, Key { value, ascending, nulls_first }))
}

/// Binds sort keys on the columns of a table.
pub(super) fn bind_keys(keys: &[Key], scope: &Scope, binder: &mut Binder) -> Vec<SortKey> {
    keys.iter()
        .map(|key| {
            let expr = binder.expr(&key.value, scope);
            if expr.ty == Type::Dynamic {
                binder.report(dynamic_key("the sort key", key.value.span));
            } else if !expr.ty.is_orderable() {
                let message = format!("a {} has no order", expr.ty);
                binder.report(Diagnostic::error("no-order", key.value.span, message).kusto("KS241"));
            }
            SortKey { expr, descending: !key.ascending, nulls_first: key.nulls_first.unwrap_or(key.ascending) }
        })
        .collect()
}

impl Operate for Sort {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let keys = bind_keys(&self.keys, &Scope::row(&input, env), binder);
        let columns = input.rel.columns.clone();
        Tabular { serialized: true, ..input.with(columns, |input| Node::Sort { input, keys }) }
    }
}
