//! Line breaks lost by copy and paste.
//!
//! A query whose line breaks became blanks is swallowed by its first `//` comment. Here the places are found
//! where such a comment may have ended, and tried until the whole query binds. A break may stand where a
//! statement, a pipe or a source begins. What a comment hides is text of any language, so it is searched
//! for beginnings, not parsed; whether a placement is right only the binder knows.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::host::Host;
use crate::lexer::{Token, TokenKind, tokens};
use crate::plan::{Bound, BoundResult};
use crate::span::Span;
use crate::statement::Statement;
use crate::{compile, parse};

/// How many placements are tried before giving up; a published query needs fewer than ten.
const MAX_TRIALS: usize = 100;

/// How many bytes of text are read in all trials together: a large text gets fewer of them.
const MAX_READ: usize = 8 << 20;

/// How many accepted placements are told apart; more would help nobody.
const MAX_ACCEPTED: usize = 5;

/// Words that begin a source and are no name.
const SOURCE_WORDS: [&str; 7] = ["datatable", "externaldata", "find", "print", "range", "search", "union"];

/// What became of a query whose line breaks may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// No comment hides anything, or no placement of breaks makes a query of it.
    Nothing,
    /// One placement, or several that mean the same; the first in the text.
    Restored(Restored),
    /// Several placements that mean different things; at most [`MAX_ACCEPTED`].
    Ambiguous(Vec<Restored>),
}

/// A query with its line breaks back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its text.
    pub text: String,
    /// Where the breaks were put: byte offsets in the text as it was, ascending.
    pub breaks: Vec<usize>,
}

/// Finds the line breaks that make a query of a text. A text that has a result as it is has lost none.
///
/// Every comment that can end early does so, where that binds: a comment stays whole only when no break in it
/// works. Within one comment several breaks may work; where their meanings differ that is ambiguous.
pub fn repair(text: &str, host: &dyn Host) -> Repair {
    let bound = compile(text, host);
    match bound.is_ok() && !bound.results.is_empty() {
        true => Repair::Nothing,
        false => restore(text, host),
    }
}

/// As [`repair`], for a text that is known to have no result as it is.
pub fn restore(text: &str, host: &dyn Host) -> Repair {
    let mut search = Search { host, trials: 0, read: 0, accepted: Vec::new(), meanings: HashSet::new() };
    search.explore(Attempt { text: text.to_owned(), breaks: Vec::new(), grown: 0 }, 0);
    let mut accepted = search.accepted;
    match accepted.len() {
        0 => Repair::Nothing,
        1 => Repair::Restored(accepted.remove(0)),
        _ => Repair::Ambiguous(accepted),
    }
}

/// Reports what a repair found, for when it is not to be applied; nothing when it found nothing.
pub fn diagnosis(text: &str, repair: &Repair) -> Option<Diagnostic> {
    let (message, found) = match repair {
        Repair::Nothing => return None,
        Repair::Restored(found) => ("a comment hides the rest of the query: its line break is lost", found),
        Repair::Ambiguous(all) => {
            ("a comment hides the rest of the query, and its line break may stand in several places", all.first()?)
        }
    };
    let first = *found.breaks.first()?;
    let comment = tokens(text).1.into_iter().find(|c| c.start < first && first < c.end)?;
    let error = Diagnostic::error("lost-line-breaks", Span::new(comment.start, first), message);
    let all = match repair {
        Repair::Ambiguous(all) => all.as_slice(),
        _ => std::slice::from_ref(found),
    };
    let places: Vec<String> = all.iter().map(|r| format!("`{}`", places(text, r).join("` and `"))).collect();
    Some(error.help(format!("break the line before {}", places.join(", or before "))))
}

/// The first words behind each break.
fn places(text: &str, restored: &Restored) -> Vec<String> {
    let words = |at: &usize| text.get(*at..).unwrap_or("").split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    restored.breaks.iter().map(words).collect()
}

