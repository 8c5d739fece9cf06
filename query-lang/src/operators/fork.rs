//! `fork (operators) name=(operators)`: the same rows on several ways, a result each.
//! learn.microsoft.com/kusto/query/fork-operator

use std::rc::Rc;

use super::facet::numbered;
use super::{Operate, OperatorSpec, Pipeline, body, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::parse::close;
use crate::library::Example;
use crate::name;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | fork [name =] (operator | ...) [name =] (operator | ...) ...",
    summary: "Several results, one for each way that the rows take.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | fork (count) last=(top 1 by b)",
        answer: "3\n2 | z",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Fork {
    ways: Vec<Way>,
}

#[derive(Debug)]
struct Way {
    name: Option<String>,
    body: Pipeline,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (mut at, first) = way(c)?;
    let mut ways = vec![first];
    while at.is("(") || at.next().is("=") {
        let (after, next) = way(at)?;
        ways.push(next);
        at = after;
    }
    let _ = at.symbol("(");
    done(at, Fork { ways })
}

fn way(c: Cursor) -> Parsed<Way> {
    let (at, name) = match name::step(c) {
        Ok((after, name)) if after.is("=") => (after.next(), Some(name.text)),
        _ => (c, None),
    };
    let (inside, open) = at.symbol("(")?;
    let (at, body) = body(inside)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, Way { name, body }))
}

impl Operate for Fork {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let mut results = Vec::with_capacity(self.ways.len());
        for (i, way) in self.ways.iter().enumerate() {
            let copy = binder.fresh_copy(&input);
            let result = binder.pipeline(&way.body, Some(copy), env);
            // `as` at the end of a way names it too.
            let title = way.name.clone().or_else(|| result.label.clone()).unwrap_or_else(|| numbered("Results", i));
            results.push(Tabular { title: Some(title), ..result });
        }
        Tabular::group(results)
    }
}
