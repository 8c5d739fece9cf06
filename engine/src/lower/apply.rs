//! `mv-apply`: the sub-query of each row, all rows at once.
//!
//! Rows are numbered and expanded; an array without elements leaves one row that does not count. The body then
//! runs over everything at once, keyed by the number: a filter only clears the mark `counts`, a group
//! aggregates over the rows that count within each number. The input's columns travel along.

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::expr_fn::first_value;
use datafusion::functions_window::rank::dense_rank_udwf;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{
    Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, Operator, WindowFunctionDefinition, binary_expr, lit,
};
use rehunt_lang::plan::{Aggregate, BodyId, Expr, Node, Rel, SortKey};
use rehunt_lang::types::{Column, ColumnId};

use super::aggregate::result_columns;
use super::expand::Expansion;
use super::expr::balanced;
use super::parse::{capture, matched};
use super::parts::{Parts, SubQuery};
use super::window::{over_all, with_window};
use super::{Lowered, Lowering, column, key, named};
use crate::error::{Error, Result};

/// The rows of a body on their way.
#[derive(Clone, Debug)]
pub(super) struct Expanded {
    plan: LogicalPlan,
    /// Number of the input row.
    row: String,
    /// Whether the row counts.
    counts: String,
    /// Columns of the input that travel along.
    carried: Vec<String>,
    /// Order within a number; empty means order of the elements.
    order: Vec<Sort>,
}

