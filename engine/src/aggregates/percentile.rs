//! `percentile`, `percentiles`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateShape, AggregateSpec, Example, Overload, Param, Returns};
use rehunt_lang::types::{Type, Value};

use super::udaf::{Accumulate, Rows, aggregate, column, flattened, list_type, lists};
use super::{Aggregate, AggregateCall};
use crate::types::arrow_type;

const EXPR: Param = Param::new("expr", Accepts::Summable);
const PERCENTILE: Param = Param::new("percentile", Accepts::Number).constant();

/// `percentile(expr, percentile)`
pub static PERCENTILE_ONE: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentile",
        overloads: &[Overload::new(&[EXPR, PERCENTILE], Returns::By(type_of_percentile))],
        shape: AggregateShape::Percentiles,
        summary: "The value that so many per cent of the values do not exceed: nearest rank, exact. Null of nothing.",
        examples: &[Example { query: "range x from 1 to 10 step 1 | summarize percentile(x, 95)", answer: "10" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| percentiles("percentile", call),
};

/// `percentiles(expr, percentile, ...)`
pub static PERCENTILES: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentiles",
        overloads: &[Overload::new(&[EXPR, PERCENTILE], Returns::By(type_of_percentile)).repeated(&[PERCENTILE])],
        shape: AggregateShape::Percentiles,
        summary: "Several percentiles at once, a column each.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize percentiles(x, 5, 50)",
            answer: "1 | 5",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| percentiles("percentiles", call),
};

/// int becomes long, decimal real.
fn type_of_percentile(types: &[Type]) -> Option<Type> {
    match types.first()? {
        Type::Int | Type::Long => Some(Type::Long),
        Type::Real | Type::Decimal => Some(Type::Real),
        ty @ (Type::Datetime | Type::Timespan) => Some(*ty),
        _ => None,
    }
}

fn percentiles(name: &str, call: &AggregateCall) -> Result<AggregateUDF, String> {
    let ty = type_of_percentile(call.types).ok_or_else(|| format!("`{name}` takes numbers or times"))?;
    let shares = call.constants.iter().skip(1).map(|value| match value {
        Some(Value::Real(share)) if (0.0..=100.0).contains(share) => Ok(*share),
        Some(value) => match value.as_long() {
            Some(share @ 0..=100) => Ok(share as f64),
            _ => Err("a percentile must be between 0 and 100".to_owned()),
        },
        None => Err("a percentile must be a constant".to_owned()),
    });
    let shares: Vec<f64> = shares.collect::<Result<_, _>>()?;
    let fields: Fields = (0..shares.len()).map(|i| Field::new(format!("c{i}"), arrow_type(ty), true)).collect();
    let returns = if shares.len() == 1 { arrow_type(ty) } else { DataType::Struct(fields.clone()) };
    let state = vec![list_type(arrow_type(ty))];
    Ok(match ty {
        Type::Real => {
            let make = move || Ranked::<Float64Type> {
                groups: vec![],
                values: 0,
                shares: shares.clone(),
                fields: fields.clone(),
                order: f64::total_cmp,
            };
            aggregate(name, call, returns, state, make).udaf()
        }
        _ => {
            let make = move || Ranked::<Int64Type> {
                groups: vec![],
                values: 0,
                shares: shares.clone(),
                fields: fields.clone(),
                order: i64::cmp,
            };
            aggregate(name, call, returns, state, make).udaf()
        }
    })
}

/// All values of each group. The real engine estimates large groups; exact is what it estimates.
struct Ranked<T: ArrowPrimitiveType> {
    groups: Vec<Vec<T::Native>>,
    /// Values in all groups.
    values: usize,
    shares: Vec<f64>,
    fields: Fields,
    order: fn(&T::Native, &T::Native) -> Ordering,
}

/// Returns the index of the value at a percentile among `n` sorted ones.
fn nearest_rank(share: f64, n: usize) -> Option<usize> {
    let rank = (share / 100.0 * n as f64).ceil() as usize;
    n.checked_sub(1).map(|last| rank.saturating_sub(1).min(last))
}

impl<T: ArrowPrimitiveType> Ranked<T> {
    fn taken(&mut self, emit: EmitTo) -> Vec<Vec<T::Native>> {
        let groups = emit.take_needed(&mut self.groups);
        self.values -= groups.iter().map(Vec::len).sum::<usize>();
        groups
    }
}

impl<T: ArrowPrimitiveType> Accumulate for Ranked<T> {
    fn grow(&mut self, groups: usize) {
        self.groups.resize_with(groups, Vec::new);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let values = cast(column(args, 0)?, &T::DATA_TYPE)?;
        let values = values.as_primitive::<T>();
        rows.each_valid(values.nulls(), |row, group| {
            self.groups[group].push(values.value(row));
            self.values += 1;
        });
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let (values, groups) = flattened(state, 0, groups)?;
        self.update(&[values], Rows::all(&groups))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.taken(emit);
        let all = PrimitiveArray::<T>::from_iter_values(groups.iter().flatten().copied());
        Ok(vec![lists(groups.iter().map(Vec::len), Arc::new(all))?])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut groups = self.taken(emit);
        groups.iter_mut().for_each(|values| values.sort_unstable_by(self.order));
        let at = |share: &f64| -> ArrayRef {
            let cells = groups.iter().map(|values| values.get(nearest_rank(*share, values.len())?).copied());
            Arc::new(cells.collect::<PrimitiveArray<T>>())
        };
        let mut columns: Vec<ArrayRef> = self.shares.iter().map(at).collect();
        Ok(match columns.len() {
            1 => columns.swap_remove(0),
            _ => Arc::new(StructArray::try_new_with_length(self.fields.clone(), columns, None, groups.len())?),
        })
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<T::Native>>() + self.values * size_of::<T::Native>()
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::grouped;

    #[test]
    fn percentiles_are_existing_values() {
        let values: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from_iter_values([50, 15, 20, 35, 40]));
        let share: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from_iter_values([0; 5]));
        let shares = [0.0, 5.0, 30.0, 40.0, 50.0, 100.0].map(|s| Some(V::Real(s)));
        let constants: Vec<_> = [None].into_iter().chain(shares).collect();
        let call =
            AggregateCall { types: &[Type::Long; 7], constants: &constants, returns: &[Type::Long; 6], ordered: false };
        let args: Vec<ArrayRef> = [values].into_iter().chain(vec![share; 6]).collect();
        let result = grouped(&PERCENTILES, &call, &args, &[0; 5], None);
        let row: Vec<i64> =
            result.as_struct().columns().iter().map(|c| c.as_primitive::<Int64Type>().value(0)).collect();
        assert_eq!(row, [15, 15, 20, 20, 35, 50]);
    }

    #[test]
    fn what_is_no_percentile_is_refused() {
        let make = |share| {
            let constants = [None, share];
            let call = AggregateCall {
                types: &[Type::Int, Type::Long],
                constants: &constants,
                returns: &[Type::Long],
                ordered: false,
            };
            percentiles("percentile", &call).map(|_| ())
        };
        assert!(make(Some(V::Long(101))).is_err() && make(None).is_err() && make(Some(V::Long(100))).is_ok());
    }
}
