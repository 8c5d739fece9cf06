//! `rolling_percentile`: a percentile of the values in the last bins.
//!
//! Values are ranked once; a window collects ranks, and the rank it chooses names the row whose value it gives. As
//! with the aggregate, the value is one that exists: the nearest rank, no interpolation.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch, UInt32Array};
use arrow::compute::{sort_to_indices, take};
use datafusion::common::Result as DfResult;
use rehunt_lang::types::Value;

use super::numbering::number_all;
use super::timeline::{self, Step};
use super::{Call, Work, batch};
use crate::error::Result;

/// A row with a value: its slice, its bin, the rank of its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    slice: u32,
    bin: i64,
    rank: u32,
}

/// The arguments are the value, the percentile, the index, the size of a bin, the bins of a window, the dimensions. Bins
/// without a value do not appear, and count nothing in a window.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let (value, index) = (call.place(0)?, call.place(2)?);
    let percentile = match call.constant(1)? {
        Value::Real(p) => *p,
        _ => call.long(1)? as f64,
    };
    if !(0.0..=100.0).contains(&percentile) {
        return Err(call.refused("a percentile is between 0 and 100"));
    }
    let step = Step::read(call, 3, 0)?;
    let width = call.long(4)?.max(1);
    let points = timeline::points(index, call)?;
    let dimensions = call.places_from(5)?;
    let schema = Arc::clone(&call.schema);
    Ok(Work::Whole(Box::new(move |inputs: &[RecordBatch]| {
        let points = points(inputs)?;
        let values = value.of(inputs)?;
        let columns = dimensions.iter().map(|d| d.of(inputs).cloned()).collect::<DfResult<Vec<_>>>()?;
        let (slices, first) = number_all(&columns, points.len())?;
        let by_rank = sort_to_indices(values, None, None)?;
        let mut ranked: Vec<Ranked> = (by_rank.values().iter().zip(0..))
            .map(|(row, rank)| (*row as usize, rank))
            .filter(|(row, _)| values.is_valid(*row) && points.is_valid(*row))
            .filter_map(|(row, rank)| {
                Some(Ranked { slice: *slices.get(row)?, bin: step.number(points.value(row)), rank })
            })
            .collect();
        ranked.sort_unstable();
        let (mut starts, mut shown, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
        for slice in ranked.chunk_by(|a, b| a.slice == b.slice) {
            windows(slice, width, percentile, |row, rank| {
                if let (Some(start), Some(first)) = (step.start(row.bin), first.get(row.slice as usize)) {
                    starts.push(start);
                    shown.push(*first);
                    chosen.push(by_rank.value(rank as usize));
                }
            });
        }
        let mut result = vec![timeline::column(starts, index.ty)?];
        let shown = UInt32Array::from(shown);
        for column in &columns {
            result.push(take(column, &shown, None)?);
        }
        result.push(take(values, &UInt32Array::from(chosen), None)?);
        batch(&schema, result)
    })))
}

/// Calls `f` for each bin of a slice with the rank that the percentile has in the window of so many bins that ends there.
fn windows(slice: &[Ranked], width: i64, percentile: f64, mut f: impl FnMut(&Ranked, u32)) {
    let mut begin = 0;
    let mut end = 0;
    let mut ranks = Vec::new();
    for bin in slice.chunk_by(|a, b| a.bin == b.bin) {
        let Some(last) = bin.first() else { continue };
        end += bin.len();
        let in_window = |row: &Ranked| last.bin.saturating_sub(row.bin) < width;
        begin += slice.iter().skip(begin).take_while(|row| !in_window(row)).count();
        ranks.clear();
        ranks.extend(slice.iter().take(end).skip(begin).map(|row| row.rank));
        let nearest = (percentile / 100.0 * ranks.len() as f64).ceil().max(1.0) as usize - 1;
        if nearest < ranks.len() {
            let (_, rank, _) = ranks.select_nth_unstable(nearest);
            f(last, *rank);
        }
    }
}
