//! Element lists: what `mv-expand` unnests.

use std::sync::Arc;

use arrow::array::{Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use datafusion::common::exec_datafusion_err;
use datafusion::logical_expr::ScalarUDF;
use rehunt_lang::types::Type;

use super::sink::Sink;
use super::udf::{columns, dynamic_udf, result, text_column};
use super::{Builder, Kind, Raw};
use crate::types::arrow_type;

/// Makes the function of one argument, a dynamic, that gives the list of its elements as `mv-expand` sees them, at
/// most `limit` of them: the elements of an array; for each slot of a bag a bag of that slot alone, or with `pairs` an
/// array of key and value; any other value itself. Null gives a list of one null, so that the row stays; `[]` and
/// `{}` give an empty list, so that it goes. A list is never null.
///
/// `to` is the type of the elements (`to typeof(T)`). They are taken by type, not read from text: numbers and bools
/// for the number types, strings for datetime and guid, anything for string; the rest is null. No value tried on the
/// real engine ever gave a timespan or a decimal here.
///
/// Elements stay where they are: the list holds views into the buffers of the argument.
pub fn elements_udf(limit: Option<u64>, pairs: bool, to: Type) -> ScalarUDF {
    let limit = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let item = Arc::new(Field::new("item", arrow_type(to), true));
    let returns = Arc::new(Field::new("elements", DataType::List(Arc::clone(&item)), false));
    dynamic_udf(format!("elements({limit}, {pairs}, {to})"), 1, returns, move |args, rows| {
        let (columns, scalar) = columns(args, rows)?;
        let parent = text_column(&columns, 0)?;
        let mut list = Sink::new(to, parent, parent.len());
        let mut made = Builder::new();
        let mut ends = Vec::with_capacity(parent.len() + 1);
        ends.push(0);
        for row in 0..parent.len() {
            let value = Raw::new(if parent.is_null(row) { "null" } else { parent.value(row) });
            match value.kind() {
                Kind::Array => value.elements().take(limit).for_each(|e| list.push(row, admitted(e, to))),
                Kind::Bag => value.slots().take(limit).for_each(|slot| {
                    write_slot(&mut made, slot, pairs);
                    list.push_own(admitted(Raw::new(made.text()), to));
                }),
                Kind::Null => list.push(row, None),
                _ => list.push(row, admitted(value, to)),
            }
            let end = i32::try_from(list.len());
            ends.push(end.map_err(|_| exec_datafusion_err!("a batch expands to more than 2^31 rows"))?);
        }
        let list = ListArray::try_new(Arc::clone(&item), OffsetBuffer::new(ends.into()), list.finish()?, None)?;
        result(Arc::new(list), scalar)
    })
}

fn write_slot(out: &mut Builder, (key, value): (&str, Raw), pairs: bool) {
    out.clear();
    if pairs {
        out.begin_array();
        out.escaped_string(key);
        out.raw(value);
        out.end_array();
    } else {
        out.begin_bag();
        out.escaped_key(key);
        out.raw(value);
        out.end_bag();
    }
}

/// Returns the value if its kind converts to the type.
fn admitted(value: Raw<'_>, to: Type) -> Option<Raw<'_>> {
    let fits = match to {
        Type::Bool => matches!(value.kind(), Kind::Bool | Kind::Long),
        Type::Int | Type::Long | Type::Real => matches!(value.kind(), Kind::Bool | Kind::Long | Kind::Real),
        Type::Datetime | Type::Guid => value.kind() == Kind::String,
        Type::Timespan | Type::Decimal => false,
        Type::String | Type::Dynamic | Type::Unknown => true,
    };
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};

    use super::*;
    use crate::dynamic::udf::call;

    fn expand(limit: Option<u64>, pairs: bool, to: Type, cells: Vec<Option<&str>>) -> ListArray {
        let column: ArrayRef = Arc::new(StringViewArray::from(cells));
        call(&elements_udf(limit, pairs, to), &[column]).as_list().clone()
    }

    fn texts(list: &ListArray) -> Vec<Vec<Option<String>>> {
        let row = |row: ArrayRef| row.as_string_view().iter().map(|t| t.map(str::to_owned)).collect();
        list.iter().flatten().map(row).collect()
    }

    #[test]
    fn every_kind_expands_by_its_rule() {
        let cells = vec![
            Some(r#"[1,null,"an element longer than a view",[2]]"#),
            Some(r#"{"a":1,"k\"":{"b":null}}"#),
            None,
            Some("[]"),
            Some("{}"),
            Some("\"x\""),
        ];
        let some = |t: &str| Some(t.to_owned());
        let wanted = [
            vec![some("1"), None, some("\"an element longer than a view\""), some("[2]")],
            vec![some(r#"{"a":1}"#), some(r#"{"k\"":{"b":null}}"#)],
            vec![None],
            vec![],
            vec![],
            vec![some("\"x\"")],
        ];
        assert_eq!(texts(&expand(None, false, Type::Dynamic, cells)), wanted);
    }

    #[test]
    fn limit_and_pairs() {
        let list = expand(Some(1), true, Type::Dynamic, vec![Some(r#"{"k":[1],"l":2}"#), Some("[1,2]")]);
        assert_eq!(texts(&list), [[Some("[\"k\",[1]]".to_owned())], [Some("1".to_owned())]]);
    }

    #[test]
    fn elements_are_taken_by_type() {
        let cells = || vec![Some(r#"[1.9,"2",true,null,[3]]"#)];
        let longs = expand(None, false, Type::Long, cells());
        let longs: &Int64Array = longs.values().as_primitive();
        assert_eq!(longs.iter().collect::<Vec<_>>(), [Some(1), None, Some(1), None, None]);
        let strings = expand(None, false, Type::String, cells());
        let strings: Vec<_> = strings.values().as_string_view().iter().collect();
        assert_eq!(strings, [Some("1.9"), Some("2"), Some("true"), Some(""), Some("[3]")]);
    }
}
