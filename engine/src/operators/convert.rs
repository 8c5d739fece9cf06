//! Conversions: what `toint`, `tostring`, `todatetime` and their kin do, whether written or implied.
//!
//! A conversion never fails: what cannot be converted is null, or `""` where a string is wanted.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, PrimitiveArray, StringViewArray,
    StringViewBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Float64Type, Int32Type, Int64Type, i256};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{ScalarUDF, Volatility};
use rehunt_lang::time;
use rehunt_lang::types::{Type, Value};

use crate::dynamic::{self, Builder, Cells};
use crate::functions::kernel::scalar;
use crate::functions::udf::KqlFunction;
use crate::functions::{Args, Prepared};
use crate::text;
use crate::types::{DECIMAL_SCALE, arrow_type};
use crate::value::value_at;

/// Makes the function of one argument that converts `from` to `to`; nothing where Kusto knows no such conversion.
///
/// Towards dynamic a value is wrapped as it is: a string becomes a JSON string, it is not parsed (`parse_json` does
/// that). From dynamic its content counts: a number, a bool, or a string by the rules for text.
pub fn convert_udf(from: Type, to: Type) -> Option<ScalarUDF> {
    let kernel = kernel(from, to)?;
    let name = format!("to{to}");
    Some(KqlFunction::new(name, &[from], to, String::new(), Volatility::Immutable, kernel).into())
}

/// Returns the kernel behind [`convert_udf`].
pub fn kernel(from: Type, to: Type) -> Option<Prepared> {
    is_possible(from, to).then(|| -> Prepared {
        Arc::new(move |args: &Args| match args.values {
            [value] if from == to => Ok(value.clone()),
            [_] => args.result(convert_column(args.cells(0)?.array(), from, to)?),
            _ => Err(exec_datafusion_err!("a conversion takes one argument")),
        })
    })
}

/// Converts a constant. Where there is no conversion, the result is null.
pub fn convert_value(value: &Value, to: Type) -> Value {
    let convert = || -> Result<Value> {
        let cell = scalar(value)?.to_array()?;
        Ok(value_at(&convert_column(&cell, value.ty(), to)?, to, 0))
    };
    match is_possible(value.ty(), to) {
        true => convert().unwrap_or(Value::missing(to)),
        false => Value::missing(to),
    }
}

/// Tells whether Kusto converts one type to the other at all.
fn is_possible(from: Type, to: Type) -> bool {
    match (from, to) {
        (Type::Unknown, _) | (_, Type::Unknown) => false,
        (a, b) if a == b => true,
        (Type::String | Type::Dynamic, _) | (_, Type::String | Type::Dynamic) => true,
        (Type::Guid, _) | (_, Type::Guid) => false,
        (Type::Datetime | Type::Timespan, Type::Bool) => false,
        _ => true,
    }
}

/// Converts every cell of a column.
pub fn convert_column(column: &ArrayRef, from: Type, to: Type) -> Result<ArrayRef> {
    if from == to {
        return Ok(Arc::clone(column));
    }
    if *column.data_type() != arrow_type(from) {
        return Err(exec_datafusion_err!("a {from} arrived as {}", column.data_type()));
    }
    Ok(match (from, to) {
        (Type::Dynamic, _) => dynamic::content_column(column.as_string_view(), to)?,
        (_, Type::Dynamic) => wrapped(column, from)?,
        (_, Type::String) => printed(column, from),
        (Type::String | Type::Guid, _) => read(column.as_string_view(), to),
        (Type::Real, _) => from_reals(column.as_primitive(), to),
        (Type::Decimal, _) => from_decimals(column.as_primitive(), to),
        _ => from_longs(cast(column, &DataType::Int64)?.as_primitive(), to),
    })
}

fn decimals(cells: impl Iterator<Item = Option<i256>>) -> ArrayRef {
    let array: PrimitiveArray<Decimal256Type> = cells.collect();
    Arc::new(array.with_data_type(arrow_type(Type::Decimal)))
}

/// Converts bools, ints, longs and ticks, all as longs.
fn from_longs(column: &Int64Array, to: Type) -> ArrayRef {
    match to {
        Type::Bool => Arc::new(column.iter().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>()),
        Type::Int => Arc::new(column.unary::<_, Int32Type>(|v| v as i32)),
        Type::Real => Arc::new(column.unary::<_, Float64Type>(|v| v as f64)),
        Type::Datetime => Arc::new(column.iter().map(|v| v.and_then(time::in_range)).collect::<Int64Array>()),
        Type::Decimal => {
            let one = i256::from_i128(10).wrapping_pow(DECIMAL_SCALE.unsigned_abs().into());
            decimals(column.iter().map(|v| Some(i256::from(v?).wrapping_mul(one)))) // 19 digits and 34: below 76
        }
        _ => Arc::new(column.clone()),
    }
}

