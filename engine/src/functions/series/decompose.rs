//! A series taken apart into season, trend and rest: `series_decompose` and what is found with it, anomalies and
//! forecasts.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, Fields, FunctionSpec, Param};
use rehunt_lang::types::{Type, Value};

use super::fit::Line;
use super::outliers::Kind;
use super::period::{period_of, seasonal};
use super::{cells, optional_long, optional_real, put_reals, reals_in, write};
use crate::functions::signature::{array, integer, number, signature, string};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

/// The score from which a season that was found counts, unless another is given.
const SEASONALITY_THRESHOLD: f64 = 0.6;

/// The score from which an element is an anomaly, unless another is given.
const THRESHOLD: f64 = 1.5;

const SEASONALITY: Param = integer("seasonality");
const TREND: Param = string("trend");
const TEST_POINTS: Param = integer("test_points");
const SEASONALITY_SCORE: Param = number("seasonality_threshold");

/// `series_decompose(series [, seasonality [, trend [, test_points [, seasonality_threshold]]]])`
pub static SERIES_DECOMPOSE: Function = Function {
    spec: FunctionSpec {
        name: "series_decompose",
        overloads: &[signature(&[array("series")], Type::Dynamic).optional(&[
            SEASONALITY,
            TREND,
            TEST_POINTS,
            SEASONALITY_SCORE,
        ])],
        fields: Fields::Named(&[
            ("baseline", Type::Dynamic),
            ("seasonal", Type::Dynamic),
            ("trend", Type::Dynamic),
            ("residual", Type::Dynamic),
        ]),
        summary: "Takes a series apart: what is expected (season and trend), the season (medians at each place of the \
                  period, which is found, given, or with 0 left out), the trend (`avg`, `linefit` or `none`) and the rest; \
                  a column each. The last `test_points` elements are not learned from.",
        examples: &[Example {
            query: "print series_decompose(dynamic([1, 5, 3, 1, 5, 9]), 3)",
            answer: "[1.0,5.0,6.0,1.0,5.0,6.0] | [1.0,5.0,6.0,1.0,5.0,6.0] | [0.0,0.0,0.0,0.0,0.0,0.0] | [0.0,0.0,-3.0,0.0,0.0,3.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let trend = Trend::of(prepare, 2)?;
        Ok(Arc::new(move |args| {
            parts(args, trend, Places { seasonality: 1, test_points: 3, threshold: 4 }, |parts, _, _, out| {
                out.begin_array();
                put_reals(out, parts.baseline());
                put_reals(out, parts.seasonal.iter().copied());
                put_reals(out, parts.trend.iter().copied());
                put_reals(out, parts.residual());
                out.end_array();
                Some(())
            })
        }))
    }),
};

/// `series_decompose_forecast(series, points [, seasonality [, trend [, seasonality_threshold]]])`
pub static SERIES_DECOMPOSE_FORECAST: Function = Function {
    spec: FunctionSpec {
        name: "series_decompose_forecast",
        overloads: &[signature(&[array("series"), integer("points")], Type::Dynamic).optional(&[
            SEASONALITY,
            TREND,
            SEASONALITY_SCORE,
        ])],
        summary: "Predicts a series, the last points of which are not learned from, by its season and trend: see \
                  `series_decompose`.",
        examples: &[Example {
            query: "print series_decompose_forecast(dynamic([1, 2, 3, 4, 0, 0]), 2, 0, 'linefit')",
            answer: "[1.0,2.0,3.0,4.0,5.0,6.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let trend = Trend::of(prepare, 3)?;
        Ok(Arc::new(move |args| {
            parts(args, trend, Places { seasonality: 2, test_points: 1, threshold: 4 }, |parts, _, _, out| {
                put_reals(out, parts.baseline());
                Some(())
            })
        }))
    }),
};

/// `series_decompose_anomalies(series [, threshold [, seasonality [, trend [, test_points [, method [, ...]]]]]])`
pub static SERIES_DECOMPOSE_ANOMALIES: Function = Function {
    spec: FunctionSpec {
        name: "series_decompose_anomalies",
        overloads: &[signature(&[array("series")], Type::Dynamic).optional(&[
            number("threshold"),
            SEASONALITY,
            TREND,
            TEST_POINTS,
            string("ad_method"),
            SEASONALITY_SCORE,
        ])],
        fields: Fields::Named(&[("ad_flag", Type::Dynamic), ("ad_score", Type::Dynamic), ("baseline", Type::Dynamic)]),
        summary: "Finds anomalies in what `series_decompose` leaves of a series: 1 above, -1 below, 0 for none, where the \
                  score of `series_outliers` passes a threshold, 1.5 unless given; then the scores, and what was expected; \
                  a column each.",
        examples: &[Example {
            query: "print (flags) = series_decompose_anomalies(dynamic([5, 6, 5, 6, 5, 60, 5, 6, 5, 6, 5, 6]))",
            answer: "[0,0,0,0,0,1,0,0,0,0,0,0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(anomalies),
};

fn anomalies(prepare: &Prepare) -> Result<Prepared, String> {
    let trend = Trend::of(prepare, 3)?;
    let kind = match prepare.constant(5) {
        Some(Value::String(kind)) => Kind::of(kind)?,
        _ => Kind::Custom,
    };
    Ok(Arc::new(move |args| {
        let threshold = optional_real(args, 1)?;
        let places = Places { seasonality: 2, test_points: 4, threshold: 6 };
        parts(args, trend, places, |parts, row, test_points, out| {
            let threshold = threshold(row).unwrap_or(THRESHOLD);
            let residual: Vec<f64> = parts.residual().collect();
            let scores = kind.range(None, None)?.scores(&residual, test_points);
            out.begin_array();
            out.begin_array();
            scores.iter().for_each(|score| out.long(i64::from(*score > threshold) - i64::from(*score < -threshold)));
            out.end_array();
            put_reals(out, scores);
            put_reals(out, parts.baseline());
            out.end_array();
            Some(())
        })
    }))
}

/// Where a function has the arguments they share.
struct Places {
    seasonality: usize,
    test_points: usize,
    threshold: usize,
}

/// Takes each series apart and writes what is asked of it: the parts, the row, the number of test points.
fn parts(
    args: &Args,
    trend: Trend,
    places: Places,
    put: impl Fn(&Parts, usize, usize, &mut crate::dynamic::Builder) -> Option<()>,
) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    let seasonality = optional_long(args, places.seasonality)?;
    let test_points = optional_long(args, places.test_points)?;
    let threshold = optional_real(args, places.threshold)?;
    write(args, |row, out| {
        let series = reals_in(&series, row)?;
        let test_points = usize::try_from(test_points(row).unwrap_or(0)).unwrap_or(0).min(series.len());
        let learned = series.len() - test_points;
        let least = threshold(row).unwrap_or(SEASONALITY_THRESHOLD);
        let period = period_of(series.get(..learned)?, seasonality(row).unwrap_or(-1), least);
        put(&Parts::of(series, learned, period, trend), row, test_points, out)
    })
}

/// How the trend of a series is taken.
#[derive(Clone, Copy, Debug)]
enum Trend {
    Average,
    Line,
    None,
}

impl Trend {
    fn of(prepare: &Prepare, i: usize) -> Result<Self, String> {
        let Some(Value::String(word)) = prepare.constant(i) else { return Ok(Trend::Average) };
        match word.to_ascii_lowercase().as_str() {
            "" | "avg" => Ok(Trend::Average),
            "linefit" => Ok(Trend::Line),
            "none" => Ok(Trend::None),
            _ => Err(format!("`{word}` is no trend: `avg`, `linefit` and `none` are")),
        }
    }
}

/// A series taken apart.
struct Parts {
    series: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
}

impl Parts {
    /// Learns from the first elements: the season, then the trend of what is left without it.
    fn of(series: Vec<f64>, learned: usize, period: Option<usize>, trend: Trend) -> Self {
        let seasonal = seasonal(&series, learned, period);
        let without: Vec<f64> = series.iter().zip(&seasonal).take(learned).map(|(x, s)| x - s).collect();
        let known: Vec<f64> = without.iter().copied().filter(|n| n.is_finite()).collect();
        let average = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let trend = match trend {
            Trend::None => vec![0.0; series.len()],
            Trend::Average => vec![average; series.len()],
            Trend::Line => {
                // What is missing stands at the mean: it bends the line least.
                let filled: Vec<f64> = without.iter().map(|n| if n.is_finite() { *n } else { average }).collect();
                match filled.is_empty() {
                    true => vec![0.0; series.len()],
                    false => {
                        let line = Line::of(&filled);
                        (1..=series.len()).map(|x| line.interception + line.slope * x as f64).collect()
                    }
                }
            }
        };
        Self { series, seasonal, trend }
    }

    fn baseline(&self) -> impl Iterator<Item = f64> {
        self.seasonal.iter().zip(&self.trend).map(|(s, t)| s + t)
    }

    fn residual(&self) -> impl Iterator<Item = f64> {
        self.series.iter().zip(self.baseline()).map(|(x, b)| x - b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::series::tests::series;

    #[test]
    fn a_season_and_a_line_explain_a_series_made_of_them() {
        let made: Vec<f64> = (0..48).map(|i| f64::from([0, 5, 9, 2][i % 4]) + 100.0).collect();
        let period = period_of(&made, -1, SEASONALITY_THRESHOLD);
        assert_eq!(period, Some(4));
        let parts = Parts::of(made, 40, period, Trend::Average);
        assert!(parts.residual().all(|r| r.abs() < 1e-9));
    }

    #[test]
    fn the_points_to_forecast_are_not_learned_from() {
        assert_eq!(
            series("series_decompose_forecast", &["[1,2,3,4,99,99]", "2", "0", "linefit"]),
            "[1.0,2.0,3.0,4.0,5.0,6.0]"
        );
        assert_eq!(series("series_decompose_forecast", &["[4,6,0]", "1", "0"]), "[5.0,5.0,5.0]");
        assert_eq!(series("series_decompose_forecast", &["[]", "3"]), "[]");
    }
}
