//! `join kind=inner (right) on key, $left.a == $right.b`. Columns are all of the left, then all of the right.
//! Without a kind it is `innerunique`: left rows deduplicated by key first.
//! learn.microsoft.com/kusto/query/join-operator

use std::rc::Rc;

use super::parameters::{self, HintValue, Hints, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::joined_names;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::parse::{expr, separated};
use crate::library::Example;
use crate::lint::Sight;
use crate::plan::{JoinKind, Node, Rel};
use crate::similar::nearest;
use crate::span::Span;
use crate::types::{Column, ColumnId, Type};

/// Every spelling of a kind.
const KINDS: &[(&str, JoinKind)] = &[
    ("anti", JoinKind::LeftAnti),
    ("fullouter", JoinKind::FullOuter),
    ("inner", JoinKind::Inner),
    ("innerunique", JoinKind::InnerUnique),
    ("leftanti", JoinKind::LeftAnti),
    ("leftantisemi", JoinKind::LeftAnti),
    ("leftouter", JoinKind::LeftOuter),
    ("leftsemi", JoinKind::LeftSemi),
    ("rightanti", JoinKind::RightAnti),
    ("rightantisemi", JoinKind::RightAnti),
    ("rightouter", JoinKind::RightOuter),
    ("rightsemi", JoinKind::RightSemi),
];

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | join [kind=innerunique|inner|leftouter|rightouter|fullouter|leftsemi|rightsemi|leftanti|rightanti] (U) on key, $left.a == $right.b, ...",
    summary: "Pairs rows with equal keys. Without a kind it is `innerunique`: of left rows with one key, one is kept.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | join kind=inner (datatable(a:long, c:long)[1, 10, 3, 30]) on a",
        answer: "1 | x | 1 | 10",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Join {
    keyword: Span,
    kind: Option<parameters::Parameter>,
    right: Expr,
    on: Vec<Expr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, (kind, right, on)) = parts(c, HINTS)?;
    done(at, Join { keyword: c.last_span(), kind, right, on })
}

/// The hints of `join`; they say how a cluster goes about it.
const HINTS: Hints = &[
    ("hint.num_partitions", HintValue::Number),
    ("hint.remote", HintValue::Word(&["auto", "left", "local", "right", "unresolved"])),
    ("hint.shufflekey", HintValue::Any),
    ("hint.strategy", HintValue::Word(&["auto", "broadcast", "centralized", "shuffle"])),
];

/// What stands behind `join` and `lookup`: kind and hints, the right side, the conditions.
pub(super) type Parts = (Option<parameters::Parameter>, Expr, Vec<Expr>);

/// `kind=leftouter (right) on a, b`
pub(super) fn parts(c: Cursor<'_>, hints: Hints) -> Parsed<'_, Parts> {
    let (at, mut parameters) = parameters::read_hinted(c, &["kind"], hints)?;
    let (at, right) = expr(at)?;
    let (at, _) = at.word("on")?;
    let (at, on) = separated(at, expr)?;
    Ok((at, (parameters.pop(), right, on)))
}

impl Operate for Join {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let left = input.unwrap_or_else(Tabular::broken);
        let right = binder.table(&self.right, env);
        let names: Vec<&str> = KINDS.iter().map(|(n, _)| *n).collect();
        let kind = match &self.kind {
            None => {
                binder.look(&Sight::JoinWithoutKind { span: self.keyword });
                JoinKind::InnerUnique
            }
            Some(written) => match KINDS.iter().find(|(n, _)| *n == written.value) {
                Some((_, kind)) => *kind,
                None => {
                    binder.report(unknown_value(written, &names));
                    return Tabular::broken();
                }
            },
        };
        let on = keys(&self.on, &left, &right, binder);
        // A semi or anti join has the columns of one side, whatever is unknown of the other.
        let (columns, open) = match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => (left.rel.columns.clone(), left.open),
            JoinKind::RightSemi | JoinKind::RightAnti => (right.rel.columns.clone(), right.open),
            _ => {
                let open = left.open || right.open || on.len() < self.on.len();
                (joined(&left.rel.columns, &right.rel.columns), open)
            }
        };
        joined_table(kind, left.rel, right.rel, on, columns, open)
    }
}

/// Makes the table of a join.
pub(super) fn joined_table(
    kind: JoinKind,
    left: Rel,
    right: Rel,
    on: Vec<(ColumnId, ColumnId)>,
    columns: Vec<Column>,
    open: bool,
) -> Tabular {
    let node = Node::Join { kind, left: Box::new(left), right: Box::new(right), on };
    Tabular { open, ..Tabular::new(Rel { columns, node }) }
}

