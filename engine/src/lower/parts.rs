//! Sub-queries that run for each part of their input by itself (`partition`, `mv-apply`): whatever their bodies hold.
//!
//! The input comes sorted by what makes the parts; each part is put where the body reads its rows, and the body runs.
//! It is planned once, unless it reads a value of its part. Bodies of simple operators need none of this: `apply`
//! works them out for all parts at once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{partition, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{DataFusionError, Result as DfResult, ScalarValue, exec_err};
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::execution::context::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, TableType, lit};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionContext;
use futures::{TryStreamExt, stream};
use rehunt_lang::plan::{BodyId, Prelude, PreludeId, Rel};
use rehunt_lang::types::{Column, Type};

use super::{Found, Lowered, Lowering, key, named};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::library::Builtins;
use crate::run::Running;
use crate::types::arrow_type;
use crate::value::value_at;

/// The rows of the part at hand, for one sub-query.
#[derive(Debug)]
pub struct Slot {
    schema: SchemaRef,
    rows: Mutex<Vec<RecordBatch>>,
}

/// The slots of the sub-queries around, innermost last.
pub type Slots = Vec<(BodyId, Arc<Slot>)>;

/// Rows that fall into parts.
pub(super) struct Parts {
    /// The rows, in order within their part.
    pub lowered: Lowered,
    /// The column that makes the parts.
    pub key: DfExpr,
    /// Which rows count; a part without any runs on nothing. All, where it is missing.
    pub counts: Option<String>,
    /// The columns that the body reads, in the order of its input.
    pub rows: Vec<Column>,
    /// Columns of a part, the same for all its rows, that may come out beside the body's.
    pub carried: Vec<Column>,
}

/// A sub-query and what it reads of its part.
pub(super) struct SubQuery<'p> {
    pub id: BodyId,
    /// Where it reads the value that makes the part.
    pub value: Option<(PreludeId, Type)>,
    pub preludes: &'p [(PreludeId, Prelude)],
    pub body: &'p Rel,
}

/// Where a column of the result comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Body(usize),
    Part(usize),
}

impl Lowering<'_> {
    /// Runs a sub-query for each part of the rows.
    pub(super) fn run_parts(&self, operator: &'static str, rel: &Rel, parts: Parts, sub: &SubQuery) -> Result<Lowered> {
        let (part, counts) = (self.hidden(), self.hidden());
        let mut list = vec![parts.key.alias(&part), parts.counts.map_or_else(|| lit(true), named).alias(&counts)];
        let mut present: Vec<&Column> = Vec::new();
        for c in parts.rows.iter().chain(&parts.carried) {
            if !present.iter().any(|p| p.id == c.id) {
                list.push(super::column(c.id));
                present.push(c);
            }
        }
        let place = |c: &Column| present.iter().position(|p| p.id == c.id).map(|at| at + 2);
        let mut order = vec![named(&part).sort(true, true)];
        order.extend(parts.lowered.order.iter().cloned());
        let extra =
            Lowered { plan: parts.lowered.plan.clone(), order: parts.lowered.order.clone() }.order_columns(&list);
        list.extend(extra);
        let input = LogicalPlanBuilder::from(parts.lowered.plan).project(list)?.sort(order)?.build()?;

        let fields: Vec<Field> = parts.rows.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true)).collect();
        let slot = Arc::new(Slot { schema: Arc::new(Schema::new(fields)), rows: Mutex::default() });
        let origins = rel
            .columns
            .iter()
            .map(|c| match sub.body.columns.iter().position(|b| b.id == c.id) {
                Some(at) => Ok(Origin::Body(at)),
                None => place(c).map(Origin::Part).ok_or_else(|| Error::Run("a column of a sub-query is gone".into())),
            })
            .collect::<Result<Vec<_>>>()?;
        let ordinal = self.hidden();
        let mut fields: Vec<Field> =
            rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true)).collect();
        fields.push(Field::new(&ordinal, DataType::Int64, false));
        let table = PartsTable {
            operator,
            input,
            body: self.body_of_parts(sub, &slot)?,
            read: parts.rows.iter().filter_map(place).collect(),
            origins,
            slot,
            schema: Arc::new(Schema::new(fields)),
        };
        let names: Vec<String> = table.schema.fields().iter().map(|f| f.name().clone()).collect();
        let scan = LogicalPlanBuilder::scan(self.hidden(), provider_as_source(Arc::new(table)), None)?;
        let columns = scan.schema().columns();
        let list = columns.into_iter().zip(names).map(|(from, name)| DfExpr::Column(from).alias(name));
        let plan = scan.project(list.collect::<Vec<_>>())?.build()?;
        Ok(Lowered { plan, order: vec![named(ordinal).sort(true, true)] })
    }

    fn body_of_parts(&self, sub: &SubQuery, slot: &Arc<Slot>) -> Result<Body> {
        self.slots.borrow_mut().push((sub.id, Arc::clone(slot)));
        let body = match sub.value.is_none() && sub.preludes.is_empty() {
            true => self.result(sub.body).map(Body::Once),
            false => Ok(Body::Anew(Arc::new(Again {
                catalog: Arc::new(self.catalog.clone()),
                builtins: Arc::new(self.builtins.clone()),
                now: self.now,
                found: self.found.to_vec(),
                slots: self.slots.borrow().clone(),
                value: sub.value,
                preludes: sub.preludes.to_vec(),
                body: sub.body.clone(),
            }))),
        };
        self.slots.borrow_mut().pop();
        body
    }

    /// The rows of the part at hand.
    pub(super) fn part_rows(&self, rel: &Rel, id: BodyId) -> Result<Lowered> {
        let slot = self.slots.borrow().iter().rev().find(|(own, _)| *own == id).map(|(_, slot)| Arc::clone(slot));
        let slot = slot.ok_or_else(|| Error::Run("the rows of a sub-query are read outside of it".into()))?;
        let schema = Arc::clone(&slot.schema);
        self.scan(rel, Arc::new(StreamingTable::try_new(schema, vec![Arc::new(SlotRows(slot))])?))
    }
}

