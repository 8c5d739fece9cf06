//! Parquet files behind a table: the same rows as from CSV, and row groups that a filter rules out stay unread.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, StringArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit};
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion::prelude::{SessionConfig, SessionContext};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use rehunt_lang::time::parse_datetime;
use rehunt_lang::types::{Type, Value};

use super::merged::ident;
use super::{Catalog, Table};
use crate::ingest::{LoadOptions, Quiet, load};
use crate::value::value_at;

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, group: usize) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn catalog(folder: &Path) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.absorb(load(folder, &LoadOptions::default(), &Quiet).unwrap()).unwrap();
    catalog
}

/// Runs a filter and returns the plan after its run with the rows of some columns.
fn run(table: &Table, filter: Option<Expr>, columns: &[&str]) -> (Arc<dyn ExecutionPlan>, Vec<Vec<Value>>) {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut rows = context.read_table(Arc::clone(&table.provider)).unwrap();
        if let Some(filter) = filter {
            rows = rows.filter(filter).unwrap();
        }
        let rows = rows.select(columns.iter().map(|c| ident(c)).collect::<Vec<_>>()).unwrap();
        let plan = rows.create_physical_plan().await.unwrap();
        let batches = collect(Arc::clone(&plan), context.task_ctx()).await.unwrap();
        let types: Vec<Type> = columns.iter().map(|c| table.fields.iter().find(|f| f.name == *c).unwrap().ty).collect();
        let mut all = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                all.push(types.iter().zip(batch.columns()).map(|(ty, c)| value_at(c, *ty, row)).collect());
            }
        }
        (plan, all)
    })
}

fn text(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).indent(true).to_string()
}

/// Sums a metric over the plan.
fn metric(plan: &Arc<dyn ExecutionPlan>, name: &str) -> String {
    let mut found = plan.metrics().and_then(|m| m.sum_by_name(name)).map(|m| m.to_string()).unwrap_or_default();
    for child in plan.children() {
        found.push_str(&metric(child, name));
    }
    found
}

fn hour(n: i64) -> i64 {
    parse_datetime("2025-06-01").unwrap() + n * 36_000_000_000
}

/// A day of mail, a row an hour, four hours a row group.
fn mail(path: &Path) {
    let millis = |n: i64| (hour(n) - rehunt_lang::time::UNIX_EPOCH) / 10_000;
    let texts = |of: &dyn Fn(i64) -> Option<String>| Arc::new((0..24).map(of).collect::<StringArray>()) as ArrayRef;
    write(
        path,
        vec![
            (
                "Timestamp",
                Arc::new(TimestampMillisecondArray::from_iter_values((0..24).map(millis)).with_timezone("UTC")),
            ),
            ("NetworkMessageId", texts(&|n| Some(format!("id{n}")))),
            ("RecipientEmailAddress", texts(&|n| Some(format!("u{n}@Two.example")))),
            ("SenderFromDomain", texts(&|n| (n % 2 == 0).then(|| "one.example".to_owned()))),
            (
                "To",
                texts(&|n| match n {
                    0 => Some("[ \"a\" ]".to_owned()),
                    1 => Some("plain".to_owned()),
                    2 => None,
                    _ => Some("{\"n\":1}".to_owned()),
                }),
            ),
            ("UrlCount", Arc::new(Int64Array::from_iter_values(0..24))),
            ("IsFirstContact", Arc::new(BooleanArray::from_iter((0..24).map(|n| Some(n == 5))))),
            ("Custom", Arc::new(Int32Array::from_iter_values(0..24))),
        ],
        4,
    );
}

fn ticks(op: Operator, ticks: i64) -> Expr {
    binary_expr(ident("Timestamp"), op, lit(ticks))
}

#[test]
fn a_scan_gives_the_declared_columns_in_the_engines_types() {
    let folder = tempfile::tempdir().unwrap();
    mail(&folder.path().join("x.parquet"));
    let catalog = catalog(folder.path());
    let file = &catalog.log().files[0];
    assert_eq!(
        (file.file.form.as_str(), file.table.as_str(), file.file.rows, file.file.span),
        ("parquet", "EmailEvents", 24, Some((hour(0), hour(23))))
    );
    let table = catalog.table("EmailEvents").unwrap();
    let columns = [
        "Timestamp",
        "TimeGenerated",
        "RecipientDomain",
        "SenderFromDomain",
        "To",
        "UrlCount",
        "IsFirstContact",
        "Custom",
        "Subject",
        "Topics",
    ];
    let (_, rows) = run(table, None, &columns);
    let string = |text: &str| Value::String(text.to_owned());
    let row = |n: i64, domain: &str, to: Value| {
        let (at, n) = (Value::Datetime(hour(n)), n as i32);
        vec![
            at.clone(),
            at,
            string("Two.example"),
            string(domain),
            to,
            Value::Int(n),
            Value::Bool(n == 5),
            Value::Int(n),
            string(""),
            string(""),
        ]
    };
    assert_eq!(rows.len(), 24);
    assert_eq!(rows[0], row(0, "one.example", Value::Dynamic("[\"a\"]".to_owned())));
    assert_eq!(rows[1], row(1, "", Value::Dynamic("\"plain\"".to_owned())));
    assert_eq!(rows[2], row(2, "one.example", Value::Null(Type::Dynamic)));
    assert_eq!(rows[5], row(5, "", Value::Dynamic("{\"n\":1}".to_owned())));
}

