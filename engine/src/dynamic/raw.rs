//! Reading: a value is a slice of compact JSON text, and what is not asked for is skipped, not parsed.
//!
//! The text was made by [`super::normalize()`] or [`super::Builder`], so its grammar is not checked again here:
//! no blanks between tokens, one spelling for every character and number. On any other text the answers are
//! meaningless, but nothing panics.

use std::borrow::Cow;

use memchr::{memchr2, memchr3};

/// A JSON value as a slice of compact text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// A number without fraction and exponent that fits 64 bits.
    Long,
    /// Any other number.
    Real,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object; Kusto's word is property bag.
    Bag,
}

impl<'a> Raw<'a> {
    /// The value `null`.
    pub const NULL: Raw<'static> = Raw("null");

    /// Takes a whole text as one value.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns the text of the value; a string with its quotes.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// Tells what the value is, by its first character for all but numbers.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Bag,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Bool,
            None | Some(b'n') => Kind::Null,
            Some(_) => match self.as_long() {
                Some(_) => Kind::Long,
                None => Kind::Real,
            },
        }
    }

    /// Tells whether the value is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Tells whether the value is an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// Tells whether the value is a bag.
    pub fn is_bag(self) -> bool {
        self.0.starts_with('{')
    }

    /// Returns the characters of a string, escapes resolved; nothing for other kinds.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        self.quoted().map(unescape)
    }

    /// Returns what stands between the quotes of a string, escapes kept.
    pub fn quoted(self) -> Option<&'a str> {
        self.0.strip_prefix('"')?.strip_suffix('"')
    }

    /// Returns a whole number of 64 bits; nothing for other kinds.
    pub fn as_long(self) -> Option<i64> {
        let digits = self.0.strip_prefix('-').unwrap_or(self.0);
        match digits.as_bytes() {
            [b'0'..=b'9', ..] => self.0.parse().ok(),
            _ => None,
        }
    }

    /// Returns a number as a real; nothing for other kinds.
    pub fn as_real(self) -> Option<f64> {
        match self.0.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => self.0.parse().ok(),
            _ => None,
        }
    }

    /// Returns a bool; nothing for other kinds.
    pub fn as_bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Goes through the elements of an array; through nothing for other kinds.
    pub fn elements(self) -> Elements<'a> {
        match self.is_array() {
            true => Elements { text: self.0, at: 1 },
            false => Elements { text: "", at: 0 },
        }
    }

    /// Goes through the slots of a bag: keys with their escapes, and values. Through nothing for other kinds.
    pub fn slots(self) -> Slots<'a> {
        match self.is_bag() {
            true => Slots { text: self.0, at: 1 },
            false => Slots { text: "", at: 0 },
        }
    }

    /// Returns the value under a key given in its escaped form (see [`escape`]): the first, where a key repeats.
    pub fn key(self, key: &str) -> Option<Raw<'a>> {
        self.slots().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Returns the element at an index, 0-based; a negative index counts from the end.
    pub fn index(self, index: i64) -> Option<Raw<'a>> {
        match usize::try_from(index) {
            Ok(index) => self.elements().nth(index),
            Err(_) => {
                let length = i64::try_from(self.elements().count()).ok()?;
                let index = usize::try_from(length.checked_add(index)?).ok()?;
                self.elements().nth(index)
            }
        }
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        let bytes = self.text.as_bytes();
        if matches!(bytes.get(self.at), None | Some(b']')) {
            return None;
        }
        let end = end_of_value(bytes, self.at);
        let value = self.text.get(self.at..end)?;
        self.at = end + 1; // the comma, or the bracket: then `at` is past the end
        Some(Raw(value))
    }
}

/// The slots of a bag, keys with their escapes.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Slots<'a> {
    type Item = (&'a str, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let colon = end_of_string(bytes, self.at);
        let key = self.text.get(self.at + 1..colon - 1)?;
        let end = end_of_value(bytes, colon + 1);
        let value = self.text.get(colon + 1..end)?;
        self.at = end + 1;
        Some((key, Raw(value)))
    }
}

/// Returns where the value that begins at `at` ends: the index after its last byte.
pub(super) fn end_of_value(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'"') => end_of_string(text, at),
        Some(b'{') => end_of_brackets(text, at, b'{', b'}'),
        Some(b'[') => end_of_brackets(text, at, b'[', b']'),
        _ => {
            let word = text.get(at..).unwrap_or_default();
            at + word.iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(word.len())
        }
    }
}

/// Returns the index after the closing quote of the string that begins at `at`.
pub(crate) fn end_of_string(text: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while let Some(found) = text.get(i..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        i += found;
        if text.get(i) == Some(&b'"') {
            return i + 1;
        }
        i += 2;
    }
    text.len().max(at + 1)
}

/// Returns the index after the bracket that closes the one at `at`. Only brackets of one kind are counted:
/// those of the other kind are balanced between them.
fn end_of_brackets(text: &[u8], at: usize, open: u8, close: u8) -> usize {
    let mut depth = 0usize;
    let mut i = at;
    while let Some(found) = text.get(i..).and_then(|rest| memchr3(open, close, b'"', rest)) {
        i += found;
        match text.get(i) {
            Some(b'"') => i = end_of_string(text, i),
            Some(&byte) if byte == open => {
                depth += 1;
                i += 1;
            }
            _ => {
                depth = depth.saturating_sub(1);
                i += 1;
                if depth == 0 {
                    return i;
                }
            }
        }
    }
    text.len()
}

