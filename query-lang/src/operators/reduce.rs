//! `reduce [kind=source] by text [with threshold = 0.1, characters = "..."]`: groups texts that are alike.
//! learn.microsoft.com/kusto/query/reduce-operator

use std::rc::Rc;

use super::parameters::{self, Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, NamedExpr};
use crate::expr::parse::{expr, named};
use crate::library::Example;
use crate::plan::{Node, Operation};
use crate::span::Span;
use crate::types::{Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | reduce [kind=source] by expression [with [threshold = number] [, characters = text]]",
    summary: "Groups texts that are alike: a pattern, how many it stands for, and one of them.",
    example: Example {
        query: "datatable(t:string)['login of ann', 'login of bob', 'login of cat', 'logout'] | reduce by t with threshold=0.3",
        answer: "login of * | 3 | login of ann\nothers | 1 | ",
    },
    ..OperatorSpec::piped(parse)
};

/// The share of the rows that a group must exceed where the query does not say.
const THRESHOLD: f64 = 0.1;

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
        let text = binder.expr_of(&self.by.value, Type::String, &Scope::row(&input, env));
        if text.ty != Type::Unknown {
            let message = "Kusto does not publish how `reduce` groups: its groups may be others than these";
            binder.report(Diagnostic::warning("unpublished", self.keyword, message));
        }
        let threshold = self.constant(self.threshold.as_ref(), number, "a number", binder).unwrap_or(THRESHOLD);
        let characters = self.constant(self.characters.as_ref(), string, "a text", binder).unwrap_or_default();
        let source = match &self.kind {
            Some(kind) if kind.value == "source" => true,
            Some(kind) => {
                binder.report(unknown_value(kind, &["source"]));
                false
            }
            None => false,
        };
        let mut columns = if source { input.rel.columns.clone() } else { Vec::new() };
        let mut names = Names::of(columns.iter().map(|c| c.name.as_str()));
        for (name, ty) in [("Pattern", Type::String), ("Count", Type::Long), ("Representative", Type::String)] {
            columns.push(binder.column(names.infer(name), ty));
        }
        let operation = Operation::Reduce { threshold, characters, source };
        let exprs = vec![text];
        input.unordered(columns, |input| Node::Whole { operation, inputs: vec![*input], exprs, locals: Vec::new() })
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Real(v) => Some(*v),
        Value::Long(v) => Some(*v as f64),
        _ => None,
    }
}

fn string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

impl Reduce {
    /// Reads an argument that must be a literal; nothing where it is left out.
    fn constant<V>(
        &self,
        given: Option<&Expr>,
        read: fn(&Value) -> Option<V>,
        what: &str,
        binder: &mut Binder,
    ) -> Option<V> {
        let given = given?;
        let found = match &given.kind {
            ExprKind::Literal(value) => read(value),
            _ => None,
        };
        if found.is_none() {
            let message = format!("`reduce` takes {what} here");
            binder.report(Diagnostic::error("not-constant", given.span, message).kusto("KS109"));
        }
        found
    }
}
