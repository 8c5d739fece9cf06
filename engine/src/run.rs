//! Running a bound query: its preludes in order, then each of its results.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::TryStreamExt;
use rehunt_lang::plan::{BodyId, Bound, Node, Prelude, Rel};
use rehunt_lang::types::Value;

use crate::catalog::Catalog;
use crate::error::Result;
use crate::library::Builtins;
use crate::lower::{Found, Lowering, Slot};
use crate::rules::{join_in_files, logical_rules, physical_rules};
use crate::value::value_at;

/// What running needs besides the query.
#[derive(Clone, Copy)]
pub struct Running<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// The kernels.
    pub builtins: &'a Builtins,
    /// Ticks of `now()`.
    pub now: i64,
    /// DataFusion's session.
    pub context: &'a SessionContext,
    /// The rows of the sub-queries around; none for a whole query.
    pub slots: &'a [(BodyId, Arc<Slot>)],
}

impl Running<'_> {
    /// Runs the preludes of a query, each once, in order, from the first that has not been.
    ///
    /// # Errors
    /// When one cannot be lowered or fails.
    pub async fn preludes(&self, preludes: &[Prelude], found: &mut Vec<Found>) -> Result<()> {
        for prelude in preludes.iter().skip(found.len()) {
            let next = self.prelude(prelude, found).await?;
            found.push(next);
        }
        Ok(())
    }

    /// Runs one prelude, which may use those found before.
    ///
    /// # Errors
    /// As [`Running::preludes`].
    pub async fn prelude(&self, prelude: &Prelude, found: &[Found]) -> Result<Found> {
        Ok(match prelude {
            Prelude::Table(rel) => {
                let (schema, batches) = self.collect(rel, found).await?;
                Found::Table(batches, schema)
            }
            Prelude::Scalar(rel) => Found::Scalar(self.first_cell(rel, found).await?),
            Prelude::List(rel) => Found::List(Arc::new(self.first_column(rel, found).await?)),
        })
    }

    /// Plans a relation.
    ///
    /// # Errors
    /// When it cannot be lowered.
    pub fn plan(&self, rel: &Rel, found: &[Found]) -> Result<LogicalPlan> {
        Lowering::new(self.catalog, self.builtins, self.now, found).within(self.slots).result(rel)
    }

    /// Runs a relation and gives its rows as they come.
    ///
    /// # Errors
    /// When it cannot be lowered or planned.
    pub async fn stream(&self, rel: &Rel, found: &[Found]) -> Result<SendableRecordBatchStream> {
        self.execute(self.plan(rel, found)?, reads_few(rel, found)).await
    }

    async fn execute(&self, plan: LogicalPlan, few: bool) -> Result<SendableRecordBatchStream> {
        let mut state = self.context.state();
        if few {
            on_one_thread(&mut state);
        }
        let physical = state.create_physical_plan(&plan).await?;
        Ok(datafusion::physical_plan::execute_stream(physical, state.task_ctx())?)
    }

    async fn collect(&self, rel: &Rel, found: &[Found]) -> Result<(Arc<Schema>, Vec<RecordBatch>)> {
        let stream = self.stream(rel, found).await?;
        let schema = stream.schema();
        Ok((schema, stream.try_collect().await?))
    }

    async fn first_cell(&self, rel: &Rel, found: &[Found]) -> Result<Value> {
        let Some(ty) = rel.columns.first().map(|c| c.ty) else {
            return Ok(Value::Null(rehunt_lang::types::Type::Unknown));
        };
        if let Some(batches) = kept(rel, found) {
            let first = batches.iter().find(|batch| batch.num_rows() > 0);
            return Ok(first.map_or_else(|| Value::missing(ty), |batch| value_at(batch.column(0), ty, 0)));
        }
        let one = LogicalPlanBuilder::from(self.plan(rel, found)?).limit(0, Some(1))?.build()?;
        let mut stream = self.execute(one, reads_few(rel, found)).await?;
        while let Some(batch) = stream.try_next().await? {
            if batch.num_rows() > 0 {
                return Ok(value_at(batch.column(0), ty, 0));
            }
        }
        Ok(Value::missing(ty))
    }

    async fn first_column(&self, rel: &Rel, found: &[Found]) -> Result<Vec<Value>> {
        let Some(ty) = rel.columns.first().map(|c| c.ty) else { return Ok(Vec::new()) };
        let read;
        let batches = match kept(rel, found) {
            Some(batches) => batches,
            None => {
                (_, read) = self.collect(rel, found).await?;
                &read
            }
        };
        Ok(batches.iter().flat_map(|b| (0..b.num_rows()).map(|row| value_at(b.column(0), ty, row))).collect())
    }
}

/// The rows of a relation that is a materialized table and no more: they need no plan.
fn kept<'f>(rel: &Rel, found: &'f [Found]) -> Option<&'f [RecordBatch]> {
    let Node::Shared(id) = rel.node else { return None };
    match found.get(id.0) {
        Some(Found::Table(batches, _)) => Some(batches),
        _ => None,
    }
}

