//! `scan`: rows in order, one at a time, against steps that remember.
//!
//! What does not depend on the state is a column computed before, for whole batches; what does is evaluated for the
//! row at hand. A condition is split at its `and`s, so that most rows fail it on a column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::{concat, interleave};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{DFSchema, Result as DfResult};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlanBuilder};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use rehunt_lang::plan::{Expr, ExprKind, Node, Rel, Scan, ScanOutput, StateValue};
use rehunt_lang::types::{Column, ColumnId, Type, Value};

use super::{Lowered, Lowering, column, key, named};
use crate::error::{Error, Result};
use crate::types::arrow_type;
use crate::value::array_of;

impl Lowering<'_> {
    pub(super) fn scan_steps(
        &self,
        rel: &Rel,
        scan: &Scan,
        inputs: &[Rel],
        exprs: &[Expr],
        locals: &[Column],
    ) -> Result<Lowered> {
        let [input] = inputs else { return Err(Error::Run("`scan` has no input".into())) };
        let mut prepared = Prepared { lowering: self, input, locals, lifted: Vec::new() };
        let mut steps = Vec::with_capacity(scan.steps.len());
        for step in &scan.steps {
            let conditions = conjuncts(expr_at(exprs, step.condition)?);
            let mut all = conditions.into_iter().map(|c| prepared.cell(c)).collect::<Result<Vec<_>>>()?;
            // Columns first: they cost nothing.
            all.sort_by_key(|cell| matches!(cell, Cell::Computed { .. }));
            let mut assignments = Vec::with_capacity(step.assignments.len());
            for (to, from) in &step.assignments {
                assignments.push((*to, prepared.cell(expr_at(exprs, *from)?)?));
            }
            steps.push(Step { output: step.output, conditions: all, assignments });
        }
        let lifted = std::mem::take(&mut prepared.lifted);
        let before = with_lifted(input, lifted);
        let lowered = self.rel(&before)?;
        let list: Vec<DfExpr> = before.columns.iter().map(|c| column(c.id)).collect();
        let plan = LogicalPlanBuilder::from(lowered.sorted()?).project(list)?.build()?;

        let ordinal = self.hidden();
        let mut fields: Vec<Field> =
            rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true)).collect();
        fields.push(Field::new(&ordinal, DataType::Int64, false));
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let defaults = declared(rel, input).zip(&scan.defaults);
        let machine = Arc::new(Machine {
            steps,
            width: input.columns.len(),
            defaults: defaults.map(|(c, v)| array_of(c.ty, std::iter::once(Some(v)))).collect::<Result<_>>()?,
            empty: empty_state(scan, locals)?,
            state: scan.state.iter().map(|s| (s.step, s.value)).collect(),
            match_id: scan.match_id,
            schema: Arc::clone(&schema),
        });
        let kernel: super::whole::Kernel = Arc::new(move |mut inputs, _| match inputs.pop() {
            Some(input) => Ok(run(Arc::clone(&machine), input)),
            None => datafusion::common::exec_err!("`scan` has no input"),
        });
        let plan = self.run_kernel("scan", vec![plan], schema, kernel)?;
        Ok(Lowered { plan, order: vec![named(ordinal).sort(true, true)] })
    }
}

fn expr_at(exprs: &[Expr], at: usize) -> Result<&Expr> {
    exprs.get(at).ok_or_else(|| Error::Run("`scan` lacks an expression".into()))
}

/// The columns that `scan` declares.
fn declared<'r>(rel: &'r Rel, input: &Rel) -> impl Iterator<Item = &'r Column> {
    rel.columns.iter().skip(input.columns.len())
}

/// The state before anything matched: nulls and defaults.
fn empty_state(scan: &Scan, locals: &[Column]) -> Result<Vec<ArrayRef>> {
    let mut empty = Vec::with_capacity(locals.len());
    for (local, state) in locals.iter().zip(&scan.state) {
        let default = match state.value {
            StateValue::Input(_) => None,
            StateValue::Declared(n) => scan.defaults.get(n),
        };
        let missing = Value::missing(local.ty);
        empty.push(array_of(local.ty, std::iter::once(Some(default.unwrap_or(&missing))))?);
    }
    Ok(empty)
}

/// The parts that must all be true.
fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::And(parts) => parts.iter().collect(),
        _ => vec![expr],
    }
}

