//! The connected components of a graph.

use arrow::array::Int64Array;

use super::Graph;

/// Nodes that some path connects, whichever way its edges lead. Parts are numbered as their first nodes come.
pub(super) fn weak(graph: &Graph) -> Int64Array {
    let mut parent: Vec<u32> = (0_u32..).take(graph.nodes.num_rows()).collect();
    for (from, to) in graph.source.iter().zip(&graph.target) {
        let (a, b) = (root(&mut parent, *from), root(&mut parent, *to));
        // The smaller number is the root, so that trees stay flat enough with halving.
        parent[a.max(b) as usize] = a.min(b);
    }
    let roots: Vec<u32> = (0_u32..).take(parent.len()).map(|node| root(&mut parent, node)).collect();
    numbered(&roots)
}

/// The root of a node's tree; the way to it gets shorter.
fn root(parent: &mut [u32], node: u32) -> u32 {
    let mut at = node as usize;
    while parent[at] as usize != at {
        parent[at] = parent[parent[at] as usize];
        at = parent[at] as usize;
    }
    u32::try_from(at).unwrap_or(node)
}

/// Nodes that lead to each other along the directions of edges (Tarjan's algorithm, without recursion).
pub(super) fn strong(graph: &Graph) -> Int64Array {
    const NEW: u32 = u32::MAX;
    let count = graph.nodes.num_rows();
    let (mut met, mut low, mut part) = (vec![NEW; count], vec![NEW; count], vec![NEW; count]);
    let (mut next, mut open) = (0_u32, Vec::<u32>::new());
    for start in (0_u32..).take(count) {
        if met[start as usize] != NEW {
            continue;
        }
        // Each node on its way with the number of its edges that are done.
        let mut way = vec![(start, 0_usize)];
        while let Some((node, done)) = way.pop() {
            let at = node as usize;
            if done == 0 {
                (met[at], low[at]) = (next, next);
                next += 1;
                open.push(node);
            }
            let edges = graph.leaving.at(node);
            if let Some(edge) = edges.get(done) {
                let to = graph.target[*edge as usize];
                way.push((node, done + 1));
                if met[to as usize] == NEW {
                    way.push((to, 0));
                } else if part[to as usize] == NEW {
                    low[at] = low[at].min(met[to as usize]);
                }
                continue;
            }
            if low[at] == met[at] {
                while let Some(member) = open.pop() {
                    part[member as usize] = node;
                    if member == node {
                        break;
                    }
                }
            }
            if let Some((above, _)) = way.last() {
                let above = *above as usize;
                low[above] = low[above].min(low[at]);
            }
        }
    }
    numbered(&part)
}

/// Numbers parts from 0 in the order of their first nodes.
fn numbered(parts: &[u32]) -> Int64Array {
    let mut numbers = std::collections::HashMap::new();
    let ids = parts.iter().map(|part| {
        let next = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
        *numbers.entry(*part).or_insert(next)
    });
    ids.collect()
}