/// Converts reals: whole numbers are cut and saturate. NaN and the infinities have no whole number.
fn from_reals(column: &Float64Array, to: Type) -> ArrayRef {
    let whole = |v: Option<f64>| v.filter(|v| v.is_finite());
    match to {
        Type::Bool => Arc::new(column.iter().map(|v| v.map(|v| v != 0.0)).collect::<BooleanArray>()),
        Type::Int => Arc::new(column.iter().map(|v| whole(v).map(|v| v as i32)).collect::<Int32Array>()),
        Type::Decimal => decimals(column.iter().map(|v| {
            let mut digits = String::new();
            text::push_real(&mut digits, v?);
            text::parse_decimal(&digits)
        })),
        Type::Datetime => {
            let ticks = column.iter().map(|v| whole(v).and_then(|v| time::in_range(v as i64)));
            Arc::new(ticks.collect::<Int64Array>())
        }
        _ => Arc::new(column.iter().map(|v| whole(v).map(|v| v as i64)).collect::<Int64Array>()),
    }
}

/// Converts decimals: whole numbers are cut, and null where they do not fit.
fn from_decimals(column: &PrimitiveArray<Decimal256Type>, to: Type) -> ArrayRef {
    let one = i256::from_i128(10).wrapping_pow(DECIMAL_SCALE.unsigned_abs().into());
    let whole = |v: Option<i256>| i64::try_from(v?.checked_div(one)?.to_i128()?).ok();
    match to {
        Type::Bool => Arc::new(column.iter().map(|v| v.map(|v| v != i256::ZERO)).collect::<BooleanArray>()),
        Type::Int => {
            Arc::new(column.iter().map(|v| whole(v).and_then(|v| i32::try_from(v).ok())).collect::<Int32Array>())
        }
        Type::Real => {
            // Through the digits: a quotient of two reals would be rounded twice.
            let real = |row| column.is_valid(row).then(|| column.value_as_string(row).parse().ok())?;
            Arc::new((0..column.len()).map(real).collect::<Float64Array>())
        }
        Type::Datetime => Arc::new(column.iter().map(|v| whole(v).and_then(time::in_range)).collect::<Int64Array>()),
        _ => Arc::new(column.iter().map(whole).collect::<Int64Array>()),
    }
}

/// Reads text.
fn read(column: &StringViewArray, to: Type) -> ArrayRef {
    let cells = column.iter();
    match to {
        Type::Bool => Arc::new(cells.map(|t| text::parse_bool(t?)).collect::<BooleanArray>()),
        Type::Int => Arc::new(cells.map(|t| text::parse_int(t?)).collect::<Int32Array>()),
        Type::Long => Arc::new(cells.map(|t| text::parse_long(t?)).collect::<Int64Array>()),
        Type::Real => Arc::new(cells.map(|t| text::parse_real(t?)).collect::<Float64Array>()),
        Type::Decimal => decimals(cells.map(|t| text::parse_decimal(t?))),
        Type::Datetime => Arc::new(cells.map(|t| time::parse_datetime(t?)).collect::<Int64Array>()),
        Type::Timespan => Arc::new(cells.map(|t| time::parse_timespan(t?)).collect::<Int64Array>()),
        Type::Guid => Arc::new(cells.map(|t| text::parse_guid(t?)).collect::<StringViewArray>()),
        _ => Arc::new(column.clone()),
    }
}

/// Prints values as `tostring` does; null as `""`.
fn printed(column: &ArrayRef, from: Type) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(column.len());
    let mut text = String::new();
    for row in 0..column.len() {
        text.clear();
        if column.is_valid(row) {
            print(column, from, row, &mut text);
        }
        out.append_value(&text);
    }
    Arc::new(out.finish())
}

