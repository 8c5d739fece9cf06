//! All places where a pattern fits, by walking on from node to node.

use std::collections::HashSet;

use datafusion::common::Result as DfResult;
use rehunt_lang::plan::{Cycles, Direction, GraphSearch, Hop};

use super::found::{Found, Place};
use super::{Graph, Tests};

/// Finds all places; stops early when nobody reads them.
pub(super) fn all(graph: &Graph, spec: &GraphSearch, tests: &Tests, cycles: Cycles, found: &mut Found) -> DfResult<()> {
    let mut walk = Walk {
        graph,
        spec,
        tests,
        cycles,
        found,
        nodes: vec![None; spec.nodes],
        edges: vec![Vec::new(); spec.edges],
        walked: HashSet::new(),
        visited: HashSet::new(),
    };
    walk.path(0).map(|_| ())
}

/// A walk through the graph. Its functions tell whether to go on: false once nobody reads any more.
struct Walk<'a, 'g> {
    graph: &'a Graph,
    spec: &'a GraphSearch,
    tests: &'a Tests,
    cycles: Cycles,
    found: &'a mut Found<'g>,
    nodes: Vec<Option<u32>>,
    edges: Vec<Vec<(u32, bool)>>,
    walked: HashSet<u32>,
    visited: HashSet<u32>,
}

impl Walk<'_, '_> {
    /// Walks the paths of the pattern from this one on.
    fn path(&mut self, path: usize) -> DfResult<bool> {
        let Some(pattern) = self.spec.paths.get(path) else {
            return self.found.add(&Place { nodes: &self.nodes, edges: &self.edges });
        };
        if let Some(node) = self.nodes[pattern.start] {
            return self.hop(path, 0, node);
        }
        let count = u32::try_from(self.graph.nodes.num_rows()).unwrap_or(u32::MAX);
        for node in 0..count {
            if !self.found.wanted() {
                return Ok(false);
            }
            if !self.tests.node(pattern.start, node) || self.cycles == Cycles::None && !self.visited.insert(node) {
                continue;
            }
            self.nodes[pattern.start] = Some(node);
            let go_on = self.hop(path, 0, node)?;
            self.nodes[pattern.start] = None;
            self.visited.remove(&node);
            if !go_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Walks the edges of a path from this one on.
    fn hop(&mut self, path: usize, hop: usize, at: u32) -> DfResult<bool> {
        match self.spec.paths[path].hops.get(hop).copied() {
            Some(edge) => self.along(path, hop, edge, at),
            None => self.path(path + 1),
        }
    }

    /// Walks on along an edge of the pattern, of which some edges are behind.
    fn along(&mut self, path: usize, hop: usize, edge: Hop, at: u32) -> DfResult<bool> {
        if !self.found.wanted() {
            return Ok(false);
        }
        let behind = u32::try_from(self.edges[edge.edge].len()).unwrap_or(u32::MAX);
        if behind >= edge.least && !self.arrive(path, hop, edge, at)? {
            return Ok(false);
        }
        if behind >= edge.most || behind > 0 && !self.tests.inner(edge.edge, at) {
            return Ok(true);
        }
        let graph = self.graph;
        let leaving = if edge.direction == Direction::Backward { &[] } else { graph.leaving.at(at) };
        let reaching = if edge.direction == Direction::Forward { &[] } else { graph.reaching.at(at) };
        // An edge from a node to itself is met in both lists.
        let back = reaching.iter().filter(|e| leaving.is_empty() || graph.source[**e as usize] != at);
        for (next, forward) in leaving.iter().map(|e| (*e, true)).chain(back.map(|e| (*e, false))) {
            let to = if forward { graph.target[next as usize] } else { graph.source[next as usize] };
            if !self.step(path, hop, edge, next, forward, to)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn step(&mut self, path: usize, hop: usize, edge: Hop, next: u32, forward: bool, to: u32) -> DfResult<bool> {
        let fresh_edge = self.cycles == Cycles::All || self.walked.insert(next);
        if !fresh_edge {
            return Ok(true);
        }
        let fresh_node = self.cycles != Cycles::None || self.visited.insert(to);
        let mut go_on = true;
        if fresh_node && self.tests.edge(edge.edge, next) {
            self.edges[edge.edge].push((next, forward));
            go_on = self.along(path, hop, edge, to)?;
            self.edges[edge.edge].pop();
        }
        if fresh_node {
            self.visited.remove(&to);
        }
        self.walked.remove(&next);
        Ok(go_on)
    }

    /// Takes the node at hand as the one behind an edge of the pattern.
    fn arrive(&mut self, path: usize, hop: usize, edge: Hop, at: u32) -> DfResult<bool> {
        match self.nodes[edge.to] {
            Some(node) if node == at => self.hop(path, hop + 1, at),
            Some(_) => Ok(true),
            None if self.tests.node(edge.to, at) => {
                self.nodes[edge.to] = Some(at);
                let go_on = self.hop(path, hop + 1, at);
                self.nodes[edge.to] = None;
                go_on
            }
            None => Ok(true),
        }
    }
}
