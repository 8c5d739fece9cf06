//! The predicates of `search` and `find`: a bare string is a term that any column may hold, and `col: "text"` a
//! term that one column holds. learn.microsoft.com/kusto/query/search-operator#search-predicate-syntax

use crate::bind::Binder;
use crate::bind::scope::{Definition, Env, Scope};
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Binary, Expr, ExprKind};
use crate::plan::{self, Node};
use crate::types::{Column, Type, Value};

/// Rewrites a predicate to one that `where` knows: each term becomes `*: "term"`, and with `case` every comparison
/// of texts minds it.
fn spelled_out(expr: &Expr, case: bool, scope: &Scope) -> Expr {
    let inner = |expr: &Expr| spelled_out(expr, case, scope);
    let kind = match &expr.kind {
        ExprKind::And(parts) => ExprKind::And(parts.iter().map(inner).collect()),
        ExprKind::Or(parts) => ExprKind::Or(parts.iter().map(inner).collect()),
        ExprKind::Call(name, arguments) if name.text == "not" => {
            let argument = |a: &Argument| Argument { name: a.name.clone(), value: inner(&a.value) };
            ExprKind::Call(name.clone(), arguments.iter().map(argument).collect())
        }
        // `search *` finds everything.
        ExprKind::Star => ExprKind::Literal(Value::Bool(true)),
        _ if is_term(expr, scope) => term(expr, case),
        ExprKind::Binary(binary) if case => {
            ExprKind::Binary(Box::new(Binary { op: minding_case(binary.op), ..(**binary).clone() }))
        }
        other => other.clone(),
    };
    Expr { kind, span: expr.span }
}

/// A string, a number (recorded: probe-parse-search-0086), or the name of a string that is no column.
fn is_term(expr: &Expr, scope: &Scope) -> bool {
    match &expr.kind {
        ExprKind::Literal(value) => matches!(value.ty(), Type::String | Type::Int | Type::Long | Type::Real),
        ExprKind::Name(name) => {
            let meaning = scope.env.find(&name.text);
            scope.column(&name.text).is_none()
                && matches!(meaning, Some(Definition::Scalar(plan::Expr { ty: Type::String, .. })))
        }
        _ => false,
    }
}

/// `*: term`. A number is looked for as it is written, in texts only.
fn term(expr: &Expr, case: bool) -> ExprKind {
    let star = Expr { kind: ExprKind::Star, span: expr.span };
    let op = if case { ":cs" } else { ":" };
    ExprKind::Binary(Box::new(Binary { op, op_span: expr.span, left: star, right: expr.clone() }))
}