impl Lowering<'_> {
    pub(super) fn apply(&self, rel: &Rel, input: &Rel, expansion: &Expansion, sub: &SubQuery) -> Result<Lowered> {
        let lowered = self.rel(input)?;
        let (numbered, row) = self.numbered(lowered)?;
        let carried: Vec<String> = input.columns.iter().map(|c| key(c.id)).collect();
        let counts = self.hidden();
        let (plan, position) = self.expanded(numbered.plan, expansion, true, Some(&counts))?;
        let position = position.unwrap_or_default();
        let order = vec![named(&position).sort(true, true)];
        if !at_once(sub) {
            let parts = Parts {
                lowered: Lowered { plan, order },
                key: named(&row),
                counts: Some(counts),
                rows: rows_of(sub.body, sub.id).unwrap_or_default(),
                carried: input.columns.clone(),
            };
            return self.run_parts("mv-apply", rel, parts, sub);
        }
        self.finished(rel, sub, Expanded { plan, row, counts, carried, order })
    }

    /// `partition`: the parts are numbered by the key itself, or by the ranks of several.
    pub(super) fn partition(&self, rel: &Rel, input: &Rel, keys: &[ColumnId], sub: &SubQuery) -> Result<Lowered> {
        let lowered = self.rel(input)?;
        let (lowered, key) = match keys {
            [key] => (lowered, column(*key)),
            keys => self.ranked(lowered, keys)?,
        };
        if sub.value.is_some() {
            let plan = LogicalPlanBuilder::from(lowered.plan).aggregate(vec![key.clone()], Vec::<DfExpr>::new())?;
            let lowered = Lowered::unordered(plan.build()?);
            let parts = Parts { lowered, key, counts: None, rows: vec![], carried: vec![] };
            return self.run_parts("partition", rel, parts, sub);
        }
        if !at_once(sub) {
            let rows = input.columns.clone();
            let parts = Parts { lowered, key, counts: None, rows, carried: vec![] };
            return self.run_parts("partition", rel, parts, sub);
        }
        let (row, counts) = (self.hidden(), self.hidden());
        let added = vec![key.alias(&row), lit(true).alias(&counts)];
        let plan = self.with_columns(lowered.plan, added)?;
        self.finished(rel, sub, Expanded { plan, row, counts, carried: vec![], order: lowered.order })
    }

    /// Adds a number that is the same for equal keys.
    fn ranked(&self, lowered: Lowered, keys: &[ColumnId]) -> Result<(Lowered, DfExpr)> {
        let mut call = over_all(WindowFunctionDefinition::WindowUDF(dense_rank_udwf()), vec![], None);
        if let DfExpr::WindowFunction(window) = &mut call {
            window.params.order_by = keys.iter().map(|key| column(*key).sort(true, true)).collect();
        }
        let name = self.hidden();
        let plan = with_window(lowered.plan, call, &name, Some(DataType::Int64))?;
        Ok((Lowered { plan, order: lowered.order }, named(name)))
    }

    /// Runs a body over all rows and takes the columns of the result.
    fn finished(&self, rel: &Rel, sub: &SubQuery, state: Expanded) -> Result<Lowered> {
        let row = state.row.clone();
        let done = self.body(sub.body, state)?;
        let plan = LogicalPlanBuilder::from(done.plan).filter(named(&done.counts))?.build()?;
        let mut order = vec![named(&row).sort(true, true)];
        order.extend(done.order);
        let lowered = Lowered { plan, order };
        let mut list: Vec<DfExpr> = rel.columns.iter().map(|c| column(c.id)).collect();
        list.extend(lowered.order_columns(&list));
        let plan = LogicalPlanBuilder::from(lowered.plan).project(list)?.build()?;
        Ok(Lowered { plan, order: lowered.order })
    }

    fn body(&self, rel: &Rel, start: Expanded) -> Result<Expanded> {
        match &rel.node {
            Node::ApplyInput(_) => Ok(start),
            Node::Serialize { input } => self.body(input, start),
            Node::Filter { input, predicate } => {
                let state = self.body(input, start)?;
                let (state, exprs) = self.body_windows(state, std::slice::from_ref(predicate))?;
                let fused = self.fuse_paths(&exprs);
                let keep = exprs.iter().map(|e| self.predicate(e, &fused)).collect::<Result<Vec<_>>>()?;
                let keep = balanced(keep, Operator::And);
                self.mark(state, datafusion::functions::expr_fn::coalesce(vec![keep, lit(false)]))
            }
            Node::Project { input, exprs } => {
                let state = self.body(input, start)?;
                self.body_project(state, &rel.columns, exprs)
            }
            Node::Parse { input, text, parser, captures, matched_only } => {
                let mut state = self.body(input, start)?;
                let captured = self.hidden();
                state.plan = self.with_captures(state.plan, &captured, text, parser)?;
                let parts = captures.iter().enumerate().map(|(i, id)| capture(&captured, i).alias(key(*id)));
                state.plan = self.with_columns(state.plan, parts.collect())?;
                if *matched_only { self.mark(state, matched(&captured)) } else { Ok(state) }
            }
            Node::Sort { input, keys } => {
                let state = self.body(input, start)?;
                self.body_sort(state, keys)
            }
            Node::Limit { input, count } => {
                let state = self.body(input, start)?;
                self.body_limit(state, count)
            }
            Node::Aggregate { input, keys, aggregates } => {
                let state = self.body(input, start)?;
                self.body_aggregate(state, &rel.columns, keys, aggregates)
            }
            _ => Err(Error::Run("a sub-query cannot run for all parts at once".into())),
        }
    }

    /// Clears the mark of rows that fail a test.
    fn mark(&self, state: Expanded, keep: DfExpr) -> Result<Expanded> {
        let counts = self.hidden();
        let both = binary_expr(named(&state.counts), Operator::And, keep).alias(&counts);
        let plan = self.with_columns(state.plan, vec![both])?;
        Ok(Expanded { plan, counts, ..state })
    }

    /// Takes window calls out of expressions; rows that do not count are windows of their own.
    fn body_windows(&self, state: Expanded, exprs: &[Expr]) -> Result<(Expanded, Vec<Expr>)> {
        let within = [named(&state.row), named(&state.counts)];
        let lowered = Lowered { plan: state.plan, order: state.order };
        let (lowered, exprs) = self.without_windows_within(lowered, exprs, &within)?;
        Ok((Expanded { plan: lowered.plan, order: lowered.order, ..state }, exprs))
    }

    fn body_project(&self, state: Expanded, columns: &[Column], exprs: &[Expr]) -> Result<Expanded> {
        let (state, exprs) = self.body_windows(state, exprs)?;
        let fused = self.fuse_paths(&exprs);
        let present: Vec<String> = state.plan.schema().columns().into_iter().map(|c| c.name).collect();
        let mut fresh = Vec::new();
        for (c, expr) in columns.iter().zip(&exprs) {
            if !present.contains(&key(c.id)) {
                fresh.push(self.value(expr, &fused)?.alias(key(c.id)));
            }
        }
        let plan = self.with_columns(state.plan, fresh)?;
        Ok(Expanded { plan, ..state })
    }

    fn body_sort(&self, state: Expanded, keys: &[SortKey]) -> Result<Expanded> {
        let exprs: Vec<Expr> = keys.iter().map(|k| k.expr.clone()).collect();
        let (state, exprs) = self.body_windows(state, &exprs)?;
        let (mut order, fresh) = self.sort_order(keys, &exprs)?;
        order.extend(state.order.clone());
        let plan = self.with_columns(state.plan, fresh)?;
        Ok(Expanded { plan, order, ..state })
    }

    fn body_limit(&self, state: Expanded, count: &Expr) -> Result<Expanded> {
        let count = self.constant(count)?.as_long().unwrap_or(0);
        let rank = self.hidden();
        let mut call = over_all(WindowFunctionDefinition::WindowUDF(row_number_udwf()), vec![], None);
        if let DfExpr::WindowFunction(window) = &mut call {
            window.params.partition_by = vec![named(&state.row)];
            let mut order = vec![named(&state.counts).sort(false, false)];
            order.extend(state.order.clone());
            window.params.order_by = order;
        }
        let plan = with_window(state.plan.clone(), call, &rank, Some(DataType::Int64))?;
        let within = binary_expr(named(rank), Operator::LtEq, lit(count));
        self.mark(Expanded { plan, ..state }, within)
    }

    fn body_aggregate(
        &self,
        state: Expanded,
        columns: &[Column],
        keys: &[Expr],
        aggregates: &[Aggregate],
    ) -> Result<Expanded> {
        let all: Vec<Expr> =
            keys.iter().chain(aggregates.iter().flat_map(|a| a.args.iter().chain(&a.filter))).cloned().collect();
        let fused = self.fuse_paths(&all);
        // With keys a row that does not count makes no group; without, it makes the group of nothing.
        let plan = match keys.is_empty() {
            true => state.plan,
            false => LogicalPlanBuilder::from(state.plan).filter(named(&state.counts))?.build()?,
        };
        let wanted = aggregates.iter().any(|a| self.honours_order(a));
        let (plan, ordinal) = match wanted {
            false => (plan, None),
            true => {
                let mut order = vec![named(&state.row).sort(true, true)];
                order.extend(state.order.clone());
                let (numbered, name) = self.numbered(Lowered { plan, order })?;
                (numbered.plan, Some(named(name)))
            }
        };
        let mut groups = vec![named(&state.row)];
        let mut list = vec![named(&state.row)];
        for (c, expr) in columns.iter().zip(keys) {
            groups.push(self.value(expr, &fused)?.alias(key(c.id)));
            list.push(column(c.id));
        }
        let mut calls = Vec::new();
        for name in &state.carried {
            calls.push(first_value(named(name), vec![]).alias(name));
            list.push(named(name));
        }
        let mut results = columns.iter().skip(keys.len());
        for aggregate in aggregates {
            let name = self.hidden();
            let mut call = self.aggregate_call(aggregate, ordinal.as_ref(), &fused)?;
            if let DfExpr::AggregateFunction(function) = &mut call {
                let counts = named(&state.counts);
                let filter = match function.params.filter.take() {
                    Some(filter) => binary_expr(counts, Operator::And, *filter),
                    None => counts,
                };
                function.params.filter = Some(Box::new(filter));
            }
            calls.push(call.alias(&name));
            let of_this: Vec<&Column> = results.by_ref().take(aggregate.types.len()).collect();
            list.extend(result_columns(aggregate, &name, &of_this));
        }
        let counts = self.hidden();
        list.push(lit(true).alias(&counts));
        let plan = LogicalPlanBuilder::from(plan).aggregate(groups, calls)?.project(list)?.build()?;
        Ok(Expanded { plan, row: state.row, counts, carried: state.carried, order: vec![] })
    }
}

/// Tells whether a body runs for all parts at once: operators on its rows that know how, and nothing that is
/// computed for each part.
fn at_once(sub: &SubQuery) -> bool {
    fn simple(rel: &Rel) -> bool {
        match &rel.node {
            Node::ApplyInput(_) => true,
            Node::Serialize { input }
            | Node::Filter { input, .. }
            | Node::Parse { input, .. }
            | Node::Project { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Aggregate { input, .. } => simple(input),
            _ => false,
        }
    }
    sub.value.is_none() && sub.preludes.is_empty() && simple(sub.body)
}

/// The columns under which a body reads its rows first.
fn rows_of(rel: &Rel, id: BodyId) -> Option<Vec<Column>> {
    if matches!(&rel.node, Node::ApplyInput(own) if *own == id) {
        return Some(rel.columns.clone());
    }
    let mut found = None;
    rel.inputs(&mut |input| found = found.take().or_else(|| rows_of(input, id)));
    found
}
