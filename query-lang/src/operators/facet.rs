//! `facet by a, b [with (operators)]`: a result for each column with how often its values occur.
//! learn.microsoft.com/kusto/query/facet-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::sample_distinct::column_named;
use super::{Operate, OperatorSpec, Pipeline, body, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Expr;
use crate::expr::parse::{close, expr, separated};
use crate::library::Example;
use crate::plan::{self, Aggregate, Node};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | facet by column, ... [with (operator | ...)]",
    summary: "Several results: first that of the operators in brackets, then for each column its values and how often they occur.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'y'] | facet by b, a",
        answer: "x | 1\ny | 2\n1 | 1\n2 | 2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Facet {
    columns: Vec<Expr>,
    with: Option<Pipeline>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, _) = c.word("by")?;
    let (at, columns) = separated(at, expr)?;
    let Some(after) = at.eat_word("with") else {
        let _ = at.word("with");
        return done(at, Facet { columns, with: None });
    };
    let (inside, open) = after.symbol("(")?;
    let (at, with) = body(inside)?;
    let (after, _) = close(at, ")", open)?;
    done(after, Facet { columns, with: Some(with) })
}

impl Operate for Facet {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let mut results = Vec::new();
        if let Some(with) = &self.with {
            let copy = binder.fresh_copy(&input);
            results.push(binder.pipeline(with, Some(copy), env));
        }
        for (i, column) in self.columns.iter().enumerate() {
            let Some((count, _)) = binder.host.library().aggregate("count") else { continue };
            let copy = binder.fresh_copy(&input);
            let Some(found) = column_named(column, &Scope::row(&copy, env), binder) else { continue };
            if found.ty == Type::Dynamic {
                binder.report(dynamic_key(&format!("`{}`", found.name), column.span));
            }
            let value = binder.column(found.name.clone(), found.ty);
            let counted = binder.column(format!("count_{}", found.name), Type::Long);
            let keys = vec![plan::Expr::column(&found)];
            let aggregates =
                vec![Aggregate { aggregate: count, args: Vec::new(), filter: None, types: vec![Type::Long] }];
            let facet = copy.unordered(vec![value, counted], |input| Node::Aggregate { input, keys, aggregates });
            results.push(Tabular { title: Some(numbered("Facet", i)), ..facet });
        }
        Tabular::group(results)
    }
}

/// `Facet`, `Facet_2`, ...
pub(super) fn numbered(name: &str, i: usize) -> String {
    if i == 0 { name.to_owned() } else { format!("{name}_{}", i + 1) }
}