/// Writes a text the way it stands between the quotes of a normalised JSON string.
pub fn escape(text: &str) -> Cow<'_, str> {
    match text.bytes().any(must_escape) {
        false => Cow::Borrowed(text),
        true => {
            let mut out = String::with_capacity(text.len() + 8);
            escape_into(&mut out, text);
            Cow::Owned(out)
        }
    }
}

/// Appends a text the way it stands between the quotes of a normalised JSON string.
pub(super) fn escape_into(out: &mut String, text: &str) {
    let mut from = 0;
    for (i, byte) in text.bytes().enumerate().filter(|(_, byte)| must_escape(*byte)) {
        out.push_str(text.get(from..i).unwrap_or_default()); // both ends stand at ASCII characters
        push_escape(out, byte);
        from = i + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
}

/// Tells whether JSON forbids the byte inside a string.
pub(super) fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        other => push_unicode(out, u16::from(other)),
    }
}

/// Appends `\u` and four lower-case hexadecimal digits.
pub(super) fn push_unicode(out: &mut String, unit: u16) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(unit >> shift & 0xf), 16).unwrap_or('0'));
    }
}

/// Resolves the escapes of the inside of a string. Half a surrogate pair becomes U+FFFD.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (unit, after) = read_escape(escaped);
        rest = after;
        match unit {
            Escape::Char(c) => out.push(c),
            Escape::Half(high) => {
                let low = rest.strip_prefix('\\').map(read_escape);
                match low {
                    Some((Escape::Half(low), after)) if is_pair(high, low) => {
                        rest = after;
                        out.extend(char::decode_utf16([high, low]).flatten());
                    }
                    _ => out.push(char::REPLACEMENT_CHARACTER),
                }
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What an escape stands for.
pub(super) enum Escape {
    /// A character.
    Char(char),
    /// Half a surrogate pair.
    Half(u16),
}

/// Tells whether two UTF-16 units make one character.
pub(super) fn is_pair(high: u16, low: u16) -> bool {
    (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low)
}

/// Reads what follows a backslash and returns it with the text after it; an unknown escape is its own character.
fn read_escape(text: &str) -> (Escape, &str) {
    let mut chars = text.chars();
    let c = match chars.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => {
            let unit = text.get(1..5).and_then(|digits| u16::from_str_radix(digits, 16).ok());
            return match unit {
                Some(unit) => {
                    let escape = char::from_u32(u32::from(unit)).map_or(Escape::Half(unit), Escape::Char);
                    (escape, text.get(5..).unwrap_or_default())
                }
                None => (Escape::Char(char::REPLACEMENT_CHARACTER), chars.as_str()),
            };
        }
        Some(other) => other,
        None => char::REPLACEMENT_CHARACTER,
    };
    (Escape::Char(c), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_brackets_and_quotes_inside_strings() {
        let bag = Raw::new(r#"{"a":"}\"{","b":[1,{"c":"]"}],"d":{"e":[]},"f":-2.5,"g":null}"#);
        let slots: Vec<_> = bag.slots().map(|(k, v)| (k, v.text())).collect();
        assert_eq!(
            slots,
            [("a", r#""}\"{""#), ("b", r#"[1,{"c":"]"}]"#), ("d", r#"{"e":[]}"#), ("f", "-2.5"), ("g", "null")]
        );
        let elements: Vec<_> = Raw::new(r#"[1,"a,b",[2,3],{},true]"#).elements().map(Raw::text).collect();
        assert_eq!(elements, ["1", r#""a,b""#, "[2,3]", "{}", "true"]);
    }

    #[test]
    fn counts_negative_indexes_from_the_end() {
        let array = Raw::new("[10,20,30]");
        let at = |i| array.index(i).map(Raw::text);
        assert_eq!(
            [at(0), at(2), at(3), at(-1), at(-3), at(-4), at(i64::MIN)],
            [Some("10"), Some("30"), None, Some("30"), Some("10"), None, None]
        );
        assert_eq!(Raw::new("{}").index(0), None);
    }

    #[test]
    fn finds_escaped_keys_and_the_first_of_equal_keys() {
        let bag = Raw::new(r#"{"a\"b":1,"x":2,"x":3}"#);
        assert_eq!(bag.key(&escape("a\"b")).map(Raw::text), Some("1"));
        assert_eq!(bag.key("x").map(Raw::text), Some("2"));
    }

    #[test]
    fn escapes_and_unescapes() {
        let text = "q\" b\\ n\n é 😀 \u{1}";
        assert_eq!(escape(text), "q\\\" b\\\\ n\\n é 😀 \\u0001");
        assert_eq!(unescape(&escape(text)), text);
        assert_eq!(unescape(r"\ud83d\ude00 \ud83d! \u00e9\/"), "😀 \u{fffd}! é/");
    }

    #[test]
    fn tells_longs_from_reals() {
        let kinds = ["1", "-9223372036854775808", "9223372036854775808", "1.0", "1e3"].map(|t| Raw::new(t).kind());
        assert_eq!(kinds, [Kind::Long, Kind::Long, Kind::Real, Kind::Real, Kind::Real]);
    }

    #[test]
    fn survives_text_that_is_not_json() {
        for text in ["", "{", "[", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[1", "[\"\\", "\"", "{\"a\":é", "]"] {
            let raw = Raw::new(text);
            let _ = (raw.kind(), raw.as_str(), raw.elements().count(), raw.slots().count(), raw.index(-1));
        }
    }
}
