//! `make-series [kind=nonempty] [name =] aggregate [default = value], ... on axis [from a] [to b] step s [by keys]`: one
//! row a group, in which each aggregate is an array with a value for every step of the axis; the axis comes last.
//! The older form `on axis in range(a, b, s)` includes its end, and its steps begin at multiples of the step.
//! learn.microsoft.com/kusto/query/make-series-operator

use std::rc::Rc;

use super::parameters::{self, Parameter, unknown_value};
use super::summarize::{keys_of, results_of};
use super::{Operate, OperatorSpec, done};
use crate::bind::columns::Names;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::bind::{Binder, Pending, PendingAggregate};
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::expr::ast::{Expr, NamedExpr};
use crate::expr::operator_types;
use crate::expr::parse::{close, expr, named, named_list, operand};
use crate::library::Example;
use crate::name;
use crate::plan::{self, BinaryOp, ExprKind, Node, Operation, SortKey};
use crate::types::{Column, ColumnId, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | make-series [kind=nonempty] [name =] aggregate [default = value], ... on axis [from start] [to end] step step [by [name =] expression, ...]\n\
             T | make-series [name =] aggregate [default = value], ... on axis in range(start, last, step) [by [name =] expression, ...]",
    summary: "One row a group: arrays with a value for each step of an axis, which is the last column. A step without \
              rows has the default, 0 unless given.",
    example: Example {
        query: "datatable(t:long, v:long)[1, 10, 2, 20, 7, 70] | make-series n = count(), max(v) default = -1 on t from 0 to 9 step 3",
        answer: "[2,0,1] | [20,-1,70] | [0,3,6]",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct MakeSeries {
    parameters: Vec<Parameter>,
    aggregates: Vec<Item>,
    axis: NamedExpr,
    from: Option<Expr>,
    to: Option<Expr>,
    step: Expr,
    /// Whether it was written `in range(...)`.
    range: bool,
    keys: Vec<NamedExpr>,
}

#[derive(Debug)]
struct Item {
    value: NamedExpr,
    default: Option<Expr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["kind"])?;
    let (at, aggregates) = items(at)?;
    let (at, _) = at.word("on")?;
    let (at, axis) = axis(at)?;
    let range = at.is_word("in");
    let (at, (from, to, step)) = if range { range_points(at)? } else { points(at)? };
    let (at, keys) = match at.eat_word("by") {
        Some(after) => named_list(after)?,
        None => {
            let _ = at.word("by");
            (at, Vec::new())
        }
    };
    done(at, MakeSeries { parameters, aggregates, axis, from, to, step, range, keys })
}

fn items(c: Cursor) -> Parsed<Vec<Item>> {
    let mut all = Vec::new();
    let mut at = c;
    loop {
        let (after, value) = named(at)?;
        let (after, default) = match after.eat_word("default") {
            Some(after) => {
                let (after, _) = after.symbol("=")?;
                let (after, default) = expr(after)?;
                (after, Some(default))
            }
            None => (after, None),
        };
        all.push(Item { value, default });
        match after.eat(",") {
            Some(after) => at = after,
            None => return Ok((after, all)),
        }
    }
}

/// The axis; a comparison cannot stand here, for `in` begins the range.
fn axis(c: Cursor) -> Parsed<NamedExpr> {
    let (at, names) = match name::step(c) {
        Ok((after, _)) if after.is("=") => {
            let (_, name) = name::declaration(c)?;
            (after.next(), vec![name])
        }
        _ => (c, Vec::new()),
    };
    let (after, value) = operand(at)?;
    Ok((after, NamedExpr { names, tuple: false, value, span: after.since(c) }))
}

type Points = (Option<Expr>, Option<Expr>, Expr);

/// `[from a] [to b] step s`
fn points(c: Cursor) -> Parsed<Points> {
    let (at, from) = after_word(c, "from")?;
    let (at, to) = after_word(at, "to")?;
    let (at, _) = at.word("step")?;
    let (at, step) = expr(at)?;
    Ok((at, (from, to, step)))
}

fn after_word<'t>(c: Cursor<'t>, word: &'static str) -> Parsed<'t, Option<Expr>> {
    match c.eat_word(word) {
        Some(after) => expr(after).map(|(after, value)| (after, Some(value))),
        None => {
            let _ = c.word(word);
            Ok((c, None))
        }
    }
}

/// `in range(a, b, s)`
fn range_points(c: Cursor) -> Parsed<Points> {
    let (at, _) = c.word("in")?;
    let (at, _) = at.word("range")?;
    let (at, open) = at.symbol("(")?;
    let (at, from) = expr(at)?;
    let (at, _) = at.symbol(",")?;
    let (at, to) = expr(at)?;
    let (at, _) = at.symbol(",")?;
    let (at, step) = expr(at)?;
    let (at, _) = close(at, ")", open)?;
    Ok((at, (Some(from), Some(to), step)))
}

/// The axis and the points on it, bound.
struct Axis {
    value: plan::Expr,
    from: Option<plan::Expr>,
    to: Option<plan::Expr>,
    step: plan::Expr,
}

impl Operate for MakeSeries {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let (scope, constants) = (Scope::row(&input, env), Scope::constants(env));
        for kind in self.parameters.iter().filter(|p| p.value != "nonempty") {
            binder.report(unknown_value(kind, &["nonempty"]));
        }
        let mut names = Names::default();
        let (groups, defaults) = self.groups(&scope, &mut names, binder);
        let given = binder.columns_of(&self.axis, &scope).into_iter().next();
        let axis_name = given.as_ref().and_then(|given| binder.settle_name(given, &mut names));
        let axis = given.and_then(|given| self.axis(given.value, &constants, binder));
        let place = axis.as_ref().and_then(|axis| self.place(axis, binder));

        let mut columns: Vec<Column> = groups.keys.iter().map(|key| binder.column(key.name.clone(), key.ty)).collect();
        for name in groups.values.iter().map(|(column, _)| column.name.clone()).chain(axis_name) {
            columns.push(binder.column(name, Type::Dynamic));
        }
        let (Some(axis), Some(place)) = (axis, place) else {
            // The names are known even after an error.
            return input.unordered(columns, |input| Node::NotYet { inputs: vec![*input] });
        };
        let operation = Operation::MakeSeries {
            keys: groups.keys.len(),
            inclusive: self.range,
            nonempty: self.parameters.iter().any(|p| p.value == "nonempty"),
        };
        let all = input.rel.columns.clone();
        let predicate = plan::Expr::all(self.within(&axis));
        let rows = input.with(all, |input| Node::Filter { input, predicate });
        let rows = groups.rows(rows, place, binder);
        let end = |end: Option<plan::Expr>| end.unwrap_or_else(|| plan::Expr::literal(Value::Null(axis.value.ty)));
        let exprs = [axis.step, end(axis.from), end(axis.to)].into_iter().chain(defaults).collect();
        rows.unordered(columns, |input| Node::Whole { operation, inputs: vec![*input], exprs, locals: Vec::new() })
    }
}

