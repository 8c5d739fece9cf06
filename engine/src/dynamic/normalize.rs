//! Checking: the full JSON grammar, once, at the door; what passes has one spelling for every value.
//!
//! No stack of calls grows with the nesting, so no input can overflow it.

use std::borrow::Cow;

use super::raw::{Escape, is_pair, must_escape, push_unicode};
use super::{escape_into, push_real};

/// Brackets within brackets beyond this depth are not taken for JSON. What walks a value recursively relies on it.
pub const MAX_DEPTH: usize = 256;

/// Returns the text in the one form the engine keeps dynamics in, or nothing where it is not JSON: no blanks
/// between tokens, only such escapes as JSON demands, reals as [`push_real`] writes them. Text already in that form
/// is borrowed. Raw control characters within strings are let in, numbers too large for a real become `"Infinity"`,
/// keys keep their order and their repetitions.
pub fn normalize(text: &str) -> Option<Cow<'_, str>> {
    let mut reader = Reader { text, at: 0, copied: 0, out: String::new() };
    reader.skip_blanks();
    let start = reader.at;
    reader.copied = start;
    reader.document()?;
    let end = reader.at;
    reader.skip_blanks();
    if reader.at < text.len() {
        return None;
    }
    let rest = text.get(reader.copied..end)?;
    Some(match reader.copied == start {
        true => Cow::Borrowed(rest),
        false => {
            reader.out.push_str(rest);
            Cow::Owned(reader.out)
        }
    })
}

/// Checks the JSON value that begins at `start`, without a blank before it. Returns the byte after it and whether it is in
/// the form of [`normalize`] already; nothing where it is not JSON.
pub fn normal_end(text: &str, start: usize) -> Option<(usize, bool)> {
    let mut reader = Reader { text, at: start, copied: start, out: String::new() };
    reader.document()?;
    Some((reader.at, reader.copied == start))
}

