//! Single cells: from an Arrow array to a Kusto value and back.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Decimal256Type, Float64Type, Int32Type, Int64Type};
use rehunt_lang::types::{Type, Value};

use crate::types::DECIMAL_SCALE;

/// Returns the cell of an array that holds values of type `ty` the engine's way.
pub fn value_at(array: &ArrayRef, ty: Type, row: usize) -> Value {
    if array.is_null(row) {
        return Value::missing(ty);
    }
    match ty {
        Type::Bool => Value::Bool(array.as_boolean().value(row)),
        Type::Int => Value::Int(array.as_primitive::<Int32Type>().value(row)),
        Type::Long => Value::Long(array.as_primitive::<Int64Type>().value(row)),
        Type::Real => Value::Real(array.as_primitive::<Float64Type>().value(row)),
        Type::Decimal => Value::Decimal(decimal_text(&array.as_primitive::<Decimal256Type>().value_as_string(row))),
        Type::Datetime => Value::Datetime(array.as_primitive::<Int64Type>().value(row)),
        Type::Timespan => Value::Timespan(array.as_primitive::<Int64Type>().value(row)),
        Type::String => Value::String(array.as_string_view().value(row).to_owned()),
        Type::Guid => Value::Guid(array.as_string_view().value(row).to_owned()),
        Type::Dynamic => Value::Dynamic(array.as_string_view().value(row).to_owned()),
        Type::Unknown => Value::Null(ty),
    }
}

/// Drops the zeros that the fixed scale adds at the end.
fn decimal_text(text: &str) -> String {
    debug_assert!(DECIMAL_SCALE > 0);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}
