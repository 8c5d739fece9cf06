//! `ago(x)`: a constant of the query, and `now() - x` where `x` is of each row.
//! learn.microsoft.com/kusto/query/ago-function

use crate::bind::Binder;
use crate::bind::scope::Scope;
use crate::plan::{self, BinaryOp};
use crate::types::Type;

use super::ast::Argument;
use super::bind::combine;
use super::operator_types::arithmetic;

impl Binder<'_> {
    /// Binds `ago` of a timespan that depends on the row; nothing for any other call, which is an ordinary one.
    pub(super) fn ago_of_row(&mut self, arguments: &[Argument], scope: &Scope) -> Option<plan::Expr> {
        let [argument] = arguments else { return None };
        let reported = self.diagnostics.len();
        let offset = self.expr(&argument.value, scope);
        let of_row = offset.any(&mut |part| matches!(part.kind, plan::ExprKind::Column(_)));
        if !of_row || offset.ty != Type::Timespan {
            // The ordinary call binds its argument again.
            self.diagnostics.truncate(reported);
            return None;
        }
        let now = self.host.library().function("now")?;
        let now = plan::Expr { ty: Type::Datetime, kind: plan::ExprKind::Call { function: now, args: Vec::new() } };
        let meeting = arithmetic(BinaryOp::Subtract, Type::Datetime, Type::Timespan)?;
        Some(combine(BinaryOp::Subtract, now, offset, meeting))
    }
}
