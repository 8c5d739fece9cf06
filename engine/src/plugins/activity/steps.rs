//! `activity_counts_metrics`, `activity_metrics`: each step of the timeline against those before it.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::timeline::Step;
use super::super::{Call, Work};
use super::{Counted, Visit, constants, count, visits};
use crate::error::Result;

/// The steps of a slice that have visits: their numbers and their visits.
fn steps(slice: &[Visit], step: Step) -> impl Iterator<Item = (i64, &[Visit])> {
    let same = move |a: &Visit, b: &Visit| step.number(a.time) == step.number(b.time);
    slice.chunk_by(same).filter_map(move |visits| Some((step.number(visits.first()?.time), visits)))
}

/// `activity_counts_metrics(id, time, start, end, step)`: for each step the rows, the ids, those that no step before had,
/// and all so far. Steps without rows do not appear.
pub(crate) fn counts_metrics(call: &Call) -> Result<Work> {
    let (start, end) = (call.long(2)?, call.long(3)?);
    let step = Step::read(call, 4, start)?;
    let read = visits(call, call.places_from(5)?, move |time| (start..=end).contains(&time))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 4, 0>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let mut seen: HashSet<u32> = HashSet::new();
            for (at, visits) in steps(slice, step) {
                let Some(begin) = step.start(at) else { continue };
                let ids: HashSet<u32> = visits.iter().map(|v| v.id).collect();
                let before = seen.len();
                seen.extend(&ids);
                let counts = [visits.len(), ids.len(), seen.len() - before, seen.len()];
                counted.push([begin], number, counts.map(count), []);
            }
        }
        counted.finish(&visits)
    })))
}

/// `activity_metrics(id, time, [start, end,] step)`: for each step its ids, those that the step before did not have, and
/// which share of that step's ids came back or did not; NaN where it had none.
pub(crate) fn metrics(call: &Call) -> Result<Work> {
    let (start, end, at) = match constants(call) {
        1 => (i64::MIN, i64::MAX, 2),
        3 => (call.long(2)?, call.long(3)?, 4),
        _ => return Err(call.refused("a step is needed: behind the time, or behind start and end")),
    };
    let step = Step::read(call, at, if start == i64::MIN { 0 } else { start })?;
    let read = visits(call, call.places_from(at + 1)?, move |time| (start..=end).contains(&time))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 2, 2>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let mut last: Option<(i64, HashSet<u32>)> = None;
            for (at, visits) in steps(slice, step) {
                let Some(begin) = step.start(at) else { continue };
                let ids: HashSet<u32> = visits.iter().map(|v| v.id).collect();
                let previous = last.take().filter(|(number, _)| number.saturating_add(1) == at);
                let previous = previous.map(|(_, ids)| ids).unwrap_or_default();
                let returned = ids.intersection(&previous).count();
                let share = |part: usize| part as f64 / previous.len() as f64;
                let rates = [share(returned), share(previous.len() - returned)];
                counted.push([begin], number, [ids.len(), ids.len() - returned].map(count), rates);
                last = Some((at, ids));
            }
        }
        counted.finish(&visits)
    })))
}
