//! Making expressions: flat, converted, poisoned where a part is.

use super::{Expr, ExprKind, PathStep};
use crate::types::{Column, Type, Value};

impl Expr {
    /// Makes a constant.
    pub fn literal(value: Value) -> Self {
        Self { ty: value.ty(), kind: ExprKind::Literal(value) }
    }

    /// Makes a reference to a column.
    pub fn column(column: &Column) -> Self {
        Self { ty: column.ty, kind: ExprKind::Column(column.id) }
    }

    /// Makes the expression that stands for an error already reported.
    pub fn poison() -> Self {
        Self { ty: Type::Unknown, kind: ExprKind::Literal(Value::Null(Type::Unknown)) }
    }

    /// As [`Expr::poison`], where the type is known all the same: a call of `strlen` gives a long, whatever is wrong
    /// with its argument.
    pub fn poison_of(ty: Type) -> Self {
        Self { ty, kind: ExprKind::Literal(Value::Null(ty)) }
    }

    /// Converts to a type; nothing happens where it has that type already or is poisoned.
    pub fn to(self, ty: Type) -> Self {
        if self.ty == ty || self.ty == Type::Unknown {
            return self;
        }
        Self { ty, kind: ExprKind::Convert(Box::new(self)) }
    }

    /// Steps into a dynamic value; steps on a path make it longer.
    pub fn step(self, step: PathStep) -> Self {
        let kind = match self.kind {
            ExprKind::Path { base, mut steps } => {
                steps.push(step);
                ExprKind::Path { base, steps }
            }
            _ => ExprKind::Path { base: Box::new(self), steps: vec![step] },
        };
        Self { ty: Type::Dynamic, kind }
    }

    /// All of these bools: flat, poisoned if one is, `true` for none.
    pub fn all(parts: Vec<Expr>) -> Self {
        Self::junction(parts, true)
    }

    /// Any of these bools: flat, poisoned if one is, `false` for none.
    pub fn any_of(parts: Vec<Expr>) -> Self {
        Self::junction(parts, false)
    }

    fn junction(parts: Vec<Expr>, and: bool) -> Self {
        if parts.iter().any(|p| p.ty == Type::Unknown) {
            return Self::poison_of(Type::Bool);
        }
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part.kind {
                ExprKind::And(inner) if and => flat.extend(inner),
                ExprKind::Or(inner) if !and => flat.extend(inner),
                kind => flat.push(Expr { ty: part.ty, kind }),
            }
        }
        match flat.len() {
            0 => Self::literal(Value::Bool(and)),
            1 => flat.swap_remove(0),
            _ => Self { ty: Type::Bool, kind: if and { ExprKind::And(flat) } else { ExprKind::Or(flat) } },
        }
    }

    /// Returns the constant, if it is one.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(v) => Some(v),
            _ => None,
        }
    }
}
