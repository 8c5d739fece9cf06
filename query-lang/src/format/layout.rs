//! Where lines break. What fits goes on one line; else a pipeline breaks at its pipes, an operator at its commas and
//! clauses, a condition at its weakest operator, and last a bracket at its commas.

use crate::span::Span;

use super::atoms::{Atom, Kind};
use super::writer::Writer;

/// How many characters a line should have at most.
const WIDTH: usize = 100;

/// How far what is inside stands from what it is inside of.
const STEP: usize = 4;

/// Words that begin a clause of an operator.
const CLAUSES: [&str; 2] = ["by", "on"];

/// Lays atoms out as a text.
pub(super) fn lay_out(text: &str, atoms: &[Atom]) -> String {
    let (mut widths, mut breaks) = (vec![0], vec![0]);
    let (mut width, mut forced) = (0, 0);
    for atom in atoms {
        let own = atom.span.of(text);
        width += usize::from(atom.spaced) + own.chars().count();
        forced += usize::from(atom.block) + usize::from(own.contains('\n'));
        widths.push(width);
        breaks.push(forced);
    }
    let mut layout = Layout { text, atoms, widths, breaks, comments: comments(atoms), out: Writer::new(text) };
    let last = atoms.len().saturating_sub(1);
    layout.statements(0, last, 0, true);
    if let Some(end) = atoms.get(last).filter(|end| !end.own.is_empty()) {
        layout.out.line(0);
        layout.out.keep_blank_lines();
        layout.out.put(end, 0);
        return format!("{}\n", layout.out.finish().trim_end());
    }
    layout.out.finish()
}

/// Sums up to each atom: the comments before atoms, and those behind them.
fn comments(atoms: &[Atom]) -> Vec<(usize, usize)> {
    let (mut own, mut trailing) = (0, 0);
    let mut sums = vec![(0, 0)];
    for atom in atoms {
        own += usize::from(!atom.own.is_empty());
        trailing += usize::from(atom.trailing.is_some());
        sums.push((own, trailing));
    }
    sums
}

struct Layout<'t> {
    text: &'t str,
    atoms: &'t [Atom],
    widths: Vec<usize>,
    breaks: Vec<usize>,
    comments: Vec<(usize, usize)>,
    out: Writer<'t>,
}