/// Reads `text` from `at`; everything before `copied` is dealt with: it is in `out` unless nothing had to change yet.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    copied: usize,
    out: String,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Drops the text from `from` up to here in favour of what the caller appends to `out`.
    fn replace(&mut self, from: usize) -> Option<&mut String> {
        self.out.push_str(self.text.get(self.copied..from)?);
        self.copied = self.at;
        Some(&mut self.out)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Moves past blanks that must go from the text.
    fn drop_blanks(&mut self) -> Option<()> {
        let from = self.at;
        self.skip_blanks();
        if self.at > from {
            self.replace(from)?;
        }
        Some(())
    }

    fn document(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    if open.len() == MAX_DEPTH {
                        return None;
                    }
                    self.at += 1;
                    self.drop_blanks()?;
                    let close = bracket + 2; // in ASCII, for both kinds
                    if self.take(close).is_none() {
                        open.push(close);
                        if bracket == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => return None,
            }
            loop {
                let Some(close) = open.last().copied() else { return Some(()) };
                self.drop_blanks()?;
                if self.take(close).is_some() {
                    open.pop();
                    continue;
                }
                self.take(b',')?;
                self.drop_blanks()?;
                if close == b'}' {
                    self.key()?;
                }
                break;
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.drop_blanks()?;
        self.take(b':')?;
        self.drop_blanks()
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            self.at += rest.iter().position(|b| must_escape(*b))?;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                control => {
                    let from = self.at;
                    self.at += 1;
                    let text = char::from(control);
                    escape_into(self.replace(from)?, text.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let from = self.at;
        self.at += 2;
        let c = match self.text.as_bytes().get(from + 1)? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => return Some(()),
            b'/' => '/',
            b'u' => match self.unit()? {
                Escape::Char(c) => c,
                Escape::Half(high) => {
                    let end = self.at;
                    if self.text.get(end..)?.starts_with("\\u") {
                        self.at += 2;
                        match self.unit()? {
                            Escape::Half(low) if is_pair(high, low) => {
                                let pair = char::decode_utf16([high, low]).flatten();
                                self.replace(from)?.extend(pair);
                                return Some(());
                            }
                            _ => self.at = end,
                        }
                    }
                    // Half a pair is no character: UTF-8 cannot hold it, so the escape stays.
                    push_unicode(self.replace(from)?, high);
                    return Some(());
                }
            },
            _ => return None,
        };
        escape_into(self.replace(from)?, c.encode_utf8(&mut [0; 4]));
        Some(())
    }

    /// Reads the four digits of `\u`.
    fn unit(&mut self) -> Option<Escape> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        let unit = u16::from_str_radix(digits, 16).ok()?;
        Some(char::from_u32(u32::from(unit)).map_or(Escape::Half(unit), Escape::Char))
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Option<()> {
        let from = self.at;
        let negative = self.take(b'-').is_some();
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return None;
        }
        let fraction = self.take(b'.').map(|()| self.digits());
        if fraction == Some(0) {
            return None;
        }
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let number = self.text.get(from..self.at)?;
        match fraction {
            None if !exponent && negative && zero => self.replace(from)?.push('0'),
            // A whole number beyond 64 bits keeps its digits, though it computes as a real.
            None if !exponent => {}
            // Fifteen digits survive the way through a real, so this is the text it would print.
            Some(n) if !exponent && !zero && whole + n <= 15 && (n == 1 || !number.ends_with('0')) => {}
            _ => {
                let mut text = String::new();
                push_real(&mut text, number.parse().ok()?);
                if text != number {
                    self.replace(from)?.push_str(&text);
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn normal(text: &str) -> String {
        normalize(text).unwrap().into_owned()
    }

    #[test]
    fn borrows_what_is_normal() {
        for text in ["null", r#"{"a":[1,-2.5,true],"é\n":"x\"","b":{}}"#, "[]", "\"\"", "12345678901234567890"] {
            assert!(matches!(normalize(text), Some(Cow::Borrowed(t)) if t == text), "{text}");
        }
        assert!(matches!(normalize(" [1] "), Some(Cow::Borrowed("[1]"))));
    }

    #[test]
    fn finds_the_end_of_a_value_and_tells_whether_it_is_normal() {
        let found = |text: &str| normal_end(text, 1).map(|(end, normal)| (text[1..end].to_owned(), normal));
        assert_eq!(found(r#":{"a":[1,"x"]},"b""#), Some((r#"{"a":[1,"x"]}"#.to_owned(), true)));
        assert_eq!(found(r#":{"a": 1}}"#), Some((r#"{"a": 1}"#.to_owned(), false)));
        assert_eq!(found(":[1.50]"), Some(("[1.50]".to_owned(), false)));
        assert_eq!(found(":-0"), Some(("-0".to_owned(), false)));
        assert_eq!(found(":[1"), None);
    }

    #[test]
    fn drops_blanks_but_not_in_strings() {
        assert_eq!(normal("\t{ \"a b\" : [ 1 , { } , [ ] ] ,\n\"c\":\" \" } "), r#"{"a b":[1,{},[]],"c":" "}"#);
    }

    #[test]
    fn gives_every_character_one_spelling() {
        assert_eq!(normal(r#""\u0041\/\u00e9\u0022\u000a\ud83d\ude00""#), "\"A/é\\\"\\n😀\"");
        assert_eq!(normal(r#""\uD83D x\uDe00""#), r#""\ud83d x\ude00""#);
        assert_eq!(normal("\"tab\there\""), r#""tab\there""#);
        assert_eq!(normal(r#"{"\u0061":1}"#), r#"{"a":1}"#);
    }

    #[test]
    fn gives_every_number_one_spelling() {
        let pairs = [
            ("-0", "0"),
            ("-0.0", "-0.0"),
            ("1.50", "1.5"),
            ("1e2", "100.0"),
            ("0.10", "0.1"),
            ("0.25", "0.25"),
            ("1.0", "1.0"),
            ("10.00", "10.0"),
            ("1E400", "\"Infinity\""),
            ("[0.30000000000000004]", "[0.30000000000000004]"),
            ("0.1000000000000000055", "0.1"),
        ];
        for (text, wanted) in pairs {
            assert_eq!(normal(text), wanted);
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        let bad = [
            "",
            " ",
            "hello",
            "{",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "nul",
            "truee",
            "[1]]",
            "{\"a\":1]",
            "NaN",
            "'a'",
        ];
        for text in bad {
            assert_eq!(normalize(text), None, "{text}");
        }
    }

    #[test]
    fn bears_any_depth() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(normalize(&nested(MAX_DEPTH)).is_some());
        assert!(normalize(&nested(MAX_DEPTH + 1)).is_none());
        assert!(normalize(&"[{\"a\":".repeat(1_000_000)).is_none());
    }
}
