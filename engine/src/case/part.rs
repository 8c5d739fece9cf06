//! One Parquet file of a table: rows in the order of time, with statistics a query can skip by.

use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, UInt32Array};
use arrow::compute::{concat, concat_batches, take_record_batch};
use arrow::datatypes::{
    DataType, Field as ArrowField, Int64Type, Schema, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::record_batch::RecordBatch;
use datafusion::common::HashSet;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rehunt_lang::time::UNIX_EPOCH;
use rehunt_lang::types::{Field, Type};

use super::aside::{self, Digesting};
use super::manifest::Part;
use crate::catalog::{EXACT_TIME, arrow_field, is_blank};
use crate::ingest::Stretched;

/// Rows that one group of a file holds at most.
const GROUP: usize = 1 << 17;
/// Nanoseconds of a tick.
const TICK: i64 = 100;

/// Puts rows into one batch, ordered by time; rows of one time keep their order, rows without one come first. Columns
/// without any value are left out: the manifest has them, and most tables are wider than most exports. So are those that
/// follow from others, which who reads the part makes of them. The batches are taken, so that their memory is free once
/// their rows are copied in order.
///
/// # Errors
/// When Arrow cannot put them together: text beyond 4 GB.
pub(super) fn ordered(stretch: Stretched) -> io::Result<Rows> {
    let Stretched { fields, derived, batches, time_column: time, .. } = stretch;
    let told: Vec<usize> = (0..fields.len())
        .filter(|at| !derived.contains(at) && batches.iter().any(|batch| has_value(batch.column(*at))))
        .collect();
    // Rows without any value are rows.
    let told = if told.is_empty() && !fields.is_empty() { vec![0] } else { told };
    let fields: Vec<Field> = told.iter().filter_map(|at| fields.get(*at).cloned()).collect();
    let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
    let narrow: Result<Vec<RecordBatch>, _> = batches.iter().map(|batch| batch.project(&told)).collect();
    let rows = concat_batches(&schema, &narrow.map_err(io::Error::other)?).map_err(io::Error::other)?;
    let times: Vec<&dyn Array> =
        batches.iter().filter_map(|batch| Some(batch.column_by_name(time.as_deref()?)?.as_ref())).collect();
    let rows = match times.is_empty() {
        true => rows,
        false => by_time(rows, &concat(&times).map_err(io::Error::other)?)?,
    };
    Ok(Rows { fields, rows })
}

/// Rows of a part and their columns.
pub(super) struct Rows {
    fields: Vec<Field>,
    rows: RecordBatch,
}

impl Rows {
    /// Tells whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.num_rows() == 0 || self.fields.is_empty()
    }
}

fn has_value(array: &ArrayRef) -> bool {
    match array.as_string_view_opt() {
        _ if is_blank(array) => false,
        // The low half of a view is the length of the text.
        Some(texts) => texts.views().iter().any(|view| *view as u32 != 0),
        None => array.null_count() < array.len(),
    }
}

fn by_time(rows: RecordBatch, times: &ArrayRef) -> io::Result<RecordBatch> {
    let Some(times) = times.as_primitive_opt::<Int64Type>() else { return Ok(rows) };
    if times.iter().is_sorted() {
        return Ok(rows);
    }
    let numbers = 0..u32::try_from(rows.num_rows()).map_err(io::Error::other)?;
    // The time in the upper half, a number less than those of all other times where it is missing; below it the row's own
    // number, so that no two are equal.
    let key = |(time, row): (Option<i64>, u32)| {
        let time = time.map_or(0, |time| 1 + u128::from(time.abs_diff(i64::MIN)));
        time << 32 | u128::from(row)
    };
    let mut order: Vec<u128> = times.iter().zip(numbers).map(key).collect();
    order.sort_unstable();
    let order: UInt32Array = order.into_iter().map(|key| key as u32).collect();
    let rows = take_record_batch(&rows, &order).map_err(io::Error::other)?;
    // Texts are still where they were. What reads those of a column twice, once for its bloom filter, should not jump
    // about twice.
    let in_order = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, column)| {
        match column.as_string_view_opt().filter(|_| is_looked_up(field.name())) {
            Some(texts) => Arc::new(texts.gc()) as ArrayRef,
            None => Arc::clone(column),
        }
    });
    RecordBatch::try_new(rows.schema(), in_order.collect()).map_err(io::Error::other)
}

