//! Regular expressions: Kusto's dialect is that of the `regex` crate, so patterns pass through as they are.
//! learn.microsoft.com/kusto/query/regex.

use regex::Regex;

/// Compiles a regex.
///
/// # Errors
/// When it does not parse, uses look-around or back-references, or grows beyond the crate's size limit.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| match error {
        // The crate draws the pattern over several lines; the reason is on the last.
        regex::Error::Syntax(text) => {
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the regex `{pattern}` does not parse: {reason}")
        }
        other => format!("the regex `{pattern}` cannot be used: {other}"),
    })
}

/// Keeps the regex of the last pattern seen: for patterns that come from a column.
#[derive(Debug, Default)]
pub struct Latest(Option<(String, Regex)>);

impl Latest {
    /// Returns the regex of a pattern, compiled anew only when it differs from the one before.
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile(&mut self, pattern: &str) -> Result<&Regex, String> {
        if self.0.as_ref().is_none_or(|(text, _)| text != pattern) {
            self.0 = Some((pattern.to_owned(), compile(pattern)?));
        }
        self.0.as_ref().map(|(_, regex)| regex).ok_or_else(String::new)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_refusal_is_one_line_with_the_reason() {
        let message = compile("(?=a)b").unwrap_err();
        assert!(message.starts_with("the regex `(?=a)b` does not parse: look-around"), "{message}");
        assert!(!message.contains('\n'));
    }
}
