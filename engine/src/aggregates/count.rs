//! `count`, `countif`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, argument};
use super::{Aggregate, AggregateCall};

/// `count()`, `countif(predicate)`
pub static COUNT: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "count",
        aliases: &["cnt"],
        overloads: &[Overload::new(&[], Returns::Is(Type::Long)).optional(&[Param::new("expr", Accepts::Scalar)])],
        naming: Naming::PrefixAndFirstArgument("count"),
        filtered: Some("countif"),
        filtered_naming: Naming::PrefixAndFirstArgument("countif"),
        summary: "Counts rows; also where the argument is null.",
        examples: &[
            Example { query: "range x from 1 to 3 step 1 | summarize count(), countif(x > 1)", answer: "3 | 2" },
            Example { query: "datatable(x:long)[1, long(null)] | summarize count(x)", answer: "2" },
        ],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: count,
};

fn count(call: &AggregateCall) -> Result<AggregateUDF, String> {
    let udaf = aggregate("count", call, DataType::Int64, vec![DataType::Int64], Count::default);
    let rows = |statistics: &datafusion::common::Statistics| {
        let rows = statistics.num_rows.get_value().filter(|_| statistics.num_rows.is_exact() == Some(true))?;
        Some(ScalarValue::Int64(Some(i64::try_from(*rows).ok()?)))
    };
    Ok(udaf.with_statistics(rows).udaf())
}

#[derive(Default)]
struct Count(Vec<i64>);

impl Accumulate for Count {
    fn grow(&mut self, groups: usize) {
        self.0.resize(groups, 0);
    }

    fn update(&mut self, _: &[ArrayRef], rows: Rows) -> Result<()> {
        rows.each(|_, group| self.0[group] += 1);
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let counts = argument::<Int64Array>(state, 0)?;
        groups.iter().zip(counts.values()).for_each(|(group, n)| self.0[*group] += n);
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.results(emit)?])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(Int64Array::from(emit.take_needed(&mut self.0))))
    }

    fn size(&self) -> usize {
        self.0.capacity() * size_of::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, BooleanArray};
    use arrow::datatypes::Int64Type;
    use rehunt_lang::types::Value;

    use super::*;
    use crate::aggregates::udaf::testing::{grouped, two_groups};

    #[test]
    fn counts_nulls_too() {
        let rows = [(0, Value::Long(1)), (1, Value::Null(Type::Long)), (0, Value::Null(Type::Long))];
        assert_eq!(two_groups(&COUNT, Type::Long, Type::Long, &rows), [Value::Long(2), Value::Long(1)]);
    }

    #[test]
    fn a_null_predicate_does_not_count() {
        let filter = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
        let call = AggregateCall { types: &[Type::Long], constants: &[None], returns: &[Type::Long], ordered: false };
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4]));
        let counts = grouped(&COUNT, &call, &[column], &[0, 0, 1, 0], Some(&filter));
        assert_eq!(counts.as_primitive::<Int64Type>().values(), &[2, 0]);
    }
}
