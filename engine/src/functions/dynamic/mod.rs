//! Functions over arrays and property bags. What is given no array where it wants one returns null.

mod array;
mod bag;
mod bag_set;
mod pack;
mod place;
mod range;
mod set;
mod sort;
mod text;
mod zip;

use std::sync::Arc;

use arrow::array::StringViewBuilder;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::types::Type;

use super::{Args, Function};
use crate::dynamic::{Builder, Cells, Raw};

/// The family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &array::ARRAY_CONCAT,
    &array::ARRAY_IFF,
    &array::ARRAY_INDEX_OF,
    &array::ARRAY_LENGTH,
    &place::ARRAY_REVERSE,
    &place::ARRAY_ROTATE_LEFT,
    &place::ARRAY_ROTATE_RIGHT,
    &place::ARRAY_SHIFT_LEFT,
    &place::ARRAY_SHIFT_RIGHT,
    &place::ARRAY_SLICE,
    &sort::ARRAY_SORT_ASC,
    &sort::ARRAY_SORT_DESC,
    &place::ARRAY_SPLIT,
    &array::ARRAY_SUM,
    &bag::BAG_HAS_KEY,
    &bag::BAG_KEYS,
    &bag::BAG_MERGE,
    &pack::BAG_PACK,
    &bag::BAG_REMOVE_KEYS,
    &bag_set::BAG_SET_KEY,
    &zip::BAG_ZIP,
    &text::DYNAMIC_TO_JSON,
    &set::JACCARD_INDEX,
    &pack::PACK_ALL,
    &pack::PACK_ARRAY,
    &range::RANGE,
    &pack::REPEAT,
    &set::SET_DIFFERENCE,
    &set::SET_EQUALS,
    &set::SET_HAS_ELEMENT,
    &set::SET_INTERSECT,
    &set::SET_UNION,
    &text::STRCAT_ARRAY,
    &text::TREEPATH,
    &zip::ZIP,
];

/// Reads argument `i`, of any type, as what can be put into a dynamic.
pub(in crate::functions) fn cells(args: &Args, i: usize) -> Result<Cells> {
    let column = args.cells(i)?;
    let cells = Cells::new(column.array(), args.types.get(i).copied().unwrap_or(Type::Unknown))?;
    Ok(if column.is_scalar() { cells.constant() } else { cells })
}

/// Reads all arguments from the `from`th.
pub(in crate::functions) fn all_cells(args: &Args, from: usize) -> Result<Vec<Cells>> {
    (from..args.len()).map(|i| cells(args, i)).collect()
}

/// Returns the array in a cell, if it is one.
fn array_in(cells: &Cells, row: usize) -> Option<Raw<'_>> {
    cells.dynamic(row).filter(|value| value.is_array())
}

/// Returns the bag in a cell, if it is one.
fn bag_in(cells: &Cells, row: usize) -> Option<Raw<'_>> {
    cells.dynamic(row).filter(|value| value.is_bag())
}

/// Returns the elements of the array in a cell.
pub(in crate::functions) fn elements_in(cells: &Cells, row: usize) -> Option<Vec<Raw<'_>>> {
    Some(array_in(cells, row)?.elements().collect())
}

/// Writes dynamics, each by a call that is handed an empty builder; nothing gives null.
pub(in crate::functions) fn write(
    args: &Args,
    mut f: impl FnMut(usize, &mut Builder) -> Option<()>,
) -> Result<ColumnarValue> {
    let rows = args.height();
    let mut out = StringViewBuilder::with_capacity(rows);
    let mut value = Builder::new();
    for row in 0..rows {
        value.clear();
        match f(row, &mut value) {
            Some(()) => out.append_value(value.text()),
            None => out.append_null(),
        }
    }
    args.result(Arc::new(out.finish()))
}

/// Writes an array.
fn put_array<'a>(out: &mut Builder, elements: impl IntoIterator<Item = Raw<'a>>) -> Option<()> {
    out.begin_array();
    elements.into_iter().for_each(|element| out.raw(element));
    out.end_array();
    Some(())
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use super::FUNCTIONS;
    use crate::functions::Body;
    use crate::operators::testing::call;

    /// Reads an argument as it would stand in a query, or nearly so.
    fn value(text: &str) -> Value {
        match (text.parse::<i64>(), text) {
            (Ok(number), _) => Value::Long(number),
            (_, "null") => Value::Null(Type::Dynamic),
            (_, "true") => Value::Bool(true),
            (_, "false") => Value::Bool(false),
            (_, json) if json.starts_with(['[', '{']) => Value::Dynamic(json.to_owned()),
            (_, string) => Value::String(string.to_owned()),
        }
    }

    /// Calls a function of dynamics and shows its dynamic result.
    pub(super) fn dynamic(name: &str, args: &[&str]) -> String {
        let args: Vec<Value> = args.iter().copied().map(value).collect();
        match call(name, &args, Type::Dynamic) {
            Value::Dynamic(json) => json,
            other => format!("{other:?}"),
        }
    }

    /// Calls a function of dynamics.
    pub(super) fn scalar(name: &str, args: &[&str], returns: Type) -> Value {
        call(name, &args.iter().copied().map(value).collect::<Vec<_>>(), returns)
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|f| f.spec.name));
    }

    #[test]
    fn no_function_minds_what_it_is_given() {
        let odd = ["null", "[]", "{}", "[[[null]]]", "text", "-1", "9223372036854775807", "-9223372036854775808"];
        for function in FUNCTIONS.iter().filter(|f| matches!(f.body, Body::Kernel(_))) {
            for overload in function.spec.overloads {
                let returns = match overload.returns {
                    rehunt_lang::library::Returns::Is(ty) => ty,
                    _ => Type::Dynamic,
                };
                for shift in 0..odd.len() {
                    let n = overload.required.len() + overload.optional.len() + overload.repeated.len();
                    let args: Vec<&str> = (0..n).map(|i| odd[(i * 3 + shift) % odd.len()]).collect();
                    let args: Vec<Value> = overload
                        .required
                        .iter()
                        .chain(overload.optional)
                        .chain(overload.repeated)
                        .zip(args)
                        .map(|(param, text)| fitting(param.accepts, text))
                        .collect();
                    call(function.spec.name, &args, returns);
                }
            }
        }
    }

    fn fitting(accepts: rehunt_lang::library::Accepts, text: &str) -> Value {
        use rehunt_lang::library::Accepts as A;
        match accepts {
            A::Integer | A::Number | A::Exactly(Type::Long) => Value::Long(text.parse().unwrap_or(2)),
            A::Exactly(Type::String) => Value::String(text.to_owned()),
            A::Exactly(Type::Bool) | A::OneOf(&[Type::Bool]) => Value::Bool(text.len() > 2),
            A::Summable => Value::Long(text.parse().unwrap_or(7)),
            A::Array | A::Bag | A::Exactly(Type::Dynamic) => match value(text) {
                v @ (Value::Dynamic(_) | Value::Null(_)) => v,
                Value::Long(n) => Value::Dynamic(n.to_string()),
                _ => Value::Dynamic("\"text\"".to_owned()),
            },
            _ => value(text),
        }
    }
}
