//! Mining of closed patterns: each once, depth first.
//!
//! A pattern grows by a value of a later column, then takes in every value that all its rows share. If that adds a
//! column before the one it grew by, the pattern is found from there, and this way to it ends (the prefix test of the
//! LCM algorithm: Uno, Asai, Uchida, Arimura, 2004).

use datafusion::common::{Result, exec_datafusion_err};

use super::{MOST_PATTERNS, NONE, Pattern, Table};

/// What is looked for.
pub(super) struct Mine<'a> {
    pub table: &'a Table,
    /// Tells from the weights of a pattern whether it counts; a pattern with fewer rows may not count where this does not.
    pub frequent: &'a dyn Fn(&[f64; 2]) -> bool,
    /// By how many values a pattern may grow, those that come along not counted.
    pub most_values: usize,
}

impl Mine<'_> {
    /// Returns the closed patterns that count.
    pub(super) fn patterns(&self) -> Result<Vec<Pattern>> {
        let mut found = Vec::new();
        let rows: Vec<u32> = (0..self.table.rows()).filter_map(|row| u32::try_from(row).ok()).collect();
        if rows.is_empty() {
            return Ok(found);
        }
        let all = self.closure(&rows);
        let weights = self.table.total();
        let root = Pattern { values: all, weights };
        if root.size() > 0 && (self.frequent)(&root.weights) {
            found.push(root.clone());
        }
        self.grow(&rows, &root, 0, self.most_values, &mut found)?;
        Ok(found)
    }

    fn grow(&self, rows: &[u32], from: &Pattern, column: usize, left: usize, found: &mut Vec<Pattern>) -> Result<()> {
        if left == 0 {
            return Ok(());
        }
        for at in column..self.table.width {
            if from.values.get(at) != Some(&NONE) {
                continue;
            }
            for (value, own) in self.parts(rows, at) {
                let weights = self.weigh(&own);
                if !(self.frequent)(&weights) {
                    continue;
                }
                let pattern = Pattern { values: self.closure(&own), weights };
                let earlier = pattern.values.iter().zip(&from.values).take(at).any(|(now, before)| now != before);
                if earlier {
                    continue;
                }
                debug_assert_eq!(pattern.values.get(at), Some(&value));
                if found.len() >= MOST_PATTERNS {
                    return Err(exec_datafusion_err!(
                        "there are more than {MOST_PATTERNS} patterns: raise the threshold, or project fewer columns"
                    ));
                }
                found.push(pattern.clone());
                self.grow(&own, &pattern, at + 1, left - 1, found)?;
            }
        }
        Ok(())
    }

    /// The rows by their value in a column.
    fn parts(&self, rows: &[u32], column: usize) -> Vec<(u32, Vec<u32>)> {
        let mut parts = vec![Vec::new(); self.table.sizes.get(column).copied().unwrap_or(0)];
        for row in rows {
            let value = self.table.row(*row as usize).get(column).copied().unwrap_or(NONE);
            parts.get_mut(value as usize).into_iter().for_each(|part| part.push(*row));
        }
        (0..).zip(parts).filter(|(_, part)| !part.is_empty()).collect()
    }

    fn weigh(&self, rows: &[u32]) -> [f64; 2] {
        let weights = rows.iter().filter_map(|row| self.table.weights.get(*row as usize));
        weights.fold([0.0, 0.0], |sum, w| [sum[0] + w[0], sum[1] + w[1]])
    }

    /// The values that all of some rows share.
    fn closure(&self, rows: &[u32]) -> Vec<u32> {
        let Some((first, rest)) = rows.split_first() else { return vec![NONE; self.table.width] };
        let mut shared = self.table.row(*first as usize).to_vec();
        for row in rest {
            let row = self.table.row(*row as usize);
            shared.iter_mut().zip(row).filter(|(s, v)| s != v).for_each(|(s, _)| *s = NONE);
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn table(rows: &[[u32; 3]]) -> Table {
        Table { values: rows.concat(), width: 3, weights: vec![[1.0, 0.0]; rows.len()], sizes: vec![4, 4, 4] }
    }

    /// Closed patterns by trying all: every set of rows is a pattern of what it shares.
    fn all_closed(table: &Table, least: f64) -> Vec<(Vec<u32>, f64)> {
        let mine = Mine { table, frequent: &|_| true, most_values: usize::MAX };
        let mut found: Vec<(Vec<u32>, f64)> = Vec::new();
        for set in 1..1_u32 << table.rows() {
            let rows: Vec<u32> = (0..32).filter(|row| set >> row & 1 == 1).collect();
            let values = mine.closure(&rows);
            let fits = |row: &usize| table.row(*row).iter().zip(&values).all(|(v, p)| *p == NONE || p == v);
            let weight = (0..table.rows()).filter(fits).count() as f64;
            if weight >= least && values.iter().any(|v| *v != NONE) && !found.iter().any(|(v, _)| *v == values) {
                found.push((values, weight));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    #[test]
    fn each_closed_pattern_is_found_once() {
        let tables = [
            table(&[[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 0, 0], [0, 0, 0]]),
            table(&[[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
            table(&[[0, 1, NONE], [0, 1, 2], [NONE, 1, 2], [3, NONE, 2]]),
        ];
        for table in &tables {
            for least in [1.0, 2.0, 3.0] {
                let frequent = |weights: &[f64; 2]| weights[0] >= least;
                let mine = Mine { table, frequent: &frequent, most_values: usize::MAX };
                let mut found: Vec<_> =
                    mine.patterns().unwrap().into_iter().map(|p| (p.values, p.weights[0])).collect();
                found.sort_by(|a, b| a.0.cmp(&b.0));
                assert_eq!(found, all_closed(table, least));
            }
        }
    }
}
