//! `parse_csv`: one record of comma-separated values.

use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::dynamic::push_string;
use crate::functions::signature::{signature, text};
use crate::functions::{Body, Function};

/// `parse_csv(text)`: learn.microsoft.com/kusto/query/parse-csv-function.
pub static PARSE_CSV: Function = Function {
    spec: FunctionSpec {
        name: "parse_csv",
        overloads: &[signature(&[text("csv_text")], Type::Dynamic)],
        naming: Naming::FirstArgument,
        summary: "Splits the first record of a CSV text into an array of texts.",
        examples: &[Example {
            query: r#"print parse_csv('aa,"b,b",cc,"a ""title"""')"#,
            answer: r#"["aa","b,b","cc","a \"title\""]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            out.push('[');
            for (i, value) in record(text.at(row)?).iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_string(out, value);
            }
            out.push(']');
            Some(())
        })
    }),
};

/// Reads values up to the first line break outside quotes. Quotes open only at the start of a value.
fn record(text: &str) -> Vec<String> {
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if value.is_empty() => quoted = true,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            '\n' if !quoted => break,
            '\r' if !quoted && chars.peek() == Some(&'\n') => break,
            _ => value.push(c),
        }
    }
    values.push(value);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_with_quotes() {
        assert_eq!(record("aa,\"b,b\",\"x\ny\"\r\nsecond,z"), ["aa", "b,b", "x\ny"]);
        assert_eq!(record("a,,\"\"\"\""), ["a", "", "\""]);
        assert_eq!(record(""), [""]);
    }
}
