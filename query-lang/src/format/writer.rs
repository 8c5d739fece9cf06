//! The text as it grows: columns are counted, line breaks wait until it is known what comes next.

use crate::span::Span;

use super::atoms::Atom;

/// The layout so far.
pub(super) struct Writer<'t> {
    text: &'t str,
    out: String,
    /// How many characters the line has so far.
    column: usize,
    /// The indentation of the line to be begun.
    pending: Option<usize>,
    /// Whether blank lines before the next atom and its comments are kept.
    apart: bool,
}

impl<'t> Writer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, out: String::with_capacity(text.len() + text.len() / 4), column: 0, pending: None, apart: false }
    }

    /// Ends the line; the next begins with so many blanks.
    pub(super) fn line(&mut self, indent: usize) {
        self.pending = Some(indent);
    }

    /// Returns the column where the next atom would begin, and whether it would be the first of its line.
    pub(super) fn column(&self) -> (usize, bool) {
        match self.pending {
            Some(indent) => (indent, true),
            None => (self.column, self.out.is_empty()),
        }
    }

    /// Keeps the blank lines before the next atom, one at each place.
    pub(super) fn keep_blank_lines(&mut self) {
        self.apart = true;
    }

    /// Writes an atom with its comments. Where one of them forces a line break, the next line is indented as told.
    pub(super) fn put(&mut self, atom: &Atom, indent: usize) {
        self.comments_before(atom, self.pending.unwrap_or(indent), indent);
        self.write_atom(atom, indent);
    }

    /// As [`Writer::put`], for a closing bracket: comments before it belong to what is inside.
    pub(super) fn put_closing(&mut self, atom: &Atom, inner: usize) {
        self.comments_before(atom, inner, inner);
        self.write_atom(atom, inner);
    }

    /// Writes a part of the text that begins with an atom, as it stands.
    pub(super) fn verbatim(&mut self, first: &Atom, span: Span) {
        self.comments_before(first, 0, 0);
        self.begin_atom(first);
        self.write(span.of(self.text));
    }

    fn comments_before(&mut self, atom: &Atom, own: usize, indent: usize) {
        for comment in &atom.own {
            self.begin_line(own, self.apart && comment.apart);
            self.write(comment.span.of(self.text).trim_end());
        }
        if !atom.own.is_empty() {
            self.pending = Some(self.pending.unwrap_or(indent));
        }
    }

    fn begin_atom(&mut self, atom: &Atom) {
        let apart = std::mem::take(&mut self.apart) && atom.apart;
        match self.pending.take() {
            Some(indent) => self.begin_line(indent, apart),
            None if atom.spaced && !self.out.is_empty() => self.write(" "),
            None => {}
        }
    }

    fn write_atom(&mut self, atom: &Atom, indent: usize) {
        self.begin_atom(atom);
        self.write(atom.span.of(self.text));
        if let Some(comment) = atom.trailing {
            self.write(" ");
            self.write(comment.of(self.text).trim_end());
            self.pending = Some(indent);
        }
    }

    fn begin_line(&mut self, indent: usize, apart: bool) {
        if !self.out.is_empty() {
            self.out.push_str(if apart { "\n\n" } else { "\n" });
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    /// Returns the text, ended with a line break.
    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
