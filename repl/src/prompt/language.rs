//! What the prompt asks of the language while somebody types.

use rehunt_engine::engine::Engine;
use rehunt_lang::span::Span;

/// What a stretch of text is, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// An operator of the language.
    Keyword,
    /// A string.
    String,
    /// A number, time or other literal.
    Number,
    /// A comment.
    Comment,
    /// Anything else.
    Other,
}

/// Returns the stretches of a text in order; what lies between them is blank.
pub fn words(text: &str) -> Vec<(Span, Word)> {
    let _ = (Word::Keyword, Word::String, Word::Number, Word::Comment);
    vec![(Span::new(0, text.len()), Word::Other)]
}

/// Tells whether a text can be taken as it is: more would not make a query of what is none.
pub fn is_complete(_text: &str) -> bool {
    true
}

/// Returns what may stand at an offset: the offset where it would begin, and the words.
pub fn complete(_engine: &Engine, _text: &str, at: usize) -> (usize, Vec<String>) {
    (at, Vec::new())
}
