//! `declare query_parameters(...)` and `declare pattern`.
//! learn.microsoft.com/kusto/query/query-parameters-statement, learn.microsoft.com/kusto/query/pattern-statement

use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::{close, expr, separated};
use crate::literal;
use crate::name;
use crate::operators;
use crate::span::Span;
use crate::types::Type;

use super::{FunctionDefinition, Parameter, ParameterType, body, parameter};

/// `declare query_parameters(name: type = default, ...)`: values that come from outside the query.
#[derive(Clone, Debug)]
pub struct QueryParameters {
    /// The parameters; all scalar.
    pub params: Vec<Parameter>,
}

/// `declare pattern name = (argument: type, ...)[path: type] { (value, ...).[path] = { body }; ... }`
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its name.
    pub name: Name,
    /// How many arguments it takes.
    pub arguments: usize,
    /// Whether a path follows the arguments.
    pub path: bool,
    /// What each combination of values stands for.
    pub cases: Vec<PatternCase>,
}

/// One combination of values of a pattern.
#[derive(Clone, Debug)]
pub struct PatternCase {
    /// The values of the arguments.
    pub values: Vec<String>,
    /// The value of the path, where there is one.
    pub path: Option<String>,
    /// What it stands for, as the body of a function without parameters.
    pub body: FunctionDefinition,
}

/// Reads what follows `declare query_parameters`.
pub(super) fn query_parameters(c: Cursor) -> Parsed<QueryParameters> {
    let (mut at, open) = c.symbol("(")?;
    let mut params = Vec::new();
    while !at.is(")") {
        let (after, param) = parameter(at)?;
        if matches!(param.ty, ParameterType::Table(_)) {
            return at.expected("a scalar parameter");
        }
        params.push(param);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, ")", open)?;
    Ok((after, QueryParameters { params }))
}

/// Reads what follows `declare pattern`.
pub(super) fn pattern(c: Cursor) -> Parsed<Pattern> {
    let (at, name) = name::declaration(c)?;
    let Some(at) = at.eat("=") else {
        return Ok((at, Pattern { name, arguments: 0, path: false, cases: Vec::new() }));
    };
    let (at, open) = at.symbol("(")?;
    let (at, arguments) = separated(at, typed_name)?;
    let (at, _) = close(at, ")", open)?;
    let (at, path) = match at.is("[") {
        true => {
            let (inside, open) = at.symbol("[")?;
            let (after, _) = typed_name(inside)?;
            let (after, _) = close(after, "]", open)?;
            (after, true)
        }
        false => (at, false),
    };
    let (mut at, open) = at.symbol("{")?;
    let mut cases = Vec::new();
    while !at.is("}") {
        let (after, case) = pattern_case(at)?;
        cases.push(case);
        at = after;
        while let Some(after) = at.eat(";") {
            at = after;
        }
    }
    let (after, _) = close(at, "}", open)?;
    Ok((after, Pattern { name, arguments: arguments.len(), path, cases }))
}

fn typed_name(c: Cursor) -> Parsed<(Name, (Type, Span))> {
    let (at, name) = name::declaration(c)?;
    let (at, _) = at.symbol(":")?;
    let (at, ty) = operators::type_name(at)?;
    Ok((at, (name, ty)))
}

/// `("a", "b").["path"] = { body }`
fn pattern_case(c: Cursor) -> Parsed<PatternCase> {
    let (at, open) = c.symbol("(")?;
    let (at, values) = separated(at, literal::text)?;
    let (at, _) = close(at, ")", open)?;
    let (at, path) = match at.eat(".") {
        Some(inside) => {
            let (inside, open) = inside.symbol("[")?;
            let (after, (path, _)) = literal::text(inside)?;
            let (after, _) = close(after, "]", open)?;
            (after, Some(path))
        }
        None => (at, None),
    };
    let (at, _) = at.symbol("=")?;
    let (after, body) = body(at, Vec::new(), c)?;
    Ok((after, PatternCase { values: values.into_iter().map(|(text, _)| text).collect(), path, body }))
}

/// `restrict access to (T, View*, database().*)`: what the rest of the query may see.
/// learn.microsoft.com/kusto/query/restrict-statement
#[derive(Clone, Debug)]
pub struct Restrict {
    /// Names, `*` in them standing for anything; nothing where all tables are meant.
    pub names: Vec<String>,
}

/// Reads what follows `restrict`.
pub(super) fn restrict(c: Cursor) -> Parsed<Restrict> {
    let (at, _) = c.word("access")?;
    let (at, _) = at.word("to")?;
    let (at, open) = at.symbol("(")?;
    let (at, names) = separated(at, entity)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, Restrict { names }))
}

/// `T`, `View*`, `database().T`: evidence is one database, so what stands before the last dot tells nothing.
fn entity(c: Cursor) -> Parsed<String> {
    let qualified = c.is_word("database") || c.is_word("cluster");
    let mut at = c;
    if qualified {
        while let Some(inside) = at.next().eat("(") {
            let inside = if inside.is(")") { inside } else { inside.next() };
            at = inside.symbol(")")?.0.symbol(".")?.0;
        }
    }
    let (after, pattern) = operators::name_pattern(at)?;
    Ok((after, pattern))
}

/// `alias database name = cluster(...).database(...)`. learn.microsoft.com/kusto/query/alias-statement
#[derive(Clone, Debug)]
pub struct Alias {
    /// The name.
    pub name: Name,
    /// What it stands for, which lies outside of the evidence.
    pub value: Expr,
}

/// Reads what follows `alias`.
pub(super) fn alias(c: Cursor) -> Parsed<Alias> {
    let (at, _) = c.word("database")?;
    let (at, name) = name::declaration(at)?;
    let (at, _) = at.symbol("=")?;
    let (after, value) = expr(at)?;
    Ok((after, Alias { name, value }))
}
