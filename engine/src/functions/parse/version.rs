//! `parse_version`: versions as numbers that compare.

use arrow::datatypes::i256;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function};
use crate::text::parse_decimal;

/// `parse_version(version)`: learn.microsoft.com/kusto/query/parse-version-function.
pub static PARSE_VERSION: Function = Function {
    spec: FunctionSpec {
        name: "parse_version",
        overloads: &[signature(&[string("version")], Type::Decimal)],
        summary: "Returns a version of 1 to 4 numbers of 8 digits as one decimal; null where it is none.",
        examples: &[Example {
            query: "print parse_version('0.0.0.5') == 5, parse_version('1.0') == parse_version('1.0.0.0'), parse_version('a')",
            answer: "true | true | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let version = args.text(0)?;
        args.decimals(|row| number(version.at(row)?))
    }),
};

fn number(version: &str) -> Option<i256> {
    let mut digits = String::with_capacity(32);
    let mut count = 0;
    for part in version.split('.') {
        let valid = (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if !valid || count == 4 {
            return None;
        }
        digits.push_str(&"0".repeat(8 - part.len()));
        digits.push_str(part);
        count += 1;
    }
    digits.push_str(&"0".repeat(8 * (4 - count)));
    parse_decimal(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_weigh_eight_digits() {
        assert_eq!(number("1.2.3.4"), parse_decimal("1000000020000000300000004"));
        assert_eq!(number("0.2"), parse_decimal("20000000000000000"));
        for text in ["", "1.", "1.2.3.4.5", "123456789", "1.-2", "1.a"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
