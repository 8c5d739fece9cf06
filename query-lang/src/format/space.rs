//! Where a blank stands between two atoms on one line.

use crate::expr::parse::is_between_values;

use super::atoms::{Atom, Kind};

/// Words behind which something else than a call's arguments or an index comes. Sorted.
const WORDS: &[&str] = &[
    "as", "asc", "by", "declare", "desc", "first", "from", "function", "in", "last", "limit", "nulls", "of", "on",
    "output", "regex", "step", "to", "view", "where", "with",
];

/// Parameters that stand before an operator's operands; `=` is glued in them. One that is missing here is laid out as
/// an assignment, no worse. Sorted.
const PARAMETERS: &[&str] = &[
    "bagexpansion",
    "cycles",
    "decodeblocks",
    "flags",
    "isfuzzy",
    "kind",
    "nooptimization",
    "with_edge_id",
    "with_itemindex",
    "with_match_id",
    "with_node_id",
    "with_source",
    "withsource",
    "withstepname",
];

/// How the atoms of an operator are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `*` multiplies.
    Plain,
    /// Names may have wildcards: `S*`.
    Patterns,
    /// `(a)-[b]->(c)`: signs stay as they are.
    Graph,
}

fn style(keyword: &str) -> Style {
    match keyword {
        k if k.contains("graph") => Style::Graph,
        k if k.starts_with("project-") => Style::Patterns,
        "find" | "search" | "union" | "macro-expand" => Style::Patterns,
        _ => Style::Plain,
    }
}

/// Decides for every atom.
pub(super) fn decide(text: &str, atoms: &mut [Atom]) {
    let mut around: Vec<(Style, bool)> = Vec::new(); // of each open bracket: the style outside, whether it holds options
    let (mut now, mut options) = (Style::Plain, false);
    for i in 0..atoms.len() {
        let pair = Pair { text, atoms, i, style: now, options };
        let spaced = pair.is_spaced();
        let word = pair.word(0).to_owned();
        let opens_options = pair.word(1) == "with" && !pair.at(0).is_some_and(|a| a.block);
        let Some(atom) = atoms.get_mut(i) else { return };
        atom.spaced = spaced && i > 0;
        match atom.kind {
            Kind::Keyword => now = style(&word),
            Kind::Open(_) => {
                around.push((now, options));
                options = opens_options;
            }
            Kind::Close(_) => (now, options) = around.pop().unwrap_or((Style::Plain, false)),
            Kind::Sign if word == ";" => now = Style::Plain,
            _ => {}
        }
    }
}

/// An atom and what stands before it.
struct Pair<'a> {
    text: &'a str,
    atoms: &'a [Atom],
    i: usize,
    style: Style,
    options: bool,
}

impl Pair<'_> {
    /// The atom so many places before.
    fn at(&self, back: usize) -> Option<&Atom> {
        self.i.checked_sub(back).and_then(|i| self.atoms.get(i))
    }

    fn word(&self, back: usize) -> &str {
        self.at(back).map_or("", |a| a.span.of(self.text))
    }

    fn kind(&self, back: usize) -> Kind {
        self.at(back).map_or(Kind::End, |a| a.kind)
    }

    fn glued(&self) -> bool {
        self.at(0).is_some_and(|a| a.glued)
    }

    fn is_spaced(&self) -> bool {
        let (before, here) = (self.word(1), self.word(0));
        match (before, here) {
            ("(" | "[", _) | (_, ")" | "]" | "," | ";") => false,
            (",", _) => true,
            ("{", _) | (_, "}") => false,
            _ if self.style == Style::Graph => !self.glued(),
            (_, ":") | (".", _) => false,
            (_, ".") => !(self.glued() || self.ends_value(1)),
            ("!" | "@" | "$" | "?", _) | (_, "~" | "?") => !self.glued(),
            ("-" | "+", _) if !self.ends_value(2) => false,
            ("=", _) => !self.is_parameter(1),
            (_, "=") => !self.is_parameter(0),
            (_, "*") | ("*", _) => !self.is_wildcard(),
            (_, "(") => self.is_spaced_bracket(),
            (_, "[") => !(self.ends_value(1) && (self.glued() || before == "]")) || self.opens_rows(),
            _ => true,
        }
    }

    /// Tells whether a value ends with the atom so many places before.
    fn ends_value(&self, back: usize) -> bool {
        match self.kind(back) {
            Kind::Literal | Kind::Close(_) => true,
            Kind::Word => !is_grammar(self.word(back)),
            Kind::Keyword | Kind::Open(_) | Kind::End => false,
            Kind::Sign => self.word(back) == "*",
        }
    }

    /// `kind=inner`, `hint.strategy=shuffle`, and everything in the bracket of `with (...)`; `back` leads to the `=`.
    fn is_parameter(&self, back: usize) -> bool {
        if self.kind(back + 1) != Kind::Word {
            return false;
        }
        let dotted = self.word(back + 2) == ".";
        self.options
            || dotted
            || PARAMETERS.binary_search(&self.word(back + 1)).is_ok() && !matches!(self.word(back + 2), "," | "(" | "")
    }

    /// `S*`, `*_CL`: glued to a name, or anything glued where names may have wildcards.
    fn is_wildcard(&self) -> bool {
        let is_star = |back| self.word(back) == "*";
        let is_name = |back| matches!(self.kind(back), Kind::Word | Kind::Literal);
        if !self.glued() {
            return false;
        }
        match self.style {
            Style::Patterns | Style::Graph => true,
            Style::Plain if is_star(0) => {
                is_name(1)
                    && !self.atoms.get(self.i + 1).is_some_and(|next| {
                        next.glued && matches!(next.kind, Kind::Word | Kind::Literal | Kind::Open(_))
                    })
            }
            Style::Plain => is_name(0) && !self.ends_value(2),
        }
    }

    fn is_spaced_bracket(&self) -> bool {
        match self.kind(1) {
            Kind::Keyword => !matches!(self.word(1), "datatable" | "externaldata"),
            Kind::Word if is_grammar(self.word(1)) || self.word(2) == "=" && !self.is_assigned_call() => true,
            Kind::Word => !self.glued() && self.at(0).is_some_and(|a| a.block),
            Kind::Close(_) => !self.glued(),
            _ => true,
        }
    }

    /// `x = f(...)`, in contrast to `kind=inner (...)`.
    fn is_assigned_call(&self) -> bool {
        !self.is_parameter(2)
    }

    /// `datatable(...) [`
    fn opens_rows(&self) -> bool {
        let Kind::Close(open) = self.kind(1) else { return false };
        let named = open.checked_sub(1).and_then(|i| self.atoms.get(i)).map_or("", |a| a.span.of(self.text));
        matches!(named, "datatable" | "externaldata")
    }
}

/// Tells a word of the grammar from a name.
fn is_grammar(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok() || is_between_values(word) || matches!(word, "between" | "matches")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_for_the_search() {
        assert!(WORDS.is_sorted() && PARAMETERS.is_sorted());
    }
}
