//! Rows as text: how pages, examples and expected answers write and compare them.
//!
//! A table is a header `name: type | name: type` and one line a row, padded into columns. Null is `null`; a string is
//! written plainly where that is clear, else as JSON writes it: when it is empty, says `null`, or has a bar, a quote,
//! a line break or blanks at its ends.

use rehunt_engine::engine::AnswerTable;
use rehunt_lang::time::{datetime_text, timespan_text};
use rehunt_lang::types::{Field, Value};

/// Writes a result as pages show it.
pub fn table(result: &AnswerTable) -> String {
    let mut lines = vec![header(&result.columns)];
    lines.extend(result.values().map(|row| row.iter().map(cell).collect()));
    aligned(&lines)
}

/// Writes rows without a header, as the examples of functions do: `a | b`, one line a row, strings as they are.
pub fn bare(result: &AnswerTable) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| cell(value), str::to_owned);
    let rows = result.values().map(|row| row.iter().map(plain).collect::<Vec<_>>().join(" | "));
    rows.collect::<Vec<_>>().join("\n")
}

/// Tells whether two written tables say the same: padding never counts, the order of rows only when `ordered`.
pub fn same(a: &str, b: &str, ordered: bool) -> bool {
    let lines = |text: &str| text.lines().map(cells).collect::<Vec<_>>();
    let (mut a, mut b) = (lines(a), lines(b));
    if !ordered && !a.is_empty() && !b.is_empty() {
        a[1..].sort();
        b[1..].sort();
    }
    a == b
}

/// Tells whether a query promises an order: its last operators keep what one before them, or a `range`, gives.
pub fn is_ordered(query: &str) -> bool {
    const KEEPING: [&str; 9] =
        ["where", "extend", "project", "project-away", "project-rename", "take", "limit", "serialize", "mv-expand"];
    for part in pipe_parts(query).iter().rev() {
        match part.split_whitespace().next().unwrap_or("") {
            "sort" | "order" | "top" | "range" => return true,
            word if KEEPING.contains(&word) => {}
            _ => return false,
        }
    }
    false
}

/// Splits the last statement of a query at the pipes outside brackets and quotes.
fn pipe_parts(query: &str) -> Vec<&str> {
    let (mut starts, mut depth, mut quote) = (vec![0], 0, None);
    for (at, c) in query.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ';') if depth == 0 && !query[at + 1..].trim().is_empty() => starts = vec![at + 1],
            (None, '|') if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([query.len()]);
    starts.iter().zip(ends).map(|(start, end)| &query[*start..end]).collect()
}

/// Splits a line at its bars, those within quotes left alone.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        let last = cells.last_mut().unwrap();
        match c {
            '|' if !quoted => cells.push(String::new()),
            _ => last.push(c),
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn header(columns: &[Field]) -> Vec<String> {
    columns.iter().map(|c| format!("{}: {}", c.name, c.ty)).collect()
}

/// Writes one cell.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".into(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) if v.is_infinite() => if *v > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Value::Real(v) => format!("{v:?}"),
        Value::Decimal(v) | Value::Guid(v) | Value::Dynamic(v) => v.clone(),
        Value::Datetime(v) => datetime_text(*v),
        Value::Timespan(v) => timespan_text(*v),
        Value::String(v) => string(v),
    }
}

fn string(text: &str) -> String {
    let clear = !text.is_empty()
        && text != "null"
        && text == text.trim()
        && !text.contains(['|', '"'])
        && !text.contains(char::is_control);
    if clear { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| lines.iter().filter_map(|l| l.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let padded: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(padded.join(" | ").trim_end());
        text.push('\n');
    }
    text
}
