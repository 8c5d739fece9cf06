//! `avg`, `avgif`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, i256};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, argument, column};
use super::{Aggregate, AggregateCall};
use crate::types::arrow_type;

/// `avg(expr)`, `avgif(expr, predicate)`
pub static AVG: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "avg",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], Returns::By(type_of_mean))],
        naming: Naming::PrefixAndFirstArgument("avg"),
        filtered: Some("avgif"),
        filtered_naming: Naming::PrefixAndFirstArgument("avgif"),
        summary: "The mean of values, nulls aside: real for int and long, else of the type of the values. \
                  NaN of nothing (null for decimals and times).",
        examples: &[Example {
            query: "range x from 1 to 4 step 1 | summarize avg(x), avgif(x, x > 9)",
            answer: "2.5 | NaN",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: avg,
};

fn type_of_mean(types: &[Type]) -> Option<Type> {
    match types.first()? {
        Type::Int | Type::Long => Some(Type::Real),
        ty @ (Type::Real | Type::Decimal | Type::Datetime | Type::Timespan) => Some(*ty),
        _ => None,
    }
}

/// Whole numbers are summed in 128 bits: exact for 10^19 rows.
const WHOLE: DataType = DataType::Decimal128(38, 0);

fn avg(call: &AggregateCall) -> Result<AggregateUDF, String> {
    let (from, to) = match (call.types, call.returns) {
        ([from, ..], [to]) => (*from, *to),
        _ => return Err("`avg` takes one argument".to_owned()),
    };
    let returns = arrow_type(to);
    Ok(match from {
        Type::Real => {
            let state = vec![DataType::Float64, DataType::Int64];
            aggregate("avg", call, returns, state, || Mean::<f64> { sums: vec![], counts: vec![], to: Type::Real })
                .udaf()
        }
        Type::Decimal => {
            let state = vec![returns.clone(), DataType::Int64];
            aggregate("avg", call, returns, state, move || Mean::<i256> { sums: vec![], counts: vec![], to }).udaf()
        }
        Type::Int | Type::Long | Type::Datetime | Type::Timespan => {
            let state = vec![WHOLE, DataType::Int64];
            aggregate("avg", call, returns, state, move || Mean::<i128> { sums: vec![], counts: vec![], to }).udaf()
        }
        other => return Err(format!("`avg` of {other} is not supported")),
    })
}

struct Mean<N> {
    sums: Vec<N>,
    counts: Vec<i64>,
    to: Type,
}

/// How numbers of one representation are summed and divided.
trait Summed: Copy + Default + Send + Sync + 'static {
    /// Adds the rows of an argument.
    fn add(column: &ArrayRef, rows: Rows, each: impl FnMut(usize, Self)) -> Result<()>;
    /// Reads sums from a state.
    fn read(column: &[ArrayRef]) -> Result<Vec<Self>>;
    /// Writes sums to a state.
    fn write(sums: Vec<Self>) -> ArrayRef;
    /// Adds two numbers.
    fn plus(self, other: Self) -> Self;
    /// Divides sums by counts.
    fn means(sums: Vec<Self>, counts: Vec<i64>, to: Type) -> ArrayRef;
}

impl Summed for f64 {
    fn add(column: &ArrayRef, rows: Rows, mut each: impl FnMut(usize, Self)) -> Result<()> {
        let column: &Float64Array = column.as_primitive();
        rows.each_valid(column.nulls(), |row, group| each(group, column.value(row)));
        Ok(())
    }

    fn read(state: &[ArrayRef]) -> Result<Vec<Self>> {
        Ok(argument::<Float64Array>(state, 0)?.values().to_vec())
    }

    fn write(sums: Vec<Self>) -> ArrayRef {
        Arc::new(Float64Array::from(sums))
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn means(sums: Vec<Self>, counts: Vec<i64>, _: Type) -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(sums.into_iter().zip(counts).map(|(sum, n)| sum / n as f64)))
    }
}

impl Summed for i128 {
    fn add(column: &ArrayRef, rows: Rows, mut each: impl FnMut(usize, Self)) -> Result<()> {
        let column = cast(column, &DataType::Int64)?;
        let column: &Int64Array = column.as_primitive();
        rows.each_valid(column.nulls(), |row, group| each(group, column.value(row).into()));
        Ok(())
    }

