//! `as Name`: gives the rows so far a name for later parts of the statement.
//! learn.microsoft.com/kusto/query/as-operator

use std::rc::Rc;

use super::parameters::HintValue;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Definition, Env};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::library::Example;
use crate::name;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | as Name",
    summary: "Gives the rows so far a name that later parts of the statement can read.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | as R | where a == 2 | join kind=inner (R | summarize n = count() by a) on a | project b, n",
        answer: "y | 2\nz | 2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct As {
    name: String,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (c, _) = super::parameters::read_hinted(c, &[], &[("hint.materialized", HintValue::Any)])?;
    let (after, name) = name::declaration(c)?;
    done(after, As { name: name.text })
}

impl Operate for As {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, _: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let named = Tabular { label: Some(self.name.clone()), ..input };
        *env = env.with(self.name.clone(), Definition::Table(Rc::new(named.clone())));
        named
    }
}
