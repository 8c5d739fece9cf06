//! A plan that lacks a sort gets it.
//!
//! DataFusion 55.2 checks at the end that every node gets the order it needs. It leaves a sort out where rows come from a
//! join one side of which has the same value everywhere, and then does not find the order at the join
//! (`T | extend k = 'a' | lookup U on l | sort by k | summarize make_list(k)`). What the check finds missing is put in.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::sanity_checker::SanityCheckPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};

/// The name of DataFusion's rule.
pub(super) const NAME: &str = "SanityCheckPlan";

/// DataFusion's check, which mends before it refuses.
#[derive(Debug, Default)]
pub(super) struct Sound(SanityCheckPlan);

impl PhysicalOptimizerRule for Sound {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.optimize(Arc::clone(&plan), config).or_else(|_| {
            let mended = plan.transform_up(with_sorts).data()?;
            self.0.optimize(mended, config)
        })
    }

    fn name(&self) -> &str {
        NAME
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// Sorts the inputs of a node that are not in the order it needs.
fn with_sorts(node: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let mut inputs: Vec<Arc<dyn ExecutionPlan>> = node.children().into_iter().map(Arc::clone).collect();
    let mut sorted = false;
    for (input, needed) in inputs.iter_mut().zip(node.required_input_ordering()) {
        let Some(needed) = needed.map(|needed| needed.first().clone()) else { continue };
        if input.equivalence_properties().ordering_satisfy_requirement(needed.clone())? {
            continue;
        }
        let several = input.output_partitioning().partition_count() > 1;
        let sort = SortExec::new(LexOrdering::from(needed), Arc::clone(input)).with_preserve_partitioning(several);
        (*input, sorted) = (Arc::new(sort), true);
    }
    if !sorted {
        return Ok(Transformed::no(node));
    }
    let anew = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Ok(Transformed::yes(node.replace_children(inputs, anew)?))
}
