//! Columns that nobody reads: they are left out before a plan is made, since DataFusion takes its time over each.
//!
//! A table of Defender has fifty columns and a hunt reads ten of them. DataFusion drops the others too, but only after
//! every node above the table has named them all.

use std::collections::HashSet;

use rehunt_lang::plan::{Expr, ExprKind, Node, Rel, UnionColumn};
use rehunt_lang::types::{Column, ColumnId};

/// Returns the columns of a relation, and of all below it, that are not needed for those of the relation.
pub(super) fn dead_columns(rel: &Rel) -> HashSet<ColumnId> {
    let mut trace = Trace::default();
    trace.need(&rel.columns);
    // A column may be read after what defines it was seen, where two places have the same ids.
    let mut before = 0;
    while before < trace.live.len() {
        before = trace.live.len();
        trace.visit(rel);
    }
    trace.seen.difference(&trace.live).copied().collect()
}

#[derive(Default)]
struct Trace {
    live: HashSet<ColumnId>,
    seen: HashSet<ColumnId>,
}

impl Trace {
    fn need(&mut self, columns: &[Column]) {
        self.live.extend(columns.iter().map(|c| c.id));
    }

    fn read<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            expr.any(&mut |e| {
                if let ExprKind::Column(id) = e.kind {
                    self.live.insert(id);
                }
                false
            });
        }
    }

    fn visit(&mut self, rel: &Rel) {
        self.seen.extend(rel.columns.iter().map(|c| c.id));
        if let Some(first) = rel.columns.first()
            && !rel.columns.iter().any(|c| self.live.contains(&c.id))
        {
            // Rows are counted by a column.
            self.live.insert(first.id);
        }
        match &rel.node {
            // A path that the lowering puts in the place of a column reads what that column is made of, by the same ids.
            Node::Filter { predicate, .. } => self.read([predicate]),
            Node::Project { exprs, .. } => {
                for (c, expr) in rel.columns.iter().zip(exprs) {
                    if self.live.contains(&c.id) {
                        self.read([expr]);
                    }
                }
            }
            Node::Aggregate { keys, aggregates, .. } => {
                self.read(keys.iter().chain(aggregates.iter().flat_map(|a| a.args.iter().chain(&a.filter))));
            }
            Node::Sort { keys, .. } => self.read(keys.iter().map(|k| &k.expr)),
            Node::Join { on, .. } => self.live.extend(on.iter().flat_map(|pair| [pair.0, pair.1])),
            Node::Union { inputs } => {
                for input in inputs {
                    for (c, from) in rel.columns.iter().zip(&input.columns) {
                        if let UnionColumn::From(id) = from
                            && self.live.contains(&c.id)
                        {
                            self.live.insert(*id);
                        }
                    }
                }
            }
            Node::Expand { items, .. } => self.read(items.iter().map(|i| &i.expr)),
            Node::Parse { input, text, .. } => {
                self.need(&input.columns);
                self.read([text]);
            }
            // These see their inputs as wholes, or run sub-queries that may read any column.
            Node::Apply { .. } | Node::Partition { .. } | Node::Whole { .. } | Node::NotYet { .. } => {
                rel.any(&mut |below| {
                    self.need(&below.columns);
                    false
                });
            }
            Node::Limit { .. }
            | Node::Serialize { .. }
            | Node::Table { .. }
            | Node::Values { .. }
            | Node::Row { .. }
            | Node::Range { .. }
            | Node::External(_)
            | Node::ApplyInput(_)
            | Node::Shared(_) => {}
        }
        rel.inputs(&mut |input| self.visit(input));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    /// The names of the columns of a query's tables that are left.
    fn read(query: &str) -> Vec<String> {
        let mut engine = Engine::new();
        engine.declare_shipped();
        let bound = engine.session().check(query);
        let mut names = Vec::new();
        for result in &bound.results {
            let dead = dead_columns(&result.rel);
            result.rel.any(&mut |rel| {
                if let Node::Table { .. } = rel.node {
                    names.extend(rel.columns.iter().filter(|c| !dead.contains(&c.id)).map(|c| c.name.clone()));
                }
                false
            });
        }
        names
    }

    #[test]
    fn only_what_is_read_is_alive() {
        let query =
            "EmailEvents | extend a = Subject, b = UrlCount | where SenderObjectId != '' | summarize count() by a";
        assert_eq!(read(query), ["SenderObjectId", "Subject"]);
        assert_eq!(read("EmailEvents | count"), ["Timestamp"]);
        assert_eq!(read("EmailEvents | sort by UrlCount | project Subject"), ["Subject", "UrlCount"]);
        let query =
            "EmailEvents | join kind=leftanti (UrlClickEvents | extend x = Url) on NetworkMessageId | project Subject";
        assert_eq!(read(query), ["NetworkMessageId", "Subject", "NetworkMessageId"]);
        assert_eq!(read("union EmailEvents, UrlClickEvents | project Subject"), ["Subject", "Timestamp"]);
        let query = "CloudAppEvents | mv-expand p = RawEventData.Parameters | project p.Name";
        assert_eq!(read(query), ["RawEventData"]);
    }
}
