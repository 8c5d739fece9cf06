//! Arrow data from outside, in the engine's types: what a column becomes when nobody declared it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, PrimitiveArray, Scalar, StringViewArray, StringViewBuilder};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{CastOptions, cast_with_options, is_not_null};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::common::{Result, exec_err};
use rehunt_lang::time::{MAX_DATETIME, SECOND, UNIX_EPOCH};
use rehunt_lang::types::Type;

use super::nested;
use crate::types::arrow_type;

/// Returns the Kusto type nearest to an Arrow type; nothing where no Kusto type can hold it.
pub(crate) fn natural_type(ty: &DataType) -> Option<Type> {
    Some(match ty {
        DataType::Boolean => Type::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => Type::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Type::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            Type::Decimal
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Type::String,
        // Text that its writer did not mark as such.
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Type::String,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Type::Datetime,
        DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_) => Type::Timespan,
        DataType::Struct(_) | DataType::Map(..) => Type::Dynamic,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => Type::Dynamic,
        DataType::Dictionary(_, values) => return natural_type(values),
        _ => return None,
    })
}

/// Gives an array the engine's type of its [`natural_type`].
///
/// # Errors
/// When there is none, or a value does not fit: a whole number beyond 64 bits, bytes that are not UTF-8.
pub(crate) fn natural(array: &ArrayRef) -> Result<ArrayRef> {
    let Some(ty) = natural_type(array.data_type()) else {
        return exec_err!("Arrow type {} has no counterpart in Kusto", array.data_type());
    };
    match array.data_type() {
        DataType::Dictionary(_, values) => natural(&strict(array, values)?),
        DataType::Timestamp(TimeUnit::Second, _) => Ok(ticks::<TimestampSecondType>(array, UNIX_EPOCH)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => Ok(ticks::<TimestampMillisecondType>(array, UNIX_EPOCH)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => Ok(ticks::<TimestampMicrosecondType>(array, UNIX_EPOCH)),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Ok(ticks::<TimestampNanosecondType>(array, UNIX_EPOCH)),
        DataType::Date32 => natural(&strict(array, &DataType::Timestamp(TimeUnit::Second, None))?),
        DataType::Date64 => natural(&strict(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?),
        DataType::Duration(TimeUnit::Second) => Ok(ticks::<DurationSecondType>(array, 0)),
        DataType::Duration(TimeUnit::Millisecond) => Ok(ticks::<DurationMillisecondType>(array, 0)),
        DataType::Duration(TimeUnit::Microsecond) => Ok(ticks::<DurationMicrosecondType>(array, 0)),
        DataType::Duration(TimeUnit::Nanosecond) => Ok(ticks::<DurationNanosecondType>(array, 0)),
        DataType::Time32(_) | DataType::Time64(_) => {
            let nanos = strict(&strict(array, &DataType::Time64(TimeUnit::Nanosecond))?, &DataType::Int64)?;
            natural(&strict(&nanos, &DataType::Duration(TimeUnit::Nanosecond))?)
        }
        _ if ty == Type::Dynamic => nested::json(array),
        _ if ty == Type::String => filled(&strict(array, &DataType::Utf8View)?),
        _ => strict(array, &arrow_type(ty)),
    }
}

/// Casts, and fails where a value does not fit.
fn strict(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    Ok(cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })?)
}

/// Puts `""` for null, as strings have it; an array without nulls stays as it is.
fn filled(texts: &ArrayRef) -> Result<ArrayRef> {
    match texts.null_count() {
        0 => Ok(Arc::clone(texts)),
        _ => Ok(zip(&is_not_null(texts)?, texts, &Scalar::new(StringViewArray::from(vec![""])))?),
    }
}

/// How many ticks a unit has, and how many units a tick: one of the two is 1.
pub(super) fn scale(unit: TimeUnit) -> (i64, i64) {
    match unit {
        TimeUnit::Second => (SECOND, 1),
        TimeUnit::Millisecond => (SECOND / 1_000, 1),
        TimeUnit::Microsecond => (SECOND / 1_000_000, 1),
        TimeUnit::Nanosecond => (1, 100),
    }
}

/// Turns times or durations into ticks from `epoch` on; a time outside of years 1 to 9999 is null.
fn ticks<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, epoch: i64) -> ArrayRef {
    let array: &PrimitiveArray<T> = array.as_primitive();
    let unit = match &T::DATA_TYPE {
        DataType::Timestamp(unit, _) | DataType::Duration(unit) => *unit,
        _ => TimeUnit::Nanosecond,
    };
    let (times, parts) = scale(unit);
    // Most columns have no value out of range: then one pass without checks will do.
    let (low, high) = match epoch {
        0 => (i64::MIN / times, i64::MAX / times),
        _ => ((-epoch / times).saturating_mul(parts), ((MAX_DATETIME - epoch) / times).saturating_mul(parts)),
    };
    let convert = |v: i64| (v / parts - i64::from(v % parts < 0)) * times + epoch;
    let array: Int64Array = match array.values().iter().all(|v| (low..=high).contains(v)) {
        true => array.unary(convert),
        false => array.unary_opt(|v| (low..=high).contains(&v).then(|| convert(v))),
    };
    Arc::new(array)
}

