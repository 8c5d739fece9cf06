//! `dcount`, `count_distinct`: exact numbers of distinct values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Float64Type, Int64Type};
use datafusion::common::{HashMap, HashSet, Result};
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, column, flattened, list_type, lists};
use super::{Aggregate, AggregateCall};

/// `dcount(expr, accuracy)`, `dcountif(expr, predicate, accuracy)`
pub static DCOUNT: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "dcount",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Scalar)], Returns::Is(Type::Long))
            .optional(&[Param::new("accuracy", Accepts::NotDynamic)])],
        naming: Naming::PrefixAndFirstArgument("dcount"),
        filtered: Some("dcountif"),
        filtered_naming: Naming::PrefixAndFirstArgument("dcountif"),
        summary: "Counts distinct values, nulls aside. The count is exact, whatever the accuracy asked for.",
        examples: &[Example { query: "datatable(x:long)[1, 1, 2, long(null)] | summarize dcount(x)", answer: "2" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(distinct("dcount", call)),
};

/// `count_distinct(expr)`, `count_distinctif(expr, predicate)`
pub static COUNT_DISTINCT: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "count_distinct",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::NotDynamic)], Returns::Is(Type::Long))],
        naming: Naming::PrefixAndFirstArgument("count_distinct"),
        filtered: Some("count_distinctif"),
        filtered_naming: Naming::PrefixAndFirstArgument("count_distinctif"),
        summary: "Counts distinct values, nulls aside.",
        examples: &[Example { query: "datatable(s:string)['a', 'b', 'a'] | summarize count_distinct(s)", answer: "2" }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(distinct("count_distinct", call)),
};

fn distinct(name: &str, call: &AggregateCall) -> AggregateUDF {
    let as_text = matches!(call.types.first(), Some(Type::String | Type::Guid | Type::Dynamic | Type::Decimal));
    let state = list_type(if as_text { DataType::Utf8View } else { DataType::Int64 });
    let make = move || Distinct { counts: Vec::new(), pairs: HashSet::default(), names: as_text.then(Names::default) };
    aggregate(name, call, DataType::Int64, vec![state], make).udaf()
}

/// One set for all groups, of pairs of a group and a key. Sets of their own would cost each small group a table.
///
/// A key is the bits of a number, or for text a number given out once for each text. Hashes alone would be smaller,
/// but evidence is written by attackers: values made to collide must not lower a count.
struct Distinct {
    counts: Vec<i64>,
    pairs: HashSet<(u32, i64)>,
    names: Option<Names>,
}

/// Texts and the numbers given to them.
#[derive(Default)]
struct Names {
    numbers: HashMap<Arc<str>, i64>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl Names {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (shared, number): (Arc<str>, _) = (text.into(), self.texts.len() as i64);
        self.bytes += text.len() + 2 * size_of::<usize>();
        self.texts.push(Arc::clone(&shared));
        self.numbers.insert(shared, number);
        number
    }

    fn text(&self, number: i64) -> &str {
        usize::try_from(number).ok().and_then(|n| self.texts.get(n)).map_or("", |text| text)
    }
}

impl Distinct {
    fn add(&mut self, values: &ArrayRef, rows: Rows) -> Result<()> {
        let (counts, pairs) = (&mut self.counts, &mut self.pairs);
        let mut add = |group: usize, key: i64| {
            if pairs.insert((group as u32, key)) {
                counts[group] += 1;
            }
        };
        match (&mut self.names, values.data_type()) {
            (Some(names), DataType::Decimal256(..)) => {
                let values = values.as_primitive::<Decimal256Type>();
                rows.each_valid(values.nulls(), |row, group| add(group, names.number(&values.value_as_string(row))));
            }
            (Some(names), _) => {
                let values = values.as_string_view();
                rows.each_valid(values.nulls(), |row, group| add(group, names.number(values.value(row))));
            }
            (None, DataType::Float64) => {
                let values = values.as_primitive::<Float64Type>();
                rows.each_valid(values.nulls(), |row, group| add(group, bits(values.value(row))));
            }
            (None, _) => {
                let values = cast(values, &DataType::Int64)?;
                let values = values.as_primitive::<Int64Type>();
                rows.each_valid(values.nulls(), |row, group| add(group, values.value(row)));
            }
        }
        Ok(())
    }