fn print(column: &ArrayRef, from: Type, row: usize, out: &mut String) {
    match from {
        Type::Bool => out.push_str(text::bool_text(column.as_boolean().value(row))),
        Type::Int => dynamic::push_long(out, column.as_primitive::<Int32Type>().value(row).into()),
        Type::Long => dynamic::push_long(out, column.as_primitive::<Int64Type>().value(row)),
        Type::Real => text::push_real(out, column.as_primitive::<Float64Type>().value(row)),
        Type::Decimal => text::push_decimal(out, column.as_primitive::<Decimal256Type>().value(row)),
        Type::Datetime => time::push_datetime(out, column.as_primitive::<Int64Type>().value(row)),
        Type::Timespan => time::push_timespan(out, column.as_primitive::<Int64Type>().value(row), false),
        _ => out.push_str(column.as_string_view().value(row)),
    }
}

/// Wraps values as dynamics; null stays null.
fn wrapped(column: &ArrayRef, from: Type) -> Result<ArrayRef> {
    let cells = Cells::new(column, from)?;
    let mut out = StringViewBuilder::with_capacity(column.len());
    let mut value = Builder::new();
    for row in 0..column.len() {
        value.clear();
        match cells.is_null(row) {
            true => out.append_null(),
            false => {
                cells.write(row, &mut value);
                out.append_value(value.text());
            }
        }
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use Value as V;

    use super::*;

    fn dynamic(json: &str) -> Value {
        V::Dynamic(json.to_owned())
    }

    fn string(text: &str) -> Value {
        V::String(text.to_owned())
    }

    #[test]
    fn numbers_convert_by_value() {
        let cases = [
            (V::Long(4294967297), Type::Int, V::Int(1)),
            (V::Real(-2.9), Type::Int, V::Int(-2)),
            (V::Real(1e30), Type::Int, V::Int(i32::MAX)),
            (V::Real(1e30), Type::Long, V::Long(i64::MAX)),
            (V::Real(f64::NAN), Type::Long, V::Null(Type::Long)),
            (V::Real(f64::INFINITY), Type::Int, V::Null(Type::Int)),
            (V::Bool(true), Type::Real, V::Real(1.0)),
            (V::Long(-5), Type::Bool, V::Bool(true)),
            (V::Datetime(5), Type::Long, V::Long(5)),
            (V::Real(1.5), Type::Datetime, V::Datetime(1)),
            (V::Long(-1), Type::Datetime, V::Null(Type::Datetime)),
            (V::Decimal("2.5".into()), Type::Real, V::Real(2.5)),
            (V::Decimal("-2.5".into()), Type::Long, V::Long(-2)),
            (V::Long(3), Type::Decimal, V::Decimal("3".into())),
            (V::Real(0.1), Type::Decimal, V::Decimal("0.1".into())),
            (V::Datetime(0), Type::Bool, V::Null(Type::Bool)),
        ];
        for (value, to, wanted) in cases {
            assert_eq!(convert_value(&value, to), wanted, "{value:?} to {to}");
        }
    }

    #[test]
    fn everything_prints() {
        let cases = [
            (V::Bool(true), "True"),
            (V::Int(-7), "-7"),
            (V::Real(1.0), "1.0"),
            (V::Null(Type::Long), ""),
            (V::Decimal("1.50".into()), "1.5"),
            (V::Null(Type::Dynamic), ""),
            (dynamic("\"a\\n\""), "a\n"),
            (dynamic("true"), "true"),
            (dynamic("[1,\"x\"]"), "[1,\"x\"]"),
        ];
        for (value, wanted) in cases {
            assert_eq!(convert_value(&value, Type::String), string(wanted), "{value:?}");
        }
    }

    #[test]
    fn texts_and_dynamics_are_read() {
        let guid = "74BE27DE-1E4E-49D9-B579-FE0B331D3642";
        assert_eq!(convert_value(&string(guid), Type::Guid), V::Guid(guid.to_lowercase()));
        assert_eq!(convert_value(&string("5.9"), Type::Long), V::Null(Type::Long));
        assert_eq!(convert_value(&dynamic("\"42\""), Type::Int), V::Int(42));
        assert_eq!(convert_value(&dynamic("2147483648"), Type::Int), V::Int(i32::MIN));
        assert_eq!(convert_value(&dynamic("[1]"), Type::Real), V::Null(Type::Real));
        assert_eq!(convert_value(&string("[1]"), Type::Dynamic), dynamic("\"[1]\""));
        assert_eq!(convert_value(&V::Real(2.0), Type::Dynamic), dynamic("2.0"));
    }

    #[test]
    fn some_pairs_have_no_conversion() {
        assert!(convert_udf(Type::Datetime, Type::Bool).is_none());
        assert!(convert_udf(Type::Long, Type::Guid).is_none());
        assert!(convert_udf(Type::Guid, Type::String).is_some());
    }
}