/// Writes rows as a part of a case.
///
/// # Errors
/// When the file cannot be written; nothing is left of it then.
pub(super) fn write(case: &Path, file: String, Rows { fields, rows }: &Rows) -> io::Result<Part> {
    let path = case.join(&file);
    let properties = properties(fields, rows);
    let rows = outward(fields, rows)?;
    let (bytes, sha256, blocks) = aside::create(&path, |out| {
        let out = Digesting::new(BufWriter::with_capacity(1 << 20, out));
        // Without Arrow's own schema, which readers of other makes and ages stumble over.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(out, rows.schema(), options).map_err(io::Error::other)?;
        writer.write(&rows).map_err(io::Error::other)?;
        writer.into_inner().map_err(io::Error::other)?.finish()
    })?;
    Ok(Part { file, rows: rows.num_rows() as u64, bytes, sha256, blocks })
}

fn properties(fields: &[Field], rows: &RecordBatch) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(GROUP));
    for (field, array) in fields.iter().zip(rows.columns()) {
        let column = ColumnPath::from(vec![field.name.clone()]);
        // The steps of times in order are small, as most whole numbers are, which then need no dictionary to be looked up
        // for every row.
        if matches!(field.ty, Type::Int | Type::Long) || field.ty == Type::Datetime && is_in_order(array) {
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
            continue;
        }
        let Some(texts) = array.as_string_view_opt() else { continue };
        // Rows are in the order of time: between the least and the greatest text of any page lies nearly every text.
        properties = properties.set_column_statistics_enabled(column.clone(), EnabledStatistics::None);
        if !repeats(texts) {
            properties = properties.set_column_dictionary_enabled(column.clone(), false);
        }
        if matches!(field.ty, Type::String | Type::Guid) && is_looked_up(&field.name) {
            // Without a column's name these two would give every column a filter.
            properties = properties
                .set_column_bloom_filter_fpp(column.clone(), 0.01)
                .set_column_bloom_filter_max_ndv(column, rows.num_rows().clamp(1, GROUP) as u64);
        }
    }
    properties.build()
}

fn is_in_order(times: &ArrayRef) -> bool {
    times.as_primitive_opt::<Int64Type>().is_some_and(|times| times.iter().is_sorted())
}

/// Values that tell whether a dictionary pays.
const SAMPLED: usize = 4096;

/// Tells whether the values of a column repeat: of a sample over all rows at most half are different.
fn repeats(texts: &StringViewArray) -> bool {
    let step = texts.len().div_ceil(SAMPLED).max(1);
    let different: HashSet<&str> = texts.iter().step_by(step).flatten().collect();
    different.len() * 2 <= texts.len().div_ceil(step)
}

/// Tells whether hunts look for single values of a column: identifiers, addresses, hashes.
fn is_looked_up(column: &str) -> bool {
    let name = column.to_ascii_lowercase();
    ["id", "ids", "upn", "address", "ip", "ipv4", "ipv6", "sha1", "sha256", "md5", "principalname", "url"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Gives times Arrow's own type: nanoseconds where all of a column fit (years 1677 to 2262), else microseconds, and
/// beside them the exact ticks where microseconds lose a digit.
fn outward(fields: &[Field], rows: &RecordBatch) -> io::Result<RecordBatch> {
    let mut columns: Vec<(ArrowField, ArrayRef)> = Vec::with_capacity(fields.len());
    for (field, array) in fields.iter().zip(rows.columns()) {
        let Some(ticks) = array.as_primitive_opt::<Int64Type>().filter(|_| field.ty == Type::Datetime) else {
            columns.push((arrow_field(field), Arc::clone(array)));
            continue;
        };
        let nanos = |t: i64| t.checked_sub(UNIX_EPOCH).and_then(|since| since.checked_mul(TICK));
        let zoned = |unit| DataType::Timestamp(unit, Some("UTC".into()));
        if ticks.iter().flatten().all(|t| nanos(t).is_some()) {
            let times = ticks.unary::<_, TimestampNanosecondType>(|t| nanos(t).unwrap_or(0)).with_timezone("UTC");
            columns.push((ArrowField::new(&field.name, zoned(TimeUnit::Nanosecond), true), Arc::new(times)));
            continue;
        }
        let times = ticks.unary::<_, TimestampMicrosecondType>(|t| t.wrapping_sub(UNIX_EPOCH).div_euclid(10));
        let times: ArrayRef = Arc::new(times.with_timezone("UTC"));
        columns.push((ArrowField::new(&field.name, zoned(TimeUnit::Microsecond), true), times));
        if ticks.iter().flatten().any(|t| t.rem_euclid(10) != UNIX_EPOCH.rem_euclid(10)) {
            let exact = ArrowField::new(format!("{}{EXACT_TIME}", field.name), DataType::Int64, true);
            columns.push((exact, Arc::clone(array)));
        }
    }
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(io::Error::other)
}
