//! Functions that compute each element of a series from one, or from two at the same place.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::{Number, cells, elements_in, write};
use crate::dynamic::{Builder, Cells, Raw};
use crate::functions::signature::{array, number, signature};
use crate::functions::{Args, Body, Function};

const ONE: &[Overload] = &[signature(&[array("series")], Type::Dynamic)];

/// Two series, or a series and a number that meets each of its elements.
pub(super) const TWO: &[Overload] = &[
    signature(&[array("series1"), array("series2")], Type::Dynamic),
    signature(&[array("series1"), number("series2")], Type::Dynamic),
    signature(&[number("series1"), array("series2")], Type::Dynamic),
];

const fn of_one(
    name: &'static str,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: ONE, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// A function of two series.
pub(super) const fn of_two(
    name: &'static str,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: TWO, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// `series_abs(series)`
pub static SERIES_ABS: Function = of_one(
    "series_abs",
    "Takes the sign off each number of a series; whole numbers stay whole.",
    &[Example { query: "print series_abs(dynamic([-6.5, -2, 'x']))", answer: "[6.5,2,null]" }],
    |args| {
        each(args, |n| {
            Some(match n {
                Number::Long(n) => Number::Long(n.wrapping_abs()),
                Number::Real(n) => Number::Real(n.abs()),
            })
        })
    },
);

/// `series_acos(series)`
pub static SERIES_ACOS: Function = of_one(
    "series_acos",
    "Takes the arc cosine of each number of a series.",
    &[Example { query: "print series_acos(dynamic([1, 'x', 2]))", answer: "[0.0,null,null]" }],
    |args| each_real(args, f64::acos),
);

/// `series_asin(series)`
pub static SERIES_ASIN: Function = of_one(
    "series_asin",
    "Takes the arc sine of each number of a series.",
    &[Example { query: "print series_asin(dynamic([0, 1]))", answer: "[0.0,1.5707963267948966]" }],
    |args| each_real(args, f64::asin),
);

/// `series_atan(series)`
pub static SERIES_ATAN: Function = of_one(
    "series_atan",
    "Takes the arc tangent of each number of a series.",
    &[Example { query: "print series_atan(dynamic([0, -1]))", answer: "[0.0,-0.7853981633974483]" }],
    |args| each_real(args, f64::atan),
);

/// `series_ceiling(series)`
pub static SERIES_CEILING: Function = of_one(
    "series_ceiling",
    "Rounds each number of a series up to a whole one.",
    &[Example { query: "print series_ceiling(dynamic([-1.5, 1, 2.5]))", answer: "[-1.0,1.0,3.0]" }],
    |args| each_real(args, f64::ceil),
);

/// `series_cos(series)`
pub static SERIES_COS: Function = of_one(
    "series_cos",
    "Takes the cosine of each number of a series.",
    &[Example { query: "print series_cos(dynamic([0, 1]))", answer: "[1.0,0.5403023058681398]" }],
    |args| each_real(args, f64::cos),
);

/// `series_exp(series)`
pub static SERIES_EXP: Function = of_one(
    "series_exp",
    "Raises e to each number of a series.",
    &[Example { query: "print series_exp(dynamic([0, 2]))", answer: "[1.0,7.38905609893065]" }],
    |args| each_real(args, f64::exp),
);

/// `series_floor(series)`
pub static SERIES_FLOOR: Function = of_one(
    "series_floor",
    "Rounds each number of a series down to a whole one.",
    &[Example { query: "print series_floor(dynamic([-1.5, 1, 2.5]))", answer: "[-2.0,1.0,2.0]" }],
    |args| each_real(args, f64::floor),
);

/// `series_log(series)`
pub static SERIES_LOG: Function = of_one(
    "series_log",
    "Takes the natural logarithm of each number of a series; null of a negative one.",
    &[Example { query: "print series_log(dynamic([1, -1]))", answer: "[0.0,null]" }],
    |args| each_real(args, f64::ln),
);

/// `series_sign(series)`
pub static SERIES_SIGN: Function = of_one(
    "series_sign",
    "Tells the sign of each number of a series: 1, 0 or -1.",
    &[Example { query: "print series_sign(dynamic([-6, 0, 8.5]))", answer: "[-1,0,1]" }],
    |args| {
        each(args, |n| match n.real() {
            n if n > 0.0 => Some(Number::Long(1)),
            n if n < 0.0 => Some(Number::Long(-1)),
            n if n.is_nan() => None,
            _ => Some(Number::Long(0)),
        })
    },
);

/// `series_sin(series)`
pub static SERIES_SIN: Function = of_one(
    "series_sin",
    "Takes the sine of each number of a series.",
    &[Example { query: "print series_sin(dynamic([0, 1]))", answer: "[0.0,0.8414709848078965]" }],
    |args| each_real(args, f64::sin),
);

/// `series_tan(series)`
pub static SERIES_TAN: Function = of_one(
    "series_tan",
    "Takes the tangent of each number of a series.",
    &[Example { query: "print series_tan(dynamic([0, 1]))", answer: "[0.0,1.5574077246549023]" }],
    |args| each_real(args, f64::tan),
);

/// `series_add(series1, series2)`
pub static SERIES_ADD: Function = of_two(
    "series_add",
    "Adds two series element by element, or a number to each element. Null where either has no number.",
    &[Example { query: "print series_add(dynamic([1, 2.5, 3]), dynamic([10, 20]))", answer: "[11,22.5,null]" }],
    |args| arithmetic(args, i64::wrapping_add, |a, b| a + b),
);

/// `series_subtract(series1, series2)`
pub static SERIES_SUBTRACT: Function = of_two(
    "series_subtract",
    "Subtracts the second series from the first, element by element, or a number from each element.",
    &[Example { query: "print series_subtract(dynamic([1, 2.5]), 1)", answer: "[0,1.5]" }],
    |args| arithmetic(args, i64::wrapping_sub, |a, b| a - b),
);

/// `series_multiply(series1, series2)`
pub static SERIES_MULTIPLY: Function = of_two(
    "series_multiply",
    "Multiplies two series element by element, or each element by a number.",
    &[Example { query: "print series_multiply(2, dynamic([1, 2.5]))", answer: "[2,5.0]" }],
    |args| arithmetic(args, i64::wrapping_mul, |a, b| a * b),
);

/// `series_divide(series1, series2)`
pub static SERIES_DIVIDE: Function = of_two(
    "series_divide",
    "Divides the first series by the second, element by element, or each element by a number; gives reals.",
    &[Example { query: "print series_divide(dynamic([1, 2]), dynamic([4, 1]))", answer: "[0.25,2.0]" }],
    |args| pairs(args, |a, b, out| super::put_real(out, a.real() / b.real())),
);

/// `series_pow(series1, series2)`
pub static SERIES_POW: Function = of_two(
    "series_pow",
    "Raises the first series to the second, element by element, or each element to a number; gives reals.",
    &[Example { query: "print series_pow(dynamic([2, 4]), dynamic([3, 0.5]))", answer: "[8.0,2.0]" }],
    |args| pairs(args, |a, b, out| super::put_real(out, a.real().powf(b.real()))),
);

fn each(args: &Args, f: fn(Number) -> Option<Number>) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    write(args, |row, out| {
        let elements = elements_in(&series, row)?;
        out.begin_array();
        for element in elements {
            match Number::of(element).and_then(f) {
                Some(Number::Real(n)) => super::put_real(out, n),
                Some(n) => n.put(out),
                None => out.null(),
            }
        }
        out.end_array();
        Some(())
    })
}

fn each_real(args: &Args, f: fn(f64) -> f64) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    write(args, |row, out| {
        super::put_reals(out, super::reals_in(&series, row)?.into_iter().map(f));
        Some(())
    })
}

