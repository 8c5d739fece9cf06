//! Operators that see the whole of their inputs: what has no counterpart among DataFusion's nodes.
//!
//! Such an operator is a table to DataFusion: when it is scanned, its inputs are planned in the same session, and a
//! kernel turns their streams into one. Kernels see arrays only: what the operator computes of each row is a column
//! of its input already. To add one: a variant of [`Operation`], and an arm in [`Lowering::whole`].

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::Result as DfResult;
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{StreamExt, TryStreamExt};
use rehunt_lang::plan::{Expr, ExprKind, Operation, Rel};
use rehunt_lang::types::{Column, ColumnId};

use super::make_series::Form;
use super::paths::Fused;
use super::reduce::Rules;
use super::{Lowered, Lowering};
use crate::error::{Error, Result};
use crate::plugins::{self, Arg, Call, Place, Reads, Work};
use crate::types::arrow_type;

/// Turns the rows of the inputs into those of the operator: a stream in, a stream out, nothing kept that need not be.
pub(crate) type Kernel =
    Arc<dyn Fn(Vec<SendableRecordBatchStream>, Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> + Send + Sync>;

/// Makes a kernel of a function on whole inputs, one batch each. The session's memory pool answers for what is
/// gathered: a query that asks for too much fails by name.
pub(crate) fn gathered(
    schema: SchemaRef,
    work: impl Fn(&[RecordBatch]) -> DfResult<RecordBatch> + Send + Sync + 'static,
) -> Kernel {
    let work = Arc::new(work);
    Arc::new(move |inputs, context| {
        let (work, out) = (Arc::clone(&work), Arc::clone(&schema));
        let rows = async move {
            let (whole, _held) = gather(inputs, &context).await?;
            work(&whole)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(out, futures::stream::once(rows))))
    })
}

/// Makes a kernel of a function on each batch of the first input, prepared with the whole of the others.
fn batch_by_batch(schema: SchemaRef, prepare: plugins::Rows) -> Kernel {
    let prepare = Arc::new(prepare);
    Arc::new(move |mut inputs, context| {
        let (prepare, out) = (Arc::clone(&prepare), Arc::clone(&schema));
        let others = inputs.split_off(inputs.len().min(1));
        let first = inputs.pop();
        let rows = async move {
            let (others, reservation) = gather(others, &context).await?;
            let mut each = prepare(&others)?;
            let rows = futures::stream::iter(first).flatten().map(move |batch| {
                let _held = &reservation;
                each(&batch?)
            });
            Ok::<_, datafusion::error::DataFusionError>(rows)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(out, futures::stream::once(rows).try_flatten())))
    })
}

/// Reads whole inputs, one batch each, and what the memory pool holds for them.
pub(crate) async fn gather(
    inputs: Vec<SendableRecordBatchStream>,
    context: &TaskContext,
) -> DfResult<(Vec<RecordBatch>, MemoryReservation)> {
    let mut whole = Vec::with_capacity(inputs.len());
    let reservation = MemoryConsumer::new("gathered rows").register(context.memory_pool());
    for mut input in inputs {
        let schema = input.schema();
        let mut batches = Vec::new();
        while let Some(batch) = input.try_next().await? {
            reservation.try_grow(batch.get_array_memory_size())?;
            batches.push(batch);
        }
        whole.push(concat_batches(&schema, &batches)?);
    }
    Ok((whole, reservation))
}

