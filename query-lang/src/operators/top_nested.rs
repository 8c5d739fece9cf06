//! `top-nested [n] of expression [with others = constant] by aggregate [asc|desc], top-nested ...`: the top values of
//! a level, within each of them the top values of the next, and what an aggregate says of each.
//! learn.microsoft.com/kusto/query/top-nested-operator

use std::rc::Rc;

use super::distinct::dynamic_key;
use super::{Operate, OperatorSpec, done, keyword};
use crate::bind::columns::{Names, duplicate};
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::bind::{Binder, Pending};
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, NamedExpr};
use crate::expr::auto_name::auto_name;
use crate::expr::parse::{expr, named};
use crate::library::Example;
use crate::plan::{self, Aggregate, BinaryOp, BodyId, ExprKind, JoinKind, Node, Rel, SortKey, UnionColumn, UnionInput};
use crate::span::Span;
use crate::types::{Column, ColumnId, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | top-nested [n] of [name =] expression [with others = constant] by [name =] aggregate [asc|desc], top-nested ...",
    summary: "The top values by an aggregate; within each of them the top values of the next level. Without a number all values; `with others` adds what the rest comes to.",
    example: Example {
        query: "datatable(a:string, b:string, v:long)['x', 'p', 5, 'x', 'q', 9, 'y', 'p', 3] | top-nested 1 of a by sum(v), top-nested 1 of b by sum(v)",
        answer: "x | 14 | q | 9",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct TopNested {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    count: Option<Expr>,
    of: NamedExpr,
    others: Option<Expr>,
    by: NamedExpr,
    ascending: bool,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (mut at, first) = level(c)?;
    let mut levels = vec![first];
    while let Some(after) = at.eat(",") {
        let Some((after, "top-nested")) = keyword(after) else { return after.expected("top-nested") };
        let (after, next) = level(after)?;
        levels.push(next);
        at = after;
    }
    let _ = at.symbol(",");
    done(at, TopNested { levels })
}

/// What stands behind `top-nested`.
fn level(c: Cursor) -> Parsed<Level> {
    let (at, count) = match c.is_word("of") {
        true => (c, None),
        false => {
            let (after, count) = expr(c)?;
            (after, Some(count))
        }
    };
    let (at, _) = at.word("of")?;
    let (at, of) = named(at)?;
    let (at, others) = match at.eat_word("with") {
        Some(after) => {
            let (after, _) = after.word("others")?;
            let (after, _) = after.symbol("=")?;
            let (after, value) = expr(after)?;
            (after, Some(value))
        }
        None => (at, None),
    };
    let (at, _) = at.word("by")?;
    let (at, by) = named(at)?;
    let (at, ascending) = match (at.eat_word("asc"), at.eat_word("desc")) {
        (Some(after), _) => (after, true),
        (_, Some(after)) => (after, false),
        _ => (at, false),
    };
    Ok((at, Level { count, of, others, by, ascending, span: at.since(c) }))
}

/// A level bound on the rows of the input.
struct Bound {
    of: plan::Expr,
    name: String,
    aggregates: Vec<(Aggregate, Vec<Column>)>,
    /// The value of a group, over the columns of the aggregates.
    value: plan::Expr,
    value_name: String,
    count: Option<plan::Expr>,
    others: Option<plan::Expr>,
    ascending: bool,
}

impl Operate for TopNested {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let scope = Scope::row(&input, env);
        let mut names = Names::default();
        let levels: Vec<Bound> = self.levels.iter().map(|level| level.bind(&scope, &mut names, binder)).collect();
        for (upper, (lower, written)) in levels.iter().zip(levels.iter().zip(&self.levels).skip(1)) {
            if upper.others.is_some() && lower.others.is_none() {
                // No page says what the lower level is for the rest of the upper one.
                binder.not_yet(written.span, "a level of `top-nested` without `others` below one with it");
            }
        }
        let poisoned = |l: &Bound| {
            [Some(&l.of), Some(&l.value), l.count.as_ref(), l.others.as_ref()]
                .into_iter()
                .flatten()
                .any(|e| e.ty == Type::Unknown)
        };
        if levels.iter().any(poisoned) {
            let both = levels.iter().flat_map(|l| [(l.name.clone(), l.of.ty), (l.value_name.clone(), l.value.ty)]);
            let columns: Vec<Column> = both.map(|(name, ty)| binder.column(name, ty)).collect();
            return Tabular { open: true, ..input.unordered(columns, |input| Node::NotYet { inputs: vec![*input] }) };
        }
        let open = input.open;
        let rel = Nesting::of(input.rel, &levels, binder).run(&levels, binder);
        Tabular { open, ..Tabular::new(rel) }
    }
}

impl Level {
    fn bind(&self, scope: &Scope, names: &mut Names, binder: &mut Binder) -> Bound {
        let of = binder.expr(&self.of.value, scope);
        let name = match self.of.names.first() {
            Some(name) => self.declared(&name.text, name.span, names, binder),
            None => match auto_name(&self.of.value, scope, binder.host) {
                Some(name) => names.infer(&name),
                None => names.unnamed(),
            },
        };
        if of.ty == Type::Dynamic {
            binder.report(dynamic_key(&format!("`{name}`"), self.of.value.span));
        }
        let outer = binder.aggregates.replace(Pending::default());
        let value = binder.expr(&self.by.value, scope);
        let pending = std::mem::replace(&mut binder.aggregates, outer).unwrap_or_default();
        if value.ty != Type::Unknown && !value.ty.is_orderable() {
            let message = format!("a {} has no order", value.ty);
            binder.report(Diagnostic::error("no-order", self.by.value.span, message).kusto("KS241"));
        }
        let value_name = match self.by.names.first() {
            Some(own) => self.declared(&own.text, own.span, names, binder),
            None => names.infer(&format!("aggregated_{name}")),
        };
        let constants = Scope::constants(scope.env);
        let count = self.count.as_ref().map(|count| constant(count, Type::Long, &constants, binder));
        let others = self.others.as_ref().map(|others| constant(others, of.ty, &constants, binder));
        let aggregates = pending.list.into_iter().map(|p| (p.aggregate, p.columns)).collect();
        Bound { of, name, aggregates, value, value_name, count, others, ascending: self.ascending }
    }

    fn declared(&self, name: &str, span: Span, names: &mut Names, binder: &mut Binder) -> String {
        if !names.declare(name) {
            binder.report(duplicate(name, span));
        }
        name.to_owned()
    }
}

/// A constant of a type.
fn constant(value: &Expr, ty: Type, scope: &Scope, binder: &mut Binder) -> plan::Expr {
    let bound = binder.expr_of(value, ty, scope);
    match binder.constant(&bound) {
        _ if bound.ty == Type::Unknown => bound,
        Some(constant) => plan::Expr { ty: bound.ty, kind: ExprKind::Literal(constant) },
        None => {
            let error = Diagnostic::error("not-constant", value.span, "a constant is expected here");
            binder.poison(error.kusto("KS108"))
        }
    }
}

/// The rows on their way through the levels. Columns: those that aggregates read, the value of each level, then for
/// each level that is done its label and whether that stands for the rest.
struct Nesting {
    rows: Rel,
    /// The columns of the input that aggregates read, as they were; they are the first of the rows.
    read: Vec<ColumnId>,
    /// How many levels are done.
    done: usize,
    levels: usize,
}

impl Nesting {
    fn of(input: Rel, levels: &[Bound], binder: &mut Binder) -> Self {
        let mut read: Vec<ColumnId> = Vec::new();
        for (aggregate, _) in levels.iter().flat_map(|l| &l.aggregates) {
            for expr in aggregate.args.iter().chain(&aggregate.filter) {
                expr.any(&mut |e| {
                    if let ExprKind::Column(id) = e.kind
                        && !read.contains(&id)
                    {
                        read.push(id);
                    }
                    false
                });
            }
        }
        let mut exprs: Vec<plan::Expr> =
            read.iter().filter_map(|id| input.columns.iter().find(|c| c.id == *id)).map(plan::Expr::column).collect();
        exprs.extend(levels.iter().map(|l| l.of.clone()));
        let rows = project(input, exprs, binder);
        let several = levels.len() > 1 || levels.iter().any(|l| l.others.is_some());
        let rows = if several { binder.shared(rows) } else { rows };
        Self { rows, read, done: 0, levels: levels.len() }
    }

    fn run(mut self, levels: &[Bound], binder: &mut Binder) -> Rel {
        let mut result: Option<Rel> = None;
        for level in levels {
            let top = self.top(level, binder);
            let last = self.done + 1 == self.levels;
            let values = match (&level.others, last) {
                (None, true) => top,
                (None, false) => {
                    let top = binder.shared(top);
                    let values = binder.again(&top);
                    self.label(top, level, binder);
                    values
                }
                (Some(_), _) => {
                    let top = binder.shared(top);
                    self.label(top, level, binder);
                    self.grouped(level, self.levels + 2 * self.done, binder)
                }
            };
            // Labels and marks so far, then the value.
            result = Some(match result {
                None => values,
                Some(upper) => nested(upper, values, self.done, binder),
            });
            self.done += 1;
        }
        let levels = levels.iter().enumerate();
        named_result(result.unwrap_or_else(|| Tabular::broken().rel), levels, binder)
    }

    /// The columns of labels and marks of the levels that are done.
    fn prefix(&self, rows: &Rel) -> Vec<Column> {
        let labels = self.read.len() + self.levels;
        rows.columns.iter().skip(labels).take(2 * self.done).cloned().collect()
    }

    /// One row a group: labels and marks so far, then label and mark of this level, then its value. The label is the
    /// column `label` behind those that aggregates read; the mark is behind it, where it is a label already.
    fn grouped(&self, level: &Bound, label: usize, binder: &mut Binder) -> Rel {
        let rows = binder.again(&self.rows);
        let ids = self.read.iter().copied().zip(rows.columns.iter().map(|c| c.id)).collect();
        let mut keys: Vec<plan::Expr> = self.prefix(&rows).iter().map(plan::Expr::column).collect();
        let labelled = label >= self.levels;
        let own = rows.columns.iter().skip(self.read.len() + label).take(1 + usize::from(labelled));
        keys.extend(own.map(plan::Expr::column));
        let mut columns: Vec<Column> = keys.iter().map(|k| binder.column("", k.ty)).collect();
        let mut exprs: Vec<plan::Expr> = columns.iter().map(plan::Expr::column).collect();
        if !labelled {
            exprs.push(plan::Expr::literal(Value::Bool(false)));
        }
        let mut results = std::collections::HashMap::new();
        let mut aggregates = Vec::new();
        for (aggregate, given) in &level.aggregates {
            let mut aggregate = aggregate.clone();
            aggregate.args.iter_mut().chain(&mut aggregate.filter).for_each(|e| e.rename(&ids));
            aggregates.push(aggregate);
            for old in given {
                let column = binder.column("", old.ty);
                results.insert(old.id, column.id);
                columns.push(column);
            }
        }
        let mut value = level.value.clone();
        value.rename(&results);
        exprs.push(value);
        let groups = Rel { columns, node: Node::Aggregate { input: Box::new(rows), keys, aggregates } };
        project(groups, exprs, binder)
    }

    /// The top groups of a level within each group of the levels above, those that stand for the rest left out.
    fn top(&self, level: &Bound, binder: &mut Binder) -> Rel {
        let mut groups = self.grouped(level, self.done, binder);
        if let Some(mark) = self.done.checked_sub(1).and_then(|n| groups.columns.get(2 * n + 1)).cloned() {
            let rest = plan::Expr::column(&mark);
            let kind = ExprKind::Binary {
                op: BinaryOp::Equal,
                left: Box::new(rest),
                right: Box::new(plan::Expr::literal(Value::Bool(false))),
            };
            let predicate = plan::Expr { ty: Type::Bool, kind };
            groups = Rel { columns: groups.columns.clone(), node: Node::Filter { input: Box::new(groups), predicate } };
        }
        let Some(count) = level.count.clone() else { return groups };
        let columns = groups.columns.clone();
        let keys: Vec<ColumnId> = columns.iter().take(2 * self.done).map(|c| c.id).collect();
        let sort = columns.last().map(|value| by_value(value, level.ascending)).into_iter().collect();
        let limit = |input: Rel| {
            let sorted = Rel { columns: columns.clone(), node: Node::Sort { input: Box::new(input), keys: sort } };
            Rel { columns: columns.clone(), node: Node::Limit { input: Box::new(sorted), count } }
        };
        if keys.is_empty() {
            return limit(groups);
        }
        let id = BodyId(binder.fresh().0);
        let body = Box::new(limit(Rel { columns: columns.clone(), node: Node::ApplyInput(id) }));
        let node = Node::Partition { input: Box::new(groups), keys, value: None, id, preludes: Vec::new(), body };
        Rel { columns, node }
    }

    /// Gives each row the label of a level: its own value where that is among the top, else that of the rest; without
    /// one such rows are gone.
    fn label(&mut self, top: Rel, level: &Bound, binder: &mut Binder) {
        let own = self.read.len() + self.done;
        let kept = self.labelled(JoinKind::Inner, binder.again(&top), own, None, binder);
        let rows = match &level.others {
            None => kept,
            Some(others) => {
                let rest = self.labelled(JoinKind::LeftAnti, binder.again(&top), own, Some(others), binder);
                let columns: Vec<Column> = kept.columns.iter().map(|c| binder.column("", c.ty)).collect();
                let all = |rel: Rel| UnionInput {
                    columns: rel.columns.iter().map(|c| UnionColumn::From(c.id)).collect(),
                    rel,
                };
                Rel { columns, node: Node::Union { inputs: vec![all(kept), all(rest)] } }
            }
        };
        self.rows = binder.shared(rows);
    }

    fn labelled(&self, kind: JoinKind, top: Rel, own: usize, others: Option<&plan::Expr>, binder: &mut Binder) -> Rel {
        let rows = binder.again(&self.rows);
        let mut left = self.prefix(&rows);
        left.extend(rows.columns.get(own).cloned());
        let on = left.iter().zip(&top.columns).map(|(l, r)| (l.id, r.id)).collect();
        let value = left.last().map_or_else(plan::Expr::poison, plan::Expr::column);
        let mut exprs: Vec<plan::Expr> = rows.columns.iter().map(plan::Expr::column).collect();
        exprs.push(others.cloned().unwrap_or(value));
        exprs.push(plan::Expr::literal(Value::Bool(others.is_some())));
        let mut columns = rows.columns.clone();
        if kind == JoinKind::Inner {
            columns.extend(top.columns.clone());
        }
        let node = Node::Join { kind, left: Box::new(rows), right: Box::new(top), on };
        project(Rel { columns, node }, exprs, binder)
    }
}

/// Puts the values of a level beside those of the levels above. Columns: label, mark and value of each level above;
/// then of this one.
fn nested(upper: Rel, values: Rel, done: usize, binder: &mut Binder) -> Rel {
    let prefix = (0..done).flat_map(|n| [3 * n, 3 * n + 1]);
    let on: Vec<(ColumnId, ColumnId)> =
        prefix.filter_map(|at| upper.columns.get(at)).zip(&values.columns).map(|(l, r)| (l.id, r.id)).collect();
    let own = values.columns.iter().skip(2 * done);
    let exprs: Vec<plan::Expr> = upper.columns.iter().chain(own).map(plan::Expr::column).collect();
    let columns = upper.columns.iter().chain(&values.columns).cloned().collect();
    let node = Node::Join { kind: JoinKind::Inner, left: Box::new(upper), right: Box::new(values), on };
    project(Rel { columns, node }, exprs, binder)
}

/// Sorts the result by the levels, the rest of each last, and names its columns.
fn named_result<'b>(rel: Rel, levels: impl Iterator<Item = (usize, &'b Bound)>, binder: &mut Binder) -> Rel {
    let (mut keys, mut exprs, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for (n, level) in levels {
        let [label, mark, value] = [3 * n, 3 * n + 1, 3 * n + 2].map(|at| rel.columns.get(at));
        keys.extend(mark.map(|mark| by_value(mark, true)));
        keys.extend(value.map(|value| by_value(value, level.ascending)));
        exprs.extend([label, value].into_iter().flatten().map(plan::Expr::column));
        columns.push(binder.column(level.name.clone(), level.of.ty));
        columns.push(binder.column(level.value_name.clone(), level.value.ty));
    }
    let sorted = Rel { columns: rel.columns.clone(), node: Node::Sort { input: Box::new(rel), keys } };
    Rel { columns, node: Node::Project { input: Box::new(sorted), exprs } }
}

fn by_value(value: &Column, ascending: bool) -> SortKey {
    SortKey { expr: plan::Expr::column(value), descending: !ascending, nulls_first: ascending }
}

/// Computes columns without names.
fn project(input: Rel, exprs: Vec<plan::Expr>, binder: &mut Binder) -> Rel {
    let columns = exprs.iter().map(|e| binder.column("", e.ty)).collect();
    Rel { columns, node: Node::Project { input: Box::new(input), exprs } }
}
