//! `strcat`, `strcat_delim`, `strrep`: texts one after the other. Values of other types are written as `tostring` does.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::kernel::Texts;
use crate::functions::signature::{long, scalar, signature};
use crate::functions::{Args, Body, Function};

/// Longest text that `strrep` writes, in bytes: beyond it a column of results could exhaust memory.
const LONGEST: usize = 64 << 20;

/// `strcat(value, ...)`: learn.microsoft.com/kusto/query/strcat-function.
pub static STRCAT: Function = Function {
    spec: FunctionSpec {
        name: "strcat",
        overloads: &[signature(&[scalar("arg")], Type::String).repeated(&[scalar("arg")])],
        summary: "Joins 1 to 64 values to one text; null adds nothing.",
        examples: &[Example { query: "print strcat('a', 1, true, 1s, int(null))", answer: "a1True00:00:01" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| joined(args, 0, None)),
};

/// `strcat_delim(delimiter, value, value, ...)`: learn.microsoft.com/kusto/query/strcat-delim-function.
pub static STRCAT_DELIM: Function = Function {
    spec: FunctionSpec {
        name: "strcat_delim",
        overloads: &[
            signature(&[scalar("delimiter"), scalar("arg"), scalar("arg")], Type::String).repeated(&[scalar("arg")])
        ],
        summary: "Joins values to one text with a delimiter between them; null leaves an empty place.",
        examples: &[Example { query: "print strcat_delim('-', 1, '2', 'A', 1s)", answer: "1-2-A-00:00:01" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let delimiter = args.spelled(0)?;
        joined(args, 1, Some(&delimiter))
    }),
};

fn joined(args: &Args, first: usize, delimiter: Option<&Texts>) -> Result<ColumnarValue> {
    let parts = (first..args.len()).map(|i| args.spelled(i)).collect::<Result<Vec<_>>>()?;
    args.texts(|row, out| {
        for (i, part) in parts.iter().enumerate() {
            if let Some(delimiter) = delimiter.filter(|_| i > 0) {
                out.push_str(delimiter.at(row).unwrap_or_default());
            }
            out.push_str(part.at(row).unwrap_or_default());
        }
        Some(())
    })
}

/// `strrep(value, multiplier [, delimiter])`: learn.microsoft.com/kusto/query/strrep-function.
pub static STRREP: Function = Function {
    spec: FunctionSpec {
        name: "strrep",
        overloads: &[signature(&[scalar("value"), long("multiplier")], Type::String).optional(&[scalar("delimiter")])],
        summary: "Repeats a text, at most 1024 times, with a delimiter between.",
        examples: &[Example {
            query: "print strrep('ABC', 2), strrep(123, 3, '.'), strrep(3s, 2, ' ')",
            answer: "ABCABC | 123.123.123 | 00:00:03 00:00:03",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(strrep),
};

fn strrep(args: &Args) -> Result<ColumnarValue> {
    let (value, times) = (args.spelled(0)?, args.long(1)?);
    let delimiter = if args.len() > 2 { Some(args.spelled(2)?) } else { None };
    args.texts(|row, out| {
        let value = value.at(row)?;
        let delimiter = delimiter.as_ref().and_then(|d| d.at(row)).unwrap_or_default();
        for i in 0..times.at(row)?.clamp(0, 1024) {
            if out.len() + value.len() > LONGEST {
                break;
            }
            if i > 0 {
                out.push_str(delimiter);
            }
            out.push_str(value);
        }
        Some(())
    })
}
