//! `split`: a text cut at a delimiter.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility};
use memchr::memmem;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::dynamic::push_string;
use crate::functions::signature::{integer, scalar, signature, string};
use crate::functions::udf::KqlFunction;
use crate::functions::{Args, Body, Function, Prepared};

/// `split(source, delimiter [, index])`: learn.microsoft.com/kusto/query/split-function.
pub static SPLIT: Function = Function {
    spec: FunctionSpec {
        name: "split",
        overloads: &[
            signature(&[scalar("source"), string("delimiter")], Type::Dynamic).optional(&[integer("requestedIndex")])
        ],
        naming: Naming::FirstArgument,
        summary: "Cuts a text at each delimiter and returns the pieces, empty ones too, or an array of the one at an index.",
        examples: &[Example {
            query: "print split('a__b', '_'), split('', '_'), split('a_b_c', '_', 1), split('a', '_', 1)",
            answer: r#"["a","","b"] | [""] | ["b"] | null"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(split),
};

fn split(args: &Args) -> Result<ColumnarValue> {
    let (source, delimiter) = (args.spelled(0)?, args.text(1)?);
    let index = if args.len() > 2 { Some(args.long(2)?) } else { None };
    // One delimiter for all rows is the rule.
    let constant = delimiter.is_scalar().then(|| memmem::Finder::new(delimiter.at(0).unwrap_or_default()).into_owned());
    args.texts(|row, out| {
        let needle = delimiter.at(row).filter(|d| !d.is_empty())?;
        let own;
        let finder = match &constant {
            Some(finder) => finder,
            None => {
                own = memmem::Finder::new(needle);
                &own
            }
        };
        let mut pieces = pieces(source.at(row)?, finder);
        out.push('[');
        match &index {
            Some(index) => push_string(out, pieces.nth(usize::try_from(index.at(row)?).ok()?)?),
            None => {
                for (i, piece) in pieces.enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    push_string(out, piece);
                }
            }
        }
        out.push(']');
        Some(())
    })
}

/// Makes the function of one string that does what `split(source, delimiter)[index]` does, without the array: hunts
/// cut a domain from an address this way for every mail. The result is the piece as a string (`""` where there is
/// none) or a dynamic. Nothing for an empty delimiter or an index from the end, which the two steps serve.
pub fn piece_udf(delimiter: &str, index: i64, to: Type) -> Option<ScalarUDF> {
    let nth = usize::try_from(index).ok().filter(|_| !delimiter.is_empty())?;
    let finder = memmem::Finder::new(delimiter).into_owned();
    let kernel: Prepared = match to {
        Type::String => Arc::new(move |args| {
            let source = args.text(0)?;
            args.slices(|row| pieces(source.at(row)?, &finder).nth(nth))
        }),
        Type::Dynamic => Arc::new(move |args| {
            let source = args.text(0)?;
            args.texts(|row, out| {
                push_string(out, pieces(source.at(row)?, &finder).nth(nth)?);
                Some(())
            })
        }),
        _ => return None,
    };
    let key = format!("{delimiter:?} {index}");
    Some(KqlFunction::new("piece".to_owned(), &[Type::String], to, key, Volatility::Immutable, kernel).into())
}

/// Goes through the pieces between delimiters: always one more than there are delimiters.
fn pieces<'t>(text: &'t str, finder: &memmem::Finder) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match finder.find(text.as_bytes()) {
            Some(at) => {
                rest = text.get(at + finder.needle().len()..);
                text.get(..at)
            }
            None => rest.take(),
        }
    })
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::{call, call_rows};

    #[test]
    fn pieces_are_escaped_and_indexed() {
        let text = |t: &str| Value::String(t.into());
        let split = |args: &[Value]| call("split", args, Type::Dynamic);
        assert_eq!(split(&[text("a\"b,c"), text(",")]), Value::Dynamic(r#"["a\"b","c"]"#.into()));
        assert_eq!(split(&[text("a"), text("")]), Value::Null(Type::Dynamic));
        assert_eq!(split(&[text("a,b"), text(","), Value::Long(-1)]), Value::Null(Type::Dynamic));
        let rows = [vec![text("a-b"), text("-")], vec![text("a-b"), text("b")]];
        let wanted = [r#"["a","b"]"#, r#"["a-",""]"#].map(|j| Value::Dynamic(j.into()));
        assert_eq!(call_rows("split", &rows, Type::Dynamic), wanted);
    }
}
