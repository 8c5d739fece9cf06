//! Where the parser is: a position in the tokens, and what was expected where it got furthest.
//!
//! Rules are plain functions `fn(Cursor) -> Parsed<T>`; nom's combinators work on them. nom's own errors
//! forget what `opt` and `many` tried, so expectations are noted here, at the furthest token.

use std::cell::{Cell, RefCell};

use nom::error::{ErrorKind, ParseError};

use crate::diagnostic::Diagnostic;
use crate::lexer::{Token, TokenKind};
use crate::span::Span;

/// How deep expressions and brackets may nest.
pub const MAX_DEPTH: u16 = 100;

/// The result of a rule.
pub type Parsed<'t, T> = nom::IResult<Cursor<'t>, T, Stop>;

/// A rule that did not fit. What was expected is in the cursor's notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

impl<'t> ParseError<Cursor<'t>> for Stop {
    fn from_error_kind(_: Cursor<'t>, _: ErrorKind) -> Self {
        Stop
    }

    fn append(_: Cursor<'t>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// What all cursors of one query share.
#[derive(Debug)]
pub struct Notes<'t> {
    /// The text.
    pub text: &'t str,
    /// Its tokens; the last is `End`.
    pub tokens: &'t [Token],
    furthest: RefCell<(usize, Vec<&'static str>)>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// How often a cursor went on: what reading costs.
    steps: Cell<usize>,
    /// The brackets open before a token, as far as they were looked for last.
    open: RefCell<(usize, Vec<usize>)>,
    /// The longest chain of steps (`a + b + c`, `a.b.c`) down any path of the expressions read since it was set.
    tallest: Cell<u16>,
}

impl<'t> Notes<'t> {
    /// Starts notes on a text.
    pub fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self {
            text,
            tokens,
            furthest: RefCell::default(),
            diagnostics: RefCell::default(),
            steps: Cell::default(),
            open: RefCell::default(),
            tallest: Cell::default(),
        }
    }

    /// Returns how many tokens were gone over, those that were read again among them.
    pub fn steps(&self) -> usize {
        self.steps.get()
    }

    /// Returns what was found wrong.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }
}

/// The height of a chain of steps so far, and that of what was read before it.
#[derive(Debug)]
pub struct Chain {
    before: u16,
    height: u16,
}

/// A position in the tokens; copying it is how the parser looks ahead.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'t> {
    notes: &'t Notes<'t>,
    at: usize,
    depth: u16,
}

impl<'t> Cursor<'t> {
    /// Stands before the first token.
    pub fn new(notes: &'t Notes<'t>) -> Self {
        Self { notes, at: 0, depth: 0 }
    }