/// Tells whether a relation reads nothing but few rows that are in memory already.
fn reads_few(rel: &Rel, found: &[Found]) -> bool {
    let mut rows = 0;
    let others = rel.any(&mut |below| match &below.node {
        Node::Table { .. } | Node::External(_) | Node::Range { .. } => true,
        Node::Shared(id) => match found.get(id.0) {
            Some(Found::Table(batches, _)) => {
                rows += batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
                false
            }
            _ => true,
        },
        _ => false,
    });
    !others && rows <= ROWS_FOR_ONE_THREAD
}

/// Rows up to which a query runs on one thread: more would cost more than they gain, and on one thread the rows
/// of an unsorted answer come in the same order every time.
const ROWS_FOR_ONE_THREAD: u64 = 32_768;

/// Makes DataFusion's session for a query. Its state is a copy of the engine's, made for few rows where they are few.
pub fn context(bound: &Bound, catalog: &Catalog, state: &SessionState) -> SessionContext {
    match rows(bound, catalog).is_some_and(|rows| rows <= ROWS_FOR_ONE_THREAD) {
        true => context_in_order(state),
        false => SessionContext::new_with_state(state.clone()),
    }
}

/// Makes a session in which rows come in the same order every time.
pub fn context_in_order(state: &SessionState) -> SessionContext {
    let mut state = state.clone();
    on_one_thread(&mut state);
    SessionContext::new_with_state(state)
}

fn on_one_thread(state: &mut SessionState) {
    state.config_mut().options_mut().execution.target_partitions = 1;
}

/// Makes the state for a query whose joins found no memory: they are done in files.
pub fn with_joins_in_files(state: &SessionState) -> SessionState {
    let mut state = state.clone();
    join_in_files(state.config_mut());
    state
}

/// Waits a moment for what a query held that failed: its threads end a little later than it does.
pub async fn until_memory_is_free(state: &SessionState) {
    let (looks, between) = LOOKS;
    for _ in 0..looks {
        if state.runtime_env().memory_pool.reserved() == 0 {
            return;
        }
        tokio::time::sleep(between).await;
    }
}

/// How often what a query left is looked at, and how long between two looks.
const LOOKS: (usize, Duration) = (200, Duration::from_millis(1));

/// Tells whether a query joins rows.
pub fn joins(bound: &Bound) -> bool {
    let mut joins = false;
    each_rel(bound, &mut |rel| joins |= matches!(rel.node, Node::Join { .. }));
    joins
}

/// The part of the memory that one sort may set aside for merging.
const SORT_SHARE: usize = 16;

/// Makes what all queries of an engine start from: DataFusion's defaults, told to keep names as they are. The runtime
/// outlives a query, so that what is known of Parquet files is read once.
pub fn state(runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.enable_ident_normalization = false;
    // What a sort sets aside for merging must leave room for its rows under a small limit.
    if let MemoryLimit::Finite(bytes) = runtime.memory_pool.memory_limit() {
        let reserved = &mut config.options_mut().execution.sort_spill_reservation_bytes;
        *reserved = (*reserved).min(bytes / SORT_SHARE);
    }
    // Fields of the path kernels' structs must stay above filters: moved to the scan, every row is read
    // (7 times slower on a selective filter).
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
    // Plans are made with filters and columns where they belong: a second pass finds nothing and costs as much.
    config.options_mut().optimizer.max_passes = 1;
    // Whether a column may be null is not kept exactly where null constants are folded into plans; types are.
    config.options_mut().execution.skip_physical_aggregate_schema_check = true;
    // A plan that failed to optimize is a bug of ours: say so rather than run it slowly.
    config.options_mut().optimizer.skip_failed_rules = false;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_optimizer_rules(logical_rules())
        .with_physical_optimizer_rules(physical_rules())
        .build()
}

/// Counts the rows of the tables that a query reads; nothing when one of them does not say.
fn rows(bound: &Bound, catalog: &Catalog) -> Option<u64> {
    let mut sum = Some(0_u64);
    each_rel(bound, &mut |rel| {
        if let Node::Table { name } = &rel.node {
            let own = catalog.table(name).filter(|t| !t.files.is_empty()).map(|t| t.files.iter().map(|f| f.rows).sum());
            sum = sum.zip(own).map(|(sum, own): (u64, u64)| sum.saturating_add(own));
        }
    });
    sum
}

/// Goes through every relation of a query, those of its preludes first.
pub fn each_rel(bound: &Bound, see: &mut dyn FnMut(&Rel)) {
    fn below(rel: &Rel, see: &mut dyn FnMut(&Rel)) {
        see(rel);
        rel.inputs(&mut |input| below(input, see));
    }
    for prelude in &bound.preludes {
        let (Prelude::Table(rel) | Prelude::Scalar(rel) | Prelude::List(rel)) = prelude;
        below(rel, see);
    }
    bound.results.iter().for_each(|result| below(&result.rel, see));
}
