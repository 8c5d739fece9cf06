//! Patterns of graphs: `(a)-[e]->(b)<-[f*1..3]-(c), (b)--(d)`.
//! learn.microsoft.com/kusto/query/graph-match-operator

use super::graph_match::Shape;
use crate::bind::Binder;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::expr::ast::Name;
use crate::expr::parse::{close, separated};
use crate::lexer::TokenKind;
use crate::name;
use crate::plan::{Direction, Hop, PatternPath};
use crate::span::Span;
use crate::types::Value;

/// How many edges a pattern may stand for, those of variable length at their longest: the search keeps a place of its
/// stack for each.
const LONGEST: u32 = 500;

/// A pattern as written.
#[derive(Debug)]
pub(super) struct Pattern {
    paths: Vec<Path>,
    span: Span,
}

#[derive(Debug)]
struct Path {
    start: Option<Name>,
    hops: Vec<(Edge, Option<Name>)>,
    span: Span,
}

#[derive(Debug)]
struct Edge {
    name: Option<Name>,
    direction: Direction,
    /// `*least..most`
    length: Option<(u32, u32)>,
    span: Span,
}

/// Paths with commas between.
pub(super) fn pattern(c: Cursor) -> Parsed<Pattern> {
    let (after, paths) = separated(c, path)?;
    Ok((after, Pattern { paths, span: after.since(c) }))
}

fn path(c: Cursor) -> Parsed<Path> {
    let (mut at, start) = node(c)?;
    let mut hops = Vec::new();
    while at.is("-") || at.is("<") {
        let (after, edge) = edge(at)?;
        let (after, to) = node(after)?;
        hops.push((edge, to));
        at = after;
    }
    let _ = at.symbol("-");
    Ok((at, Path { start, hops, span: at.since(c) }))
}

/// `(name)` or `()`
fn node(c: Cursor) -> Parsed<Option<Name>> {
    let (at, open) = c.symbol("(")?;
    let (at, name) = match at.is(")") {
        true => (at, None),
        false => name::declaration(at).map(|(after, name)| (after, Some(name)))?,
    };
    let (after, _) = close(at, ")", open)?;
    Ok((after, name))
}

/// `-[e]->`, `<-[e]-`, `-[e*1..3]-`, `-->`, `<--`, `--`
fn edge(c: Cursor) -> Parsed<Edge> {
    let backward = c.eat("<");
    let (at, _) = backward.unwrap_or(c).symbol("-")?;
    let (at, (name, length)) = match at.eat("[") {
        Some(inside) => {
            let (inside, name) = match inside.is("*") || inside.is("]") {
                true => (inside, None),
                false => name::declaration(inside).map(|(after, name)| (after, Some(name)))?,
            };
            let (inside, length) = match inside.eat("*") {
                Some(after) => length(after).map(|(after, length)| (after, Some(length)))?,
                None => (inside, None),
            };
            let (after, _) = close(inside, "]", at.span())?;
            (after, (name, length))
        }
        None => (at, (None, None)),
    };
    let (at, _) = at.symbol("-")?;
    let (after, direction) = match (backward, at.eat(">")) {
        (Some(_), _) => (at, Direction::Backward),
        (None, Some(after)) => (after, Direction::Forward),
        (None, None) => (at, Direction::Either),
    };
    Ok((after, Edge { name, direction, length, span: after.since(c) }))
}

/// `least..most`
fn length(c: Cursor) -> Parsed<(u32, u32)> {
    let (at, least) = number(c)?;
    let (at, _) = at.symbol("..")?;
    let (after, most) = number(at)?;
    Ok((after, (least, most)))
}

fn number(c: Cursor) -> Parsed<u32> {
    match &c.token().kind {
        TokenKind::Number(Value::Long(n)) => match u32::try_from(*n) {
            Ok(n) => Ok((c.next(), n)),
            Err(_) => c.expected("a number of edges"),
        },
        _ => c.expected("a number of edges"),
    }
}