/// The input with the columns that were lifted out of the steps.
fn with_lifted(input: &Rel, lifted: Vec<(Column, Expr)>) -> Rel {
    let mut columns = input.columns.clone();
    let mut exprs: Vec<Expr> = columns.iter().map(Expr::column).collect();
    for (column, expr) in lifted {
        columns.push(column);
        exprs.push(expr);
    }
    Rel { columns, node: Node::Project { input: Box::new(input.clone()), exprs } }
}

/// Where the expressions of the steps are taken apart.
struct Prepared<'a, 'l> {
    lowering: &'a Lowering<'l>,
    input: &'a Rel,
    locals: &'a [Column],
    /// What does not depend on the state, as columns behind those of the input.
    lifted: Vec<(Column, Expr)>,
}

/// A value of a step for the row at hand.
#[derive(Debug)]
enum Cell {
    /// A column of the prepared input.
    Column(usize),
    /// Worked out from cells of the row and of the state.
    Computed { expr: Arc<dyn PhysicalExpr>, schema: SchemaRef, sources: Vec<Source> },
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// A column of the prepared input.
    Row(usize),
    /// A column of the state.
    State(usize),
}

impl Prepared<'_, '_> {
    fn cell(&mut self, expr: &Expr) -> Result<Cell> {
        let expr = self.lift(expr.clone(), true);
        if let Some(Source::Row(at)) = self.source(&expr) {
            return Ok(Cell::Column(at));
        }
        let mut read: Vec<(ColumnId, Type)> = Vec::new();
        expr.any(&mut |e| {
            if let ExprKind::Column(id) = e.kind
                && !read.iter().any(|(other, _)| *other == id)
            {
                read.push((id, e.ty));
            }
            false
        });
        let mut fields = Vec::with_capacity(read.len());
        let mut sources = Vec::with_capacity(read.len());
        for (id, ty) in read {
            fields.push(Field::new(key(id), arrow_type(ty), true));
            let source = self.source(&Expr { ty, kind: ExprKind::Column(id) });
            sources.push(source.ok_or_else(|| Error::Run("`scan` reads a column that is not there".into()))?);
        }
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let lowered = self.lowering.plain(&expr)?;
        let expr = create_physical_expr(
            &lowered,
            &DFSchema::try_from(Arc::clone(&schema))?,
            &ExecutionProps::new(),
            &PhysicalPlanningContext::default(),
        )?;
        Ok(Cell::Computed { expr, schema, sources })
    }

    /// Puts columns in the place of the largest parts that do not depend on the state. Constants stay: kernels are
    /// prepared with them.
    fn lift(&mut self, mut expr: Expr, whole: bool) -> Expr {
        let state = |e: &Expr| matches!(&e.kind, ExprKind::Column(id) if self.locals.iter().any(|l| l.id == *id));
        let depends = expr.any(&mut |e| state(e));
        let reads = expr.any(&mut |e| matches!(e.kind, ExprKind::Column(_)));
        if depends {
            expr.children_mut(&mut |child| {
                let taken = std::mem::replace(child, Expr::poison());
                *child = self.lift(taken, false);
            });
            return expr;
        }
        if matches!(expr.kind, ExprKind::Column(_)) || !whole && !reads {
            return expr;
        }
        let own = self.lowering.lifted_column(expr.ty);
        self.lifted.push((own.clone(), expr));
        Expr::column(&own)
    }

    fn source(&self, expr: &Expr) -> Option<Source> {
        let ExprKind::Column(id) = expr.kind else { return None };
        let row = self.input.columns.iter().chain(self.lifted.iter().map(|(c, _)| c)).position(|c| c.id == id);
        row.map(Source::Row).or_else(|| self.locals.iter().position(|c| c.id == id).map(Source::State))
    }
}

/// The steps, ready to run.
#[derive(Debug)]
struct Machine {
    steps: Vec<Step>,
    /// How many columns the input has; lifted ones follow in its batches.
    width: usize,
    /// One row each of what declared columns are without an assignment.
    defaults: Vec<ArrayRef>,
    /// The state before anything matched: one row a column.
    empty: Vec<ArrayRef>,
    /// The step of each column of the state, and what it keeps.
    state: Vec<(usize, StateValue)>,
    match_id: bool,
    schema: SchemaRef,
}

