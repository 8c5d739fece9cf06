//! Names with `*`: `project-away Sender*`, `union Device*`.

use crate::cursor::{Cursor, Parsed};
use crate::lexer::TokenKind;
use crate::name;
use crate::span::Span;

/// A name or a pattern of names.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub text: String,
    pub span: Span,
    /// Whether `*` in it stands for anything.
    pub wild: bool,
}

impl Pattern {
    /// Tells whether a name fits; case matters.
    pub fn fits(&self, name: &str) -> bool {
        if !self.wild {
            return self.text == name;
        }
        let mut parts = self.text.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// The text of a name or pattern of names.
pub(crate) fn name_pattern(c: Cursor) -> Parsed<String> {
    pattern(c).map(|(after, pattern)| (after, pattern.text))
}

/// Tells whether a name fits a pattern in which `*` stands for anything.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    Pattern { text: pattern.to_owned(), span: Span::default(), wild: pattern.contains('*') }.fits(name)
}

/// A name, or words and `*` glued together.
pub(super) fn pattern(c: Cursor) -> Parsed<Pattern> {
    let mut at = c;
    let mut wild = false;
    loop {
        match &at.token().kind {
            TokenKind::Symbol("*") if at.position() == c.position() || at.token().glued => wild = true,
            TokenKind::Word if at.position() == c.position() || at.token().glued => {}
            // `*1`: digits in a name are digits, not a number.
            TokenKind::Number(_) if wild && at.token().glued => {}
            _ => break,
        }
        at = at.next();
        // Only a `*` on one side of the seam joins two tokens.
        let before_star = wild && matches!(at.token().kind, TokenKind::Word | TokenKind::Number(_));
        if !(at.is("*") || before_star) {
            break;
        }
    }
    if wild {
        let span = at.since(c);
        return Ok((at, Pattern { text: span.of(c.source()).to_owned(), span, wild }));
    }
    let (after, name) = name::reference(c)?;
    Ok((after, Pattern { text: name.text, span: name.span, wild: false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        let fits = |text: &str, name| Pattern { text: text.into(), span: Span::default(), wild: true }.fits(name);
        assert!(fits("Sender*", "SenderFromAddress") && fits("*Address", "SenderFromAddress") && fits("*", ""));
        assert!(fits("S*From*s", "SenderFromAddress") && !fits("sender*", "SenderFromAddress"));
        assert!(!fits("a*a", "a"));
    }
}