impl Pattern {
    /// Numbers the parts; nothing after an error. Paths are put in an order in which each is connected with those
    /// before it.
    pub(super) fn shape(&self, shortest: bool, binder: &mut Binder) -> Option<Shape> {
        let mut shape = Shape {
            node_names: Vec::new(),
            edge_names: Vec::new(),
            variable: Vec::new(),
            nodes: 0,
            edges: 0,
            paths: Vec::new(),
        };
        for path in &self.paths {
            let start = shape.node(path.start.as_ref(), binder)?;
            let mut hops = Vec::with_capacity(path.hops.len());
            for (edge, to) in &path.hops {
                let number = shape.edge(edge, binder)?;
                let to = shape.node(to.as_ref(), binder)?;
                let (least, most) = edge.length.unwrap_or((1, 1));
                hops.push(Hop { edge: number, direction: edge.direction, least, most, to });
            }
            shape.paths.push(PatternPath { start, hops });
        }
        let hops = shape.paths.iter().flat_map(|p| &p.hops);
        if hops.fold(0_u32, |sum, hop| sum.saturating_add(hop.most)) > LONGEST {
            let message = format!("a pattern of more than {LONGEST} edges");
            binder.report(unsupported(self.span, message));
            return None;
        }
        if shortest && (self.paths.len() > 1 || shape.variable.is_empty()) {
            let message = "`graph-shortest-paths` needs one path with an edge of variable length";
            binder.report(Diagnostic::error("graph-pattern", self.span, message));
            return None;
        }
        match connected(&mut shape.paths) {
            None => Some(shape),
            Some(lost) => {
                let span = self.paths.get(lost).map_or(self.span, |path| path.span);
                let error =
                    Diagnostic::error("graph-pattern", span, "a path of the pattern is not connected with the others");
                binder.report(error.help("name a node of it as in another path"));
                None
            }
        }
    }
}

impl Shape {
    fn node(&mut self, name: Option<&Name>, binder: &mut Binder) -> Option<usize> {
        if let Some(name) = name {
            if self.edge_names.iter().any(|(own, _)| *own == name.text) {
                binder.report(both(name));
                return None;
            }
            if let Some((_, known)) = self.node_names.iter().find(|(own, _)| *own == name.text) {
                return Some(*known);
            }
            self.node_names.push((name.text.clone(), self.nodes));
        }
        self.nodes += 1;
        Some(self.nodes - 1)
    }

    fn edge(&mut self, edge: &Edge, binder: &mut Binder) -> Option<usize> {
        if let Some(name) = &edge.name {
            if self.node_names.iter().any(|(own, _)| *own == name.text) {
                binder.report(both(name));
                return None;
            }
            if self.edge_names.iter().any(|(own, _)| *own == name.text) {
                let message = format!("two edges of the pattern are named `{}`", name.text);
                binder.report(Diagnostic::error("graph-pattern", name.span, message));
                return None;
            }
            self.edge_names.push((name.text.clone(), self.edges));
        }
        if let Some((least, most)) = edge.length {
            if least > most {
                let message = format!("an edge cannot stand for {least} to {most} edges");
                binder.report(Diagnostic::error("graph-pattern", edge.span, message));
                return None;
            }
            self.variable.push(self.edges);
        }
        self.edges += 1;
        Some(self.edges - 1)
    }
}

fn both(name: &Name) -> Diagnostic {
    let message = format!("`{}` is a node and an edge of the pattern", name.text);
    Diagnostic::error("graph-pattern", name.span, message)
}

/// Orders paths so that each begins at a node of those before it, turned around where its end is such a node; returns
/// the number of one that has none.
fn connected(paths: &mut Vec<PatternPath>) -> Option<usize> {
    let mut rest: Vec<(usize, PatternPath)> = std::mem::take(paths).into_iter().enumerate().collect();
    let mut known: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        let at = if known.is_empty() {
            Some(0)
        } else {
            let meets = |(_, p): &(usize, PatternPath)| nodes(p).any(|n| known.contains(&n));
            rest.iter().position(meets)
        };
        let Some(at) = at else { return rest.first().map(|(n, _)| *n) };
        let (_, path) = rest.remove(at);
        known.extend(nodes(&path));
        // A path met in its middle is walked from its start: all nodes are tried there.
        let turn = !paths.is_empty() && !met_before(paths, path.start);
        paths.push(if turn { turned(path) } else { path });
    }
    None
}

fn nodes(path: &PatternPath) -> impl Iterator<Item = usize> + '_ {
    std::iter::once(path.start).chain(path.hops.iter().map(|h| h.to))
}

fn met_before(paths: &[PatternPath], node: usize) -> bool {
    paths.iter().any(|p| nodes(p).any(|n| n == node))
}

/// The same path from its end. Edges of variable length would be listed backwards: it stays as it is with one.
fn turned(path: PatternPath) -> PatternPath {
    if path.hops.iter().any(|h| (h.least, h.most) != (1, 1)) {
        return path;
    }
    let mut hops = Vec::with_capacity(path.hops.len());
    let mut start = path.start;
    let mut froms = Vec::with_capacity(path.hops.len());
    for hop in &path.hops {
        froms.push(start);
        start = hop.to;
    }
    for (hop, from) in path.hops.iter().zip(froms).rev() {
        let direction = match hop.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
            Direction::Either => Direction::Either,
        };
        hops.push(Hop { direction, to: from, ..*hop });
    }
    PatternPath { start, hops }
}
