//! JSON documents as they come: checks the grammar, steps over values, cuts out members and elements, and says where
//! a text breaks off so that what stands before is not lost. A value is a slice of the text it came in; cells that
//! are kept go through `dynamic::normalize`.
//!
//! Offsets are bytes.

use std::borrow::Cow;

use crate::dynamic::{MAX_DEPTH, unescape};

/// Why a text is not JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte that does not fit; the end of the text when it breaks off.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
    /// Where what cannot be read begins: the value, the element, the record.
    pub start: usize,
}

impl Fault {
    fn new(at: usize, reason: &'static str) -> Self {
        Self { at, reason, start: at }
    }

    /// Says that all from `start` on cannot be read.
    pub(super) fn since(self, start: usize) -> Self {
        Self { start, ..self }
    }
}

/// Checks the value that begins at `start` (no blank before it) and finds its end.
pub(super) fn value_end(text: &str, start: usize) -> Result<usize, Fault> {
    let b = text.as_bytes();
    let mut open = Nesting::default();
    let mut at = start;
    loop {
        match b.get(at) {
            Some(b'"') => at = string_end(b, at)?,
            Some(b'{') => {
                open.push(true).ok_or(Fault::new(at, "bags and arrays nest too deep"))?;
                at = blanks(b, at + 1);
                if b.get(at) != Some(&b'}') {
                    (_, at) = key(b, at)?;
                    continue;
                }
                at += 1;
                open.pop();
            }
            Some(b'[') => {
                open.push(false).ok_or(Fault::new(at, "bags and arrays nest too deep"))?;
                at = blanks(b, at + 1);
                if b.get(at) != Some(&b']') {
                    continue;
                }
                at += 1;
                open.pop();
            }
            Some(b'-' | b'0'..=b'9') => at = number_end(b, at)?,
            Some(b't') => at = word_end(b, at, b"true")?,
            Some(b'f') => at = word_end(b, at, b"false")?,
            Some(b'n') => at = word_end(b, at, b"null")?,
            Some(_) => return Err(Fault::new(at, "expected a JSON value")),
            None => return Err(Fault::new(b.len(), "the JSON breaks off")),
        }
        loop {
            let Some(in_bag) = open.top() else { return Ok(at) };
            at = blanks(b, at);
            match (b.get(at), in_bag) {
                (Some(b','), _) => {
                    at = blanks(b, at + 1);
                    if in_bag {
                        (_, at) = key(b, at)?;
                    }
                    break;
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    at += 1;
                    open.pop();
                }
                (Some(_), true) => return Err(Fault::new(at, "expected `,` or `}`")),
                (Some(_), false) => return Err(Fault::new(at, "expected `,` or `]`")),
                (None, _) => return Err(Fault::new(b.len(), "the JSON breaks off")),
            }
        }
    }
}

/// Steps over blanks.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    blanks(text.as_bytes(), at)
}

/// Tells whether the text is one JSON value and nothing else.
pub(super) fn is_json(text: &str) -> bool {
    value_end(text, 0) == Ok(text.len())
}

/// Returns what a JSON string says; any other value as it stands.
pub(super) fn said(value: &str) -> Cow<'_, str> {
    match value.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(inner) => unescape(inner),
        None => Cow::Borrowed(value),
    }
}

/// One slot of a bag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    /// Its key.
    pub key: Cow<'a, str>,
    /// Its value, as JSON text.
    pub value: &'a str,
    /// Where the value begins.
    pub at: usize,
}

/// Goes through the members of the bag that begins at `at`, checking each value it meets.
/// After a fault it ends.
pub(super) struct Members<'a> {
    text: &'a str,
    at: usize,
    state: State,
    pending: Option<Cow<'a, str>>,
}

/// Goes through the elements of the array that begins at `at`, checking each.
/// After a fault it ends.
pub(super) struct Elements<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

/// Members that a bag is expected to have: more make its list grow.
const MEMBERS: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Later,
    Done,
}

