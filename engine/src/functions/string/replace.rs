//! `replace_string`, `replace_strings`, `replace_regex`, `translate`, `regex_quote`.

use std::collections::HashMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use regex::{Captures, Regex};
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::{Type, Value};

use crate::dynamic::Raw;
use crate::functions::pattern::compile;
use crate::functions::signature::{array, scalar, signature, string};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

/// `replace_string(text, lookup, rewrite)`: learn.microsoft.com/kusto/query/replace-string-function.
pub static REPLACE_STRING: Function = Function {
    spec: FunctionSpec {
        name: "replace_string",
        overloads: &[signature(&[string("text"), string("lookup"), string("rewrite")], Type::String)],
        summary: "Replaces every occurrence of a text by another.",
        examples: &[Example {
            query: "print replace_string('A magic trick', 'magic', 'card')",
            answer: "A card trick",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (text, lookup, rewrite) = (args.text(0)?, args.text(1)?, args.text(2)?);
        args.texts(|row, out| {
            let (text, lookup) = (text.at(row)?, lookup.at(row)?);
            let mut kept = 0;
            for (at, found) in text.match_indices(lookup).filter(|_| !lookup.is_empty()) {
                out.push_str(text.get(kept..at)?);
                out.push_str(rewrite.at(row)?);
                kept = at + found.len();
            }
            out.push_str(text.get(kept..)?);
            Some(())
        })
    }),
};

/// `replace_strings(text, lookups, rewrites)`: learn.microsoft.com/kusto/query/replace-strings-function.
pub static REPLACE_STRINGS: Function = Function {
    spec: FunctionSpec {
        name: "replace_strings",
        overloads: &[signature(&[string("text"), array("lookups"), array("rewrites")], Type::String)],
        summary: "Replaces every occurrence of any of several texts by its partner; the first listed wins.",
        examples: &[Example {
            query: "print replace_strings('A cat and a dog', dynamic(['cat', 'dog']), dynamic(['dog', 'pigeon']))",
            answer: "A dog and a pigeon",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(replace_strings),
};

fn replace_strings(call: &Prepare) -> Result<Prepared, String> {
    let (Some(Value::Dynamic(lookups)), Some(Value::Dynamic(rewrites))) = (call.constant(1), call.constant(2)) else {
        return Ok(Arc::new(replace_computed_strings));
    };
    let pairs = Pairs::new(lookups, rewrites)?;
    Ok(Arc::new(move |args| {
        let text = args.text(0)?;
        args.texts(|row, out| pairs.replace(text.at(row)?, out))
    }))
}

fn replace_computed_strings(args: &Args) -> Result<ColumnarValue> {
    let (text, lookups, rewrites) = (args.text(0)?, args.json(1)?, args.json(2)?);
    args.texts(|row, out| {
        let text = text.at(row)?;
        match (lookups.at(row), rewrites.at(row)) {
            (Some(l), Some(r)) => Pairs::new(l, r).ok()?.replace(text, out),
            _ => {
                out.push_str(text);
                Some(())
            }
        }
    })
}

/// What is looked for and what it becomes; elements that are not strings do not count.
struct Pairs {
    finder: AhoCorasick,
    rewrites: Vec<String>,
}

impl Pairs {
    fn new(lookups: &str, rewrites: &str) -> Result<Self, String> {
        let strings = |json| Raw::new(json).elements().map(|e| e.as_str().map(|s| s.into_owned()));
        let pairs =
            strings(lookups).zip(strings(rewrites)).filter_map(|(l, r)| Some((l.filter(|l| !l.is_empty())?, r?)));
        let (needles, rewrites): (Vec<String>, _) = pairs.unzip();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(needles);
        Ok(Self { finder: finder.map_err(|e| format!("too many texts to replace: {e}"))?, rewrites })
    }

    fn replace(&self, text: &str, out: &mut String) -> Option<()> {
        self.finder.replace_all_with(text, out, |found, _, out| {
            if let Some(rewrite) = self.rewrites.get(found.pattern().as_usize()) {
                out.push_str(rewrite);
            }
            true
        });
        Some(())
    }
}

/// `replace_regex(source, regex, rewrite)`: learn.microsoft.com/kusto/query/replace-regex-function.
pub static REPLACE_REGEX: Function = Function {
    spec: FunctionSpec {
        name: "replace_regex",
        overloads: &[signature(
            &[string("source"), string("lookup_regex").constant(), string("rewrite_pattern").constant()],
            Type::String,
        )],
        summary: r"Replaces every match of a regex; `\1` in the rewrite is the first group, `\0` the match.",
        examples: &[Example {
            query: r"print replace_regex('Number is 12', @'is (\d+)', @'was: \1')",
            answer: "Number was: 12",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| rewritten(call, 0, 1, 2)),
};

/// `replace(regex, rewrite, source)`, obsolete.
pub static REPLACE: Function = Function {
    spec: FunctionSpec {
        name: "replace",
        overloads: &[signature(
            &[string("regex").constant(), string("rewrite").constant(), string("source")],
            Type::String,
        )],
        summary: "Replaces every match of a regex; obsolete for replace_regex and replace_string.",
        examples: &[Example { query: r"print replace(@'(\d+)', @'<\1>', 'a1b22')", answer: "a<1>b<22>" }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| rewritten(call, 2, 0, 1)),
};

fn rewritten(call: &Prepare, source: usize, regex: usize, rewrite: usize) -> Result<Prepared, String> {
    let regex = compile(call.text(regex)?)?;
    let pieces = pieces(call.text(rewrite)?);
    Ok(Arc::new(move |args| {
        let source = args.text(source)?;
        args.texts(|row, out| replaced(&regex, &pieces, source.at(row)?, out))
    }))
}

fn replaced(regex: &Regex, pieces: &[Piece], text: &str, out: &mut String) -> Option<()> {
    let mut kept = 0;
    for found in regex.captures_iter(text) {
        let whole = found.get(0)?;
        out.push_str(text.get(kept..whole.start())?);
        pieces.iter().for_each(|piece| piece.push(&found, out));
        kept = whole.end();
    }
    out.push_str(text.get(kept..)?);
    Some(())
}

/// A part of a rewrite.
enum Piece {
    Text(String),
    Group(usize),
}

impl Piece {
    fn push(&self, found: &Captures, out: &mut String) {
        out.push_str(match self {
            Piece::Text(text) => text,
            Piece::Group(group) => found.get(*group).map_or("", |m| m.as_str()),
        });
    }
}

/// Splits a rewrite at `\0` ... `\9`; `\\` is a backslash, a backslash before anything else itself.
fn pieces(rewrite: &str) -> Vec<Piece> {
    let (mut pieces, mut text) = (Vec::new(), String::new());
    let mut chars = rewrite.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some(next)) if next.is_ascii_digit() => {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Group(next as usize - '0' as usize));
                chars.next();
            }
            ('\\', Some('\\')) => {
                text.push('\\');
                chars.next();
            }
            _ => text.push(c),
        }
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// `translate(search, replacement, source)`: learn.microsoft.com/kusto/query/translate-function.
pub static TRANSLATE: Function = Function {
    spec: FunctionSpec {
        name: "translate",
        overloads: &[signature(&[string("searchList"), string("replacementList"), string("source")], Type::String)],
        summary: "Replaces characters one by one; the last replacement serves all that have none of their own.",
        examples: &[Example {
            query: "print translate('krasp', 'otsku', 'spark'), translate('abc', 'x', 'abc'), translate('abc', '', 'ab')",
            answer: "kusto | xxx | ",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(translate),
};

fn translate(args: &Args) -> Result<ColumnarValue> {
    let (search, replacement, source) = (args.text(0)?, args.text(1)?, args.text(2)?);
    // The lists are the same for most rows, so the latest table is kept.
    let mut latest = (("", ""), HashMap::new());
    args.texts(|row, out| {
        let lists = (search.at(row)?, replacement.at(row)?);
        if latest.0 != lists {
            latest = (lists, replacements(lists.0, lists.1));
        }
        out.extend(source.at(row)?.chars().filter_map(|c| latest.1.get(&c).map_or(Some(c), |to| *to)));
        Some(())
    })
}

/// Maps each character of one list to that of the other in its place, or to its last, or to nothing.
fn replacements(search: &str, replacement: &str) -> HashMap<char, Option<char>> {
    let (mut table, last) = (HashMap::new(), replacement.chars().next_back());
    let mut replacement = replacement.chars();
    for c in search.chars() {
        let to = replacement.next().or(last);
        table.entry(c).or_insert(to);
    }
    table
}

/// `regex_quote(text)`: learn.microsoft.com/kusto/query/regex-quote-function.
pub static REGEX_QUOTE: Function = Function {
    spec: FunctionSpec {
        name: "regex_quote",
        overloads: &[signature(&[scalar("string")], Type::String)],
        summary: "Writes a text as a regex that matches it alone.",
        examples: &[Example { query: "print regex_quote('(so$me.Te^xt)')", answer: r"\(so\$me\.Te\^xt\)" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.texts(|row, out| {
            out.push_str(&regex::escape(text.at(row)?));
            Some(())
        })
    }),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::testing::call;

    fn replace(text: &str, regex: &str, rewrite: &str) -> String {
        let args = [text, regex, rewrite].map(|t| Value::String(t.into()));
        call("replace_regex", &args, Type::String).as_str().unwrap_or("null").to_owned()
    }

    #[test]
    fn groups_are_written_with_backslashes() {
        assert_eq!(replace("one two", r"(\w)(\w)", r"\2\1"), "noe wto");
        assert_eq!(replace("a$1", "a", r"$1\\\9"), r"$1\$1", "a dollar means nothing, a missing group is empty");
        assert_eq!(replace("abcABC", "(?i)abc", "#"), "##");
    }

    #[test]
    fn nothing_to_look_for_replaces_nothing() {
        let args = ["abc", "", "x"].map(|t| Value::String(t.into()));
        assert_eq!(call("replace_string", &args, Type::String), Value::String("abc".into()));
    }
}
