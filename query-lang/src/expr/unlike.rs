//! `==`, `!=` and `in` between unlike types, which published hunts are full of: `ResultType == 0` on a string.
//!
//! Microsoft's analyser accepts every pair. A text beside another type is read as that type, and a warning says so.
//! What is left (`now() == 5`) has no meaning to agree on: it binds as it does there, and is refused when it is run.

use crate::bind::Binder;
use crate::diagnostic::Diagnostic;
use crate::plan;
use crate::span::Span;
use crate::types::{Type, Value};

use super::operator_types::Meeting;

impl Binder<'_> {
    /// Says how two unlike types are compared, and warns; nothing where they cannot be.
    pub(crate) fn unlike(&mut self, op: &str, span: Span, left: &plan::Expr, right: &plan::Expr) -> Option<Meeting> {
        let (text, other) = match (left.ty, right.ty) {
            (Type::String, other) if other != Type::Dynamic => (left, other),
            (other, Type::String) if other != Type::Dynamic => (right, other),
            _ => return None,
        };
        let message = format!("`{op}` compares {} with {}: the text is read as {other}", left.ty, right.ty);
        let warning = Diagnostic::warning("unlike-types", span, message);
        self.report(match self.constant(text) {
            Some(Value::String(text)) if self.reads_as_nothing(&text, other) => {
                warning.help(format!("`{text}` is no {other}: nothing is equal to it"))
            }
            Some(Value::String(_)) => warning.help(format!("write the constant as {other}")),
            _ => warning.help(format!("write the constant as a string, or convert with `to{other}(...)`")),
        });
        Some(Meeting { left: other, right: other, result: Type::Bool })
    }

    fn reads_as_nothing(&self, text: &str, ty: Type) -> bool {
        let read = plan::Expr::literal(Value::String(text.to_owned())).to(ty);
        matches!(self.constant(&read), Some(Value::Null(_)))
    }

    /// Notes that a comparison binds but is refused when it is run, and gives what stands for it.
    pub(crate) fn incomparable(&mut self, op: &str, span: Span, left: Type, right: Type) -> plan::Expr {
        let message = format!("`{op}` cannot compare {left} with {right}");
        let error = Diagnostic::error("operator-types", span, message).kusto("KS106");
        self.refuse_to_run(match left {
            Type::Unknown => error,
            ty => error.help(format!("convert one side, such as with `to{ty}(...)`")),
        });
        plan::Expr::literal(Value::Null(Type::Bool))
    }
}
