//! `make-series`: the groups of a series, in order, become arrays with a value for every step of the axis.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewBuilder, UInt32Array, new_null_array};
use arrow::buffer::Buffer;
use arrow::compute::{partition, take};
use arrow::datatypes::{Field, Float64Type, Int64Type, Schema, SchemaRef};
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use rehunt_lang::plan::{Expr, Rel};
use rehunt_lang::types::{Type, Value};

use super::whole::{Kernel, gather};
use super::{Lowered, Lowering, key};
use crate::dynamic::{Builder, Cells, Raw};
use crate::error::{Error, Result};
use crate::types::arrow_type;
use crate::value::array_of;

/// Steps of one series, at most: learn.microsoft.com/kusto/query/make-series-operator.
const MAX_STEPS: usize = 1 << 20;

/// Bytes of arrays after which a batch of rows goes on.
const BATCH_BYTES: usize = 4 << 20;

/// What `Operation::MakeSeries` says besides its expressions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// How many keys there are.
    pub keys: usize,
    /// Whether the end may begin a step.
    pub inclusive: bool,
    /// Whether no input gives a row all the same.
    pub nonempty: bool,
}

/// The operator, ready to run.
struct MakeSeries {
    form: Form,
    schema: SchemaRef,
    /// The types of the input's columns: keys, values, steps.
    types: Vec<Type>,
    axis: Axis,
    /// The JSON of each value where there is no data.
    defaults: Vec<String>,
}

impl Lowering<'_> {
    pub(super) fn make_series(&self, rel: &Rel, form: Form, input: &Rel, exprs: &[Expr]) -> Result<Lowered> {
        let values = exprs.iter().map(|e| self.constant(e)).collect::<Result<Vec<Value>>>()?;
        let [step, from, to, defaults @ ..] = values.as_slice() else {
            return Err(Error::Run("`make-series` without a step".into()));
        };
        let fields: Vec<Field> = rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let operator = Arc::new(MakeSeries {
            form,
            schema: Arc::clone(&schema),
            types: input.columns.iter().map(|c| c.ty).collect(),
            axis: Axis::new(step, from, to, form.inclusive)?,
            defaults: defaults.iter().map(json_of).collect::<Result<_>>()?,
        });
        let (plan, _) = self.whole_input(input, &[])?;
        let out = Arc::clone(&schema);
        let kernel: Kernel = Arc::new(move |inputs, context| {
            let operator = Arc::clone(&operator);
            let series = async move {
                let (whole, held) = gather(inputs, &context).await?;
                Ok::<_, DataFusionError>(futures::stream::iter(Series::new(operator, whole, held)?))
            };
            let rows = futures::TryStreamExt::try_flatten(futures::stream::once(series));
            Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&out), rows)))
        });
        Ok(Lowered::unordered(self.run_kernel("make-series", vec![plan], schema, kernel)?))
    }
}

/// A constant as it stands in an array.
fn json_of(value: &Value) -> Result<String> {
    let cells = Cells::new(&array_of(value.ty(), std::iter::once(Some(value)))?, value.ty())?;
    let mut out = Builder::new();
    cells.write(0, &mut out);
    Ok(out.finish())
}

/// The batches of the result, made as they are asked for.
struct Series {
    operator: Arc<MakeSeries>,
    input: RecordBatch,
    values: Vec<Cells>,
    /// The rows of each series that are still to be made, in order.
    left: std::vec::IntoIter<Range<usize>>,
    /// Whether the row of `kind=nonempty` is still to be made.
    owed: bool,
    _held: MemoryReservation,
}

impl Series {
    fn new(operator: Arc<MakeSeries>, mut whole: Vec<RecordBatch>, held: MemoryReservation) -> DfResult<Self> {
        let input = whole.pop().ok_or_else(|| exec_datafusion_err!("`make-series` has no input"))?;
        let keys = operator.form.keys;
        let groups = match (input.num_rows(), keys) {
            (0, _) => Vec::new(),
            (rows, 0) => std::iter::once(0..rows).collect(),
            _ => partition(&input.columns()[..keys])?.ranges(),
        };
        let values = (keys..input.num_columns().saturating_sub(1))
            .map(|i| Cells::new(input.column(i), operator.types.get(i).copied().unwrap_or(Type::Unknown)));
        let values = values.collect::<DfResult<Vec<_>>>()?;
        let owed = operator.form.nonempty && groups.is_empty();
        Ok(Self { operator, input, values, left: groups.into_iter(), owed, _held: held })
    }

