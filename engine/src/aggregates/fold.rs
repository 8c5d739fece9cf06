//! Aggregates that keep one number a group: `sum`, the bitwise ones, `min` and `max` of reals.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::time::MAX_DATETIME;
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate};
use super::{Aggregate, AggregateCall, text};
use crate::types::arrow_type;

/// `sum(expr)`, `sumif(expr, predicate)`
pub static SUM: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "sum",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::Promoted(0))],
        naming: Naming::PrefixAndFirstArgument("sum"),
        filtered: Some("sumif"),
        filtered_naming: Naming::PrefixAndFirstArgument("sumif"),
        summary: "Adds up values, nulls aside; 0 of nothing. Longs wrap around.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | summarize sum(x), sumif(x, x > 5)",
            answer: "6 | 0",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: sum,
};

fn sum(call: &AggregateCall) -> Result<AggregateUDF, String> {
    match result_type(call) {
        Type::Real => Ok(fold::<Float64Type>("sum", call, Some(0.0), |a, b| a + b)),
        Type::Decimal => Ok(fold::<Decimal256Type>("sum", call, Some(Default::default()), |a, b| a.wrapping_add(b))),
        Type::Long | Type::Timespan => Ok(fold::<Int64Type>("sum", call, Some(0), i64::wrapping_add)),
        // As with `+`, what is no time is null.
        Type::Datetime => {
            Ok(fold_to::<Int64Type>("sum", call, Some(0), i64::wrapping_add, |sum| (0..=MAX_DATETIME).contains(&sum)))
        }
        other => Err(format!("`sum` of {other} is not supported")),
    }
}

/// `min(expr)`, `minif(expr, predicate)`
pub static MIN: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "min",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Orderable)], Returns::Same(0))],
        naming: Naming::PrefixAndFirstArgument("min"),
        filtered: Some("minif"),
        filtered_naming: Naming::PrefixAndFirstArgument("minif"),
        summary: "Finds the smallest value, nulls aside; NaN wins. Null of nothing, `\"\"` for strings.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | summarize min(x), minif(x, x > 1)",
            answer: "1 | 2",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: min,
};

fn min(call: &AggregateCall) -> Result<AggregateUDF, String> {
    match result_type(call) {
        Type::Real => Ok(fold::<Float64Type>("min", call, None, |a, b| if a.is_nan() || a < b { a } else { b })),
        Type::String => Ok(text::extreme("min", call, std::cmp::Ordering::Less)),
        _ => Ok(AggregateUDF::clone(&min_udaf())),
    }
}

/// `max(expr)`, `maxif(expr, predicate)`
pub static MAX: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "max",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Orderable)], Returns::Same(0))],
        naming: Naming::PrefixAndFirstArgument("max"),
        filtered: Some("maxif"),
        filtered_naming: Naming::PrefixAndFirstArgument("maxif"),
        summary: "Finds the largest value, nulls aside; NaN wins. Null of nothing, `\"\"` for strings.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | summarize max(x), maxif(x, x < 3)",
            answer: "3 | 2",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: max,
};

fn max(call: &AggregateCall) -> Result<AggregateUDF, String> {
    match result_type(call) {
        Type::Real => Ok(fold::<Float64Type>("max", call, None, |a, b| if a.is_nan() || a > b { a } else { b })),
        Type::String => Ok(text::extreme("max", call, std::cmp::Ordering::Greater)),
        _ => Ok(AggregateUDF::clone(&max_udaf())),
    }
}

