//! Aggregates that gather values: `make_list`, `make_set`, `make_bag` and their kin.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{HashMap, Result};
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::{Type, Value};

use super::udaf::{Accumulate, Rows, aggregate, argument, column, flattened, list_type, lists};
use super::{Aggregate, AggregateCall};
use crate::dynamic::{Builder, Cells, Raw};

const MAX_SIZE: Param = Param::new("maxSize", Accepts::Integer).constant();

/// `make_list(expr, maxSize)`, `make_list_if(expr, predicate, maxSize)`
pub static MAKE_LIST: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "make_list",
        aliases: &["makelist"],
        overloads: &[
            Overload::new(&[Param::new("expr", Accepts::Scalar)], Returns::Is(Type::Dynamic)).optional(&[MAX_SIZE])
        ],
        naming: Naming::PrefixAndFirstArgument("list"),
        filtered: Some("make_list_if"),
        filtered_naming: Naming::PrefixAndFirstArgument("list"),
        summary: "Gathers values in an array, in the order of rows, nulls aside. \
                  Dynamic arrays are spliced into it, dynamic nulls stay.",
        examples: &[Example { query: "range x from 1 to 3 step 1 | summarize make_list(x, 2)", answer: "[1,2]" }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| collect("make_list", call, Mode::List { nulls: false }),
};

