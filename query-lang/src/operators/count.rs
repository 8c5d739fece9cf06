//! `count` or `count as Name`: one row, the number of rows.
//! learn.microsoft.com/kusto/query/count-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::library::Example;
use crate::name;
use crate::plan::{Aggregate, Node};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | count [as Name]",
    summary: "The number of rows: one row with the column `Count`.",
    example: Example { query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | count", answer: "3" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Count {
    name: Option<String>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let Some(after) = c.eat_word("as") else { return done(c, Count { name: None }) };
    let (after, name) = name::declaration(after)?;
    done(after, Count { name: Some(name.text) })
}

impl Operate for Count {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let Some((aggregate, _)) = binder.host.library().aggregate("count") else { return Tabular::broken() };
        let column = binder.column(self.name.as_deref().unwrap_or("Count"), Type::Long);
        let aggregates = vec![Aggregate { aggregate, args: Vec::new(), filter: None, types: vec![Type::Long] }];
        let counted = input.unordered(vec![column], |input| Node::Aggregate { input, keys: Vec::new(), aggregates });
        // Whatever columns an error hid, the count has only this one.
        Tabular { open: false, ..counted }
    }
}