#[test]
fn filters_on_ticks_prune_row_groups_and_keep_exactly_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    mail(&folder.path().join("x.parquet"));
    let catalog = catalog(folder.path());
    let table = catalog.table("EmailEvents").unwrap();
    let kept = |filter: Expr| {
        let (plan, rows) = run(table, Some(filter), &["Timestamp", "UrlCount"]);
        assert!(text(&plan).contains("pruning_predicate="), "{}", text(&plan));
        let rows: Vec<i64> = rows.iter().map(|r| r[1].as_long().unwrap()).collect();
        let pruned = metric(&plan, "row_groups_pruned_statistics");
        (rows, pruned.split(" ->").next().unwrap().to_owned())
    };
    let (rows, pruned) = kept(ticks(Operator::Gt, hour(20)));
    assert_eq!(rows, [21, 22, 23]);
    assert_eq!(pruned, "6 total → 1 matched");
    // Between two milliseconds: every comparison still means ticks.
    assert_eq!(kept(ticks(Operator::Gt, hour(20) - 1)).0, [20, 21, 22, 23]);
    assert_eq!(kept(ticks(Operator::GtEq, hour(20) + 1)).0, [21, 22, 23]);
    assert_eq!(kept(ticks(Operator::Lt, hour(2) + 1)).0, [0, 1, 2]);
    assert_eq!(kept(ticks(Operator::LtEq, hour(2) - 1)).0, [0, 1]);
    assert_eq!(kept(ticks(Operator::Eq, hour(2))).0, [2]);
    assert_eq!(kept(ticks(Operator::Eq, hour(2) + 1)).0, [] as [i64; 0]);
    let between = ident("Timestamp").between(lit(hour(4)), lit(hour(7)));
    assert_eq!(kept(between), (vec![4, 5, 6, 7], "6 total → 1 matched".to_owned()));
    let alias = binary_expr(ident("TimeGenerated"), Operator::Lt, lit(hour(1)));
    assert_eq!(kept(alias), (vec![0], "6 total → 1 matched".to_owned()));
}

#[test]
fn text_filters_treat_null_as_empty_and_are_not_asked_twice() {
    let folder = tempfile::tempdir().unwrap();
    mail(&folder.path().join("x.parquet"));
    let catalog = catalog(folder.path());
    let table = catalog.table("EmailEvents").unwrap();
    let text_is = |op, value: &str| {
        binary_expr(ident("SenderFromDomain"), op, Expr::Literal(ScalarValue::Utf8View(Some(value.to_owned())), None))
    };
    let count = |filter: Expr| run(table, Some(filter), &["UrlCount"]).1.len();
    assert_eq!(count(text_is(Operator::Eq, "one.example")), 12);
    assert_eq!(count(text_is(Operator::NotEq, "one.example")), 12);
    assert_eq!(count(text_is(Operator::Eq, "")), 12);
    assert_eq!(count(text_is(Operator::NotEq, "")), 12);
    assert_eq!(count(text_is(Operator::NotEq, "other")), 24);
    assert_eq!(count(ident("SenderFromDomain").in_list(vec![lit("one.example"), lit("x")], false)), 12);
    assert_eq!(count(ident("SenderFromDomain").in_list(vec![lit("one.example"), lit("")], false)), 24);
    assert_eq!(count(ident("Subject").eq(lit(""))), 24);
    assert_eq!(count(text_is(Operator::Eq, "one.example").or(ticks(Operator::Lt, hour(4)))), 14);
    // The scan answers exactly: one filter in the plan, below the check of JSON.
    let (plan, _) = run(table, Some(text_is(Operator::Eq, "one.example")), &["To"]);
    let shown = text(&plan);
    assert_eq!(shown.matches("FilterExec").count(), 1, "{shown}");
    assert!(shown.find("read_dynamic").unwrap() < shown.find("FilterExec").unwrap(), "{shown}");
}

#[test]
fn many_columns_of_few_rows_are_read_after_the_filter() {
    let folder = tempfile::tempdir().unwrap();
    let mut columns: Vec<(String, ArrayRef)> =
        vec![("Key".to_owned(), Arc::new(StringArray::from(vec!["a", "b", "c"])))];
    for n in 0..12 {
        columns.push((format!("C{n}"), Arc::new(Int64Array::from(vec![n, n + 1, n + 2]))));
    }
    write(&folder.path().join("wide.parquet"), columns.iter().map(|(n, c)| (n.as_str(), Arc::clone(c))).collect(), 4);
    let catalog = catalog(folder.path());
    let table = catalog.table("wide").unwrap();
    let names: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
    let (plan, rows) = run(table, Some(ident("Key").eq(lit("b"))), &names);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][12], Value::Long(12));
    assert!(!text(&plan).contains("FilterExec"), "{}", text(&plan));
    assert_eq!(metric(&plan, "pushdown_rows_pruned"), "2");
    let (plan, _) = run(table, Some(ident("Key").eq(lit("b"))), &["C1"]);
    assert!(text(&plan).contains("FilterExec"), "{}", text(&plan));
}

