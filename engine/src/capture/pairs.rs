//! Pairs of key and value in a text: `parse-kv`. The first value of a key counts, blanks around keys and values
//! do not. learn.microsoft.com/kusto/query/parse-kv-operator; recorded answers: probe-parse-search-0051, -0053,
//! -0083, -0091, -0092, -0128.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;
use rehunt_lang::plan::{KeyValues, PairForm, Quoting};

use super::{Compiled, Finder};
use crate::functions::pattern::compile as compile_regex;

pub(super) fn compile(pairs: &KeyValues) -> Result<Compiled, String> {
    let keys = Keys(pairs.keys.iter().enumerate().map(|(i, (key, _))| (key.clone(), i)).collect());
    Ok(match &pairs.form {
        PairForm::Delimited { pair, key_value, greedy, quoting } => Compiled::Delimited(Delimited {
            keys,
            pair: pair.clone(),
            key_value: key_value.clone(),
            greedy: *greedy,
            quoting: quoting.clone(),
        }),
        PairForm::Words(quoting) => Compiled::Words(Words { keys, quoting: quoting.clone() }),
        PairForm::Regex(text) => {
            let regex = compile_regex(text)?;
            if regex.captures_len() != 3 {
                let found = regex.captures_len() - 1;
                return Err(format!("the regex of `parse-kv` has two groups, a key and its value, found {found}"));
            }
            Compiled::Regex(RegexPairs { keys, regex })
        }
    })
}

/// The columns of keys.
#[derive(Debug)]
struct Keys(HashMap<String, usize>);

impl Keys {
    /// Puts a value in the place of its key, unless that has one.
    fn note<'t>(&self, key: &str, value: Cow<'t, str>, found: &mut [Option<Cow<'t, str>>]) {
        if let Some(place) = self.0.get(key).and_then(|i| found.get_mut(*i))
            && place.is_none()
        {
            *place = Some(value);
        }
    }
}

/// Cuts the blanks off both ends.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Reads what quotes hold if a text begins with one that is closed: what they hold, and what is behind them.
fn quoted<'t>(text: &'t str, quoting: &Quoting) -> Option<(Cow<'t, str>, &'t str)> {
    let open = text.chars().next()?;
    let (_, close) = quoting.quotes.iter().find(|(o, _)| *o == open)?;
    let inner = text.get(open.len_utf8()..)?;
    let mut plain: Option<String> = None;
    let mut from = 0;
    let mut characters = inner.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == *close {
            let rest = inner.get(at + c.len_utf8()..)?;
            let last = inner.get(from..at)?;
            return Some(match plain {
                Some(plain) => (Cow::Owned(plain + last), rest),
                None => (Cow::Borrowed(last), rest),
            });
        }
        if quoting.escapes.contains(&c) {
            // What is escaped stands for itself.
            let (next, _) = characters.next()?;
            plain.get_or_insert_default().push_str(inner.get(from..at)?);
            from = next;
        }
    }
    None
}

/// Pairs and their halves have delimiters.
#[derive(Debug)]
pub(super) struct Delimited {
    keys: Keys,
    pair: String,
    key_value: String,
    greedy: bool,
    quoting: Quoting,
}

impl Delimited {
    /// Reads the next key: it, and what is behind its delimiter. What stands before it without one is passed over.
    fn key<'t>(&self, text: &'t str) -> Option<(Cow<'t, str>, &'t str)> {
        let mut begin = text;
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix(self.key_value.as_str()) {
                let written = begin.get(..begin.len() - rest.len())?.trim();
                let key = match quoted(written, &self.quoting) {
                    Some((key, "")) => trimmed(key),
                    _ => Cow::Borrowed(written),
                };
                return Some((key, after));
            }
            let blank = begin.get(..begin.len() - rest.len())?.trim().is_empty();
            if let Some((_, after)) = quoted(rest, &self.quoting).filter(|_| blank) {
                rest = after;
            } else if let Some(after) = rest.strip_prefix(self.pair.as_str()) {
                // Blanks between a key and its delimiter belong to neither, even if blanks part pairs.
                if !after.trim_start().starts_with(self.key_value.as_str()) {
                    begin = after;
                }
                rest = after;
            } else {
                rest = rest.get(rest.chars().next()?.len_utf8()..)?;
            }
        }
    }

    /// Reads a value: it, and what is behind it.
    fn value<'t>(&self, text: &'t str) -> (Cow<'t, str>, &'t str) {
        let text = text.trim_start();
        if let Some((value, rest)) = quoted(text, &self.quoting) {
            return (trimmed(value), rest);
        }
        let mut end = text.find(self.pair.as_str()).unwrap_or(text.len());
        while self.greedy && end < text.len() {
            let rest = text.get(end..).unwrap_or_default();
            let after = rest.get(self.pair.len()..).unwrap_or_default();
            let next = after.find(self.pair.as_str()).unwrap_or(after.len());
            // A key begins here if its delimiter comes before the next pair's.
            let delimiter = after.find(self.key_value.as_str());
            if delimiter.is_some_and(|at| at < next && !after.get(..at).unwrap_or_default().trim().is_empty()) {
                break;
            }
            end += self.pair.len() + next;
        }
        let (value, rest) = text.split_at(end.min(text.len()));
        (Cow::Borrowed(value.trim()), rest)
    }
}

impl Finder for &Delimited {
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool {
        let mut rest = text;
        while let Some((key, after)) = self.key(rest) {
            let (value, after) = self.value(after);
            self.keys.note(&key, value, found);
            // Behind a quoted value anything may stand up to the next pair.
            rest = after.find(self.pair.as_str()).and_then(|at| after.get(at + self.pair.len()..)).unwrap_or_default();
        }
        true
    }
}