/// The spelling of an operator on texts that minds case; others stay.
fn minding_case(op: &'static str) -> &'static str {
    const SPELLINGS: &[(&str, &str)] = &[
        ("!contains", "!contains_cs"),
        ("!endswith", "!endswith_cs"),
        ("!has", "!has_cs"),
        ("!hasprefix", "!hasprefix_cs"),
        ("!hassuffix", "!hassuffix_cs"),
        ("!startswith", "!startswith_cs"),
        ("!~", "!="),
        (":", ":cs"),
        ("=~", "=="),
        ("contains", "contains_cs"),
        ("endswith", "endswith_cs"),
        ("has", "has_cs"),
        ("hasprefix", "hasprefix_cs"),
        ("hassuffix", "hassuffix_cs"),
        ("startswith", "startswith_cs"),
    ];
    SPELLINGS.iter().find(|(spelling, _)| *spelling == op).map_or(op, |(_, other)| other)
}

/// The columns of tables that a predicate mentions.
pub(super) fn referenced(tables: &[Tabular], predicate: &Expr) -> Vec<String> {
    let mut names = mentioned(predicate);
    names.retain(|name| tables.iter().any(|table| table.columns().iter().any(|c| c.name == *name)));
    names
}

/// Keeps the rows of each table for which a predicate holds; nothing for a table whose columns have types that the
/// predicate does not fit, unless it fits none. A column that only others have is nothing: null, or `""`. What has no
/// label gets one of `unnamed` and its number.
///
/// Each table is bound by itself, so that a name may have another type in each:
/// learn.microsoft.com/kusto/query/find-operator#examples-of-cases-where-find-acts-as-union
pub(super) fn matching(
    tables: Vec<Tabular>,
    unnamed: &str,
    predicate: &Expr,
    case: bool,
    env: &Env,
    binder: &mut Binder,
) -> Vec<Option<Tabular>> {
    let names = referenced(&tables, predicate);
    let somewhere = |name: &String| tables.iter().flat_map(Tabular::columns).find(|c| c.name == *name).cloned();
    let missing: Vec<Column> = names.iter().filter_map(somewhere).collect();
    let (mut wrong, mut all) = (Vec::new(), Vec::with_capacity(tables.len()));
    for (n, table) in tables.into_iter().enumerate() {
        let label = table.label.clone().unwrap_or_else(|| format!("{unnamed}{n}"));
        let start = binder.diagnostics.len();
        let own = table.rel.columns.clone();
        let table = narrowed(kept(with_missing(table, &missing, binder), predicate, case, env, binder), own);
        let fits = !binder.diagnostics.iter().skip(start).any(Diagnostic::is_error);
        if !fits {
            wrong.extend(binder.diagnostics.drain(start..));
        }
        all.push(fits.then_some(Tabular { label: Some(label), ..table }));
    }
    if all.iter().all(Option::is_none) {
        binder.diagnostics.append(&mut wrong);
    }
    all
}

fn with_missing(table: Tabular, missing: &[Column], binder: &mut Binder) -> Tabular {
    let mut columns = table.rel.columns.clone();
    let mut exprs: Vec<plan::Expr> = columns.iter().map(plan::Expr::column).collect();
    let own = columns.len();
    for c in missing {
        if !columns.iter().any(|own| own.name == c.name) {
            columns.push(binder.column(c.name.clone(), c.ty));
            exprs.push(plan::Expr::literal(Value::missing(c.ty)));
        }
    }
    if columns.len() == own {
        return table;
    }
    table.with(columns, |input| Node::Project { input, exprs })
}

/// Takes the columns off again that a table lacks: they were only there for the predicate.
fn narrowed(table: Tabular, own: Vec<Column>) -> Tabular {
    if table.columns().len() == own.len() {
        return table;
    }
    let exprs = own.iter().map(plan::Expr::column).collect();
    table.with(own, |input| Node::Project { input, exprs })
}

fn kept(table: Tabular, predicate: &Expr, case: bool, env: &Env, binder: &mut Binder) -> Tabular {
    let scope = Scope::row(&table, env);
    let predicate = binder.predicate(&spelled_out(predicate, case, &scope), &scope);
    let columns = table.rel.columns.clone();
    table.unordered(columns, |input| Node::Filter { input, predicate })
}

/// The names that an expression mentions, each once; those inside of sub-queries are not its own.
fn mentioned(expr: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    collect(expr, &mut names);
    names
}

fn collect(expr: &Expr, names: &mut Vec<String>) {
    if let ExprKind::Name(name) = &expr.kind
        && !names.contains(&name.text)
    {
        names.push(name.text.clone());
    }
    let mut all = |parts: &[&Expr]| parts.iter().for_each(|part| collect(part, names));
    match &expr.kind {
        ExprKind::Name(_) => {}
        ExprKind::Member(base, _) | ExprKind::Sign(_, base) => all(&[base]),
        ExprKind::Index(base, index) => all(&[base, index]),
        ExprKind::Binary(binary) => all(&[&binary.left, &binary.right]),
        ExprKind::Between(between) => all(&[&between.value, &between.low, &between.high]),
        ExprKind::In(membership) => {
            all(&[&membership.value]);
            membership.items.iter().for_each(|item| collect(item, names));
        }
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().for_each(|part| collect(part, names)),
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|a| collect(&a.value, names)),
        _ => {}
    }
}
