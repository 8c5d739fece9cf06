//! `min` and `max` of strings. DataFusion's own would give null where there is no value; a string is never null.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};

use super::AggregateCall;
use super::udaf::{Accumulate, Rows, aggregate, argument};

/// Makes the aggregate that keeps the value that compares as `wins` to all others.
pub(super) fn extreme(name: &str, call: &AggregateCall, wins: Ordering) -> AggregateUDF {
    let make = move || Extreme { best: Vec::new(), wins, bytes: 0 };
    aggregate(name, call, DataType::Utf8View, vec![DataType::Utf8View], make).udaf()
}

struct Extreme {
    best: Vec<Option<String>>,
    wins: Ordering,
    /// About how many bytes all texts take: counting them is too slow to do for every batch.
    bytes: usize,
}

impl Extreme {
    fn taken(&mut self, emit: EmitTo) -> Vec<Option<String>> {
        let best = emit.take_needed(&mut self.best);
        self.bytes = self.bytes.saturating_sub(best.iter().flatten().map(String::len).sum());
        best
    }
}

impl Accumulate for Extreme {
    fn grow(&mut self, groups: usize) {
        self.best.resize(groups, None);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let column: &StringViewArray = argument(args, 0)?;
        rows.each_valid(column.nulls(), |row, group| {
            let value = column.value(row);
            match &mut self.best[group] {
                Some(best) if value.cmp(best) == self.wins => {
                    best.clear();
                    best.push_str(value);
                }
                Some(_) => {}
                none => {
                    *none = Some(value.to_owned());
                    self.bytes += value.len();
                }
            }
        });
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        self.update(state, Rows::all(groups))
    }

    /// No value is null here: `""` would be the least of all.
    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let best = self.taken(emit);
        Ok(vec![Arc::new(StringViewArray::from_iter(best))])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let best = self.taken(emit);
        Ok(Arc::new(StringViewArray::from_iter_values(best.into_iter().map(Option::unwrap_or_default))))
    }

    fn size(&self) -> usize {
        self.best.capacity() * size_of::<Option<String>>() + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, BooleanArray};
    use rehunt_lang::types::Type;

    use super::*;
    use crate::aggregates::fold::{MAX, MIN};
    use crate::aggregates::udaf::testing::grouped;

    #[test]
    fn no_value_is_the_empty_string_and_never_the_least() {
        let column: ArrayRef = Arc::new(StringViewArray::from(vec!["b", "x", "a", "B", "c"]));
        let filter = BooleanArray::from(vec![true, false, true, true, true]);
        let call =
            AggregateCall { types: &[Type::String], constants: &[None], returns: &[Type::String], ordered: false };
        let extreme = |aggregate| grouped(aggregate, &call, &[Arc::clone(&column)], &[0, 1, 0, 0, 2], Some(&filter));
        assert_eq!(extreme(&MIN).as_string_view(), &StringViewArray::from(vec!["B", "", "c"]));
        assert_eq!(extreme(&MAX).as_string_view(), &StringViewArray::from(vec!["b", "", "c"]));
    }
}
