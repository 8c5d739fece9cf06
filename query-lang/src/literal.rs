//! Literals with brackets: `datetime(...)`, `dynamic(...)`, `guid(...)` and their kin.

use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::lexer::TokenKind;
use crate::span::Span;
use crate::time;
use crate::types::{Type, Value};

/// A string literal; several side by side are one.
pub fn text(c: Cursor) -> Parsed<(String, Span)> {
    let TokenKind::Text(first) = &c.token().kind else { return c.expected("a string") };
    let mut all = first.clone();
    let mut after = c.next();
    while let TokenKind::Text(more) = &after.token().kind {
        all.push_str(more);
        after = after.next();
    }
    Ok((after, (all, after.since(c))))
}

/// `type(content)`: reads a literal of one of the types, whatever stands between the brackets.
pub fn typed(c: Cursor) -> Parsed<Value> {
    let Some(ty) = Type::from_name(c.text()).filter(|ty| *ty != Type::String && c.token().kind == TokenKind::Word)
    else {
        return c.expected("a literal");
    };
    let Some(open) = c.next().eat("(") else { return c.expected("a literal") };
    let close = closing(open);
    if !close.is(")") {
        return close.expected(")");
    }
    let inner = Span::new(open.span().start.min(close.span().start), close.span().start);
    let content = inner.of(c.source()).trim();
    let after = close.next();
    let value = match (ty, single_text(open, close)) {
        (Type::Dynamic, _) => dynamic(content, 0),
        (_, Some(text)) => read(ty, text.trim()),
        (_, None) => read(ty, content),
    };
    Ok((
        after,
        value.unwrap_or_else(|| {
            let span = if content.is_empty() { after.since(c) } else { inner };
            let mut error = Diagnostic::error("bad-literal", span, format!("{} is no {ty}", quoted(content)));
            error = match ty {
                Type::Datetime => error.help("write `datetime(2025-06-16 13:45:00)`"),
                Type::Timespan => error.help("write `1d`, `2h`, `30m` or `timespan(1.02:03:04)`"),
                Type::Dynamic => error.kusto("KS215").help("write JSON: `dynamic([1, \"a\"])`, `dynamic({\"k\": 1})`"),
                _ => error,
            };
            c.report(error);
            Value::Null(ty)
        }),
    ))
}

/// Shows the beginning of a content in backticks.
fn quoted(content: &str) -> String {
    let line = content.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("`{}...`", line.get(..at).unwrap_or("")),
        None if line.len() < content.len() => format!("`{line}...`"),
        None => format!("`{line}`"),
    }
}