/// A text with some breaks put in.
#[derive(Clone)]
struct Attempt {
    text: String,
    /// Offsets of the breaks in the text as it was at first.
    breaks: Vec<usize>,
    /// By how many bytes the breaks made the text longer. All of them stand before what is looked at next.
    grown: usize,
}

impl Attempt {
    /// Puts a line break before an offset, in place of the blank there if there is one.
    fn broken(&self, at: usize) -> Attempt {
        let (head, tail) = self.text.split_at_checked(at).unwrap_or((&self.text, ""));
        let kept = head.strip_suffix(' ').unwrap_or(head);
        let mut breaks = self.breaks.clone();
        breaks.push(at - self.grown);
        Attempt { text: format!("{kept}\n{tail}"), breaks, grown: self.grown + 1 - (head.len() - kept.len()) }
    }
}

struct Search<'h> {
    host: &'h dyn Host,
    trials: usize,
    read: usize,
    accepted: Vec<Restored>,
    meanings: HashSet<String>,
}

impl Search<'_> {
    /// Tries all breaks in the comments that begin at or after an offset; tells whether something was accepted.
    fn explore(&mut self, attempt: Attempt, from: usize) -> bool {
        let (all, comments) = tokens(&attempt.text);
        for comment in comments.into_iter().filter(|c| c.start >= from) {
            let visible = all.get(..all.partition_point(|t| t.span.end <= comment.start)).unwrap_or_default();
            let is_source = |word: &str| {
                SOURCE_WORDS.contains(&word) || self.host.table(word).is_some() || defines(visible, &attempt.text, word)
            };
            let before = visible.last().map_or(Before::Nothing, |t| Before::of(&t.kind, t.span.of(&attempt.text)));
            let places = beginnings(comment, &attempt.text, before, &is_source);
            if places.is_empty() {
                continue; // it stays whole
            }
            let beginning = attempt.text.get(..comment.start).unwrap_or("");
            if !self.may_read(beginning) || is_doomed(beginning, self.host) {
                return false;
            }
            let mut found = false;
            for at in places {
                found |= self.explore(attempt.broken(at), at);
            }
            if found {
                return true;
            }
        }
        !attempt.breaks.is_empty() && self.accept(attempt)
    }

    /// Counts a trial; tells whether it may be made.
    fn may_read(&mut self, text: &str) -> bool {
        self.trials += 1;
        self.read += text.len();
        self.trials <= MAX_TRIALS && self.read <= MAX_READ
    }

    fn accept(&mut self, attempt: Attempt) -> bool {
        if !self.may_read(&attempt.text) {
            return false;
        }
        let Some(meaning) = meaning(&attempt.text, self.host) else { return false };
        if self.accepted.len() < MAX_ACCEPTED && self.meanings.insert(meaning) {
            self.accepted.push(Restored { text: attempt.text, breaks: attempt.breaks });
        }
        true
    }
}

/// Tells whether no continuation of this beginning of a query can bind.
fn is_doomed(beginning: &str, host: &dyn Host) -> bool {
    if parse(beginning).diagnostics.iter().any(|d| d.is_error() && d.code != "unfinished") {
        return true;
    }
    // What is complete has to bind; the rest may still become right.
    let complete =
        tokens(beginning).0.iter().rev().find(|t| t.kind == TokenKind::Symbol(";")).map_or(0, |t| t.span.end);
    let complete = beginning.get(..complete).unwrap_or("");
    !parse(complete).diagnostics.iter().any(Diagnostic::is_error) && !compile(complete, host).is_ok()
}

/// Returns what a query means, in a form that is equal for queries of equal meaning, when it binds and has
/// exactly one result, which comes last.
fn meaning(query: &str, host: &dyn Host) -> Option<String> {
    if !matches!(parse(query).query.statements.last(), Some(Statement::Expression(_))) {
        return None;
    }
    let bound = compile(query, host);
    match (bound.is_ok(), bound.results.as_slice()) {
        (true, [result]) => Some(fingerprint(&bound, result)),
        _ => None,
    }
}