/// The keys of each series and what is computed for each of its steps.
struct Groups {
    keys: Vec<Column>,
    exprs: Vec<plan::Expr>,
    values: Vec<(Column, plan::Expr)>,
    aggregates: Vec<PendingAggregate>,
}

impl Groups {
    /// A row for each group and step that has data: keys, values, where the step begins; in order of keys and steps.
    fn rows(mut self, input: Tabular, place: plan::Expr, binder: &mut Binder) -> Tabular {
        let step = binder.column("step", place.ty);
        self.exprs.push(place);
        let mut grouped = self.keys.clone();
        grouped.push(step.clone());
        grouped.extend(self.aggregates.iter().flat_map(|p| p.columns.iter().cloned()));
        let aggregates = self.aggregates.into_iter().map(|p| p.aggregate).collect();
        let rows = input.unordered(grouped, |input| Node::Aggregate { input, keys: self.exprs, aggregates });

        let keys: Vec<Column> = self.keys.iter().map(|key| binder.column(key.name.clone(), key.ty)).collect();
        let last = binder.column("step", step.ty);
        let exprs = self.keys.iter().map(plan::Expr::column);
        let (values, computed): (Vec<Column>, Vec<plan::Expr>) = self.values.into_iter().unzip();
        let exprs = exprs.chain(computed).chain([plan::Expr::column(&step)]).collect();
        let order = keys.iter().chain([&last]).map(|c| SortKey {
            expr: plan::Expr::column(c),
            descending: false,
            nulls_first: true,
        });
        let order = order.collect();
        let columns: Vec<Column> = keys.into_iter().chain(values).chain([last]).collect();
        let rows = rows.with(columns.clone(), |input| Node::Project { input, exprs });
        rows.with(columns, |input| Node::Sort { input, keys: order })
    }
}

