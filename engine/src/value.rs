//! Single cells: from an Arrow array to a Kusto value and back.

use arrow::array::{Array, ArrayRef, AsArray, new_empty_array};
use arrow::datatypes::{Decimal256Type, Float64Type, Int32Type, Int64Type, i256};
use datafusion::common::ScalarValue;
use rehunt_lang::types::{Type, Value};

use crate::error::{Error, Result};
use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE, arrow_type};

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

/// Returns a constant as DataFusion's scalar, typed by `types::arrow_type`.
///
/// # Errors
/// When a decimal has more digits than fit.
pub fn scalar_of(value: &Value) -> Result<ScalarValue> {
    Ok(match value {
        Value::Null(ty) => ScalarValue::try_from(&arrow_type(*ty))?,
        Value::Bool(v) => ScalarValue::Boolean(Some(*v)),
        Value::Int(v) => ScalarValue::Int32(Some(*v)),
        Value::Long(v) | Value::Datetime(v) | Value::Timespan(v) => ScalarValue::Int64(Some(*v)),
        Value::Real(v) => ScalarValue::Float64(Some(*v)),
        Value::Decimal(text) => {
            let digits = decimal_of(text)?;
            ScalarValue::Decimal256(Some(digits), DECIMAL_PRECISION, DECIMAL_SCALE)
        }
        Value::Dynamic(v) if v == "null" => ScalarValue::Utf8View(None),
        Value::String(v) | Value::Guid(v) | Value::Dynamic(v) => ScalarValue::Utf8View(Some(v.clone())),
    })
}

/// Builds an array of type `ty` from constants; what is missing or of another type becomes null, or `""`.
///
/// # Errors
/// As [`scalar_of`].
pub fn array_of<'v>(ty: Type, values: impl Iterator<Item = Option<&'v Value>>) -> Result<ArrayRef> {
    let scalars: Vec<ScalarValue> = values
        .map(|v| match v {
            Some(v) if v.ty() == ty && !(ty == Type::String && v.is_null()) => scalar_of(v),
            _ => scalar_of(&Value::missing(ty)),
        })
        .collect::<Result<_>>()?;
    match scalars.is_empty() {
        true => Ok(new_empty_array(&arrow_type(ty))),
        false => Ok(ScalarValue::iter_to_array(scalars)?),
    }
}

/// Reads the text of a decimal literal, exponent included.
fn decimal_of(text: &str) -> Result<i256> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let shift = i32::from(DECIMAL_SCALE) + exponent - fraction.len() as i32;
    let too_large = || Error::Run(format!("the decimal {text} has too many digits"));
    let padded = match shift {
        0.. => format!("{digits}{}", "0".repeat(shift as usize)),
        _ => digits.get(..digits.len().saturating_sub(shift.unsigned_abs() as usize)).unwrap_or("0").to_owned(),
    };
    let padded = if padded.is_empty() || padded == "-" { "0".to_owned() } else { padded };
    i256::from_string(padded.trim_start_matches('+')).ok_or_else(too_large)
}

/// Drops the zeros that the fixed scale adds at the end.
fn decimal_text(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}
