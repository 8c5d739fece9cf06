//! Texts taken apart: the kernels of `parse`, `parse-where` and `parse-kv`.
//!
//! A [`TextParser`] is compiled once a query. For each text it finds the parts that it captures, as slices of that
//! text; one pass gives all columns. What a part means as a value is the business of the conversions.

mod literals;
mod pairs;
mod pattern;
mod shape;
mod udf;

use std::borrow::Cow;

use rehunt_lang::plan::{PatternKind, TextParser};

pub(crate) use udf::{MATCHED, captures_udf};

/// Finds the parts of one text after another; may keep what it needs to do so.
trait Finder {
    /// Puts what is captured of a text in its place, and tells whether the text matches. The places are empty
    /// before; what is captured of a text that does not match means nothing.
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool;
}

/// A compiled parser.
enum Compiled {
    Literals(literals::Literals),
    Pattern(pattern::Pattern),
    Delimited(pairs::Delimited),
    Words(pairs::Words),
    Regex(pairs::RegexPairs),
}

impl Compiled {
    /// Compiles a parser. An error refuses the query.
    fn new(parser: &TextParser) -> Result<Self, String> {
        match parser {
            TextParser::Pattern(pattern) => {
                let plain = !matches!(pattern.kind, PatternKind::Regex(_));
                match plain.then(|| literals::Literals::new(&pattern.parts)).flatten() {
                    Some(literals) => Ok(Compiled::Literals(literals)),
                    None => pattern::Pattern::new(pattern).map(Compiled::Pattern),
                }
            }
            TextParser::Pairs(pairs) => pairs::compile(pairs),
        }
    }

    fn finder(&self) -> Box<dyn Finder + '_> {
        match self {
            Compiled::Literals(literals) => Box::new(literals),
            Compiled::Pattern(pattern) => Box::new(pattern.finder()),
            Compiled::Delimited(delimited) => Box::new(delimited),
            Compiled::Words(words) => Box::new(words),
            Compiled::Regex(pairs) => Box::new(pairs.finder()),
        }
    }
}

/// Tells whether a text that does not convert in whole counts as one that does not match.
fn all_or_nothing(parser: &TextParser) -> bool {
    match parser {
        TextParser::Pattern(pattern) => pattern.kind != PatternKind::Relaxed,
        TextParser::Pairs(_) => false,
    }
}

#[cfg(test)]
mod testing {
    use super::*;

    /// Shows what is captured of a text: parts with ` | ` between, or nothing.
    pub fn show(parser: &TextParser, text: &str) -> Result<Option<String>, String> {
        let compiled = Compiled::new(parser)?;
        let mut found = vec![None; parser.types().len()];
        let matched = compiled.finder().find(text, &mut found);
        let parts: Vec<&str> = found.iter().map(|part| part.as_deref().unwrap_or("-")).collect();
        Ok(matched.then(|| parts.join(" | ")))
    }
}
