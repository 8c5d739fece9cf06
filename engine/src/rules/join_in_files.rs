//! A join whose sides are both larger than the memory: they are parted by their keys in temporary files, and joined
//! part by part.
//!
//! DataFusion 55.2 holds one side of a hash join in memory, and fails where it does not fit.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics, Time};
use datafusion::physical_plan::repartition::BatchPartitioner;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SpillManager, execute_stream,
};
use datafusion::prelude::SessionConfig;
use futures::{TryStreamExt, stream};

/// Parts that a side is divided into: a join of sides this many times as large as the memory can be done.
const PARTS: usize = 64;

/// Has the plans of a session join in files. It is DataFusion's own switch between joins that hold one side and joins
/// that need not; what it would plan instead are joins that sort.
pub fn join_in_files(config: &mut SessionConfig) {
    let options = config.options_mut();
    options.optimizer.prefer_hash_join = false;
    // Joins that sort are planned for several threads only.
    options.execution.target_partitions = 1;
}

/// Has joins done in files where a session asks for it.
#[derive(Debug)]
pub(super) struct JoinInFiles;

impl PhysicalOptimizerRule for JoinInFiles {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let in_files = |node: Arc<dyn ExecutionPlan>| match node.downcast_ref::<HashJoinExec>() {
            Some(join) => Ok(Transformed::yes(Arc::new(PartedJoin::of(join)?) as _)),
            None => Ok(Transformed::no(node)),
        };
        match config.optimizer.prefer_hash_join {
            true => Ok(plan),
            false => plan.transform_up(in_files).data(),
        }
    }

    fn name(&self) -> &str {
        "join_in_files"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A join in parts: rows with equal keys are in the same part of both sides. Rows come in no order.
#[derive(Debug)]
struct PartedJoin {
    join: HashJoinExec,
    properties: Arc<PlanProperties>,
}

impl PartedJoin {
    fn of(join: &HashJoinExec) -> Result<Self> {
        let join = join.builder().reset_state().with_partition_mode(PartitionMode::CollectLeft).build()?;
        let unordered = EquivalenceProperties::new(join.schema());
        let (one, own) = (Partitioning::UnknownPartitioning(1), join.properties());
        let properties = PlanProperties::new(unordered, one, own.emission_type, own.boundedness);
        Ok(Self { join, properties: Arc::new(properties) })
    }

    /// Joins two sides, or a part of each.
    fn on(&self, left: Arc<dyn ExecutionPlan>, right: Arc<dyn ExecutionPlan>) -> Result<Self> {
        let join = self.join.builder().reset_state().with_new_children(vec![left, right])?;
        Self::of(&join.recompute_properties().build()?)
    }
}

impl DisplayAs for PartedJoin {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartedJoin: ")?;
        self.join.fmt_as(form, f)
    }
}

impl ExecutionPlan for PartedJoin {
    fn name(&self) -> &str {
        "PartedJoin"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.join.children()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(right), Some(left)) => Ok(Arc::new(self.on(left, right)?)),
            _ => internal_err!("PartedJoin has two inputs"),
        }
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (schema, whole) = (self.schema(), Self::of(&self.join)?);
        let joined = async move {
            let (left_keys, right_keys) = whole.join.on().iter().cloned().unzip();
            let left = parts(whole.join.left(), left_keys, &task).await?;
            let right = parts(whole.join.right(), right_keys, &task).await?;
            let joined = left.into_iter().zip(right).map(move |(left, right)| {
                let part = whole.on(left, right)?.join;
                part.execute(0, Arc::clone(&task))
            });
            Ok::<_, DataFusionError>(stream::iter(joined).try_flatten())
        };
        let rows = stream::once(joined).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// Divides the rows of a side by its keys, in a file for each part.
async fn parts(
    side: &Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    task: &Arc<TaskContext>,
) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
    let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    let files = SpillManager::new(task.runtime_env(), metrics, side.schema());
    let mut parts: Vec<_> =
        (0..PARTS).map(|_| files.create_in_progress_file("a part of a join")).collect::<Result<_>>()?;
    let mut divide = BatchPartitioner::new_hash_partitioner(keys, PARTS, Time::new())?;
    let mut rows = execute_stream(Arc::clone(side), Arc::clone(task))?;
    while let Some(batch) = rows.try_next().await? {
        divide.partition(batch, |at, batch| match parts.get_mut(at) {
            Some(part) => part.append_batch(&batch).map(|_| ()),
            None => internal_err!("a join has {PARTS} parts"),
        })?;
        // Whoever stops the query need not wait for a hundred batches.
        tokio::task::yield_now().await;
    }
    let part = |file| Part { files: files.clone(), file };
    parts.iter_mut().map(|file| part(file.finish()?).plan()).collect()
}

/// The rows of one part.
struct Part {
    files: SpillManager,
    /// Nothing without rows.
    file: Option<Arc<dyn SpillFile>>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a part of a join")
    }
}

impl Part {
    fn plan(self) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = Arc::clone(self.files.schema());
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(self)], None, [], false, None)?))
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &arrow::datatypes::SchemaRef {
        self.files.schema()
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let file = self.file.clone();
        let rows = stream::iter(file.map(|file| self.files.read_spill_as_stream(file, None))).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(self.files.schema()), rows))
    }
}
