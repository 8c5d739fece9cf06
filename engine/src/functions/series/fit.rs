//! Straight lines through a series: one (`series_fit_line`), or two that meet at the best place (`series_fit_2lines`).
//! The elements stand at x = 1, 2, ...: that follows from the fit printed on the reference page.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, Fields, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::{of_series, put_real, put_reals};
use crate::dynamic::Builder;
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

const OVERLOADS: &[Overload] = &[signature(&[array("series")], Type::Dynamic)];

const LINE: &[(&str, Type)] = &[
    ("rsquare", Type::Real),
    ("slope", Type::Real),
    ("variance", Type::Real),
    ("rvariance", Type::Real),
    ("interception", Type::Real),
    ("line_fit", Type::Dynamic),
];

const TWO_LINES: &[(&str, Type)] = &[
    ("rsquare", Type::Real),
    ("split_idx", Type::Long),
    ("variance", Type::Real),
    ("rvariance", Type::Real),
    ("line_fit", Type::Dynamic),
    ("right_rsquare", Type::Real),
    ("right_slope", Type::Real),
    ("right_interception", Type::Real),
    ("right_variance", Type::Real),
    ("right_rvariance", Type::Real),
    ("left_rsquare", Type::Real),
    ("left_slope", Type::Real),
    ("left_interception", Type::Real),
    ("left_variance", Type::Real),
    ("left_rvariance", Type::Real),
];

