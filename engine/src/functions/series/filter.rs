//! `series_fir`, `series_iir`: filters of finite and infinite impulse response.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use super::{cells, optional_bool, put_reals, reals_in, write};
use crate::functions::signature::{array, boolean, signature};
use crate::functions::{Args, Body, Function};

/// `series_fir(series, filter [, normalize [, center]])`
pub static SERIES_FIR: Function = Function {
    spec: FunctionSpec {
        name: "series_fir",
        overloads: &[signature(&[array("series"), array("filter")], Type::Dynamic)
            .optional(&[boolean("normalize"), boolean("center")])],
        naming: Naming::FirstArgument,
        summary: "Gives each element the sum of itself and those before it, times the coefficients of a filter: a moving \
                  average, a difference. The coefficients are divided by their sum unless one is negative; with \
                  `center` the filter reaches to both sides.",
        examples: &[
            Example { query: "print series_fir(dynamic([2, 4, 6, 8]), dynamic([1, 1]))", answer: "[1.0,3.0,5.0,7.0]" },
            Example { query: "print series_fir(dynamic([5, 15, 10]), dynamic([1, -1]))", answer: "[5.0,10.0,-5.0]" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(fir),
};

fn fir(args: &Args) -> Result<ColumnarValue> {
    let (series, filter) = (cells(args, 0)?, cells(args, 1)?);
    let (normalize, center) = (optional_bool(args, 2)?, optional_bool(args, 3)?);
    write(args, |row, out| {
        let (series, filter) = (reals_in(&series, row)?, reals_in(&filter, row)?);
        let negative = filter.iter().any(|f| *f < 0.0);
        let sum = match normalize(row).unwrap_or(!negative) {
            // learn.microsoft.com/kusto/query/series-fir-function: a filter that goes below zero has no norm.
            true if negative => return None,
            true => filter.iter().sum(),
            false => 1.0,
        };
        let ahead = if center(row).unwrap_or(false) { filter.len().saturating_sub(1) / 2 } else { 0 };
        let element = |i: usize| -> f64 {
            // Before the series and after it there is nothing to add.
            let before = |j: usize| (i + ahead).checked_sub(j).and_then(|at| series.get(at));
            filter.iter().enumerate().filter_map(|(j, f)| Some(f * before(j)?)).sum::<f64>() / sum
        };
        put_reals(out, (0..series.len()).map(element));
        Some(())
    })
}

/// `series_iir(series, numerators, denominators)`
pub static SERIES_IIR: Function = Function {
    spec: FunctionSpec {
        name: "series_iir",
        overloads: &[signature(&[array("series"), array("numerators"), array("denominators")], Type::Dynamic)],
        naming: Naming::FirstArgument,
        summary: "Gives each element the sum of itself and those before it times the numerators, less the results before \
                  it times the denominators after the first, by which all is divided. Null if that is 0.",
        examples: &[Example {
            query: "print series_iir(dynamic([1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))",
            answer: "[1.0,3.0,6.0,10.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(iir),
};

fn iir(args: &Args) -> Result<ColumnarValue> {
    let (series, numerators, denominators) = (cells(args, 0)?, cells(args, 1)?, cells(args, 2)?);
    write(args, |row, out| {
        let (series, numerators) = (reals_in(&series, row)?, reals_in(&numerators, row)?);
        let denominators = reals_in(&denominators, row)?;
        let (first, rest) = denominators.split_first().filter(|(first, _)| **first != 0.0)?;
        let mut results: Vec<f64> = Vec::with_capacity(series.len());
        for i in 0..series.len() {
            let ahead: f64 = past(&series, i + 1, &numerators);
            let back: f64 = past(&results, i, rest);
            results.push((ahead - back) / first);
        }
        put_reals(out, results);
        Some(())
    })
}

/// Adds up the values before `end`, the last first, each times its coefficient.
fn past(values: &[f64], end: usize, coefficients: &[f64]) -> f64 {
    values.get(..end).unwrap_or(values).iter().rev().zip(coefficients).map(|(v, c)| v * c).sum()
}

#[cfg(test)]
mod tests {
    use crate::functions::series::tests::series;

    #[test]
    fn a_centred_filter_reaches_to_both_sides() {
        assert_eq!(series("series_fir", &["[0,0,9,0,0]", "[1,1,1]", "true", "true"]), "[0.0,3.0,3.0,3.0,0.0]");
        assert_eq!(series("series_fir", &["[0,0,9,0,0]", "[1,1,1]"]), "[0.0,0.0,3.0,3.0,3.0]");
        assert_eq!(series("series_fir", &["[1,2]", "[1,-1]", "true"]), "Null(Dynamic)");
    }

    #[test]
    fn a_recursive_filter_needs_a_first_denominator() {
        assert_eq!(series("series_iir", &["[1,2,3]", "[1]", "[2,-1]"]), "[0.5,1.25,2.125]");
        assert_eq!(series("series_iir", &["[1]", "[1]", "[0,1]"]), "Null(Dynamic)");
    }
}
