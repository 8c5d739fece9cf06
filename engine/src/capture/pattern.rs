//! Patterns as regexes: `kind=regex`, and simple ones in which the shape of a type ends a column.
//!
//! A regex is searched for anywhere and its columns take as much as they can; a simple pattern covers the text
//! from end to end and its columns take as little as they can. Recorded answers: docs-parse-operator-03 to -06.

use std::borrow::Cow;
use std::fmt::Write;

use regex::{CaptureLocations, Regex, escape};
use rehunt_lang::plan::{PatternKind, PatternPart, TextPattern};
use rehunt_lang::types::Type;

use super::{Finder, shape};
use crate::functions::pattern::compile;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// The group of each column.
    groups: Vec<usize>,
}

impl Pattern {
    pub fn new(pattern: &TextPattern) -> Result<Self, String> {
        let regex = match &pattern.kind {
            PatternKind::Regex(flags) => compile(&of_regexes(flags, &pattern.parts))
                .map_err(|whole| wrong_part(&pattern.parts).unwrap_or(whole))?,
            PatternKind::Simple | PatternKind::Relaxed => compile(&of_texts(&pattern.parts)?)?,
        };
        let named = |n: usize| regex.capture_names().position(|name| name == Some(&group(n)));
        let groups = (0..).map_while(named).collect();
        Ok(Self { regex, groups })
    }

    pub fn finder(&self) -> impl Finder + '_ {
        Groups { pattern: self, places: self.regex.capture_locations() }
    }
}

/// Where the groups of the latest match stand; reused, since a match of every row would allocate its own.
struct Groups<'p> {
    pattern: &'p Pattern,
    places: CaptureLocations,
}

impl Finder for Groups<'_> {
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool {
        if self.pattern.regex.captures_read(&mut self.places, text).is_none() {
            return false;
        }
        for (place, group) in found.iter_mut().zip(&self.pattern.groups) {
            *place = self.places.get(*group).and_then(|(start, end)| text.get(start..end)).map(Cow::Borrowed);
        }
        true
    }
}

/// The name of the group of a column, which no group of the user's should have.
fn group(n: usize) -> String {
    format!("__column{n}")
}

/// What is wrong with one text of a pattern, which says more than what is wrong with all of it.
fn wrong_part(parts: &[PatternPart]) -> Option<String> {
    parts.iter().find_map(|part| match part {
        PatternPart::Text(text) => compile(&balanced(text)).err(),
        _ => None,
    })
}

/// Flags turn the greed of everything around, `*` included, so the parts are written in their ordinary sense.
fn of_regexes(flags: &str, parts: &[PatternPart]) -> String {
    let mut regex = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    let mut columns = 0;
    for part in parts {
        match part {
            PatternPart::Skip => regex.push_str(".*?"),
            PatternPart::Text(text) => regex.push_str(&balanced(text)),
            PatternPart::Capture(ty) => {
                let shape = shape::in_regex(*ty).unwrap_or(".*");
                let _ = write!(regex, "(?P<{}>{shape})", group(columns));
                columns += 1;
            }
        }
    }
    regex
}

fn of_texts(parts: &[PatternPart]) -> Result<String, String> {
    let mut regex = String::from(r"(?s)\A");
    let mut columns = 0;
    for (i, part) in parts.iter().enumerate() {
        match part {
            PatternPart::Skip => regex.push_str(".*?"),
            PatternPart::Text(text) => regex.push_str(&escape(text)),
            PatternPart::Capture(ty) => {
                let shape = match parts.get(i + 1) {
                    Some(PatternPart::Skip) if *ty != Type::String => shape::simple(*ty)
                        .ok_or_else(|| format!("not supported yet: a {ty} column before `*` in a pattern"))?,
                    _ => ".*?",
                };
                // Before a `*` that ends the pattern there may be nothing of the shape.
                let optional = if i + 2 == parts.len() && shape != ".*?" { "?" } else { "" };
                let _ = write!(regex, "(?P<{}>(?:{shape}){optional})", group(columns));
                columns += 1;
            }
        }
    }
    regex.push_str(r"\z");
    Ok(regex)
}