#[test]
fn files_of_different_shape_and_rows_in_memory_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    mail(&folder.path().join("a.parquet"));
    let nanos = |n: i64| (hour(n) - rehunt_lang::time::UNIX_EPOCH) * 100;
    let texts = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    write(
        &folder.path().join("b.parquet"),
        vec![
            ("TimeGenerated", Arc::new(TimestampNanosecondArray::from(vec![nanos(30) + 199]))),
            ("NetworkMessageId", texts("b")),
            ("RecipientEmailAddress", texts("x@y")),
            ("SenderFromDomain", texts("d")),
            ("UrlCount", texts("7")),
            ("Custom", texts("seven")),
        ],
        4,
    );
    std::fs::write(
        folder.path().join("c.csv"),
        "Timestamp,NetworkMessageId,RecipientEmailAddress,SenderFromDomain\n2025-06-03T00:00:00Z,c,x@y,d\n",
    )
    .unwrap();
    let catalog = catalog(folder.path());
    let table = catalog.table("EmailEvents").unwrap();
    assert_eq!(table.files.len(), 3);
    let after = |n| Some(ticks(Operator::GtEq, hour(n)));
    let (_, mut rows) = run(table, after(23), &["NetworkMessageId", "Timestamp", "UrlCount", "Custom"]);
    rows.sort_by_key(|r| format!("{r:?}"));
    let string = |text: &str| Value::String(text.to_owned());
    assert_eq!(
        rows,
        [
            vec![string("b"), Value::Datetime(hour(30) + 1), Value::Int(7), string("seven")],
            vec![string("c"), Value::Datetime(hour(48)), Value::Null(Type::Int), string("")],
            vec![string("id23"), Value::Datetime(hour(23)), Value::Int(23), string("23")],
        ]
    );
}

#[test]
fn files_that_do_not_fit_are_refused_by_column() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("EmailEvents.parquet"), vec![("Timestamp", Arc::new(Int64Array::from(vec![5])))], 4);
    std::fs::write(folder.path().join("broken.parquet"), b"PAR1 and no footer").unwrap();
    let catalog = catalog(folder.path());
    let reasons: Vec<&str> = catalog.log().problems.iter().map(|p| p.reason.as_str()).collect();
    assert!(
        reasons.iter().any(|r| r.contains("column `Timestamp` is Int64 in the file and cannot be read as datetime")),
        "{reasons:?}"
    );
    assert_eq!(reasons.len(), 2);
    assert!(catalog.table("EmailEvents").is_none());
}

#[test]
fn counting_reads_no_column() {
    let folder = tempfile::tempdir().unwrap();
    mail(&folder.path().join("x.parquet"));
    let catalog = catalog(folder.path());
    let context = SessionContext::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batches = runtime.block_on(async {
        let rows = context.read_table(Arc::clone(&catalog.table("EmailEvents").unwrap().provider)).unwrap();
        let count = datafusion::functions_aggregate::expr_fn::count(lit(1));
        rows.aggregate(vec![], vec![count]).unwrap().collect().await.unwrap()
    });
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().value(0), 24);
}

#[test]
fn record_batches_become_a_table_of_the_nearest_types() {
    let item = Arc::new(arrow::datatypes::Field::new("item", arrow::datatypes::DataType::Int32, true));
    let list = arrow::array::ListArray::new(
        item,
        arrow::buffer::OffsetBuffer::new(vec![0, 2].into()),
        Arc::new(Int32Array::from(vec![1, 2])),
        None,
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("t", Arc::new(TimestampNanosecondArray::from(vec![100]))),
        ("s", Arc::new(arrow::array::LargeStringArray::from(vec![None::<&str>]))),
        ("u", Arc::new(arrow::array::UInt8Array::from(vec![7]))),
        ("l", Arc::new(list)),
    ];
    let table = Table::of_batches("T", &[RecordBatch::try_from_iter(columns).unwrap()]).unwrap();
    let (_, rows) = run(&table, None, &["t", "s", "u", "l"]);
    let at = Value::Datetime(rehunt_lang::time::UNIX_EPOCH + 1);
    assert_eq!(rows, [vec![at, Value::String(String::new()), Value::Int(7), Value::Dynamic("[1,2]".to_owned())]]);
    let bad: Vec<(&str, ArrayRef)> = vec![("i", Arc::new(arrow::array::IntervalYearMonthArray::from(vec![1])))];
    assert!(
        Table::of_batches("T", &[RecordBatch::try_from_iter(bad).unwrap()]).unwrap_err().to_string().contains("`i`")
    );
}
