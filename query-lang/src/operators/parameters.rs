//! The `name=value` parameters that stand between an operator's keyword and its operands.

use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{ExprKind, Name};
use crate::expr::parse::{close, expr};
use crate::lexer::TokenKind;
use crate::name;
use crate::span::Span;
use crate::types::Value;

/// One parameter as written.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub name: String,
    pub value: String,
    pub span: Span,
}

/// What a hint takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum HintValue {
    /// One of these words, whatever their case.
    Word(&'static [&'static str]),
    /// A whole number.
    Number,
    /// Anything: a column, a bool, a number or word.
    Any,
}

/// The hints of an operator.
pub(super) type Hints = &'static [(&'static str, HintValue)];

/// As [`read`], for an operator whose hints are known: another is warned of, a wrong value refused.
pub(super) fn read_hinted<'t>(c: Cursor<'t>, allowed: &[&str], hints: Hints) -> Parsed<'t, Vec<Parameter>> {
    let (after, all) = read(c, allowed)?;
    let mut at = c;
    while at.position() < after.position() {
        let start = at;
        let Some((equals, name)) = dotted(at) else { break };
        let (end, value) = value(equals.next())?;
        at = end;
        if !name.starts_with("hint.") {
            continue;
        }
        let span = end.since(start);
        let known = hints.iter().find(|(known, _)| *known == name);
        let written = Parameter { name: name.to_owned(), value, span };
        match known {
            None => {
                let message = format!("this operator has no parameter `{name}`");
                c.report(Diagnostic::warning("unknown-hint", span, message).kusto("KS179"));
            }
            Some((_, HintValue::Word(words))) if !words.iter().any(|w| w.eq_ignore_ascii_case(&written.value)) => {
                c.report(unknown_value(&written, words));
            }
            Some((_, HintValue::Number)) if written.value.parse::<i64>().is_err() => {
                let message = format!("`{name}` takes a whole number");
                c.report(Diagnostic::error("wrong-type", span, message).kusto("KS221"));
            }
            Some(_) => {}
        }
    }
    Ok((after, all))
}

/// `name = value`, any number of times, blanks or none around `=`; `allowed` tells a parameter from an
/// operand such as `x = 1`. Hints (`hint.strategy=shuffle`) are for a cluster: they are read and dropped.
pub(super) fn read<'t>(c: Cursor<'t>, allowed: &[&str]) -> Parsed<'t, Vec<Parameter>> {
    let mut all: Vec<Parameter> = Vec::new();
    let mut c = c;
    loop {
        let Some((after, name)) = dotted(c) else { return Ok((c, all)) };
        if !after.is("=") || !(allowed.contains(&name) || name.starts_with("hint.") || name.starts_with("__")) {
            return Ok((c, all));
        }
        let (after, value) = value(after.next())?;
        if allowed.contains(&name) {
            if all.iter().any(|p| p.name == name) {
                let message = format!("`{name}` is given twice");
                c.report(Diagnostic::error("duplicate-parameter", after.since(c), message).kusto("KS180"));
            }
            all.push(Parameter { name: name.to_owned(), value, span: after.since(c) });
        }
        c = after;
    }
}

/// Drops hints.
pub(super) fn skip(c: Cursor) -> Result<Cursor, nom::Err<crate::cursor::Stop>> {
    read(c, &[]).map(|(after, _)| after)
}

/// A dotted name: `hint.shufflekey`.
fn dotted<'t>(c: Cursor<'t>) -> Option<(Cursor<'t>, &'t str)> {
    if c.token().kind != TokenKind::Word {
        return None;
    }
    let mut at = c.next();
    while at.is(".") && at.next().token().kind == TokenKind::Word {
        at = at.next().next();
    }
    Some((at, at.since(c).of(c.source())))
}

fn value(c: Cursor) -> Parsed<String> {
    match &c.token().kind {
        TokenKind::Text(text) => Ok((c.next(), text.clone())),
        TokenKind::Word | TokenKind::Number(_) => Ok((c.next(), c.text().to_owned())),
        TokenKind::Symbol("[") => name::step(c).map(|(after, name)| (after, name.text)),
        _ => c.expected("a value"),
    }
}

/// One property as written.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub name: Name,
    /// Its value; nothing where that is no literal. A bare word is a string.
    pub value: Option<Value>,
    /// Name and value.
    pub span: Span,
}

/// `with (name = value, ...)`, if it stands here.
pub(super) fn properties(c: Cursor) -> Parsed<Vec<Property>> {
    let mut all = Vec::new();
    let Some(at) = c.eat_word("with") else {
        let _ = c.word("with");
        return Ok((c, all));
    };
    let (mut at, open) = at.symbol("(")?;
    while !at.is(")") {
        let (after, property) = property(at)?;
        all.push(property);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, ")", open)?;
    Ok((after, all))
}

fn property(c: Cursor) -> Parsed<Property> {
    let (at, name) = name::step(c)?;
    let (at, _) = at.symbol("=")?;
    let (after, value) = expr(at)?;
    let value = match value.kind {
        ExprKind::Literal(value) => Some(value),
        ExprKind::Name(word) if !word.bracketed => Some(Value::String(word.text)),
        _ => None,
    };
    Ok((after, Property { name, value, span: after.since(c) }))
}

/// A property that does not exist.
pub(super) fn unknown_property(property: &Property, known: &[&str]) -> Diagnostic {
    let message = format!("no property is named `{}` here", property.name.text);
    let error = Diagnostic::error("unknown-word", property.name.span, message).kusto("KS005");
    match crate::similar::nearest(&property.name.text, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("one of {}", known.join(", "))),
    }
}

/// A parameter has a value that does not exist.
pub(super) fn unknown_value(parameter: &Parameter, known: &[&str]) -> Diagnostic {
    let message = format!("`{}` cannot be `{}`", parameter.name, parameter.value);
    let error = Diagnostic::error("unknown-word", parameter.span, message).kusto("KS005");
    match crate::similar::nearest(&parameter.value, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("one of {}", known.join(", "))),
    }
}
