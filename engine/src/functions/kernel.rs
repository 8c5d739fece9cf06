//! Lifts closures over single rows to kernels over columns. Kusto's null rules are here and nowhere else.
//!
//! A kernel reads its arguments through [`Column`]s, which answer for a row whether the argument is a scalar or an
//! array, and writes its result with one of the writers of [`Args`]. A closure that returns `None` gives null, or
//! `""` where the result is a string: so `?` on an argument is the rule "null in, null out". A call on scalars alone
//! runs its closure once and stays a scalar.
//!
//! ```ignore
//! fn strlen(args: &Args) -> Result<ColumnarValue> {
//!     let text = args.text(0)?;
//!     args.longs(|row| Some(text.at(row)?.chars().count() as i64))
//! }
//! ```

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, PrimitiveArray, StringViewArray,
    StringViewBuilder,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{binary, cast, interleave};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal256Type, Float64Type, Int32Type, Int64Type, i256};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::time;
use rehunt_lang::types::{Type, Value};

use super::{Args, Prepare};
use crate::dynamic::{Raw, normalize, push_long, push_string};
use crate::operators::convert::convert_column;
use crate::text;
use crate::types::arrow_type;
use crate::value::{scalar_of, value_at};

/// One argument, row by row: a scalar gives the same cell for every row.
#[derive(Clone, Debug)]
pub struct Column<A> {
    array: A,
    /// 0 for a scalar, all ones for an array, so that `row & mask` is the place of a row.
    mask: usize,
}

/// Texts: strings, guids, the JSON of a dynamic.
pub type Texts = Column<StringViewArray>;
/// Longs, or ticks of datetimes and timespans.
pub type Longs = Column<Int64Array>;
/// Reals.
pub type Reals = Column<Float64Array>;
/// Decimals, in units of the fixed scale.
pub type Decimals = Column<PrimitiveArray<Decimal256Type>>;
/// Bools.
pub type Bools = Column<BooleanArray>;

impl<A: Array> Column<A> {
    /// Returns the cells: as many as rows, or one.
    pub fn array(&self) -> &A {
        &self.array
    }

    /// Forgets the type of the cells.
    pub fn erased(self) -> Column<ArrayRef>
    where
        A: 'static,
    {
        Column { array: Arc::new(self.array), mask: self.mask }
    }

    /// Returns where the cell of a row stands in the array.
    #[inline]
    pub fn place(&self, row: usize) -> usize {
        row & self.mask
    }

    /// Tells whether the argument is a scalar.
    pub fn is_scalar(&self) -> bool {
        self.mask == 0
    }
}

impl Column<ArrayRef> {
    /// Returns the cell of a row, of type `ty`.
    pub fn value(&self, ty: Type, row: usize) -> Value {
        value_at(&self.array, ty, row & self.mask)
    }
}

impl Column<StringViewArray> {
    /// Returns the text of a row; `None` is null, which a string never is.
    #[inline]
    pub fn at(&self, row: usize) -> Option<&str> {
        let i = row & self.mask;
        self.array.is_valid(i).then(|| self.array.value(i))
    }
}

impl Column<BooleanArray> {
    /// Returns the bool of a row.
    #[inline]
    pub fn at(&self, row: usize) -> Option<bool> {
        let i = row & self.mask;
        self.array.is_valid(i).then(|| self.array.value(i))
    }
}

impl<T: ArrowPrimitiveType> Column<PrimitiveArray<T>> {
    /// Returns the number of a row.
    #[inline]
    pub fn at(&self, row: usize) -> Option<T::Native> {
        let i = row & self.mask;
        self.array.is_valid(i).then(|| self.array.value(i))
    }
}

