//! Structs, lists and maps of Arrow as dynamics.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use datafusion::common::{Result, exec_err};
use rehunt_lang::time::{datetime_text, timespan_text};
use rehunt_lang::types::Type;

use super::natural::{natural, natural_type};
use crate::dynamic::Builder;

/// Writes each row as JSON text: structs and maps as bags, lists as arrays. Times are strings within.
///
/// # Errors
/// When something within has no counterpart in Kusto.
pub(super) fn json(array: &ArrayRef) -> Result<ArrayRef> {
    let cells = Cells::of(array)?;
    let mut out = StringViewBuilder::with_capacity(array.len());
    let mut builder = Builder::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_null();
            continue;
        }
        builder.clear();
        cells.write(row, &mut builder);
        out.append_value(builder.text());
    }
    Ok(Arc::new(out.finish()))
}

/// An array taken apart once, so that rows need no look at its type.
enum Cells {
    /// Rows and the fields of each.
    Bag(ArrayRef, Vec<(String, Cells)>),
    /// For each row its range of elements; nothing for null.
    List(Vec<Option<(usize, usize)>>, Box<Cells>),
    /// For each row its range of keys and values; nothing for null.
    Map(Vec<Option<(usize, usize)>>, ArrayRef, Box<Cells>),
    /// Single values of the engine's types.
    Value(Type, ArrayRef),
}

impl Cells {
    fn of(array: &ArrayRef) -> Result<Cells> {
        Ok(match array.data_type() {
            DataType::Struct(_) => {
                let all: &StructArray = array.as_struct();
                let names = all.fields().iter().map(|f| f.name().clone());
                let fields = names.zip(all.columns()).map(|(name, column)| Ok((name, Cells::of(column)?)));
                Cells::Bag(Arc::clone(array), fields.collect::<Result<_>>()?)
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let range = |row: usize| (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
                Cells::List(ranges(array, range), Box::new(Cells::of(list.values())?))
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                let range = |row: usize| (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
                Cells::List(ranges(array, range), Box::new(Cells::of(list.values())?))
            }
            DataType::FixedSizeList(_, width) => {
                let list = array.as_fixed_size_list();
                let width = usize::try_from(*width).unwrap_or(0);
                Cells::List(ranges(array, |row| (row * width, (row + 1) * width)), Box::new(Cells::of(list.values())?))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let range = |row: usize| (map.value_offsets()[row] as usize, map.value_offsets()[row + 1] as usize);
                let Some(Type::String) = natural_type(map.keys().data_type()) else {
                    return exec_err!("a map with keys of type {} has no counterpart in Kusto", map.keys().data_type());
                };
                Cells::Map(ranges(array, range), natural(map.keys())?, Box::new(Cells::of(map.values())?))
            }
            other => match natural_type(other) {
                Some(ty) => Cells::Value(ty, keep_nulls(array)?),
                None => return exec_err!("Arrow type {other} has no counterpart in Kusto"),
            },
        })
    }

    fn write(&self, row: usize, out: &mut Builder) {
        match self {
            Cells::Bag(all, _) if all.is_null(row) => out.null(),
            Cells::Bag(_, fields) => {
                out.begin_bag();
                for (name, cells) in fields {
                    out.key(name);
                    cells.write(row, out);
                }
                out.end_bag();
            }
            Cells::List(ranges, values) => match ranges.get(row).copied().flatten() {
                None => out.null(),
                Some((from, to)) => {
                    out.begin_array();
                    (from..to).for_each(|at| values.write(at, out));
                    out.end_array();
                }
            },
            Cells::Map(ranges, keys, values) => match ranges.get(row).copied().flatten() {
                None => out.null(),
                Some((from, to)) => {
                    out.begin_bag();
                    for at in from..to {
                        out.key(keys.as_string_view().value(at));
                        values.write(at, out);
                    }
                    out.end_bag();
                }
            },
            Cells::Value(_, array) if array.is_null(row) => out.null(),
            Cells::Value(ty, array) => match ty {
                Type::Bool => out.bool(array.as_boolean().value(row)),
                Type::Int => out.long(i64::from(array.as_primitive::<Int32Type>().value(row))),
                Type::Long => out.long(array.as_primitive::<Int64Type>().value(row)),
                Type::Real => out.real(array.as_primitive::<Float64Type>().value(row)),
                Type::Datetime => out.string(&datetime_text(array.as_primitive::<Int64Type>().value(row))),
                Type::Timespan => out.string(&timespan_text(array.as_primitive::<Int64Type>().value(row))),
                Type::String => out.string(array.as_string_view().value(row)),
                _ => match crate::value::value_at(array, *ty, row) {
                    rehunt_lang::types::Value::Decimal(text) => out.string(&text),
                    _ => out.null(),
                },
            },
        }
    }
}

fn ranges(array: &ArrayRef, range: impl Fn(usize) -> (usize, usize)) -> Vec<Option<(usize, usize)>> {
    (0..array.len()).map(|row| array.is_valid(row).then(|| range(row))).collect()
}

/// Within a dynamic a null string is a null, not `""`.
fn keep_nulls(array: &ArrayRef) -> Result<ArrayRef> {
    let values = natural(array)?;
    match (array.logical_nulls(), values.null_count()) {
        (Some(nulls), 0) if nulls.null_count() > 0 => {
            let null = arrow::compute::nullif(&values, &arrow::array::BooleanArray::new(!nulls.inner(), None))?;
            Ok(null)
        }
        _ => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::{Int64Array, ListArray, StringArray};
    use arrow::buffer::{NullBuffer, OffsetBuffer};
    use arrow::datatypes::{Field, Fields};

    use super::*;

    #[test]
    fn structs_and_lists_are_bags_and_arrays() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let item = Arc::new(Field::new("item", DataType::Int64, true));
        let nulls = NullBuffer::from(vec![true, false, true]);
        let list: ArrayRef =
            Arc::new(ListArray::new(item, OffsetBuffer::new(vec![0, 2, 2, 3].into()), numbers, Some(nulls)));
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a\"b"), Some(""), None]));
        let fields =
            Fields::from(vec![Field::new("l", list.data_type().clone(), true), Field::new("s", DataType::Utf8, true)]);
        let all: ArrayRef = Arc::new(StructArray::new(fields, vec![list, names], None));
        let texts = json(&all).unwrap();
        let texts: Vec<_> = texts.as_string_view().iter().flatten().map(str::to_owned).collect();
        assert_eq!(texts, [r#"{"l":[1,null],"s":"a\"b"}"#, r#"{"l":null,"s":""}"#, r#"{"l":[3],"s":null}"#]);
    }
}