/// Writes a plan so that neither the numbers of columns nor preludes nobody uses make a difference.
fn fingerprint(bound: &Bound, result: &BoundResult) -> String {
    let mut numbers = Numbers::default();
    let mut out = numbers.renumbered(&format!("{:?} {:?} {:?}", result.rel, result.render, bound.options));
    // Each prelude is written out behind what refers to it first.
    let mut written = 0;
    while let Some(prelude) = numbers.preludes.get(written).and_then(|id| bound.preludes.get(id.parse::<usize>().ok()?))
    {
        written += 1;
        out.push_str(&numbers.renumbered(&format!(" {prelude:?}")));
    }
    out
}

/// The ids met so far, in order; their place is their new number.
#[derive(Default)]
struct Numbers {
    columns: Vec<String>,
    preludes: Vec<String>,
}

impl Numbers {
    fn renumbered(&mut self, text: &str) -> String {
        let mut parts = text.split("Id(");
        let mut out = parts.next().unwrap_or("").to_owned();
        for part in parts {
            let id = part.split(')').next().unwrap_or("");
            let known = match (out.ends_with("Column"), out.ends_with("Prelude")) {
                (true, _) => &mut self.columns,
                (_, true) => &mut self.preludes,
                _ => {
                    out.push_str("Id(");
                    out.push_str(part);
                    continue;
                }
            };
            let number = known.iter().position(|k| k == id).unwrap_or_else(|| {
                known.push(id.to_owned());
                known.len() - 1
            });
            out.push_str(&format!("Id({number}{}", part.get(id.len()..).unwrap_or("")));
        }
        out
    }
}

/// Tells whether a `let` among the tokens gives the name.
fn defines(visible: &[Token], text: &str, name: &str) -> bool {
    visible
        .windows(2)
        .any(|pair| matches!(pair, [word, given] if word.span.of(text) == "let" && given.span.of(text) == name))
}

/// What stands before a comment, as far as it decides what may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing, `;`, `{`: a statement may begin, or a source.
    Nothing,
    /// `=`, `(`, `,`: a source may begin.
    Opening,
    /// A name or keyword: a source may begin (`join`), or a pipe.
    Word,
    /// A value or closing bracket: a pipe may begin.
    Value,
    /// `|` and other operators: none of the three.
    Operator,
}

impl Before {
    fn of(kind: &TokenKind, text: &str) -> Before {
        match (kind, text) {
            (TokenKind::Word, _) => Before::Word,
            (TokenKind::Symbol(_), ";" | "{") => Before::Nothing,
            (TokenKind::Symbol(_), "=" | "(" | ",") => Before::Opening,
            (TokenKind::Symbol(_), ")" | "]" | "}" | "*") => Before::Value,
            (TokenKind::Symbol(_), _) => Before::Operator,
            _ => Before::Value,
        }
    }
}

/// Returns the offsets within a comment where a statement, a pipe or a source begins, ascending.
fn beginnings(comment: Span, text: &str, before: Before, is_source: &dyn Fn(&str) -> bool) -> Vec<usize> {
    let (statement, source, pipe) = match before {
        Before::Nothing => (true, true, false),
        Before::Opening => (false, true, false),
        Before::Word => (false, true, true),
        Before::Value => (false, false, true),
        Before::Operator => (false, false, false),
    };
    let hidden = comment.of(text);
    let mut last = ' ';
    let mut found = Vec::new();
    for (at, c) in hidden.char_indices() {
        let rest = hidden.get(at..).unwrap_or("");
        // Text of a language without blanks may touch the code: `定義するlet`.
        let begins_word = is_word(c) && !is_word(last) && !matches!(last, '.' | '$' | '"' | '\'' | '@');
        let fits = match c {
            '|' => pipe && last != '|' && begins_pipe(rest),
            '(' => source && begins_source(rest.trim_start_matches(['(', ' ']), is_source),
            _ if begins_word => (statement && begins_statement(rest)) || (source && begins_source(rest, is_source)),
            _ => false,
        };
        if fits {
            found.push(comment.start + at);
        }
        last = c;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Splits the word off that a text begins with; what follows it comes without blanks in front.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()));
    (word, rest.trim_start())
}

