//! `extend name = expression, ...`: every column of the input, and computed ones. A name that exists is
//! replaced in place. Expressions see the input row only.
//! learn.microsoft.com/kusto/query/extend-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::{Names, duplicate};
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::NamedExpr;
use crate::expr::parse::named_list;
use crate::expr::tuple::Given;
use crate::library::Example;
use crate::plan::{Expr, Node};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | extend [name =] expression, ...",
    summary: "Adds computed columns; one of a name that exists takes its place. Expressions see the row as it came in.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | extend c = a * 10 | take 1",
        answer: "1 | x | 10",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
pub(super) struct Extend {
    pub items: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, items) = named_list(c)?;
    done(after, Extend { items })
}

impl Operate for Extend {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let scope = Scope::row(&input, env);
        let mut columns = input.rel.columns.clone();
        let mut exprs: Vec<Expr> = columns.iter().map(Expr::column).collect();
        let mut declared: Vec<&str> = Vec::new();
        let mut names = Names::of(columns.iter().map(|c| c.name.as_str()));
        let given: Vec<Given> = self.items.iter().flat_map(|item| binder.columns_of(item, &scope)).collect();
        for given in given {
            let name = match (given.declared, &given.inferred) {
                (Some(name), _) if declared.contains(&name.text.as_str()) => {
                    binder.report(duplicate(&name.text, name.span));
                    continue;
                }
                (Some(name), _) => {
                    declared.push(&name.text);
                    name.text.clone()
                }
                // A field of a tuple never takes the place of a column, as the analyser does it.
                (None, Some(name)) if given.field => names.infer(name),
                (None, Some(name)) => name.clone(),
                (None, None) => names.unnamed(),
            };
            names.declare(&name);
            let column = binder.column(name, given.value.ty);
            match columns.iter().position(|c| c.name == column.name) {
                Some(at) => {
                    columns[at] = column;
                    exprs[at] = given.value;
                }
                None => {
                    columns.push(column);
                    exprs.push(given.value);
                }
            }
        }
        input.with(columns, |input| Node::Project { input, exprs })
    }
}
