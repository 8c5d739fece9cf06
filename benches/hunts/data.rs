//! The sample tenant at a size worth measuring, as Parquet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{CsvReadOptions, ParquetReadOptions, SessionConfig, SessionContext};

/// 1,001,415 mails. `REHUNT_BENCH_SCALE=1` sees in a moment whether the benches still work.
const SCALE: u32 = 635;

const TABLES: [&str; 3] = ["EmailEvents", "CloudAppEvents", "IdentityLogonEvents"];

/// Returns the folder of Parquet files; makes it where it is missing.
pub async fn parquet() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let scale = std::env::var("REHUNT_BENCH_SCALE").map_or(SCALE, |scale| scale.parse().unwrap());
    let folder = target.join(format!("bench-tenant-{scale}"));
    if folder.join("done").exists() {
        return folder;
    }
    std::fs::create_dir_all(&folder).unwrap();
    let csv = tempfile::tempdir().unwrap();
    let report = rehunt_engine::sample::write(csv.path(), scale).unwrap();
    for file in report.files.iter().filter(|file| TABLES.contains(&file.table)) {
        convert(&file.path, &folder.join(format!("{}.parquet", file.table))).await;
    }
    std::fs::write(folder.join("done"), "").unwrap();
    folder
}

/// Makes DataFusion's session as rehunt makes its own, with the tables under their names.
pub async fn context(folder: &Path) -> SessionContext {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.enable_ident_normalization = false;
    let context = SessionContext::new_with_config(config);
    for table in TABLES {
        let file = folder.join(format!("{table}.parquet"));
        context.register_parquet(table, file.to_string_lossy(), ParquetReadOptions::default()).await.unwrap();
    }
    context
}

/// Copies a CSV file to Parquet, in order of time as it is: texts stay texts, times become timestamps.
async fn convert(csv: &Path, parquet: &Path) {
    let header = csv_header(csv);
    let fields = header.iter().map(|name| Field::new(name, column_type(name), true)).collect::<Vec<_>>();
    let schema = Arc::new(Schema::new(fields));
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    let options = CsvReadOptions::new().has_header(true).schema(&schema);
    let rows = context.read_csv(&*csv.to_string_lossy(), options).await.unwrap();
    let written = DataFrameWriteOptions::new().with_single_file_output(true);
    rows.write_parquet(&parquet.to_string_lossy(), written, None).await.unwrap();
}

fn csv_header(path: &Path) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.headers().unwrap().iter().map(str::to_owned).collect()
}

fn column_type(name: &str) -> DataType {
    match name {
        "Timestamp" => DataType::Timestamp(TimeUnit::Nanosecond, None),
        "AttachmentCount" | "UrlCount" | "EmailSize" => DataType::Int32,
        "EmailClusterId" => DataType::Int64,
        "IsFirstContact" => DataType::Boolean,
        _ => DataType::Utf8,
    }
}