    /// Returns the token here.
    pub fn token(self) -> &'t Token {
        static END: Token = Token { kind: TokenKind::End, span: Span { start: 0, end: 0 }, glued: false };
        self.notes.tokens.get(self.at).or(self.notes.tokens.last()).unwrap_or(&END)
    }

    /// Returns the index of the token here.
    pub fn position(self) -> usize {
        self.at
    }

    /// Returns where the token here stands.
    pub fn span(self) -> Span {
        self.token().span
    }

    /// Returns where the token before stands.
    pub fn last_span(self) -> Span {
        self.at.checked_sub(1).and_then(|i| self.notes.tokens.get(i)).map_or(Span::default(), |t| t.span)
    }

    /// Returns the span from an earlier token to the one before this.
    pub fn since(self, start: Cursor) -> Span {
        start.span().to(Span::new(start.span().start, self.last_span().end.max(start.span().start)))
    }

    /// Returns the text of the token here.
    pub fn text(self) -> &'t str {
        self.span().of(self.notes.text)
    }

    /// Returns the text of the whole query.
    pub fn source(self) -> &'t str {
        self.notes.text
    }

    /// Goes one token on; never past the end.
    pub fn next(self) -> Self {
        self.notes.steps.set(self.notes.steps.get() + 1);
        let last = self.notes.tokens.len().saturating_sub(1);
        Self { at: (self.at + 1).min(last), ..self }
    }

    /// Goes to a token by its index.
    pub fn jump(self, at: usize) -> Self {
        Self { at: at.min(self.notes.tokens.len().saturating_sub(1)), ..self }
    }

    /// Tells whether the query ends here.
    pub fn at_end(self) -> bool {
        self.token().kind == TokenKind::End
    }

    /// Tells whether this word stands here.
    pub fn is_word(self, word: &str) -> bool {
        self.token().kind == TokenKind::Word && self.text() == word
    }

    /// Tells whether this symbol stands here.
    pub fn is(self, symbol: &str) -> bool {
        matches!(self.token().kind, TokenKind::Symbol(s) if s == symbol)
    }

    /// Notes what would have fitted here, and stops.
    pub fn expected<T>(self, what: &'static str) -> Parsed<'t, T> {
        let mut furthest = self.notes.furthest.borrow_mut();
        if self.at > furthest.0 || furthest.1.is_empty() {
            *furthest = (self.at, vec![what]);
        } else if self.at == furthest.0 && !furthest.1.contains(&what) {
            furthest.1.push(what);
        }
        Err(nom::Err::Error(Stop))
    }

    /// Takes a symbol.
    pub fn symbol(self, symbol: &'static str) -> Parsed<'t, Span> {
        match self.is(symbol) {
            true => Ok((self.next(), self.span())),
            false => self.expected(symbol),
        }
    }

    /// Takes a word.
    pub fn word(self, word: &'static str) -> Parsed<'t, Span> {
        match self.is_word(word) {
            true => Ok((self.next(), self.span())),
            false => self.expected(word),
        }
    }

    /// Takes a symbol if it stands here.
    pub fn eat(self, symbol: &str) -> Option<Self> {
        self.is(symbol).then(|| self.next())
    }

    /// Takes a word if it stands here.
    pub fn eat_word(self, word: &str) -> Option<Self> {
        self.is_word(word).then(|| self.next())
    }

    /// Returns the bracket that is open here. Brackets are gone over once, however many errors ask.
    pub fn innermost_open(self) -> Option<Self> {
        let mut known = self.notes.open.borrow_mut();
        let (from, open) = &mut *known;
        if *from > self.at {
            (*from, *open) = (0, Vec::new());
        }
        for (at, token) in self.notes.tokens.iter().enumerate().take(self.at).skip(*from) {
            self.notes.steps.set(self.notes.steps.get() + 1);
            match token.kind {
                TokenKind::Symbol("(" | "[" | "{") => open.push(at),
                TokenKind::Symbol(")" | "]" | "}") => {
                    open.pop();
                }
                _ => {}
            }
        }
        *from = self.at;
        open.last().map(|at| self.jump(*at))
    }

    /// Goes one bracket deeper; refuses to go deeper than [`MAX_DEPTH`].
    pub fn deeper(self) -> Parsed<'t, ()> {
        self.deeper_by(1)
    }

    /// Enters an operator of a pipeline. One that stands within brackets counts as several of them: its rules
    /// take more of the stack, here and wherever the tree is walked.
    pub fn into_operator(self) -> Parsed<'t, ()> {
        self.deeper_by(if self.depth == 0 { 0 } else { 4 })
    }

    fn deeper_by(self, levels: u16) -> Parsed<'t, ()> {
        let depth = self.depth + levels;
        if depth > MAX_DEPTH { self.too_deep() } else { Ok((Self { depth, ..self }, ())) }
    }

    fn too_deep<T>(self) -> Parsed<'t, T> {
        let message = format!("the query nests deeper than {MAX_DEPTH} levels");
        self.report(Diagnostic::error("too-deep", self.span(), message).help("split it with `let`"));
        Err(nom::Err::Failure(Stop))
    }

    /// Begins a chain of steps such as `a + b + c` or `a.b.c`. Each step makes the tree one level higher without
    /// any bracket, so steps are counted too: the tree is walked recursively later.
    pub fn chain(self) -> Chain {
        Chain { before: self.notes.tallest.replace(0), height: 0 }
    }

    /// Counts a step of a chain, whose parts have just been read; refuses more than [`MAX_DEPTH`] down one path.
    pub fn step(self, chain: &mut Chain) -> Parsed<'t, ()> {
        chain.height = chain.height.max(self.notes.tallest.replace(0)) + 1;
        if chain.height > MAX_DEPTH { self.too_deep() } else { Ok((self, ())) }
    }

    /// Ends a chain.
    pub fn end_chain(self, chain: Chain) {
        let height = chain.height.max(self.notes.tallest.get());
        self.notes.tallest.set(chain.before.max(height));
    }

    /// Comes back to the depth of another cursor.
    pub fn at_depth_of(self, other: Cursor) -> Self {
        Self { depth: other.depth, ..self }
    }

    /// Notes a finding.
    pub fn report(self, diagnostic: Diagnostic) {
        self.notes.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Counts the findings so far.
    pub fn reported(self) -> usize {
        self.notes.diagnostics.borrow().len()
    }

    /// Returns the furthest token a rule failed at, and what was expected there.
    pub fn furthest(self) -> (usize, Vec<&'static str>) {
        self.notes.furthest.borrow().clone()
    }

    /// Forgets what was expected: a new statement or operator begins.
    pub fn forget(self) {
        *self.notes.furthest.borrow_mut() = (self.at, Vec::new());
    }
}
