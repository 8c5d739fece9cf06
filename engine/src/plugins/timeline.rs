//! Timelines: numbers or times as 64-bit integers, cut into bins that are numbered.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result as DfResult;
use rehunt_lang::types::{Type, Value};

use super::{Call, Place};
use crate::error::Result;
use crate::functions::datetime::Period;
use crate::types::arrow_type;

/// So many bins an analysis may have.
const MOST_BINS: i64 = 1_000_000;

/// How a timeline is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Bins of one length; bin 0 begins at the origin.
    Span {
        /// Where bin 0 begins.
        origin: i64,
        /// The length; more than 0.
        length: i64,
    },
    /// Weeks from Sunday on, months or years.
    Calendar(Period),
}

impl Step {
    /// Reads a step: a length counted from the origin, or one of the words `week`, `month` and `year`.
    pub(super) fn read(call: &Call, index: usize, origin: i64) -> Result<Self> {
        if let Value::String(word) = call.constant(index)? {
            let period = Period::from_name(word).filter(|_| matches!(word.as_str(), "week" | "month" | "year"));
            return period
                .map(Step::Calendar)
                .ok_or_else(|| call.refused(format!("a step is a length, `week`, `month` or `year`, found `{word}`")));
        }
        match call.long(index)? {
            length @ 1.. => Ok(Step::Span { origin, length }),
            _ => Err(call.refused("the step must be more than 0")),
        }
    }

    /// Numbers the bin that a point lies in; neighbours differ by one.
    pub(super) fn number(self, point: i64) -> i64 {
        match self {
            Step::Span { origin, length } => point.saturating_sub(origin).div_euclid(length),
            Step::Calendar(period) => period.number(point),
        }
    }

    /// Returns where a bin begins.
    pub(super) fn start(self, number: i64) -> Option<i64> {
        match self {
            Step::Span { origin, length } => number.checked_mul(length)?.checked_add(origin),
            Step::Calendar(period) => period.start(number),
        }
    }

    /// Returns the first and the last bin of an analysis, both included.
    pub(super) fn bins(self, call: &Call, start: i64, end: i64) -> Result<(i64, i64)> {
        let (first, last) = (self.number(start), self.number(end));
        match last.saturating_sub(first) < MOST_BINS {
            true => Ok((first, last)),
            false => Err(call.refused(format!("the step cuts the time in more than {MOST_BINS} bins"))),
        }
    }

    /// Counts the bins of a window: `length` rounded down to whole bins, at least one.
    pub(super) fn bins_in(self, length: i64) -> i64 {
        match self {
            Step::Span { length: own, .. } => length.div_euclid(own).max(1),
            Step::Calendar(period) => period.number(length.max(0)).max(1),
        }
    }
}

/// Returns the points of a timeline; a null is no point.
pub(super) fn points(place: Place, call: &Call) -> Result<impl Fn(&[RecordBatch]) -> DfResult<Int64Array> + use<>> {
    match place.ty {
        Type::Int | Type::Long | Type::Datetime | Type::Timespan => Ok(move |inputs: &[RecordBatch]| {
            let long = cast(place.of(inputs)?, &DataType::Int64)?;
            Ok(long.as_primitive::<Int64Type>().clone())
        }),
        other => Err(call.refused(format!("a timeline of type {other} is not supported yet"))),
    }
}

/// Makes a column of points, of the type of the timeline.
pub(super) fn column(points: Vec<i64>, ty: Type) -> DfResult<ArrayRef> {
    Ok(cast(&(Arc::new(Int64Array::from(points)) as ArrayRef), &arrow_type(ty))?)
}