/// Finds the bracket that closes what is open at the cursor; the end if none does.
fn closing(open: Cursor) -> Cursor {
    let mut depth = 0_usize;
    let mut c = open;
    while !c.at_end() {
        match &c.token().kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") if depth == 0 => return c,
            TokenKind::Symbol(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        c = c.next();
    }
    c
}

/// The string when the brackets hold nothing but one.
fn single_text<'t>(open: Cursor<'t>, close: Cursor<'t>) -> Option<&'t str> {
    match &open.token().kind {
        TokenKind::Text(text) if open.next().position() == close.position() => Some(text),
        _ => None,
    }
}

/// Reads a text as a literal of a type: as it is for a string, like the inside of `long(...)` for others.
pub fn of_type(ty: Type, text: &str) -> Option<Value> {
    match ty {
        Type::String => Some(Value::String(text.to_owned())),
        Type::Dynamic => dynamic(text, 0),
        _ => read(ty, text.trim()),
    }
}

/// Reads the content of a typed literal.
fn read(ty: Type, content: &str) -> Option<Value> {
    if content == "null" {
        return Some(Value::Null(ty));
    }
    let digits = content.replace([' ', '\t'], "");
    Some(match ty {
        Type::Bool => match content.to_ascii_lowercase().as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        Type::Int => match digits.strip_prefix("0x") {
            Some(hex) => Value::Int(u32::from_str_radix(hex, 16).ok()? as i32),
            None => Value::Int(digits.parse().ok()?),
        },
        Type::Long => match digits.strip_prefix("0x") {
            Some(hex) => Value::Long(u64::from_str_radix(hex, 16).ok()? as i64),
            None => Value::Long(digits.parse().ok()?),
        },
        Type::Real => Value::Real(real(&digits)?),
        Type::Decimal => {
            digits.parse::<f64>().ok().filter(|n| n.is_finite())?;
            Value::Decimal(digits)
        }
        Type::Datetime => Value::Datetime(time::parse_datetime(content)?),
        Type::Timespan => Value::Timespan(time::parse_timespan(content)?),
        Type::Guid => Value::Guid(guid(content)?),
        Type::String | Type::Dynamic | Type::Unknown => return None,
    })
}

fn real(text: &str) -> Option<f64> {
    match text {
        "nan" | "NaN" => Some(f64::NAN),
        "+inf" | "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|n: &f64| n.is_finite()),
    }
}

/// Reads a guid with or without hyphens and braces; returns its canonical form.
pub fn guid(text: &str) -> Option<String> {
    let hex: String = text.trim_matches(['{', '}', '(', ')']).chars().filter(|c| *c != '-').collect();
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_ascii_lowercase();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Some(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

/// Reads the content of `dynamic(...)`: JSON, also with single quotes and with `datetime(...)`,
/// `timespan(...)`, `guid(...)` and the numbers of KQL inside. Returns compact JSON text.
fn dynamic(content: &str, depth: usize) -> Option<Value> {
    let (tokens, _) = crate::lexer::tokens(content);
    let notes = crate::cursor::Notes::new(content, &tokens);
    let mut out = String::with_capacity(content.len());
    let after = dynamic_value(Cursor::new(&notes), &mut out, depth)?;
    if !after.at_end() {
        return None;
    }
    Some(if out == "null" { Value::Null(Type::Dynamic) } else { Value::Dynamic(out) })
}

/// How deep a dynamic literal may nest.
const MAX_DYNAMIC_DEPTH: usize = 200;

fn dynamic_value<'t>(c: Cursor<'t>, out: &mut String, depth: usize) -> Option<Cursor<'t>> {
    if depth > MAX_DYNAMIC_DEPTH {
        return None;
    }
    match &c.token().kind {
        TokenKind::Text(_) => {
            let (after, (text, _)) = text(c).ok()?;
            json_string(&text, out);
            Some(after)
        }
        TokenKind::Number(value) => {
            json_number(value, out);
            Some(c.next())
        }
        TokenKind::Symbol("-") => {
            let TokenKind::Number(value) = &c.next().token().kind else { return None };
            if *value != Value::Long(0) {
                out.push('-');
            }
            json_number(value, out);
            Some(c.next().next())
        }
        TokenKind::Symbol("[") => {
            out.push('[');
            let mut at = c.next();
            let mut first = true;
            while at.eat("]").is_none() {
                if !first {
                    at = at.eat(",")?;
                    // A comma before the bracket is tolerated.
                    if at.is("]") {
                        break;
                    }
                    out.push(',');
                }
                first = false;
                at = dynamic_value(at, out, depth + 1)?;
            }
            out.push(']');
            Some(at.next())
        }
        TokenKind::Symbol("{") => {
            out.push('{');
            let mut at = c.next();
            let mut first = true;
            while at.eat("}").is_none() {
                if !first {
                    at = at.eat(",")?;
                    if at.is("}") {
                        break;
                    }
                    out.push(',');
                }
                first = false;
                let TokenKind::Text(key) = &at.token().kind else { return None };
                json_string(key, out);
                out.push(':');
                at = dynamic_value(at.next().eat(":")?, out, depth + 1)?;
            }
            out.push('}');
            Some(at.next())
        }
        TokenKind::Word => match c.text() {
            word @ ("true" | "false" | "null") => {
                out.push_str(word);
                Some(c.next())
            }
            "dynamic" => {
                let open = c.next().eat("(")?;
                let close = closing(open);
                match dynamic(open.span().to(close.last_span()).of(c.source()), depth + 1)? {
                    Value::Dynamic(text) => out.push_str(&text),
                    _ => out.push_str("null"),
                }
                close.eat(")")
            }
            _ => {
                let (after, value) = typed(c).ok()?;
                json_typed(&value, out)?;
                Some(after)
            }
        },
        _ => None,
    }
}

fn json_typed(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Null(_) => out.push_str("null"),
        Value::Bool(v) => out.push_str(if *v { "true" } else { "false" }),
        Value::Int(v) => out.push_str(&v.to_string()),
        Value::Long(_) | Value::Real(_) | Value::Timespan(_) => json_number(value, out),
        Value::Datetime(v) => json_string(&time::datetime_text(*v), out),
        Value::Guid(v) | Value::String(v) => json_string(v, out),
        Value::Dynamic(v) => out.push_str(v),
        // Decimal literals are refused inside a dynamic one.
        Value::Decimal(_) => return None,
    }
    Some(())
}

/// A timespan in a dynamic literal is its count of ticks.
fn json_number(value: &Value, out: &mut String) {
    match value {
        Value::Long(v) | Value::Timespan(v) => out.push_str(&v.to_string()),
        Value::Real(v) if v.is_finite() => push_plain_real(out, *v),
        Value::Real(v) if v.is_nan() => out.push_str("\"NaN\""),
        Value::Real(v) => out.push_str(if *v > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }),
        _ => out.push_str("null"),
    }
}

/// Appends a finite real in the fewest digits that read back the same. Exponents appear from 1e21 and below 1e-6;
/// no recorded answer of Kusto shows where it begins to write them, these are the limits of JavaScript.
pub fn push_plain_real(out: &mut String, value: f64) {
    use std::fmt::Write;
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        // Writing to a String cannot fail; Display of a real never uses an exponent.
        let _ = write!(out, "{value}");
        if value.fract() == 0.0 {
            out.push_str(".0");
        }
    } else {
        let text = format!("{value:e}");
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => out.extend([digits, "e+", exponent]),
            _ => out.push_str(&text),
        }
    }
}

/// Writes a JSON string with the escapes it needs.
pub fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
