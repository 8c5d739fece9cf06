//! `sequence_detect`: steps one after the other.
//!
//! Within each combination of the dimensions, a step is the sorted list of the times at which its predicate holds. A
//! sequence takes one time of each step, each later than the one before by at most the longest step, all within the
//! longest span of the first. The page does not say which of several candidates count: all do, as its example shows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use arrow::compute::take;
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use rehunt_lang::types::Value;

use super::numbering::number_all;
use super::{Arg, Call, Place, Work, batch, timeline};
use crate::error::Result;

/// So many sequences one call may find.
const MOST_SEQUENCES: usize = 1_000_000;

/// A predicate: a column, or the same for all rows.
#[derive(Clone, Copy)]
enum Predicate {
    Of(Place),
    Always(bool),
}

/// The arguments are the time, the longest step and span, the number of predicates, the predicates, the dimensions.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let limits = Limits { step: call.long(1)?, span: call.long(2)? };
    let count = usize::try_from(call.long(3)?).unwrap_or(0);
    let points = timeline::points(call.place(0)?, call)?;
    let predicates: Vec<Predicate> = (call.args.iter().skip(4).take(count))
        .map(|arg| match arg {
            Arg::Column(place) => Predicate::Of(*place),
            Arg::Constant(value) => Predicate::Always(*value == Value::Bool(true)),
        })
        .collect();
    let dimensions = call.places_from(4 + count)?;
    let ty = call.place(0)?.ty;
    let schema = Arc::clone(&call.schema);
    Ok(Work::Whole(Box::new(move |inputs| {
        let points = points(inputs)?;
        let columns = dimensions.iter().map(|d| d.of(inputs).cloned()).collect::<DfResult<Vec<_>>>()?;
        let (slices, first) = number_all(&columns, points.len())?;
        let mut found = Found { rows: Vec::new(), times: vec![Vec::new(); predicates.len()], limits };
        let mut steps: Vec<Vec<Vec<i64>>> = vec![vec![Vec::new(); predicates.len()]; first.len()];
        for (at, predicate) in predicates.iter().enumerate() {
            let holds = holds(*predicate, inputs)?;
            for row in (0..points.len()).filter(|row| points.is_valid(*row) && holds(*row)) {
                let slice = slices.get(row).and_then(|slice| steps.get_mut(*slice as usize));
                slice.and_then(|steps| steps.get_mut(at)).into_iter().for_each(|times| times.push(points.value(row)));
            }
        }
        for (mut steps, row) in steps.into_iter().zip(&first) {
            steps.iter_mut().for_each(|times| {
                times.sort_unstable();
                times.dedup();
            });
            found.search(&steps, *row)?;
        }
        let mut result: Vec<ArrayRef> = Vec::new();
        let rows = UInt32Array::from(found.rows);
        for column in &columns {
            result.push(take(column, &rows, None)?);
        }
        let last = found.times.last().cloned().unwrap_or_default();
        let begin = found.times.first().cloned().unwrap_or_default();
        for times in found.times {
            result.push(timeline::column(times, ty)?);
        }
        let durations = last.iter().zip(begin).map(|(last, first)| last.saturating_sub(first));
        result.push(timeline::column(durations.collect(), ty)?);
        batch(&schema, result)
    })))
}

/// Tells of a row whether the predicate holds.
fn holds(predicate: Predicate, inputs: &[arrow::array::RecordBatch]) -> DfResult<impl Fn(usize) -> bool + use<>> {
    let column: Option<BooleanArray> = match predicate {
        Predicate::Of(place) => Some(place.of(inputs)?.as_boolean().clone()),
        Predicate::Always(_) => None,
    };
    Ok(move |row| match (&column, predicate) {
        (Some(column), _) => column.is_valid(row) && column.value(row),
        (None, Predicate::Always(holds)) => holds,
        (None, Predicate::Of(_)) => false,
    })
}

#[derive(Clone, Copy)]
struct Limits {
    step: i64,
    span: i64,
}

/// The sequences found so far: for each the row that shows its dimensions, and the time of each step.
struct Found {
    rows: Vec<u32>,
    times: Vec<Vec<i64>>,
    limits: Limits,
}

impl Found {
    /// Goes through all sequences of sorted steps, depth first.
    fn search(&mut self, steps: &[Vec<i64>], row: u32) -> DfResult<()> {
        let mut chosen: Vec<i64> = Vec::with_capacity(steps.len());
        // For each step that is being chosen, the next candidate.
        let mut next: Vec<usize> = vec![0];
        while let Some((level, at)) = next.len().checked_sub(1).and_then(|level| Some((level, next.last_mut()?))) {
            let time =
                steps.get(level).and_then(|times| times.get(*at)).copied().filter(|time| self.fits(&chosen, *time));
            let Some(time) = time else {
                next.pop();
                chosen.pop();
                continue;
            };
            *at += 1;
            match steps.get(level + 1) {
                Some(following) => {
                    chosen.push(time);
                    next.push(following.partition_point(|later| *later <= time));
                }
                None => self.note(&chosen, time, row)?,
            }
        }
        Ok(())
    }

    fn fits(&self, chosen: &[i64], time: i64) -> bool {
        match (chosen.first(), chosen.last()) {
            (Some(first), Some(last)) => {
                time.saturating_sub(*last) <= self.limits.step && time.saturating_sub(*first) <= self.limits.span
            }
            _ => true,
        }
    }

    fn note(&mut self, chosen: &[i64], last: i64, row: u32) -> DfResult<()> {
        if self.rows.len() >= MOST_SEQUENCES {
            return Err(exec_datafusion_err!("`sequence_detect` finds more than {MOST_SEQUENCES} sequences"));
        }
        self.rows.push(row);
        let times = chosen.iter().copied().chain([last]);
        self.times.iter_mut().zip(times).for_each(|(column, time)| column.push(time));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sequences(steps: &[&[i64]], step: i64, span: i64) -> Vec<Vec<i64>> {
        let steps: Vec<Vec<i64>> = steps.iter().map(|times| times.to_vec()).collect();
        let mut found = Found { rows: Vec::new(), times: vec![Vec::new(); steps.len()], limits: Limits { step, span } };
        found.search(&steps, 0).unwrap();
        (0..found.rows.len()).map(|row| found.times.iter().map(|times| times[row]).collect()).collect()
    }

    #[test]
    fn every_pair_within_the_limits_counts() {
        assert_eq!(sequences(&[&[1, 4], &[4, 5, 9]], 4, 4), [[1, 4], [1, 5], [4, 5]]);
        assert_eq!(sequences(&[&[1], &[2], &[3, 6]], 3, 3), [[1, 2, 3]]);
        assert_eq!(sequences(&[&[1], &[]], 3, 3), Vec::<Vec<i64>>::new());
        assert_eq!(sequences(&[&[1, 2]], 0, 0), [[1], [2]]);
    }
}
