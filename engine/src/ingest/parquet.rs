//! Parquet files: only their footers are read when they are loaded.

use std::fs::File;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::Int64Type;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::Path as StorePath;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use rehunt_lang::types::Type;

use super::loader::Loader;
use super::name::{self, Named};
use crate::catalog::parquet_table::{ParquetFile, as_read};
use crate::catalog::{natural, natural_type};

/// A Parquet file that was found.
pub(super) struct FoundParquet {
    /// The table its rows belong to.
    pub table: Named,
    /// The file.
    pub file: ParquetFile,
    /// Its rows.
    pub rows: u64,
    /// Earliest and latest time of its rows, by its statistics.
    pub span: Option<(i64, i64)>,
}

/// Reads the footer of a file.
///
/// # Errors
/// What is wrong with it.
pub(super) fn open(loader: &Loader, path: &Path) -> Result<FoundParquet, String> {
    let Footer { file, rows, span } = footer(path)?;
    let columns: Vec<&str> = file.schema.fields().iter().map(|f| f.name().as_str()).collect();
    let table = name::of_rows(loader, &columns)?;
    Ok(FoundParquet { table, file, rows, span })
}

/// What the footer of a file says.
pub(crate) struct Footer {
    /// The file.
    pub file: ParquetFile,
    /// Its rows.
    pub rows: u64,
    /// Earliest and latest time of its rows, by its statistics.
    pub span: Option<(i64, i64)>,
}

/// Reads the footer of a file.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn footer(path: &Path) -> Result<Footer, String> {
    // The library panics at some that are damaged, and one file must not cost the others.
    catch_unwind(|| read_footer(path)).unwrap_or_else(|_| Err("the footer is damaged".to_owned()))
}

fn read_footer(path: &Path) -> Result<Footer, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let file = File::open(path).map_err(|e| text(&e))?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| text(&e))?;
    let schema = Arc::clone(metadata.schema());
    let footer = metadata.metadata();
    let length = file.metadata().map_err(|e| text(&e))?.len();
    if !lies_within(footer, length) {
        return Err("the footer speaks of what is not in the file".to_owned());
    }
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();

    let converter =
        |column: &str| StatisticsConverter::try_new(column, &schema, footer.file_metadata().schema_descr()).ok();
    let has_no_null = |column: &&str| {
        if schema.field_with_name(column).is_ok_and(|field| !field.is_nullable()) {
            return true;
        }
        let counts = converter(column).and_then(|c| c.row_group_null_counts(footer.row_groups()).ok());
        counts.is_some_and(|c| c.null_count() == 0 && c.values().iter().all(|n| *n == 0))
    };
    let span_of = |column: &str| {
        let converter = converter(column)?;
        // A time that is no datetime of Kusto would be null here.
        let ticks = |array: ArrayRef| natural(&array).ok().filter(|ticks| ticks.null_count() == 0);
        let mins = ticks(converter.row_group_mins(footer.row_groups()).ok()?)?;
        let maxes = ticks(converter.row_group_maxes(footer.row_groups()).ok()?)?;
        let (mins, maxes) = (mins.as_primitive_opt::<Int64Type>()?, maxes.as_primitive_opt::<Int64Type>()?);
        Some((min(mins)?, max(maxes)?))
    };
    let is_proven = |column: &&str| {
        let ty = schema.field_with_name(column).ok().and_then(|f| natural_type(f.data_type()));
        match ty {
            Some(Type::Datetime) => span_of(column).is_some(),
            Some(Type::String) => has_no_null(column),
            _ => false,
        }
    };
    let proven = columns.iter().copied().filter(is_proven).map(str::to_owned).collect();
    let span = ["Timestamp", "TimeGenerated"].into_iter().find_map(span_of);

    let schema = as_read(&schema);
    let statistics = DFParquetMetadata::statistics_from_parquet_metadata(footer, &schema).map_err(|e| text(&e))?;
    let on_disk = file.metadata().map_err(|e| text(&e))?;
    let meta = ObjectMeta {
        location: StorePath::from_filesystem_path(path).map_err(|e| text(&e))?,
        last_modified: on_disk.modified().map_err(|e| text(&e))?.into(),
        size: on_disk.len(),
        e_tag: None,
        version: None,
    };
    let partitioned = PartitionedFile::new_from_meta(meta).with_statistics(Arc::new(statistics.clone()));
    let rows = u64::try_from(footer.file_metadata().num_rows()).unwrap_or(0);
    Ok(Footer { file: ParquetFile { file: partitioned, schema, proven, statistics }, rows, span })
}

/// Tells whether the columns that a footer speaks of lie within the file. The library takes that for granted.
fn lies_within(footer: &ParquetMetaData, length: u64) -> bool {
    let whole = |number: i64| u64::try_from(number).ok();
    let end = |column: &ColumnChunkMetaData| {
        whole(column.num_values())?;
        let first = whole(column.data_page_offset())?;
        let start = column.dictionary_page_offset().map_or(Some(first), whole)?;
        start.checked_add(whole(column.compressed_size())?)
    };
    let groups = footer.row_groups();
    let rows = groups.iter().try_fold(0_u64, |sum, group| sum.checked_add(whole(group.num_rows())?));
    rows.is_some_and(|rows| whole(footer.file_metadata().num_rows()) == Some(rows))
        && groups.iter().flat_map(|group| group.columns()).all(|column| end(column).is_some_and(|end| end <= length))
}
