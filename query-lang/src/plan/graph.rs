//! What the graph operators are besides their relations.
//!
//! A graph is two relations: nodes (the first column is the key) and edges (the first two columns are the keys of
//! their source and target). Columns are counted from 0 in each.

/// A search for a pattern in a graph; the inputs are nodes and edges.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSearch {
    /// Which of the places where the pattern fits come out.
    pub kind: GraphSearchKind,
    /// How many nodes the pattern names or not.
    pub nodes: usize,
    /// How many edges it has.
    pub edges: usize,
    /// Its paths, each connected with one before it.
    pub paths: Vec<PatternPath>,
    /// Nodes of the pattern with a bool column of the nodes that must be true.
    pub node_tests: Vec<(usize, usize)>,
    /// Edges of the pattern with a bool column of the edges that must be true, for each edge of a variable length.
    pub edge_tests: Vec<(usize, usize)>,
    /// The same for the nodes between those edges, and a column of the nodes.
    pub inner_tests: Vec<(usize, usize)>,
    /// The columns.
    pub outputs: Vec<GraphOutput>,
}

/// Which places come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphSearchKind {
    /// `graph-match`: all of them.
    Match(Cycles),
    /// `graph-shortest-paths`: a shortest one for each pair of first and last node, or all the shortest.
    Shortest {
        /// All of them.
        all: bool,
    },
}

/// Whether the parts of a match may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycles {
    /// Everything may.
    All,
    /// Nodes may, edges may not.
    UniqueEdges,
    /// Nothing may.
    None,
}

/// A path of a pattern: a node, then edges with nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternPath {
    /// The first node.
    pub start: usize,
    /// What follows.
    pub hops: Vec<Hop>,
}

/// An edge of a pattern and the node behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The edge.
    pub edge: usize,
    /// Which way it leads.
    pub direction: Direction,
    /// How many edges it stands for at least.
    pub least: u32,
    /// And at most.
    pub most: u32,
    /// The node.
    pub to: usize,
}

/// Which way an edge of a pattern leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `-->`
    Forward,
    /// `<--`
    Backward,
    /// `--`
    Either,
}

/// A column of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphOutput {
    /// A column of a node.
    Node {
        /// The node of the pattern.
        node: usize,
        /// The column.
        column: usize,
    },
    /// A column of an edge.
    Edge {
        /// The edge of the pattern.
        edge: usize,
        /// The column.
        column: usize,
    },
    /// A column of all the edges that one of the pattern stands for.
    Edges {
        /// The edge of the pattern.
        edge: usize,
        /// The column.
        column: usize,
        /// What becomes of the values.
        fold: Fold,
    },
    /// A column of the nodes between those edges.
    InnerNodes {
        /// The edge of the pattern.
        edge: usize,
        /// The column.
        column: usize,
        /// What becomes of the values.
        fold: Fold,
    },
    /// How many edges a node has.
    Degree {
        /// The node of the pattern.
        node: usize,
        /// Those that lead to it, not from it.
        incoming: bool,
    },
}

/// What becomes of the values along a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their array. The column holds each as an array of one.
    List,
    /// Whether all are true.
    All,
    /// Whether any is.
    Any,
}
