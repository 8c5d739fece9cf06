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
    Readable,
    /// May be created, not read.
    Declarable,
    /// Neither.
    Bracketed,
}

/// Words that are not free, sorted.
const WORDS: &[(&str, Class)] = &[
    ("and", Class::Bracketed),
    ("as", Class::Declarable),
    ("asc", Class::Bracketed),
    ("between", Class::Bracketed),
    ("by", Class::Declarable),
    ("contains", Class::Declarable),
    ("datatable", Class::Declarable),
    ("date", Class::Bracketed),
    ("datetime", Class::Bracketed),
    ("decimal", Class::Bracketed),
    ("desc", Class::Bracketed),
    ("double", Class::Bracketed),
    ("dynamic", Class::Bracketed),
    ("endswith", Class::Bracketed),
    ("externaldata", Class::Declarable),
    ("find", Class::Declarable),
    ("first", Class::Bracketed),
    ("has", Class::Declarable),
    ("has_any", Class::Bracketed),
    ("in", Class::Declarable),
    ("int", Class::Bracketed),
    ("invoke", Class::Declarable),
    ("isfuzzy", Class::Bracketed),
    ("kind", Class::Readable),
    ("last", Class::Bracketed),
    ("long", Class::Bracketed),
    ("materialize", Class::Declarable),
    ("of", Class::Declarable),
    ("or", Class::Bracketed),
    ("print", Class::Declarable),
    ("project", Class::Bracketed),
    ("real", Class::Bracketed),
    ("sample", Class::Declarable),
    ("search", Class::Declarable),
    ("set", Class::Declarable),
    ("startswith", Class::Bracketed),
    ("string", Class::Bracketed),
    ("time", Class::Bracketed),
    ("timespan", Class::Bracketed),
    ("title", Class::Declarable),
    ("to", Class::Declarable),
    ("toscalar", Class::Declarable),
    ("union", Class::Bracketed),
    ("where", Class::Declarable),
    ("withsource", Class::Readable),
];

fn class(word: &str) -> Option<Class> {
    WORDS.binary_search_by_key(&word, |(w, _)| w).ok().and_then(|i| WORDS.get(i)).map(|(_, c)| *c)
}

/// Tells whether a bare word may be read as a value.
pub fn is_readable(word: &str) -> bool {
    !matches!(class(word), Some(Class::Declarable | Class::Bracketed))
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
    if matches!(class(c.text()), Some(Class::Readable | Class::Bracketed)) {
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