/// Keys and values are words: whatever is no letter or digit delimits them.
#[derive(Debug)]
pub(super) struct Words {
    keys: Keys,
    quoting: Quoting,
}

impl Words {
    /// Reads the next word, or what quotes hold, and what is behind it.
    fn word<'t>(&self, text: &'t str) -> Option<(Cow<'t, str>, &'t str)> {
        let mut rest = text;
        loop {
            if let Some((word, after)) = quoted(rest, &self.quoting) {
                return Some((trimmed(word), after));
            }
            let c = rest.chars().next()?;
            if c.is_alphanumeric() {
                let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                return Some((Cow::Borrowed(word), after));
            }
            rest = rest.get(c.len_utf8()..)?;
        }
    }
}

impl Finder for &Words {
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool {
        let mut rest = text;
        while let Some((key, after)) = self.word(rest) {
            rest = after;
            if self.keys.0.contains_key(key.as_ref())
                && let Some((value, after)) = self.word(after)
            {
                self.keys.note(&key, value, found);
                rest = after;
            }
        }
        true
    }
}

/// A regex finds the pairs.
#[derive(Debug)]
pub(super) struct RegexPairs {
    keys: Keys,
    regex: Regex,
}

impl RegexPairs {
    pub fn finder(&self) -> impl Finder + '_ {
        self
    }
}

impl Finder for &RegexPairs {
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool {
        for pair in self.regex.captures_iter(text) {
            if let (Some(key), Some(value)) = (pair.get(1), pair.get(2)) {
                self.keys.note(key.as_str().trim(), Cow::Borrowed(value.as_str().trim()), found);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::plan::TextParser;
    use rehunt_lang::types::Type;

    use super::*;
    use crate::capture::testing::show;

    fn ask(keys: &str, form: PairForm, text: &str) -> String {
        let keys = keys.split(',').map(|key| (key.to_owned(), Type::String)).collect();
        show(&TextParser::Pairs(KeyValues { keys, form }), text).unwrap().unwrap()
    }

    fn delimited(pair: &str, key_value: &str, greedy: bool, quotes: &[(char, char)]) -> PairForm {
        let quoting = Quoting { quotes: quotes.to_vec(), escapes: vec!['\\'] };
        PairForm::Delimited { pair: pair.into(), key_value: key_value.into(), greedy, quoting }
    }

    #[test]
    fn delimiters_part_pairs() {
        let blank = delimited(" ", "=", false, &[]);
        assert_eq!(ask("k,world", blank.clone(), "k=hello world=foo bar"), "hello | foo");
        assert_eq!(ask("key,x", blank.clone(), "  key  =  value  "), "value | -");
        assert_eq!(ask("a,c", blank.clone(), "a==b"), "=b | -");
        assert_eq!(ask("name,phone,city", blank, "name=John Doe phone=555 5555 city=New York"), "John | 555 | New");
        let greedy = delimited(" ", "=", true, &[]);
        let text = "name=John Doe phone=555 5555 city=New York";
        assert_eq!(ask("name,phone,city", greedy.clone(), text), "John Doe | 555 5555 | New York");
        assert_eq!(ask("m,c", greedy, "m=a=b x c=d"), "a=b x | d");
        let brackets = delimited("][", "=", false, &[]);
        assert_eq!(ask("k1,k2", brackets, "[k1=v1][k2=v2]"), "- | v2]");
        let semicolon = delimited(";", ":", false, &[]);
        assert_eq!(ask("tag,b", semicolon, "tag:x;tag:y;b:;c"), "x | ");
    }

    #[test]
    fn quotes_hold_delimiters() {
        let double = delimited(" ", "=", false, &[('"', '"')]);
        let text = r#"src=10 failure="said \"bye!\"" "event time"=12"#;
        assert_eq!(ask("src,failure,event time", double, text), "10 | said \"bye!\" | 12");
        let brackets = delimited(" ", "=", false, &[('(', ')')]);
        let text = "failure=(connection aborted) (event time)=(2021-01-01 10:00:54) (open";
        assert_eq!(ask("failure,event time", brackets, text), "connection aborted | 2021-01-01 10:00:54");
        let single = delimited(";", "=", false, &[('\'', '\'')]);
        assert_eq!(ask("k,o", single, "k='a b';o='c ;d'"), "a b | c ;d");
    }

    #[test]
    fn without_delimiters_words_are_keys_and_values() {
        let quoting = Quoting { quotes: vec![('\'', '\'')], escapes: vec!['\\'] };
        let text = r"2021-01-01 [INFO] ThreadId:458, Machine:Node1, Text: 'The service \' is up'";
        let words = PairForm::Words(quoting);
        assert_eq!(ask("Text,ThreadId,Machine", words, text), "The service ' is up | 458 | Node1");
    }

    #[test]
    fn a_regex_gives_key_and_value() {
        let regex = PairForm::Regex(r#""([\w ]+)\s*:\s*([^"]*)""#.into());
        assert_eq!(ask("a url,b", regex, r#"["a url: https://x/?h=1", "b: 2"]"#), "https://x/?h=1 | 2");
        let keys = vec![("a".to_owned(), Type::String)];
        let one = TextParser::Pairs(KeyValues { keys, form: PairForm::Regex("(a)".into()) });
        assert!(show(&one, "a").unwrap_err().contains("two groups"));
    }
}
