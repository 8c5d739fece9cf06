//! Every form of one small result that has each type, its null and its odd values.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, StringViewArray};
use arrow::array::{Decimal256Array, RecordBatchReader};
use arrow::datatypes::{DataType, Schema, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType, i256};
use arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rehunt_engine::engine::{Answer, AnswerTable};
use rehunt_engine::types::{DECIMAL_PRECISION, DECIMAL_SCALE};
use rehunt_lang::time::{DAY, parse_datetime};
use rehunt_lang::types::{Field, Type};

use super::*;

fn result(columns: Vec<(&str, Type, ArrayRef)>) -> AnswerTable {
    let fields = columns.iter().map(|(n, _, a)| arrow::datatypes::Field::new(*n, a.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let names = columns.iter().map(|(n, ty, _)| Field::new(*n, *ty)).collect();
    let batch = RecordBatch::try_new(schema, columns.into_iter().map(|(_, _, a)| a).collect()).unwrap();
    AnswerTable { columns: names, batches: vec![batch], render: None, name: None }
}

fn longs(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringViewArray::from(values.to_vec()))
}

fn every_type() -> AnswerTable {
    let one = i256::from_i128(10_i128.pow(34));
    let decimals = Decimal256Array::from(vec![Some(one + one / i256::from_i128(4)), None]);
    result(vec![
        ("b", Type::Bool, Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i", Type::Int, Arc::new(Int32Array::from(vec![Some(-1), None]))),
        ("l", Type::Long, longs(&[Some(i64::MIN), None])),
        ("r", Type::Real, Arc::new(Float64Array::from(vec![Some(1.0), None]))),
        ("d", Type::Decimal, Arc::new(decimals.with_precision_and_scale(DECIMAL_PRECISION, DECIMAL_SCALE).unwrap())),
        ("t", Type::Datetime, longs(&[parse_datetime("2020-01-02T03:04:05.5"), None])),
        ("s", Type::Timespan, longs(&[Some(-(DAY + 1)), None])),
        ("x", Type::String, texts(&[Some("a \"b\"\n\u{1}\\"), Some("")])),
        ("g", Type::Guid, texts(&[Some("74be27de-1e4e-49d9-b579-fe0b331d3642"), None])),
        ("j", Type::Dynamic, texts(&[Some("{\"k\":\n[1.0,null]}"), None])),
    ])
}

fn shown(table: AnswerTable, format: Format, width: Option<usize>) -> String {
    let mut out = Vec::new();
    write(&Answer { tables: vec![table], ..Answer::default() }, format, width, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_wire_form_of_every_type_and_of_its_null() {
    let mut line = String::new();
    json::columns_and_rows(&every_type(), &mut line).unwrap();
    let rows = line.split_once("\"rows\":").unwrap().1;
    assert_eq!(
        rows,
        concat!(
            r#"[[true,-1,-9223372036854775808,1.0,"1.25","2020-01-02T03:04:05.5000000Z","-1.00:00:00.0000001","#,
            r#""a \"b\"\n\u0001\\","74be27de-1e4e-49d9-b579-fe0b331d3642",{"k": [1.0,null]}],"#,
            r#"[null,null,null,null,null,null,null,"",null,null]]"#
        )
    );
    assert!(serde_json::from_str::<serde_json::Value>(&format!("{{{line}}}")).is_ok());
}

#[test]
fn reals_read_back_the_same_and_what_json_cannot_write_is_a_string() {
    let reals = [0.1, 1e300, -0.0, 5e-324, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let table = result(vec![("r", Type::Real, Arc::new(Float64Array::from(reals.to_vec())))]);
    let mut line = String::new();
    json::columns_and_rows(&table, &mut line).unwrap();
    let rows = line.split_once("\"rows\":").unwrap().1;
    assert_eq!(rows, r#"[[0.1],[1e300],[-0.0],[5e-324],["NaN"],["Infinity"],["-Infinity"]]"#);
}

#[test]
fn csv_quotes_where_needed_and_null_is_an_empty_field() {
    let table = result(vec![
        ("a,b", Type::String, texts(&[Some("x"), Some("say \"hi\"\nbye"), Some("")])),
        ("n", Type::Long, longs(&[None, Some(2), None])),
    ]);
    assert_eq!(shown(table, Format::Csv, None), "\"a,b\",n\nx,\n\"say \"\"hi\"\"\nbye\",2\n,\n");
}

#[test]
fn json_is_an_array_of_objects_and_empty_without_rows() {
    let table = || result(vec![("k\"", Type::Long, longs(&[Some(1), None]))]);
    assert_eq!(shown(table(), Format::Json, None), "[\n{\"k\\\"\":1},\n{\"k\\\"\":null}\n]\n");
    assert_eq!(shown(table(), Format::Jsonl, None), "{\"k\\\"\":1}\n{\"k\\\"\":null}\n");
    let empty = AnswerTable { batches: vec![], ..table() };
    assert_eq!(shown(empty, Format::Json, None), "[]\n");
}

#[test]
fn markdown_keeps_its_columns_whatever_the_cells_hold() {
    let table = result(vec![("s", Type::String, texts(&[Some("a|b\r\nc <i>")])), ("n", Type::Long, longs(&[Some(1)]))]);
    assert_eq!(shown(table, Format::Markdown, None), "| s | n |\n| --- | ---: |\n| a\\|b<br>c &lt;i> | 1 |\n");
}

#[test]
fn a_table_aligns_wide_characters_and_counts_its_rows() {
    let table = result(vec![
        ("件名", Type::String, texts(&[Some("請求書"), Some("invoice")])),
        ("n", Type::Long, longs(&[Some(7), Some(12)])),
        (
            "t",
            Type::Datetime,
            longs(&[parse_datetime("2025-06-14T08:00:00"), parse_datetime("2025-06-14T08:00:00.25")]),
        ),
    ]);
    let expected = "\
件名    │  n │ t
────────┼────┼────────────────────────
請求書  │  7 │ 2025-06-14T08:00:00Z
invoice │ 12 │ 2025-06-14T08:00:00.25Z
2 rows
";
    assert_eq!(shown(table, Format::Table, None), expected);
}

#[test]
fn a_table_fits_the_terminal_and_says_what_it_leaves_out() {
    use unicode_width::UnicodeWidthStr;
    let long = "とても長い件名".repeat(20);
    let columns = ["a", "b", "c", "d", "e", "f"].map(|name| (name, Type::String, texts(&[Some(long.as_str())])));
    let text = shown(result(columns.to_vec()), Format::Table, Some(50));
    assert!(text.lines().take(3).all(|line| line.width() <= 50), "{text}");
    assert!(text.contains('…') && text.contains("no room for 3 more columns"), "{text}");
}

#[test]
fn a_terminal_is_not_flooded_but_a_file_gets_everything() {
    let table = || result(vec![("n", Type::Long, longs(&(0..2500).map(Some).collect::<Vec<_>>()))]);
    let text = shown(table(), Format::Table, Some(80));
    assert!(text.contains("\n999\n2500 rows\nonly the first 1000 rows"), "{text}");
    assert_eq!(shown(table(), Format::Table, None).lines().count(), 2503);
}

#[test]
fn an_array_of_another_type_than_announced_is_an_error() {
    let mut table = result(vec![("n", Type::Long, longs(&[Some(1)]))]);
    table.columns[0].ty = Type::Real;
    let answer = Answer { tables: vec![table], ..Answer::default() };
    for format in [Format::Table, Format::Csv, Format::Json, Format::Markdown, Format::Parquet] {
        assert!(write(&answer, format, None, &mut Vec::new()).is_err(), "{format:?}");
    }
}

#[test]
fn parquet_has_arrow_times_in_the_finest_unit_that_fits() {
    let table = result(vec![
        ("near", Type::Datetime, longs(&[parse_datetime("2020-01-01T00:00:00.0000001"), None])),
        ("far", Type::Datetime, longs(&[parse_datetime("0001-01-01"), parse_datetime("9999-12-31")])),
        ("span", Type::Timespan, longs(&[Some(-5), None])),
        ("j", Type::Dynamic, texts(&[Some("[1]"), None])),
    ]);
    let mut out = Vec::new();
    write(&Answer { tables: vec![table], ..Answer::default() }, Format::Parquet, None, &mut out).unwrap();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), out).unwrap();
    let file = std::fs::File::open(path.path()).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    assert_eq!(*reader.schema().field(0).data_type(), DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())));
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch.column(0).as_primitive::<TimestampNanosecondType>().value(0), 1_577_836_800_000_000_100);
    let far = batch.column(1).as_primitive::<TimestampMicrosecondType>();
    assert_eq!(far.value(0), -62_135_596_800_000_000);
    assert_eq!(*batch.column(2).data_type(), DataType::Duration(TimeUnit::Nanosecond));
    assert_eq!(batch.column(3).as_string::<i32>().value(0), "[1]");
}
