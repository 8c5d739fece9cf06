//! `sliding_window_counts`, `activity_engagement`: windows that slide along the timeline step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::timeline::Step;
use super::super::{Call, Work};
use super::{Counted, Visit, constants, visits};
use crate::error::Result;

/// `sliding_window_counts(id, time, start, end, lookback, step)`: for each step the rows and ids of the window that ends
/// with it. Steps whose window is empty do not appear.
pub(crate) fn sliding_window_counts(call: &Call) -> Result<Work> {
    let (start, end, lookback) = (call.long(2)?, call.long(3)?, call.long(4)?);
    let step = Step::read(call, 5, start)?;
    let width = step.bins_in(lookback);
    let bins = step.bins(call, start, end)?;
    let wanted = move |time| time <= end && step.number(time) > bins.0.saturating_sub(width);
    let read = visits(call, call.places_from(6)?, wanted)?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 2, 0>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let mut windows = Windows::<2>::default();
            slice.iter().for_each(|v| windows.open(0, step.number(v.time), width));
            windows.open_once(1, slice, step, width);
            windows.each(bins, |bin, open| {
                if let Some(begin) = step.start(bin) {
                    counted.push([begin], number, open, []);
                }
            });
        }
        counted.finish(&visits)
    })))
}

/// `activity_engagement(id, time, [start, end,] inner, outer)`: for each inner window its ids, those of the outer window
/// that ends with it, and their ratio. Steps whose outer window is empty do not appear.
pub(crate) fn engagement(call: &Call) -> Result<Work> {
    let (range, at) = match constants(call) {
        2 => (None, 2),
        _ => (Some((call.long(2)?, call.long(3)?)), 4),
    };
    let step = Step::read(call, at, range.map_or(0, |(start, _)| start))?;
    let width = step.bins_in(call.long(at + 1)?);
    let bins = range.map(|(start, end)| step.bins(call, start, end)).transpose()?;
    let wanted = move |time| match (bins, range) {
        (Some((first, _)), Some((_, end))) => time <= end && step.number(time) > first.saturating_sub(width),
        _ => true,
    };
    let read = visits(call, call.places_from(at + 2)?, wanted)?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 2, 1>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let of_data = slice.first().zip(slice.last()).map(|(a, b)| (step.number(a.time), step.number(b.time)));
            let Some(bins) = bins.or(of_data) else { continue };
            let mut windows = Windows::<2>::default();
            windows.open_once(0, slice, step, 1);
            windows.open_once(1, slice, step, width);
            windows.each(bins, |bin, open| {
                if let Some(begin) = step.start(bin) {
                    counted.push([begin], number, open, [open[0] as f64 / open[1] as f64]);
                }
            });
        }
        counted.finish(&visits)
    })))
}

/// How many windows of each kind are open: the bins where that changes, and by how much.
struct Windows<const N: usize>(BTreeMap<i64, [i64; N]>);

impl<const N: usize> Default for Windows<N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<const N: usize> Windows<N> {
    /// Opens a window of so many bins.
    fn open(&mut self, kind: usize, bin: i64, width: i64) {
        self.change(kind, bin, 1);
        self.change(kind, bin.saturating_add(width), -1);
    }

    /// Opens a window at each bin of each id; those of one id that overlap are one.
    fn open_once(&mut self, kind: usize, slice: &[Visit], step: Step, width: i64) {
        let mut visits: Vec<(u32, i64)> = slice.iter().map(|v| (v.id, step.number(v.time))).collect();
        visits.sort_unstable();
        visits.dedup();
        for id in visits.chunk_by(|a, b| a.0 == b.0) {
            let mut covered = i64::MIN;
            for (_, bin) in id {
                self.change(kind, covered.max(*bin), 1);
                covered = bin.saturating_add(width);
                self.change(kind, covered, -1);
            }
        }
    }

    fn change(&mut self, kind: usize, bin: i64, by: i64) {
        if let Some(count) = self.0.entry(bin).or_insert([0; N]).get_mut(kind) {
            *count += by;
        }
    }

    /// Calls `f` on each bin between two, both included, at which a window is open, with how many there are.
    fn each(&self, (first, last): (i64, i64), mut f: impl FnMut(i64, [i64; N])) {
        let mut open = [0; N];
        let mut changes = self.0.iter().peekable();
        while let Some((from, change)) = changes.next() {
            open.iter_mut().zip(change).for_each(|(count, by)| *count += by);
            let to = changes.peek().map_or(*from, |(to, _)| **to);
            if open.iter().any(|count| *count > 0) {
                ((*from).max(first)..to.min(last.saturating_add(1))).for_each(|bin| f(bin, open));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_one_id_that_overlap_are_one() {
        let visit = |time, id| Visit { slice: 0, time, id };
        let mut windows = Windows::<1>::default();
        let step = Step::Span { origin: 0, length: 1 };
        windows.open_once(0, &[visit(0, 1), visit(1, 1), visit(1, 2), visit(5, 1)], step, 3);
        let mut found = Vec::new();
        windows.each((1, 6), |bin, open| found.push((bin, open[0])));
        assert_eq!(found, [(1, 2), (2, 2), (3, 2), (5, 1), (6, 1)]);
    }
}
