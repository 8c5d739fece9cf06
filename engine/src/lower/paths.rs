//! Steps into dynamic values: all paths of one column in one pass, and the conversions that come with them.

use std::collections::HashMap;

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::Expr as DfExpr;
use rehunt_lang::plan::{BinaryOp, Expr, ExprKind, Node, PathStep, Rel};
use rehunt_lang::types::{ColumnId, Type};

use super::{Lowering, column};
use crate::dynamic::{ComputedStep, Path, Step, computed_path_udf, path_udf, paths_udf};
use crate::error::Result;
use crate::functions::string::piece_udf;

/// For each dynamic column of an operator, the paths taken into it, where there are several.
///
/// Each of them becomes a field of one call that finds them all; DataFusion computes equal calls of one
/// operator once. Measured on audit records of 1.5 KB: four paths in one pass take 0.3 of four passes.
#[derive(Debug, Default)]
pub(crate) struct Fused(HashMap<ColumnId, Vec<Path>>);

impl Lowering<'_> {
    /// Collects the paths of an operator's expressions.
    pub(super) fn fuse_paths(&self, exprs: &[Expr]) -> Fused {
        let mut fused = Fused::default();
        for expr in exprs {
            collect(expr, Type::Dynamic, &mut fused);
        }
        fused.0.retain(|_, paths| paths.len() > 1);
        fused
    }

    pub(super) fn path(&self, base: &Expr, steps: &[PathStep], fused: &Fused) -> Result<DfExpr> {
        self.path_to(base, steps, Type::Dynamic, fused)
    }

    /// The conversion of a path, where the path kernel does it on the way.
    pub(super) fn path_as(&self, inner: &Expr, to: Type, fused: &Fused) -> Result<Option<DfExpr>> {
        match &inner.kind {
            ExprKind::Path { base, steps } => self.path_to(base, steps, to, fused).map(Some),
            _ => Ok(None),
        }
    }

    /// `d.path == text`: a dynamic is compared with a string as its text, which the path kernel gives at once.
    pub(super) fn path_equals(&self, op: BinaryOp, left: &Expr, right: &Expr, fused: &Fused) -> Result<Option<DfExpr>> {
        if !compares_as_text(op, left, right) {
            return Ok(None);
        }
        let side = |e: &Expr| match &e.kind {
            ExprKind::Path { base, steps } => self.path_to(base, steps, Type::String, fused),
            _ => self.value(e, fused),
        };
        let (left, right) = (side(left)?, side(right)?);
        Ok(Some(if op == BinaryOp::Equal { left.eq(right) } else { left.not_eq(right) }))
    }

    /// `split(text, "@")[1]` without the array.
    fn piece(&self, base: &Expr, path: &Path, fused: &Fused) -> Result<Option<DfExpr>> {
        let (ExprKind::Call { function, args }, [Step::Index(index)]) = (&base.kind, path.steps.as_slice()) else {
            return Ok(None);
        };
        let [text, delimiter] = args.as_slice() else { return Ok(None) };
        let delimiter = delimiter.as_literal().and_then(|d| d.as_str());
        match (function.name, text.ty, delimiter) {
            ("split", Type::String, Some(delimiter)) => match piece_udf(delimiter, *index, path.to) {
                Some(piece) => Ok(Some(piece.call(vec![self.value(text, fused)?]))),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn path_to(&self, base: &Expr, steps: &[PathStep], to: Type, fused: &Fused) -> Result<DfExpr> {
        let Some(fixed) = fixed(steps) else { return self.computed_path(base, steps, to, fused) };
        let path = Path { steps: fixed, to };
        if let Some(piece) = self.piece(base, &path, fused)? {
            return Ok(piece);
        }
        if let ExprKind::Column(id) = base.kind
            && let Some(paths) = fused.0.get(&id)
            && let Some(n) = paths.iter().position(|p| *p == path)
        {
            return Ok(get_field(paths_udf(paths.clone()).call(vec![column(id)]), format!("c{n}")));
        }
        Ok(path_udf(path).call(vec![self.value(base, fused)?]))
    }

    fn computed_path(&self, base: &Expr, steps: &[PathStep], to: Type, fused: &Fused) -> Result<DfExpr> {
        let mut args = vec![self.value(base, fused)?];
        let mut all = Vec::with_capacity(steps.len());
        for step in steps {
            all.push(match step {
                PathStep::Key(key) => ComputedStep::Fixed(Step::key(key)),
                PathStep::Index(index) => ComputedStep::Fixed(Step::Index(*index)),
                PathStep::Computed(expr) => {
                    args.push(self.value(expr, fused)?);
                    ComputedStep::Argument(expr.ty)
                }
            });
        }
        Ok(computed_path_udf(all, to).call(args))
    }
}

/// Puts paths in the place of the columns that an `extend` below made of them, where a filter compares those with
/// strings: then the path gives its text at once, and no dynamic is written only to be read again.
pub(super) fn reveal_paths(predicate: &mut Expr, input: &Rel) {
    match &mut predicate.kind {
        ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right } => {
            let types = (left.ty, right.ty);
            for (side, other) in [(left, types.1), (right, types.0)] {
                if let (ExprKind::Column(id), Type::Dynamic, Type::String) = (&side.kind, side.ty, other)
                    && let Some(path) = path_behind(*id, input)
                {
                    *side = path;
                }
            }
        }
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter_mut().for_each(|p| reveal_paths(p, input)),
        _ => {}
    }
}

/// The path that a column is, if what it reads is still there under the same ids.
fn path_behind(id: ColumnId, input: &Rel) -> Option<Box<Expr>> {
    match &input.node {
        Node::Filter { input, .. } => path_behind(id, input),
        Node::Project { exprs, .. } => {
            let at = input.columns.iter().position(|c| c.id == id)?;
            let path = exprs.get(at).filter(|e| matches!(e.kind, ExprKind::Path { .. }))?;
            let passed = |id: ColumnId| {
                input
                    .columns
                    .iter()
                    .zip(exprs)
                    .any(|(c, e)| c.id == id && matches!(e.kind, ExprKind::Column(own) if own == id))
            };
            let lost = path.any(&mut |e| matches!(e.kind, ExprKind::Column(id) if !passed(id)));
            (!lost).then(|| Box::new(path.clone()))
        }
        _ => None,
    }
}

/// Tells whether this is `==` or `!=` between a path and a string.
fn compares_as_text(op: BinaryOp, left: &Expr, right: &Expr) -> bool {
    let path = |e: &Expr| matches!(e.kind, ExprKind::Path { .. });
    matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
        && (path(left) && right.ty == Type::String || left.ty == Type::String && path(right))
}

fn collect(expr: &Expr, to: Type, fused: &mut Fused) {
    match &expr.kind {
        ExprKind::Path { base, steps } => {
            if let (ExprKind::Column(id), Some(steps)) = (&base.kind, fixed(steps)) {
                let paths = fused.0.entry(*id).or_default();
                let path = Path { steps, to };
                if !paths.contains(&path) {
                    paths.push(path);
                }
                return;
            }
            expr.children(&mut |child| collect(child, Type::Dynamic, fused));
        }
        ExprKind::Convert(inner) if matches!(inner.kind, ExprKind::Path { .. }) => collect(inner, expr.ty, fused),
        ExprKind::Binary { op, left, right } if compares_as_text(*op, left, right) => {
            for side in [left, right] {
                let to = if matches!(side.kind, ExprKind::Path { .. }) { Type::String } else { Type::Dynamic };
                collect(side, to, fused);
            }
        }
        _ => expr.children(&mut |child| collect(child, Type::Dynamic, fused)),
    }
}

fn fixed(steps: &[PathStep]) -> Option<Vec<Step>> {
    steps
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => Some(Step::key(key)),
            PathStep::Index(index) => Some(Step::Index(*index)),
            PathStep::Computed(_) => None,
        })
        .collect()
}
