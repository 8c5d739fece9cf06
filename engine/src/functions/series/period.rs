//! Periods of a series: `series_periods_detect`, `series_periods_validate`, `series_seasonal`.
//!
//! How the engine scores a period is not published. Here the strong frequencies of the series name stretches of lags,
//! the lag in each at which the series is most like itself is a period, and its score is how far that likeness stands
//! above the valleys beside it. Periods come out as documented; scores differ in the third digit.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, Fields, FunctionSpec};
use rehunt_lang::types::Type;

use super::{cells, fourier, optional_long, put_reals, reals_in, write};
use crate::functions::signature::{array, integer, long, number, signature};
use crate::functions::{Args, Body, Function};

/// A period has at least so many points; and at most half of the series.
const MIN_PERIOD: usize = 4;

/// The score from which `series_seasonal` takes a period for real.
const SEASONAL_SCORE: f64 = 0.7;

/// Periods that one call gives, at most.
const MAX_PERIODS: usize = 16;

const FIELDS: Fields = Fields::Named(&[("periods", Type::Dynamic), ("scores", Type::Dynamic)]);

/// `series_periods_detect(series, min_period, max_period, num_periods)`
pub static SERIES_PERIODS_DETECT: Function = Function {
    spec: FunctionSpec {
        name: "series_periods_detect",
        overloads: &[signature(
            &[array("series"), number("min_period"), number("max_period"), long("num_periods")],
            Type::Dynamic,
        )],
        fields: FIELDS,
        summary: "Finds the periods of a series between two lengths, the most significant first, and their scores from 0 \
                  to 1: a column each, filled up with zeros. A period has at least 4 points and at most half of the \
                  series.",
        examples: &[Example {
            query: "print (periods) = series_periods_detect(dynamic([2, 5, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1]), 0, 12, 2)",
            answer: "[6.0,0.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(detect),
};

fn detect(args: &Args) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    let (least, most, count) = (args.real(1)?, args.real(2)?, args.long(3)?);
    write(args, |row, out| {
        let series = reals_in(&series, row)?;
        let count = usize::try_from(count.at(row)?).ok()?.min(MAX_PERIODS);
        let mut found = periods(&series, least.at(row)?, most.at(row)?);
        found.resize(count, (0, 0.0));
        out.begin_array();
        put_reals(out, found.iter().map(|(period, _)| *period as f64));
        put_reals(out, found.iter().map(|(_, score)| *score));
        out.end_array();
        Some(())
    })
}

/// `series_periods_validate(series, period, ...)`
pub static SERIES_PERIODS_VALIDATE: Function = Function {
    spec: FunctionSpec {
        name: "series_periods_validate",
        overloads: &[signature(&[array("series"), number("period")], Type::Dynamic).repeated(&[number("period")])],
        fields: FIELDS,
        summary: "Scores given periods of a series from 0 to 1: the periods and their scores, a column each. A period \
                  below 4 or above half of the series scores 0.",
        examples: &[Example {
            query: "print (periods) = series_periods_validate(dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]), 4, 5)",
            answer: "[4.0,5.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(validate),
};

fn validate(args: &Args) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    let given = (1..args.len()).map(|i| args.real(i)).collect::<Result<Vec<_>>>()?;
    write(args, |row, out| {
        let likeness = Likeness::of(&reals_in(&series, row)?);
        let given: Vec<f64> = given.iter().map(|period| period.at(row).unwrap_or(f64::NAN)).collect();
        out.begin_array();
        put_reals(out, given.iter().copied());
        put_reals(out, given.iter().map(|period| likeness.score(period.round() as usize)));
        out.end_array();
        Some(())
    })
}

/// `series_seasonal(series [, period])`
pub static SERIES_SEASONAL: Function = Function {
    spec: FunctionSpec {
        name: "series_seasonal",
        overloads: &[signature(&[array("series")], Type::Dynamic).optional(&[integer("period")])],
        summary: "Gives each element the median of all that stand at its place in the period. The period is given or \
                  found; without one all is 0.",
        examples: &[Example {
            query: "print series_seasonal(dynamic([1, 3, 5, 2, 4, 6]), 3)",
            answer: "[1.5,3.5,5.5,1.5,3.5,5.5]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let period = optional_long(args, 1)?;
        let series = cells(args, 0)?;
        write(args, |row, out| {
            let series = reals_in(&series, row)?;
            let period = period_of(&series, period(row).unwrap_or(-1), SEASONAL_SCORE);
            put_reals(out, seasonal(&series, series.len(), period));
            Some(())
        })
    }),
};

/// The period to take: as given, or with -1 the most significant one that scores enough.
pub(super) fn period_of(series: &[f64], given: i64, least_score: f64) -> Option<usize> {
    match given {
        -1 => {
            let best = periods(series, 0.0, series.len() as f64).into_iter().next();
            best.filter(|(_, score)| *score >= least_score).map(|(period, _)| period)
        }
        period => usize::try_from(period).ok().filter(|period| *period > 0),
    }
}

/// The median at each place of the period, over the first `learned` elements; zeros without a period.
pub(super) fn seasonal(series: &[f64], learned: usize, period: Option<usize>) -> Vec<f64> {
    let Some(period) = period else { return vec![0.0; series.len()] };
    let learned = series.get(..learned).unwrap_or(series);
    let phases: Vec<f64> = (0..period.min(series.len()))
        .map(|phase| median(learned.iter().copied().skip(phase).step_by(period).filter(|n| !n.is_nan()).collect()))
        .collect();
    (0..series.len()).map(|i| phases.get(i % period).copied().unwrap_or(0.0)).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (0, Some(below), Some(above)) => f64::midpoint(*below, *above),
        (_, _, Some(value)) => *value,
        _ => 0.0,
    }
}

/// The periods of a series within bounds, with their scores, best first.
fn periods(series: &[f64], least: f64, most: f64) -> Vec<(usize, f64)> {
    let length = series.len();
    if length < 2 * MIN_PERIOD {
        return Vec::new();
    }
    let likeness = Likeness::of(series);
    let powers = fourier::powers(&likeness.centred);
    // In noise, powers are spread so that the strongest of n is about ln(n) times the mean.
    let mean = powers.iter().skip(1).sum::<f64>() / (powers.len() - 1) as f64;
    let strong = mean * (powers.len() as f64).ln();
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (frequency, _) in powers.iter().enumerate().skip(1).filter(|(_, power)| **power > strong) {
        let Some(period) = likeness.best_between(length / (frequency + 1), length / (frequency - 1).max(1) + 1) else {
            continue;
        };
        let score = likeness.score(period);
        let within = (least..=most).contains(&(period as f64));
        if score > 0.0 && within && found.iter().all(|(other, _)| *other != period) {
            found.push((period, score));
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // Twice a period is no other period.
    let mut kept: Vec<(usize, f64)> = Vec::new();
    for (period, score) in found {
        if kept.iter().all(|(other, _)| !period.is_multiple_of(*other)) {
            kept.push((period, score));
        }
    }
    kept
}

/// How like a series is to itself, shifted by each lag: 1 is equal.
struct Likeness {
    centred: Vec<f64>,
    /// By lag, up to half of the series.
    at: Vec<f64>,
    /// What chance alone reaches.
    chance: f64,
}

impl Likeness {
    fn of(series: &[f64]) -> Self {
        let known = || series.iter().copied().filter(|n| n.is_finite());
        let mean = known().sum::<f64>() / (known().count().max(1)) as f64;
        // What is missing is as the mean.
        let centred: Vec<f64> = series.iter().map(|n| if n.is_finite() { n - mean } else { 0.0 }).collect();
        let products = fourier::self_products(&centred);
        let length = series.len() as f64;
        let whole = products.first().copied().unwrap_or(0.0);
        let likeness = |(lag, product): (usize, &f64)| match whole > 0.0 {
            // For each lag there are fewer pairs; each counts the same.
            true => product / whole * (length - 1.0) / (length - lag as f64 - 1.0),
            false => 0.0,
        };
        let at = products.iter().enumerate().take(series.len() / 2 + 1).map(likeness).collect();
        Self { centred, at, chance: 1.96 / length.sqrt() }
    }

    /// The lag in a stretch at which the series is most like itself.
    fn best_between(&self, low: usize, high: usize) -> Option<usize> {
        let low = low.max(MIN_PERIOD);
        let stretch = self.at.iter().enumerate().take(high + 1).skip(low);
        stretch.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(lag, _)| lag)
    }

    /// How far a lag stands out: 0 unless it is a peak, with slopes on both sides, that chance does not explain.
    fn score(&self, lag: usize) -> f64 {
        let (Some(left), Some(peak), Some(right)) =
            (self.at.get(..lag), self.at.get(lag), self.at.get(lag.saturating_add(1)..))
        else {
            return 0.0;
        };
        let is_peak = left.last().is_some_and(|l| l < peak) && right.first().is_some_and(|r| r < peak);
        if lag < MIN_PERIOD || !is_peak || *peak < self.chance {
            return 0.0;
        }
        let valleys = f64::midpoint(valley(*peak, left.iter().rev()), valley(*peak, right.iter()));
        (peak - valleys).clamp(0.0, 1.0)
    }
}

/// Goes down from a peak until it rises again.
fn valley<'a>(peak: f64, slope: impl Iterator<Item = &'a f64>) -> f64 {
    let mut last = peak;
    for value in slope {
        if *value > last {
            break;
        }
        last = *value;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::series::tests::series;

    /// The traffic of a month, twice a day, from the reference page of `series_periods_validate`.
    const TRAFFIC: &str = "[80,139,87,110,68,54,50,51,53,133,86,141,97,156,94,149,95,140,77,61,50,54,47,133,72,152,94,148,\
        105,162,101,160,87,63,53,55,54,151,103,189,108,183,113,175,113,178,90,71,62,62,65,165,109,181,115,182,121,178,114,170]";

    fn numbers(text: &str) -> Vec<f64> {
        text.trim_matches(['[', ']']).split(',').filter_map(|n| n.trim().parse().ok()).collect()
    }

    #[test]
    fn a_week_is_found_and_five_days_are_not() {
        let found = periods(&numbers(TRAFFIC), 0.0, 50.0);
        assert_eq!(found.iter().map(|(period, _)| *period).collect::<Vec<_>>(), [14]);
        let likeness = Likeness::of(&numbers(TRAFFIC));
        assert!((likeness.score(14) - 0.8405).abs() < 0.001, "{}", likeness.score(14));
        assert_eq!([10, 2, 40, usize::MAX].map(|lag| likeness.score(lag)), [0.0; 4]);
    }

    #[test]
    fn seasons_are_medians_and_short_series_have_none() {
        let five = "[8,12,14,12,10,10,12,14,12,10,10,12,14,12,10,10,12,14,12,10]";
        assert!(series("series_seasonal", &[five]).starts_with("[10.0,12.0,14.0,12.0,10.0,10.0,12.0"));
        assert_eq!(series("series_seasonal", &["[1,3,5,2,4,6,1,3,5,2,4,6]"]), format!("[{}]", ["0.0"; 12].join(",")));
        assert_eq!(series("series_seasonal", &["[1,2]", "9"]), "[1.0,2.0]");
        assert_eq!(series("series_seasonal", &["[1,2]", "0"]), "[0.0,0.0]");
    }

    #[test]
    fn noise_has_no_period() {
        let mut state = 7_u64;
        let noise: Vec<f64> = (0..400)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f64
            })
            .collect();
        assert!(periods(&noise, 0.0, 400.0).iter().all(|(_, score)| *score < 0.6));
        assert!(periods(&[3.0; 50], 0.0, 50.0).is_empty());
    }
}