impl Lowering<'_> {
    /// Plans an operator that sees its inputs as wholes.
    pub(super) fn whole(
        &self,
        rel: &Rel,
        operation: &Operation,
        inputs: &[Rel],
        exprs: &[Expr],
        locals: &[Column],
    ) -> Result<Lowered> {
        match (operation, inputs) {
            (Operation::GraphComponents { strong }, inputs) => self.graph_components(rel, *strong, inputs),
            (Operation::GraphSearch(search), inputs) => self.graph_search(rel, search, inputs),
            (&Operation::MakeSeries { keys, inclusive, nonempty }, [input]) => {
                self.make_series(rel, Form { keys, inclusive, nonempty }, input, exprs)
            }
            (Operation::Reduce { threshold, characters, source }, [input]) => {
                let rules = Rules { threshold: *threshold, characters: characters.clone() };
                self.reduce(rel, input, exprs, rules, *source)
            }
            (Operation::Scan(scan), inputs) => self.scan_steps(rel, scan, inputs, exprs, locals),
            (Operation::Plugin(name), inputs) => self.plugin(rel, name, inputs, exprs),
            (operation, _) => Err(Error::Run(format!("{operation:?} has {} inputs", inputs.len()))),
        }
    }

    /// A plugin of `evaluate`: constant arguments are computed, others become columns of the input they belong to.
    fn plugin(&self, rel: &Rel, name: &str, inputs: &[Rel], exprs: &[Expr]) -> Result<Lowered> {
        let Some(plugin) = plugins::find(name) else {
            return Err(Error::Run(format!("not supported yet: plugin `{name}` of `evaluate`")));
        };
        let mut args: Vec<Arg> = Vec::with_capacity(exprs.len());
        let mut computed: Vec<Vec<Expr>> = vec![Vec::new(); inputs.len()];
        let passed = |input: &Rel| if plugin.reads == Reads::Rows { input.columns.len() } else { 0 };
        for expr in exprs {
            let Some(id) = first_column(expr) else {
                args.push(Arg::Constant(self.constant(expr)?));
                continue;
            };
            let found = inputs.iter().zip(&mut computed).enumerate();
            let Some((input, (rel, own))) = found.into_iter().find(|(_, (r, _))| r.columns.iter().any(|c| c.id == id))
            else {
                return Err(Error::Run(format!("an argument of `{name}` belongs to no input")));
            };
            // A plain column that the kernel sees anyway is not computed again.
            let plain = rel
                .columns
                .iter()
                .take(passed(rel))
                .position(|c| matches!(expr.kind, ExprKind::Column(e) if e == c.id));
            args.push(Arg::Column(Place { input, at: plain.unwrap_or(passed(rel) + own.len()), ty: expr.ty }));
            if plain.is_none() {
                own.push(expr.clone());
            }
        }
        let mut plans = Vec::with_capacity(inputs.len());
        for (input, own) in inputs.iter().zip(&computed) {
            plans.push(self.input_of(input, &input.columns[..passed(input)], own)?.0);
        }
        let fields = rel.columns.iter().map(|c| Field::new(super::key(c.id), arrow_type(c.ty), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let call = Call {
            name: plugin.name,
            args,
            inputs: inputs.iter().map(|i| i.columns.as_slice()).collect(),
            columns: &rel.columns,
            schema: Arc::clone(&schema),
        };
        let kernel = match (plugin.prepare)(&call)? {
            Work::Whole(work) => gathered(Arc::clone(&schema), work),
            Work::Rows(prepare) => batch_by_batch(Arc::clone(&schema), prepare),
        };
        Ok(Lowered::unordered(self.run_kernel(plugin.name, plans, schema, kernel)?))
    }

    /// The rows of a relation in their order, with exactly these columns: its own by id, then what `exprs` compute,
    /// under the names that are returned.
    pub(super) fn whole_input(&self, input: &Rel, exprs: &[Expr]) -> Result<(LogicalPlan, Vec<String>)> {
        self.input_of(input, &input.columns, exprs)
    }

    /// As [`Self::whole_input`], with these columns of the relation only.
    fn input_of(&self, input: &Rel, columns: &[Column], exprs: &[Expr]) -> Result<(LogicalPlan, Vec<String>)> {
        let lowered = self.rel(input)?;
        let (lowered, exprs) = self.without_windows(lowered, exprs)?;
        let fused: Fused = self.fuse_paths(&exprs);
        let mut list: Vec<DfExpr> = columns.iter().map(|c| super::column(c.id)).collect();
        let mut names = Vec::with_capacity(exprs.len());
        for expr in &exprs {
            let name = self.hidden();
            list.push(self.value(expr, &fused)?.alias(&name));
            names.push(name);
        }
        let plan = lowered.sorted()?;
        Ok((LogicalPlanBuilder::from(plan).project(super::dedup_names(list))?.build()?, names))
    }

    /// A scan of what a kernel makes of its inputs; `schema` has the DataFusion names of the result's columns.
    pub(super) fn run_kernel(
        &self,
        operator: &'static str,
        inputs: Vec<LogicalPlan>,
        schema: SchemaRef,
        kernel: Kernel,
    ) -> Result<LogicalPlan> {
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        let table = WholeTable { operator, inputs, schema, kernel };
        let scan = LogicalPlanBuilder::scan(self.hidden(), provider_as_source(Arc::new(table)), None)?;
        let columns = scan.schema().columns();
        let list = columns.into_iter().zip(names).map(|(from, name)| DfExpr::Column(from).alias(name));
        Ok(scan.project(list.collect::<Vec<_>>())?.build()?)
    }
}

/// The first column that an expression reads.
fn first_column(expr: &Expr) -> Option<ColumnId> {
    let mut found = None;
    expr.any(&mut |e| {
        if let ExprKind::Column(id) = e.kind {
            found = Some(id);
        }
        found.is_some()
    });
    found
}

/// The operator as a table.
struct WholeTable {
    operator: &'static str,
    inputs: Vec<LogicalPlan>,
    schema: SchemaRef,
    kernel: Kernel,
}

impl fmt::Debug for WholeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operator)
    }
}

