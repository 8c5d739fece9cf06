//! Parquet for other tools: Kusto's ticks become Arrow's own types of time.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationNanosecondType, Field, Int64Type, Schema, TimeUnit,
    TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use rehunt_engine::engine::AnswerTable;
use rehunt_lang::time::UNIX_EPOCH;
use rehunt_lang::types::Type;

/// Nanoseconds of a tick.
const TICK: i64 = 100;

/// Writes one Parquet file.
///
/// datetime becomes a UTC timestamp and timespan a duration, both in nanoseconds where all values of the column fit
/// (years 1677 to 2262; 292 years), else in microseconds, which drops the seventh digit. dynamic is JSON text.
///
/// # Errors
/// When the writer fails.
pub fn write(result: &AnswerTable, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let units: Vec<TimeUnit> = (0..result.columns.len()).map(|column| unit(result, column)).collect();
    let fields: Vec<Field> = (result.columns.iter().zip(&units))
        .map(|(c, unit)| Field::new(&c.name, edge_type(c.ty, *unit), c.ty != Type::String))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
    for batch in &result.batches {
        let columns: Result<Vec<ArrayRef>, ArrowError> = (result.columns.iter().zip(batch.columns()).zip(&units))
            .map(|((column, array), unit)| edge_array(array, column.ty, *unit))
            .collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns.map_err(io::Error::other)?);
        writer.write(&batch.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    writer.close().map_err(io::Error::other)?;
    Ok(())
}

/// The finest unit that holds every value of a column of ticks.
fn unit(result: &AnswerTable, column: usize) -> TimeUnit {
    let Some(field) = result.columns.get(column) else { return TimeUnit::Nanosecond };
    let start = if field.ty == Type::Datetime { UNIX_EPOCH } else { 0 };
    let fits = |ticks: i64| ticks.checked_sub(start).and_then(|t| t.checked_mul(TICK)).is_some();
    let fits = (result.batches.iter())
        .filter_map(|batch| batch.columns().get(column)?.as_primitive_opt::<Int64Type>())
        .all(|array| array.iter().flatten().all(fits));
    if fits { TimeUnit::Nanosecond } else { TimeUnit::Microsecond }
}

fn edge_type(ty: Type, unit: TimeUnit) -> DataType {
    match ty {
        Type::Datetime => DataType::Timestamp(unit, Some("UTC".into())),
        Type::Timespan => DataType::Duration(unit),
        Type::String | Type::Guid | Type::Dynamic | Type::Unknown => DataType::Utf8,
        other => rehunt_engine::types::arrow_type(other),
    }
}

fn edge_array(array: &ArrayRef, ty: Type, unit: TimeUnit) -> Result<ArrayRef, ArrowError> {
    let ticks = || {
        let wrong = || ArrowError::CastError(format!("{ty} arrived as {}", array.data_type()));
        array.as_primitive_opt::<Int64Type>().ok_or_else(wrong)
    };
    Ok(match (ty, unit) {
        (Type::Datetime, TimeUnit::Nanosecond) => {
            let times = ticks()?.unary::<_, TimestampNanosecondType>(|t| t.wrapping_sub(UNIX_EPOCH).wrapping_mul(TICK));
            Arc::new(times.with_timezone("UTC"))
        }
        (Type::Datetime, _) => {
            let times = ticks()?.unary::<_, TimestampMicrosecondType>(|t| t.wrapping_sub(UNIX_EPOCH).div_euclid(10));
            Arc::new(times.with_timezone("UTC"))
        }
        (Type::Timespan, TimeUnit::Nanosecond) => {
            Arc::new(ticks()?.unary::<_, DurationNanosecondType>(|t| t.wrapping_mul(TICK)))
        }
        (Type::Timespan, _) => Arc::new(ticks()?.unary::<_, DurationMicrosecondType>(|t| t.div_euclid(10))),
        (Type::Unknown, _) => new_null_array(&DataType::Utf8, array.len()),
        (Type::String | Type::Guid | Type::Dynamic, _) => cast(array, &DataType::Utf8)?,
        _ => Arc::clone(array),
    })
}