impl<'a> Members<'a> {
    /// Starts at the `{` at `at`.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, state: State::First, pending: None }
    }

    /// Returns the members up to the end or the fault that ends them.
    pub(super) fn until_fault(&mut self) -> (Vec<Member<'a>>, Option<Fault>) {
        let mut members = Vec::with_capacity(MEMBERS);
        if self.state == State::Done {
            return (members, None);
        }
        let end = loop {
            match self.step() {
                Ok(Some(member)) => members.push(member),
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
        };
        self.state = State::Done;
        (members, end)
    }

    /// Goes on behind a value of a bag, at the comma or closing bracket at `at`.
    pub(super) fn behind(text: &'a str, at: usize) -> Self {
        Self { text, at, state: State::Later, pending: None }
    }

    /// Returns the byte after the closing bracket; after a fault, where the value begins that has it.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// Returns the key of the value that has a fault.
    pub(super) fn pending(&mut self) -> Option<Cow<'a, str>> {
        self.pending.take()
    }

    fn step(&mut self) -> Result<Option<Member<'a>>, Fault> {
        let Some(at) = next_item(self.text, self.at, self.state, b'{', b'}')? else {
            self.at = closing(self.text, self.at, self.state);
            return Ok(None);
        };
        let (name_end, start) = key(self.text.as_bytes(), at)?;
        let name = said(self.text.get(at..name_end).unwrap_or(""));
        self.at = start;
        self.at = match value_end(self.text, start) {
            Ok(end) => end,
            Err(fault) => {
                self.pending = Some(name);
                return Err(fault);
            }
        };
        self.state = State::Later;
        Ok(Some(Member { key: name, value: self.text.get(start..self.at).unwrap_or(""), at: start }))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.state = State::Done;
        }
        step
    }
}

impl<'a> Elements<'a> {
    /// Starts at the `[` at `at`.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, state: State::First }
    }

    /// Returns the byte after the closing bracket, or where the last element begins when it is faulty.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    fn step(&mut self) -> Result<Option<(usize, &'a str)>, Fault> {
        let Some(at) = next_item(self.text, self.at, self.state, b'[', b']')? else {
            self.at = closing(self.text, self.at, self.state);
            return Ok(None);
        };
        self.at = at;
        self.at = value_end(self.text, at).map_err(|fault| fault.since(at))?;
        self.state = State::Later;
        Ok(Some((at, self.text.get(at..self.at).unwrap_or(""))))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<(usize, &'a str), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.state = State::Done;
        }
        step
    }
}

/// Finds where the next member or element begins; nothing at the closing bracket.
fn next_item(text: &str, at: usize, state: State, opening: u8, close: u8) -> Result<Option<usize>, Fault> {
    let b = text.as_bytes();
    let expected = match state {
        State::First => opening,
        _ => b',',
    };
    let at = blanks(b, at);
    match b.get(at) {
        Some(&byte) if byte == expected => {}
        Some(&byte) if byte == close && state != State::First => return Ok(None),
        Some(_) => return Err(Fault::new(at, "expected `,` or the closing bracket")),
        None => return Err(Fault::new(at, "the JSON breaks off")),
    }
    let item = blanks(b, at + 1);
    match b.get(item) {
        Some(&byte) if byte == close && state == State::First => Ok(None),
        Some(_) => Ok(Some(item)),
        None => Err(Fault::new(item, "the JSON breaks off")),
    }
}

/// The byte after the closing bracket that `next_item` saw.
fn closing(text: &str, at: usize, state: State) -> usize {
    let b = text.as_bytes();
    let at = blanks(b, at);
    match state {
        State::First => blanks(b, at + 1) + 1,
        _ => at + 1,
    }
}

/// The open brackets, innermost last: a bit each, set for a bag.
#[derive(Default)]
struct Nesting {
    bags: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Nesting {
    fn push(&mut self, bag: bool) -> Option<()> {
        let word = self.bags.get_mut(self.depth / 64)?;
        let bit = 1 << (self.depth % 64);
        *word = if bag { *word | bit } else { *word & !bit };
        self.depth += 1;
        Some(())
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Tells whether the innermost bracket is a bag's.
    fn top(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        self.bags.get(last / 64).map(|word| word >> (last % 64) & 1 == 1)
    }
}

fn blanks(b: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = b.get(at) {
        at += 1;
    }
    at
}

/// Steps over a key and its colon: the byte after the key, and where the value begins.
fn key(b: &[u8], at: usize) -> Result<(usize, usize), Fault> {
    if b.get(at) != Some(&b'"') {
        let reason = if at < b.len() { "expected a key in quotes" } else { "the JSON breaks off" };
        return Err(Fault::new(at, reason));
    }
    let end = string_end(b, at)?;
    let at = blanks(b, end);
    match b.get(at) {
        Some(b':') => Ok((end, blanks(b, at + 1))),
        Some(_) => Err(Fault::new(at, "expected `:`")),
        None => Err(Fault::new(at, "the JSON breaks off")),
    }
}

/// Finds the byte after the string that begins at `at`. Raw control characters are let in.
pub(super) fn string_end(b: &[u8], at: usize) -> Result<usize, Fault> {
    let mut at = at + 1;
    loop {
        at += match b.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            Some(ahead) => ahead,
            None => return Err(Fault::new(b.len(), "the JSON breaks off")),
        };
        if b.get(at) == Some(&b'"') {
            return Ok(at + 1);
        }
        at = match b.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
            Some(b'u') => {
                let digits = b.get(at + 2..).unwrap_or_default();
                match digits.iter().take(4).all(u8::is_ascii_hexdigit) {
                    true if digits.len() < 4 => return Err(Fault::new(b.len(), "the JSON breaks off")),
                    true => at + 6,
                    false => return Err(Fault::new(at, "unknown escape in a JSON string")),
                }
            }
            Some(_) => return Err(Fault::new(at, "unknown escape in a JSON string")),
            None => return Err(Fault::new(b.len(), "the JSON breaks off")),
        }
    }
}