/// `let name =`, `set name`
fn begins_statement(text: &str) -> bool {
    let (keyword, rest) = word(text);
    let (name, rest) = word(rest);
    !name.is_empty() && (keyword == "set" || (keyword == "let" && rest.starts_with('=')))
}

/// `| where`
fn begins_pipe(text: &str) -> bool {
    let operator = text.trim_start_matches('|');
    text.len() - operator.len() == 1 && operator.trim_start().starts_with(|c: char| c.is_ascii_lowercase())
}

/// `T |`, `T;`, `print`
fn begins_source(text: &str, is_source: &dyn Fn(&str) -> bool) -> bool {
    let (name, rest) = word(text);
    if name.is_empty() || !is_source(name) {
        return false;
    }
    SOURCE_WORDS.contains(&name)
        || rest.is_empty()
        || rest.starts_with(['|', ';', ')', ',', '(', '}', '/'])
        || word(rest).0 == "on"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;
    use crate::testing::Tables;

    fn restored(text: &str) -> String {
        match repair(text, &Tables::mail()) {
            Repair::Restored(restored) => restored.text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_break_stands_before_a_statement_a_source_or_a_pipe() {
        for (text, expected) in [
            ("// say EmailEvents | take 1", "// say\nEmailEvents | take 1"),
            ("// 時間を変える let n = 1; EmailEvents | take n", "// 時間を変える\nlet n = 1; EmailEvents | take n"),
            ("//定義するlet n = 1; EmailEvents | take n", "//定義する\nlet n = 1; EmailEvents | take n"),
            (
                "let n = 1; let T = // my mail EmailEvents | where Subject has 'x'; T | take n",
                "let n = 1; let T = // my mail\nEmailEvents | where Subject has 'x'; T | take n",
            ),
            ("EmailEvents | where Subject == // what\n 'x' // one | take 1 | count;;", ""),
        ] {
            if expected.is_empty() {
                // It has a result as it is.
                assert_eq!(repair(text, &Tables::mail()), Repair::Nothing, "{text}");
            } else {
                assert_eq!(restored(text), expected);
            }
        }
    }

    #[test]
    fn commented_out_code_stays_out_when_it_would_define_a_name_twice() {
        let text = "let a = 1; // let b = a; let c = a; let b = c; EmailEvents | take b";
        assert_eq!(restored(text), "let a = 1; // let b = a;\nlet c = a; let b = c; EmailEvents | take b");
    }

    #[test]
    fn every_comment_ends_that_can_and_one_without_code_stays() {
        let text = "let n = 1; // first EmailEvents | where Subject has 'x' // then | take n // done: all of it";
        let expected = "let n = 1; // first\nEmailEvents | where Subject has 'x' // then\n| take n // done: all of it";
        assert_eq!(restored(text), expected);
    }

    #[test]
    fn places_that_mean_different_things_are_listed() {
        let text = "let n = 1; // c EmailEvents | take 5 // only some | where Subject has 'x' | count";
        let found = repair(text, &Tables::mail());
        let Repair::Ambiguous(all) = &found else { panic!("{found:?}") };
        assert_eq!(all.len(), 2);
        let told = diagnosis(text, &found).and_then(|d| d.help).unwrap_or_default();
        assert!(told.contains("| where Subject") && told.contains("| count"), "{told}");
    }

    #[test]
    fn a_query_that_has_a_result_or_no_hope_is_left_alone() {
        for text in [
            "EmailEvents // all | take 1",
            "let n = 1; // nothing here",
            "let n = 1; // see https://example.com/x | for more",
            "EmailEvents | wher x // | take 1",
            "",
        ] {
            assert_eq!(repair(text, &Tables::mail()), Repair::Nothing, "{text}");
        }
    }

    #[test]
    fn a_long_line_of_comments_ends_in_time() {
        let text = format!("let n = 1; {}", "// c let a = n; | x EmailEvents | take 1 ".repeat(30));
        let _ = repair(&text, &Tables::mail());
    }
}
