//! Walking and rewriting expressions and relations.

use std::collections::HashMap;

use super::{Aggregate, Expr, ExprKind, InList, Node, PathStep, Rel, UnionColumn};
use crate::types::{Column, ColumnId};

impl Expr {
    /// Calls `f` on each direct part.
    pub fn children<'e>(&'e self, f: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::Scalar(_) | ExprKind::Typeof(_) => {}
            ExprKind::Call { args, .. } => args.iter().for_each(f),
            ExprKind::Binary { left, right, .. } => {
                f(left);
                f(right);
            }
            ExprKind::Negate(x) | ExprKind::Convert(x) => f(x),
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().for_each(f),
            ExprKind::In { value, list, .. } | ExprKind::HasTerms { value, list, .. } => {
                f(value);
                if let InList::Items(items) = list {
                    items.iter().for_each(f);
                }
            }
            ExprKind::Path { base, steps } => {
                f(base);
                for step in steps {
                    if let PathStep::Computed(x) = step {
                        f(x);
                    }
                }
            }
        }
    }

    /// Calls `f` on each direct part, to be changed in place.
    pub fn children_mut(&mut self, f: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::Scalar(_) | ExprKind::Typeof(_) => {}
            ExprKind::Call { args, .. } => args.iter_mut().for_each(f),
            ExprKind::Binary { left, right, .. } => {
                f(left);
                f(right);
            }
            ExprKind::Negate(x) | ExprKind::Convert(x) => f(x),
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter_mut().for_each(f),
            ExprKind::In { value, list, .. } | ExprKind::HasTerms { value, list, .. } => {
                f(value);
                if let InList::Items(items) = list {
                    items.iter_mut().for_each(f);
                }
            }
            ExprKind::Path { base, steps } => {
                f(base);
                for step in steps {
                    if let PathStep::Computed(x) = step {
                        f(x);
                    }
                }
            }
        }
    }

    /// Tells whether `test` holds for the expression or any part of it.
    pub fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.children(&mut |child| found = found || child.any(test));
        found
    }

    /// Tells whether the value depends on no row and no prelude.
    pub fn is_constant(&self) -> bool {
        !self.any(&mut |e| {
            matches!(
                &e.kind,
                ExprKind::Column(_)
                    | ExprKind::Scalar(_)
                    | ExprKind::In { list: InList::Prelude(_), .. }
                    | ExprKind::HasTerms { list: InList::Prelude(_), .. }
            )
        })
    }

    /// Renames columns in place; ids without an entry stay.
    pub fn rename(&mut self, ids: &HashMap<ColumnId, ColumnId>) {
        if let ExprKind::Column(id) = &mut self.kind
            && let Some(new) = ids.get(id)
        {
            *id = *new;
        }
        self.children_mut(&mut |child| child.rename(ids));
    }
}

impl Rel {
    /// Calls `f` on each direct input.
    pub fn inputs<'r>(&'r self, f: &mut dyn FnMut(&'r Rel)) {
        match &self.node {
            Node::Table { .. }
            | Node::Values { .. }
            | Node::Row { .. }
            | Node::Range { .. }
            | Node::ApplyInput(_)
            | Node::External(_)
            | Node::Shared(_) => {}
            Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Expand { input, .. }
            | Node::Parse { input, .. }
            | Node::Serialize { input } => f(input),
            Node::Apply { input, preludes, body, .. } | Node::Partition { input, preludes, body, .. } => {
                f(input);
                preludes.iter().for_each(|(_, prelude)| f(prelude.rel()));
                f(body);
            }
            Node::Join { left, right, .. } => {
                f(left);
                f(right);
            }
            Node::Union { inputs } => inputs.iter().for_each(|i| f(&i.rel)),
            Node::Whole { inputs, .. } | Node::NotYet { inputs } => inputs.iter().for_each(f),
        }
    }

    /// Tells whether `test` holds for the relation or any of those below it, those of sub-queries included.
    pub fn any(&self, test: &mut dyn FnMut(&Rel) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.inputs(&mut |input| found = found || input.any(test));
        found
    }

    /// Calls `f` on each expression of this node, those below it left out.
    pub fn exprs<'r>(&'r self, f: &mut dyn FnMut(&'r Expr)) {
        match &self.node {
            Node::Table { .. }
            | Node::Values { .. }
            | Node::ApplyInput(_)
            | Node::External(_)
            | Node::Shared(_)
            | Node::Serialize { .. }
            | Node::Join { .. }
            | Node::Union { .. }
            | Node::Partition { .. }
            | Node::NotYet { .. } => {}
            Node::Row { exprs } | Node::Project { exprs, .. } | Node::Whole { exprs, .. } => exprs.iter().for_each(f),
            Node::Range { from, to, step } => [from, to, step].into_iter().for_each(f),
            Node::Filter { predicate, .. } => f(predicate),
            Node::Parse { text, .. } => f(text),
            Node::Aggregate { keys, aggregates, .. } => {
                keys.iter().for_each(&mut *f);
                aggregates.iter().flat_map(|a| a.args.iter().chain(&a.filter)).for_each(f);
            }
            Node::Sort { keys, .. } => keys.iter().for_each(|k| f(&k.expr)),
            Node::Limit { count, .. } => f(count),
            Node::Expand { items, .. } | Node::Apply { items, .. } => items.iter().for_each(|i| f(&i.expr)),
        }
    }