    fn read(state: &[ArrayRef]) -> Result<Vec<Self>> {
        Ok(argument::<Decimal128Array>(state, 0)?.values().to_vec())
    }

    fn write(sums: Vec<Self>) -> ArrayRef {
        Arc::new(Decimal128Array::from(sums).with_data_type(WHOLE))
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn means(sums: Vec<Self>, counts: Vec<i64>, to: Type) -> ArrayRef {
        let pairs = sums.into_iter().zip(counts);
        match to {
            Type::Real => Arc::new(Float64Array::from_iter_values(pairs.map(|(sum, n)| sum as f64 / n as f64))),
            // The mean of 64-bit numbers fits 64 bits.
            _ => Arc::new(pairs.map(|(sum, n)| sum.checked_div(n.into()).map(|v| v as i64)).collect::<Int64Array>()),
        }
    }
}

impl Summed for i256 {
    fn add(column: &ArrayRef, rows: Rows, mut each: impl FnMut(usize, Self)) -> Result<()> {
        let column = column.as_primitive::<Decimal256Type>();
        rows.each_valid(column.nulls(), |row, group| each(group, column.value(row)));
        Ok(())
    }

    fn read(state: &[ArrayRef]) -> Result<Vec<Self>> {
        Ok(argument::<PrimitiveArray<Decimal256Type>>(state, 0)?.values().to_vec())
    }

    fn write(sums: Vec<Self>) -> ArrayRef {
        let array: PrimitiveArray<Decimal256Type> = sums.into_iter().map(Some).collect();
        Arc::new(array.with_data_type(arrow_type(Type::Decimal)))
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn means(sums: Vec<Self>, counts: Vec<i64>, to: Type) -> ArrayRef {
        let means = sums.into_iter().zip(counts).map(|(sum, n)| sum.checked_div(n.into()));
        Arc::new(means.collect::<PrimitiveArray<Decimal256Type>>().with_data_type(arrow_type(to)))
    }
}

impl<N: Summed> Accumulate for Mean<N> {
    fn grow(&mut self, groups: usize) {
        self.sums.resize(groups, N::default());
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        N::add(column(args, 0)?, rows, |group, value| {
            self.sums[group] = self.sums[group].plus(value);
            self.counts[group] += 1;
        })
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let sums = N::read(state)?;
        let counts = argument::<Int64Array>(state, 1)?.values();
        for ((group, sum), n) in groups.iter().zip(sums).zip(counts) {
            self.sums[*group] = self.sums[*group].plus(sum);
            self.counts[*group] += n;
        }
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let sums = N::write(emit.take_needed(&mut self.sums));
        Ok(vec![sums, Arc::new(Int64Array::from(emit.take_needed(&mut self.counts)))])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(N::means(emit.take_needed(&mut self.sums), emit.take_needed(&mut self.counts), self.to))
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<N>() + self.counts.capacity() * size_of::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn means_keep_or_widen_the_type() {
        let rows = [(0, V::Int(1)), (0, V::Null(Type::Int)), (0, V::Int(2)), (1, V::Int(-3))];
        assert_eq!(two_groups(&AVG, Type::Int, Type::Real, &rows), [V::Real(1.5), V::Real(-3.0)]);
        let times = [3_155_378_975_999_999_999, 3_155_378_975_999_999_997, 3_155_378_975_999_999_998];
        let rows = times.map(|t| (0, V::Datetime(t)));
        assert_eq!(two_groups(&AVG, Type::Datetime, Type::Datetime, &rows), [V::Datetime(times[2])]);
        let rows = [(0, V::Decimal("1".into())), (0, V::Decimal("2".into()))];
        assert_eq!(two_groups(&AVG, Type::Decimal, Type::Decimal, &rows), [V::Decimal("1.5".into())]);
    }

    #[test]
    fn nothing_has_no_mean() {
        let of = |ty, to| two_groups(&AVG, ty, to, &[(0, V::Null(ty))]).remove(0);
        assert!(matches!(of(Type::Long, Type::Real), V::Real(v) if v.is_nan()));
        assert!(matches!(of(Type::Real, Type::Real), V::Real(v) if v.is_nan()));
        assert_eq!(of(Type::Timespan, Type::Timespan), V::Null(Type::Timespan));
        assert_eq!(of(Type::Decimal, Type::Decimal), V::Null(Type::Decimal));
    }
}