/// `series_fit_line(series)`
pub static SERIES_FIT_LINE: Function = Function {
    spec: FunctionSpec {
        name: "series_fit_line",
        overloads: OVERLOADS,
        fields: Fields::Named(LINE),
        summary: "Fits a line to a series: how well it fits (0 to 1), its slope, the variance of the series and of what is \
                  left of it, where the line begins, and its points; a column each.",
        examples: &[Example {
            query: "print series_fit_line(dynamic([1, 3, 5]))",
            answer: "1.0 | 2.0 | 4.0 | 0.0 | -1.0 | [1.0,3.0,5.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fit(args, false, one_line)),
};

/// `series_fit_line_dynamic(series)`
pub static SERIES_FIT_LINE_DYNAMIC: Function = Function {
    spec: FunctionSpec {
        name: "series_fit_line_dynamic",
        overloads: OVERLOADS,
        summary: "As `series_fit_line`, in a property bag.",
        examples: &[Example { query: "print series_fit_line_dynamic(dynamic([1, 3, 5])).slope", answer: "2.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fit(args, true, one_line)),
};

/// `series_fit_2lines(series)`
pub static SERIES_FIT_2LINES: Function = Function {
    spec: FunctionSpec {
        name: "series_fit_2lines",
        overloads: OVERLOADS,
        fields: Fields::Named(TWO_LINES),
        summary: "Fits two lines to a series, split where they fit best: the fit, the 0-based place of the split, the \
                  variance of the series and of what is left of it, the points of both lines, then fit, slope, \
                  interception and variances of the right line and of the left; a column each.",
        examples: &[Example {
            query: "print (fit, at) = series_fit_2lines(dynamic([1, 2, 3, 4, 9, 8, 7, 6]))",
            answer: "1.0 | 4",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fit(args, false, two_lines)),
};

/// `series_fit_2lines_dynamic(series)`
pub static SERIES_FIT_2LINES_DYNAMIC: Function = Function {
    spec: FunctionSpec {
        name: "series_fit_2lines_dynamic",
        overloads: OVERLOADS,
        summary: "As `series_fit_2lines`, in a property bag.",
        examples: &[Example {
            query: "print series_fit_2lines_dynamic(dynamic([1, 2, 3, 4, 9, 8, 7, 6])).left_slope",
            answer: "1.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fit(args, true, two_lines)),
};

/// Receives the fields of a fit in order.
type Put<'p> = &'p mut dyn FnMut(&str, Stat);

/// A field of a fit.
enum Stat<'s> {
    Real(f64),
    Long(usize),
    Reals(&'s [f64]),
}

fn fit(args: &Args, bag: bool, f: fn(&[f64], Put) -> Option<()>) -> Result<ColumnarValue> {
    of_series(args, |series, out| {
        if series.is_empty() || series.iter().any(|n| !n.is_finite()) {
            return None;
        }
        let put_stat = |stat: Stat, out: &mut Builder| match stat {
            Stat::Real(n) => put_real(out, n),
            Stat::Long(n) => out.long(n as i64),
            Stat::Reals(all) => put_reals(out, all.iter().copied()),
        };
        if bag {
            out.begin_bag();
            f(&series, &mut |name, stat| {
                out.key(name);
                put_stat(stat, out);
            })?;
            out.end_bag();
        } else {
            out.begin_array();
            f(&series, &mut |_, stat| put_stat(stat, out))?;
            out.end_array();
        }
        Some(())
    })
}

fn one_line(series: &[f64], put: Put) -> Option<()> {
    let line = Line::of(series);
    put("rsquare", Stat::Real(line.rsquare()));
    put("slope", Stat::Real(line.slope));
    put("variance", Stat::Real(line.variance()));
    put("rvariance", Stat::Real(line.rvariance()));
    put("interception", Stat::Real(line.interception));
    put("line_fit", Stat::Reals(&line.points().collect::<Vec<_>>()));
    Some(())
}

fn two_lines(series: &[f64], put: Put) -> Option<()> {
    let split = best_split(series)?;
    let (left, right) = (Line::of(series.get(..split)?), Line::of(series.get(split..)?));
    let whole = Line::of(series);
    let residual = left.residual + right.residual;
    put("rsquare", Stat::Real(share(whole.squares, residual)));
    put("split_idx", Stat::Long(split));
    put("variance", Stat::Real(whole.variance()));
    put("rvariance", Stat::Real(per_sample(residual, series.len())));
    put("line_fit", Stat::Reals(&left.points().chain(right.points()).collect::<Vec<_>>()));
    put("right_rsquare", Stat::Real(right.rsquare()));
    put("right_slope", Stat::Real(right.slope));
    put("right_interception", Stat::Real(right.interception));
    put("right_variance", Stat::Real(right.variance()));
    put("right_rvariance", Stat::Real(right.rvariance()));
    put("left_rsquare", Stat::Real(left.rsquare()));
    put("left_slope", Stat::Real(left.slope));
    put("left_interception", Stat::Real(left.interception));
    put("left_variance", Stat::Real(left.variance()));
    put("left_rvariance", Stat::Real(left.rvariance()));
    Some(())
}

/// Where the right line begins: each part has at least two elements. Sums of all prefixes make this one pass.
fn best_split(series: &[f64]) -> Option<usize> {
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let mut left = vec![Sums::default()];
    for (i, y) in series.iter().enumerate() {
        left.push(left.last().copied().unwrap_or_default().with(i as f64, y - mean));
    }
    let all = left.last().copied()?;
    let residual = |split: usize| Some(left.get(split)?.residual() + all.less(*left.get(split)?).residual());
    (2..series.len().saturating_sub(1))
        .filter_map(|split| Some((split, residual(split)?)))
        .reduce(|best, next| if next.1 < best.1 - 1e-12 * best.1.abs() { next } else { best })
        .map(|(split, _)| split)
}

/// Sums over a stretch of a series.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn with(self, x: f64, y: f64) -> Self {
        Self {
            count: self.count + 1.0,
            x: self.x + x,
            y: self.y + y,
            xx: self.xx + x * x,
            xy: self.xy + x * y,
            yy: self.yy + y * y,
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            count: self.count - other.count,
            x: self.x - other.x,
            y: self.y - other.y,
            xx: self.xx - other.xx,
            xy: self.xy - other.xy,
            yy: self.yy - other.yy,
        }
    }

    /// The squares that the best line leaves.
    fn residual(self) -> f64 {
        let (xx, xy) = (self.xx - self.x * self.x / self.count, self.xy - self.x * self.y / self.count);
        let yy = self.yy - self.y * self.y / self.count;
        (yy - xy * xy / xx).max(0.0)
    }
}

/// A line through a stretch of a series.
pub(super) struct Line {
    count: usize,
    pub slope: f64,
    /// The value at x = 0, one place before the first element.
    pub interception: f64,
    /// The sum of the squared distances from the mean, and from the line.
    squares: f64,
    residual: f64,
}

impl Line {
    pub fn of(series: &[f64]) -> Self {
        let count = series.len() as f64;
        let (mean_x, mean) = ((count + 1.0) / 2.0, series.iter().sum::<f64>() / count);
        let at = |i: usize| i as f64 + 1.0;
        let product: f64 = series.iter().enumerate().map(|(i, y)| (at(i) - mean_x) * (y - mean)).sum();
        let square_x: f64 = (0..series.len()).map(|i| (at(i) - mean_x) * (at(i) - mean_x)).sum();
        let slope = if square_x > 0.0 { product / square_x } else { 0.0 };
        let interception = mean - slope * mean_x;
        let squares = series.iter().map(|y| (y - mean) * (y - mean)).sum();
        let off = |(i, y): (usize, &f64)| y - (interception + slope * at(i));
        let residual = series.iter().enumerate().map(off).map(|d| d * d).sum();
        Self { count: series.len(), slope, interception, squares, residual }
    }

    /// The points of the line, as many as the series has elements.
    pub fn points(&self) -> impl Iterator<Item = f64> + use<> {
        let (slope, interception) = (self.slope, self.interception);
        (1..=self.count).map(move |x| interception + slope * x as f64)
    }

    fn rsquare(&self) -> f64 {
        share(self.squares, self.residual)
    }

    fn variance(&self) -> f64 {
        per_sample(self.squares, self.count)
    }

    fn rvariance(&self) -> f64 {
        per_sample(self.residual, self.count)
    }
}

/// The share of the squares that a fit explains; all of none.
pub(super) fn share(squares: f64, residual: f64) -> f64 {
    if squares > 0.0 { 1.0 - residual / squares } else { 1.0 }
}

pub(super) fn per_sample(squares: f64, count: usize) -> f64 {
    if count > 1 { squares / (count - 1) as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::series::tests::series;

    #[test]
    fn a_line_fits_as_the_page_prints_it() {
        let line = Line::of(&[2.0, 5.0, 6.0, 8.0, 11.0, 15.0, 17.0, 18.0, 25.0, 26.0, 30.0, 30.0]);
        let near = |a: f64, b: f64| (a - b).abs() < 0.001;
        assert!(near(line.rsquare(), 0.983) && near(line.slope, 2.7307) && near(line.interception, -1.6666));
        assert!(near(line.variance(), 98.6288) && near(line.rvariance(), 1.6865));
        assert!(near(line.points().next().unwrap_or_default(), 1.0641));
    }

    #[test]
    fn a_break_is_found() {
        assert_eq!(best_split(&[1.0, 2.0, 3.0, 4.0, 9.0, 8.0, 7.0, 6.0]), Some(4));
        assert_eq!(best_split(&[1.0, 2.0, 3.0]), None);
        assert_eq!(series("series_fit_line", &["[5]"]), "[1.0,0.0,0.0,0.0,5.0,[5.0]]");
        assert_eq!(series("series_fit_line", &["[5,null]"]), "Null(Dynamic)");
    }
}
