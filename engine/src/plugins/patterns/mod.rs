//! `autocluster`, `basket`, `diffpatterns`: values that often stand together.
//!
//! The columns become small numbers, one a value that is frequent enough to matter; rows that are equal in them become
//! one row with a weight. What is mined are *closed* patterns: values that can be added without losing a row belong to
//! the pattern, as the examples of the pages show.

mod autocluster;
mod mine;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Float64Type, SchemaRef, UInt32Type};
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use rehunt_lang::types::{Type, Value};

use self::mine::Mine;
use super::numbering::number_all;
use super::{Arg, Call, Place, Work, batch, input};
use crate::error::{Error, Result};
use crate::value::array_of;

/// No value of a column: none is meant, or the row has one that is too rare.
const NONE: u32 = u32::MAX;

/// So many patterns one call may give.
const MOST_PATTERNS: usize = 10_000;

/// A pattern: for each column a value or [`NONE`], and what the rows that have them weigh, set by set.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    values: Vec<u32>,
    weights: [f64; 2],
}

impl Pattern {
    /// Counts the columns that have a value.
    fn size(&self) -> usize {
        self.values.iter().filter(|value| **value != NONE).count()
    }

    /// Tells whether every row of the other pattern is one of this too.
    fn covers(&self, other: &Pattern) -> bool {
        self.values.iter().zip(&other.values).all(|(own, other)| *own == NONE || own == other)
    }
}

/// Rows as numbers of values; equal rows are one.
#[derive(Debug)]
struct Table {
    /// Row by row, as many numbers as there are columns.
    values: Vec<u32>,
    width: usize,
    /// What each row weighs, in the first and in the second set.
    weights: Vec<[f64; 2]>,
    /// For each column how many values it has.
    sizes: Vec<usize>,
}

impl Table {
    fn row(&self, row: usize) -> &[u32] {
        self.values.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    fn rows(&self) -> usize {
        self.weights.len()
    }

    fn total(&self) -> [f64; 2] {
        self.weights.iter().fold([0.0, 0.0], |sum, w| [sum[0] + w[0], sum[1] + w[1]])
    }
}

/// What the three plugins share: which columns make patterns, which is the weight, and what stands for no value.
struct Columns {
    /// The places of the columns in the input.
    own: Vec<usize>,
    types: Vec<Type>,
    weight: Option<Place>,
    wildcards: Vec<Value>,
    schema: SchemaRef,
}

impl Columns {
    /// `counts` columns of the result come before the pattern; the weight is argument `weight`, wildcards are from
    /// argument `wildcards` on.
    fn read(call: &Call, counts: usize, weight: usize, wildcards: usize) -> Result<Self> {
        let input = call.inputs.first().copied().unwrap_or_default();
        let (mut own, mut types) = (Vec::new(), Vec::new());
        for column in call.columns.iter().skip(counts) {
            let at = input.iter().position(|c| c.name == column.name);
            own.push(at.ok_or_else(|| call.refused("a column is missing"))?);
            types.push(column.ty);
        }
        let weight = match call.args.get(weight) {
            Some(Arg::Column(place)) => Some(*place),
            _ => None,
        };
        let wildcards = (call.args.iter().skip(wildcards))
            .filter_map(|arg| match arg {
                Arg::Constant(value) => Some(value.clone()),
                Arg::Column(_) => None,
            })
            .collect();
        Ok(Self { own, types, weight, wildcards, schema: Arc::clone(&call.schema) })
    }

