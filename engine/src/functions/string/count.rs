//! `strlen`, `string_size`, `countof`, `isascii`, `isutf8`: how long a text is, and what is in it.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use memchr::memmem;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::functions::pattern::compile;
use crate::functions::signature::{scalar, signature, string, text};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

/// `strlen(text)`: learn.microsoft.com/kusto/query/strlen-function.
pub static STRLEN: Function = Function {
    spec: FunctionSpec {
        name: "strlen",
        overloads: &[signature(&[text("string")], Type::Long)],
        naming: Naming::NameAndFirstArgument,
        summary: "Counts the characters (code points) of a text.",
        examples: &[Example { query: "print strlen('héllo'), strlen('')", answer: "5 | 0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.longs(|row| Some(text.at(row).unwrap_or_default().chars().count() as i64))
    }),
};

/// `string_size(text)`: learn.microsoft.com/kusto/query/string-size-function.
pub static STRING_SIZE: Function = Function {
    spec: FunctionSpec {
        name: "string_size",
        overloads: &[signature(&[text("string")], Type::Long)],
        naming: Naming::NameAndFirstArgument,
        summary: "Counts the bytes of a text in UTF-8.",
        examples: &[Example { query: "print string_size('héllo')", answer: "6" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.longs(|row| Some(text.at(row).unwrap_or_default().len() as i64))
    }),
};

/// `countof(source, search [, kind])`: learn.microsoft.com/kusto/query/countof-function.
pub static COUNTOF: Function = Function {
    spec: FunctionSpec {
        name: "countof",
        overloads: &[signature(&[string("source"), string("search")], Type::Long)
            .optional(&[string("kind").one_of(&["normal", "regex"])])],
        summary: "Counts how often a text is found in another, overlaps included; a regex without overlaps.",
        examples: &[Example {
            query: "print countof('aaaa', 'aa'), countof('abcabc', 'a.c', 'regex')",
            answer: "3 | 2",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(countof),
};

fn countof(call: &Prepare) -> Result<Prepared, String> {
    if call.constant(2).and_then(|kind| kind.as_str()) != Some("regex") {
        return Ok(Arc::new(count_plain));
    }
    let regex = compile(call.text(1)?)?;
    Ok(Arc::new(move |args| {
        let source = args.text(0)?;
        args.longs(|row| Some(regex.find_iter(source.at(row)?).count() as i64))
    }))
}

fn count_plain(args: &Args) -> Result<ColumnarValue> {
    let (source, search) = (args.text(0)?, args.text(1)?);
    args.longs(|row| {
        let needle = search.at(row)?;
        let (finder, mut rest, mut count) = (memmem::Finder::new(needle), source.at(row)?.as_bytes(), 0);
        while let Some(at) = finder.find(rest).filter(|_| !needle.is_empty()) {
            count += 1;
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        Some(count)
    })
}

/// `isascii(value)`.
pub static ISASCII: Function = Function {
    spec: FunctionSpec {
        name: "isascii",
        overloads: &[signature(&[scalar("value")], Type::Bool)],
        summary: "Tells whether a text has ASCII characters only.",
        examples: &[Example { query: "print isascii('some string'), isascii('école')", answer: "true | false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.tests(|row| text.at(row).is_none_or(str::is_ascii))
    }),
};

/// `isutf8(value)`: learn.microsoft.com/kusto/query/isutf8-function.
pub static ISUTF8: Function = Function {
    spec: FunctionSpec {
        name: "isutf8",
        overloads: &[signature(&[scalar("value")], Type::Bool)],
        summary: "Tells whether a text is valid UTF-8: every text here is.",
        examples: &[Example { query: "print isutf8('some string')", answer: "true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| args.tests(|_| true)),
};
