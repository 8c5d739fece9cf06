//! Rows that are written as the one before them: the same keys in the same order. Most files have no others, and of
//! such a row no key has to be read, only compared.

use super::column::Cell;
use super::json_text::{said, skip_blanks, string_end};
use super::loader::{Loader, TableNo};
use crate::dynamic::normal_end;

/// Keys of documents that hold rows; a bag with one of them may be no row.
const OF_DOCUMENTS: [&str; 5] = ["schema", "results", "tables", "records", "value"];

/// The keys of a row, to be met again.
#[derive(Debug)]
pub(super) struct Alike {
    /// In quotes, as they stand in the text.
    keys: Vec<String>,
    /// Where the row says its table, and what.
    ty: Option<(usize, String)>,
}

/// A value of a row, by its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    start: usize,
    end: usize,
    /// It is a string that says what stands between its quotes, or another value in normal form.
    plain: bool,
}

impl Value {
    /// Returns the value as it stands.
    fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Puts the value into the current row.
    pub(super) fn put(&self, loader: &mut Loader, table: TableNo, column: usize, line: u64, text: &str) {
        let value = self.text(text);
        match value.starts_with('"') {
            true if self.plain => loader.put(table, column, line, Cell::Said(&value[1..value.len() - 1])),
            true => loader.put(table, column, line, Cell::Said(&said(value))),
            false if self.plain => loader.put(table, column, line, Cell::Normal(value)),
            false => loader.put(table, column, line, Cell::Json(value)),
        }
    }
}

impl Alike {
    /// Makes it of the keys of a row; `ty` says which of them tells the table, and what it says. Nothing where a row with
    /// the same keys may be something else, or may be spelled in another way.
    pub(super) fn new(keys: &[String], ty: Option<(usize, String)>) -> Option<Self> {
        let may_be = |key: &String| OF_DOCUMENTS.iter().any(|name| key.eq_ignore_ascii_case(name));
        if keys.is_empty() || keys.iter().any(|key| key.contains(['"', '\\']) || may_be(key)) {
            return None;
        }
        Some(Self { keys: keys.iter().map(|key| format!("\"{key}\"")).collect(), ty })
    }

    /// Reads the bag at `at` into `values`, and returns the byte after it; nothing where it is another row, or no JSON.
    pub(super) fn read(&self, text: &str, at: usize, values: &mut Vec<Value>) -> Option<usize> {
        values.clear();
        let bytes = text.as_bytes();
        let mut at = skip_blanks(text, after(bytes, at, b'{')?);
        for key in &self.keys {
            if !values.is_empty() {
                at = skip_blanks(text, after(bytes, at, b',')?);
            }
            let colon = bytes.get(at..)?.starts_with(key.as_bytes()).then(|| skip_blanks(text, at + key.len()))?;
            let value = value_at(text, skip_blanks(text, after(bytes, colon, b':')?))?;
            at = skip_blanks(text, value.end);
            values.push(value);
        }
        let end = after(bytes, at, b'}')?;
        let says = |(place, ty): &(usize, String)| {
            values.get(*place).map(|value| value.text(text)).is_some_and(|value| {
                let told = if value.starts_with('"') { said(value) } else { "".into() };
                told == *ty
            })
        };
        self.ty.as_ref().is_none_or(says).then_some(end)
    }
}

fn after(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (bytes.get(at) == Some(&byte)).then_some(at + 1)
}

fn value_at(text: &str, start: usize) -> Option<Value> {
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        let (end, plain) = normal_end(text, start)?;
        return Some(Value { start, end, plain });
    }
    let ahead = memchr::memchr2(b'"', b'\\', bytes.get(start + 1..)?)?;
    let mark = start + 1 + ahead;
    Some(match bytes.get(mark) == Some(&b'"') {
        true => Value { start, end: mark + 1, plain: true },
        false => Value { start, end: string_end(bytes, start).ok()?, plain: false },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Option<(usize, Vec<String>)> {
        let keys = ["a", "Type"].map(str::to_owned);
        let alike = Alike::new(&keys, Some((1, "T".to_owned()))).unwrap();
        let mut values = Vec::new();
        let end = alike.read(text, 0, &mut values)?;
        Some((end, values.iter().map(|value| value.text(text).to_owned()).collect()))
    }

    #[test]
    fn only_the_same_keys_of_the_same_table_are_met_again() {
        for (text, value) in [
            (r#"{"a":1,"Type":"T"}, "#, "1"),
            (r#"{ "a" : {"b":[1,{}]} , "Type" : "T" }"#, r#"{"b":[1,{}]}"#),
            (r#"{"a":"x\"}","Type":"\u0054"}"#, r#""x\"}""#),
        ] {
            let (end, values) = read(text).unwrap();
            assert_eq!((end, values[0].as_str()), (text.rfind('}').unwrap() + 1, value), "{text}");
        }
        let others = [
            r#"{"a":1,"Type":"U"}"#,
            r#"{"a":1,"Type":1}"#,
            r#"{"a":1}"#,
            r#"{"b":1,"Type":"T"}"#,
            r#"{"a":1,"Type":"T","c":1}"#,
            r#"{"Type":"T","a":1}"#,
            r#"{"a":01,"Type":"T"}"#,
            r#"{"a":"x,"Type":"T"}"#,
            r#"{"a":1,"Type":"T""#,
            r#"{"a":1 "Type":"T"}"#,
            "{}",
            "{",
        ];
        others.iter().for_each(|text| assert_eq!(read(text), None, "{text}"));
    }

    #[test]
    fn what_may_be_a_document_is_looked_at_anew() {
        for keys in [&["a", "Records"][..], &["value"], &["a\"b"], &["a\\"], &[]] {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            assert!(Alike::new(&keys, None).is_none(), "{keys:?}");
        }
    }
}
