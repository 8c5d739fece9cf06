//! What `take` has taken is taken: a sort behind it sorts those rows and chooses no others.
//!
//! DataFusion 55.2 moves a sort below a limit without an order, and so makes the least rows of it. Kusto leaves open
//! which rows `take` gives, but not behind `serialize`, and the answer of a query should not depend on what follows.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::in_turn::InTurn;

/// The rule's name.
pub(super) const NAME: &str = "keep_taken";

/// The rule of DataFusion that moves sorts: ours comes before it.
pub(super) const SORTS_MOVE_IN: &str = "EnsureRequirements";

/// Puts a node that no sort passes above each limit whose rows have no order.
#[derive(Debug)]
pub(super) struct KeepTaken;

impl PhysicalOptimizerRule for KeepTaken {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let keep = |node: Arc<dyn ExecutionPlan>| match node.is::<GlobalLimitExec>() && node.output_ordering().is_none()
        {
            true => Ok(Transformed::yes(InTurn::of(node))),
            false => Ok(Transformed::no(node)),
        };
        plan.transform_up(keep).data()
    }

    fn name(&self) -> &str {
        NAME
    }

    fn schema_check(&self) -> bool {
        true
    }
}
