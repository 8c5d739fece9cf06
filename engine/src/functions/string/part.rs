//! `substring`: a part of a text by position.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::signature::{integer, scalar, signature};
use crate::functions::{Args, Body, Function};

/// `substring(text, start [, length])`: learn.microsoft.com/kusto/query/substring-function.
pub static SUBSTRING: Function = Function {
    spec: FunctionSpec {
        name: "substring",
        overloads: &[signature(&[scalar("string"), integer("start")], Type::String).optional(&[integer("length")])],
        summary: "Returns the characters from a 0-based place on, which counts from the end where negative.",
        examples: &[Example {
            query: "print substring('123456', 1), substring('123456', 2, 2), substring('123456', -2, 2)",
            answer: "23456 | 34 | 56",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(substring),
};

fn substring(args: &Args) -> Result<ColumnarValue> {
    let (text, start) = (args.spelled(0)?, args.long(1)?);
    let length = if args.len() > 2 { Some(args.long(2)?) } else { None };
    args.slices(|row| {
        let length = length.as_ref().map_or(Some(i64::MAX), |l| l.at(row))?;
        part(text.at(row)?, start.at(row)?, length)
    })
}

/// Cuts out `length` characters from `start` on; what is outside the text is not there.
fn part(text: &str, start: i64, length: i64) -> Option<&str> {
    let length = usize::try_from(length).unwrap_or(0);
    if text.is_ascii() {
        let start = usize::try_from(start).unwrap_or_else(|_| from_end(text.len(), start));
        return text.get(start..start.saturating_add(length).min(text.len()));
    }
    let start = usize::try_from(start).unwrap_or_else(|_| from_end(text.chars().count(), start));
    let tail = text.get(byte_at(text, start)..)?;
    tail.get(..byte_at(tail, length))
}

fn from_end(length: usize, start: i64) -> usize {
    length.saturating_sub(usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX))
}

/// Returns where a character begins, or the end of the text.
pub(super) fn byte_at(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_is_not_there() {
        for text in ["hello", "hällo"] {
            let o = part(text, 4, i64::MAX);
            assert_eq!(o, Some("o"));
            assert_eq!(part(text, 1, -1).unwrap_or_default(), "");
            assert_eq!(part(text, 10, 5).unwrap_or_default(), "");
            assert_eq!(part(text, -2, i64::MAX), Some("lo"));
            assert_eq!(part(text, -100, 1), Some("h"));
            assert_eq!(part(text, i64::MIN, i64::MAX), Some(text));
        }
        assert_eq!(part("hällo", 1, 2), Some("äl"));
    }
}
