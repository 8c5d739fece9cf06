//! `mv-expand [kind=array] [with_itemindex=i] x = d.path to typeof(long), ... [limit n]`: one row an element.
//! Several expand side by side to the longest. `mvexpand` is the old spelling; it stops at 128 rows each.
//! learn.microsoft.com/kusto/query/mv-expand-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, NamedExpr};
use crate::expr::auto_name::auto_name;
use crate::expr::parse::{expr, named, separated};
use crate::library::Example;
use crate::plan::{ExpandItem, Node};
use crate::types::{Column, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | mv-expand [kind=bag|array] [with_itemindex=name] [name =] expression [to typeof(type)], ... [limit n]",
    summary: "One row for each element of an array or property of a bag. Several expand side by side, to the longest.",
    example: Example { query: "print a = 1, d = dynamic(['x', 'y']) | mv-expand d", answer: "1 | \"x\"\n1 | \"y\"" },
    ..OperatorSpec::piped(parse)
};

pub(super) const LEGACY: OperatorSpec = OperatorSpec {
    syntax: "T | mvexpand [name =] expression [to typeof(type)], ... [limit n]",
    summary: "The old spelling of `mv-expand`, which gives at most 128 rows for each.",
    example: Example { query: "print a = 1, d = dynamic(['x', 'y']) | mvexpand d", answer: "1 | \"x\"\n1 | \"y\"" },
    ..OperatorSpec::piped(parse_legacy)
};

#[derive(Debug)]
struct MvExpand {
    expansion: Expansion,
}

/// What `mv-expand` and `mv-apply` have in common.
#[derive(Debug)]
pub(super) struct Expansion {
    parameters: Vec<Parameter>,
    items: Vec<Item>,
    limit: Option<Expr>,
    default_limit: Option<u64>,
}

#[derive(Debug)]
struct Item {
    value: NamedExpr,
    to: Option<Type>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, expansion) = expansion(c)?;
    done(after, MvExpand { expansion })
}

/// The old spelling, which gives at most [`LEGACY_LIMIT`] rows for each.
fn parse_legacy(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, mut expansion) = expansion(c)?;
    expansion.default_limit = Some(LEGACY_LIMIT);
    done(after, MvExpand { expansion })
}

/// Rows that `mvexpand` gives for one row of its input unless `limit` says otherwise.
const LEGACY_LIMIT: u64 = 128;

/// Parameters, items, limit.
pub(super) fn expansion(c: Cursor) -> Parsed<Expansion> {
    let (at, parameters) = parameters::read(c, &["kind", "bagexpansion", "with_itemindex"])?;
    let (at, items) = separated(at, item)?;
    let (at, limit) = match at.eat_word("limit") {
        Some(after) => {
            let (after, limit) = expr(after)?;
            (after, Some(limit))
        }
        None => (at, None),
    };
    Ok((at, Expansion { parameters, items, limit, default_limit: None }))
}

fn item(c: Cursor) -> Parsed<Item> {
    let (at, value) = named(c)?;
    let Some(after) = at.eat_word("to") else { return Ok((at, Item { value, to: None })) };
    let (after, ty) = expr(after)?;
    match ty.kind {
        ExprKind::Typeof(ty) => Ok((after, Item { value, to: Some(ty) })),
        _ => after.expected("a typeof(...)"),
    }
}

/// An expansion bound on its input.
pub(super) struct BoundExpansion {
    pub items: Vec<ExpandItem>,
    pub limit: Option<u64>,
    pub pairs: bool,
    /// The columns after expanding: replaced in place where the name exists, else appended.
    pub columns: Vec<Column>,
    /// The columns of the input that were replaced.
    pub replaced: Vec<Column>,
    /// The column of `with_itemindex`.
    pub index_column: Option<Column>,
}

impl Expansion {
    pub fn bind(&self, input: &Tabular, env: &Env, binder: &mut Binder) -> BoundExpansion {
        let scope = Scope::row(input, env);
        let mut columns = input.rel.columns.clone();
        let mut names = Names::of(columns.iter().map(|c| c.name.as_str()));
        let (mut items, mut replaced) = (Vec::new(), Vec::new());
        for item in &self.items {
            let value = binder.expr(&item.value.value, &scope);
            if !matches!(value.ty, Type::Dynamic | Type::Unknown) {
                let message = format!("only a dynamic can be expanded, found a {}", value.ty);
                let error = Diagnostic::error("wrong-type", item.value.value.span, message).kusto("KS141");
                binder.report(match value.ty {
                    Type::String => error.help("parse the text first: `todynamic(...)`"),
                    _ => error,
                });
            }
            let name = match item.value.names.first() {
                Some(name) => name.text.clone(),
                None => match auto_name(&item.value.value, &scope, binder.host) {
                    Some(name) => name,
                    None => names.unnamed(),
                },
            };
            let column = binder.column(name, item.to.unwrap_or(Type::Dynamic));
            items.push(ExpandItem { expr: value, column: column.id, to: column.ty });
            match columns.iter().position(|c| c.name == column.name) {
                Some(at) => replaced.push(std::mem::replace(&mut columns[at], column)),
                None => columns.push(column),
            }
        }
        let index_column = self.parameter("with_itemindex").map(|p| binder.column(p.value.clone(), Type::Long));
        columns.extend(index_column.clone());
        let pairs = ["kind", "bagexpansion"].iter().any(|n| self.parameter(n).is_some_and(|p| p.value == "array"));
        let limit = match &self.limit {
            Some(limit) => self.limit(limit, env, binder),
            None => self.default_limit,
        };
        BoundExpansion { items, limit, pairs, columns, replaced, index_column }
    }

    fn limit(&self, limit: &Expr, env: &Env, binder: &mut Binder) -> Option<u64> {
        let bound = binder.expr_of(limit, Type::Long, &Scope::constants(env));
        if bound.ty == Type::Unknown {
            return None;
        }
        match binder.constant(&bound) {
            Some(Value::Long(n)) => Some(u64::try_from(n).unwrap_or(0)),
            _ => {
                let error = Diagnostic::error("not-constant", limit.span, "the limit must be a constant");
                binder.report(error.kusto("KS108"));
                None
            }
        }
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name == name)
    }
}

impl Operate for MvExpand {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let bound = self.expansion.bind(&input, env, binder);
        let index = bound.index_column.map(|c| c.id);
        let (items, limit, pairs) = (bound.items, bound.limit, bound.pairs);
        input.with(bound.columns, |input| Node::Expand { input, items, index, limit, pairs })
    }
}
