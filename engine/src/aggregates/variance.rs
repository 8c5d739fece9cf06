//! `stdev`, `stdevp`, `variance`, `variancep` and their `*if` twins.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, argument, column};
use super::{Aggregate, AggregateCall};

/// `stdev(expr)`, `stdevif(expr, predicate)`
pub static STDEV: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "stdev",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::Is(Type::Real))],
        naming: Naming::PrefixAndFirstArgument("stdev"),
        filtered: Some("stdevif"),
        filtered_naming: Naming::PrefixAndFirstArgument("stdevif"),
        summary: "The standard deviation of a sample, that is the square root of `variance`; 0 of fewer than two values.",
        examples: &[Example { query: "range x from 1 to 4 step 1 | summarize stdev(x)", answer: "1.2909944487487155" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(spread(call, "stdev", Spread { population: false, root: true, ..Spread::default() })),
};

/// `stdevp(expr)`
pub static STDEVP: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "stdevp",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::Is(Type::Real))],
        naming: Naming::PrefixAndFirstArgument("stdevp"),
        filtered: None,
        summary: "The standard deviation of a whole population; 0 of nothing.",
        examples: &[Example { query: "range x from 1 to 4 step 1 | summarize stdevp(x)", answer: "1.118033988749895" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(spread(call, "stdevp", Spread { population: true, root: true, ..Spread::default() })),
};

/// `variance(expr)`, `varianceif(expr, predicate)`
pub static VARIANCE: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "variance",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::Is(Type::Real))],
        naming: Naming::PrefixAndFirstArgument("variance"),
        filtered: Some("varianceif"),
        filtered_naming: Naming::PrefixAndFirstArgument("varianceif"),
        summary: "The variance of a sample, rounded to ten decimals; 0 of fewer than two values.",
        examples: &[Example { query: "range x from 1 to 4 step 1 | summarize variance(x)", answer: "1.6666666667" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(spread(call, "variance", Spread { population: false, root: false, ..Spread::default() })),
};

/// `variancep(expr)`, `variancepif(expr, predicate)`
pub static VARIANCEP: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "variancep",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::Is(Type::Real))],
        naming: Naming::PrefixAndFirstArgument("variancep"),
        filtered: Some("variancepif"),
        filtered_naming: Naming::PrefixAndFirstArgument("variancepif"),
        summary: "The variance of a whole population, rounded to ten decimals; 0 of nothing.",
        examples: &[Example { query: "range x from 1 to 4 step 1 | summarize variancep(x)", answer: "1.25" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(spread(call, "variancep", Spread { population: true, root: false, ..Spread::default() })),
};

fn spread(call: &AggregateCall, name: &str, empty: Spread) -> AggregateUDF {
    let state = vec![DataType::Int64, DataType::Float64, DataType::Float64];
    aggregate(name, call, DataType::Float64, state, move || empty.clone()).udaf()
}

/// For each group how many values there are, their mean, and the sum of their squared distances from it, updated as
/// Welford and Chan do: sums of squares would lose all digits on large values.
#[derive(Clone, Default)]
struct Spread {
    counts: Vec<i64>,
    means: Vec<f64>,
    squares: Vec<f64>,
    /// Whether the values are all there are, rather than a sample.
    population: bool,
    /// Whether the root of the variance is wanted.
    root: bool,
}

impl Spread {
    fn add(&mut self, group: usize, n: i64, mean: f64, squares: f64) {
        if n == 0 {
            return;
        }
        let (old, new) = (self.counts[group] as f64, (self.counts[group] + n) as f64);
        let distance = mean - self.means[group];
        self.counts[group] += n;
        self.means[group] += distance * n as f64 / new;
        self.squares[group] += squares + distance * distance * old * n as f64 / new;
    }

    fn result(&self, n: i64, squares: f64) -> f64 {
        let divisor = if self.population { n } else { n - 1 };
        if divisor < 1 {
            return 0.0;
        }
        // The real engine rounds the variance, and takes the root of what it rounded.
        let variance = round_to_ten(squares / divisor as f64);
        if self.root { variance.sqrt() } else { variance }
    }
}

/// Rounds to ten decimals; values too large to have so many stay as they are.
pub(super) fn round_to_ten(value: f64) -> f64 {
    let scaled = value * 1e10;
    if scaled.abs() < 9e15 { scaled.round() / 1e10 } else { value }
}

impl Accumulate for Spread {
    fn grow(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
        self.means.resize(groups, 0.0);
        self.squares.resize(groups, 0.0);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let values = cast(column(args, 0)?, &DataType::Float64)?;
        let values = values.as_primitive::<Float64Type>();
        rows.each_valid(values.nulls(), |row, group| self.add(group, 1, values.value(row), 0.0));
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let counts = argument::<Int64Array>(state, 0)?.values();
        let means = argument::<Float64Array>(state, 1)?.values();
        let squares = argument::<Float64Array>(state, 2)?.values();
        for (i, group) in groups.iter().enumerate() {
            self.add(*group, counts[i], means[i], squares[i]);
        }
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![
            Arc::new(Int64Array::from(emit.take_needed(&mut self.counts))),
            Arc::new(Float64Array::from(emit.take_needed(&mut self.means))),
            Arc::new(Float64Array::from(emit.take_needed(&mut self.squares))),
        ])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        emit.take_needed(&mut self.means);
        let (counts, squares) = (emit.take_needed(&mut self.counts), emit.take_needed(&mut self.squares));
        let results = counts.into_iter().zip(squares).map(|(n, squares)| self.result(n, squares));
        Ok(Arc::new(Float64Array::from_iter_values(results)))
    }

    fn size(&self) -> usize {
        self.counts.capacity() * 24
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn the_variance_is_rounded_and_the_deviation_is_its_root() {
        let rows: Vec<_> = (1..=6).map(|x| (0, V::Real(f64::from(x)))).chain([(1, V::Real(100.0))]).collect();
        let of = |aggregate| two_groups(aggregate, Type::Real, Type::Real, &rows);
        assert_eq!(of(&VARIANCE), [V::Real(3.5), V::Real(0.0)]);
        assert_eq!(of(&VARIANCEP), [V::Real(2.9166666667), V::Real(0.0)]);
        assert_eq!(of(&STDEV), [V::Real(1.8708286933869707), V::Real(0.0)]);
        assert_eq!(of(&STDEVP), [V::Real(1.707825127669692), V::Real(0.0)]);
    }

    #[test]
    fn large_values_keep_their_spread() {
        let rows = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0].map(|x| (0, V::Real(x)));
        assert_eq!(two_groups(&VARIANCE, Type::Real, Type::Real, &rows), [V::Real(1.0)]);
        assert_eq!(two_groups(&STDEV, Type::Long, Type::Real, &[(0, V::Null(Type::Long))]), [V::Real(0.0)]);
    }
}
