//! `project-by-names "a", "b*", dynamic(["c"]), column_names_of(T)`: columns whose names are values.
//! learn.microsoft.com/kusto/query/project-by-names-operator

use std::rc::Rc;

use super::wildcard::Pattern;
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind};
use crate::expr::parse::{expr, separated};
use crate::library::Example;
use crate::plan::{self, Node};
use crate::types::{Column, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | project-by-names name, ...",
    summary: "Only the columns of these names, in this order; a name is a constant string that may have `*` in it, or an array of them. Names of no column are passed over.",
    example: Example {
        query: "print b = 1, a = 'x', a2 = 2 | project-by-names 'a*', dynamic(['b', 'c'])",
        answer: "x | 2 | 1",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct ProjectByNames {
    names: Vec<Expr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, names) = separated(c, expr)?;
    done(after, ProjectByNames { names })
}

/// The names that one item stands for.
fn names(item: &Expr, env: &Env, binder: &mut Binder) -> Vec<String> {
    if let ExprKind::Call(name, arguments) = &item.kind
        && name.text == "column_names_of"
        && let [table] = arguments.as_slice()
    {
        let table = binder.table(&table.value, env);
        return table.rel.columns.into_iter().map(|c| c.name).collect();
    }
    let bound = binder.expr(item, &Scope::constants(env));
    match binder.constant(&bound) {
        Some(Value::String(name)) => vec![name],
        Some(Value::Dynamic(json)) => strings(&json, binder),
        _ if bound.ty == Type::Unknown => Vec::new(),
        _ => {
            let error = Diagnostic::error("not-constant", item.span, "a constant string or array is expected here");
            binder.report(error.kusto("KS108"));
            Vec::new()
        }
    }
}

/// The elements of a constant array, as text.
fn strings(json: &str, binder: &Binder) -> Vec<String> {
    let array = || plan::Expr::literal(Value::Dynamic(json.to_owned()));
    let element = |n| array().step(plan::PathStep::Index(n)).to(Type::String);
    let names = (0..).map_while(|n| match binder.constant(&element(n)) {
        Some(Value::String(name)) if !name.is_empty() => Some(name),
        _ => None,
    });
    names.collect()
}

impl Operate for ProjectByNames {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let mut columns: Vec<Column> = Vec::new();
        for item in &self.names {
            for text in names(item, env, binder) {
                let pattern = Pattern { wild: text.contains('*'), text, span: item.span };
                let fitting = input.columns().iter().filter(|c| pattern.fits(&c.name));
                let new: Vec<Column> = fitting.filter(|c| !columns.contains(c)).cloned().collect();
                columns.extend(new);
            }
        }
        let exprs = columns.iter().map(plan::Expr::column).collect();
        input.with(columns, |input| Node::Project { input, exprs })
    }
}