impl<'t> Layout<'t> {
    fn word(&self, i: usize) -> &'t str {
        self.atoms.get(i).map_or("", |a| a.span.of(self.text))
    }

    fn kind(&self, i: usize) -> Kind {
        self.atoms.get(i).map_or(Kind::End, |a| a.kind)
    }

    fn put(&mut self, i: usize, indent: usize) {
        if let Some(atom) = self.atoms.get(i) {
            self.out.put(atom, indent);
        }
    }

    /// The index of the partner of an opening bracket.
    fn partner(&self, i: usize) -> Option<usize> {
        match self.kind(i) {
            Kind::Open(close) => Some(close),
            _ => None,
        }
    }

    /// The width of some atoms side by side, the blank before the first not counted.
    fn width(&self, i: usize, j: usize) -> usize {
        let sum = |at: usize| self.widths.get(at).copied().unwrap_or(0);
        let first = self.atoms.get(i).is_some_and(|a| a.spaced && i < j);
        sum(j).saturating_sub(sum(i)).saturating_sub(usize::from(first))
    }

    /// Tells whether some atoms cannot go on one line, however short: a block or a comment is among them.
    fn is_broken(&self, i: usize, j: usize) -> bool {
        let blocks = |at: usize| self.breaks.get(at).copied().unwrap_or(0);
        let (own, trailing) = (
            |at: usize| self.comments.get(at).map_or(0, |c| c.0),
            |at: usize| self.comments.get(at).map_or(0, |c| c.1),
        );
        // What stands before the first and behind the last atom is outside.
        i < j && (blocks(j) > blocks(i) || own(j) > own(i + 1) || trailing(j - 1) > trailing(i))
    }

    /// Tells whether some atoms fit on the line as it stands, with the comma or the like behind them.
    fn fits(&self, i: usize, j: usize) -> bool {
        let (column, fresh) = self.out.column();
        let spaced = !fresh && self.atoms.get(i).is_some_and(|a| a.spaced);
        let tail = usize::from(matches!(self.word(j), "," | ";"));
        !self.is_broken(i, j) && column + usize::from(spaced) + self.width(i, j) + tail <= WIDTH
    }

    /// The first place at the level of `i` where a test holds; `j` if there is none.
    fn find(&self, i: usize, j: usize, test: impl Fn(&str, usize) -> bool) -> usize {
        let mut at = i;
        while at < j {
            if test(self.word(at), at) {
                return at;
            }
            at = self.partner(at).unwrap_or(at) + 1;
        }
        j
    }

    /// The places at the level of `i` where a sign or word stands.
    fn all(&self, i: usize, j: usize, sign: &str) -> Vec<usize> {
        let (mut found, mut at) = (Vec::new(), i);
        while at < j {
            at = self.find(at, j, |word, _| word == sign);
            if at < j {
                found.push(at);
            }
            at += 1;
        }
        found
    }

    fn flat(&mut self, i: usize, j: usize, indent: usize) {
        (i..j).for_each(|at| self.put(at, indent));
    }

    /// Statements, each on lines of its own.
    fn statements(&mut self, i: usize, j: usize, indent: usize, outermost: bool) {
        let mut at = i;
        while at < j {
            let end = self.find(at, j, |word, k| {
                word == ";" || k > at && self.atoms.get(k).is_some_and(|a| a.begins && outermost)
            });
            self.out.line(indent);
            if outermost {
                self.out.keep_blank_lines();
            }
            self.statement(at, end, indent);
            at = end;
            if self.word(end) == ";" && end < j {
                self.put(end, indent);
                at = end + 1;
            }
        }
    }

    fn statement(&mut self, i: usize, j: usize, indent: usize) {
        if self.word(i) == "." && i < j {
            return self.command(i, j);
        }
        let equals = match self.word(i) {
            "let" => self.find(i, j, |word, _| word == "="),
            _ => j,
        };
        if equals >= j {
            return self.pipeline(i, j, indent);
        }
        self.flat(i, equals + 1, indent + STEP);
        let piped = self.find(equals, j, |word, _| word == "|") < j;
        self.pipeline(equals + 1, j, if piped { indent + STEP } else { indent });
    }

    /// A command such as `.show tables` is no query: it is left as it is.
    fn command(&mut self, i: usize, j: usize) {
        let (Some(first), Some(last)) = (self.atoms.get(i), self.atoms.get(j - 1)) else { return };
        let end = last.trailing.unwrap_or(last.span).end;
        self.out.verbatim(first, Span::new(first.span.start, end));
        if last.trailing.is_some() {
            self.out.line(0);
        }
    }

    fn pipeline(&mut self, i: usize, j: usize, indent: usize) {
        let mut end = self.find(i, j, |word, _| word == "|");
        self.operator(i, end, indent);
        while end < j {
            self.out.line(indent);
            self.put(end, indent + STEP);
            let next = self.find(end + 1, j, |word, _| word == "|");
            self.operator(end + 1, next, indent);
            end = next;
        }
    }

    /// An operator or a source.
    fn operator(&mut self, i: usize, j: usize, indent: usize) {
        if i >= j || self.fits(i, j) {
            return self.flat(i, j, indent + STEP);
        }
        if self.hugs(i, j, indent) {
            return self.walk(i, j, indent);
        }
        let head = if self.kind(i) == Kind::Keyword { self.head(i + 1, j) } else { i };
        let clauses: Vec<usize> = CLAUSES.iter().filter_map(|word| self.once(head, j, word)).collect();
        let listed = self.kind(i) == Kind::Keyword && self.find(head, j, |word, _| word == ",") < j;
        self.flat(i, head, indent + STEP);
        match listed || !clauses.is_empty() {
            true => self.clauses(head, j, clauses, indent),
            false => self.condition(head, j, indent, indent + STEP),
        }
    }

    /// Where the parameters of an operator end, and a word such as `by` right behind them.
    fn head(&self, i: usize, j: usize) -> usize {
        let mut at = i;
        loop {
            let equals = self.find(at, j.min(at + 6), |word, _| word == "=");
            let is_parameter =
                equals < j.min(at + 6) && self.word(equals) == "=" && self.atoms.get(equals).is_some_and(|a| !a.spaced);
            if !is_parameter || equals + 2 > j {
                break;
            }
            at = equals + 2;
        }
        if CLAUSES.contains(&self.word(at)) && at < j { at + 1 } else { at }
    }

    /// The place of a word that stands once at this level; several are no clauses (`top-nested`).
    fn once(&self, i: usize, j: usize, word: &str) -> Option<usize> {
        match self.all(i, j, word).as_slice() {
            [only] if *only > i => Some(*only),
            _ => None,
        }
    }

    /// The operands of an operator, one a line, and its clauses.
    fn clauses(&mut self, i: usize, j: usize, mut begins: Vec<usize>, indent: usize) {
        begins.sort_unstable();
        let first_end = begins.first().copied().unwrap_or(j);
        self.list(i, first_end, indent, indent + STEP);
        for (n, begin) in begins.iter().enumerate() {
            let end = begins.get(n + 1).copied().unwrap_or(j);
            self.out.line(indent + STEP);
            if self.fits(*begin, end) {
                self.flat(*begin, end, indent + STEP);
            } else {
                self.put(*begin, indent + 2 * STEP);
                self.list(begin + 1, end, indent + STEP, indent + 2 * STEP);
            }
        }
    }

    /// Operands with commas between, one a line where there are several.
    fn list(&mut self, i: usize, j: usize, outer: usize, inner: usize) {
        let commas = self.all(i, j, ",");
        if commas.is_empty() {
            return self.condition(i, j, outer, outer + STEP);
        }
        let mut at = i;
        for comma in commas.into_iter().chain([j]) {
            self.out.line(inner);
            self.condition(at, comma, inner, inner + STEP);
            if comma < j {
                self.put(comma, inner);
            }
            at = comma + 1;
        }
    }

    /// A value, broken at its weakest operator; the lines after the first are indented by `hang`.
    fn condition(&mut self, i: usize, j: usize, indent: usize, hang: usize) {
        if i >= j || self.fits(i, j) {
            return self.flat(i, j, hang);
        }
        if self.hugs(i, j, indent) {
            return self.walk(i, j, indent);
        }
        for word in ["or", "and"] {
            let begins = self.all(i, j, word);
            let Some(first) = begins.first().filter(|first| **first > i) else { continue };
            self.condition(i, *first, hang, hang + STEP);
            for (n, begin) in begins.iter().enumerate() {
                self.out.line(hang);
                self.put(*begin, hang);
                self.condition(begin + 1, begins.get(n + 1).copied().unwrap_or(j), hang, hang + STEP);
            }
            return;
        }
        self.walk(i, j, indent);
    }

    /// Tells whether all that cannot go on one line is in brackets, and what is around them fits.
    fn hugs(&self, i: usize, j: usize, indent: usize) -> bool {
        let (mut column, _) = self.out.column();
        let (mut at, mut any) = (i, false);
        while at < j {
            let close = self.partner(at).unwrap_or(at);
            let Some((first, last)) = self.atoms.get(at).zip(self.atoms.get(close)) else { return false };
            if at > i && !first.own.is_empty() || close + 1 < j && last.trailing.is_some() {
                return false;
            }
            if close > at && self.is_broken(at, close + 1) {
                any = true;
                if column + usize::from(first.spaced) + 1 > WIDTH {
                    return false;
                }
                column = indent + 1;
            } else {
                column += usize::from(first.spaced) + self.width(at, close + 1);
            }
            if column > WIDTH {
                return false;
            }
            at = close + 1;
        }
        any
    }

    /// Writes on, and breaks the brackets that do not fit.
    fn walk(&mut self, i: usize, j: usize, indent: usize) {
        let mut at = i;
        while at < j {
            let Some(close) = self.partner(at) else {
                self.put(at, indent + STEP);
                at += 1;
                continue;
            };
            let next = self.find(close + 1, j, |_, k| self.partner(k).is_some());
            let (column, _) = self.out.column();
            if !self.is_broken(at, close + 1) && column + 1 + self.width(at, next) <= WIDTH {
                self.flat(at, close + 1, indent + STEP);
            } else {
                self.bracket(at, close, indent);
            }
            at = close + 1;
        }
    }

    fn bracket(&mut self, open: usize, close: usize, indent: usize) {
        let inner = indent + STEP;
        self.put(open, inner);
        if open + 1 == close {
            return self.close(close, inner);
        }
        if self.partner(open + 1) == Some(close - 1) && !self.is_commented(open, close) {
            // `dynamic([`, `in ((`: two brackets as one.
            self.bracket(open + 1, close - 1, indent);
            return self.close(close, inner);
        }
        self.out.line(inner);
        if self.atoms.get(open).is_some_and(|a| a.block) || self.kind(open + 1) == Kind::Keyword {
            self.statements(open + 1, close, inner, false);
        } else if let Some(columns) = self.row_length(open) {
            self.rows(open + 1, close, inner, |n, _| n % columns == 0);
        } else if self.is_list_of_words(open, close) {
            self.rows(open + 1, close, inner, |_, fits| !fits);
        } else if self.find(open + 1, close, |word, _| word == ",") < close {
            self.list(open + 1, close, inner, inner);
        } else {
            self.condition(open + 1, close, inner, inner);
        }
        self.out.line(indent);
        self.close(close, inner);
    }

    /// A closing bracket; comments before it belong to what is inside.
    fn close(&mut self, close: usize, inner: usize) {
        if let Some(atom) = self.atoms.get(close) {
            self.out.put_closing(atom, inner);
        }
    }

    /// Tells whether comments stand between two brackets and the two within them.
    fn is_commented(&self, open: usize, close: usize) -> bool {
        let behind = |i: usize| self.atoms.get(i).is_some_and(|a| a.trailing.is_some());
        let before = |i: usize| self.atoms.get(i).is_some_and(|a| !a.own.is_empty());
        behind(open) || before(open + 1) || behind(close - 1) || before(close)
    }

    /// How many cells a row has: `datatable(a: long, b: string) [...]`.
    fn row_length(&self, open: usize) -> Option<usize> {
        let Kind::Close(schema) = self.kind(open.checked_sub(1)?) else { return None };
        let named = schema.checked_sub(1).is_some_and(|i| self.word(i) == "datatable");
        named.then(|| self.all(schema + 1, open - 1, ",").len() + 1)
    }

    /// Tells whether a list has short items only, which are then put side by side.
    fn is_list_of_words(&self, open: usize, close: usize) -> bool {
        let commas = self.all(open + 1, close, ",");
        let begins = std::iter::once(open + 1).chain(commas.iter().map(|c| c + 1));
        let ends = commas.iter().copied().chain([close]);
        !commas.is_empty()
            && begins
                .zip(ends)
                .all(|(begin, end)| end <= begin + 1 || end == begin + 2 && matches!(self.word(begin), "-" | "+"))
    }

    /// Items side by side, on a new line where told: by the number of the item, and whether it fits on the line.
    fn rows(&mut self, i: usize, j: usize, indent: usize, breaks: impl Fn(usize, bool) -> bool) {
        let commas = self.all(i, j, ",");
        let mut at = i;
        for (n, comma) in commas.into_iter().chain([j]).enumerate() {
            if n > 0 && breaks(n, self.fits(at, comma)) {
                self.out.line(indent);
            }
            self.condition(at, comma, indent, indent + STEP);
            if comma < j {
                self.put(comma, indent);
            }
            at = comma + 1;
        }
    }
}
