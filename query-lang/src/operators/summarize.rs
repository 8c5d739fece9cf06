//! `summarize aggregates by keys`: one row a group; columns are the keys, then the aggregates. Without keys
//! there is one row even for no input; without aggregates the distinct keys.
//! learn.microsoft.com/kusto/query/summarize-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::extend::duplicate;
use super::{Operate, OperatorSpec, done};
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::bind::{Binder, Pending};
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::{ExprKind, NamedExpr};
use crate::expr::auto_name::auto_name;
use crate::expr::parse::named_list;
use crate::library::Example;
use crate::plan::{self, Node};
use crate::span::Span;
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
        let (key_columns, keys) = self.keys(&scope, &mut names, binder);
        let plain: Vec<ColumnId> = keys
            .iter()
            .filter_map(|k| match k.kind {
                plan::ExprKind::Column(id) => Some(id),
                _ => None,
            })
            .collect();
        let outer = binder.aggregates.replace(Pending { keys: plain, list: Vec::new() });
        let (results, exprs) = self.results(&scope, &mut names, binder);
        let pending = std::mem::replace(&mut binder.aggregates, outer).unwrap_or_default();

        let mut grouped = key_columns.clone();
        grouped.extend(pending.list.iter().flat_map(|p| p.columns.iter().cloned()));
        let aggregates = pending.list.into_iter().map(|p| p.aggregate).collect();
        let open = input.open;
        let groups = input.unordered(grouped, |input| Node::Aggregate { input, keys, aggregates });
        let mut columns: Vec<Column> = Vec::new();
        let mut list: Vec<plan::Expr> = Vec::new();
        for key in &key_columns {
            columns.push(binder.column(key.name.clone(), key.ty));
            list.push(plan::Expr::column(key));
        }
        columns.extend(results);
        list.extend(exprs);
        Tabular { open, ..groups.unordered(columns, |input| Node::Project { input, exprs: list }) }
    }
}

impl Summarize {
    fn keys(&self, scope: &Scope, names: &mut Names, binder: &mut Binder) -> (Vec<Column>, Vec<plan::Expr>) {
        let (mut columns, mut keys) = (Vec::new(), Vec::new());
        for item in &self.keys {
            let key = binder.expr(&item.value, scope);
            let name = self.name(item, &item.value.kind, names, scope, binder);
            let Some(name) = name else { continue };
            if key.ty == Type::Dynamic {
                binder.report(dynamic_key(&format!("`{name}`"), item.value.span));
            }
            columns.push(binder.column(name, key.ty));
            keys.push(key);
        }
        (columns, keys)
    }

    /// The name a key or scalar result gets; nothing after an error.
    fn name(
        &self,
        item: &NamedExpr,
        kind: &ExprKind,
        names: &mut Names,
        scope: &Scope,
        binder: &mut Binder,
    ) -> Option<String> {
        match (item.names.first(), kind) {
            (Some(name), _) | (None, ExprKind::Name(name)) => {
                if names.declare(&name.text) {
                    return Some(name.text.clone());
                }
                binder.report(duplicate(&name.text, name.span));
                None
            }
            (None, _) => Some(match auto_name(&item.value, scope, binder.host) {
                Some(name) => names.infer(&name),
                None => names.unnamed(),
            }),
        }
    }

    /// Binds the aggregates, and the expressions around them.
    fn results(&self, scope: &Scope, names: &mut Names, binder: &mut Binder) -> (Vec<Column>, Vec<plan::Expr>) {
        let (mut columns, mut exprs) = (Vec::new(), Vec::new());
        for item in &self.aggregates {
            if let Some(given) = self.direct(item, scope, binder) {
                for (i, column) in given.iter().enumerate() {
                    let name = match item.names.get(i) {
                        Some(name) => match names.declare(&name.text) {
                            true => name.text.clone(),
                            false => {
                                binder.report(duplicate(&name.text, name.span));
                                continue;
                            }
                        },
                        None if column.name.is_empty() => names.unnamed(),
                        None => names.infer(&column.name),
                    };
                    columns.push(binder.column(name, column.ty));
                    exprs.push(plan::Expr::column(column));
                }
                continue;
            }
            let value = binder.expr(&item.value, scope);
            let Some(name) = self.name(item, &ExprKind::Missing, names, scope, binder) else { continue };
            columns.push(binder.column(name, value.ty));
            exprs.push(value);
        }
        (columns, exprs)
    }

    /// The columns of an item that is an aggregate and nothing around it.
    fn direct(&self, item: &NamedExpr, scope: &Scope, binder: &mut Binder) -> Option<Vec<Column>> {
        let ExprKind::Call(name, arguments) = &item.value.kind else { return None };
        if scope.env.find(&name.text).is_some() {
            return None;
        }
        let (spec, filtered) = binder.host.library().aggregate(&name.text)?;
        let span: Span = item.value.span;
        let given = binder.aggregate_call(name, spec, filtered, arguments, span, scope);
        // After an error the columns are unknown; one poisoned column keeps names given by the user alive.
        Some(if given.is_empty() { vec![binder.column("", Type::Unknown)] } else { given })
    }
}