/// Whole numbers give whole numbers, anything else reals.
fn arithmetic(args: &Args, longs: fn(i64, i64) -> i64, reals: fn(f64, f64) -> f64) -> Result<ColumnarValue> {
    pairs(args, |a, b, out| match (a, b) {
        (Number::Long(a), Number::Long(b)) => out.long(longs(a, b)),
        (a, b) => super::put_real(out, reals(a.real(), b.real())),
    })
}

/// Writes an element for each pair of numbers at one place, and null where either side has none.
pub(super) fn pairs(args: &Args, mut f: impl FnMut(Number, Number, &mut Builder)) -> Result<ColumnarValue> {
    let (left, right) = (cells(args, 0)?, cells(args, 1)?);
    write(args, |row, out| {
        let (left, right) = (Side::of(&left, row)?, Side::of(&right, row)?);
        let length = left.length().into_iter().chain(right.length()).max()?;
        out.begin_array();
        for i in 0..length {
            match left.at(i).zip(right.at(i)) {
                Some((a, b)) => f(a, b, out),
                None => out.null(),
            }
        }
        out.end_array();
        Some(())
    })
}

/// One side of a computation: a series, or one number that stands at every place.
pub(super) enum Side<'r> {
    Series(Vec<Raw<'r>>),
    Every(Number),
}

impl<'r> Side<'r> {
    pub fn of(cells: &'r Cells, row: usize) -> Option<Self> {
        match cells.dynamic(row) {
            Some(value) if value.is_array() => Some(Side::Series(value.elements().collect())),
            Some(value) => Number::of(value).map(Side::Every),
            None => {
                let mut text = Builder::new();
                cells.write(row, &mut text);
                Number::of(Raw::new(text.text())).map(Side::Every)
            }
        }
    }

    /// The length of a series; nothing for a number.
    pub fn length(&self) -> Option<usize> {
        match self {
            Side::Series(elements) => Some(elements.len()),
            Side::Every(_) => None,
        }
    }

    pub fn at(&self, i: usize) -> Option<Number> {
        match self {
            Side::Series(elements) => elements.get(i).copied().and_then(Number::of),
            Side::Every(n) => Some(*n),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::series::tests::series;

    #[test]
    fn places_without_a_number_are_null() {
        assert_eq!(series("series_add", &["[1,null,3]", "[1,2,\"x\",4]"]), "[2,null,null,null]");
        assert_eq!(series("series_subtract", &["10", "[1,2.5]"]), "[9,7.5]");
        assert_eq!(series("series_divide", &["[1,0]", "0"]), "[\"Infinity\",null]");
        assert_eq!(series("series_add", &["1", "2"]), "Null(Dynamic)");
    }
}
