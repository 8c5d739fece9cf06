//! `funnel_sequence_completion`: how far ids got in a sequence of states.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray};
use rehunt_lang::types::{Type, Value};

use super::numbering::number_all;
use super::timeline::{self, Step};
use super::{Call, Work, batch};
use crate::dynamic::Raw;
use crate::error::Result;

/// The arguments are the id, the time, start, end, the size of a bin, the state, the sequence, the longest durations. For
/// each bin that has rows, each duration and each state of the sequence: the ids that went through the sequence up to
/// that state, within the duration from its first.
pub(super) fn completion(call: &Call) -> Result<Work> {
    let (id, time, state) = (call.place(0)?, call.place(1)?, call.place(5)?);
    if state.ty != Type::String {
        return Err(call.refused(format!("a state of type {} is not supported yet", state.ty)));
    }
    let (start, end) = (call.long(2)?, call.long(3)?);
    let step = Step::read(call, 4, start)?;
    let states: Vec<String> = elements(call, 6)?.iter().map(|e| e.to_text().into_owned()).collect();
    let durations: Option<Vec<i64>> = elements(call, 7)?.iter().map(|e| e.to_timespan()).collect();
    let durations =
        durations.ok_or_else(|| call.refused("the longest durations are an array of timespans or numbers"))?;
    let points = timeline::points(time, call)?;
    let (schema, ty) = (Arc::clone(&call.schema), time.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let points = points(inputs)?;
        let texts = state.of(inputs)?.as_string_view();
        let (ids, _) = number_all(std::slice::from_ref(id.of(inputs)?), points.len())?;
        let mut events: Vec<Event> = (0..points.len())
            .filter(|row| points.is_valid(*row) && (start..=end).contains(&points.value(*row)))
            .filter_map(|row| {
                let time = points.value(row);
                Some(Event { bin: step.number(time), id: *ids.get(row)?, time, row })
            })
            .collect();
        events.sort_unstable();
        let (mut starts, mut shown, mut periods, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for bin in events.chunk_by(|a, b| a.bin == b.bin) {
            let Some(begin) = bin.first().and_then(|e| step.start(e.bin)) else { continue };
            for duration in &durations {
                let mut reached = vec![0_i64; states.len()];
                for id in bin.chunk_by(|a, b| a.id == b.id) {
                    let far = depth(id.iter().map(|e| (e.time, texts.value(e.row))), &states, *duration);
                    reached.iter_mut().take(far).for_each(|ids| *ids += 1);
                }
                for (state, ids) in states.iter().zip(reached) {
                    starts.push(begin);
                    shown.push(state.as_str());
                    periods.push(*duration);
                    counts.push(ids);
                }
            }
        }
        let columns: Vec<ArrayRef> = vec![
            timeline::column(starts, ty)?,
            Arc::new(StringViewArray::from_iter_values(shown)),
            timeline::column(periods, if ty == Type::Datetime { Type::Timespan } else { ty })?,
            Arc::new(Int64Array::from(counts)),
        ];
        batch(&schema, columns)
    })))
}

/// A row, in the order in which they are looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    bin: i64,
    id: u32,
    time: i64,
    row: usize,
}

/// How many states of the sequence an id went through, one after the other, within a duration from the first.
fn depth<'s>(visits: impl Iterator<Item = (i64, &'s str)>, states: &[String], duration: i64) -> usize {
    // For each number of states gone through, the latest time at which such a run began: it lasts longest.
    let mut began: Vec<Option<i64>> = vec![None; states.len()];
    let mut far = 0;
    for (time, visited) in visits {
        // From the end, so that one row is not two steps.
        for at in (0..states.len()).rev().filter(|at| states.get(*at).is_some_and(|state| state == visited)) {
            let run = match at.checked_sub(1) {
                None => Some(time),
                Some(before) => began.get(before).copied().flatten(),
            };
            let Some(run) = run.filter(|run| time.saturating_sub(*run) <= duration) else { continue };
            far = far.max(at + 1);
            began.get_mut(at).into_iter().for_each(|known| *known = (*known).max(Some(run)));
        }
    }
    far
}

/// The elements of a constant array.
fn elements<'c>(call: &'c Call, index: usize) -> Result<Vec<Raw<'c>>> {
    match call.constant(index)? {
        Value::Dynamic(json) => Ok(Raw::new(json).elements().collect()),
        other => Err(call.refused(format!("argument {} is an array, found a {}", index + 1, other.ty()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_run_counts() {
        let states = ["a", "b", "a"].map(str::to_owned);
        let depth = |visits: &[(i64, &'static str)], duration| depth(visits.iter().copied(), &states, duration);
        assert_eq!(depth(&[(1, "b"), (2, "a"), (3, "c"), (4, "b")], 5), 2);
        assert_eq!(depth(&[(1, "a"), (5, "a"), (6, "b")], 2), 2);
        assert_eq!(depth(&[(1, "a"), (5, "b")], 2), 1);
        assert_eq!(depth(&[(1, "a"), (2, "b"), (3, "a")], 2), 3);
        assert_eq!(depth(&[(2, "b")], 2), 0);
    }
}