impl Args<'_> {
    /// Reads argument `i` as text. A dynamic is read as its unquoted text, null as `""`: the rule of the string
    /// operators; use [`Args::json`] for its JSON.
    pub fn text(&self, i: usize) -> Result<Texts> {
        match self.types.get(i) {
            Some(Type::Dynamic) => self.spelled(i),
            _ => self.json(i),
        }
    }

    /// Reads argument `i`, a scalar of any type, as `tostring` shows it: never null.
    pub fn spelled(&self, i: usize) -> Result<Texts> {
        let Column { array, mask } = self.cells(i)?;
        let ty = self.types.get(i).copied().unwrap_or(Type::Unknown);
        Ok(Column { array: self.strings(&convert_column(&array, ty, Type::String)?, i)?, mask })
    }

    /// Reads argument `i`, held as text, as it is held: a dynamic as its JSON, null where it is null.
    pub fn json(&self, i: usize) -> Result<Texts> {
        let Column { array, mask } = self.cells(i)?;
        Ok(Column { array: self.strings(&array, i)?, mask })
    }

    /// Reads argument `i` as longs: a long, an int, a bool, or the ticks of a datetime or timespan. A dynamic is
    /// read by its content here and in the other readers of numbers.
    pub fn long(&self, i: usize) -> Result<Longs> {
        self.numbers::<Int64Type>(i)
    }

    /// Reads argument `i` as ticks of `ty`, datetime or timespan.
    pub fn ticks(&self, i: usize, ty: Type) -> Result<Longs> {
        if self.types.get(i) != Some(&Type::Dynamic) {
            return self.long(i);
        }
        let Column { array, mask } = self.cells(i)?;
        Ok(Column { array: convert_column(&array, Type::Dynamic, ty)?.as_primitive().clone(), mask })
    }

    /// Reads argument `i` as reals: any number.
    pub fn real(&self, i: usize) -> Result<Reals> {
        self.numbers::<Float64Type>(i)
    }

    /// Reads argument `i` as decimals: any number.
    pub fn decimal(&self, i: usize) -> Result<Decimals> {
        self.numbers::<Decimal256Type>(i)
    }

    /// Reads argument `i` as bools.
    pub fn boolean(&self, i: usize) -> Result<Bools> {
        let Column { array, mask } = self.cells(i)?;
        let array = array.as_boolean_opt().ok_or_else(|| self.unexpected(i, &array))?.clone();
        Ok(Column { array, mask })
    }

    /// Counts the arguments.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Tells whether there is no argument.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Combines two columns of numbers cell by cell; null where either is null.
    pub fn zip<L: ArrowPrimitiveType, R: ArrowPrimitiveType, O: ArrowPrimitiveType>(
        &self,
        left: &Column<PrimitiveArray<L>>,
        right: &Column<PrimitiveArray<R>>,
        f: impl Fn(L::Native, R::Native) -> O::Native,
    ) -> Result<PrimitiveArray<O>> {
        Ok(match (left.is_scalar(), right.is_scalar()) {
            (false, false) => binary(&left.array, &right.array, f)?,
            (false, true) => match right.at(0) {
                Some(r) => left.array.unary(|l| f(l, r)),
                None => PrimitiveArray::new_null(left.array.len()),
            },
            (true, _) => match left.at(0) {
                Some(l) => right.array.unary(|r| f(l, r)),
                None => PrimitiveArray::new_null(right.array.len()),
            },
        })
    }

    /// As [`Args::zip`], with null where `f` has no answer.
    pub fn zip_some<L: ArrowPrimitiveType, R: ArrowPrimitiveType, O: ArrowPrimitiveType>(
        &self,
        left: &Column<PrimitiveArray<L>>,
        right: &Column<PrimitiveArray<R>>,
        f: impl Fn(L::Native, R::Native) -> Option<O::Native>,
    ) -> PrimitiveArray<O> {
        // A scalar beside no rows has no row either.
        let rows = if left.is_scalar() { right.array.len() } else { left.array.len() };
        (0..rows).map(|row| f(left.at(row)?, right.at(row)?)).collect()
    }

    /// Writes bools.
    pub fn bools(&self, f: impl FnMut(usize) -> Option<bool>) -> Result<ColumnarValue> {
        self.result(Arc::new((0..self.height()).map(f).collect::<BooleanArray>()))
    }

    /// Writes bools that are never null: faster than [`Args::bools`].
    pub fn tests(&self, f: impl FnMut(usize) -> bool) -> Result<ColumnarValue> {
        self.result(Arc::new(BooleanArray::from(BooleanBuffer::collect_bool(self.height(), f))))
    }

    /// Writes longs, datetimes or timespans; as ints where the result is int.
    pub fn longs(&self, mut f: impl FnMut(usize) -> Option<i64>) -> Result<ColumnarValue> {
        match self.returns {
            Type::Int => {
                let cells = (0..self.height()).map(|row| f(row).map(|v| v as i32));
                self.result(Arc::new(cells.collect::<PrimitiveArray<Int32Type>>()))
            }
            _ => self.result(Arc::new((0..self.height()).map(f).collect::<Int64Array>())),
        }
    }

    /// Writes reals.
    pub fn reals(&self, f: impl FnMut(usize) -> Option<f64>) -> Result<ColumnarValue> {
        self.result(Arc::new((0..self.height()).map(f).collect::<Float64Array>()))
    }

    /// Writes decimals, in units of the fixed scale.
    pub fn decimals(&self, f: impl FnMut(usize) -> Option<i256>) -> Result<ColumnarValue> {
        let array = (0..self.height()).map(f).collect::<PrimitiveArray<Decimal256Type>>();
        self.result(Arc::new(array.with_data_type(arrow_type(Type::Decimal))))
    }

    /// Writes texts that exist already: parts of an argument, or words.
    pub fn slices<T: AsRef<str>>(&self, mut f: impl FnMut(usize) -> Option<T>) -> Result<ColumnarValue> {
        let rows = self.height();
        let mut out = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            match f(row) {
                Some(text) => out.append_value(text),
                None if self.returns == Type::String => out.append_value(""),
                None => out.append_null(),
            }
        }
        self.result(Arc::new(out.finish()))
    }

    /// Writes texts through one reused buffer, handed over empty.
    pub fn texts(&self, mut f: impl FnMut(usize, &mut String) -> Option<()>) -> Result<ColumnarValue> {
        let rows = self.height();
        let mut out = StringViewBuilder::with_capacity(rows);
        let mut text = String::new();
        for row in 0..rows {
            text.clear();
            match f(row, &mut text) {
                Some(()) => out.append_value(&text),
                None if self.returns == Type::String => out.append_value(""),
                None => out.append_null(),
            }
        }
        self.result(Arc::new(out.finish()))
    }

    /// Writes texts converted to the type of the result, as `tolong`, `todatetime` ... do.
    pub fn parsed<'t>(&self, mut f: impl FnMut(usize) -> Option<&'t str>) -> Result<ColumnarValue> {
        if self.returns == Type::Dynamic {
            return self.texts(|row, out| {
                let text = f(row)?;
                match normalize(text) {
                    Some(json) if json == "null" => return None,
                    Some(json) => out.push_str(&json),
                    None => push_string(out, text),
                }
                Some(())
            });
        }
        let texts = (0..self.height()).map(|row| Some(f(row).unwrap_or_default())).collect::<StringViewArray>();
        let texts: ArrayRef = Arc::new(texts);
        self.result(convert_column(&texts, Type::String, self.returns)?)
    }

    /// Writes for each row its cell of the argument that `choose` names, or null or `""` for nothing.
    pub fn pick(&self, mut choose: impl FnMut(usize) -> Option<usize>) -> Result<ColumnarValue> {
        self.pick_at(|row| Some((choose(row)?, row)))
    }

    /// As [`Args::pick`], with the row whose cell is meant.
    pub fn pick_at(&self, mut choose: impl FnMut(usize) -> Option<(usize, usize)>) -> Result<ColumnarValue> {
        let columns = (0..self.len()).map(|i| self.cells(i)).collect::<Result<Vec<_>>>()?;
        let missing = scalar(&Value::missing(self.returns))?.to_array()?;
        let places: Vec<(usize, usize)> = (0..self.height())
            .map(|row| match choose(row).and_then(|(i, row)| Some((i, columns.get(i)?.place(row)))) {
                Some(place) => place,
                None => (columns.len(), 0),
            })
            .collect();
        // Arguments of other types (the predicates of `case`) are never chosen; `interleave` must not see them either.
        let mut sources: Vec<&dyn Array> = Vec::with_capacity(columns.len() + 1);
        for column in &columns {
            let fits = column.array.data_type() == missing.data_type();
            sources.push(if fits { &column.array } else { &missing });
        }
        sources.push(&missing);
        self.result(interleave(&sources, &places)?)
    }

    /// Hands over a finished column of [`Args::height`] cells.
    pub fn result(&self, array: ArrayRef) -> Result<ColumnarValue> {
        Ok(match self.all_scalar() {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
            false => ColumnarValue::Array(array),
        })
    }

    /// Counts the cells of the result: the rows, or 1 if there are arguments and all are scalars.
    pub fn height(&self) -> usize {
        if self.all_scalar() { 1 } else { self.rows }
    }

    /// Returns the cells of argument `i` whatever their type.
    pub fn cells(&self, i: usize) -> Result<Column<ArrayRef>> {
        Ok(match self.values.get(i) {
            Some(ColumnarValue::Array(array)) => Column { array: Arc::clone(array), mask: usize::MAX },
            Some(ColumnarValue::Scalar(scalar)) => Column { array: scalar.to_array()?, mask: 0 },
            None => return Err(exec_datafusion_err!("argument {i} is missing")),
        })
    }

    fn all_scalar(&self) -> bool {
        // Without arguments each row may differ: `new_guid()`.
        !self.values.is_empty() && self.values.iter().all(|v| matches!(v, ColumnarValue::Scalar(_)))
    }

    fn strings(&self, array: &ArrayRef, i: usize) -> Result<StringViewArray> {
        Ok(array.as_string_view_opt().ok_or_else(|| self.unexpected(i, array))?.clone())
    }

    fn numbers<T: ArrowPrimitiveType>(&self, i: usize) -> Result<Column<PrimitiveArray<T>>> {
        let Column { array, mask } = self.cells(i)?;
        let wanted = if T::DATA_TYPE.is_decimal() { arrow_type(Type::Decimal) } else { T::DATA_TYPE };
        let array = match array.data_type() {
            ty if *ty == wanted => array,
            ty if ty.is_numeric() => cast(&array, &wanted)?,
            DataType::Boolean => cast(&cast(&array, &DataType::Int64)?, &wanted)?,
            DataType::Utf8View if self.types.get(i) == Some(&Type::Dynamic) => {
                let to = match &wanted {
                    DataType::Int64 => Type::Long,
                    DataType::Float64 => Type::Real,
                    _ => Type::Decimal,
                };
                convert_column(&array, Type::Dynamic, to)?
            }
            _ => return Err(self.unexpected(i, &array)),
        };
        Ok(Column { array: array.as_primitive::<T>().clone(), mask })
    }

    fn unexpected(&self, i: usize, array: &ArrayRef) -> datafusion::error::DataFusionError {
        exec_datafusion_err!("argument {i} of type {:?} arrived as {}", self.types.get(i), array.data_type())
    }
}