#[async_trait]
impl TableProvider for WholeTable {
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
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            inputs.push(state.create_physical_plan(input).await?);
        }
        let rows = WholeRows {
            operator: self.operator,
            inputs,
            schema: Arc::clone(&self.schema),
            kernel: Arc::clone(&self.kernel),
        };
        let table = StreamingTable::try_new(self.schema(), vec![Arc::new(rows)])?;
        table.scan(state, projection, filters, limit).await
    }
}

/// The operator on planned inputs.
struct WholeRows {
    operator: &'static str,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    schema: SchemaRef,
    kernel: Kernel,
}

impl fmt::Debug for WholeRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operator)
    }
}

impl PartitionStream for WholeRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        // It may run again, for another part of a sub-query: what an operator below keeps is forgotten.
        let again = |input: &Arc<dyn ExecutionPlan>| reset_plan_states(Arc::clone(input));
        let inputs: DfResult<Vec<_>> = self
            .inputs
            .iter()
            .map(|input| again(input).and_then(|input| execute_stream(input, Arc::clone(&context))))
            .collect();
        inputs.and_then(|inputs| (self.kernel)(inputs, context)).unwrap_or_else(|error| {
            let failed = futures::stream::once(async { Err(error) });
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), failed))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::{DataType, Field, Int64Type, Schema};
    use datafusion::logical_expr::{col, lit};
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::catalog::Catalog;
    use crate::library::Builtins;

    #[tokio::test]
    async fn a_kernel_sees_all_rows_in_order_and_its_rows_go_on() {
        let schema = Arc::new(Schema::new(vec![Field::new("c9", DataType::Int64, true)]));
        let values = (0..5).map(|n: i64| vec![lit(n)]).collect();
        let input = LogicalPlanBuilder::values(values).unwrap();
        let input = input.sort(vec![col("column1").sort(false, true)]).unwrap().build().unwrap();
        let out = Arc::clone(&schema);
        let differences = gathered(Arc::clone(&schema), move |inputs| {
            let all = inputs[0].column(0).as_primitive::<Int64Type>();
            let next = all.values().windows(2).map(|pair| pair[0] - pair[1]).collect::<Int64Array>();
            Ok(RecordBatch::try_new(Arc::clone(&out), vec![Arc::new(next)])?)
        });
        let (catalog, builtins) = (Catalog::default(), Builtins::default());
        let lowering = Lowering::new(&catalog, &builtins, 0, &[]);
        let plan = lowering.run_kernel("differences", vec![input], schema, differences).unwrap();
        let plan = LogicalPlanBuilder::from(plan).filter(col("c9").eq(lit(1_i64))).unwrap().build().unwrap();
        let rows = SessionContext::new().execute_logical_plan(plan).await.unwrap().count().await.unwrap();
        assert_eq!(rows, 4);
    }
}
