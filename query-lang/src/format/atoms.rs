//! What the layout moves around: tokens, literals such as `datetime(2020-01-01)` and keywords such as `mv-expand` as
//! one, each with the comments at it and its partner where it is a bracket.

use crate::cursor::{Cursor, MAX_DEPTH, Notes};
use crate::lexer::{Token, TokenKind, tokens};
use crate::operators::{is_operator, is_source};
use crate::span::Span;
use crate::types::Type;

use super::space;

/// What an atom is, as far as the layout cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// The keyword of an operator, hyphens included.
    Keyword,
    /// A number, a string, `datetime(...)` and its kin.
    Literal,
    /// An opening bracket; the index of its partner.
    Open(usize),
    /// A closing bracket; the index of its partner.
    Close(usize),
    /// Any other sign.
    Sign,
    /// The end of the text.
    End,
}

/// A comment on lines of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    pub span: Span,
    /// Whether a blank line stands before it.
    pub apart: bool,
}

/// A piece that is never broken.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub kind: Kind,
    pub span: Span,
    /// Whether it followed what stands before it without a blank.
    pub glued: bool,
    /// Whether a blank stands before it when both are on one line.
    pub spaced: bool,
    /// Whether a blank line stands before it.
    pub apart: bool,
    /// Whether a statement begins here without a `;` before.
    pub begins: bool,
    /// For an opening bracket: whether it holds statements or a pipeline, which never go on one line.
    pub block: bool,
    /// The comments on lines of their own before it.
    pub own: Vec<Comment>,
    /// The comment behind it on its line.
    pub trailing: Option<Span>,
}

/// Takes a text apart; nothing where its brackets do not match, or a string has no end: it would swallow what is put
/// behind it. Both are errors, except in what is not built yet.
pub(super) fn atoms(text: &str, starts: &[usize]) -> Option<Vec<Atom>> {
    let (all, comments) = tokens(text);
    if all.iter().any(|token| token.kind == TokenKind::OpenText) {
        return None;
    }
    let mut atoms = pieces(text, &all);
    attach(text, &comments, &mut atoms);
    for atom in &mut atoms {
        atom.begins = starts.binary_search(&atom.span.start).is_ok();
    }
    pair(text, &mut atoms)?;
    space::decide(text, &mut atoms);
    Some(atoms)
}

/// Joins the tokens of literals and keywords.
fn pieces(text: &str, all: &[Token]) -> Vec<Atom> {
    let notes = Notes::new(text, all);
    let start = Cursor::new(&notes);
    let mut atoms: Vec<Atom> = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let c = start.jump(at);
        let before = atoms.last().map_or("", |a| a.span.of(text));
        let (kind, end) = match &token.kind {
            TokenKind::Word => word(c, before),
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::OpenText => (Kind::Literal, at + 1),
            TokenKind::Symbol("(" | "[" | "{") => (Kind::Open(0), at + 1),
            TokenKind::Symbol(")" | "]" | "}") => (Kind::Close(0), at + 1),
            TokenKind::Symbol(_) | TokenKind::Unknown => (Kind::Sign, at + 1),
            TokenKind::End => (Kind::End, at + 1),
        };
        let last = all.get(end - 1).unwrap_or(token);
        atoms.push(Atom {
            kind,
            span: token.span.to(last.span),
            glued: token.glued,
            spaced: false,
            apart: false,
            begins: false,
            block: false,
            own: Vec::new(),
            trailing: None,
        });
        at = end;
    }
    atoms
}