/// `binary_all_and(expr)`
pub static BINARY_ALL_AND: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "binary_all_and",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Integer)], Returns::Is(Type::Long))],
        naming: Naming::FirstArgument,
        summary: "Combines the bits of all values with and.",
        examples: &[Example { query: "datatable(x:long)[7, 12] | summarize binary_all_and(x)", answer: "4" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(fold::<Int64Type>("binary_all_and", call, None, |a, b| a & b)),
};

/// `binary_all_or(expr)`
pub static BINARY_ALL_OR: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "binary_all_or",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Integer)], Returns::Is(Type::Long))],
        naming: Naming::FirstArgument,
        summary: "Combines the bits of all values with or.",
        examples: &[Example { query: "datatable(x:long)[1, 6] | summarize binary_all_or(x)", answer: "7" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(fold::<Int64Type>("binary_all_or", call, None, |a, b| a | b)),
};

/// `binary_all_xor(expr)`
pub static BINARY_ALL_XOR: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "binary_all_xor",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Integer)], Returns::Is(Type::Long))],
        naming: Naming::FirstArgument,
        summary: "Combines the bits of all values with exclusive or.",
        examples: &[Example { query: "datatable(x:long)[5, 3] | summarize binary_all_xor(x)", answer: "6" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(fold::<Int64Type>("binary_all_xor", call, None, |a, b| a ^ b)),
};

fn result_type(call: &AggregateCall) -> Type {
    call.returns.first().copied().unwrap_or(Type::Unknown)
}

/// Makes an aggregate that combines the values of a group two by two, beginning with `start`; without a start the
/// result of no value is null.
fn fold<T: ArrowPrimitiveType>(
    name: &str,
    call: &AggregateCall,
    start: Option<T::Native>,
    combine: impl Fn(T::Native, T::Native) -> T::Native + Copy + Send + Sync + 'static,
) -> AggregateUDF {
    fold_to::<T>(name, call, start, combine, |_| true)
}

/// The same, where a result that is not `lawful` is null.
fn fold_to<T: ArrowPrimitiveType>(
    name: &str,
    call: &AggregateCall,
    start: Option<T::Native>,
    combine: impl Fn(T::Native, T::Native) -> T::Native + Copy + Send + Sync + 'static,
    lawful: fn(T::Native) -> bool,
) -> AggregateUDF {
    let ty = arrow_type(result_type(call));
    let wanted = ty.clone();
    let make =
        move || Fold::<T, _> { values: Vec::new(), present: Vec::new(), start, combine, lawful, ty: wanted.clone() };
    aggregate(name, call, ty.clone(), vec![ty], make).udaf()
}

struct Fold<T: ArrowPrimitiveType, F> {
    values: Vec<T::Native>,
    /// Whether a group has a value; not kept where there is a start.
    present: Vec<bool>,
    start: Option<T::Native>,
    combine: F,
    lawful: fn(T::Native) -> bool,
    ty: DataType,
}

impl<T, F> Fold<T, F>
where
    T: ArrowPrimitiveType,
    F: Fn(T::Native, T::Native) -> T::Native + Copy,
{
    /// Takes the values of groups out, as they are so far.
    fn taken(&mut self, emit: EmitTo) -> Result<PrimitiveArray<T>> {
        let values = emit.take_needed(&mut self.values);
        let nulls = self.start.is_none().then(|| emit.take_needed(&mut self.present).into());
        Ok(PrimitiveArray::<T>::try_new(values.into(), nulls)?)
    }

    fn add(&mut self, column: &PrimitiveArray<T>, rows: Rows) {
        let (values, combine, cells) = (&mut self.values, self.combine, column.values());
        match self.start {
            Some(_) => rows.each_valid(column.nulls(), |row, group| values[group] = combine(values[group], cells[row])),
            None => {
                let present = &mut self.present;
                rows.each_valid(column.nulls(), |row, group| {
                    values[group] = if present[group] { combine(values[group], cells[row]) } else { cells[row] };
                    present[group] = true;
                });
            }
        }
    }
}

impl<T, F> Accumulate for Fold<T, F>
where
    T: ArrowPrimitiveType,
    F: Fn(T::Native, T::Native) -> T::Native + Copy + Send + Sync + 'static,
{
    fn grow(&mut self, groups: usize) {
        self.values.resize(groups, self.start.unwrap_or_default());
        if self.start.is_none() {
            self.present.resize(groups, false);
        }
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let column = super::udaf::column(args, 0)?;
        match *column.data_type() == self.ty {
            true => self.add(column.as_primitive(), rows),
            false => self.add(cast(column, &self.ty)?.as_primitive(), rows), // int to long
        }
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        self.update(state, Rows::all(groups))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(self.taken(emit)?.with_data_type(self.ty.clone()))])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (taken, lawful) = (self.taken(emit)?, self.lawful);
        let results = match taken.iter().flatten().all(lawful) {
            true => taken,
            false => taken.unary_opt::<_, T>(|value| lawful(value).then_some(value)),
        };
        Ok(Arc::new(results.with_data_type(self.ty.clone())))
    }

    fn size(&self) -> usize {
        self.values.capacity() * size_of::<T::Native>() + self.present.capacity()
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn sums_skip_nulls_and_wrap() {
        let rows = [(0, V::Long(i64::MAX)), (0, V::Long(2)), (1, V::Null(Type::Long))];
        assert_eq!(two_groups(&SUM, Type::Long, Type::Long, &rows), [V::Long(i64::MIN + 1), V::Long(0)]);
        let rows = [(0, V::Int(i32::MAX)), (1, V::Int(-1)), (0, V::Int(1))];
        assert_eq!(two_groups(&SUM, Type::Int, Type::Long, &rows), [V::Long(2147483648), V::Long(-1)]);
        let rows = [(0, V::Datetime(MAX_DATETIME)), (0, V::Datetime(1)), (1, V::Datetime(5))];
        let sums = two_groups(&SUM, Type::Datetime, Type::Datetime, &rows);
        assert_eq!(sums, [V::Null(Type::Datetime), V::Datetime(5)]);
        let rows = [(0, V::Decimal("1.5".into())), (1, V::Null(Type::Decimal)), (0, V::Decimal("2.5".into()))];
        let sums = two_groups(&SUM, Type::Decimal, Type::Decimal, &rows);
        assert_eq!(sums, [V::Decimal("4".into()), V::Decimal("0".into())]);
    }

    #[test]
    fn nan_wins_both_ways() {
        let rows =
            [(0, V::Real(1.0)), (1, V::Real(2.0)), (0, V::Real(f64::NAN)), (1, V::Real(-3.0)), (0, V::Real(9.0))];
        for (aggregate, wanted) in [(&MIN, -3.0), (&MAX, 2.0)] {
            let results = two_groups(aggregate, Type::Real, Type::Real, &rows);
            assert!(
                matches!(results.as_slice(), [V::Real(a), V::Real(b)] if a.is_nan() && *b == wanted),
                "{results:?}"
            );
        }
    }

    #[test]
    fn no_value_has_no_extreme() {
        let rows = [(0, V::Null(Type::Real)), (1, V::Real(0.0))];
        assert_eq!(two_groups(&MIN, Type::Real, Type::Real, &rows), [V::Null(Type::Real), V::Real(0.0)]);
        assert_eq!(
            two_groups(&BINARY_ALL_XOR, Type::Long, Type::Long, &[(0, V::Long(5)), (0, V::Long(3))]),
            [V::Long(6)]
        );
    }
}
