//! `new_activity_metrics`: ids by the step in which they were first seen, and how many of them come back in each later
//! step.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::timeline::Step;
use super::super::{Arg, Call, Work};
use super::{Counted, by_id, count, visits};
use crate::error::Result;

/// So many steps cohorts are compared over: the result has a row for each pair.
const MOST_STEPS: usize = 2000;

/// `new_activity_metrics(id, time, start, end, step [, cohort] [, dimension, ...] [, lookback])`. Ids of the lookback are new
/// to no step. A row compares a cohort (`from`) with a step from its own on (`to`); cohorts without ids do not appear.
pub(crate) fn new_metrics(call: &Call) -> Result<Work> {
    let (start, end) = (call.long(2)?, call.long(3)?);
    let step = Step::read(call, 4, start)?;
    let bins = step.bins(call, start, end)?;
    let width = usize::try_from(bins.1 - bins.0 + 1).unwrap_or(0);
    if width > MOST_STEPS {
        return Err(call.refused(format!("more than {MOST_STEPS} steps cannot be compared with each other")));
    }
    let (mut cohort, mut dimensions, mut lookback) = (None, Vec::new(), None);
    for (i, arg) in call.args.iter().enumerate().skip(5) {
        match arg {
            Arg::Constant(_) => cohort = Some(step.number(call.long(i)?)),
            Arg::Column(place) if place.input == 0 => dimensions.push(*place),
            Arg::Column(place) => lookback = Some(*place),
        }
    }
    let read = visits(call, dimensions, move |time| (start..=end).contains(&time))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let known: HashSet<u32> = match &lookback {
            Some(place) => visits.ids.find(std::slice::from_ref(place.of(inputs)?))?.into_iter().flatten().collect(),
            None => HashSet::new(),
        };
        let mut counted = Counted::<2, 3, 2>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let cohorts = Cohorts::new(&by_id(slice), |time| step.number(time) - bins.0, width, &known);
            for from in (0..width).filter(|from| cohort.is_none_or(|c| bins.0 + count(*from) == c)) {
                for (to, [new, retained, all]) in cohorts.compared(from) {
                    let at = |step_number: usize| step.start(bins.0 + count(step_number));
                    let (Some(begin), Some(compared)) = (at(from), at(to)) else { continue };
                    let rates = [retained, all - retained].map(|ids| ids as f64 / all as f64);
                    let counts = [new, retained, all - retained].map(count);
                    counted.push([begin, compared], number, counts, rates);
                }
            }
        }
        counted.finish(&visits)
    })))
}

/// How many ids that were first seen in one step were seen in another.
struct Cohorts {
    width: usize,
    /// By the step of the cohort, then by the step in which it was seen.
    seen: Vec<usize>,
}

impl Cohorts {
    /// Visits come id by id; `number` counts steps from 0.
    fn new(visits: &[(u32, i64)], number: impl Fn(i64) -> i64, width: usize, known: &HashSet<u32>) -> Self {
        let mut seen = vec![0; width * width];
        for id in visits.chunk_by(|a, b| a.0 == b.0) {
            let Some((first_id, first)) = id.first() else { continue };
            let Some(cohort) = usize::try_from(number(*first)).ok().filter(|_| !known.contains(first_id)) else {
                continue;
            };
            let mut last = None;
            for at in id.iter().filter_map(|(_, time)| usize::try_from(number(*time)).ok()) {
                if last != Some(at)
                    && let Some(ids) = seen.get_mut(cohort * width + at)
                {
                    *ids += 1;
                }
                last = Some(at);
            }
        }
        Self { width, seen }
    }

    fn ids(&self, cohort: usize, step: usize) -> usize {
        self.seen.get(cohort * self.width + step).copied().unwrap_or(0)
    }

    /// Compares a cohort with each step from its own on: the ids that are new to the step after the cohort (in its own step:
    /// the cohort), those of the cohort that are seen in it, and the size of the cohort.
    fn compared(&self, from: usize) -> impl Iterator<Item = (usize, [usize; 3])> + '_ {
        let all = self.ids(from, from);
        (from..self.width).filter(move |_| all > 0).map(move |to| {
            let new = match to == from {
                true => all,
                false => (from + 1..=to).map(|cohort| self.ids(cohort, to)).sum(),
            };
            (to, [new, self.ids(from, to), all])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Users by day as the documentation of the plugin shows them, and the rows it gives for the second day.
    #[test]
    fn the_example_of_the_page() {
        let days: [&[u32]; 5] = [&[0, 2, 3, 4], &[0, 1, 3, 4, 5], &[0, 2, 4, 5], &[0, 1, 2, 3], &[0, 1, 2, 3, 4]];
        let mut visits: Vec<(u32, i64)> =
            days.iter().zip(0..).flat_map(|(ids, day)| ids.iter().map(move |id| (*id, day))).collect();
        visits.sort_unstable();
        let cohorts = Cohorts::new(&visits, |day| day, 6, &HashSet::new());
        let first: Vec<_> = cohorts.compared(0).map(|(_, counts)| counts).collect();
        assert_eq!(first, [[4, 4, 4], [2, 3, 4], [1, 3, 4], [1, 3, 4], [1, 4, 4], [0, 0, 4]]);
        let second: Vec<_> = cohorts.compared(1).map(|(_, counts)| counts).collect();
        assert_eq!(second, [[2, 2, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 0, 2]]);
        assert_eq!(cohorts.compared(2).count(), 0);
    }
}
