//! What the prompt asks of the language while somebody types.

use rehunt_lang::lexer::{TokenKind, tokens};
use rehunt_lang::name::is_readable;
use rehunt_lang::operators::{OPERATORS, Place};
use rehunt_lang::parse;
use rehunt_lang::span::Span;
use rehunt_lang::statement::Statement;

/// What a stretch of text is, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word of the language: an operator, `by`, `contains`.
    Keyword,
    /// A string.
    String,
    /// A number or a timespan.
    Number,
    /// A comment.
    Comment,
}

/// Returns the stretches of a text that have a colour, in order.
pub fn words(text: &str) -> Vec<(Span, Word)> {
    let (all, comments) = tokens(text);
    let mut words: Vec<(Span, Word)> = comments.into_iter().map(|span| (span, Word::Comment)).collect();
    let (mut piped, mut begins, mut end) = (false, true, 0);
    for token in &all {
        if token.span.start < end {
            continue; // the rest of an operator such as `project-away`
        }
        let word = match token.kind {
            TokenKind::Word => keyword(text, token.span, piped, begins).map(|span| (span, Word::Keyword)),
            TokenKind::Text(_) | TokenKind::OpenText => Some((token.span, Word::String)),
            TokenKind::Number(_) => Some((token.span, Word::Number)),
            _ => None,
        };
        end = word.map_or(token.span, |(span, _)| span).end;
        words.extend(word);
        piped = token.kind == TokenKind::Symbol("|");
        begins = matches!(token.kind, TokenKind::Symbol(";" | "(" | "{" | "="));
    }
    words.sort_by_key(|(span, _)| span.start);
    words
}

/// Where the word of the language ends that begins here, if one does; operators may have hyphens.
fn keyword(text: &str, first: Span, piped: bool, begins: bool) -> Option<Span> {
    let word = first.of(text);
    let stands = |place| match place {
        Place::Piped => piped,
        Place::Source => begins,
        Place::Either => piped || begins,
    };
    let rest = text.get(first.start..)?;
    let ends = |keyword: &str| {
        let after = rest.strip_prefix(keyword).map(|after| after.chars().next());
        after.is_some_and(|next| next.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-'))
    };
    let operators = OPERATORS.iter().filter(|(keyword, spec)| stands(spec.place) && ends(keyword));
    match operators.map(|(keyword, _)| keyword.len()).max() {
        Some(length) => Some(Span::new(first.start, first.start + length)),
        None => (!is_readable(word) || begins && word == "let").then_some(first),
    }
}

/// Tells whether a text can be taken as it is: it stops where it may stop, and has a result or an error to show.
pub fn is_complete(text: &str) -> bool {
    let parsed = parse(text);
    let has_result =
        parsed.query.statements.iter().any(|s| matches!(s, Statement::Expression(_) | Statement::Command(_)));
    rehunt_lang::is_complete(text) && (has_result || !parsed.diagnostics.is_empty())
}

/// Tells whether the last thing in a text, comments aside, is a `;`.
pub fn ends_statement(text: &str) -> bool {
    let (all, _) = tokens(text);
    all.iter().rev().find(|t| t.kind != TokenKind::End).is_some_and(|t| t.kind == TokenKind::Symbol(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_colour_of_their_place() {
        let text = "T // c\n| project-away count | where a has 'x' and b == 1d";
        let found: Vec<(&str, Word)> = words(text).into_iter().map(|(span, word)| (span.of(text), word)).collect();
        let expected = [
            ("// c", Word::Comment),
            ("project-away", Word::Keyword),
            ("where", Word::Keyword),
            ("has", Word::Keyword),
            ("'x'", Word::String),
            ("and", Word::Keyword),
            ("1d", Word::Number),
        ];
        assert_eq!(found, expected);
    }
}
