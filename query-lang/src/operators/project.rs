//! `project name = expression, ...`: these columns only, in this order.
//! learn.microsoft.com/kusto/query/project-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::NamedExpr;
use crate::expr::parse::named_list;
use crate::library::Example;
use crate::plan::{self, Node};
use crate::types::Column;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | project [name =] expression, ...",
    summary: "These columns only, in this order.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | project b, twice = a * 2 | take 1",
        answer: "x | 2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Project {
    items: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, items) = named_list(c)?;
    done(after, Project { items })
}

impl Operate for Project {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let (columns, exprs) = named_columns(&self.items, &Scope::row(&input, env), binder);
        input.with(columns, |input| Node::Project { input, exprs })
    }
}

/// Binds a list of expressions to new columns, named as given or as Kusto names them.
pub(super) fn named_columns(items: &[NamedExpr], scope: &Scope, binder: &mut Binder) -> (Vec<Column>, Vec<plan::Expr>) {
    let mut names = Names::default();
    let (mut columns, mut exprs) = (Vec::new(), Vec::new());
    for item in items {
        for given in binder.columns_of(item, scope) {
            let Some(name) = binder.settle_name(&given, &mut names) else { continue };
            columns.push(binder.column(name, given.value.ty));
            exprs.push(given.value);
        }
    }
    (columns, exprs)
}
