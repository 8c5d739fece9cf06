//! `series_outliers`: how far each element lies outside the range of most.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload};
use rehunt_lang::types::{Type, Value};

use super::{cells, optional_long, optional_real, put_reals, reals_in, write};
use crate::functions::signature::{array, long, number, signature, string};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

const OVERLOADS: &[Overload] = &[signature(&[array("series")], Type::Dynamic).optional(&[
    string("kind"),
    number("ignore_val"),
    number("min_percentile"),
    number("max_percentile"),
    long("test_points"),
])];

/// `series_outliers(series [, kind [, ignore_val [, min_percentile [, max_percentile]]]])`
pub static SERIES_OUTLIERS: Function = Function {
    spec: FunctionSpec {
        name: "series_outliers",
        overloads: OVERLOADS,
        naming: Naming::FirstArgument,
        summary: "Scores each element by Tukey's test: 0 between two percentiles of the series, beyond them the distance \
                  in units of their range; above 1.5 or below -1.5 is an anomaly. `tukey` takes the quartiles, `ctukey` \
                  the percentiles 10 and 90 or those given, and scales its scores to mean the same.",
        examples: &[Example {
            query: "print series_outliers(dynamic([1, 2, 3, 4, 5, 20]), 'tukey')",
            answer: "[-0.5,-0.1,0.0,0.0,0.1,6.1]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(outliers),
};

fn outliers(prepare: &Prepare) -> Result<Prepared, String> {
    let kind = match prepare.constant(1) {
        Some(Value::String(kind)) => Kind::of(kind)?,
        _ => Kind::Custom,
    };
    Ok(Arc::new(move |args| scored(args, kind)))
}

fn scored(args: &Args, kind: Kind) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    let (ignored, low, high) = (optional_real(args, 2)?, optional_real(args, 3)?, optional_real(args, 4)?);
    let test_points = optional_long(args, 5)?;
    write(args, |row, out| {
        let mut series = reals_in(&series, row)?;
        if let Some(ignored) = ignored(row) {
            series.iter_mut().filter(|n| **n == ignored).for_each(|n| *n = f64::NAN);
        }
        let range = kind.range(low(row), high(row))?;
        let test_points = usize::try_from(test_points(row).unwrap_or(0)).unwrap_or(0);
        put_reals(out, range.scores(&series, test_points));
        Some(())
    })
}

/// Which percentiles count as normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// The quartiles.
    Tukey,
    /// Percentiles 10 and 90, or others.
    Custom,
}

impl Kind {
    /// Reads the word for a kind.
    pub fn of(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "tukey" => Ok(Kind::Tukey),
            "" | "ctukey" => Ok(Kind::Custom),
            _ => Err(format!("`{word}` is no way to find outliers: `tukey` and `ctukey` are")),
        }
    }

    /// The range of normal values; nothing for percentiles outside 2 to 98 or in the wrong order.
    pub fn range(self, low: Option<f64>, high: Option<f64>) -> Option<Normal> {
        let (low, high) = match self {
            Kind::Tukey => (25.0, 75.0),
            Kind::Custom => (low.unwrap_or(10.0), high.unwrap_or(90.0)),
        };
        let fits = 2.0 <= low && low < high && high <= 98.0;
        fits.then(|| Normal { low, high, scale: scale(low, high) })
    }
}

/// The percentiles between which a value is normal, and what scores beyond them are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normal {
    low: f64,
    high: f64,
    scale: f64,
}

/// What makes a score of 1.5 mean the same on a normal distribution whatever the percentiles. For 10 and 90 it is
/// what the engine answered (github.com/microsoft/Kusto-Query-Language/issues/136 and the scores printed there), which
/// rounds on the way; for others it is worked out.
fn scale(low: f64, high: f64) -> f64 {
    if (low, high) == (25.0, 75.0) {
        return 1.0;
    }
    if (low, high) == (10.0, 90.0) {
        return 2.772_605_605_507_915;
    }
    let mild = 4.0 * quantile(0.75);
    let (low, high) = (quantile(low / 100.0), quantile(high / 100.0));
    1.5 * (high - low) / (mild - high)
}

impl Normal {
    /// Scores a series, whose last `test_points` elements do not count for the percentiles. What is missing scores 0.
    /// Where the percentiles are equal there is no range to measure by: whatever differs is infinitely far.
    pub fn scores(self, series: &[f64], test_points: usize) -> Vec<f64> {
        let learned = series.get(..series.len().saturating_sub(test_points)).unwrap_or_default();
        let mut sorted: Vec<f64> = learned.iter().copied().filter(|n| n.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (percentile(&sorted, self.low), percentile(&sorted, self.high)) else {
            return vec![0.0; series.len()];
        };
        let range = high - low;
        let score = |value: &f64| {
            let beyond = if *value > high { value - high } else { (value - low).min(0.0) };
            match beyond == 0.0 || value.is_nan() {
                true => 0.0,
                false => beyond / range * self.scale,
            }
        };
        series.iter().map(score).collect()
    }
}

/// A percentile of sorted values, between two of them along the line.
fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * (sorted.len().checked_sub(1)?) as f64;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

/// The quantile of the standard normal distribution, found by halving on its distribution function.
fn quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        match 0.5 * (1.0 + libm::erf(middle / std::f64::consts::SQRT_2)) < share {
            true => low = middle,
            false => high = middle,
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn scores_are_those_the_engine_printed() {
        // The series and scores of the question that the issue in `scale` answers.
        let series = [-3.0, 2.4, 15.0, 3.9, 5.0, 6.0, 4.5, 5.2, 3.0, 4.0, 5.0, 16.0, 7.0, 5.0, 5.0, 4.0];
        let scores = Kind::Custom.range(None, None).unwrap().scores(&series, 0);
        for (at, wanted) in
            [(0, -1.904_078_548_360_857), (1, -0.100_214_660_440_045), (2, 1.336_195_472_533_934), (5, 0.0)]
        {
            assert!((scores[at] - wanted).abs() < 1e-12, "{at}: {}", scores[at]);
        }
    }

    #[test]
    fn percentiles_need_room_between_them() {
        assert!(Kind::Custom.range(Some(90.0), Some(10.0)).is_none());
        assert!(Kind::Custom.range(Some(1.0), None).is_none());
        assert!((quantile(0.75) - 0.674_489_750_196_081_7).abs() < 1e-9);
        let flat = Kind::Custom.range(None, None).unwrap().scores(&[5.0, 5.0, f64::NAN, 5.0, 9.0], 1);
        assert_eq!(flat, [0.0, 0.0, 0.0, 0.0, f64::INFINITY]);
    }
}