impl Prepare<'_> {
    /// Returns constant argument `i`, a string.
    ///
    /// # Errors
    /// When it is not a constant string.
    pub fn text(&self, i: usize) -> Result<&str, String> {
        self.constants
            .get(i)
            .and_then(|c| c.as_ref()?.as_str())
            .ok_or_else(|| format!("argument {} must be a constant string", i + 1))
    }

    /// Returns argument `i` where it is constant.
    pub fn constant(&self, i: usize) -> Option<&Value> {
        self.constants.get(i)?.as_ref()
    }
}

/// Returns a value as `tostring` shows it.
pub fn spelling(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Null(_) => {}
        Value::Bool(v) => out.push_str(text::bool_text(*v)),
        Value::Int(v) => push_long(&mut out, i64::from(*v)),
        Value::Long(v) => push_long(&mut out, *v),
        Value::Real(v) => text::push_real(&mut out, *v),
        Value::Decimal(v) | Value::String(v) | Value::Guid(v) => out.push_str(v),
        Value::Datetime(v) => time::push_datetime(&mut out, *v),
        Value::Timespan(v) => time::push_timespan(&mut out, *v, false),
        Value::Dynamic(v) => out.push_str(&Raw::new(v).to_text()),
    }
    out
}

/// Returns a constant as the scalar the engine holds it in.
pub fn scalar(value: &Value) -> Result<ScalarValue> {
    scalar_of(value).map_err(|error| exec_datafusion_err!("{error}"))
}
