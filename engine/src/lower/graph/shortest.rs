//! Shortest paths between the nodes that a pattern connects: breadth first from each source, layer by layer, then back
//! along the ways that led to a target.

use std::collections::{HashMap, HashSet};

use datafusion::common::Result as DfResult;
use rehunt_lang::plan::{Direction, GraphSearch, Hop};

use super::found::{Found, Place};
use super::{Graph, Tests};

/// One step of a way, read backwards: the hop it belongs to, the edge walked and whether along its direction (nothing
/// on arrival at a place of the pattern), and the node stepped to.
type Stage = (usize, Option<(u32, bool)>, u32);

/// Where a walk stands: at a node, on an edge of the pattern of which some edges are behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    node: u32,
    hop: usize,
    behind: u32,
}

/// How a state was reached.
#[derive(Clone, Copy, Debug)]
enum From {
    /// Along an edge, from a state of the layer before.
    Edge { state: usize, edge: u32, forward: bool },
    /// By taking the node as the one behind an edge of the pattern, from a state of the same layer.
    Arrival { state: usize },
}

/// The states reached by so many edges.
#[derive(Default)]
struct Layer {
    numbers: HashMap<State, usize>,
    states: Vec<State>,
    from: Vec<Vec<From>>,
}

/// Finds a shortest path for each pair of first and last node, or all the shortest.
pub(super) fn all(graph: &Graph, spec: &GraphSearch, tests: &Tests, every: bool, found: &mut Found) -> DfResult<()> {
    let Some(path) = spec.paths.first() else { return Ok(()) };
    let count = u32::try_from(graph.nodes.num_rows()).unwrap_or(u32::MAX);
    for source in 0..count {
        if !tests.node(path.start, source) {
            continue;
        }
        let mut search = Search { graph, spec, hops: &path.hops, start: path.start, tests, source, every, found };
        if !search.run()? {
            return Ok(());
        }
    }
    Ok(())
}

/// The search from one source. Functions tell whether to go on: false once nobody reads any more.
struct Search<'a, 'g> {
    graph: &'a Graph,
    spec: &'a GraphSearch,
    hops: &'a [Hop],
    start: usize,
    tests: &'a Tests,
    source: u32,
    every: bool,
    found: &'a mut Found<'g>,
}

impl Search<'_, '_> {
    fn run(&mut self) -> DfResult<bool> {
        let longest: u32 = self.hops.iter().map(|h| h.most).sum();
        // Where no edge must stand for two or more, a state met before is reached on a shorter way already.
        let prune = self.hops.iter().all(|h| h.least <= 1);
        let mut seen: HashSet<State> = HashSet::new();
        let mut done: HashSet<u32> = HashSet::new();
        let mut layers = vec![Layer::default()];
        self.reach(&mut layers, 0, State { node: self.source, hop: 0, behind: 0 }, None);
        for depth in 0..=longest as usize {
            if !self.found.wanted() {
                return Ok(false);
            }
            let ends: Vec<usize> =
                (0..layers[depth].states.len()).filter(|at| layers[depth].states[*at].hop == self.hops.len()).collect();
            for end in ends {
                let target = layers[depth].states[end].node;
                if done.contains(&target) {
                    continue;
                }
                let mut way = Vec::new();
                match self.back(&layers, depth, end, &mut way)? {
                    None => return Ok(false),
                    Some(0) => {}
                    Some(_) => _ = done.insert(target),
                }
            }
            if prune {
                seen.extend(layers[depth].states.iter().map(|s| saturated(*s)));
            }
            layers.push(Layer::default());
            for at in 0..layers[depth].states.len() {
                let state = layers[depth].states[at];
                self.walk_on(&mut layers, depth, at, state, if prune { Some(&seen) } else { None });
            }
            if layers[depth + 1].states.is_empty() {
                break;
            }
        }
        Ok(true)
    }

