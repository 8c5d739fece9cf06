//! `('a' 'b')`: two strings side by side are one.

use super::Lint;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Token, TokenKind};

pub(super) const LINT: Lint = Lint {
    code: "joined-strings",
    kusto_code: None,
    reason: "Strings side by side are joined into one; in a list that is mostly a comma that was forgotten.",
    look: |_| None,
};

/// Finds pairs of strings between commas or brackets.
pub(super) fn look(tokens: &[Token]) -> Vec<Diagnostic> {
    let is_text = |token: &Token| matches!(token.kind, TokenKind::Text(_));
    let is_edge = |token: &Token| matches!(token.kind, TokenKind::Symbol("," | "(" | ")" | "[" | "]"));
    let mut found = Vec::new();
    for four in tokens.windows(4) {
        let [before, first, second, after] = four else { continue };
        let in_list = matches!(before.kind, TokenKind::Symbol(",")) || matches!(after.kind, TokenKind::Symbol(","));
        if is_text(first) && is_text(second) && is_edge(before) && is_edge(after) && in_list {
            let message = "these two strings are joined into one";
            let lint = Diagnostic::warning(LINT.code, first.span.to(second.span), message);
            found.push(lint.help("put a `,` between them, or join them with `strcat(...)`"));
        }
    }
    found
}
