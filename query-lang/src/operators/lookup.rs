//! `lookup kind=leftouter (facts) on key`: as a join, without the right side's keys and without deduplication.
//! learn.microsoft.com/kusto/query/lookup-operator

use std::rc::Rc;

use super::join::{joined, joined_table, keys, parts, without_keys};
use super::parameters::{Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::library::Example;
use crate::plan::JoinKind;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | lookup [kind=leftouter|inner] (U) on key, $left.a == $right.b, ...",
    summary: "Adds the columns of a small table to the rows whose keys it has; the keys are not repeated.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | lookup (datatable(a:long, c:long)[1, 10]) on a | where b != 'z'",
        answer: "1 | x | 10\n2 | y | null",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Lookup {
    kind: Option<Parameter>,
    right: Expr,
    on: Vec<Expr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, (kind, right, on)) = parts(c, &[])?;
    done(at, Lookup { kind, right, on })
}

impl Operate for Lookup {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let left = input.unwrap_or_else(Tabular::broken);
        let right = binder.table(&self.right, env);
        let kind = match self.kind.as_ref().map(|k| k.value.as_str()) {
            None | Some("leftouter") => JoinKind::LeftOuter,
            Some("inner") => JoinKind::Inner,
            Some(_) => {
                if let Some(written) = &self.kind {
                    binder.report(unknown_value(written, &["leftouter", "inner"]));
                }
                return Tabular::broken();
            }
        };
        let on = keys(&self.on, &left, &right, binder);
        let open = left.open || right.open || on.len() < self.on.len();
        let columns = joined(&left.rel.columns, &without_keys(&right.rel.columns, &on));
        joined_table(kind, left.rel, right.rel, on, columns, open)
    }
}
