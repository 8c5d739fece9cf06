//! Which words can be names where. Five classes cover the language: most words are free; the rest need
//! `['brackets']` in some places or all.

use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Name;
use crate::lexer::TokenKind;

/// What a word may be without brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// May be read, not created.
    ReferenceOnly,
    /// May be created, not read.
    DeclareOnly,
    /// Neither.
    BracketOnly,
}

/// Words that are not free, sorted.
const WORDS: &[(&str, Class)] = &[
    ("and", Class::BracketOnly),
    ("as", Class::DeclareOnly),
    ("asc", Class::BracketOnly),
    ("between", Class::BracketOnly),
    ("by", Class::DeclareOnly),
    ("contains", Class::DeclareOnly),
    ("datatable", Class::DeclareOnly),
    ("date", Class::BracketOnly),
    ("datetime", Class::BracketOnly),
    ("decimal", Class::BracketOnly),
    ("desc", Class::BracketOnly),
    ("double", Class::BracketOnly),
    ("dynamic", Class::BracketOnly),
    ("endswith", Class::BracketOnly),
    ("externaldata", Class::DeclareOnly),
    ("find", Class::DeclareOnly),
    ("first", Class::BracketOnly),
    ("has", Class::DeclareOnly),
    ("has_any", Class::BracketOnly),
    ("in", Class::DeclareOnly),
    ("int", Class::BracketOnly),
    ("invoke", Class::DeclareOnly),
    ("isfuzzy", Class::BracketOnly),
    ("kind", Class::ReferenceOnly),
    ("last", Class::BracketOnly),
    ("long", Class::BracketOnly),
    ("materialize", Class::DeclareOnly),
    ("of", Class::DeclareOnly),
    ("or", Class::BracketOnly),
    ("print", Class::DeclareOnly),
    ("project", Class::BracketOnly),
    ("real", Class::BracketOnly),
    ("sample", Class::DeclareOnly),
    ("search", Class::DeclareOnly),
    ("set", Class::DeclareOnly),
    ("startswith", Class::BracketOnly),
    ("string", Class::BracketOnly),
    ("time", Class::BracketOnly),
    ("timespan", Class::BracketOnly),
    ("title", Class::DeclareOnly),
    ("to", Class::DeclareOnly),
    ("toscalar", Class::DeclareOnly),
    ("union", Class::BracketOnly),
    ("where", Class::DeclareOnly),
    ("withsource", Class::ReferenceOnly),
];

fn class(word: &str) -> Option<Class> {
    WORDS.binary_search_by_key(&word, |(w, _)| w).ok().and_then(|i| WORDS.get(i)).map(|(_, c)| *c)
}

/// Tells whether a bare word may be read as a value.
pub fn is_readable(word: &str) -> bool {
    !matches!(class(word), Some(Class::DeclareOnly | Class::BracketOnly))
}

/// A name that is read: a column, a variable, a table.
pub fn reference(c: Cursor) -> Parsed<Name> {
    if let Ok(found) = bracketed(c) {
        return Ok(found);
    }
    match c.token().kind == TokenKind::Word && is_readable(c.text()) {
        true => Ok((c.next(), plain(c))),
        false => c.expected("a name"),
    }
}

/// A name that is given: `extend x =`, a parameter, a column of a schema. A keyword is reported with the
/// brackets it needs, and taken.
pub fn declaration(c: Cursor) -> Parsed<Name> {
    if let Ok(found) = bracketed(c) {
        return Ok(found);
    }
    if c.token().kind != TokenKind::Word {
        return c.expected("a name");
    }
    if matches!(class(c.text()), Some(Class::ReferenceOnly | Class::BracketOnly)) {
        let message = format!("`{}` is a keyword here", c.text());
        let help = format!("write `['{}']`", c.text());
        c.report(Diagnostic::error("keyword-as-name", c.span(), message).kusto("KS228").help(help));
    }
    Ok((c.next(), plain(c)))
}

/// A step behind a dot: any word, or a bracketed name.
pub fn step(c: Cursor) -> Parsed<Name> {
    if let Ok(found) = bracketed(c) {
        return Ok(found);
    }
    match c.token().kind {
        TokenKind::Word => Ok((c.next(), plain(c))),
        _ => c.expected("a name"),
    }
}

/// `['name']` or `["name"]`
fn bracketed(c: Cursor) -> Parsed<Name> {
    let Some(inner) = c.eat("[") else { return c.expected("a name") };
    let TokenKind::Text(text) = &inner.token().kind else { return c.expected("a name") };
    let Some(after) = inner.next().eat("]") else { return c.expected("a name") };
    Ok((after, Name { text: text.clone(), span: after.since(c), bracketed: true }))
}

fn plain(c: Cursor) -> Name {
    Name { text: c.text().to_owned(), span: c.span(), bracketed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_for_the_search() {
        assert!(WORDS.is_sorted_by_key(|(w, _)| *w));
        assert!(is_readable("count") && is_readable("kind") && !is_readable("between"));
    }
}
