//! `percentile`, `percentiles` and their kin: with weights, as arrays.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array, PrimitiveArray, StringViewBuilder, StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateShape, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::{Type, Value};

use super::udaf::{Accumulate, Rows, aggregate, column, flattened, list_type, lists};
use super::{Aggregate, AggregateCall};
use crate::dynamic::{Builder, Cells, Raw};
use crate::types::arrow_type;

const EXPR: Param = Param::new("expr", Accepts::Summable);
const PERCENTILE: Param = Param::new("percentile", Accepts::Number).constant();
const ARRAY: Param = Param::new("percentiles", Accepts::Array).constant();
const WEIGHT: Param = Param::new("weight", Accepts::Integer);

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

/// `percentiles_array(expr, percentile, ...)`
pub static PERCENTILES_ARRAY: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentiles_array",
        overloads: &[
            Overload::new(&[EXPR, PERCENTILE], Returns::Is(Type::Dynamic)).repeated(&[PERCENTILE]),
            Overload::new(&[EXPR, ARRAY], Returns::Is(Type::Dynamic)),
        ],
        naming: Naming::PrefixAndFirstArgument("percentiles"),
        summary: "Several percentiles, given one by one or as an array, in one array.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize percentiles_array(x, 5, 50), percentiles_array(x, dynamic([95]))",
            answer: "[1,5] | [10]",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| array_of_percentiles("percentiles_array", call),
};