/// What a word is the beginning of, and the index of the token after that.
fn word(c: Cursor, before: &str) -> (Kind, usize) {
    let mut end = c.next();
    while end.is("-") && end.token().glued && end.next().token().glued && end.next().token().kind == TokenKind::Word {
        end = end.next().next();
    }
    let name = end.since(c).of(c.source());
    if before == "|" {
        return (Kind::Keyword, end.position());
    }
    // `top-nested` has its word again at each level, behind a comma.
    if name == "top-nested" {
        return (Kind::Word, end.position());
    }
    if matches!(before, "" | ";" | "(" | "{" | "=") && is_source(c) {
        return (Kind::Keyword, end.position());
    }
    // A sub-query on rows from around it begins with an operator: `mv-apply x on (top 1 by x)`.
    let goes_on =
        matches!(end.token().kind, TokenKind::Word | TokenKind::Number(_) | TokenKind::Text(_)) || end.is("*");
    if before == "(" && goes_on && is_operator(name) && !crate::expr::parse::is_between_values(end.text()) {
        return (Kind::Keyword, end.position());
    }
    let literal = Type::from_name(c.text()).is_some_and(|ty| !matches!(ty, Type::String | Type::Dynamic));
    match literal.then(|| closed(c.next())).flatten() {
        Some(end) => (Kind::Literal, end),
        None => (Kind::Word, c.next().position()),
    }
}

/// The index behind the bracket that closes the one here, when no comment stands between.
fn closed(c: Cursor) -> Option<usize> {
    let mut at = c.eat("(")?;
    let mut depth = 1_usize;
    while depth > 0 {
        match &at.token().kind {
            TokenKind::End => return None,
            TokenKind::Symbol("(") => depth += 1,
            TokenKind::Symbol(")") => depth -= 1,
            _ => {}
        }
        at = at.next();
    }
    let text = at.since(c).of(c.source());
    (!text.contains("//")).then_some(at.position())
}

/// Gives each comment to the atom it belongs to.
fn attach(text: &str, comments: &[Span], atoms: &mut [Atom]) {
    let mut next = comments.iter().peekable();
    let mut before = 0; // the end of what stands before
    for i in 0..atoms.len() {
        let Some(start) = atoms.get(i).map(|a| a.span.start) else { return };
        let mut own = Vec::new();
        while let Some(comment) = next.next_if(|c| c.start < start) {
            let gap = Span::new(before, comment.start).of(text);
            let behind = i.checked_sub(1).and_then(|i| atoms.get_mut(i)).filter(|_| !gap.contains('\n'));
            match behind {
                Some(atom) if own.is_empty() && atom.trailing.is_none() => atom.trailing = Some(*comment),
                _ => own.push(Comment { span: *comment, apart: is_blank_line(gap) }),
            }
            before = comment.end;
        }
        if let Some(atom) = atoms.get_mut(i) {
            atom.own = own;
            atom.apart = is_blank_line(Span::new(before, start).of(text));
            before = atom.span.end;
        }
    }
}

fn is_blank_line(gap: &str) -> bool {
    gap.matches('\n').count() > 1
}

/// Finds the partner of each bracket, and the brackets that hold a pipeline or statements.
fn pair(text: &str, atoms: &mut [Atom]) -> Option<()> {
    let mut open: Vec<usize> = Vec::new();
    let mut json: Option<usize> = None; // the bracket of `dynamic(`, in which braces are bags
    for i in 0..atoms.len() {
        match (atoms.get(i)?.kind, atoms.get(i)?.span.of(text)) {
            (Kind::Open(_), sign) => {
                let bag = i > 0 && atoms.get(i - 1).is_some_and(|a| a.span.of(text) == "dynamic");
                if bag && json.is_none() {
                    json = Some(i);
                }
                atoms.get_mut(i)?.block = sign == "{" && json.is_none();
                open.push(i);
                if open.len() > usize::from(MAX_DEPTH) {
                    return None; // only where the parser did not look, as in what is not built yet
                }
            }
            (Kind::Close(_), sign) => {
                let partner = open.pop()?;
                let fits = matches!((atoms.get(partner)?.span.of(text), sign), ("(", ")") | ("[", "]") | ("{", "}"));
                if !fits {
                    return None;
                }
                atoms.get_mut(partner)?.kind = Kind::Open(i);
                atoms.get_mut(i)?.kind = Kind::Close(partner);
                json = json.filter(|j| *j != partner);
            }
            (Kind::Sign, "|" | ";") => {
                if let Some(around) = open.last() {
                    atoms.get_mut(*around)?.block = true;
                }
            }
            _ => {}
        }
    }
    open.is_empty().then_some(())
}