    fn batch(&mut self) -> DfResult<Option<RecordBatch>> {
        let (operator, input) = (Arc::clone(&self.operator), self.input.clone());
        let places = input.columns().last().ok_or_else(|| exec_datafusion_err!("`make-series` has no axis"))?;
        let mut arrays: Vec<StringViewBuilder> = self.values.iter().map(|_| StringViewBuilder::new()).collect();
        let mut axis = AxisColumn::default();
        let mut firsts: Vec<u32> = Vec::new();
        let mut text = Builder::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES {
            let (group, steps) = match self.left.next() {
                Some(group) => match operator.axis.steps(places, group.clone())? {
                    Some(steps) => (group, steps),
                    None => continue,
                },
                None if std::mem::take(&mut self.owed) => (0..0, operator.axis.steps_without_data()?),
                None => break,
            };
            firsts.push(u32::try_from(group.start).map_err(|e| exec_datafusion_err!("{e}"))?);
            let filled = steps.filled(places, group);
            for ((cells, default), array) in self.values.iter().zip(&operator.defaults).zip(&mut arrays) {
                text.clear();
                fill(&mut text, steps.count, &filled, cells, Raw::new(default));
                bytes += text.text().len();
                array.append_value(text.text());
            }
            axis.append(steps, operator.types.last().copied().unwrap_or(Type::Long))?;
        }
        if firsts.is_empty() {
            return Ok(None);
        }
        let firsts = UInt32Array::from(firsts);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(operator.schema.fields().len());
        for (i, keys) in input.columns().iter().take(operator.form.keys).enumerate() {
            columns.push(match input.num_rows() {
                // The row of `kind=nonempty` has no keys.
                0 if operator.types.get(i) == Some(&Type::String) => {
                    Arc::new(arrow::array::StringViewArray::from(vec![""]))
                }
                0 => new_null_array(keys.data_type(), firsts.len()),
                _ => take(keys, &firsts, None)?,
            });
        }
        columns.extend(arrays.into_iter().map(|mut a| Arc::new(a.finish()) as ArrayRef));
        columns.push(Arc::new(axis.builder.finish()));
        Ok(Some(RecordBatch::try_new(Arc::clone(&operator.schema), columns)?))
    }
}

impl Iterator for Series {
    type Item = DfResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// Writes one array: the value of each step that has data, the default for the others.
fn fill(out: &mut Builder, steps: usize, filled: &[(usize, usize)], cells: &Cells, default: Raw) {
    let mut filled = filled.iter().peekable();
    out.begin_array();
    for step in 0..steps {
        match filled.next_if(|(at, _)| *at == step) {
            Some((_, row)) => cells.write(*row, out),
            None => out.raw(default),
        }
    }
    out.end_array();
}

/// The axis of a batch of series: those of equal steps share their text.
#[derive(Default)]
struct AxisColumn {
    builder: StringViewBuilder,
    last: Option<(Steps, u32, u32)>,
}

impl AxisColumn {
    fn append(&mut self, steps: Steps, ty: Type) -> DfResult<()> {
        let (block, length) = match self.last {
            Some((last, block, length)) if last == steps => (block, length),
            _ => {
                let text = steps.text(ty)?;
                let length = u32::try_from(text.len()).map_err(|e| exec_datafusion_err!("{e}"))?;
                let block = self.builder.append_block(Buffer::from(text.into_bytes()));
                self.last = Some((steps, block, length));
                (block, length)
            }
        };
        Ok(self.builder.try_append_view(block, 0, length)?)
    }
}

/// The steps of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Steps {
    first: Point,
    step: Point,
    count: usize,
}

/// A place on the axis: ticks and whole numbers, or reals.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    Whole(i64),
    Real(f64),
}

impl Point {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(n) => Some(Point::Whole(i64::from(*n))),
            Value::Long(n) | Value::Datetime(n) | Value::Timespan(n) => Some(Point::Whole(*n)),
            Value::Real(n) if n.is_finite() => Some(Point::Real(*n)),
            _ => None,
        }
    }

    fn at(places: &ArrayRef, row: usize) -> Option<Self> {
        if places.is_null(row) {
            return None;
        }
        match places.as_primitive_opt::<Int64Type>() {
            Some(longs) => Some(Point::Whole(longs.value(row))),
            None => {
                let real = places.as_primitive_opt::<Float64Type>()?.value(row);
                real.is_finite().then_some(Point::Real(real))
            }
        }
    }

    /// Counts the whole steps between two points; nothing where the second comes first.
    fn steps_to(self, end: Point, step: Point) -> Option<u64> {
        match (self, end, step) {
            (Point::Whole(from), Point::Whole(to), Point::Whole(step)) => {
                let distance = u64::try_from(i128::from(to) - i128::from(from)).ok()?;
                distance.checked_div(u64::try_from(step).ok()?)
            }
            (Point::Real(from), Point::Real(to), Point::Real(step)) => {
                // Reals carry the error of the rounding that made them.
                let steps = ((to - from) / step + 1e-9).floor();
                (steps >= 0.0).then_some(steps as u64)
            }
            _ => None,
        }
    }

    fn after(self, steps: usize, step: Point) -> Point {
        match (self, step) {
            (Point::Whole(from), Point::Whole(step)) => {
                Point::Whole(from.wrapping_add(step.wrapping_mul(steps as i64)))
            }
            (Point::Real(from), Point::Real(step)) => Point::Real(from + step * steps as f64),
            _ => self,
        }
    }

    /// Rounds down to a multiple of the step.
    fn floor(self, step: Point) -> Point {
        match (self, step) {
            (Point::Whole(at), Point::Whole(step)) => Point::Whole(at.saturating_sub(at.rem_euclid(step))),
            (Point::Real(at), Point::Real(step)) => Point::Real((at / step).floor() * step),
            _ => self,
        }
    }
}

