//! `parse_command_line`: arguments as Windows programs receive them.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::dynamic::push_string;
use crate::functions::signature::{scalar, signature, string};
use crate::functions::{Body, Function};

/// `parse_command_line(command, "windows")`: learn.microsoft.com/kusto/query/parse-command-line-function.
pub static PARSE_COMMAND_LINE: Function = Function {
    spec: FunctionSpec {
        name: "parse_command_line",
        overloads: &[signature(&[scalar("command"), string("parser").constant()], Type::Dynamic)],
        summary: "Splits a command line into its arguments by the rules of Windows.",
        examples: &[Example {
            query: r#"print parse_command_line("echo \"hello world!\"", "windows")"#,
            answer: r#"["echo","hello world!"]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        let parser = call.text(1)?;
        if !parser.eq_ignore_ascii_case("windows") {
            return Err(format!("`{parser}` is no parser of `parse_command_line`, expected `windows`"));
        }
        Ok(Arc::new(|args| {
            let command = args.spelled(0)?;
            args.texts(|row, out| {
                let arguments = arguments(command.at(row).filter(|c| !c.is_empty())?);
                for argument in &arguments {
                    out.push(if out.is_empty() { '[' } else { ',' });
                    push_string(out, argument);
                }
                out.push_str(if arguments.is_empty() { "[]" } else { "]" });
                Some(())
            })
        }))
    }),
};

/// Splits as `CommandLineToArgvW`: the program's name ends at a blank or its closing quote; after it, a backslash
/// escapes only before a quote, and two quotes within quotes are one.
fn arguments(line: &str) -> Vec<String> {
    let (name, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => line.find([' ', '\t']).map_or((line, ""), |at| line.split_at(at)),
    };
    let mut all = vec![name.to_owned()];
    let mut chars = rest.chars().peekable();
    let (mut argument, mut open, mut quoted) = (String::new(), false, false);
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' if !quoted => {
                if std::mem::take(&mut open) {
                    all.push(std::mem::take(&mut argument));
                }
                continue;
            }
            '\\' => {
                let mut slashes = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    slashes += 1;
                }
                let before_quote = chars.peek() == Some(&'"');
                argument.extend(std::iter::repeat_n('\\', if before_quote { slashes / 2 } else { slashes }));
                if before_quote && slashes % 2 == 1 {
                    chars.next();
                    argument.push('"');
                }
            }
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                argument.push('"');
            }
            '"' => quoted = !quoted,
            _ => argument.push(c),
        }
        open = true;
    }
    if open {
        all.push(argument);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes() {
        assert_eq!(arguments(r#"a.exe "b c" d"#), ["a.exe", "b c", "d"]);
        assert_eq!(
            arguments(r#""C:\Program Files\a.exe" \\srv\x "y\\" z\"w"#),
            [r"C:\Program Files\a.exe", r"\\srv\x", r"y\", "z\"w"]
        );
        assert_eq!(arguments(r#"a "" "b""c""#), ["a", "", "b\"c"]);
        assert_eq!(arguments("a "), ["a"]);
    }
}
