//! Functions over series: arrays of numbers, as `make-series` and `make_list` give them.
//!
//! What is no number, null included, is not a number (NaN) to those that compute; a result that is not a number is
//! null. Those of several values give an array of them, which the binder takes apart.

mod compare;
mod decompose;
mod elementwise;
mod fill;
mod filter;
mod fit;
mod fit_poly;
mod fourier;
mod outliers;
mod period;
mod stats;
mod vector;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::dynamic::{cells, elements_in, write};
use super::{Args, Function};
use crate::dynamic::{Builder, Cells, Kind, Raw};

/// The family, sorted by name.
#[rustfmt::skip] // one a line: what is added at once in two places merges
pub static FUNCTIONS: &[&Function] = &[
    &elementwise::SERIES_ABS,
    &elementwise::SERIES_ACOS,
    &elementwise::SERIES_ADD,
    &elementwise::SERIES_ASIN,
    &elementwise::SERIES_ATAN,
    &elementwise::SERIES_CEILING,
    &elementwise::SERIES_COS,
    &vector::SERIES_COSINE_SIMILARITY,
    &decompose::SERIES_DECOMPOSE,
    &decompose::SERIES_DECOMPOSE_ANOMALIES,
    &decompose::SERIES_DECOMPOSE_FORECAST,
    &elementwise::SERIES_DIVIDE,
    &vector::SERIES_DOT_PRODUCT,
    &compare::SERIES_EQUALS,
    &elementwise::SERIES_EXP,
    &fourier::SERIES_FFT,
    &fill::SERIES_FILL_BACKWARD,
    &fill::SERIES_FILL_CONST,
    &fill::SERIES_FILL_FORWARD,
    &fill::SERIES_FILL_LINEAR,
    &filter::SERIES_FIR,
    &fit::SERIES_FIT_2LINES,
    &fit::SERIES_FIT_2LINES_DYNAMIC,
    &fit::SERIES_FIT_LINE,
    &fit::SERIES_FIT_LINE_DYNAMIC,
    &fit_poly::SERIES_FIT_POLY,
    &elementwise::SERIES_FLOOR,
    &compare::SERIES_GREATER,
    &compare::SERIES_GREATER_EQUALS,
    &fourier::SERIES_IFFT,
    &filter::SERIES_IIR,
    &compare::SERIES_LESS,
    &compare::SERIES_LESS_EQUALS,
    &elementwise::SERIES_LOG,
    &vector::SERIES_MAGNITUDE,
    &elementwise::SERIES_MULTIPLY,
    &compare::SERIES_NOT_EQUALS,
    &outliers::SERIES_OUTLIERS,
    &vector::SERIES_PEARSON_CORRELATION,
    &period::SERIES_PERIODS_DETECT,
    &period::SERIES_PERIODS_VALIDATE,
    &elementwise::SERIES_POW,
    &vector::SERIES_PRODUCT,
    &period::SERIES_SEASONAL,
    &elementwise::SERIES_SIGN,
    &elementwise::SERIES_SIN,
    &stats::SERIES_STATS,
    &stats::SERIES_STATS_DYNAMIC,
    &elementwise::SERIES_SUBTRACT,
    &vector::SERIES_SUM,
    &elementwise::SERIES_TAN,
];

/// A number of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Long(i64),
    Real(f64),
}

impl Number {
    /// Reads an element. The reals that JSON has no numbers for are read from their words.
    fn of(element: Raw) -> Option<Self> {
        match element.kind() {
            Kind::Long => element.as_long().map(Number::Long),
            Kind::Real => element.as_real().map(Number::Real),
            Kind::String => match element.quoted()? {
                "NaN" => Some(Number::Real(f64::NAN)),
                "Infinity" => Some(Number::Real(f64::INFINITY)),
                "-Infinity" => Some(Number::Real(f64::NEG_INFINITY)),
                _ => None,
            },
            _ => None,
        }
    }

    fn real(self) -> f64 {
        match self {
            Number::Long(n) => n as f64,
            Number::Real(n) => n,
        }
    }

    fn put(self, out: &mut Builder) {
        match self {
            Number::Long(n) => out.long(n),
            Number::Real(n) => out.real(n),
        }
    }
}

