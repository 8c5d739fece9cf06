//! `datatable(a: long, b: string) [1, "x", 2, "y"]`: constant rows.
//! learn.microsoft.com/kusto/query/datatable-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind};
use crate::expr::parse::{close, expr};
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::name;
use crate::plan::{Node, Rel};
use crate::span::Span;
use crate::types::{Field, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "datatable(name: type, ...) [value, ...]",
    summary: "A table written out: its columns with their types, then its cells row by row.",
    example: Example { query: "datatable(a:long, b:string)[1, 'x', 2, 'y']", answer: "1 | x\n2 | y" },
    ..OperatorSpec::source(parse)
};

#[derive(Debug)]
struct Datatable {
    fields: Vec<Field>,
    cells: Vec<Expr>,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, fields) = schema(c)?;
    let open = at.span();
    let (mut at, _) = at.symbol("[")?;
    let mut cells = Vec::new();
    while !at.is("]") {
        let (after, cell) = cell(at)?;
        cells.push(cell);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, "]", open)?;
    let fields = fields.into_iter().map(|(f, _)| f).collect();
    done(after, Datatable { fields, cells, span: open.to(after.last_span()) })
}

/// A value. Only a cell can be the least long: elsewhere the sign is an operator on a number that does not fit.
fn cell(c: Cursor) -> Parsed<Expr> {
    if c.is("-") && c.next().text() == "9223372036854775808" {
        let after = c.next().next();
        return Ok((after, Expr { kind: ExprKind::Literal(Value::Long(i64::MIN)), span: after.since(c) }));
    }
    expr(c)
}

/// `(a: long, b: string)`, with the place of each name; `(*)` has none.
pub fn schema(c: Cursor) -> Parsed<Vec<(Field, Span)>> {
    let (at, open) = c.symbol("(")?;
    if let Some(after) = at.eat("*") {
        let (after, _) = close(after, ")", open)?;
        return Ok((after, Vec::new()));
    }
    let (at, fields) = fields(at)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, fields))
}

/// `a: long, b: string`, up to a closing bracket.
pub(super) fn fields(c: Cursor) -> Parsed<Vec<(Field, Span)>> {
    let mut at = c;
    let mut fields = Vec::new();
    while !at.is(")") {
        let (after, name) = name::declaration(at)?;
        let (after, _) = after.symbol(":")?;
        let (after, (ty, _)) = type_name(after)?;
        fields.push((Field::new(name.text, ty), name.span));
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    Ok((at, fields))
}

/// A type as schemas spell it.
pub fn type_name(c: Cursor) -> Parsed<(Type, Span)> {
    if c.token().kind != TokenKind::Word {
        return c.expected("a type");
    }
    let ty = Type::from_name(c.text()).unwrap_or_else(|| {
        let names: Vec<&str> = Type::ALL.iter().map(|t| t.name()).collect();
        let error = Diagnostic::error("unknown-type", c.span(), format!("no type is named `{}`", c.text()));
        let near = crate::similar::nearest(c.text(), names.iter().copied());
        let help = near.map_or_else(|| format!("one of {}", names.join(", ")), |n| format!("did you mean `{n}`?"));
        c.report(error.kusto("KS160").help(help));
        Type::Unknown
    });
    Ok((c.next(), (ty, c.span())))
}

impl Operate for Datatable {
    fn bind(&self, _: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let columns: Vec<_> = self.fields.iter().map(|f| binder.column(f.name.clone(), f.ty)).collect();
        let width = columns.len();
        // Without columns there are no rows: `datatable()[]` is an empty table.
        if !self.cells.is_empty() && (width == 0 || !self.cells.len().is_multiple_of(width)) {
            let message = format!("{} cells do not make rows of {width} columns", self.cells.len());
            binder.report(Diagnostic::error("datatable-shape", self.span, message).kusto("KS174"));
            return Tabular { open: true, ..Tabular::new(Rel { columns, node: Node::Values { rows: Vec::new() } }) };
        }
        let mut rows = Vec::with_capacity(self.cells.len() / width.max(1));
        for row in self.cells.chunks(width.max(1)) {
            rows.push(row.iter().zip(&self.fields).map(|(cell, f)| self.cell(cell, f.ty, env, binder)).collect());
        }
        Tabular::new(Rel { columns, node: Node::Values { rows } })
    }
}

impl Datatable {
    /// A cell is a literal of the column's type, or one that converts to it.
    fn cell(&self, cell: &Expr, ty: Type, env: &Env, binder: &mut Binder) -> Value {
        let literal = match &cell.kind {
            ExprKind::Literal(_) | ExprKind::Missing => true,
            ExprKind::Sign(_, inner) => matches!(inner.kind, ExprKind::Literal(_)),
            _ => false,
        };
        let bound = binder.expr(cell, &Scope::constants(env));
        if bound.ty == Type::Unknown || ty == Type::Unknown {
            return Value::missing(ty);
        }
        if !literal {
            let error = Diagnostic::error("not-constant", cell.span, "a cell of a datatable is a literal");
            binder.report(error.kusto("KS108"));
            return Value::missing(ty);
        }
        let fits = bound.ty == ty
            || bound.ty.is_number() && ty.is_number()
            || matches!(ty, Type::Dynamic | Type::String)
            || bound.ty == Type::String && !matches!(ty, Type::Bool)
            || matches!((bound.ty, ty), (Type::Bool, t) if t.is_number())
            || matches!((bound.ty, ty), (t, Type::Bool) if t.is_integer());
        if !fits {
            let message = format!("the column is a {ty}, the cell a {}", bound.ty);
            binder.report(Diagnostic::error("wrong-type", cell.span, message).kusto("KS141"));
            return Value::missing(ty);
        }
        let converted = bound.to(ty);
        binder.constant(&converted).unwrap_or_else(|| Value::missing(ty))
    }
}
