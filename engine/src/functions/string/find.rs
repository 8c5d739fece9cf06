//! `indexof`, `indexof_regex`, `has_any_index`: where something stands.

use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::buffer::BooleanBuffer;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use regex::Regex;
use rehunt_lang::library::{Example, FunctionSpec, Param};
use rehunt_lang::plan::TextTest;
use rehunt_lang::types::{Type, Value};

use super::part::byte_at;
use crate::dynamic::Raw;
use crate::functions::kernel::Longs;
use crate::functions::pattern::compile;
use crate::functions::signature::{array, integer, scalar, signature, text};
use crate::functions::{Args, Body, Function, Prepare, Prepared};
use crate::operators::text::Search;

const WINDOW: &[Param] = &[integer("start"), integer("length"), integer("occurrence").constant()];

/// `indexof(text, match [, start [, length [, occurrence]]])`: learn.microsoft.com/kusto/query/indexof-function.
pub static INDEXOF: Function = Function {
    spec: FunctionSpec {
        name: "indexof",
        overloads: &[signature(&[scalar("string"), scalar("match")], Type::Long).optional(WINDOW)],
        summary: "Returns the 0-based place of a text in another, -1 if it is not there.",
        examples: &[
            Example {
                query: "print indexof('abcdefg', 'cde'), indexof('abcdefg', 'cde', 1, 2), indexof('abcdefg', 'cde', -5)",
                answer: "2 | -1 | 2",
            },
            Example { query: "print indexof('abcdefgabcdefg', 'cde', 1, 10, 2), indexof(1234567, 5)", answer: "9 | 4" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(indexof),
};

/// `indexof_regex(text, regex [, start [, length [, occurrence]]])`:
/// learn.microsoft.com/kusto/query/indexof-regex-function.
pub static INDEXOF_REGEX: Function = Function {
    spec: FunctionSpec {
        name: "indexof_regex",
        overloads: &[signature(&[scalar("string"), scalar("match").constant()], Type::Long).optional(WINDOW)],
        summary: "Returns the 0-based place of a regex match in a text, -1 if there is none; matches do not overlap.",
        examples: &[Example {
            query: r"print indexof_regex('abcabc', 'a.c'), indexof_regex('abcabcdefg', 'a.c', 0, 9, 2), indexof_regex('abcabc', 'a|ab', -1)",
            answer: "0 | 3 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(indexof_regex),
};

/// Reads the optional arguments that limit where to look.
struct Window {
    start: Option<Longs>,
    length: Option<Longs>,
    occurrence: Option<Longs>,
}

/// Where in a text to look: from which character on, how many of them, and for which match, from 0.
struct Look<'t> {
    tail: &'t str,
    start: usize,
    length: usize,
    nth: usize,
}

impl Window {
    fn new(args: &Args) -> Result<Self> {
        let optional = |i| (args.len() > i).then(|| args.long(i)).transpose();
        Ok(Self { start: optional(2)?, length: optional(3)?, occurrence: optional(4)? })
    }

    /// Null for a length below -1 or an occurrence below 0. A negative start counts from the end: the page says null,
    /// its example does not.
    fn of<'t>(&self, text: &'t str, row: usize) -> Option<Look<'t>> {
        let value = |column: &Option<Longs>, default| column.as_ref().map_or(Some(default), |c| c.at(row));
        let (start, length) = (value(&self.start, 0)?, value(&self.length, -1)?);
        let occurrence = usize::try_from(value(&self.occurrence, 1)?).ok()?;
        let length = if length == -1 { usize::MAX } else { usize::try_from(length).ok()? };
        let start = match usize::try_from(start) {
            Ok(start) => start,
            Err(_) => text.chars().count().saturating_sub(usize::try_from(start.unsigned_abs()).ok()?),
        };
        Some(Look { tail: text.get(byte_at(text, start)..)?, start, length, nth: occurrence.saturating_sub(1) })
    }
}

/// Returns the first so many characters of a text.
fn head(text: &str, length: usize) -> &str {
    if length >= text.len() { text } else { text.get(..byte_at(text, length)).unwrap_or(text) }
}

fn indexof(args: &Args) -> Result<ColumnarValue> {
    let (text, needle, window) = (args.spelled(0)?, args.spelled(1)?, Window::new(args)?);
    args.longs(|row| {
        let look = window.of(text.at(row)?, row)?;
        Some(place(&look, nth_text(&look, needle.at(row)?)))
    })
}

/// Occurrences may overlap. The length counts anew from each, as the page's example has it.
fn nth_text(look: &Look, needle: &str) -> Option<usize> {
    let mut from = 0;
    for _ in 0..look.nth {
        let rest = look.tail.get(from..)?;
        let at = head(rest, look.length).find(needle)?;
        from += at + rest.get(at..)?.chars().next()?.len_utf8();
    }
    Some(from + head(look.tail.get(from..)?, look.length).find(needle)?)
}

fn indexof_regex(call: &Prepare) -> Result<Prepared, String> {
    let regex = compile(call.text(1)?)?;
    Ok(Arc::new(move |args| {
        let (text, window) = (args.spelled(0)?, Window::new(args)?);
        args.longs(|row| {
            if window.start.as_ref().and_then(|s| s.at(row)).is_some_and(|start| start < 0) {
                return None;
            }
            let look = window.of(text.at(row)?, row)?;
            Some(place(&look, nth_match(&regex, &look)))
        })
    }))
}

fn nth_match(regex: &Regex, look: &Look) -> Option<usize> {
    regex.find_iter(head(look.tail, look.length)).nth(look.nth).map(|found| found.start())
}

/// Turns a byte of the tail into a character of the text.
fn place(look: &Look, at: Option<usize>) -> i64 {
    let characters = at.and_then(|at| Some(look.tail.get(..at)?.chars().count()));
    characters.map_or(-1, |n| (look.start + n) as i64)
}

/// `has_any_index(source, values)`: learn.microsoft.com/kusto/query/has-any-index-function.
pub static HAS_ANY_INDEX: Function = Function {
    spec: FunctionSpec {
        name: "has_any_index",
        overloads: &[signature(&[text("source"), array("values")], Type::Long)],
        summary: "Returns the 0-based place of the first listed term that a text has, -1 if it has none.",
        examples: &[Example {
            query: "print has_any_index('this is an example', dynamic(['not', 'example'])), has_any_index('a', dynamic([]))",
            answer: "1 | -1",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(has_any_index),
};

fn has_any_index(call: &Prepare) -> Result<Prepared, String> {
    let Some(Value::Dynamic(json)) = call.constant(1) else { return Ok(Arc::new(has_any_computed_index)) };
    let terms = searches(json);
    Ok(Arc::new(move |args| {
        let source = args.text(0)?;
        let hits: Vec<BooleanBuffer> = terms.iter().map(|term| term.rows(source.array())).collect();
        args.longs(|row| Some(first(hits.iter().map(|hit| hit.value(source.place(row))))))
    }))
}

fn has_any_computed_index(args: &Args) -> Result<ColumnarValue> {
    let (source, values) = (args.text(0)?, args.json(1)?);
    args.longs(|row| {
        let one = StringViewArray::from_iter_values([source.at(row).unwrap_or_default()]);
        let terms = searches(values.at(row).unwrap_or("[]"));
        Some(first(terms.iter().map(|term| term.rows(&one).value(0))))
    })
}

fn searches(json: &str) -> Vec<Search> {
    Raw::new(json).elements().map(|e| Search::new(TextTest::Has, &e.to_text(), false)).collect()
}

fn first(mut hits: impl Iterator<Item = bool>) -> i64 {
    hits.position(|hit| hit).map_or(-1, |at| at as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::testing::call;

    fn index(name: &str, text: &str, needle: &str, rest: &[i64]) -> Value {
        let mut args = vec![Value::String(text.into()), Value::String(needle.into())];
        args.extend(rest.iter().map(|v| Value::Long(*v)));
        call(name, &args, Type::Long)
    }

    #[test]
    fn places_count_characters() {
        assert_eq!(index("indexof", "ééa", "a", &[]), Value::Long(2));
        assert_eq!(index("indexof", "ééaéa", "a", &[3]), Value::Long(4));
        assert_eq!(index("indexof", "aaa", "aa", &[0, -1, 2]), Value::Long(1), "occurrences may overlap");
        assert_eq!(index("indexof", "abc", "c", &[0, -2]), Value::Null(Type::Long));
        assert_eq!(index("indexof", "aé", "", &[2, -1, 2]), Value::Long(-1));
        assert_eq!(index("indexof_regex", "ababaa", "a.a", &[0, -1, 2]), Value::Long(-1), "matches may not");
    }
}