    /// Returns the same relation under new column ids: what a second use of a `let` needs.
    pub fn renumbered(&self, fresh: &mut dyn FnMut() -> ColumnId) -> Rel {
        let mut rel = self.clone();
        let mut ids = HashMap::new();
        rel.collect_ids(&mut |id| {
            ids.entry(id).or_insert_with(&mut *fresh);
        });
        rel.rename(&ids);
        rel
    }

    fn collect_ids(&self, f: &mut dyn FnMut(ColumnId)) {
        self.columns.iter().for_each(|c| f(c.id));
        match &self.node {
            Node::Expand { items, index, .. } | Node::Apply { items, index, .. } => {
                items.iter().map(|i| i.column).chain(*index).for_each(&mut *f);
            }
            Node::Parse { captures, .. } => captures.iter().for_each(|id| f(*id)),
            Node::Whole { locals, .. } => locals.iter().for_each(|c| f(c.id)),
            _ => {}
        }
        self.inputs(&mut |input| input.collect_ids(f));
    }

    fn rename(&mut self, ids: &HashMap<ColumnId, ColumnId>) {
        let new = |id: &mut ColumnId| {
            if let Some(other) = ids.get(id) {
                *id = *other;
            }
        };
        self.columns.iter_mut().for_each(|Column { id, .. }| new(id));
        match &mut self.node {
            Node::Table { .. } | Node::Values { .. } | Node::External(_) | Node::ApplyInput(_) | Node::Shared(_) => {}
            Node::Row { exprs } => exprs.iter_mut().for_each(|e| e.rename(ids)),
            Node::Range { from, to, step } => [from, to, step].into_iter().for_each(|e| e.rename(ids)),
            Node::Filter { input, predicate } => {
                input.rename(ids);
                predicate.rename(ids);
            }
            Node::Project { input, exprs } => {
                input.rename(ids);
                exprs.iter_mut().for_each(|e| e.rename(ids));
            }
            Node::Aggregate { input, keys, aggregates } => {
                input.rename(ids);
                keys.iter_mut().for_each(|e| e.rename(ids));
                for Aggregate { args, filter, .. } in aggregates {
                    args.iter_mut().chain(filter).for_each(|e| e.rename(ids));
                }
            }
            Node::Sort { input, keys } => {
                input.rename(ids);
                keys.iter_mut().for_each(|k| k.expr.rename(ids));
            }
            Node::Limit { input, count } => {
                input.rename(ids);
                count.rename(ids);
            }
            Node::Serialize { input } => input.rename(ids),
            Node::Join { left, right, on, .. } => {
                left.rename(ids);
                right.rename(ids);
                for (l, r) in on {
                    new(l);
                    new(r);
                }
            }
            Node::Parse { input, text, captures, .. } => {
                input.rename(ids);
                text.rename(ids);
                captures.iter_mut().for_each(new);
            }
            Node::Whole { inputs, exprs, locals, .. } => {
                inputs.iter_mut().for_each(|input| input.rename(ids));
                exprs.iter_mut().for_each(|e| e.rename(ids));
                locals.iter_mut().for_each(|c| new(&mut c.id));
            }
            Node::NotYet { inputs } => inputs.iter_mut().for_each(|input| input.rename(ids)),
            Node::Partition { input, keys, .. } => {
                input.rename(ids);
                keys.iter_mut().for_each(new);
            }
            Node::Union { inputs } => {
                for input in inputs {
                    input.rel.rename(ids);
                    for column in &mut input.columns {
                        if let UnionColumn::From(id) = column {
                            new(id);
                        }
                    }
                }
            }
            Node::Expand { input, items, index, .. } | Node::Apply { input, items, index, .. } => {
                input.rename(ids);
                for item in items {
                    item.expr.rename(ids);
                    new(&mut item.column);
                }
                index.iter_mut().for_each(new);
            }
        }
        if let Node::Apply { preludes, body, .. } | Node::Partition { preludes, body, .. } = &mut self.node {
            preludes.iter_mut().for_each(|(_, prelude)| prelude.rel_mut().rename(ids));
            body.rename(ids);
        }
    }
}