#[derive(Debug)]
struct SlotRows(Arc<Slot>);

impl PartitionStream for SlotRows {
    fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = stream::iter(rows.into_iter().map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.0.schema), rows))
    }
}

/// How a body becomes a plan.
#[derive(Clone, Debug)]
enum Body {
    /// Once for all parts.
    Once(LogicalPlan),
    /// For each part, whose values it holds.
    Anew(Arc<Again>),
}

/// What it takes to plan a body for a part.
#[derive(Debug)]
struct Again {
    catalog: Arc<Catalog>,
    builtins: Arc<Builtins>,
    now: i64,
    found: Vec<Found>,
    slots: Slots,
    value: Option<(PreludeId, Type)>,
    preludes: Vec<(PreludeId, Prelude)>,
    body: Rel,
}

impl Again {
    async fn rows(&self, context: &SessionContext, part: &ArrayRef) -> Result<SendableRecordBatchStream> {
        let running =
            Running { catalog: &self.catalog, builtins: &self.builtins, now: self.now, context, slots: &self.slots };
        let mut found = self.found.clone();
        let note = |id: PreludeId, value: Found, found: &mut Vec<Found>| match found.get_mut(id.0) {
            Some(slot) => *slot = value,
            None => found.push(value),
        };
        if let Some((id, ty)) = self.value {
            note(id, Found::Scalar(value_at(part, ty, 0)), &mut found);
        }
        for (id, prelude) in &self.preludes {
            let value = running.prelude(prelude, &found).await?;
            note(*id, value, &mut found);
        }
        running.stream(&self.body, &found).await
    }
}

/// The operator as a table.
struct PartsTable {
    operator: &'static str,
    /// Sorted by its first column, which makes the parts; the second says which rows count.
    input: LogicalPlan,
    body: Body,
    /// The columns of the input that the body reads.
    read: Vec<usize>,
    origins: Vec<Origin>,
    slot: Arc<Slot>,
    schema: SchemaRef,
}

impl fmt::Debug for PartsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operator)
    }
}

#[async_trait]
impl TableProvider for PartsTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[DfExpr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let body = match &self.body {
            Body::Once(plan) => PlannedBody::Once(state.create_physical_plan(plan).await?),
            Body::Anew(again) => {
                let Some(state) = state.as_any().downcast_ref::<SessionState>() else {
                    return exec_err!("a sub-query needs a session of DataFusion's own");
                };
                PlannedBody::Anew(Arc::clone(again), SessionContext::new_with_state(state.clone()))
            }
        };
        let rows = PartsRows(Arc::new(Planned {
            operator: self.operator,
            input: state.create_physical_plan(&self.input).await?,
            body,
            read: self.read.clone(),
            origins: self.origins.clone(),
            slot: Arc::clone(&self.slot),
            schema: Arc::clone(&self.schema),
        }));
        let table = StreamingTable::try_new(self.schema(), vec![Arc::new(rows)])?;
        table.scan(state, projection, filters, limit).await
    }
}

