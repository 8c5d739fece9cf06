//! Plugins that count ids along a timeline.
//!
//! Rows become triples of small numbers: the slice they belong to (the combination of dimensions), the bin of their
//! time, their id. Everything is counted on these, slice by slice.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result as DfResult;
use rehunt_lang::types::Type;

use super::numbering::number_all;
use super::timeline::{self, Step};
use super::{Call, Place, Work, batch};
use crate::error::Result;

/// Ids on a timeline, sliced by dimensions.
struct Visits {
    /// Sorted by slice, time and id.
    rows: Vec<Visit>,
    dimensions: Vec<ArrayRef>,
    /// For each slice the row where it first appears.
    first: Vec<u32>,
}

/// One row: its slice, its time, its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    slice: u32,
    time: i64,
    id: u32,
}

/// Reads the visits of a batch.
type Read = Box<dyn Fn(&[RecordBatch]) -> DfResult<Visits> + Send + Sync>;

/// The arguments are the id, the time, `leading` arguments in all, then dimensions. Only times that are `wanted` count.
fn visits(call: &Call, leading: usize, wanted: impl Fn(i64) -> bool + Send + Sync + 'static) -> Result<Read> {
    let (id, time) = (call.place(0)?, call.place(1)?);
    let dimensions: Vec<Place> = call.places_from(leading)?;
    let points = timeline::points(time, call)?;
    Ok(Box::new(move |inputs| {
        let points = points(inputs)?;
        let dimensions = dimensions.iter().map(|d| d.of(inputs).cloned()).collect::<DfResult<Vec<_>>>()?;
        let (slices, first) = number_all(&dimensions, points.len())?;
        let (ids, _) = number_all(std::slice::from_ref(id.of(inputs)?), points.len())?;
        let mut rows: Vec<Visit> = slices
            .into_iter()
            .zip(ids)
            .enumerate()
            .filter(|(row, _)| points.is_valid(*row) && wanted(points.value(*row)))
            .map(|(row, (slice, id))| Visit { slice, time: points.value(row), id })
            .collect();
        rows.sort_unstable();
        Ok(Visits { rows, dimensions, first })
    }))
}

impl Visits {
    /// Goes through the slices.
    fn slices(&self) -> impl Iterator<Item = &[Visit]> {
        self.rows.chunk_by(|a, b| a.slice == b.slice)
    }
}

/// The rows of a result: the start of a bin, its slice, and counts.
struct Counted<const N: usize> {
    schema: SchemaRef,
    ty: Type,
    starts: Vec<i64>,
    slices: Vec<u32>,
    counts: [Vec<i64>; N],
}

impl<const N: usize> Counted<N> {
    fn new(schema: &SchemaRef, ty: Type) -> Self {
        let counts = std::array::from_fn(|_| Vec::new());
        Self { schema: Arc::clone(schema), ty, starts: Vec::new(), slices: Vec::new(), counts }
    }

    fn push(&mut self, start: i64, slice: u32, counts: [i64; N]) {
        self.starts.push(start);
        self.slices.push(slice);
        self.counts.iter_mut().zip(counts).for_each(|(column, count)| column.push(count));
    }

    /// The time, the dimensions, the counts.
    fn finish(self, visits: &Visits) -> DfResult<RecordBatch> {
        let mut columns = vec![timeline::column(self.starts, self.ty)?];
        let rows = self.slices.iter().map(|slice| visits.first.get(*slice as usize).copied());
        let rows = UInt32Array::from_iter(rows);
        for dimension in &visits.dimensions {
            columns.push(take(dimension, &rows, None)?);
        }
        columns.extend(self.counts.into_iter().map(|counts| Arc::new(Int64Array::from(counts)) as ArrayRef));
        batch(&self.schema, columns)
    }
}

/// `activity_counts_metrics(id, time, start, end, step)`: for each bin the rows, the ids, those that no bin before had, and
/// all so far. Bins without rows do not appear.
pub(super) fn counts_metrics(call: &Call) -> Result<Work> {
    let (start, end) = (call.long(2)?, call.long(3)?);
    let step = Step::read(call, 4, start)?;
    let read = visits(call, 5, move |time| (start..=end).contains(&time))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<4>::new(&schema, ty);
        for slice in visits.slices() {
            let mut seen: HashSet<u32> = HashSet::new();
            for bin in slice.chunk_by(|a, b| step.number(a.time) == step.number(b.time)) {
                let Some((first, begin)) = bin.first().and_then(|f| Some((f, step.start(step.number(f.time))?))) else {
                    continue;
                };
                let ids: HashSet<u32> = bin.iter().map(|v| v.id).collect();
                let before = seen.len();
                seen.extend(&ids);
                let counts = [bin.len(), ids.len(), seen.len() - before, seen.len()];
                counted.push(begin, first.slice, counts.map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
            }
        }
        counted.finish(&visits)
    })))
}

/// `sliding_window_counts(id, time, start, end, lookback, step)`: for each bin the rows and ids of the window that ends with
/// it. Bins whose window is empty do not appear.
pub(super) fn sliding_window_counts(call: &Call) -> Result<Work> {
    let (start, end, lookback) = (call.long(2)?, call.long(3)?, call.long(4)?);
    let step = Step::read(call, 5, start)?;
    let width = step.bins_in(lookback);
    let bins = step.bins(call, start, end)?;
    let read = visits(call, 6, move |time| time <= end && step.number(time) > bins.0.saturating_sub(width))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<2>::new(&schema, ty);
        for slice in visits.slices() {
            let Some(number) = slice.first().map(|v| v.slice) else { continue };
            let mut windows = Windows::<2>::default();
            slice.iter().for_each(|v| windows.open(0, step.number(v.time), width));
            windows.open_once(1, slice, step, width);
            windows.each(bins, |bin, open| {
                if let Some(begin) = step.start(bin) {
                    counted.push(begin, number, open);
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
