//! `autocluster`: a few patterns that balance how many rows they cover with how much they say.
//!
//! The page names the idea (seeds that are expanded: "Algorithms for Telemetry Data Mining using Discrete Attributes")
//! and the score, a weighted geometric mean of both; the rest is not published. Here the seeds are the heaviest
//! rows. Each gives up its values one by one, the one first whose loss covers most, and the best pattern on the way is
//! a candidate. Candidates are taken by their score as long as half of their rows are not covered yet.

use super::{NONE, Pattern, Table};

/// A pattern must cover this share of all rows.
const LEAST_SHARE: f64 = 0.01;

/// Returns the clusters, the best first.
pub(super) fn clusters(table: &Table, size_weight: f64, seeds: usize) -> Vec<Pattern> {
    let [total, _] = table.total();
    let mut heaviest: Vec<usize> = (0..table.rows()).collect();
    let weight = |row: &usize| table.weights.get(*row).map_or(0.0, |w| w[0]);
    heaviest.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let score = |pattern: &Pattern| {
        let share = pattern.weights[0] / total;
        share.powf(size_weight) * (pattern.size() as f64 / table.width as f64).powf(1.0 - size_weight)
    };
    let mut candidates: Vec<Pattern> = Vec::new();
    for seed in heaviest.into_iter().take(seeds) {
        let expanded = expansions(table, seed);
        let best = expanded
            .into_iter()
            .filter(|p| p.size() > 0 && p.weights[0] >= LEAST_SHARE * total)
            .max_by(|a, b| score(a).total_cmp(&score(b)));
        candidates.extend(best.filter(|best| !candidates.contains(best)));
    }
    candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut covered = vec![false; table.rows()];
    candidates.retain(|pattern| {
        let own: Vec<usize> = (0..table.rows()).filter(|row| matches(pattern, table.row(*row))).collect();
        let new: f64 = own.iter().filter(|row| covered.get(**row) == Some(&false)).map(weight).sum();
        let keep = 2.0 * new >= pattern.weights[0];
        if keep {
            own.iter().for_each(|row| covered.get_mut(*row).into_iter().for_each(|c| *c = true));
        }
        keep
    });
    candidates
}

fn matches(pattern: &Pattern, row: &[u32]) -> bool {
    pattern.values.iter().zip(row).all(|(own, value)| *own == NONE || own == value)
}

/// The patterns on the way from a row to nothing: each without the value whose loss covers most.
fn expansions(table: &Table, seed: usize) -> Vec<Pattern> {
    let mut values = table.row(seed).to_vec();
    // For each row how many columns differ from the pattern, and the sum of their numbers: where one is left, which.
    let mut differing: Vec<(usize, usize)> = (0..table.rows())
        .map(|row| {
            let differ =
                table.row(row).iter().zip(&values).enumerate().filter(|(_, (v, own))| **own != NONE && v != own);
            differ.fold((0, 0), |(count, sum), (at, _)| (count + 1, sum + at))
        })
        .collect();
    let weight = |row: usize| table.weights.get(row).map_or(0.0, |w| w[0]);
    let mut found = Vec::new();
    loop {
        let mut covers = 0.0;
        let mut gains = vec![0.0; table.width];
        for (row, (count, sum)) in differing.iter().enumerate() {
            match count {
                0 => covers += weight(row),
                1 => gains.get_mut(*sum).into_iter().for_each(|gain| *gain += weight(row)),
                _ => {}
            }
        }
        found.push(Pattern { values: values.clone(), weights: [covers, 0.0] });
        let candidates = (0..table.width).filter(|at| values.get(*at).is_some_and(|v| *v != NONE));
        let gain = |at: &usize| gains.get(*at).copied().unwrap_or(0.0);
        let Some(lost) = candidates.max_by(|a, b| gain(a).total_cmp(&gain(b))) else { return found };
        for (row, (count, sum)) in differing.iter_mut().enumerate() {
            if table.row(row).get(lost) != values.get(lost) {
                *count -= 1;
                *sum -= lost;
            }
        }
        values.get_mut(lost).into_iter().for_each(|value| *value = NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_up_the_value_that_few_share() {
        let rows = [[0, 0, 0], [0, 0, 1], [0, 0, 2], [1, 1, 3]];
        let table = Table { values: rows.concat(), width: 3, weights: vec![[1.0, 0.0]; 4], sizes: vec![2, 2, 4] };
        let found: Vec<_> = expansions(&table, 0).into_iter().map(|p| (p.size(), p.weights[0])).collect();
        assert_eq!(found, [(3, 1.0), (2, 3.0), (1, 3.0), (0, 4.0)]);
        let clusters = clusters(&table, 0.5, 25);
        assert_eq!(clusters.first().map(|p| p.values.clone()), Some(vec![0, 0, NONE]));
    }
}