#[derive(Debug)]
struct Step {
    output: ScanOutput,
    /// All of them must be true.
    conditions: Vec<Cell>,
    assignments: Vec<(usize, Cell)>,
}

/// A step with an active sequence.
#[derive(Debug)]
struct Active {
    /// Number of the match.
    id: i64,
    /// One row a column of the state.
    values: Vec<ArrayRef>,
    /// The row that comes out when the sequence goes on or ends (`output=last`).
    pending: Option<Out>,
}

/// A row that comes out.
#[derive(Debug)]
struct Out {
    row: RowAt,
    declared: Vec<ArrayRef>,
    id: i64,
    /// Number of the row in the input, for those that wait.
    ordinal: i64,
}

#[derive(Debug)]
enum RowAt {
    /// A row of the batch at hand.
    Current(usize),
    /// One row of an earlier batch.
    Earlier(RecordBatch),
}

/// A run over the rows.
struct Scanning {
    machine: Arc<Machine>,
    active: Vec<Option<Active>>,
    matches: i64,
    rows_seen: i64,
    rows_out: i64,
    out: Vec<Out>,
}

fn run(machine: Arc<Machine>, input: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = Arc::clone(&machine.schema);
    let start = Scanning {
        active: machine.steps.iter().map(|_| None).collect(),
        machine,
        matches: 0,
        rows_seen: 0,
        rows_out: 0,
        out: Vec::new(),
    };
    let batches = stream::try_unfold(Some((start, input)), |running| async {
        let Some((mut scanning, mut input)) = running else { return Ok(None) };
        Ok(match input.try_next().await? {
            Some(batch) => Some((scanning.batch(&batch)?, Some((scanning, input)))),
            None => Some((scanning.end()?, None)),
        })
    });
    let some = batches.try_filter(|batch: &RecordBatch| std::future::ready(batch.num_rows() > 0));
    Box::pin(RecordBatchStreamAdapter::new(schema, some.boxed()))
}

impl Scanning {
    fn batch(&mut self, batch: &RecordBatch) -> DfResult<RecordBatch> {
        let machine = Arc::clone(&self.machine);
        for row in 0..batch.num_rows() {
            for step in (0..machine.steps.len()).rev() {
                self.evaluate(&machine, step, batch, row)?;
            }
            self.rows_seen += 1;
        }
        let made = self.rows(batch)?;
        // What waits must not point into a batch that is gone.
        for pending in self.active.iter_mut().flatten().filter_map(|a| a.pending.as_mut()) {
            if let RowAt::Current(row) = pending.row {
                pending.row = RowAt::Earlier(batch.slice(row, 1));
            }
        }
        Ok(made)
    }

    /// The rows that waited for the end.
    fn end(&mut self) -> DfResult<RecordBatch> {
        self.out = self.active.iter_mut().flatten().filter_map(|a| a.pending.take()).collect();
        self.out.sort_by_key(|o| o.ordinal);
        let held = self.out.iter().find_map(|o| match &o.row {
            RowAt::Earlier(batch) => Some(batch.clone()),
            RowAt::Current(_) => None,
        });
        match held {
            Some(any) => self.rows(&any),
            None => Ok(RecordBatch::new_empty(Arc::clone(&self.machine.schema))),
        }
    }

    /// Holds a row against a step: first as the row that takes a sequence over from the step before, then as one
    /// more row of the step's own sequence, or the first of a new one.
    fn evaluate(&mut self, machine: &Machine, step: usize, batch: &RecordBatch, row: usize) -> DfResult<()> {
        if let Some(before) = step.checked_sub(1)
            && let Some(previous) = self.active[before].take()
        {
            if machine.meets(step, &previous.values, batch, row)? {
                let Active { id, values, pending } = previous;
                self.out.extend(pending);
                self.out.extend(self.active[step].take().and_then(|old| old.pending));
                return self.matched(machine, step, Active { id, values, pending: None }, batch, row);
            }
            self.active[before] = Some(previous);
        }
        let own = match self.active[step].take() {
            Some(own) => own,
            None if step == 0 => {
                if !machine.meets(step, &machine.empty, batch, row)? {
                    return Ok(());
                }
                self.matches += 1;
                let fresh = Active { id: self.matches - 1, values: machine.empty.clone(), pending: None };
                return self.matched(machine, step, fresh, batch, row);
            }
            None => return Ok(()),
        };
        match machine.meets(step, &own.values, batch, row)? {
            true => self.matched(machine, step, own, batch, row),
            false => {
                self.active[step] = Some(own);
                Ok(())
            }
        }
    }