/// Where series begin and end.
#[derive(Clone, Copy, Debug)]
struct Axis {
    step: Point,
    from: Option<Point>,
    to: Option<Point>,
    inclusive: bool,
}

impl Axis {
    fn new(step: &Value, from: &Value, to: &Value, inclusive: bool) -> Result<Self> {
        let step = Point::of(step).filter(|step| match step {
            Point::Whole(n) => *n > 0,
            Point::Real(n) => *n > 0.0,
        });
        let step = step.ok_or_else(|| Error::Run("the step of `make-series` must be above zero".into()))?;
        let from = Point::of(from).map(|from| if inclusive { from.floor(step) } else { from });
        Ok(Self { step, from, to: Point::of(to), inclusive })
    }

    /// The steps of a series: from the start or its first data, to the end or its last data. Nothing for a series
    /// that has no data on the axis.
    fn steps(&self, places: &ArrayRef, group: Range<usize>) -> DfResult<Option<Steps>> {
        let mut data = group.filter_map(|row| Point::at(places, row));
        let Some(first) = data.next() else { return Ok(None) };
        let last = data.next_back().unwrap_or(first);
        let start = self.from.unwrap_or(first);
        let count = match self.to {
            Some(to) => self.count_to(start, to),
            None => start.steps_to(last, self.step).map_or(0, |steps| steps.saturating_add(1)),
        };
        let steps = self.bounded(start, count)?;
        let on_axis = |at: Point| start.steps_to(at, self.step).is_some_and(|n| n < count);
        Ok((on_axis(first) || on_axis(last)).then_some(steps))
    }

    /// The steps of `kind=nonempty`: none where an end is unknown.
    fn steps_without_data(&self) -> DfResult<Steps> {
        let start = self.from.or(self.to).unwrap_or(self.step);
        let count = self.from.zip(self.to).map_or(0, |(from, to)| self.count_to(from, to));
        self.bounded(start, count)
    }

    fn count_to(&self, start: Point, to: Point) -> u64 {
        let Some(whole) = start.steps_to(to, self.step) else { return 0 };
        let at = usize::try_from(whole).unwrap_or(usize::MAX);
        let ends_on_step = start.after(at, self.step) == to;
        whole.saturating_add(u64::from(self.inclusive || !ends_on_step))
    }

    fn bounded(&self, first: Point, count: u64) -> DfResult<Steps> {
        match usize::try_from(count).ok().filter(|count| *count <= MAX_STEPS) {
            Some(count) => Ok(Steps { first, step: self.step, count }),
            None => {
                let message = format!("`make-series` has {count} steps; at most {MAX_STEPS} fit an array");
                Err(DataFusionError::External(Box::new(Error::Run(message))))
            }
        }
    }
}

impl Steps {
    /// The steps that have data, in order, each with its row.
    fn filled(&self, places: &ArrayRef, group: Range<usize>) -> Vec<(usize, usize)> {
        let place = |row| {
            let steps = self.first.steps_to(Point::at(places, row)?, self.step)?;
            usize::try_from(steps).ok().filter(|at| *at < self.count).map(|at| (at, row))
        };
        group.filter_map(place).collect()
    }

    /// The axis itself.
    fn text(&self, ty: Type) -> DfResult<String> {
        let points = (0..self.count).map(|i| self.first.after(i, self.step));
        let array: ArrayRef = match self.first {
            Point::Whole(_) => Arc::new(
                points.map(|p| if let Point::Whole(n) = p { n } else { 0 }).collect::<arrow::array::Int64Array>(),
            ),
            Point::Real(_) => Arc::new(
                points.map(|p| if let Point::Real(n) = p { n } else { 0.0 }).collect::<arrow::array::Float64Array>(),
            ),
        };
        let cells = Cells::new(&array, ty)?;
        let mut out = Builder::new();
        out.begin_array();
        (0..self.count).for_each(|i| cells.write(i, &mut out));
        out.end_array();
        Ok(out.finish())
    }
}