fn number_end(b: &[u8], at: usize) -> Result<usize, Fault> {
    let digits = |mut at: usize| {
        while let Some(b'0'..=b'9') = b.get(at) {
            at += 1;
        }
        at
    };
    // A number that ends where a digit must follow is cut, not wrong, where the text ends.
    let fault = |end: usize| match end == b.len() {
        true => Fault::new(end, "the JSON breaks off"),
        false => Fault::new(at, "not a JSON number"),
    };
    let start = at + usize::from(b.get(at) == Some(&b'-'));
    let mut end = digits(start);
    if end == start {
        return Err(fault(end));
    }
    if b.get(start) == Some(&b'0') && end > start + 1 {
        return Err(Fault::new(at, "not a JSON number"));
    }
    if b.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        if end == fraction {
            return Err(fault(end));
        }
    }
    if let Some(b'e' | b'E') = b.get(end) {
        let exponent = end + 1 + usize::from(matches!(b.get(end + 1), Some(b'+' | b'-')));
        end = digits(exponent);
        if end == exponent {
            return Err(fault(end));
        }
    }
    Ok(end)
}

fn word_end(b: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let rest = b.get(at..).unwrap_or_default();
    match rest.starts_with(word) {
        true => Ok(at + word.len()),
        false if word.starts_with(rest) => Err(Fault::new(b.len(), "the JSON breaks off")),
        false => Err(Fault::new(at, "expected a JSON value")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_the_engine_takes_for_json_is_what_is_read() {
        let texts = [
            "",
            " ",
            "{}",
            "[]",
            "[1,]",
            "[,1]",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" : [ 1 , {\"b\":null} ] }",
            "01",
            "-0",
            "1.",
            ".5",
            "1e5",
            "1E+05",
            "-",
            "+1",
            "nul",
            "null",
            "true",
            "tru",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u1234\"",
            "\"\\u12",
            "\"tab\there\"",
            "[1 2]",
            "{\"a\" 1}",
            "[1]]",
            "[1}",
            "{\"a\":1]",
            "NaN",
            "\"é日本\"",
            "[[[[]]]]",
            "{\"\":{\"\":[]}}",
            "12345678\"",
            "\"12345678\\\"\"",
            "[\"a\",\"b\\\\\"]",
        ];
        for text in texts {
            assert_eq!(is_json(text), crate::dynamic::normalize(text).is_some_and(|_| text != " "), "{text}");
        }
    }

    /// A window of a text may end anywhere; more of the text must be asked for then.
    #[test]
    fn a_text_that_is_cut_anywhere_breaks_off_at_its_end() {
        let text = r#"{"a\u00e9":[null,true,false,-0.5e+10,{"b":"x\"y"}],"c":""}"#;
        for end in 0..text.len() {
            let fault = value_end(&text[..end], 0).unwrap_err();
            assert_eq!((fault.at, fault.reason), (end, "the JSON breaks off"), "{end}");
        }
        assert_eq!(value_end(text, 0), Ok(text.len()));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(is_json(&deep(MAX_DEPTH)));
        assert!(!is_json(&deep(MAX_DEPTH + 1)));
        assert!(!is_json(&"[{\"a\":".repeat(100_000)));
        let mixed = "[{\"a\":".repeat(100) + "1" + &"}]".repeat(100);
        assert!(is_json(&mixed));
        assert!(!is_json(&mixed.replace("1}]}", "1}}]")));
    }

    #[test]
    fn members_and_elements_are_slices_and_say_where_they_break() {
        let text = r#"{"a": {"b":[1]} , "c\u0064":"x", "e":[1,{},"#;
        let mut members = Members::new(text, 0);
        let found: Vec<_> = members.by_ref().map_while(Result::ok).map(|m| (m.key.into_owned(), m.value)).collect();
        assert_eq!(found, [("a".to_owned(), r#"{"b":[1]}"#), ("cd".to_owned(), "\"x\"")]);
        let mut elements = Elements::new(text, members.end());
        assert_eq!(elements.next(), Some(Ok((members.end() + 1, "1"))));
        assert_eq!(elements.next().and_then(Result::ok).map(|e| e.1), Some("{}"));
        assert!(matches!(elements.next(), Some(Err(_))));
        assert_eq!(elements.next(), None);
        let mut empty = Elements::new(" [ ] x", 1);
        assert_eq!(empty.next(), None);
        assert_eq!(empty.end(), 4);
    }
}