    /// Notes that a row matched a step, whose state so far is given.
    fn matched(
        &mut self,
        machine: &Machine,
        step: usize,
        mut state: Active,
        batch: &RecordBatch,
        row: usize,
    ) -> DfResult<()> {
        let Some(definition) = machine.steps.get(step) else { return Ok(()) };
        let mut declared = machine.defaults.clone();
        for (to, cell) in &definition.assignments {
            if let Some(slot) = declared.get_mut(*to) {
                *slot = cell.value(&state.values, batch, row)?;
            }
        }
        for (slot, (of, value)) in state.values.iter_mut().zip(&machine.state) {
            if *of == step {
                *slot = match value {
                    StateValue::Input(at) => batch.column(*at).slice(row, 1),
                    StateValue::Declared(at) => Arc::clone(&declared[*at]),
                };
            }
        }
        let out = Out { row: RowAt::Current(row), declared, id: state.id, ordinal: self.rows_seen };
        match definition.output {
            ScanOutput::All => self.out.push(out),
            ScanOutput::Last => state.pending = Some(out),
            ScanOutput::None => {}
        }
        self.active[step] = Some(state);
        Ok(())
    }

    /// Makes a batch of what came out.
    fn rows(&mut self, batch: &RecordBatch) -> DfResult<RecordBatch> {
        let machine = &self.machine;
        let out = std::mem::take(&mut self.out);
        if out.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&machine.schema)));
        }
        let mut batches = vec![batch];
        let mut places = Vec::with_capacity(out.len());
        for o in &out {
            places.push(match &o.row {
                RowAt::Current(row) => (0, *row),
                RowAt::Earlier(own) => {
                    batches.push(own);
                    (batches.len() - 1, 0)
                }
            });
        }
        let mut columns = Vec::with_capacity(machine.schema.fields().len());
        for at in 0..machine.width {
            let arrays: Vec<&dyn Array> = batches.iter().map(|b| b.column(at).as_ref()).collect();
            columns.push(interleave(&arrays, &places)?);
        }
        for at in 0..machine.defaults.len() {
            let cells: Vec<&dyn Array> = out.iter().map(|o| o.declared[at].as_ref()).collect();
            columns.push(concat(&cells)?);
        }
        if machine.match_id {
            columns.push(Arc::new(Int64Array::from_iter_values(out.iter().map(|o| o.id))));
        }
        let first = self.rows_out;
        self.rows_out += i64::try_from(out.len()).unwrap_or(0);
        columns.push(Arc::new(Int64Array::from_iter_values(first..self.rows_out)));
        Ok(RecordBatch::try_new(Arc::clone(&machine.schema), columns)?)
    }
}

impl Machine {
    /// Tells whether a row meets the condition of a step, with a state.
    fn meets(&self, step: usize, state: &[ArrayRef], batch: &RecordBatch, row: usize) -> DfResult<bool> {
        let Some(step) = self.steps.get(step) else { return Ok(false) };
        for condition in &step.conditions {
            let met = match condition {
                Cell::Column(at) => is_true(batch.column(*at), row),
                computed => is_true(&computed.value(state, batch, row)?, 0),
            };
            if !met {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_true(array: &ArrayRef, row: usize) -> bool {
    array.as_boolean_opt().is_some_and(|bools| bools.is_valid(row) && bools.value(row))
}

impl Cell {
    /// The value for a row, as an array of one.
    fn value(&self, state: &[ArrayRef], batch: &RecordBatch, row: usize) -> DfResult<ArrayRef> {
        match self {
            Cell::Column(at) => Ok(batch.column(*at).slice(row, 1)),
            Cell::Computed { expr, schema, sources } => {
                let cells = sources
                    .iter()
                    .map(|source| match source {
                        Source::Row(at) => batch.column(*at).slice(row, 1),
                        Source::State(at) => Arc::clone(&state[*at]),
                    })
                    .collect();
                let one_row = RecordBatchOptions::new().with_row_count(Some(1));
                let one = RecordBatch::try_new_with_options(Arc::clone(schema), cells, &one_row)?;
                expr.evaluate(&one)?.into_array(1)
            }
        }
    }
}