/// The operator, planned.
struct Planned {
    operator: &'static str,
    input: Arc<dyn ExecutionPlan>,
    body: PlannedBody,
    read: Vec<usize>,
    origins: Vec<Origin>,
    slot: Arc<Slot>,
    schema: SchemaRef,
}

enum PlannedBody {
    Once(Arc<dyn ExecutionPlan>),
    Anew(Arc<Again>, SessionContext),
}

struct PartsRows(Arc<Planned>);

impl fmt::Debug for PartsRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.operator)
    }
}

impl PartitionStream for PartsRows {
    fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let planned = Arc::clone(&self.0);
        let input = reset_plan_states(Arc::clone(&planned.input));
        let input = input.and_then(|input| execute_stream(input, Arc::clone(&context)));
        let schema = Arc::clone(&planned.schema);
        let start = input.map(|input| Run { planned, context, input, ahead: VecDeque::new(), rows_out: 0 });
        let parts = stream::once(std::future::ready(start)).map_ok(|run| {
            stream::try_unfold(run, |mut run| async move {
                Ok(match run.next_part().await? {
                    Some(part) => Some((run.part(&part).await?, run)),
                    None => None,
                })
            })
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, Box::pin(parts.try_flatten())))
    }
}

/// A run over the parts.
struct Run {
    planned: Arc<Planned>,
    context: Arc<TaskContext>,
    input: SendableRecordBatchStream,
    /// Rows read and not used yet, each batch within one part.
    ahead: VecDeque<RecordBatch>,
    rows_out: i64,
}

impl Run {
    /// The rows of the next part.
    async fn next_part(&mut self) -> DfResult<Option<Vec<RecordBatch>>> {
        let Some(first) = self.next_batch().await? else { return Ok(None) };
        let own = ScalarValue::try_from_array(first.column(0), 0)?;
        let mut part = vec![first];
        while let Some(batch) = self.next_batch().await? {
            if ScalarValue::try_from_array(batch.column(0), 0)? != own {
                self.ahead.push_front(batch);
                break;
            }
            part.push(batch);
        }
        Ok(Some(part))
    }

    async fn next_batch(&mut self) -> DfResult<Option<RecordBatch>> {
        while self.ahead.is_empty() {
            let Some(batch) = self.input.try_next().await? else { return Ok(None) };
            for range in partition(&batch.columns()[..1])?.ranges() {
                self.ahead.push_back(batch.slice(range.start, range.len()));
            }
        }
        Ok(self.ahead.pop_front())
    }

    /// What the body makes of a part.
    async fn part(&mut self, part: &[RecordBatch]) -> DfResult<RecordBatch> {
        let planned = &self.planned;
        let Some(first) = part.first() else { return Ok(RecordBatch::new_empty(Arc::clone(&planned.schema))) };
        let counting = |b: &&RecordBatch| b.column(1).as_boolean_opt().is_some_and(|c| c.value(0));
        let rows = part
            .iter()
            .filter(counting)
            .map(|b| {
                let columns = planned.read.iter().map(|at| Arc::clone(b.column(*at))).collect();
                super::source::batch_of(Arc::clone(&planned.slot.schema), columns, b.num_rows()).map_err(external)
            })
            .collect::<DfResult<Vec<_>>>()?;
        *planned.slot.rows.lock().unwrap_or_else(PoisonError::into_inner) = rows;
        let found = match &planned.body {
            PlannedBody::Once(plan) => execute_stream(reset_plan_states(Arc::clone(plan))?, Arc::clone(&self.context))?,
            PlannedBody::Anew(again, context) => again.rows(context, first.column(0)).await.map_err(external)?,
        };
        let schema = found.schema();
        let batches: Vec<RecordBatch> = found.try_collect().await?;
        let found = arrow::compute::concat_batches(&schema, &batches)?;
        let count = found.num_rows();
        let same_row = UInt32Array::from_value(0, count);
        let mut columns = Vec::with_capacity(planned.origins.len() + 1);
        for origin in &planned.origins {
            columns.push(match origin {
                Origin::Body(at) => Arc::clone(found.column(*at)),
                Origin::Part(at) => take(first.column(*at), &same_row, None)?,
            });
        }
        let start = self.rows_out;
        self.rows_out += i64::try_from(count).unwrap_or(0);
        columns.push(Arc::new(Int64Array::from_iter_values(start..self.rows_out)));
        Ok(RecordBatch::try_new(Arc::clone(&planned.schema), columns)?)
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
