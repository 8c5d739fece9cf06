//! `summarize aggregates by keys`: one row a group; columns are the keys, then the aggregates. Without keys
//! there is one row even for no input; without aggregates the distinct keys.
//! learn.microsoft.com/kusto/query/summarize-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::{Operate, OperatorSpec, done};
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::bind::{Binder, Pending};
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{ExprKind, NamedExpr};
use crate::expr::parse::named_list;
use crate::expr::tuple::Given;
use crate::library::Example;
use crate::plan::{self, Node};
use crate::types::{Column, ColumnId, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | summarize [[name =] aggregate, ...] [by [name =] expression, ...]",
    summary: "One row a group: its keys, then what the aggregates make of its rows.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | summarize n = count(), max(b) by a | sort by a asc",
        answer: "1 | 1 | x\n2 | 2 | z",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Summarize {
    aggregates: Vec<NamedExpr>,
    keys: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = super::parameters::skip(c)?;
    let (at, aggregates) = match c.is_word("by") {
        true => (c, Vec::new()),
        false => named_list(c)?,
    };
    let (at, keys) = match at.eat_word("by") {
        Some(after) => named_list(after)?,
        None => {
            let _ = at.word("by");
            (at, Vec::new())
        }
    };
    done(at, Summarize { aggregates, keys })
}

impl Operate for Summarize {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let scope = Scope::row(&input, env);
        let mut names = Names::default();
        let (key_columns, keys) = keys_of(&self.keys, &scope, &mut names, binder);
        let plain: Vec<ColumnId> = keys
            .iter()
            .filter_map(|k| match k.kind {
                plan::ExprKind::Column(id) => Some(id),
                _ => None,
            })
            .collect();
        let outer = binder.aggregates.replace(Pending { keys: plain, list: Vec::new() });
        let results: Vec<(Column, plan::Expr)> =
            self.aggregates.iter().flat_map(|item| results_of(item, &scope, &mut names, binder)).collect();
        let pending = std::mem::replace(&mut binder.aggregates, outer).unwrap_or_default();

        let mut grouped = key_columns.clone();
        grouped.extend(pending.list.iter().flat_map(|p| p.columns.iter().cloned()));
        if let (Some(first), true) = (self.aggregates.first(), keys.is_empty() && pending.list.is_empty()) {
            let error =
                Diagnostic::error("no-aggregate", first.value.span, "`summarize` has neither an aggregate nor a key");
            binder.refuse_to_run(error.help("for computed columns write `project`"));
        }
        let aggregates = pending.list.into_iter().map(|p| p.aggregate).collect();
        let open = input.open;
        let groups = input.unordered(grouped, |input| Node::Aggregate { input, keys, aggregates });
        let mut columns: Vec<Column> = Vec::new();
        let mut list: Vec<plan::Expr> = Vec::new();
        for key in &key_columns {
            columns.push(binder.column(key.name.clone(), key.ty));
            list.push(plan::Expr::column(key));
        }
        for (column, expr) in results {
            columns.push(column);
            list.push(expr);
        }
        Tabular { open, ..groups.unordered(columns, |input| Node::Project { input, exprs: list }) }
    }
}

/// Binds group keys to columns.
pub(super) fn keys_of(
    items: &[NamedExpr],
    scope: &Scope,
    names: &mut Names,
    binder: &mut Binder,
) -> (Vec<Column>, Vec<plan::Expr>) {
    let (mut columns, mut keys) = (Vec::new(), Vec::new());
    for item in items {
        for given in binder.columns_of(item, scope) {
            let Some(name) = binder.settle_name(&given, names) else { continue };
            if given.value.ty == Type::Dynamic {
                binder.report(dynamic_key(&format!("`{name}`"), item.value.span));
            }
            columns.push(binder.column(name, given.value.ty));
            keys.push(given.value);
        }
    }
    (columns, keys)
}

/// Binds an item of a list of aggregates, each alone or within an expression, to the columns it gives.
pub(super) fn results_of(
    item: &NamedExpr,
    scope: &Scope,
    names: &mut Names,
    binder: &mut Binder,
) -> Vec<(Column, plan::Expr)> {
    let given = match aggregate_alone(item, scope, binder) {
        Some(given) => given,
        None => binder.columns_of(item, scope),
    };
    let mut results = Vec::with_capacity(given.len());
    for given in given {
        let Some(name) = binder.settle_name(&given, names) else { continue };
        results.push((binder.column(name, given.value.ty), given.value));
    }
    results
}

/// The columns of an item that is an aggregate and nothing around it.
fn aggregate_alone<'i>(item: &'i NamedExpr, scope: &Scope, binder: &mut Binder) -> Option<Vec<Given<'i>>> {
    let ExprKind::Call(name, arguments) = &item.value.kind else { return None };
    if scope.env.find(&name.text).is_some() {
        return None;
    }
    let (spec, filtered) = binder.host.library().aggregate(&name.text)?;
    let mut columns = binder.aggregate_call(name, spec, filtered, arguments, item.value.span, scope);
    if columns.is_empty() {
        // After an error the columns are unknown; one poisoned column keeps names given by the user alive.
        columns.push(binder.column("", Type::Unknown));
    } else {
        binder.check_names(item, columns.len());
    }
    let field = columns.len() > 1;
    let given = |(i, column): (usize, &Column)| Given {
        declared: item.names.get(i),
        plain: None,
        inferred: (!column.name.is_empty()).then(|| column.name.clone()),
        field,
        value: plan::Expr::column(column),
    };
    Some(columns.iter().enumerate().map(given).collect())
}
