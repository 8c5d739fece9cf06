//! `consume [decodeblocks=true]`: no rows. learn.microsoft.com/kusto/query/consume-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done, parameters};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::library::Example;
use crate::plan::{Node, Rel};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | consume [decodeblocks=true|false]",
    summary: "Reads rows and gives none: the query is checked, and its answer stays empty.",
    example: Example { query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | consume", answer: "" },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Consume;

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, _) = parameters::read(c, &["decodeblocks"])?;
    done(after, Consume)
}

impl Operate for Consume {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, _: &mut Binder) -> Tabular {
        let open = input.is_none_or(|input| input.open);
        Tabular { open, ..Tabular::new(Rel { columns: Vec::new(), node: Node::Values { rows: Vec::new() } }) }
    }
}