/// Reads an element as a real; NaN for what is no number.
fn real_of(element: Raw) -> f64 {
    Number::of(element).map_or(f64::NAN, Number::real)
}

/// Reads the series in a cell; nothing where there is no array.
fn reals_in(cells: &Cells, row: usize) -> Option<Vec<f64>> {
    let array = cells.dynamic(row).filter(|value| value.is_array())?;
    Some(array.elements().map(real_of).collect())
}

/// Writes a real; not a number is null.
fn put_real(out: &mut Builder, value: f64) {
    match value.is_nan() {
        true => out.null(),
        false => out.real(value),
    }
}

/// Writes an array of reals.
fn put_reals(out: &mut Builder, values: impl IntoIterator<Item = f64>) {
    out.begin_array();
    values.into_iter().for_each(|value| put_real(out, value));
    out.end_array();
}

/// A function of one series: what it writes, nothing for null.
fn of_series(args: &Args, f: impl Fn(Vec<f64>, &mut Builder) -> Option<()>) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    write(args, |row, out| f(reals_in(&series, row)?, out))
}

/// Reads optional argument `i` as reals: NaN where it is missing or null.
fn optional_real(args: &Args, i: usize) -> Result<impl Fn(usize) -> Option<f64>> {
    let column = if args.len() > i { Some(args.real(i)?) } else { None };
    Ok(move |row| column.as_ref().and_then(|c| c.at(row)))
}

/// Reads optional argument `i` as longs.
fn optional_long(args: &Args, i: usize) -> Result<impl Fn(usize) -> Option<i64>> {
    let column = if args.len() > i { Some(args.long(i)?) } else { None };
    Ok(move |row| column.as_ref().and_then(|c| c.at(row)))
}

/// Reads optional argument `i` as bools.
fn optional_bool(args: &Args, i: usize) -> Result<impl Fn(usize) -> Option<bool>> {
    let column = if args.len() > i { Some(args.boolean(i)?) } else { None };
    Ok(move |row| column.as_ref().and_then(|c| c.at(row)))
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use super::FUNCTIONS;
    use crate::operators::testing::call;

    /// Calls a function of series, written as JSON, and numbers, and shows its dynamic result.
    pub(super) fn series(name: &str, args: &[&str]) -> String {
        let value = |text: &&str| match text.as_bytes().first() {
            Some(b'[') => Value::Dynamic((*text).to_owned()),
            Some(b'0'..=b'9' | b'-') => match text.parse() {
                Ok(n) => Value::Long(n),
                Err(_) => Value::Real(text.parse().unwrap_or(f64::NAN)),
            },
            _ => match text.parse() {
                Ok(b) => Value::Bool(b),
                Err(_) => Value::String((*text).to_owned()),
            },
        };
        match call(name, &args.iter().map(value).collect::<Vec<_>>(), Type::Dynamic) {
            Value::Dynamic(json) => json,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|f| f.spec.name));
    }

    #[test]
    fn no_function_of_one_series_minds_what_is_in_it() {
        let odd = ["[]", "[null]", "[\"x\",{},[1]]", "[1]", "[1,1]", "[1,null,3]", "[0,0,0,0,0,0,0,0,0,0]"];
        let large = ["[1e308,-1e308,1e308]", "[9223372036854775807,-9223372036854775808]"];
        for function in FUNCTIONS {
            for text in odd.iter().chain(&large) {
                let text = Value::Dynamic((*text).to_owned());
                let overload = function.spec.overloads[0];
                let args: Vec<Value> = overload.required.iter().map(|p| fitting(p.accepts, &text)).collect();
                let returns = match overload.returns {
                    rehunt_lang::library::Returns::Is(ty) => ty,
                    _ => Type::Dynamic,
                };
                call(function.spec.name, &args, returns);
            }
        }
    }

    fn fitting(accepts: rehunt_lang::library::Accepts, series: &Value) -> Value {
        use rehunt_lang::library::Accepts as A;
        match accepts {
            A::Array => series.clone(),
            A::Exactly(Type::Real) => Value::Real(4.0),
            _ => Value::Long(2),
        }
    }
}
