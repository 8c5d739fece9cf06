//! `series_fit_poly`: a polynomial through a series.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, Fields, FunctionSpec, Param};
use rehunt_lang::types::Type;

use super::fit::{per_sample, share};
use super::{cells, optional_long, put_real, put_reals, reals_in, write};
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

/// Beyond this, powers of reals say nothing any more.
const MAX_DEGREE: i64 = 20;

/// `series_fit_poly(y_series [, x_series [, degree]])`
pub static SERIES_FIT_POLY: Function = Function {
    spec: FunctionSpec {
        name: "series_fit_poly",
        overloads: &[signature(&[array("y_series")], Type::Dynamic)
            .optional(&[array("x_series"), Param::new("degree", Accepts::Integer)])],
        fields: Fields::Named(&[
            ("rsquare", Type::Real),
            ("coefficients", Type::Dynamic),
            ("variance", Type::Real),
            ("rvariance", Type::Real),
            ("poly_fit", Type::Dynamic),
        ]),
        summary: "Fits a polynomial of a degree, 1 unless given, to a series at places x, 1, 2, ... unless given: how well \
                  it fits, its coefficients from the highest power down, the variance of the series and of what is \
                  left of it, and the values of the polynomial; a column each.",
        examples: &[Example {
            query: "print (fit, coefficients) = series_fit_poly(dynamic([1, 4, 9, 16]), dynamic([1, 2, 3, 4]), 2) | extend a = round(toreal(coefficients[0]), 6) | project fit, a",
            answer: "1.0 | 1.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(fit_poly),
};

fn fit_poly(args: &Args) -> Result<ColumnarValue> {
    let ys = cells(args, 0)?;
    let xs = if args.len() > 1 { Some(cells(args, 1)?) } else { None };
    let degree = optional_long(args, 2)?;
    write(args, |row, out| {
        let y = reals_in(&ys, row)?;
        let x = match &xs {
            Some(xs) => reals_in(xs, row)?,
            None => (1..=y.len()).map(|x| x as f64).collect(),
        };
        let degree = degree(row).unwrap_or(1);
        if x.len() != y.len() || x.iter().chain(&y).any(|n| !n.is_finite()) || !(0..=MAX_DEGREE).contains(&degree) {
            return None;
        }
        let coefficients = least_squares(&x, &y, usize::try_from(degree).ok()?)?;
        let fitted: Vec<f64> = x.iter().map(|x| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)).collect();
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let squares = y.iter().map(|y| (y - mean) * (y - mean)).sum();
        let residual = y.iter().zip(&fitted).map(|(y, f)| (y - f) * (y - f)).sum();
        out.begin_array();
        put_real(out, share(squares, residual));
        put_reals(out, coefficients.iter().rev().copied());
        put_real(out, per_sample(squares, y.len()));
        put_real(out, per_sample(residual, y.len()));
        put_reals(out, fitted);
        out.end_array();
        Some(())
    })
}

/// The coefficients from the lowest power up; nothing where the points are too few. Polynomials that are orthogonal
/// on these points keep the equations apart where plain powers would all be alike.
fn least_squares(x: &[f64], y: &[f64], degree: usize) -> Option<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(degree + 1);
    let mut powers: Vec<Vec<f64>> = Vec::with_capacity(degree + 1);
    let mut coefficients = vec![0.0; degree + 1];
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    for n in 0..=degree {
        // The next one: x times the last, less what it shares with those before. Twice, against rounding.
        let (mut values, mut power) = match (basis.last(), powers.last()) {
            (Some(values), Some(power)) => {
                let shifted = std::iter::once(0.0).chain(power.iter().copied()).take(degree + 1).collect();
                (values.iter().zip(x).map(|(v, x)| v * x).collect::<Vec<f64>>(), shifted)
            }
            _ => (vec![1.0; x.len()], (0..=degree).map(|i| f64::from(u8::from(i == 0))).collect::<Vec<f64>>()),
        };
        let before = dot(&values, &values).sqrt();
        for _ in 0..2 {
            for (other, other_power) in basis.iter().zip(&powers) {
                let shared = dot(&values, other);
                values.iter_mut().zip(other).for_each(|(v, o)| *v -= shared * o);
                power.iter_mut().zip(other_power).for_each(|(p, o)| *p -= shared * o);
            }
        }
        let norm = dot(&values, &values).sqrt();
        // What is left of rounding alone is no new direction.
        if n >= x.len() || norm.is_nan() || norm <= before * 1e-12 {
            return None;
        }
        values.iter_mut().chain(&mut power).for_each(|v| *v /= norm);
        let share = dot(&values, y);
        coefficients.iter_mut().zip(&power).for_each(|(c, p)| *c += share * p);
        basis.push(values);
        powers.push(power);
    }
    Some(coefficients)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn finds_the_polynomial_it_was_made_from() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 40.0 - 2.3).collect();
        let y: Vec<f64> = x.iter().map(|x| x.powi(5) - 8.0 * x.powi(3) + 10.0 * x + 6.0).collect();
        let found = least_squares(&x, &y, 5).unwrap();
        for (found, wanted) in found.iter().zip([6.0, 10.0, 0.0, -8.0, 0.0, 1.0]) {
            assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
        }
        assert!(least_squares(&[1.0, 1.0], &[1.0, 2.0], 1).is_none());
        assert!(least_squares(&[], &[], 0).is_none());
    }
}
