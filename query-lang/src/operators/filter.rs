//! `where predicate`, also spelled `filter`: rows for which the predicate is true; null is not.
//!
//! The grammar lets a name stand before the predicate, as before any expression, and the name is of no use: `where
//! IsBillable = true` keeps every row. Published queries have it where `==` was meant, so it is accepted with a warning.
//! learn.microsoft.com/kusto/query/where-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::NamedExpr;
use crate::expr::parse::{expr, named};
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::lint::Sight;
use crate::plan::{self, Node};
use crate::span::Span;
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | where predicate",
    summary: "Keeps the rows for which the predicate is true; null is not true.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | where b in ('x', 'z')",
        answer: "1 | x\n2 | z",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Where {
    predicate: NamedExpr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    // Only where it stands is a name thought of, so that messages do not offer one.
    if c.token().kind == TokenKind::Word && c.next().is("=") {
        let (after, predicate) = named(c)?;
        return done(after, Where { predicate });
    }
    let (after, value) = expr(c)?;
    let span = value.span;
    done(after, Where { predicate: NamedExpr { names: Vec::new(), tuple: false, value, span } })
}

impl Operate for Where {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let scope = Scope::row(&input, env);
        let predicate = match self.predicate.names.as_slice() {
            [] => binder.predicate(&self.predicate.value, &scope),
            [name, ..] => self.named(name.span, &scope, binder),
        };
        let columns = input.rel.columns.clone();
        input.with(columns, |input| Node::Filter { input, predicate })
    }
}

impl Where {
    /// Binds a predicate behind `name =`. If it is no predicate, that it is a name and no comparison is all there is
    /// to say.
    fn named(&self, name: Span, scope: &Scope, binder: &mut Binder) -> plan::Expr {
        let bound = binder.expr(&self.predicate.value, scope);
        if !matches!(bound.ty, Type::Bool | Type::Unknown) {
            let message = format!("`=` gives a name and does not compare: expected a bool, found a {}", bound.ty);
            return binder
                .poison(Diagnostic::error("wrong-type", name, message).kusto("KS141").help("compare with `==`"));
        }
        binder.look(&Sight::NamedPredicate { span: name });
        bound
    }
}
