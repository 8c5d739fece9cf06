//! `range x from a to b step s`: one row a value, both ends included.
//! learn.microsoft.com/kusto/query/range-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::expr;
use crate::library::Example;
use crate::name;
use crate::plan::{Node, Rel};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "range name from start to stop step step",
    summary: "One row a value, both ends included.",
    example: Example { query: "range x from 1 to 5 step 2", answer: "1\n3\n5" },
    ..OperatorSpec::source(parse)
};

#[derive(Debug)]
struct Range {
    name: Name,
    from: Expr,
    to: Expr,
    step: Expr,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, name) = name::declaration(c)?;
    let (at, _) = at.word("from")?;
    let (at, from) = expr(at)?;
    let (at, _) = at.word("to")?;
    let (at, to) = expr(at)?;
    let (at, _) = at.word("step")?;
    let (at, step) = expr(at)?;
    done(at, Range { name, from, to, step })
}

/// The type of the column, and of the step.
fn types(from: Type, to: Type, step: Type) -> Option<(Type, Type)> {
    match (from, to, step) {
        (Type::Int, Type::Int, Type::Int) => Some((Type::Int, Type::Int)),
        (a, b, s) if a.is_number() && b.is_number() && s.is_number() => {
            let wide = a.wider(b)?.wider(s)?.max(Type::Long);
            Some((wide, wide))
        }
        (Type::Datetime, Type::Datetime, Type::Timespan) => Some((Type::Datetime, Type::Timespan)),
        (Type::Timespan, Type::Timespan, Type::Timespan) => Some((Type::Timespan, Type::Timespan)),
        _ => None,
    }
}

impl Operate for Range {
    fn bind(&self, _: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let scope = Scope::constants(env);
        let [from, to, step] = [&self.from, &self.to, &self.step].map(|e| binder.expr(e, &scope));
        if [from.ty, to.ty, step.ty].contains(&Type::Unknown) {
            return Tabular::broken();
        }
        let Some((ty, step_ty)) = types(from.ty, to.ty, step.ty) else {
            let message = format!("`range` from a {} to a {} by a {} is not defined", from.ty, to.ty, step.ty);
            let span = self.from.span.to(self.step.span);
            binder.report(Diagnostic::error("operator-types", span, message).kusto("KS106"));
            return Tabular::broken();
        };
        let columns = vec![binder.column(self.name.text.clone(), ty)];
        let node = Node::Range { from: from.to(ty), to: to.to(ty), step: step.to(step_ty) };
        // The rows of a range are in order (engine answer: `scan` runs on it directly).
        Tabular { serialized: true, ..Tabular::new(Rel { columns, node }) }
    }
}
