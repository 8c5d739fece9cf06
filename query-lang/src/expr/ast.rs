//! The tree of an expression, close to the text: every node has its span.

use crate::operators::Pipeline;
use crate::span::Span;
use crate::types::{Type, Value};

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name itself, brackets and quotes removed.
    pub text: String,
    /// Where it stands, brackets included.
    pub span: Span,
    /// Whether it was written `['name']`, which lifts it over every keyword.
    pub bracketed: bool,
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal of any type. `datetime()`-like forms that are calls of constants are literals too.
    Literal(Value),
    /// A column, variable, table or function without brackets.
    Name(Name),
    /// `*`: any column in `* has "x"`, every column in `arg_max(x, *)`.
    Star,
    /// `base.name`
    Member(Box<Expr>, Name),
    /// `base[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(x, y = 1)`
    Call(Name, Vec<Argument>),
    /// `-x` or `+x`
    Sign(Sign, Box<Expr>),
    /// An operator on two values.
    Binary(Box<Binary>),
    /// `a and b and c`; at least two.
    And(Vec<Expr>),
    /// `a or b or c`; at least two.
    Or(Vec<Expr>),
    /// `x between (a .. b)`
    Between(Box<Between>),
    /// `x in (...)`, `x has_any (...)` and their kin.
    In(Box<In>),
    /// `typeof(long)`; for a schema `typeof(a:long, b:string)` see `operators`.
    Typeof(Type),
    /// A table where a value may stand: `toscalar(T | count)`, `in ((T | project x))`. Round brackets
    /// around a mere expression vanish in the tree.
    Pipeline(Box<Pipeline>),
    /// What could not be read; the diagnostic is already there.
    Missing,
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// `left op right`.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The operator as it is spelled in the table of operators: `==`, `!has_cs`, `matches regex`.
    pub op: &'static str,
    /// Where the operator stands.
    pub op_span: Span,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
}

/// `value between (low .. high)`.
#[derive(Clone, Debug)]
pub struct Between {
    /// `!between`
    pub negated: bool,
    /// Where the operator stands.
    pub op_span: Span,
    /// The value.
    pub value: Expr,
    /// Lower end, included.
    pub low: Expr,
    /// Upper end, included.
    pub high: Expr,
}

/// `value op (items)`.
#[derive(Clone, Debug)]
pub struct In {
    /// `in`, `!in`, `in~`, `!in~`, `has_any` or `has_all`.
    pub op: &'static str,
    /// Where the operator stands.
    pub op_span: Span,
    /// The value.
    pub value: Expr,
    /// The bracketed list; a single item may turn out to be a table when it binds.
    pub items: Vec<Expr>,
    /// The brackets with what they hold.
    pub list_span: Span,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// `name =`, for functions of the user.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// An expression with the name or names it is given: `x = 1`, `(a, b) = f()`, or just `f()`.
#[derive(Clone, Debug)]
pub struct NamedExpr {
    /// No name, one, or several of a tuple.
    pub names: Vec<Name>,
    /// Whether the names were written in brackets.
    pub tuple: bool,
    /// The value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}
