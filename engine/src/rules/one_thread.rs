//! On one thread the rows of a union come in the same order every time.
//!
//! DataFusion reads the inputs of a union at once, each in a task of its own, and takes what comes first.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::in_turn::InTurn;

/// Has partitions read one after the other where a query runs on one thread.
#[derive(Debug)]
pub(super) struct OneThread;

impl PhysicalOptimizerRule for OneThread {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        match config.execution.target_partitions {
            1 => Ok(whole(plan.transform_up(|node| Ok(in_turn(node))).data()?)),
            _ => Ok(plan),
        }
    }

    fn name(&self) -> &str {
        "one_thread"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Nothing merges the partitions of the root before it runs.
fn whole(root: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match root.output_partitioning().partition_count() {
        1 => root,
        _ => InTurn::of(root),
    }
}

fn in_turn(node: Arc<dyn ExecutionPlan>) -> Transformed<Arc<dyn ExecutionPlan>> {
    let Some(merged) = node.downcast_ref::<CoalescePartitionsExec>() else { return Transformed::no(node) };
    if merged.input().output_partitioning().partition_count() < 2 {
        return Transformed::no(node);
    }
    let rows = InTurn::of(Arc::clone(merged.input()));
    Transformed::yes(match merged.fetch() {
        Some(most) => Arc::new(GlobalLimitExec::new(rows, 0, Some(most))),
        None => rows,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;

    use crate::engine::Engine;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_union_of_few_rows_is_in_the_order_of_its_inputs() {
        let legs =
            (0..40).map(|n| format!("(range x from {n} to {n} step 1 | extend s = strcat('a', x) | where isutf8(s))"));
        let query = format!("union {} | project x", legs.collect::<Vec<_>>().join(", "));
        let session = Engine::new().session();
        for query in [query.clone(), format!("{query} | take 39"), format!("{query} | serialize n = row_number()")] {
            let answer = session.run(&query).await.unwrap();
            let rows = answer.tables[0]
                .batches
                .iter()
                .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
            assert!(rows.eq(0..answer.tables[0].rows() as i64), "{query}");
        }
    }
}