/// A bracket without its partner is itself to the service; the regex crate would refuse the pattern.
fn balanced(text: &str) -> Cow<'_, str> {
    let mut open = Vec::new();
    let mut alone = Vec::new();
    let (mut escaped, mut class) = (false, None);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A `]` right behind `[` or `[^` is itself.
            ']' if class.is_some_and(|start| !matches!(text.get(start..at), Some("[" | "[^"))) => class = None,
            '[' if class.is_none() => class = Some(at),
            '(' if class.is_none() => open.push(at),
            ')' if class.is_none() && open.pop().is_none() => alone.push(at),
            _ => {}
        }
    }
    alone.append(&mut open);
    if alone.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len() + alone.len());
    for (at, c) in text.char_indices() {
        if alone.contains(&at) {
            whole.push('\\');
        }
        whole.push(c);
    }
    Cow::Owned(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::plan::TextParser;

    use super::*;
    use crate::capture::testing::show;

    /// Reads a pattern: `*`, `name` or `name:type`, anything else is text; parts have blanks between, `_` in a text
    /// is one.
    fn pattern(kind: PatternKind, parts: &str) -> TextParser {
        let part = |part: &str| match part.split_once(':') {
            _ if part == "*" => PatternPart::Skip,
            Some(("", ty)) => PatternPart::Capture(Type::from_name(ty).unwrap()),
            _ => PatternPart::Text(part.replace('_', " ")),
        };
        TextParser::Pattern(TextPattern { kind, parts: parts.split(' ').map(part).collect() })
    }

    fn simple(parts: &str, text: &str) -> Option<String> {
        show(&pattern(PatternKind::Simple, parts), text).unwrap()
    }

    fn regex(flags: &str, parts: &str, text: &str) -> Option<String> {
        show(&pattern(PatternKind::Regex(flags.into()), parts), text).unwrap()
    }

    #[test]
    fn a_simple_pattern_reaches_from_end_to_end() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(simple("a :string c *", "aXcYc"), some("X"));
        assert_eq!(simple("a :string c", "aXcYc"), some("XcY"));
        assert_eq!(simple("a :string b", "abcbd"), None);
        assert_eq!(simple("b :string", "abc"), None);
        assert_eq!(simple("* b :string", "a\nbc"), some("c"));
        assert_eq!(simple(":string , :string", "1,2,3"), some("1 | 2,3"));
        assert_eq!(simple("* x= :string , *", "y=1,x=2,x=9,"), some("2"));
        assert_eq!(simple("aba * aba", "ababa"), None);
        assert_eq!(simple("a", "a"), some(""));
        assert_eq!(simple("é :string ü", "éäü"), some("ä"));
    }

    #[test]
    fn a_type_ends_its_column_before_a_star() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(simple("n= :long * m= :long", "n=27 junk m=23"), some("27 | 23"));
        assert_eq!(simple("n= :long * m= :long", "n=xx junk m=23"), None);
        assert_eq!(simple("p| :string -q| :long *", "p|1-q|xx"), some("1 | "));
        assert_eq!(simple("q= :bool * m= :string", "q=12x m=1"), some("12 | 1"));
        assert_eq!(simple("n= :real *", "n=.5x"), some(".5"));
        assert_eq!(simple("n= :long", "n=27 junk"), some("27 junk"));
    }

    #[test]
    fn a_regex_is_searched_for_and_takes_all_it_can() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(regex("", "a :string c *", "aXcYc"), some("XcY"));
        assert_eq!(regex("U", "a :string c *", "aXcYc"), some("X"));
        assert_eq!(regex("", "a :string b", "abcbd"), some("bc"));
        assert_eq!(regex("", "n= :long", "n=27 junk"), some("27"));
        assert_eq!(regex("U", "n= :long", "n=27 junk"), some("2"));
        assert_eq!(regex("m", "^a= :string", "x\na=1"), some("1"));
        assert_eq!(regex("U", "* x= :string ,", "y=1,x=2,x=9,"), some("9"));
        assert_eq!(regex("", "(foo)= :string ,(bar)= :string", "foo=9,bar=8"), some("9 | 8"));
        assert_eq!(regex("", "q= :bool * m= :string", "q=12x m=1"), None);
    }

    #[test]
    fn a_bracket_without_partner_is_itself() {
        assert_eq!(regex("", ") :string", "a)b"), Some("b".into()));
        assert_eq!(regex("", "(a :string", "(ab"), Some("b".into()));
        assert_eq!(regex("", "(a)) :string", "a)b"), Some("b".into()));
        assert_eq!(balanced(r"a(b)\([)(]c)"), r"a(b)\([)(]c\)");
        assert_eq!(balanced(")("), r"\)\(");
    }

    #[test]
    fn what_no_regex_can_do_is_refused() {
        let lookahead = show(&pattern(PatternKind::Regex(String::new()), "(?=a) :string"), "a");
        assert!(lookahead.unwrap_err().contains("look-around"));
        assert!(show(&pattern(PatternKind::Simple, "a :dynamic * b"), "a").is_err());
    }
}