impl MakeSeries {
    /// Binds keys and aggregates, with what each value is on a step without data.
    fn groups(&self, scope: &Scope, names: &mut Names, binder: &mut Binder) -> (Groups, Vec<plan::Expr>) {
        let (keys, exprs) = keys_of(&self.keys, scope, names, binder);
        let plain = exprs.iter().filter_map(column_of).collect();
        let outer = binder.aggregates.replace(Pending { keys: plain, list: Vec::new() });
        let (mut values, mut written) = (Vec::new(), Vec::new());
        for item in &self.aggregates {
            let given = results_of(&item.value, scope, names, binder);
            written.extend(given.iter().map(|_| item.default.as_ref()));
            values.extend(given);
        }
        let pending = std::mem::replace(&mut binder.aggregates, outer).unwrap_or_default();
        let constants = Scope::constants(scope.env);
        let defaults = values.iter().zip(written);
        let defaults = defaults.map(|((value, _), written)| default(written, value.ty, &constants, binder)).collect();
        (Groups { keys, exprs, values, aggregates: pending.list }, defaults)
    }

    /// Binds the axis and its points and brings them to one type; nothing after an error.
    fn axis(&self, value: plan::Expr, constants: &Scope, binder: &mut Binder) -> Option<Axis> {
        let step = binder.expr(&self.step, constants);
        let [from, to] = [&self.from, &self.to].map(|e| e.as_ref().map(|e| (binder.expr(e, constants), e.span)));
        let ty = match value.ty {
            Type::Int => Type::Long,
            ty => ty,
        };
        let interval = match ty {
            Type::Datetime | Type::Timespan => Type::Timespan,
            ty => ty,
        };
        let fits = |given: Type, wanted: Type| {
            given == wanted || given.is_number() && wanted.is_number() && given <= wanted || given == Type::Unknown
        };
        if value.ty == Type::Unknown || step.ty == Type::Unknown {
            return None;
        }
        if !ty.is_summable() || !fits(step.ty, interval) {
            let message = format!("a {} is no step on an axis of {}", step.ty, value.ty);
            binder.report(Diagnostic::error("operator-types", self.step.span, message).kusto("KS178"));
            return None;
        }
        if ty == Type::Decimal {
            binder.not_yet(self.axis.span, "an axis of decimals");
        }
        let misfit = from.iter().chain(&to).find(|(end, _)| !fits(end.ty, ty));
        if let Some((end, span)) = misfit {
            let message = format!("expected a {ty}, found a {}", end.ty);
            binder.report(Diagnostic::error("wrong-type", *span, message).kusto("KS141"));
            return None;
        }
        let end = |end: Option<(plan::Expr, _)>| end.map(|(end, _)| end.to(ty));
        let axis = Axis { value: value.to(ty), from: end(from), to: end(to), step: step.to(interval) };
        let known = axis.from.iter().chain(&axis.to).all(|e| e.ty != Type::Unknown);
        known.then_some(axis)
    }

    /// The step of the axis that a row falls on.
    fn place(&self, axis: &Axis, binder: &mut Binder) -> Option<plan::Expr> {
        let (name, from) = match &axis.from {
            Some(from) if !self.range => ("bin_at", Some(from.clone())),
            _ => ("bin", None),
        };
        let Some(function) = binder.host.library().function(name) else {
            binder.report(unsupported(self.axis.span, "operator `make-series`"));
            return None;
        };
        let args = [axis.value.clone(), axis.step.clone()].into_iter().chain(from).collect();
        Some(plan::Expr { ty: axis.value.ty, kind: ExprKind::Call { function, args } })
    }

    /// Which rows count: from the start, and before the end. With `in range(...)` the step of a row decides.
    fn within(&self, axis: &Axis) -> Vec<plan::Expr> {
        let compare = |op, end: &Option<plan::Expr>| {
            let end = end.clone().filter(|_| !self.range)?;
            let meeting = operator_types::order(axis.value.ty, end.ty)?;
            Some(crate::expr::combine(op, axis.value.clone(), end, meeting))
        };
        [compare(BinaryOp::GreaterOrEqual, &axis.from), compare(BinaryOp::Less, &axis.to)]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// What a value is where no row is: a constant, 0 unless given.
fn default(written: Option<&Expr>, ty: Type, constants: &Scope, binder: &mut Binder) -> plan::Expr {
    let Some(written) = written else { return plan::Expr::literal(zero(ty)) };
    let bound = binder.expr(written, constants);
    match bound.ty.is_number() && ty.is_number() && bound.ty <= ty {
        true => bound.to(ty),
        false => bound,
    }
}

fn column_of(key: &plan::Expr) -> Option<ColumnId> {
    match key.kind {
        ExprKind::Column(id) => Some(id),
        _ => None,
    }
}

/// The zero of a type; what has none is missing.
fn zero(ty: Type) -> Value {
    match ty {
        Type::Int => Value::Int(0),
        Type::Long => Value::Long(0),
        Type::Real => Value::Real(0.0),
        Type::Decimal => Value::Decimal("0".into()),
        Type::Timespan => Value::Timespan(0),
        other => Value::missing(other),
    }
}