/// The columns of both sides, later ones renamed where the name is taken; ids stay.
pub(crate) fn joined(left: &[Column], right: &[Column]) -> Vec<Column> {
    let all: Vec<&Column> = left.iter().chain(right).collect();
    let names = joined_names(&all.iter().map(|c| c.name.as_str()).collect::<Vec<_>>());
    all.into_iter().zip(names).map(|(c, name)| Column { name, ..c.clone() }).collect()
}

/// Binds the conditions after `on` to pairs of columns; those with errors are left out.
pub(super) fn keys(on: &[Expr], left: &Tabular, right: &Tabular, binder: &mut Binder) -> Vec<(ColumnId, ColumnId)> {
    let mut pairs = Vec::new();
    for condition in on {
        conditions(condition, left, right, binder, &mut pairs);
    }
    pairs
}

fn conditions(
    condition: &Expr,
    left: &Tabular,
    right: &Tabular,
    binder: &mut Binder,
    pairs: &mut Vec<(ColumnId, ColumnId)>,
) {
    match &condition.kind {
        ExprKind::And(parts) => parts.iter().for_each(|p| conditions(p, left, right, binder, pairs)),
        ExprKind::Name(name) => {
            let found = (side(name, left, "left", binder), side(name, right, "right", binder));
            if let (Some(l), Some(r)) = found {
                pair(l, r, condition.span, "KS227", binder, pairs);
            }
        }
        ExprKind::Binary(binary) if binary.op == "==" => {
            match (sided(&binary.left), sided(&binary.right)) {
                (Some(("$left", l)), Some(("$right", r))) => {
                    if let (Some(l), Some(r)) = (side(l, left, "left", binder), side(r, right, "right", binder)) {
                        pair(l, r, condition.span, "KS242", binder, pairs);
                    }
                }
                (Some(("$right", r)), Some(("$left", l))) => {
                    // The engine wants the left side first; the meaning is clear, so only the order is refused.
                    let message = "`$left` stands on the left of `==`".to_owned();
                    let help = format!("write `$left.{} == $right.{}`", l.text, r.text);
                    binder.report(Diagnostic::error("join-order", condition.span, message).kusto("KS183").help(help));
                }
                _ => binder.report(bad_condition(condition.span)),
            }
        }
        ExprKind::Missing => {}
        _ => binder.report(bad_condition(condition.span)),
    }
}

fn bad_condition(span: Span) -> Diagnostic {
    Diagnostic::error("join-condition", span, "a join compares columns of both sides for equality")
        .kusto("KS182")
        .help("write `on Name` or `on $left.A == $right.B`; compute other keys with `extend` before")
}

/// `$left.name` or `$right.name`
fn sided(expr: &Expr) -> Option<(&str, &Name)> {
    match &expr.kind {
        ExprKind::Member(base, name) => match &base.kind {
            ExprKind::Name(side) if matches!(side.text.as_str(), "$left" | "$right") => Some((&side.text, name)),
            _ => None,
        },
        _ => None,
    }
}

fn side(name: &Name, table: &Tabular, which: &str, binder: &mut Binder) -> Option<Column> {
    let found = table.rel.columns.iter().find(|c| c.name == name.text).cloned();
    if found.is_none() && !table.open {
        let message = format!("the {which} side of the join has no column `{}`", name.text);
        let error = Diagnostic::error("unknown-column", name.span, message).kusto("KS145");
        let near = nearest(&name.text, table.rel.columns.iter().map(|c| c.name.as_str()));
        binder.report(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
    }
    found
}

fn pair(
    left: Column,
    right: Column,
    span: Span,
    code: &'static str,
    binder: &mut Binder,
    pairs: &mut Vec<(ColumnId, ColumnId)>,
) {
    if left.ty == Type::Unknown || right.ty == Type::Unknown {
        return;
    }
    if left.ty == Type::Dynamic || right.ty == Type::Dynamic {
        let error = Diagnostic::error("dynamic-key", span, "a dynamic column cannot be a join key").kusto("KS241");
        binder.report(error.help("convert it before, such as with `tostring(...)`"));
        return;
    }
    if left.ty != right.ty && !(left.ty.is_integer() && right.ty.is_integer()) {
        let message = format!("the key is a {} on the left and a {} on the right", left.ty, right.ty);
        binder.report(Diagnostic::error("key-types", span, message).kusto(code).help("convert one side before"));
        return;
    }
    pairs.push((left.id, right.id));
}

/// Drops columns of the right that are keys: what `lookup` does.
pub(super) fn without_keys(right: &[Column], on: &[(ColumnId, ColumnId)]) -> Vec<Column> {
    right.iter().filter(|c| !on.iter().any(|(_, key)| *key == c.id)).cloned().collect()
}