/// Reads text as a type, as a loader would; a text that cannot be read is an error that shows it.
///
/// # Errors
/// When a text cannot be read.
pub(super) fn parsed(texts: &ArrayRef, ty: Type, column: &str) -> Result<ArrayRef> {
    let mut out = crate::ingest::Typed::new(ty);
    for (row, text) in texts.as_string_view().iter().enumerate() {
        if let Err(reason) = out.put(row, text.unwrap_or("")) {
            return exec_err!("column `{column}` of a Parquet file: {reason}: {}", text.unwrap_or(""));
        }
    }
    Ok(out.finish(texts.len()))
}

/// Checks the JSON text of dynamics. Text that is JSON in the engine's form stays where it is; other JSON is put in
/// that form, other text becomes a JSON string, `""` and `null` become null.
pub(super) fn dynamics(texts: &ArrayRef) -> Result<ArrayRef> {
    let texts = texts.as_string_view();
    let as_is = |text: &str| matches!(crate::dynamic::normalize(text), Some(json) if json.len() == text.len() && json != "null");
    // Values that repeat, as in a dictionary, have the same view: they are looked at once.
    let views = texts.views();
    let same = |row: usize| row > 0 && views.get(row) == views.get(row - 1);
    if texts.iter().enumerate().all(|(row, text)| same(row) || text.is_none_or(as_is)) {
        return Ok(Arc::new(texts.clone()));
    }
    let mut out = StringViewBuilder::with_capacity(texts.len());
    for text in texts {
        match text.filter(|t| !t.is_empty()).map(|t| (t, crate::dynamic::normalize(t))) {
            None => out.append_null(),
            Some((_, Some(json))) if json == "null" => out.append_null(),
            Some((_, Some(json))) => out.append_value(json),
            Some((text, None)) => {
                let mut quoted = String::with_capacity(text.len() + 2);
                crate::dynamic::push_string(&mut quoted, text);
                out.append_value(quoted);
            }
        }
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::{
        Date32Array, DictionaryArray, DurationMillisecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
        UInt64Array,
    };
    use arrow::datatypes::{Int8Type, Int64Type};
    use rehunt_lang::time::parse_datetime;

    use super::*;

    fn longs(array: ArrayRef) -> Vec<Option<i64>> {
        natural(&array).unwrap().as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn times_of_every_unit_become_ticks() {
        let nanos = TimestampNanosecondArray::from(vec![Some(-1), Some(199), None, Some(i64::MAX)]);
        let expected = parse_datetime("2262-04-11T23:47:16.8547758Z");
        assert_eq!(longs(Arc::new(nanos)), [Some(UNIX_EPOCH - 1), Some(UNIX_EPOCH + 1), None, expected]);
        let micros =
            TimestampMicrosecondArray::from(vec![Some(-1), Some(i64::MAX), Some(i64::MIN)]).with_timezone("UTC");
        assert_eq!(longs(Arc::new(micros)), [Some(UNIX_EPOCH - 10), None, None]);
        assert_eq!(longs(Arc::new(Date32Array::from(vec![1]))), [parse_datetime("1970-01-02")]);
        assert_eq!(longs(Arc::new(DurationMillisecondArray::from(vec![-1]))), [Some(-10_000)]);
    }

    #[test]
    fn what_does_not_fit_is_an_error_not_a_null() {
        assert!(natural(&(Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef)).is_err());
        let bytes = arrow::array::BinaryArray::from(vec![&b"\xff"[..]]);
        assert!(natural(&(Arc::new(bytes) as ArrayRef)).is_err());
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["1", "x"]));
        assert!(
            parsed(&texts, Type::Long, "c").unwrap_err().to_string().contains("`c` of a Parquet file: not a long: x")
        );
    }

    #[test]
    fn strings_have_no_null_and_dynamics_one_form() {
        let words: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("a")].into_iter().collect();
        let texts = natural(&(Arc::new(words) as ArrayRef)).unwrap();
        assert_eq!(texts.as_string_view().iter().collect::<Vec<_>>(), [Some("a"), Some(""), Some("a")]);
        let json: ArrayRef = Arc::new(StringViewArray::from(vec![
            Some("{ \"a\":1 }"),
            Some("x"),
            Some(""),
            Some("null"),
            None,
            Some("1"),
        ]));
        let json = dynamics(&json).unwrap();
        assert_eq!(
            json.as_string_view().iter().collect::<Vec<_>>(),
            [Some("{\"a\":1}"), Some("\"x\""), None, None, None, Some("1")]
        );
    }
}
