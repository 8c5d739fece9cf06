//! Lints: what is legal but probably not meant. One file a lint, one row in [`LINTS`].
//!
//! A lint looks at what the binder has just understood ([`Sight`]) and says what it makes of it. It never changes how
//! a query binds or runs. The codes are those of the advice that Microsoft's editor gives for the same finding. Its
//! advice about the price of an operator on a cluster has no place here.

mod address_as_text;
mod case_never_equal;
mod count_of_column;
mod empty_range;
mod hidden_variable;
mod join_without_kind;
mod joined_strings;
mod named_predicate;
mod null_text;
mod obsolete_function;
mod strlen_of_dynamic;
mod time_as_text;
mod tobool_of_number;

use crate::bind::Binder;
use crate::diagnostic::Diagnostic;
use crate::lexer::Token;
use crate::plan::{Expr, ExprKind, TextOp};
use crate::span::Span;
use crate::types::Value;

/// A lint.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// Its slug.
    pub code: &'static str,
    /// Microsoft's code for the same advice, where there is one.
    pub kusto_code: Option<&'static str>,
    /// Why it is worth a word.
    pub reason: &'static str,
    look: fn(&Sight) -> Option<Finding>,
}

/// What a lint says.
struct Finding {
    span: Span,
    message: String,
    help: String,
}

/// Something the binder has just understood.
#[derive(Debug)]
pub(crate) enum Sight<'a> {
    /// A call of a function or aggregate whose arguments fit, conversions put in.
    Call {
        /// The name as it is written.
        name: &'a str,
        /// Where the name stands.
        span: Span,
        /// The arguments.
        args: &'a [Expr],
    },
    /// A comparison: `==`, `!=`, `<` and so on.
    Comparison {
        /// The operator as it is written.
        op: &'static str,
        /// Where it stands.
        span: Span,
        /// Its sides.
        sides: [&'a Expr; 2],
    },
    /// A text operator: `has`, `contains_cs`, `=~`.
    Text {
        /// The operator as it is written.
        spelling: &'static str,
        /// What it does.
        op: TextOp,
        /// Where it stands.
        span: Span,
        /// Its sides.
        sides: [&'a Expr; 2],
    },
    /// `between (low .. high)` with constant ends.
    Range {
        /// Where both ends stand.
        span: Span,
        /// The ends.
        ends: [Value; 2],
    },
    /// A column that is taken though a variable has its name too.
    HiddenVariable {
        /// The name.
        name: &'a str,
        /// Where it stands.
        span: Span,
    },
    /// `where name = predicate`.
    NamedPredicate {
        /// Where the name stands.
        span: Span,
    },
    /// A `join` that does not say which.
    JoinWithoutKind {
        /// Where its keyword stands.
        span: Span,
    },
}

/// Every lint, sorted by code.
pub const LINTS: &[Lint] = &[
    address_as_text::LINT,
    case_never_equal::LINT,
    count_of_column::LINT,
    empty_range::LINT,
    hidden_variable::LINT,
    join_without_kind::LINT,
    joined_strings::LINT,
    named_predicate::LINT,
    null_text::LINT,
    obsolete_function::LINT,
    strlen_of_dynamic::LINT,
    time_as_text::LINT,
    tobool_of_number::LINT,
];

/// Finds what the text alone shows.
pub(crate) fn of_tokens(tokens: &[Token]) -> Vec<Diagnostic> {
    joined_strings::look(tokens)
}

impl Binder<'_> {
    /// Shows a sight to every lint. The body of a stored function is not this text, and is left alone.
    pub(crate) fn look(&mut self, sight: &Sight) {
        if self.abroad > 0 {
            return;
        }
        for lint in LINTS {
            if let Some(Finding { span, message, help }) = (lint.look)(sight) {
                let kusto_code = lint.kusto_code;
                self.lints.push(Diagnostic { kusto_code, ..Diagnostic::warning(lint.code, span, message).help(help) });
            }
        }
    }
}

/// The expression that was written, conversions taken off.
fn written(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Convert(inner) => written(inner),
        _ => expr,
    }
}

/// The name of the function that an expression calls.
fn called(expr: &Expr) -> Option<&'static str> {
    match &written(expr).kind {
        ExprKind::Call { function, .. } => Some(function.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::LINTS;

    #[test]
    fn lints_are_sorted_and_say_why() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.code));
        assert!(LINTS.iter().all(|lint| lint.reason.ends_with('.')));
    }
}
