//! The beta distribution, and Welch's test, which rests on it.

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::signature::{number, signature};
use crate::functions::{Body, Function};

/// `beta_cdf(x, alpha, beta)`: learn.microsoft.com/kusto/query/beta-cdf-function.
pub static BETA_CDF: Function = Function {
    spec: FunctionSpec {
        name: "beta_cdf",
        overloads: &[signature(&[number("x"), number("alpha"), number("beta")], Type::Real)],
        summary: "Returns the cumulative beta distribution; NaN for an x that is not between 0 and 1.",
        examples: &[Example { query: "print round(beta_cdf(0.5, 2, 2), 9), beta_cdf(1.5, 2, 2)", answer: "0.5 | NaN" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (x, alpha, beta) = (args.real(0)?, args.real(1)?, args.real(2)?);
        args.reals(|row| Some(cdf(x.at(row)?, alpha.at(row)?, beta.at(row)?)))
    }),
};

/// `beta_inv(probability, alpha, beta)`: learn.microsoft.com/kusto/query/beta-inv-function.
pub static BETA_INV: Function = Function {
    spec: FunctionSpec {
        name: "beta_inv",
        overloads: &[signature(&[number("probability"), number("alpha"), number("beta")], Type::Real)],
        summary: "Returns where the cumulative beta distribution has a value; null for what is no probability.",
        examples: &[Example {
            query: "print round(beta_inv(0.5, 3, 3), 9), beta_inv(1.5, 3, 3)",
            answer: "0.5 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (p, alpha, beta) = (args.real(0)?, args.real(1)?, args.real(2)?);
        args.reals(|row| inverse(p.at(row)?, alpha.at(row)?, beta.at(row)?))
    }),
};

/// `beta_pdf(x, alpha, beta)`: learn.microsoft.com/kusto/query/beta-pdf-function.
pub static BETA_PDF: Function = Function {
    spec: FunctionSpec {
        name: "beta_pdf",
        overloads: &[signature(&[number("x"), number("alpha"), number("beta")], Type::Real)],
        summary: "Returns the density of the beta distribution; NaN for an x that is not between 0 and 1.",
        examples: &[Example { query: "print round(beta_pdf(0.5, 2, 2), 9), beta_pdf(-1, 2, 2)", answer: "1.5 | NaN" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (x, alpha, beta) = (args.real(0)?, args.real(1)?, args.real(2)?);
        args.reals(|row| Some(density(x.at(row)?, alpha.at(row)?, beta.at(row)?)))
    }),
};

/// `welch_test(mean1, variance1, count1, mean2, variance2, count2)`:
/// learn.microsoft.com/kusto/query/welch-test-function.
pub static WELCH_TEST: Function = Function {
    spec: FunctionSpec {
        name: "welch_test",
        overloads: &[signature(
            &[
                number("mean1"),
                number("variance1"),
                number("count1"),
                number("mean2"),
                number("variance2"),
                number("count2"),
            ],
            Type::Real,
        )],
        summary: "Returns the p-value of Welch's test: how likely samples of equal means differ as much as these two.",
        examples: &[Example { query: "print welch_test(5, 1, 10, 5, 2, 20)", answer: "1.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let sample = |i: usize| {
            Ok::<_, datafusion::error::DataFusionError>((args.real(i)?, args.real(i + 1)?, args.real(i + 2)?))
        };
        let ((mean1, variance1, count1), (mean2, variance2, count2)) = (sample(0)?, sample(3)?);
        args.reals(|row| {
            let (count1, count2) = (count1.at(row)?, count2.at(row)?);
            let (error1, error2) = (variance1.at(row)? / count1, variance2.at(row)? / count2);
            let both = error1 + error2;
            let square = (mean1.at(row)? - mean2.at(row)?).powi(2) / both;
            let freedom = both * both / (error1 * error1 / (count1 - 1.0) + error2 * error2 / (count2 - 1.0));
            // Both tails of Student's distribution.
            Some(cdf(freedom / (freedom + square), freedom / 2.0, 0.5))
        })
    }),
};

/// The regularized incomplete beta function. For an alpha that is not positive all of the distribution lies at 0, as
/// recorded (the page says NaN).
fn cdf(x: f64, alpha: f64, beta: f64) -> f64 {
    if !(0.0..=1.0).contains(&x) || beta <= 0.0 {
        return f64::NAN;
    }
    if alpha <= 0.0 || x == 1.0 {
        return 1.0;
    }
    if x == 0.0 {
        return 0.0;
    }
    let front = (alpha * x.ln() + beta * (-x).ln_1p() - log_beta(alpha, beta)).exp();
    // The fraction converges fast below the mean only.
    match x < (alpha + 1.0) / (alpha + beta + 2.0) {
        true => front * fraction(x, alpha, beta) / alpha,
        false => 1.0 - front * fraction(1.0 - x, beta, alpha) / beta,
    }
}

fn log_beta(alpha: f64, beta: f64) -> f64 {
    libm::lgamma(alpha) + libm::lgamma(beta) - libm::lgamma(alpha + beta)
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn fraction(x: f64, alpha: f64, beta: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (alpha + beta) * x / (alpha + 1.0));
    let mut value = d;
    for i in 1..10_000 {
        let m = f64::from(i);
        let terms = [
            m * (beta - m) * x / ((alpha + 2.0 * m - 1.0) * (alpha + 2.0 * m)),
            -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2.0 * m) * (alpha + 2.0 * m + 1.0)),
        ];
        let mut step = 1.0;
        for term in terms {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// Finds the x of a probability by halving: the distribution only grows.
fn inverse(p: f64, alpha: f64, beta: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    if !(alpha > 0.0 && beta > 0.0) {
        return Some(f64::NAN);
    }
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return Some(high);
        }
        if cdf(middle, alpha, beta) < p { low = middle } else { high = middle }
    }
}

fn density(x: f64, alpha: f64, beta: f64) -> f64 {
    if !((0.0..=1.0).contains(&x) && alpha > 0.0 && beta > 0.0) {
        return f64::NAN;
    }
    x.powf(alpha - 1.0) * (1.0 - x).powf(beta - 1.0) * (-log_beta(alpha, beta)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_answers_come_back() {
        assert!((cdf(0.9, 10.0, 20.0) - 0.999_999_999_999_959_3).abs() < 1e-14);
        assert_eq!(cdf(0.1, -1.0, 20.0), 1.0);
        assert!((inverse(0.1, 10.0, 20.0).unwrap_or(f64::NAN) - 0.226_415_022_388_748_97).abs() < 1e-12);
        assert!((density(0.5, 10.0, 20.0) - 0.746_176_019_310_951).abs() < 1e-12);
        assert!(inverse(0.1, -1.0, 20.0).is_some_and(f64::is_nan));
    }
}
