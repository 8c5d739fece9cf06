//! Functions that make one real of one series or two: sums, products, angles, correlation.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;

use super::elementwise::Side;
use super::{cells, optional_real, reals_in};
use crate::functions::signature::{array, number, signature};
use crate::functions::{Args, Body, Function};

const ONE: &[Overload] = &[signature(&[array("series")], Type::Real)];

/// `series_sum(series)`
pub static SERIES_SUM: Function = Function {
    spec: FunctionSpec {
        name: "series_sum",
        overloads: ONE,
        summary: "Adds up the numbers of a series.",
        examples: &[Example { query: "print series_sum(dynamic([1, 2.5]))", answer: "3.5" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| of_numbers(args, |numbers| numbers.sum())),
};

/// `series_product(series)`
pub static SERIES_PRODUCT: Function = Function {
    spec: FunctionSpec {
        name: "series_product",
        overloads: ONE,
        summary: "Multiplies the numbers of a series.",
        examples: &[Example { query: "print series_product(dynamic([1, 2, 3, 4]))", answer: "24.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| of_numbers(args, |numbers| numbers.product())),
};

/// `series_magnitude(series)`
pub static SERIES_MAGNITUDE: Function = Function {
    spec: FunctionSpec {
        name: "series_magnitude",
        overloads: ONE,
        summary: "Measures a series as a vector: the root of the sum of its squares.",
        examples: &[Example { query: "print series_magnitude(dynamic([3, 4]))", answer: "5.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| of_numbers(args, |numbers| numbers.map(|n| n * n).sum::<f64>().sqrt())),
};

fn of_numbers(args: &Args, f: fn(&mut dyn Iterator<Item = f64>) -> f64) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    args.reals(|row| Some(f(&mut numbers(&reals_in(&series, row)?))))
}

/// What is a number.
fn numbers(series: &[f64]) -> impl Iterator<Item = f64> {
    series.iter().copied().filter(|n| !n.is_nan())
}

/// `series_dot_product(series1, series2)`
pub static SERIES_DOT_PRODUCT: Function = Function {
    spec: FunctionSpec {
        name: "series_dot_product",
        overloads: &[
            signature(&[array("series1"), array("series2")], Type::Real),
            signature(&[array("series1"), number("series2")], Type::Real),
            signature(&[number("series1"), array("series2")], Type::Real),
        ],
        summary: "Adds up the products of two series, or of a series and a number, as far as the shorter one goes. \
                  What is no number does not count; null if either is empty.",
        examples: &[Example { query: "print series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2]))", answer: "8.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(dot_product),
};

fn dot_product(args: &Args) -> Result<ColumnarValue> {
    let (left, right) = (cells(args, 0)?, cells(args, 1)?);
    args.reals(|row| {
        let (left, right) = (Side::of(&left, row)?, Side::of(&right, row)?);
        let length = left.length().into_iter().chain(right.length()).min().filter(|n| *n > 0)?;
        let products = (0..length).filter_map(|i| Some(left.at(i)?.real() * right.at(i)?.real()));
        Some(products.sum())
    })
}

const MAGNITUDES: &[Param] = &[number("magnitude1"), number("magnitude2")];

/// `series_cosine_similarity(series1, series2 [, magnitude1 [, magnitude2]])`
pub static SERIES_COSINE_SIMILARITY: Function = Function {
    spec: FunctionSpec {
        name: "series_cosine_similarity",
        overloads: &[signature(&[array("series1"), array("series2")], Type::Real).optional(MAGNITUDES)],
        summary: "Measures the angle between two series as vectors, by its cosine. Their magnitudes may be given.",
        examples: &[Example {
            query: "print series_cosine_similarity(dynamic([3, 4]), dynamic([3, -4]))",
            answer: "-0.28",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(cosine_similarity),
};

fn cosine_similarity(args: &Args) -> Result<ColumnarValue> {
    let (left, right) = (cells(args, 0)?, cells(args, 1)?);
    let (left_magnitude, right_magnitude) = (optional_real(args, 2)?, optional_real(args, 3)?);
    args.reals(|row| {
        let (left, right) = (reals_in(&left, row)?, reals_in(&right, row)?);
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let pairs = left.iter().zip(&right).filter(|(l, r)| !l.is_nan() && !r.is_nan());
        let dot: f64 = pairs.map(|(l, r)| l * r).sum();
        let length = left.len().min(right.len());
        let magnitude =
            |series: &[f64]| numbers(series.get(..length).unwrap_or(series)).map(|n| n * n).sum::<f64>().sqrt();
        let left = left_magnitude(row).unwrap_or_else(|| magnitude(&left));
        let right = right_magnitude(row).unwrap_or_else(|| magnitude(&right));
        Some(dot / (left * right))
    })
}

/// `series_pearson_correlation(series1, series2)`
pub static SERIES_PEARSON_CORRELATION: Function = Function {
    spec: FunctionSpec {
        name: "series_pearson_correlation",
        overloads: &[signature(&[array("series1"), array("series2")], Type::Real)],
        summary: "Measures how far two series rise and fall together, from -1 to 1. Null if their lengths differ or \
                  anything in them is no number.",
        examples: &[Example {
            query: "print round(series_pearson_correlation(dynamic([1, 2, 3]), dynamic([6, 4, 2])), 9)",
            answer: "-1.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(pearson_correlation),
};

fn pearson_correlation(args: &Args) -> Result<ColumnarValue> {
    let (left, right) = (cells(args, 0)?, cells(args, 1)?);
    args.reals(|row| {
        let (left, right) = (reals_in(&left, row)?, reals_in(&right, row)?);
        if left.len() != right.len() || left.iter().chain(&right).any(|n| n.is_nan()) {
            return None;
        }
        let count = left.len() as f64;
        let (mean_left, mean_right) = (left.iter().sum::<f64>() / count, right.iter().sum::<f64>() / count);
        let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            left.iter().zip(&right).map(|(l, r)| f(l - mean_left, r - mean_right)).sum()
        };
        let correlation = sum(&|l, r| l * r) / (sum(&|l, _| l * l).sqrt() * sum(&|_, r| r * r).sqrt());
        (!correlation.is_nan()).then_some(correlation)
    })
}
