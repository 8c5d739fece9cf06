//! Functions that compare two series place by place.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::Example;

use super::Number;
use super::elementwise::{of_two, pairs};
use crate::functions::{Args, Function};

/// `series_equals(series1, series2)`
pub static SERIES_EQUALS: Function = of_two(
    "series_equals",
    "Tells for each place whether two series, or a series and a number, are equal; null where either has no number.",
    &[Example { query: "print series_equals(dynamic([1, 2, 4]), dynamic([1.0, 3]))", answer: "[true,false,null]" }],
    |args| compare(args, |a, b| a == b, |a, b| a == b),
);

/// `series_greater(series1, series2)`
pub static SERIES_GREATER: Function = of_two(
    "series_greater",
    "Tells for each place whether the first series is above the second, or above a number.",
    &[Example { query: "print series_greater(dynamic([1, 2, 4]), 1.5)", answer: "[false,true,true]" }],
    |args| compare(args, |a, b| a > b, |a, b| a > b),
);

/// `series_greater_equals(series1, series2)`
pub static SERIES_GREATER_EQUALS: Function = of_two(
    "series_greater_equals",
    "Tells for each place whether the first series is at or above the second, or a number.",
    &[Example { query: "print series_greater_equals(dynamic([1, 2, 4]), 2)", answer: "[false,true,true]" }],
    |args| compare(args, |a, b| a >= b, |a, b| a >= b),
);

/// `series_less(series1, series2)`
pub static SERIES_LESS: Function = of_two(
    "series_less",
    "Tells for each place whether the first series is below the second, or below a number.",
    &[Example { query: "print series_less(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", answer: "[true,false,false]" }],
    |args| compare(args, |a, b| a < b, |a, b| a < b),
);

/// `series_less_equals(series1, series2)`
pub static SERIES_LESS_EQUALS: Function = of_two(
    "series_less_equals",
    "Tells for each place whether the first series is at or below the second, or a number.",
    &[Example { query: "print series_less_equals(2, dynamic([1, 2, 4]))", answer: "[false,true,true]" }],
    |args| compare(args, |a, b| a <= b, |a, b| a <= b),
);

/// `series_not_equals(series1, series2)`
pub static SERIES_NOT_EQUALS: Function = of_two(
    "series_not_equals",
    "Tells for each place whether two series, or a series and a number, differ; null where either has no number.",
    &[Example {
        query: "print series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
        answer: "[true,false,true]",
    }],
    |args| compare(args, |a, b| a != b, |a, b| a != b),
);

/// Longs are compared as they are: a real does not hold them all.
fn compare(args: &Args, longs: fn(i64, i64) -> bool, reals: fn(f64, f64) -> bool) -> Result<ColumnarValue> {
    pairs(args, |a, b, out| {
        out.bool(match (a, b) {
            (Number::Long(a), Number::Long(b)) => longs(a, b),
            (a, b) => reals(a.real(), b.real()),
        });
    })
}