    /// Reads rows as numbers. A row belongs to the first or the second set, or to none. Values that weigh less than a
    /// share of both sets are left out.
    fn table(
        &self,
        rows: &RecordBatch,
        set: impl Fn(usize) -> Option<usize>,
        share: f64,
    ) -> DfResult<(Table, Vec<Vec<u32>>)> {
        let weight = self.weights(rows)?;
        let mut totals = [0.0, 0.0];
        let sets: Vec<Option<usize>> = (0..rows.num_rows()).map(set).collect();
        for (row, set) in sets.iter().enumerate() {
            set.and_then(|set| totals.get_mut(set)).into_iter().for_each(|total| *total += weight(row));
        }
        let (mut columns, mut firsts, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for (at, own) in self.own.iter().enumerate() {
            let is_weight = self.weight.is_some_and(|w| w.at == *own);
            let column = rows.columns().get(*own).ok_or_else(|| exec_datafusion_err!("a column is missing"))?;
            let (mut numbers, first) = number_all(std::slice::from_ref(column), rows.num_rows())?;
            let mut sums = vec![[0.0, 0.0]; first.len()];
            for ((row, number), set) in numbers.iter().enumerate().zip(&sets) {
                let sum = sums.get_mut(*number as usize).zip(*set).and_then(|(sum, set)| sum.get_mut(set));
                sum.into_iter().for_each(|sum| *sum += weight(row));
            }
            let frequent = |sum: &[f64; 2]| (0..2).any(|set| totals[set] > 0.0 && sum[set] >= share * totals[set]);
            // Frequent values are numbered anew.
            let mut kept = Vec::new();
            let renumbered: Vec<u32> = (sums.iter().zip(first))
                .map(|(sum, first)| match !is_weight && frequent(sum) {
                    true => {
                        kept.push(first);
                        u32::try_from(kept.len() - 1).unwrap_or(NONE)
                    }
                    false => NONE,
                })
                .collect();
            numbers.iter_mut().for_each(|n| *n = renumbered.get(*n as usize).copied().unwrap_or(NONE));
            debug_assert_eq!(sizes.len(), at);
            sizes.push(kept.len());
            firsts.push(kept);
            columns.push(Arc::new(UInt32Array::from(numbers)) as ArrayRef);
        }
        let (combined, first) = number_all(&columns, rows.num_rows())?;
        let mut sums = vec![[0.0, 0.0]; first.len()];
        for ((row, number), set) in combined.iter().enumerate().zip(&sets) {
            let sum = sums.get_mut(*number as usize).zip(*set).and_then(|(sum, set)| sum.get_mut(set));
            sum.into_iter().for_each(|sum| *sum += weight(row));
        }
        // Rows of neither set do not count.
        let weighty = sums.into_iter().zip(first).filter(|(sum, _)| sum.iter().any(|weight| *weight > 0.0));
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        for (sum, row) in weighty {
            values.extend(columns.iter().map(|c| c.as_primitive::<UInt32Type>().value(row as usize)));
            weights.push(sum);
        }
        Ok((Table { values, width: columns.len(), weights, sizes }, firsts))
    }

    /// What each row weighs; one without a weight column, nothing where that is null.
    fn weights(&self, rows: &RecordBatch) -> DfResult<impl Fn(usize) -> f64 + use<>> {
        let weights = match &self.weight {
            Some(place) => Some(cast(place.of(std::slice::from_ref(rows))?, &DataType::Float64)?),
            None => None,
        };
        Ok(move |row| match &weights {
            Some(column) if column.is_null(row) => 0.0,
            Some(column) => column.as_primitive::<Float64Type>().value(row),
            None => 1.0,
        })
    }

    /// The columns of patterns: values where a pattern has one, else what stands for none.
    fn show(&self, rows: &RecordBatch, firsts: &[Vec<u32>], patterns: &[Pattern]) -> DfResult<Vec<ArrayRef>> {
        let mut shown = Vec::with_capacity(self.own.len());
        for (at, (own, ty)) in self.own.iter().zip(&self.types).enumerate() {
            let column = rows.columns().get(*own).ok_or_else(|| exec_datafusion_err!("a column is missing"))?;
            let rows: UInt32Array =
                (patterns.iter()).map(|p| firsts.get(at)?.get(*p.values.get(at)? as usize).copied()).collect();
            let wildcard = self.wildcards.iter().find(|w| w.ty() == *ty).cloned().unwrap_or(Value::missing(*ty));
            let wildcard = array_of(*ty, std::iter::once(Some(&wildcard))).map_err(|e| exec_datafusion_err!("{e}"))?;
            let taken = take(column, &rows, None)?;
            // A value may itself be null, so what has no value is told by the row.
            let choose: Vec<(usize, usize)> =
                rows.iter().enumerate().map(|(i, row)| if row.is_some() { (0, i) } else { (1, 0) }).collect();
            shown.push(arrow::compute::interleave(&[taken.as_ref(), wildcard.as_ref()], &choose)?);
        }
        Ok(shown)
    }
}

/// `basket([threshold, weight, maxDimensions, wildcard, ...])`: the patterns that a share of the rows has.
pub(super) fn basket(call: &Call) -> Result<Work> {
    let threshold = share(call, 0)?;
    let most_values = dimensions(call, 2)?.unwrap_or(5);
    let columns = Columns::read(call, 3, 1, 3)?;
    Ok(Work::Whole(Box::new(move |inputs| {
        let rows = input(inputs, 0)?;
        let (table, firsts) = columns.table(rows, |_| Some(0), threshold)?;
        let [total, _] = table.total();
        let frequent = move |weights: &[f64; 2]| weights[0] > 0.0 && weights[0] >= threshold * total;
        let mut patterns = Mine { table: &table, frequent: &frequent, most_values }.patterns()?;
        patterns.sort_by(|a, b| b.weights[0].total_cmp(&a.weights[0]).then(b.size().cmp(&a.size())));
        columns.segments(rows, &firsts, &patterns, total)
    })))
}

/// `autocluster([sizeWeight, weight, seeds, wildcard, ...])`: a few patterns that many rows share.
pub(super) fn autocluster(call: &Call) -> Result<Work> {
    let size_weight = real(call, 0)?.unwrap_or(0.5);
    if !(0.0..=1.0).contains(&size_weight) {
        return Err(call.refused("the size weight is between 0 and 1"));
    }
    let seeds = dimensions(call, 2)?.unwrap_or(25);
    let columns = Columns::read(call, 3, 1, 3)?;
    Ok(Work::Whole(Box::new(move |inputs| {
        let rows = input(inputs, 0)?;
        let (table, firsts) = columns.table(rows, |_| Some(0), 0.0)?;
        let [total, _] = table.total();
        columns.segments(rows, &firsts, &autocluster::clusters(&table, size_weight, seeds), total)
    })))
}

impl Columns {
    /// The result of `basket` and `autocluster`: a number, the weight and its share in percent, then the pattern. The
    /// examples of the pages show shares to one digit.
    fn segments(
        &self,
        rows: &RecordBatch,
        firsts: &[Vec<u32>],
        patterns: &[Pattern],
        total: f64,
    ) -> DfResult<RecordBatch> {
        let weights = patterns.iter().map(|p| p.weights[0]);
        let mut shown: Vec<ArrayRef> = vec![
            numbers(patterns.len()),
            Arc::new(Int64Array::from_iter_values(weights.clone().map(|w| w.round() as i64))),
            Arc::new(Float64Array::from_iter_values(weights.map(|w| rounded(percent(w, total), 10.0)))),
        ];
        shown.extend(self.show(rows, firsts, patterns)?);
        batch(&self.schema, shown)
    }
}

/// `diffpatterns(split, valueA, valueB [, weight, threshold, maxDimensions, wildcard, ...])`: the patterns that are more
/// frequent in one set than in the other, the largest difference first. One that covers or is covered by another with a
/// larger difference says nothing new and is left out.
pub(super) fn diffpatterns(call: &Call) -> Result<Work> {
    let split = call.place(0)?;
    let mut names = Vec::new();
    for index in 1..3 {
        names.push(call.constant(index)?.as_str().unwrap_or_default().to_owned());
    }
    let threshold = share(call, 4)?;
    let most_values = dimensions(call, 5)?.unwrap_or(usize::MAX);
    let columns = Columns::read(call, 6, 3, 6)?;
    Ok(Work::Whole(Box::new(move |inputs| {
        let rows = input(inputs, 0)?;
        let texts: &StringViewArray = split.of(inputs)?.as_string_view();
        let set = |row: usize| names.iter().position(|name| texts.is_valid(row) && name == texts.value(row));
        let (table, firsts) = columns.table(rows, set, threshold)?;
        let totals = table.total();
        let percents = move |weights: &[f64; 2]| [percent(weights[0], totals[0]), percent(weights[1], totals[1])];
        let difference = move |weights: &[f64; 2]| {
            let [a, b] = percents(weights);
            (a - b).abs()
        };
        // A pattern can only differ by as much as it is frequent in one of the sets.
        let frequent = move |weights: &[f64; 2]| percents(weights).iter().any(|p| *p > 0.0 && *p >= 100.0 * threshold);
        let mut patterns = Mine { table: &table, frequent: &frequent, most_values }.patterns()?;
        patterns.retain(|p| difference(&p.weights) >= 100.0 * threshold);
        patterns
            .sort_by(|a, b| difference(&b.weights).total_cmp(&difference(&a.weights)).then(a.size().cmp(&b.size())));
        let mut kept: Vec<Pattern> = Vec::new();
        for pattern in patterns {
            if !kept.iter().any(|k| k.covers(&pattern) || pattern.covers(k)) {
                kept.push(pattern);
            }
        }
        let long = |set: usize| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(kept.iter().map(|p| p.weights[set].round() as i64)))
        };
        let real = |of: &dyn Fn(&[f64; 2]) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(kept.iter().map(|p| rounded(of(&p.weights), 100.0))))
        };
        let mut shown = vec![
            numbers(kept.len()),
            long(0),
            long(1),
            real(&|w| percents(w)[0]),
            real(&|w| percents(w)[1]),
            real(&difference),
        ];
        shown.extend(columns.show(rows, &firsts, &kept)?);
        batch(&columns.schema, shown)
    })))
}

