//! A `distinct` that may stop early, where its rows came to have an order afterwards.
//!
//! DataFusion 55.2 tells a distinct below a limit how many rows are wanted while its input has no order. A sort that is
//! put below it later makes it look for the greatest, and it fails for want of a direction
//! (`T | partition by r (top 1 by d) | distinct r, d | take 3`). Such a distinct gives all its rows to the limit.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// Takes the limit from every distinct that is in an order.
#[derive(Debug)]
pub(super) struct DistinctInOrder;

impl PhysicalOptimizerRule for DistinctInOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| Ok(without_limit(node))).data()
    }

    fn name(&self) -> &str {
        "distinct_in_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn without_limit(node: Arc<dyn ExecutionPlan>) -> Transformed<Arc<dyn ExecutionPlan>> {
    let Some(distinct) = node.downcast_ref::<AggregateExec>() else { return Transformed::no(node) };
    let undirected = distinct.limit_options().is_some_and(|limit| limit.descending.is_none());
    let fails = undirected && distinct.aggr_expr().is_empty() && !distinct.is_unordered_unfiltered_group_by_distinct();
    match fails {
        true => Transformed::yes(Arc::new(distinct.with_new_limit_options(None))),
        false => Transformed::no(node),
    }
}
