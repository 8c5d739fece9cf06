//! `reduce [kind=source] by text [with threshold = 0.1, characters = "..."]`: groups texts that are alike.
//! learn.microsoft.com/kusto/query/reduce-operator

use std::rc::Rc;

use super::parameters::{self, Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, NamedExpr};
use crate::expr::parse::{expr, named};
use crate::plan::Node;
use crate::span::Span;
use crate::types::{Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    runs: false,
    syntax: "T | reduce [kind=source] by expression [with [threshold = number] [, characters = text]]",
    summary: "Groups texts that are alike: a pattern, how many it stands for, and one of them.",
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Reduce {
    kind: Option<Parameter>,
    by: NamedExpr,
    threshold: Option<Expr>,
    characters: Option<Expr>,
    /// The word `reduce`.
    keyword: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, mut kind) = parameters::read(c, &["kind"])?;
    let (at, _) = at.word("by")?;
    let (mut at, by) = named(at)?;
    let (mut threshold, mut characters) = (None, None);
    if let Some(mut rest) = at.eat_word("with") {
        loop {
            let (after, slot) = match (rest.eat_word("threshold"), rest.eat_word("characters")) {
                (Some(after), _) => (after, &mut threshold),
                (_, Some(after)) => (after, &mut characters),
                _ => return rest.expected("threshold or characters"),
            };
            let (after, _) = after.symbol("=")?;
            let (after, value) = expr(after)?;
            *slot = Some(value);
            at = after;
            match at.eat(",") {
                Some(after) => rest = after,
                None => break,
            }
        }
    }
    done(at, Reduce { kind: kind.pop(), by, threshold, characters, keyword: c.last_span() })
}

impl Operate for Reduce {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        // How Kusto finds the patterns is not documented, and other patterns would be wrong answers.
        binder.not_yet(self.keyword, "operator `reduce`");
        binder.expr_of(&self.by.value, Type::String, &Scope::row(&input, env));
        self.constant(self.threshold.as_ref(), |v| matches!(v, Value::Real(_) | Value::Long(_)), "a number", binder);
        self.constant(self.characters.as_ref(), |v| matches!(v, Value::String(_)), "a text", binder);
        let mut columns = match &self.kind {
            Some(kind) if kind.value == "source" => input.rel.columns.clone(),
            Some(kind) => {
                binder.report(unknown_value(kind, &["source"]));
                Vec::new()
            }
            None => Vec::new(),
        };
        for (name, ty) in [("Pattern", Type::String), ("Count", Type::Long), ("Representative", Type::String)] {
            columns.push(binder.column(name, ty));
        }
        input.unordered(columns, |input| Node::NotYet { inputs: vec![*input] })
    }
}

impl Reduce {
    fn constant(&self, given: Option<&Expr>, fits: fn(&Value) -> bool, what: &str, binder: &mut Binder) {
        let Some(given) = given else { return };
        if !matches!(&given.kind, ExprKind::Literal(value) if fits(value)) {
            let message = format!("`reduce` takes {what} here");
            binder.report(Diagnostic::error("not-constant", given.span, message).kusto("KS109"));
        }
    }
}
