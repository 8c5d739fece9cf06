//! `serialize [name = expression, ...]`: marks the order of rows as meant, and adds columns that may look
//! around in it.
//! learn.microsoft.com/kusto/query/serialize-operator

use std::rc::Rc;

use super::extend::Extend;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::NamedExpr;
use crate::expr::parse::named_list;
use crate::library::Example;
use crate::plan::Node;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | serialize [[name =] expression, ...]",
    summary: "Says that the order of the rows is meant, so that functions such as `prev` and `row_number` may read it.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | serialize n = row_number()",
        answer: "1 | x | 1\n2 | y | 2\n2 | z | 3",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Serialize {
    items: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    if c.at_end() || ["|", ")", ";", "}"].iter().any(|s| c.is(s)) {
        return done(c, Serialize { items: Vec::new() });
    }
    let (after, items) = named_list(c)?;
    done(after, Serialize { items })
}

impl Operate for Serialize {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let columns = input.rel.columns.clone();
        let ordered = Tabular { serialized: true, ..input.with(columns, |input| Node::Serialize { input }) };
        match self.items.is_empty() {
            true => ordered,
            false => Extend { items: self.items.clone() }.bind(Some(ordered), env, binder),
        }
    }
}
