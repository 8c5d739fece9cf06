//! What binding asks of data: columns that only the rows can name, such as those of `bag_unpack` and `pivot`.
//!
//! A query that asks is bound as far as it goes. The backend runs what the first question is about, notes the answer
//! and binds the query again, until nothing is asked any more. Binding is deterministic, so what came before the
//! question, its preludes among them, comes out the same each time.

use std::collections::HashMap;

use crate::plan::Rel;
use crate::span::Span;
use crate::types::{Field, Value};

use super::{Binder, meaning_of};

/// A question about the only column of a relation.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked.
    pub question: Question,
    /// The rows that it is asked of, with one column.
    pub rel: Rel,
    /// How many preludes come before: those that `rel` may refer to.
    pub preludes: usize,
    /// Where in the text it came up.
    pub span: Span,
    meaning: String,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The names of the top-level slots of its bags, each with the type that all values have, `dynamic` if they
    /// differ. Nulls do not count.
    Slots,
    /// Its distinct values in the order in which they appear.
    Values,
}

/// What data has answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Slots`].
    Slots(Vec<Field>),
    /// To [`Question::Values`].
    Values(Vec<Value>),
}

/// The answers so far.
#[derive(Clone, Debug, Default)]
pub struct Told(HashMap<String, Answer>);

impl Told {
    /// Notes an answer.
    pub fn note(&mut self, ask: &Ask, answer: Answer) {
        self.0.insert(ask.meaning.clone(), answer);
    }
}

impl Binder<'_> {
    /// Returns what data tells of a relation of one column, or asks for it; the same question asked twice is one.
    pub(crate) fn ask(&mut self, question: Question, rel: Rel, span: Span) -> Option<Answer> {
        let meaning = format!("{question:?} {}", meaning_of(&rel));
        let answer = self.told.0.get(&meaning).cloned();
        if answer.is_none() && !self.asks.iter().any(|a| a.meaning == meaning) {
            self.asks.push(Ask { question, rel, preludes: self.preludes.len(), span, meaning });
        }
        answer
    }
}
