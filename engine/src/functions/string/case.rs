//! `tolower`, `toupper`, `reverse`, `strcmp`: text character by character.

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::signature::{scalar, signature};
use crate::functions::{Body, Function};
use crate::operators::text::fold::single;

/// `tolower(value)`: learn.microsoft.com/kusto/query/tolower-function.
pub static TOLOWER: Function = Function {
    spec: FunctionSpec {
        name: "tolower",
        overloads: &[signature(&[scalar("value")], Type::String)],
        summary: "Turns every letter of a text into a small one.",
        examples: &[Example { query: "print tolower('Hello ÉCOLE')", answer: "hello école" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.texts(|row, out| {
            let text = text.at(row)?;
            if text.is_ascii() {
                out.push_str(text);
                out.make_ascii_lowercase();
            } else {
                out.extend(text.chars().map(|c| single(c, c.to_lowercase())));
            }
            Some(())
        })
    }),
};

/// `toupper(value)`: learn.microsoft.com/kusto/query/toupper-function.
pub static TOUPPER: Function = Function {
    spec: FunctionSpec {
        name: "toupper",
        overloads: &[signature(&[scalar("value")], Type::String)],
        summary: "Turns every letter of a text into a capital.",
        examples: &[Example { query: "print toupper('hello')", answer: "HELLO" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.texts(|row, out| {
            let text = text.at(row)?;
            if text.is_ascii() {
                out.push_str(text);
                out.make_ascii_uppercase();
            } else {
                out.extend(text.chars().map(|c| single(c, c.to_uppercase())));
            }
            Some(())
        })
    }),
};

/// `reverse(value)`: learn.microsoft.com/kusto/query/reverse-function.
pub static REVERSE: Function = Function {
    spec: FunctionSpec {
        name: "reverse",
        overloads: &[signature(&[scalar("value")], Type::String)],
        summary: "Writes the characters of a text from last to first; other values as text.",
        examples: &[Example {
            query: "print reverse('abc'), reverse(12345), reverse(3h)",
            answer: "cba | 54321 | 00:00:30",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.texts(|row, out| {
            out.extend(text.at(row)?.chars().rev());
            Some(())
        })
    }),
};

/// `strcmp(a, b)`: learn.microsoft.com/kusto/query/strcmp-function.
pub static STRCMP: Function = Function {
    spec: FunctionSpec {
        name: "strcmp",
        overloads: &[signature(&[scalar("string1"), scalar("string2")], Type::Long)],
        summary: "Compares two texts by code point: -1, 0 or 1.",
        examples: &[Example {
            query: "print strcmp('ABC', 'ABC'), strcmp('abc', 'ABC'), strcmp('ABC', 'abc')",
            answer: "0 | 1 | -1",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (left, right) = (args.spelled(0)?, args.spelled(1)?);
        // The bytes of UTF-8 are in the order of the code points.
        args.longs(|row| Some(left.at(row)?.cmp(right.at(row)?) as i64))
    }),
};

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn letters_map_one_to_one() {
        let change = |name, text: &str| call(name, &[Value::String(text.into())], Type::String);
        assert_eq!(change("toupper", "straße É"), Value::String("STRAßE É".into()));
        assert_eq!(change("tolower", "ΣΑΣ"), Value::String("σασ".into()), "no final sigma");
        assert_eq!(change("reverse", "𝓗ello"), Value::String("olle𝓗".into()));
    }
}