/// `make_list_with_nulls(expr)`
pub static MAKE_LIST_WITH_NULLS: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "make_list_with_nulls",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Scalar)], Returns::Is(Type::Dynamic))],
        naming: Naming::PrefixAndFirstArgument("list"),
        summary: "Gathers values in an array, in the order of rows, nulls among them.",
        examples: &[Example {
            query: "datatable(x:long)[1, long(null)] | summarize make_list_with_nulls(x)",
            answer: "[1,null]",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| collect("make_list_with_nulls", call, Mode::List { nulls: true }),
};

/// `make_set(expr, maxSize)`, `make_set_if(expr, predicate, maxSize)`
pub static MAKE_SET: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "make_set",
        aliases: &["makeset"],
        overloads: &[
            Overload::new(&[Param::new("expr", Accepts::Scalar)], Returns::Is(Type::Dynamic)).optional(&[MAX_SIZE])
        ],
        naming: Naming::PrefixAndFirstArgument("set"),
        filtered: Some("make_set_if"),
        filtered_naming: Naming::PrefixAndFirstArgument("set"),
        summary: "Gathers distinct values in an array, first seen first, nulls aside. \
                  Of a dynamic array the elements count.",
        examples: &[Example {
            query: "datatable(s:string)['b', 'a', 'b'] | summarize make_set(s)",
            answer: "[\"b\",\"a\"]",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| collect("make_set", call, Mode::Set),
};

/// `make_bag(expr, maxSize)`, `make_bag_if(expr, predicate, maxSize)`
pub static MAKE_BAG: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "make_bag",
        overloads: &[
            Overload::new(&[Param::new("expr", Accepts::Bag)], Returns::Is(Type::Dynamic)).optional(&[MAX_SIZE])
        ],
        naming: Naming::PrefixAndFirstArgument("bag"),
        filtered: Some("make_bag_if"),
        filtered_naming: Naming::PrefixAndFirstArgument("bag"),
        summary: "Merges property bags into one; of equal keys the first seen stays. What is no bag does not count.",
        examples: &[Example {
            query: "range x from 1 to 2 step 1 | summarize make_bag(bag_pack('a', x, tostring(x), true))",
            answer: "{\"a\":1,\"1\":true,\"2\":true}",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| collect("make_bag", call, Mode::Bag),
};

/// `make_dictionary(expr, maxSize)`: the old name of `make_bag`.
pub static MAKE_DICTIONARY: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "make_dictionary",
        overloads: MAKE_BAG.spec.overloads,
        naming: Naming::PrefixAndFirstArgument("dictionary"),
        summary: "The old name of `make_bag`.",
        examples: &[Example {
            query: "range x from 1 to 2 step 1 | summarize make_dictionary(bag_pack(tostring(x), x))",
            answer: "{\"1\":1,\"2\":2}",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| collect("make_dictionary", call, Mode::Bag),
};

/// Kusto gathers at most so many values.
const LARGEST: usize = 1_048_576;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    List { nulls: bool },
    Set,
    Bag,
}

fn collect(name: &str, call: &AggregateCall, mode: Mode) -> Result<AggregateUDF, String> {
    let ty = call.types.first().copied().ok_or_else(|| format!("`{name}` needs an argument"))?;
    let arguments = call.types.len() - usize::from(call.ordered);
    let limit = match call.constants.get(1).filter(|_| arguments > 1) {
        None => LARGEST,
        Some(value) => value
            .as_ref()
            .and_then(Value::as_long)
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| format!("the size given to `{name}` must be a constant whole number"))?
            .min(LARGEST),
    };
    let ordinal = call.ordered.then_some(arguments);
    let mut state = vec![list_type(DataType::Utf8View)];
    if ordinal.is_some() {
        state.push(list_type(DataType::Int64));
    }
    let make = move || Collect { groups: Vec::new(), bytes: 0, written: Builder::new(), ty, mode, limit, ordinal };
    Ok(aggregate(name, call, DataType::Utf8View, state, make).udaf())
}

struct Collect {
    groups: Vec<Items>,
    /// About how many bytes all items take: counting them is too slow to do for every batch.
    bytes: usize,
    /// Space for writing one value.
    written: Builder,
    ty: Type,
    mode: Mode,
    limit: usize,
    /// The argument that numbers the rows, if they have an order.
    ordinal: Option<usize>,
}

/// What one group has gathered: JSON values, or for a bag `"key":value`.
#[derive(Default)]
struct Items {
    text: String,
    /// Where in `text` each item ends.
    ends: Vec<usize>,
    /// The number of the row of each item, where rows are numbered.
    ordinals: Vec<i64>,
    /// For sets and bags that are not small any more: what tells items apart, and their places.
    places: HashMap<Box<str>, usize>,
}

/// Up to so many items are compared one by one: a table for each of a million small groups would be slower.
const SMALL: usize = 16;

impl Items {
    fn item(&self, i: usize) -> &str {
        let start = i.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.ends.get(i).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    fn push(&mut self, item: &str, ordinal: Option<i64>) {
        self.text.push_str(item);
        self.ends.push(self.text.len());
        self.ordinals.extend(ordinal);
    }

    /// Adds an item unless one with the same `key` is there, which is the item itself or what it begins with.
    fn push_new(&mut self, key: &str, item: &str, ordinal: Option<i64>) {
        let n = self.ends.len();
        let whole = key.len() == item.len();
        let place = match n > SMALL {
            true => self.places.get(key).copied(),
            false => (0..n).find(|i| {
                let other = self.item(*i);
                if whole { other == key } else { other.starts_with(key) }
            }),
        };
        match (place, ordinal) {
            (None, _) => {
                if n == SMALL {
                    // `key` ends a bag's key in `":`; a value of a set has no such end and is its own key.
                    self.places = (0..n).map(|i| (key_of(self.item(i), whole).into(), i)).collect();
                }
                if n >= SMALL {
                    self.places.insert(key.into(), n);
                }
                self.push(item, ordinal);
            }
            (Some(place), Some(ordinal)) => {
                if let Some(earlier) = self.ordinals.get_mut(place).filter(|o| **o > ordinal) {
                    *earlier = ordinal;
                }
            }
            (Some(_), None) => {}
        }
    }

    /// Goes through the items in the order of their rows.
    fn in_order(&self) -> impl Iterator<Item = &str> {
        let mut order: Vec<usize> = (0..self.ends.len()).collect();
        order.sort_by_key(|i| self.ordinals.get(*i).copied().unwrap_or(0)); // stable: arrival decides between equals
        order.into_iter().map(|i| self.item(i))
    }
}

/// Returns what tells an item apart: all of a value, the key of a slot with its colon.
fn key_of(item: &str, whole: bool) -> &str {
    if whole {
        return item;
    }
    let colon = crate::dynamic::end_of_string(item.as_bytes(), 0);
    item.get(..=colon).unwrap_or(item)
}

impl Collect {
    /// Tells whether a group takes no more. Where rows have an order, later arrivals may come first: then the end
    /// result is cut.
    fn is_full(&self, group: usize) -> bool {
        self.ordinal.is_none() && self.groups[group].ends.len() >= self.limit
    }

    fn add(&mut self, group: usize, item: &str, ordinal: Option<i64>) {
        if self.is_full(group) {
            return;
        }
        let items = &mut self.groups[group];
        let before = items.text.len();
        match self.mode {
            Mode::List { .. } => items.push(item, ordinal),
            Mode::Set => {
                // The zeros are equal, as in `distinct`, which shows this one too.
                let item = if item == "-0.0" { "0.0" } else { item };
                items.push_new(item, item, ordinal);
            }
            Mode::Bag => items.push_new(key_of(item, false), item, ordinal),
        }
        let added = items.text.len() - before;
        let known_by = if items.places.is_empty() { 0 } else { added + 40 };
        self.bytes += if added == 0 { 0 } else { added + 16 + known_by };
    }

    fn taken(&mut self, emit: EmitTo) -> Vec<Items> {
        let groups = emit.take_needed(&mut self.groups);
        let of = |g: &Items| {
            let known_by = if g.places.is_empty() { 0 } else { g.text.len() + 40 * g.ends.len() };
            g.text.len() + 16 * g.ends.len() + known_by
        };
        self.bytes = self.bytes.saturating_sub(groups.iter().map(of).sum());
        groups
    }

    fn add_cell(&mut self, cells: &Cells, row: usize, group: usize, ordinal: Option<i64>) {
        match (self.mode, cells.dynamic(row)) {
            (Mode::Bag, value) => {
                let mut slot = String::new();
                for (key, value) in value.into_iter().flat_map(Raw::slots) {
                    slot.clear();
                    slot.extend(["\"", key, "\":", value.text()]);
                    self.add(group, &slot, ordinal);
                }
            }
            (Mode::Set, Some(array)) if array.is_array() => {
                array.elements().filter(|e| !e.is_null()).for_each(|e| self.add(group, e.text(), ordinal));
            }
            (_, Some(array)) if array.is_array() => {
                array.elements().for_each(|e| self.add(group, e.text(), ordinal));
            }
            (_, Some(value)) => self.add(group, value.text(), ordinal),
            (mode, None) => {
                let keep = match mode {
                    Mode::List { nulls } => nulls || self.ty == Type::Dynamic,
                    _ => false,
                };
                if keep || !cells.is_null(row) {
                    let mut written = std::mem::take(&mut self.written);
                    written.clear();
                    cells.write(row, &mut written);
                    self.add(group, written.text(), ordinal);
                    self.written = written;
                }
            }
        }
    }
}

impl Accumulate for Collect {
    fn grow(&mut self, groups: usize) {
        self.groups.resize_with(groups, Items::default);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let cells = Cells::new(column(args, 0)?, self.ty)?;
        let ordinals = self.ordinal.map(|i| argument::<Int64Array>(args, i)).transpose()?;
        rows.each(|row, group| self.add_cell(&cells, row, group, ordinals.map(|o| o.value(row))));
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let (items, of) = flattened(state, 0, groups)?;
        let items = items.as_string_view();
        let ordinals = self.ordinal.map(|_| flattened(state, 1, groups)).transpose()?;
        for (row, group) in of.iter().enumerate() {
            let ordinal = ordinals.as_ref().map(|(o, _)| o.as_primitive::<Int64Type>().value(row));
            self.add(*group, items.value(row), ordinal);
        }
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.taken(emit);
        let lengths = || groups.iter().map(|g| g.ends.len());
        let all = groups.iter().flat_map(|g| (0..g.ends.len()).map(|i| g.item(i)));
        let mut state = vec![lists(lengths(), Arc::new(StringViewArray::from_iter_values(all)))?];
        if self.ordinal.is_some() {
            let all = groups.iter().flat_map(|g| g.ordinals.iter().copied());
            state.push(lists(lengths(), Arc::new(Int64Array::from_iter_values(all)))?);
        }
        Ok(state)
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let groups = self.taken(emit);
        let (open, close) = if self.mode == Mode::Bag { ('{', '}') } else { ('[', ']') };
        let mut out = StringViewBuilder::with_capacity(groups.len());
        let mut text = String::new();
        for group in groups {
            text.clear();
            text.push(open);
            for item in group.in_order().take(self.limit) {
                if text.len() > 1 {
                    text.push(',');
                }
                text.push_str(item);
            }
            text.push(close);
            out.append_value(&text);
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Items>() + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::{grouped, two_groups};

    fn dynamic(json: &str) -> V {
        V::Dynamic(json.to_owned())
    }

    fn collected(aggregate: &Aggregate, ty: Type, rows: &[(usize, V)]) -> Vec<String> {
        two_groups(aggregate, ty, Type::Dynamic, rows)
            .into_iter()
            .map(|v| match v {
                V::Dynamic(json) => json,
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn lists_drop_scalar_nulls_and_splice_dynamic_arrays() {
        let null = V::Null(Type::Real);
        let rows = [(0, V::Real(1.0)), (1, null.clone()), (0, null), (0, V::Real(f64::NAN))];
        assert_eq!(collected(&MAKE_LIST, Type::Real, &rows), ["[1.0,\"NaN\"]", "[]"]);
        assert_eq!(collected(&MAKE_LIST_WITH_NULLS, Type::Real, &rows), ["[1.0,null,\"NaN\"]", "[null]"]);
        let rows = [
            (0, dynamic("[1,[2],null]")),
            (1, V::Null(Type::Dynamic)),
            (0, dynamic("{\"a\":[3]}")),
            (1, dynamic("[]")),
            (0, V::Null(Type::Dynamic)),
        ];
        assert_eq!(collected(&MAKE_LIST, Type::Dynamic, &rows), ["[1,[2],null,{\"a\":[3]},null]", "[null]"]);
        assert_eq!(collected(&MAKE_SET, Type::Dynamic, &rows), ["[1,[2],{\"a\":[3]}]", "[]"]);
    }

    #[test]
    fn sets_keep_the_first_of_equals_small_and_large() {
        let rows: Vec<_> = (0..100).map(|i| (0, V::Long(i % 40))).collect();
        let wanted: Vec<_> = (0..40).map(|i| i.to_string()).collect();
        assert_eq!(collected(&MAKE_SET, Type::Long, &rows), [format!("[{}]", wanted.join(","))]);
        let rows = ["b", "", "a", "b"].map(|s| (0, V::String(s.to_owned())));
        assert_eq!(collected(&MAKE_SET, Type::String, &rows), ["[\"b\",\"\",\"a\"]"]);
    }

    #[test]
    fn bags_keep_the_first_of_equal_keys_small_and_large() {
        let rows = [
            (0, dynamic(r#"{"a":1,"a\":":{"x":2}}"#)),
            (0, V::Null(Type::Dynamic)),
            (0, dynamic(r#"{"a":10,"ab":null}"#)),
            (0, dynamic("[1]")),
        ];
        assert_eq!(collected(&MAKE_BAG, Type::Dynamic, &rows), [r#"{"a":1,"a\":":{"x":2},"ab":null}"#]);
        let rows: Vec<_> = (0..60).map(|i| (0, dynamic(&format!("{{\"k{}\":{i}}}", i % 30)))).collect();
        let wanted: Vec<_> = (0..30).map(|i| format!("\"k{i}\":{i}")).collect();
        assert_eq!(collected(&MAKE_BAG, Type::Dynamic, &rows), [format!("{{{}}}", wanted.join(","))]);
    }

    #[test]
    fn the_order_of_rows_counts_and_the_size_is_limited() {
        let values: ArrayRef = Arc::new(StringViewArray::from(vec!["c", "a", "b", "a", "d"]));
        let size: ArrayRef = Arc::new(Int64Array::from(vec![3; 5]));
        let ordinals: ArrayRef = Arc::new(Int64Array::from(vec![5, 4, 1, 0, 3]));
        let call = AggregateCall {
            types: &[Type::String, Type::Long, Type::Long],
            constants: &[None, Some(V::Long(3)), None],
            returns: &[Type::Dynamic],
            ordered: true,
        };
        let args = [values, size, ordinals];
        let list = grouped(&MAKE_LIST, &call, &args, &[0; 5], None);
        assert_eq!(list.as_string_view().value(0), r#"["a","b","d"]"#);
        let set = grouped(&MAKE_SET, &call, &args, &[0; 5], None);
        assert_eq!(set.as_string_view().value(0), r#"["a","b","d"]"#);
    }
}