    /// Goes along every edge from a state.
    fn walk_on(&self, layers: &mut [Layer], depth: usize, at: usize, state: State, seen: Option<&HashSet<State>>) {
        let Some(hop) = self.hops.get(state.hop) else { return };
        if state.behind >= hop.most || state.behind > 0 && !self.tests.inner(hop.edge, state.node) {
            return;
        }
        let leaving: &[u32] =
            if hop.direction == Direction::Backward { &[] } else { self.graph.leaving.at(state.node) };
        let reaching: &[u32] =
            if hop.direction == Direction::Forward { &[] } else { self.graph.reaching.at(state.node) };
        for (edge, forward) in leaving.iter().map(|e| (*e, true)).chain(reaching.iter().map(|e| (*e, false))) {
            if !self.tests.edge(hop.edge, edge) {
                continue;
            }
            let node = if forward { self.graph.target[edge as usize] } else { self.graph.source[edge as usize] };
            let next = State { node, behind: state.behind + 1, ..state };
            if seen.is_some_and(|seen| seen.contains(&saturated(next))) {
                continue;
            }
            self.reach(layers, depth + 1, next, Some(From::Edge { state: at, edge, forward }));
        }
    }

    /// Notes that a state is reached, and those that follow without an edge.
    fn reach(&self, layers: &mut [Layer], depth: usize, state: State, from: Option<From>) {
        let layer = &mut layers[depth];
        let fresh = layer.states.len();
        let at = *layer.numbers.entry(state).or_insert(fresh);
        if at == fresh {
            layer.states.push(state);
            layer.from.push(Vec::new());
        }
        layer.from[at].extend(from);
        if at != fresh {
            return;
        }
        let Some(hop) = self.hops.get(state.hop) else { return };
        let closes = hop.to != self.start || state.node == self.source;
        if state.behind >= hop.least && closes && self.tests.node(hop.to, state.node) {
            let next = State { node: state.node, hop: state.hop + 1, behind: 0 };
            self.reach(layers, depth, next, Some(From::Arrival { state: at }));
        }
    }

    /// Walks back from a state to the source and adds the ways; how many, or nothing once nobody reads any more.
    fn back(&mut self, layers: &[Layer], depth: usize, at: usize, way: &mut Vec<Stage>) -> DfResult<Option<usize>> {
        let state = layers[depth].states[at];
        let mut added = 0;
        if depth == 0 && state.hop == 0 {
            return Ok(match self.add(way)? {
                Added::Place => Some(1),
                Added::Nothing => Some(0),
                Added::Unwanted => None,
            });
        }
        for from in &layers[depth].from[at] {
            let (before, step) = match *from {
                From::Edge { state: before, edge, forward } => {
                    if way.iter().any(|(_, walked, _)| walked.is_some_and(|(e, _)| e == edge)) {
                        continue;
                    }
                    ((depth - 1, before), (state.hop, Some((edge, forward)), state.node))
                }
                From::Arrival { state: before } => ((depth, before), (state.hop - 1, None, state.node)),
            };
            way.push(step);
            let more = self.back(layers, before.0, before.1, way)?;
            way.pop();
            match more {
                None => return Ok(None),
                Some(more) => added += more,
            }
            if added > 0 && !self.every {
                break;
            }
        }
        Ok(Some(added))
    }

    /// Adds a way, which is in reverse, unless a node of the pattern would be two of the graph.
    fn add(&mut self, way: &[Stage]) -> DfResult<Added> {
        let mut nodes = vec![None; self.spec.nodes];
        let mut edges = vec![Vec::new(); self.spec.edges];
        nodes[self.start] = Some(self.source);
        for (hop, edge, node) in way.iter().rev() {
            let Some(hop) = self.hops.get(*hop) else { continue };
            match edge {
                Some(edge) => edges[hop.edge].push(*edge),
                None if nodes[hop.to].is_none_or(|known| known == *node) => nodes[hop.to] = Some(*node),
                None => return Ok(Added::Nothing),
            }
        }
        let fits = self.hops.iter().all(|hop| edges[hop.edge].len() <= hop.most as usize);
        if !fits {
            return Ok(Added::Nothing);
        }
        let wanted = self.found.add(&Place { nodes: &nodes, edges: &edges })?;
        Ok(if wanted { Added::Place } else { Added::Unwanted })
    }
}

enum Added {
    Place,
    Nothing,
    Unwanted,
}

/// A state with all numbers of edges from one on as one.
fn saturated(state: State) -> State {
    State { behind: state.behind.min(1), ..state }
}
