//! DataFusion's rules for plans: mended where they change an answer, left out where they have nothing to do.

mod in_turn;
mod join_in_files;
mod limited;
mod one_thread;
mod sound;
mod statistics;
mod taken;

use std::sync::Arc;

use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use join_in_files::JoinInFiles;
pub use join_in_files::join_in_files;
use limited::DistinctInOrder;
use one_thread::OneThread;
use sound::Sound;
use statistics::FromStatistics;
use taken::KeepTaken;

/// Rules of DataFusion that look for what our plans never hold, and go through every node of them all the same.
const IDLE: [&str; 8] = [
    // Sub-queries within expressions: ours run before, as preludes.
    "rewrite_set_comparison",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    // Joins without keys, whose order may be changed.
    "eliminate_cross_join",
    // Keys named twice.
    "eliminate_duplicated_expr",
    // Turned off by `enable_leaf_expression_pushdown`.
    "extract_leaf_expressions",
    "push_down_leaf_projections",
];

/// Returns DataFusion's rules for logical plans without the idle ones.
pub fn logical_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    rules.retain(|rule| !IDLE.contains(&rule.name()));
    rules
}

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// Moves projections towards the tables.
const PROJECTIONS: &str = "ProjectionPushdown";

/// Returns DataFusion's rules for physical plans with ours among them.
pub fn physical_rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut projections = 0;
    for rule in PhysicalOptimizer::new().rules {
        match rule.name() {
            // It stands there twice. What moves projections last finds what the first time would have moved.
            PROJECTIONS if projections == 0 => projections += 1,
            statistics::NAME => rules.push(Arc::new(FromStatistics::default())),
            sound::NAME => rules.push(Arc::new(Sound::default())),
            taken::SORTS_MOVE_IN => rules.extend([Arc::new(KeepTaken) as Rule, Arc::new(JoinInFiles), rule]),
            _ => rules.push(rule),
        }
    }
    rules.extend([Arc::new(DistinctInOrder) as Rule, Arc::new(OneThread)]);
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_idle_rules_are_known() {
        assert_eq!(logical_rules().len() + IDLE.len(), Optimizer::new().rules.len());
    }

    #[test]
    fn the_rules_that_ours_stand_for_are_there() {
        let names: Vec<String> = physical_rules().iter().map(|rule| rule.name().to_owned()).collect();
        assert!([statistics::NAME, sound::NAME].iter().all(|own| names.iter().any(|name| name == own)), "{names:?}");
        assert_eq!(names.iter().filter(|name| *name == PROJECTIONS).count(), 1, "{names:?}");
        let kept = names.iter().position(|name| name == taken::NAME);
        assert_eq!(kept.map(|at| names[at + 1].as_str()), Some("join_in_files"), "{names:?}");
        assert_eq!(kept.map(|at| names[at + 2].as_str()), Some(taken::SORTS_MOVE_IN), "{names:?}");
    }
}
