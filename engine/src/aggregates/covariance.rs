//! `covariance`, `covariancep` and their `*if` twins.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, argument, column};
use super::variance::round_to_ten;
use super::{Aggregate, AggregateCall};

const OVERLOADS: &[Overload] = &[Overload::new(
    &[Param::new("x", Accepts::Summable), Param::new("y", Accepts::Summable)],
    Returns::Is(Type::Real),
)];

/// `covariance(x, y)`, `covarianceif(x, y, predicate)`
pub static COVARIANCE: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "covariance",
        overloads: OVERLOADS,
        naming: Naming::PrefixAndArguments("covariance"),
        filtered: Some("covarianceif"),
        filtered_naming: Naming::PrefixAndArguments("covarianceif"),
        summary: "How far two values vary together in a sample, rounded to ten decimals; 0 of fewer than two pairs.",
        examples: &[Example {
            query: "range x from 1 to 4 step 1 | summarize covariance(x, 2 * x)",
            answer: "3.3333333333",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(covariance("covariance", call, false)),
};

/// `covariancep(x, y)`, `covariancepif(x, y, predicate)`
pub static COVARIANCEP: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "covariancep",
        overloads: OVERLOADS,
        naming: Naming::PrefixAndArguments("covariancep"),
        filtered: Some("covariancepif"),
        filtered_naming: Naming::PrefixAndArguments("covariancepif"),
        summary: "How far two values vary together in a whole population, rounded to ten decimals; 0 of nothing.",
        examples: &[Example { query: "range x from 1 to 4 step 1 | summarize covariancep(x, 2 * x)", answer: "2.5" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(covariance("covariancep", call, true)),
};

fn covariance(name: &str, call: &AggregateCall, population: bool) -> AggregateUDF {
    let state = vec![DataType::Int64, DataType::Float64, DataType::Float64, DataType::Float64];
    let make = move || Together { groups: Vec::new(), population };
    aggregate(name, call, DataType::Float64, state, make).udaf()
}

/// For each group what [`Moments`] says.
struct Together {
    groups: Vec<Moments>,
    population: bool,
}

/// The number of pairs, both means, and the sum of the products of the distances from them, updated as in `variance`:
/// sums of products would lose all digits on large values.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: i64,
    x: f64,
    y: f64,
    products: f64,
}

impl Moments {
    fn add(&mut self, other: Moments) {
        if other.count == 0 {
            return;
        }
        let (old, new) = (self.count as f64, (self.count + other.count) as f64);
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        let share = other.count as f64 / new;
        self.products += other.products + dx * dy * old * share;
        self.x += dx * share;
        self.y += dy * share;
        self.count += other.count;
    }
}

impl Accumulate for Together {
    fn grow(&mut self, groups: usize) {
        self.groups.resize(groups, Moments::default());
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let (xs, ys) = (cast(column(args, 0)?, &DataType::Float64)?, cast(column(args, 1)?, &DataType::Float64)?);
        let (xs, ys) = (xs.as_primitive::<Float64Type>(), ys.as_primitive::<Float64Type>());
        rows.each_valid(xs.nulls(), |row, group| {
            if ys.is_valid(row) {
                self.groups[group].add(Moments { count: 1, x: xs.value(row), y: ys.value(row), products: 0.0 });
            }
        });
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let counts = argument::<Int64Array>(state, 0)?.values();
        let real = |i| argument::<Float64Array>(state, i).map(Float64Array::values);
        let (xs, ys, products) = (real(1)?, real(2)?, real(3)?);
        for (i, group) in groups.iter().enumerate() {
            self.groups[*group].add(Moments { count: counts[i], x: xs[i], y: ys[i], products: products[i] });
        }
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = emit.take_needed(&mut self.groups);
        let reals =
            |f: fn(&Moments) -> f64| -> ArrayRef { Arc::new(Float64Array::from_iter_values(groups.iter().map(f))) };
        let counts = Int64Array::from_iter_values(groups.iter().map(|m| m.count));
        Ok(vec![Arc::new(counts), reals(|m| m.x), reals(|m| m.y), reals(|m| m.products)])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let population = self.population;
        let result = |m: Moments| match if population { m.count } else { m.count - 1 } {
            divisor @ 1.. => round_to_ten(m.products / divisor as f64),
            _ => 0.0,
        };
        Ok(Arc::new(Float64Array::from_iter_values(emit.take_needed(&mut self.groups).into_iter().map(result))))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Moments>()
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::aggregates::udaf::testing::grouped;

    #[test]
    fn pairs_with_a_null_do_not_count() {
        let xs: ArrayRef = Arc::new(Float64Array::from(vec![Some(1e9), Some(1e9 + 2.0), None, Some(5.0)]));
        let ys: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(2.0), Some(9.0), Some(1.0)]));
        let constants: [Option<Value>; 2] = [None, None];
        let call = AggregateCall {
            types: &[Type::Real, Type::Real],
            constants: &constants,
            returns: &[Type::Real],
            ordered: false,
        };
        let result = grouped(&COVARIANCE, &call, &[xs, ys], &[0, 0, 0, 1], None);
        assert_eq!(result.as_primitive::<Float64Type>().values(), &[1.0, 0.0]);
    }
}
