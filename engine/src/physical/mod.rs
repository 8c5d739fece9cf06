//! DataFusion's rules for physical plans, mended where they change an answer.

mod in_turn;
mod one_thread;
mod statistics;
mod taken;

use std::sync::Arc;

use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use one_thread::OneThread;
use statistics::FromStatistics;
use taken::KeepTaken;

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// Returns DataFusion's rules for physical plans with ours among them.
pub fn physical_rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for rule in PhysicalOptimizer::new().rules {
        match rule.name() {
            statistics::NAME => rules.push(Arc::new(FromStatistics::default())),
            taken::SORTS_MOVE_IN => rules.extend([Arc::new(KeepTaken) as Rule, rule]),
            _ => rules.push(rule),
        }
    }
    rules.push(Arc::new(OneThread));
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_ours_stand_for_are_there() {
        let names: Vec<String> = physical_rules().iter().map(|rule| rule.name().to_owned()).collect();
        assert!(names.iter().any(|name| name == statistics::NAME), "{names:?}");
        let kept = names.iter().position(|name| name == taken::NAME);
        assert_eq!(kept.map(|at| names[at + 1].as_str()), Some(taken::SORTS_MOVE_IN), "{names:?}");
    }
}