    /// Forgets the groups handed over; those that stay move to the front.
    fn forget(&mut self, emit: EmitTo) {
        match emit {
            EmitTo::All => {
                self.pairs = HashSet::default();
                self.names = self.names.as_ref().map(|_| Names::default());
            }
            EmitTo::First(n) => {
                let mut names = self.names.as_ref().map(|_| Names::default());
                let stay = self.pairs.iter().filter(|(group, _)| *group as usize >= n);
                self.pairs = stay
                    .map(|(group, key)| {
                        let key = match (&mut names, &self.names) {
                            (Some(new), Some(old)) => new.number(old.text(*key)),
                            _ => *key,
                        };
                        (group - n as u32, key)
                    })
                    .collect();
                self.names = names;
            }
        }
    }
}

/// One NaN equals another here, and 0 equals -0.
fn bits(value: f64) -> i64 {
    let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
    value.to_bits() as i64
}

impl Accumulate for Distinct {
    fn grow(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        self.add(column(args, 0)?, rows)
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let (keys, groups) = flattened(state, 0, groups)?;
        self.add(&keys, Rows::all(&groups))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let counts = emit.take_needed(&mut self.counts);
        let mut pairs: Vec<_> = self.pairs.iter().copied().filter(|(g, _)| (*g as usize) < counts.len()).collect();
        pairs.sort_unstable();
        let keys = pairs.iter().map(|(_, key)| *key);
        let values: ArrayRef = match &self.names {
            Some(names) => Arc::new(StringViewArray::from_iter_values(keys.map(|key| names.text(key)))),
            None => Arc::new(Int64Array::from_iter_values(keys)),
        };
        self.forget(emit);
        Ok(vec![lists(counts.into_iter().map(|n| n as usize), values)?])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let counts = emit.take_needed(&mut self.counts);
        self.forget(emit);
        Ok(Arc::new(Int64Array::from(counts)))
    }

    fn size(&self) -> usize {
        let names = self.names.as_ref().map_or(0, |n| n.bytes + n.texts.capacity() * 16 + n.numbers.capacity() * 25);
        self.counts.capacity() * 8 + self.pairs.capacity() * 17 + names
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn every_type_counts_its_values() {
        let text = |t: &str| V::String(t.to_owned());
        let rows =
            [(0, text("a longer text than a view")), (1, text("")), (0, text("b")), (1, text("b")), (1, text(""))];
        assert_eq!(two_groups(&DCOUNT, Type::String, Type::Long, &rows), [V::Long(2), V::Long(2)]);
        let rows =
            [(0, V::Real(f64::NAN)), (1, V::Real(0.0)), (0, V::Real(-f64::NAN)), (1, V::Real(-0.0)), (0, V::Real(1.0))];
        assert_eq!(two_groups(&DCOUNT, Type::Real, Type::Long, &rows), [V::Long(2), V::Long(1)]);
        let rows = [(0, V::Bool(true)), (0, V::Null(Type::Bool)), (0, V::Bool(false)), (0, V::Bool(true))];
        assert_eq!(two_groups(&COUNT_DISTINCT, Type::Bool, Type::Long, &rows), [V::Long(2)]);
        let rows = ["1.5", "2", "1.50"].map(|d| (0, V::Decimal(d.to_owned())));
        assert_eq!(two_groups(&DCOUNT, Type::Decimal, Type::Long, &rows), [V::Long(2)]);
    }

    #[test]
    fn groups_that_stay_keep_their_values() {
        let column: ArrayRef = Arc::new(StringViewArray::from(vec!["x", "y", "z", "z"]));
        let mut counts = Distinct { counts: Vec::new(), pairs: HashSet::default(), names: Some(Names::default()) };
        counts.grow(3);
        counts.update(&[Arc::clone(&column)], Rows::all(&[0, 1, 2, 1])).unwrap();
        assert_eq!(counts.results(EmitTo::First(1)).unwrap().as_primitive::<Int64Type>().values(), &[1]);
        counts.update(&[column], Rows::all(&[0, 0, 1, 1])).unwrap();
        assert_eq!(counts.results(EmitTo::All).unwrap().as_primitive::<Int64Type>().values(), &[3, 1]);
    }
}
