//! `search [kind=case_sensitive] [in (A, B*)] "term" and col: "text"`: the rows of all tables that hold what is
//! looked for. `$table` says which they come from. learn.microsoft.com/kusto/query/search-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::terms::matching;
use super::union::{Leg, bind_legs, every_table, legs, unite};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Expr;
use crate::expr::parse::expr;
use crate::expr::term::SEARCHED;
use crate::library::Example;
use crate::span::Span;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "[T |] search [kind=default|case_insensitive|case_sensitive] predicate\n\
             search [kind=...] in (T, ...) predicate",
    summary: "Rows that hold what is looked for: a bare string is a term of any column, `name: \"text\"` of one. Stars say what may be around it.",
    example: Example {
        query: "datatable(a:string, b:long)['red apple', 1, 'pineapple', 2, 'pear', 3] | search 'apple' or b == 3",
        answer: "search_arg0 | red apple | 1\nsearch_arg0 | pear | 3",
    },
    ..OperatorSpec::either(parse)
};

/// What begins the names of sources that have none.
const UNNAMED: &str = "search_arg";

#[derive(Debug)]
struct Search {
    parameters: Vec<Parameter>,
    /// The tables named; nothing for all, or the one piped in.
    legs: Option<(Vec<Leg>, Span)>,
    predicate: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["kind"])?;
    let (at, legs) = legs(at)?;
    let (after, predicate) = expr(at)?;
    done(after, Search { parameters, legs, predicate })
}

impl Operate for Search {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let mut case = false;
        if let Some(kind) = self.parameters.last() {
            match kind.value.as_str() {
                "case_sensitive" => case = true,
                "default" | "case_insensitive" => {}
                _ => binder.report(parameters::unknown_value(kind, &["case_insensitive", "case_sensitive", "default"])),
            }
        }
        let tables = match (input, &self.legs) {
            (Some(_), Some((_, span))) => {
                let error = Diagnostic::error("wrong-place", *span, "a `search` behind a pipe has its rows already");
                binder.report(error.kusto("KS175").help("begin the query with `search in (...)`"));
                return Tabular::broken();
            }
            (Some(input), None) => vec![input],
            (None, Some((legs, _))) => bind_legs(legs, env, false, binder),
            (None, None) => match every_table(self.predicate.span, env, binder) {
                Some(tables) => tables,
                None => return Tabular::broken(),
            },
        };
        let found = matching(tables, UNNAMED, &self.predicate, case, env, binder);
        let found: Vec<Tabular> = found.into_iter().flatten().collect();
        // What was searched before says already where its rows come from.
        let searched = |table: &Tabular| table.columns().iter().any(|c| c.name == SEARCHED);
        match found.as_slice() {
            [] => Tabular::broken(),
            [one] if searched(one) => Tabular::group(found),
            _ => unite(found, false, Some((SEARCHED, UNNAMED)), binder),
        }
    }
}