/// `percentilew(expr, weight, percentile)`
pub static PERCENTILEW: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentilew",
        overloads: &[Overload::new(&[EXPR, WEIGHT, PERCENTILE], Returns::By(type_of_percentile))],
        shape: AggregateShape::WeightedPercentiles,
        summary: "A percentile of values that are repeated as often as a weight says.",
        examples: &[Example {
            query: "datatable(v: long, w: long)[10, 8, 20, 6, 30, 3, 40, 1] | summarize percentilew(v, w, 75)",
            answer: "20",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| weighted_percentiles("percentilew", call),
};

/// `percentilesw(expr, weight, percentile, ...)`
pub static PERCENTILESW: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentilesw",
        overloads: &[
            Overload::new(&[EXPR, WEIGHT, PERCENTILE], Returns::By(type_of_percentile)).repeated(&[PERCENTILE])
        ],
        shape: AggregateShape::WeightedPercentiles,
        summary: "Several percentiles of weighted values, a column each.",
        examples: &[Example {
            query: "datatable(v: long, w: long)[10, 8, 20, 6, 30, 3, 40, 1] | summarize percentilesw(v, w, 50, 75, 99.9)",
            answer: "20 | 20 | 40",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| weighted_percentiles("percentilesw", call),
};

/// `percentilesw_array(expr, weight, percentile, ...)`
pub static PERCENTILESW_ARRAY: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "percentilesw_array",
        overloads: &[
            Overload::new(&[EXPR, WEIGHT, PERCENTILE], Returns::Is(Type::Dynamic)).repeated(&[PERCENTILE]),
            Overload::new(&[EXPR, WEIGHT, ARRAY], Returns::Is(Type::Dynamic)),
        ],
        naming: Naming::PrefixAndFirstArgument("percentiles"),
        summary: "Several percentiles of weighted values in one array.",
        examples: &[Example {
            query: "datatable(v: long, w: long)[10, 8, 20, 6, 30, 3, 40, 1] | summarize percentilesw_array(v, w, dynamic([50, 99.9]))",
            answer: "[20,40]",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| {
        let output = Output::Array(type_of_percentile(call.types).unwrap_or(Type::Long));
        percentiles_of::<i64>("percentilesw_array", call, output)
    },
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
    percentiles_of::<()>(name, call, Output::Columns)
}

fn weighted_percentiles(name: &str, call: &AggregateCall) -> Result<AggregateUDF, String> {
    percentiles_of::<i64>(name, call, Output::Columns)
}

fn array_of_percentiles(name: &str, call: &AggregateCall) -> Result<AggregateUDF, String> {
    percentiles_of::<()>(name, call, Output::Array(type_of_percentile(call.types).unwrap_or(Type::Long)))
}

/// How results are handed over.
#[derive(Clone, Copy, Debug)]
enum Output {
    /// A column, or a struct of several.
    Columns,
    /// An array of values of a type.
    Array(Type),
}

fn percentiles_of<W: Weight>(name: &str, call: &AggregateCall, output: Output) -> Result<AggregateUDF, String> {
    let ty = type_of_percentile(call.types).ok_or_else(|| format!("`{name}` takes numbers or times"))?;
    let shares = shares(call.constants.get(W::FIRST_SHARE..).unwrap_or_default())?;
    let fields: Fields = (0..shares.len()).map(|i| Field::new(format!("c{i}"), arrow_type(ty), true)).collect();
    let returns = match output {
        Output::Array(_) => DataType::Utf8View,
        Output::Columns if shares.len() == 1 => arrow_type(ty),
        Output::Columns => DataType::Struct(fields.clone()),
    };
    let mut state = vec![list_type(arrow_type(ty))];
    if W::FIRST_SHARE > 1 {
        state.push(list_type(DataType::Int64));
    }
    Ok(match ty {
        Type::Real => {
            let make = move || Ranked::<Float64Type, W>::new(shares.clone(), fields.clone(), output, f64::total_cmp);
            aggregate(name, call, returns, state, make).udaf()
        }
        _ => {
            let make = move || Ranked::<Int64Type, W>::new(shares.clone(), fields.clone(), output, i64::cmp);
            aggregate(name, call, returns, state, make).udaf()
        }
    })
}

/// The percentiles asked for: numbers, or one array of them.
fn shares(constants: &[Option<Value>]) -> Result<Vec<f64>, String> {
    let outside = || "a percentile must be between 0 and 100".to_owned();
    let share = |number: Option<f64>| number.filter(|share| (0.0..=100.0).contains(share)).ok_or_else(outside);
    let mut shares = Vec::with_capacity(constants.len());
    for constant in constants {
        match constant {
            Some(Value::Dynamic(text)) if Raw::new(text).is_array() => {
                for element in Raw::new(text).elements() {
                    shares.push(share(element.as_real())?);
                }
            }
            Some(Value::Real(number)) => shares.push(share(Some(*number))?),
            Some(value) => shares.push(share(value.as_long().map(|n| n as f64))?),
            None => return Err("a percentile must be a constant".to_owned()),
        }
    }
    Ok(shares)
}

/// How often a value counts: once, or so many times.
trait Weight: Copy + Send + Sync + 'static {
    /// Which argument is the first percentile.
    const FIRST_SHARE: usize;
    fn of(weight: i64) -> Self;
    fn times(self) -> i64;
}

impl Weight for () {
    const FIRST_SHARE: usize = 1;

    fn of(_: i64) -> Self {}

    fn times(self) -> i64 {
        1
    }
}

impl Weight for i64 {
    const FIRST_SHARE: usize = 2;

    fn of(weight: i64) -> Self {
        weight
    }

    fn times(self) -> i64 {
        self
    }
}

/// All values of each group. The real engine estimates large groups; exact is what it estimates.
struct Ranked<T: ArrowPrimitiveType, W> {
    groups: Vec<Vec<(T::Native, W)>>,
    /// Values in all groups.
    values: usize,
    shares: Vec<f64>,
    fields: Fields,
    output: Output,
    order: fn(&T::Native, &T::Native) -> Ordering,
}

/// Returns the value at a percentile of sorted ones: the nearest rank.
fn at_share<N: Copy, W: Weight>(share: f64, sorted: &[(N, W)]) -> Option<N> {
    let total: i128 = match W::FIRST_SHARE {
        1 => sorted.len() as i128,
        _ => sorted.iter().map(|(_, weight)| i128::from(weight.times())).sum(),
    };
    let rank = ((share / 100.0 * total as f64).ceil() as i128).clamp(1, total.max(1));
    if W::FIRST_SHARE == 1 {
        return sorted.get(usize::try_from(rank - 1).ok()?).map(|(value, _)| *value);
    }
    let mut passed = 0_i128;
    let reached = sorted.iter().find(|(_, weight)| {
        passed += i128::from(weight.times());
        passed >= rank
    });
    reached.map(|(value, _)| *value)
}

impl<T: ArrowPrimitiveType, W: Weight> Ranked<T, W> {
    fn new(shares: Vec<f64>, fields: Fields, output: Output, order: fn(&T::Native, &T::Native) -> Ordering) -> Self {
        Self { groups: Vec::new(), values: 0, shares, fields, output, order }
    }

    fn taken(&mut self, emit: EmitTo) -> Vec<Vec<(T::Native, W)>> {
        let groups = emit.take_needed(&mut self.groups);
        self.values -= groups.iter().map(Vec::len).sum::<usize>();
        groups
    }

    /// Hands over one column a percentile.
    fn output(&self, mut columns: Vec<ArrayRef>, groups: usize) -> Result<ArrayRef> {
        let Output::Array(ty) = self.output else {
            return Ok(match columns.len() {
                1 => columns.swap_remove(0),
                _ => Arc::new(StructArray::try_new_with_length(self.fields.clone(), columns, None, groups)?),
            });
        };
        let cells = columns.iter().map(|column| Cells::new(column, ty)).collect::<Result<Vec<_>>>()?;
        let mut out = StringViewBuilder::with_capacity(groups);
        let mut text = Builder::new();
        for group in 0..groups {
            text.clear();
            text.begin_array();
            cells.iter().for_each(|column| column.write(group, &mut text));
            text.end_array();
            out.append_value(text.text());
        }
        Ok(Arc::new(out.finish()))
    }
}

impl<T: ArrowPrimitiveType, W: Weight> Accumulate for Ranked<T, W> {
    fn grow(&mut self, groups: usize) {
        self.groups.resize_with(groups, Vec::new);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let values = cast(column(args, 0)?, &T::DATA_TYPE)?;
        let values = values.as_primitive::<T>();
        let weights = match W::FIRST_SHARE {
            1 => None,
            _ => Some(cast(column(args, 1)?, &DataType::Int64)?),
        };
        let weights = weights.as_ref().map(|w| w.as_primitive::<Int64Type>());
        rows.each_valid(values.nulls(), |row, group| {
            let weight = weights.map_or(1, |weights| if weights.is_valid(row) { weights.value(row) } else { 0 });
            if weight > 0 {
                self.groups[group].push((values.value(row), W::of(weight)));
                self.values += 1;
            }
        });
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let (values, of) = flattened(state, 0, groups)?;
        let mut args = vec![values];
        if W::FIRST_SHARE > 1 {
            args.push(flattened(state, 1, groups)?.0);
        }
        self.update(&args, Rows::all(&of))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.taken(emit);
        let lengths = || groups.iter().map(Vec::len);
        let all = PrimitiveArray::<T>::from_iter_values(groups.iter().flatten().map(|(value, _)| *value));
        let mut state = vec![lists(lengths(), Arc::new(all))?];
        if W::FIRST_SHARE > 1 {
            let weights = Int64Array::from_iter_values(groups.iter().flatten().map(|(_, weight)| weight.times()));
            state.push(lists(lengths(), Arc::new(weights))?);
        }
        Ok(state)
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut groups = self.taken(emit);
        groups.iter_mut().for_each(|values| values.sort_unstable_by(|a, b| (self.order)(&a.0, &b.0)));
        let at = |share: &f64| -> ArrayRef {
            Arc::new(groups.iter().map(|values| at_share(*share, values)).collect::<PrimitiveArray<T>>())
        };
        let columns = self.shares.iter().map(at).collect();
        self.output(columns, groups.len())
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<T::Native>>() + self.values * size_of::<(T::Native, W)>()
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
    fn weights_repeat_values() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(10), Some(20), Some(30), Some(40), None, Some(50)]));
        let weights: ArrayRef = Arc::new(Int64Array::from(vec![Some(8), Some(6), Some(3), Some(1), Some(9), None]));
        let shares: ArrayRef = Arc::new(Int64Array::from(vec![0; 6]));
        let constants = [None, None, Some(V::Dynamic("[0,50,75,99.9]".to_owned()))];
        let call = AggregateCall {
            types: &[Type::Long, Type::Long, Type::Dynamic],
            constants: &constants,
            returns: &[Type::Dynamic],
            ordered: false,
        };
        let result = grouped(&PERCENTILESW_ARRAY, &call, &[values, weights, shares], &[0; 6], None);
        assert_eq!(result.as_string_view().value(0), "[10,20,20,40]");
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
