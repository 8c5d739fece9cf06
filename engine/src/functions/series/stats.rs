//! `series_stats`, `series_stats_dynamic`: what is commonly asked of the numbers of a series.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, Fields, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::{cells, optional_bool, put_real, reals_in, write};
use crate::dynamic::Builder;
use crate::functions::signature::{array, boolean, signature};
use crate::functions::{Args, Body, Function};

const OVERLOADS: &[Overload] =
    &[signature(&[array("series")], Type::Dynamic).optional(&[boolean("ignore_nonfinite").constant()])];

/// `series_stats(series [, ignore_nonfinite])`
pub static SERIES_STATS: Function = Function {
    spec: FunctionSpec {
        name: "series_stats",
        overloads: OVERLOADS,
        fields: Fields::Named(&[
            ("min", Type::Real),
            ("min_idx", Type::Long),
            ("max", Type::Real),
            ("max_idx", Type::Long),
            ("avg", Type::Real),
            ("stdev", Type::Real),
            ("variance", Type::Real),
        ]),
        summary: "Gives the least number of a series, its 0-based place, the greatest, its place, the mean, and the \
                  standard deviation and variance of a sample: a column each. Null if something is no finite number, \
                  unless that is to be ignored.",
        examples: &[Example {
            query: "print series_stats(dynamic([3, 1, 5]))",
            answer: "1.0 | 1 | 5.0 | 2 | 3.0 | 2.0 | 4.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        stats(args, |stats, out| {
            out.begin_array();
            stats.common(|_, value| value.put(out));
            out.end_array();
        })
    }),
};

/// `series_stats_dynamic(series [, ignore_nonfinite])`
pub static SERIES_STATS_DYNAMIC: Function = Function {
    spec: FunctionSpec {
        name: "series_stats_dynamic",
        overloads: OVERLOADS,
        summary: "As `series_stats`, in a property bag, with the sum and the length of the series.",
        examples: &[Example { query: "print series_stats_dynamic(dynamic([10, 20])).avg", answer: "15.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        stats(args, |stats, out| {
            out.begin_bag();
            let mut slot = |name: &str, value: Stat| {
                out.key(name);
                value.put(out);
            };
            stats.common(&mut slot);
            slot("sum", Stat::Real(stats.sum));
            slot("len", Stat::Long(stats.length));
            out.end_bag();
        })
    }),
};

enum Stat {
    Real(f64),
    Long(usize),
}

impl Stat {
    fn put(self, out: &mut Builder) {
        match self {
            Stat::Real(value) => put_real(out, value),
            Stat::Long(value) => out.long(value as i64),
        }
    }
}

struct Stats {
    min: (usize, f64),
    max: (usize, f64),
    avg: f64,
    variance: f64,
    sum: f64,
    length: usize,
}

impl Stats {
    /// Nothing for a series without finite numbers, or with anything else.
    fn of(series: &[f64], ignore_nonfinite: bool) -> Option<Self> {
        if !ignore_nonfinite && series.iter().any(|n| !n.is_finite()) {
            return None;
        }
        let finite = || series.iter().copied().enumerate().filter(|(_, n)| n.is_finite());
        // The first of equals.
        let min = finite().reduce(|best, next| if next.1 < best.1 { next } else { best })?;
        let max = finite().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        let count = finite().count() as f64;
        let sum: f64 = finite().map(|(_, n)| n).sum();
        let avg = sum / count;
        let squares: f64 = finite().map(|(_, n)| (n - avg) * (n - avg)).sum();
        let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
        Some(Self { min, max, avg, variance, sum, length: series.len() })
    }

    fn common(&self, mut put: impl FnMut(&str, Stat)) {
        put("min", Stat::Real(self.min.1));
        put("min_idx", Stat::Long(self.min.0));
        put("max", Stat::Real(self.max.1));
        put("max_idx", Stat::Long(self.max.0));
        put("avg", Stat::Real(self.avg));
        put("stdev", Stat::Real(self.variance.sqrt()));
        put("variance", Stat::Real(self.variance));
    }
}

fn stats(args: &Args, put: impl Fn(&Stats, &mut Builder)) -> Result<ColumnarValue> {
    let series = cells(args, 0)?;
    let ignore_nonfinite = optional_bool(args, 1)?;
    write(args, |row, out| {
        put(&Stats::of(&reals_in(&series, row)?, ignore_nonfinite(row).unwrap_or(false))?, out);
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::series::tests::series;

    #[test]
    fn what_is_not_finite_makes_all_null_or_is_ignored() {
        assert_eq!(series("series_stats", &["[4,null,2]"]), "Null(Dynamic)");
        assert_eq!(
            series("series_stats", &["[4,null,2,\"Infinity\"]", "true"]),
            "[2.0,2,4.0,0,3.0,1.4142135623730951,2.0]"
        );
        assert_eq!(series("series_stats", &["[]"]), "Null(Dynamic)");
        assert_eq!(series("series_stats", &["[7,7]"]), "[7.0,0,7.0,0,7.0,0.0,0.0]");
    }
}
