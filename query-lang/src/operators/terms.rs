//! The predicates of `search` and `find`: a bare string is a term that any column may hold, and `col: "text"` a
//! term that one column holds. learn.microsoft.com/kusto/query/search-operator#search-predicate-syntax

use crate::bind::scope::{Definition, Scope};
use crate::expr::ast::{Argument, Binary, Expr, ExprKind};
use crate::plan;
use crate::types::{Type, Value};

/// Rewrites a predicate to one that `where` knows: each term becomes `*: "term"`, and with `case` every comparison
/// of texts minds it.
pub(super) fn spelled_out(expr: &Expr, case: bool, scope: &Scope) -> Expr {
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

/// The names that an expression mentions, each once; those inside of sub-queries are not its own.
pub(super) fn mentioned(expr: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    collect(expr, &mut names);
    names
}

fn collect(expr: &Expr, names: &mut Vec<String>) {
    let mut all = |parts: &[&Expr]| parts.iter().for_each(|part| collect(part, names));
    match &expr.kind {
        ExprKind::Name(name) => {
            if !names.contains(&name.text) {
                names.push(name.text.clone());
            }
        }
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
