//! How `parse` and its kin take a text apart.

use std::fmt;

use crate::types::Type;

/// What a text is matched with; it captures a fixed list of columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextParser {
    /// `parse`, `parse-where`.
    Pattern(TextPattern),
    /// `parse-kv`.
    Pairs(KeyValues),
}

/// The pattern of `parse`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextPattern {
    /// `kind=`
    pub kind: PatternKind,
    /// Its parts in order. No two columns stand side by side, no string column before a `*`, and only a text
    /// follows a `*`.
    pub parts: Vec<PatternPart>,
}

/// How a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PatternKind {
    /// Texts are themselves; a row has all of its columns or none.
    Simple,
    /// Texts are themselves; a column that does not convert is null alone.
    Relaxed,
    /// Texts are regexes, with these flags for the whole; a row has all of its columns or none.
    Regex(String),
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PatternPart {
    /// `*`: skips what is there.
    Skip,
    /// A text, or a regex; never empty.
    Text(String),
    /// A column of a type: captures what is there.
    Capture(Type),
}

/// The keys that `parse-kv` looks for, and how pairs are told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyValues {
    /// The keys, each a column of a type.
    pub keys: Vec<(String, Type)>,
    /// How pairs are told apart.
    pub form: PairForm,
}

/// How the pairs of a text are told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PairForm {
    /// By two delimiters, neither empty.
    Delimited {
        /// Between two pairs.
        pair: String,
        /// Between key and value.
        key_value: String,
        /// A value reaches to the next key, whatever pair delimiters are in it.
        greedy: bool,
        /// What may stand around keys and values.
        quoting: Quoting,
    },
    /// Whatever is no letter or digit delimits.
    Words(Quoting),
    /// A regex of two groups: a key and its value.
    Regex(String),
}

/// Quotes around keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quoting {
    /// Opening and closing ones.
    pub quotes: Vec<(char, char)>,
    /// Characters that take the meaning from the next one inside quotes.
    pub escapes: Vec<char>,
}

impl TextParser {
    /// Returns the types of the columns it captures, in order.
    pub fn types(&self) -> Vec<Type> {
        match self {
            TextParser::Pattern(pattern) => pattern
                .parts
                .iter()
                .filter_map(|part| match part {
                    PatternPart::Capture(ty) => Some(*ty),
                    _ => None,
                })
                .collect(),
            TextParser::Pairs(pairs) => pairs.keys.iter().map(|(_, ty)| *ty).collect(),
        }
    }
}

impl fmt::Display for TextParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextParser::Pattern(TextPattern { kind, parts }) => {
                write!(f, "{kind:?}")?;
                parts.iter().try_for_each(|part| match part {
                    PatternPart::Skip => f.write_str(" *"),
                    PatternPart::Text(text) => write!(f, " {text:?}"),
                    PatternPart::Capture(ty) => write!(f, " {ty}"),
                })
            }
            TextParser::Pairs(KeyValues { keys, form }) => {
                write!(f, "{form:?}")?;
                keys.iter().try_for_each(|(key, ty)| write!(f, " {key}:{ty}"))
            }
        }
    }
}
