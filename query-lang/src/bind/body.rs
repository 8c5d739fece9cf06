//! Sub-queries that run for parts of their input (`mv-apply`, `partition`): what within them is computed once for
//! each part, rather than once a query.

use crate::plan::{BodyId, Expr, ExprKind, InList, Node, Prelude, PreludeId, Rel};
use crate::types::{Column, Type};

use super::Binder;

const ASKED_WITHIN: &str = "columns that depend on the data, inside a sub-query; say behind `:` which ones there are";

/// A sub-query that is being bound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBody {
    /// Which it is.
    pub id: BodyId,
    /// How many preludes there were before it.
    preludes: usize,
    /// Where it reads the value of its part.
    value: Option<PreludeId>,
}

impl Binder<'_> {
    /// Begins a sub-query.
    pub(crate) fn enter_body(&mut self) -> OpenBody {
        OpenBody { id: BodyId(self.fresh().0), preludes: self.preludes.len(), value: None }
    }

    /// Begins a sub-query that reads the value of its part, under the id that is returned, as a scalar.
    pub(crate) fn enter_body_of(&mut self, ty: Type) -> (OpenBody, PreludeId) {
        let body = self.enter_body();
        let value = PreludeId(self.preludes.len());
        let nothing = self.nothing(ty);
        self.meanings.push(format!("the part of {:?}", body.id));
        self.preludes.push(Prelude::Scalar(nothing));
        (OpenBody { value: Some(value), ..body }, value)
    }

    /// Ends a sub-query: takes what depends on its part out of what runs before the query.
    pub(crate) fn leave_body(&mut self, body: OpenBody) -> Vec<(PreludeId, Prelude)> {
        let mut dependent: Vec<PreludeId> = body.value.into_iter().collect();
        let mut own = Vec::new();
        for at in body.preludes..self.preludes.len() {
            let id = PreludeId(at);
            if !self.preludes.get(at).is_some_and(|p| depends(p.rel(), body.id, &dependent)) {
                continue;
            }
            dependent.push(id);
            let nothing = self.nothing(Type::String);
            if let Some(prelude) = self.preludes.get_mut(at) {
                own.push((id, std::mem::replace(prelude, Prelude::Scalar(nothing))));
            }
        }
        // What a part holds is not known before the query runs, so its rows cannot be asked for columns.
        let asks = std::mem::take(&mut self.asks);
        for ask in asks {
            match depends(&ask.rel, body.id, &dependent) {
                true => self.not_yet(ask.span, ASKED_WITHIN),
                false => self.asks.push(ask),
            }
        }
        own
    }

    /// A table without rows: it stands where a prelude stood that runs elsewhere.
    fn nothing(&mut self, ty: Type) -> Rel {
        let columns: Vec<Column> = vec![self.column("nothing", ty)];
        Rel { columns, node: Node::Values { rows: Vec::new() } }
    }
}

/// Tells whether a relation reads the rows of a sub-query or one of these preludes.
fn depends(rel: &Rel, body: BodyId, preludes: &[PreludeId]) -> bool {
    rel.any(&mut |rel| {
        let mut found = match &rel.node {
            Node::ApplyInput(id) => *id == body,
            Node::Shared(id) => preludes.contains(id),
            _ => false,
        };
        rel.exprs(&mut |expr| found = found || reads(expr, preludes));
        found
    })
}

fn reads(expr: &Expr, preludes: &[PreludeId]) -> bool {
    expr.any(&mut |e| match &e.kind {
        ExprKind::Scalar(id)
        | ExprKind::In { list: InList::Prelude(id), .. }
        | ExprKind::HasTerms { list: InList::Prelude(id), .. } => preludes.contains(id),
        _ => false,
    })
}