fn percent(part: f64, total: f64) -> f64 {
    if total > 0.0 { 100.0 * part / total } else { 0.0 }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

fn numbers(count: usize) -> ArrayRef {
    Arc::new((0..i64::try_from(count).unwrap_or(0)).collect::<Int64Array>())
}

/// A constant real that may be left out.
fn real(call: &Call, index: usize) -> Result<Option<f64>> {
    match call.constant(index)? {
        Value::Null(_) => Ok(None),
        Value::Real(value) => Ok(Some(*value)),
        _ => Ok(Some(call.long(index)? as f64)),
    }
}

/// A threshold: a share of the rows between 0.015 and 1, 0.05 where it is left out.
fn share(call: &Call, index: usize) -> Result<f64> {
    let share = real(call, index)?.unwrap_or(0.05);
    match (0.015..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(call.refused("the threshold is between 0.015 and 1")),
    }
}

/// A constant number of things that may be left out.
fn dimensions(call: &Call, index: usize) -> Result<Option<usize>> {
    match call.constant(index)? {
        Value::Null(_) => Ok(None),
        _ => match usize::try_from(call.long(index)?) {
            Ok(count @ 1..) => Ok(Some(count)),
            _ => Err(Error::Run(format!("`{}`: argument {} is at least 1", call.name, index + 1))),
        },
    }
}
