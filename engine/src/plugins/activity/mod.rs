//! Plugins that count ids along a timeline.
//!
//! Rows become triples of small numbers: the slice they belong to (the combination of dimensions), their time, their
//! id. Everything is counted on these, slice by slice.

mod cohorts;
mod presence;
mod steps;
mod windows;

pub(super) use cohorts::new_metrics;
pub(super) use presence::{active_users_count, session_count};
pub(super) use steps::{counts_metrics, metrics};
pub(super) use windows::{engagement, sliding_window_counts};

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result as DfResult;
use rehunt_lang::types::Type;

use super::numbering::{Numbering, number_all};
use super::{Arg, Call, Place, batch, timeline};
use crate::error::Result;

/// Ids on a timeline, sliced by dimensions.
struct Visits {
    /// Sorted by slice, time and id.
    rows: Vec<Visit>,
    dimensions: Vec<ArrayRef>,
    /// For each slice the row where it first appears.
    first: Vec<u32>,
    /// The numbers of ids.
    ids: Numbering,
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

/// The id and the time are the first arguments. Only times that are `wanted` count.
fn visits(call: &Call, dimensions: Vec<Place>, wanted: impl Fn(i64) -> bool + Send + Sync + 'static) -> Result<Read> {
    let (id, time) = (call.place(0)?, call.place(1)?);
    let points = timeline::points(time, call)?;
    Ok(Box::new(move |inputs| {
        let points = points(inputs)?;
        let dimensions = dimensions.iter().map(|d| d.of(inputs).cloned()).collect::<DfResult<Vec<_>>>()?;
        let (slices, first) = number_all(&dimensions, points.len())?;
        let id = id.of(inputs)?;
        let mut ids = Numbering::new([id.data_type()])?;
        let numbers = ids.number(std::slice::from_ref(id))?;
        let mut rows: Vec<Visit> = slices
            .into_iter()
            .zip(numbers)
            .enumerate()
            .filter(|(row, _)| points.is_valid(*row) && wanted(points.value(*row)))
            .map(|(row, (slice, id))| Visit { slice, time: points.value(row), id })
            .collect();
        rows.sort_unstable();
        Ok(Visits { rows, dimensions, first, ids })
    }))
}

impl Visits {
    /// Goes through the slices: their numbers, their visits in order of time.
    fn slices(&self) -> impl Iterator<Item = (u32, &[Visit])> {
        self.rows.chunk_by(|a, b| a.slice == b.slice).filter_map(|slice| Some((slice.first()?.slice, slice)))
    }
}

/// The visits of a slice id by id, those of each in order of time.
fn by_id(slice: &[Visit]) -> Vec<(u32, i64)> {
    let mut visits: Vec<(u32, i64)> = slice.iter().map(|v| (v.id, v.time)).collect();
    visits.sort_unstable();
    visits
}

/// Counts the constants that follow the id and the time; dimensions come after them.
fn constants(call: &Call) -> usize {
    call.args.iter().skip(2).take_while(|arg| matches!(arg, Arg::Constant(_))).count()
}

/// The rows of a result: `T` times, the slice they belong to, `N` counts, `M` rates.
struct Counted<const T: usize, const N: usize, const M: usize> {
    schema: SchemaRef,
    ty: Type,
    times: [Vec<i64>; T],
    slices: Vec<u32>,
    counts: [Vec<i64>; N],
    rates: [Vec<f64>; M],
}

impl<const T: usize, const N: usize, const M: usize> Counted<T, N, M> {
    fn new(schema: &SchemaRef, ty: Type) -> Self {
        Self {
            schema: Arc::clone(schema),
            ty,
            times: std::array::from_fn(|_| Vec::new()),
            slices: Vec::new(),
            counts: std::array::from_fn(|_| Vec::new()),
            rates: std::array::from_fn(|_| Vec::new()),
        }
    }

    fn push(&mut self, times: [i64; T], slice: u32, counts: [i64; N], rates: [f64; M]) {
        self.times.iter_mut().zip(times).for_each(|(column, time)| column.push(time));
        self.slices.push(slice);
        self.counts.iter_mut().zip(counts).for_each(|(column, count)| column.push(count));
        self.rates.iter_mut().zip(rates).for_each(|(column, rate)| column.push(rate));
    }

    /// The times, the dimensions, the counts, the rates.
    fn finish(self, visits: &Visits) -> DfResult<RecordBatch> {
        let mut columns = Vec::new();
        for times in self.times {
            columns.push(timeline::column(times, self.ty)?);
        }
        let rows = self.slices.iter().map(|slice| visits.first.get(*slice as usize).copied());
        let rows = UInt32Array::from_iter(rows);
        for dimension in &visits.dimensions {
            columns.push(take(dimension, &rows, None)?);
        }
        columns.extend(self.counts.into_iter().map(|counts| Arc::new(Int64Array::from(counts)) as ArrayRef));
        columns.extend(self.rates.into_iter().map(|rates| Arc::new(Float64Array::from(rates)) as ArrayRef));
        batch(&self.schema, columns)
    }
}

/// A number of things as a long.
fn count(things: usize) -> i64 {
    i64::try_from(things).unwrap_or(i64::MAX)
}
