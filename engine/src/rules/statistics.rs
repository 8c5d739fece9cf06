//! Aggregates answered from statistics, such as the count of a Parquet file, without a mistake of DataFusion's.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::aggregate_statistics::AggregateStatistics;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// The name of DataFusion's rule.
pub(super) const NAME: &str = "aggregate_statistics";

/// DataFusion's rule looks for the first stage of an aggregate without keys, passes by one that has a filter, and takes
/// another aggregate further down for it: `T | count | summarize sumif(Count, Count > 1)` is planned as the count, and fails
/// only because the names differ. Plans of that shape are left alone (DataFusion 55.2).
#[derive(Debug, Default)]
pub(super) struct FromStatistics(AggregateStatistics);

impl PhysicalOptimizerRule for FromStatistics {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        match misleads(&plan) {
            true => Ok(plan),
            false => self.0.optimize(plan, config),
        }
    }

    fn name(&self) -> &str {
        NAME
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// Tells whether some aggregate with a filter has an aggregate of its own kind anywhere below it.
fn misleads(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let filtered = plan
        .downcast_ref::<AggregateExec>()
        .is_some_and(|a| a.group_expr().is_empty() && a.filter_expr().iter().any(Option::is_some));
    plan.children().into_iter().any(|child| (filtered && aggregates(child)) || misleads(child))
}

fn aggregates(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<AggregateExec>().is_some() || plan.children().into_iter().any(aggregates)
}
