//! Writing: JSON text in the one form the engine keeps dynamics in.

use std::fmt::Write;

use rehunt_lang::literal::push_plain_real;

use super::Raw;
use super::raw::escape_into;

/// Writes a value piece by piece. Commas and colons come of themselves; brackets are the caller's to balance.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    text: String,
}

impl Builder {
    /// Begins with nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what was written.
    pub fn finish(self) -> String {
        self.text
    }

    /// Returns what was written so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Forgets what was written and keeps the space.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Writes `[`.
    pub fn begin_array(&mut self) {
        self.separate();
        self.text.push('[');
    }

    /// Writes `]`.
    pub fn end_array(&mut self) {
        self.text.push(']');
    }

    /// Writes `{`.
    pub fn begin_bag(&mut self) {
        self.separate();
        self.text.push('{');
    }

    /// Writes `}`.
    pub fn end_bag(&mut self) {
        self.text.push('}');
    }

    /// Writes a key given as plain text.
    pub fn key(&mut self, key: &str) {
        self.separate();
        push_string(&mut self.text, key);
        self.text.push(':');
    }

    /// Writes a key given with its escapes, as [`Raw::slots`] does.
    pub fn escaped_key(&mut self, key: &str) {
        self.separate();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    /// Writes a null.
    pub fn null(&mut self) {
        self.separate();
        self.text.push_str("null");
    }

    /// Writes a bool.
    pub fn bool(&mut self, value: bool) {
        self.separate();
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// Writes a long.
    pub fn long(&mut self, value: i64) {
        self.separate();
        push_long(&mut self.text, value);
    }

    /// Writes a real; see [`push_real`].
    pub fn real(&mut self, value: f64) {
        self.separate();
        push_real(&mut self.text, value);
    }

    /// Writes a string given as plain text.
    pub fn string(&mut self, value: &str) {
        self.separate();
        push_string(&mut self.text, value);
    }

    /// Writes a string given with its escapes.
    pub fn escaped_string(&mut self, value: &str) {
        self.separate();
        self.text.extend(["\"", value, "\""]);
    }

    /// Writes a value that is there already.
    pub fn raw(&mut self, value: Raw) {
        self.separate();
        self.text.push_str(value.text());
    }

    /// Writes the comma before any value or key but the first. A value never ends in one of these characters.
    fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.text.push(',');
        }
    }
}

/// Appends a long.
pub fn push_long(out: &mut String, value: i64) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// Appends a real, always with a fraction or an exponent: `1.0`. JSON has no NaN and no infinities: they become the
/// strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
pub fn push_real(out: &mut String, value: f64) {
    match value {
        v if v.is_nan() => out.push_str("\"NaN\""),
        f64::INFINITY => out.push_str("\"Infinity\""),
        f64::NEG_INFINITY => out.push_str("\"-Infinity\""),
        v => push_plain_real(out, v),
    }
}

/// Appends a string with its quotes.
pub fn push_string(out: &mut String, value: &str) {
    out.push('"');
    escape_into(out, value);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamic::normalize;

    #[test]
    fn sets_commas_where_they_belong() {
        let mut b = Builder::new();
        b.begin_bag();
        b.key("a\"");
        b.begin_array();
        b.long(-1);
        b.real(1.0);
        b.real(f64::NAN);
        b.begin_bag();
        b.end_bag();
        b.string("[");
        b.null();
        b.end_array();
        b.escaped_key("k\\n");
        b.raw(Raw::new("[true]"));
        b.key("");
        b.bool(false);
        b.end_bag();
        let text = b.finish();
        assert_eq!(text, r#"{"a\"":[-1,1.0,"NaN",{},"[",null],"k\n":[true],"":false}"#);
        assert_eq!(normalize(&text).as_deref(), Some(text.as_str()));
    }
}
