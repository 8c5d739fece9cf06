//! The tabular operators, one file each: grammar, tree, parsing and binding.

use crate::expr::ast::Expr;
use crate::span::Span;

/// `source | operator | operator`.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// What the rows come from: a name, a call, a bracketed pipeline. Missing when the first operator is
    /// itself a source, such as `print`, `range`, `datatable`, `union`.
    pub source: Option<Expr>,
    /// The operators in order.
    pub operators: Vec<Operator>,
    /// All of it.
    pub span: Span,
}

/// One operator of a pipeline.
#[derive(Clone, Debug)]
pub struct Operator {
    /// From its keyword to its end, the pipe sign not included.
    pub span: Span,
}
