//! Functions, operators and aggregates, a few of each family, over a million rows in memory: each beside the same in
//! DataFusion's own functions where there is one.
//!
//! `cargo bench --bench kernels`. The table at the end has the ratio; `REHUNT_BENCH_ROWS=1000` sees in a moment whether
//! all still works.

mod turns;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray};
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;
use criterion::Criterion;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::functions::core::expr_fn::{coalesce, nullif};
use datafusion::functions::datetime::expr_fn::{date_bin, date_part};
use datafusion::functions::string::expr_fn::{concat, contains, lower, replace, split_part, starts_with};
use datafusion::functions_aggregate::expr_fn::{approx_distinct, approx_percentile_cont, avg, count, max, sum};
use datafusion::logical_expr::expr_fn::cast;
use datafusion::logical_expr::{Expr, ExprFunctionExt, SortExpr};
use datafusion::prelude::{SessionContext, col, lit, when};
use rehunt_engine::engine::{Engine, Session};
use tokio::runtime::Runtime;

/// What is measured: a query on the table `T`, and the same by hand where DataFusion has it.
struct Case {
    family: &'static str,
    query: &'static str,
    by_hand: Option<fn(DataFrame) -> DataFrame>,
    /// Whether both answers are estimates, made in ways of their own.
    estimate: bool,
}

/// A query that nothing stands beside.
const fn alone(family: &'static str, query: &'static str) -> Case {
    Case { family, query, by_hand: None, estimate: false }
}

const fn beside(family: &'static str, query: &'static str, by_hand: fn(DataFrame) -> DataFrame) -> Case {
    Case { family, query, by_hand: Some(by_hand), estimate: false }
}

const fn estimate(query: &'static str, by_hand: fn(DataFrame) -> DataFrame) -> Case {
    Case { family: "aggregate", query, by_hand: Some(by_hand), estimate: true }
}

const CASES: &[Case] = &[
    beside("operator", "T | where n > 500000 and r < 0.5 | count", |t| {
        counted(t, col("n").gt(lit(500_000_i64)).and(col("r").lt(lit(0.5))))
    }),
    beside("operator", "T | summarize max(n * 3 + 1)", |t| one(t, max(col("n") * lit(3_i64) + lit(1_i64)))),
    beside("operator", "T | where s == 'user7@tenant7.example' | count", |t| {
        counted(t, col("s").eq(lit("user7@tenant7.example")))
    }),
    beside("operator", "T | where s in ('user7@tenant7.example', 'user8@tenant8.example') | count", |t| {
        counted(t, col("s").in_list(vec![lit("user7@tenant7.example"), lit("user8@tenant8.example")], false))
    }),
    beside("operator", "T | where s contains_cs 'tenant99' | count", |t| {
        counted(t, contains(col("s"), lit("tenant99")))
    }),
    beside("operator", "T | where s startswith_cs 'user99' | count", |t| {
        counted(t, starts_with(col("s"), lit("user99")))
    }),
    alone("operator", "T | where s has 'tenant99' | count"),
    alone("operator", "T | where s contains 'TENANT99' | count"),
    alone("operator", "T | where s matches regex @'user\\d+7@' | count"),
    beside("string", "T | where tolower(s) == 'user7@tenant7.example' | count", |t| {
        counted(t, lower(col("s")).eq(lit("user7@tenant7.example")))
    }),
    beside("string", "T | where replace_string(s, 'user', 'u') == 'u7@tenant7.example' | count", |t| {
        counted(t, replace(col("s"), lit("user"), lit("u")).eq(lit("u7@tenant7.example")))
    }),
    beside("string", "T | where strcat(s, '/', s) == '' | count", |t| {
        counted(t, concat(vec![col("s"), lit("/"), col("s")]).eq(lit("")))
    }),
    beside("string", "T | where tostring(split(s, '@')[0]) == 'user7' | count", |t| {
        counted(t, split_part(col("s"), lit("@"), lit(1_i64)).eq(lit("user7")))
    }),
    alone("string", "T | where extract(@'@(\\w+)', 1, s) == 'tenant7' | count"),
    beside("conversion", "T | summarize sum(tolong(x))", |t| one(t, sum(cast(col("x"), DataType::Int64)))),
    beside("conversion", "T | where tostring(n) == '77' | count", |t| {
        counted(t, cast(col("n"), DataType::Utf8View).eq(lit("77")))
    }),
    beside("conditional", "T | summarize sum(iff(n % 2 == 0, n, 1))", |t| {
        let even = (col("n") % lit(2_i64)).eq(lit(0_i64));
        one(t, sum(when(even, col("n")).otherwise(lit(1_i64)).unwrap()))
    }),
    beside("conditional", "T | summarize sum(coalesce(iff(n == 7, long(null), n), 1))", |t| {
        one(t, sum(coalesce(vec![nullif(col("n"), lit(7_i64)), lit(1_i64)])))
    }),
    beside("datetime", "T | summarize max(tolong(bin(t, 1h)) / 10000000 - 62135596800)", |t| {
        let hour = ScalarValue::new_interval_dt(0, 3_600_000);
        one(t, max(cast(date_bin(lit(hour), col("t"), epoch()), DataType::Int64) / lit(1_000_000_000_i64)))
    }),
    beside("datetime", "T | where hourofday(t) == 7 | count", |t| {
        counted(t, date_part(lit("hour"), col("t")).eq(lit(7)))
    }),
    alone("datetime", "T | where format_datetime(t, 'yyyy-MM-dd') == '2025-01-02' | count"),
    alone("dynamic", "T | summarize sum(tolong(d.b.c))"),
    alone("dynamic", "T | mv-expand e = d.a to typeof(long) | summarize sum(e)"),
    alone("dynamic", "T | where array_length(d.a) == 3 | count"),
    alone("parse", "T | where parse_json(j).b.c == 7 | count"),
    alone("parse", "T | parse s with user '@' tenant '.' * | where tenant == 'tenant7' | count"),
    alone("ip", "T | where ipv4_is_in_range(a, '10.1.0.0/16') | count"),
    alone("ip", "T | summarize max(parse_ipv4(a))"),
    alone("hash", "T | where hash_sha256(s) == '' | count"),
    alone("hash", "T | summarize max(hash(s, 100))"),
    alone("math", "T | summarize sum(round(sqrt(r), 2))"),
    alone("window", "T | serialize | where prev(n) + 1 != n | count"),
    alone(
        "series",
        "T | take 100000 | make-series n = count() on t step 1h | extend f = series_fir(n, dynamic([1, 1])) | count",
    ),
    alone("geo", "T | summarize max(geo_distance_2points(r, r, 4.9, 52.4))"),
    beside("aggregate", "T | summarize avg(r)", |t| one(t, avg(col("r")))),
    beside("aggregate", "T | summarize countif(r < 0.5)", |t| {
        one(t, count(lit(1)).filter(col("r").lt(lit(0.5))).build().unwrap())
    }),
    beside("aggregate", "T | summarize c = count() by s | summarize max(c)", |t| {
        one(t.aggregate(vec![col("s")], vec![count(lit(1)).alias("c")]).unwrap(), max(col("c")))
    }),
    estimate("T | summarize dcount(s)", |t| one(t, approx_distinct(col("s")))),
    estimate("T | summarize percentile(r, 90)", |t| {
        one(t, approx_percentile_cont(SortExpr::new(col("r"), true, false), lit(0.9), None))
    }),
    alone("aggregate", "T | summarize arg_max(t, *) by k = n % 1000 | count"),
    alone("aggregate", "T | summarize make_set(k = n % 1000) | project array_length(set_k)"),
];

/// Rows of a batch, as evidence is loaded.
const BATCH: usize = 8192;

fn main() {
    let rows = std::env::var("REHUNT_BENCH_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let batches: Vec<RecordBatch> =
        (0..rows).step_by(BATCH).map(|start| batch(start, rows.min(start + BATCH))).collect();
    let mut engine = Engine::new();
    engine.register("Raw", batches.clone()).unwrap();
    engine.declare_function("T", "() { Raw | extend d = todynamic(j) }");
    let session = engine.session();
    let context = SessionContext::new();
    let table = datafusion::datasource::MemTable::try_new(batches[0].schema(), vec![batches]).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();

    // There are many, and each takes milliseconds.
    let (warm, measured) = (Duration::from_millis(300), Duration::from_secs(1));
    let criterion = Criterion::default().warm_up_time(warm).measurement_time(measured).sample_size(10);
    let mut criterion = criterion.configure_from_args();
    for case in CASES {
        let (kql, hand) = (answer(&runtime, &session, case), by_hand(&runtime, &context, case));
        let agree = case.estimate || hand.as_ref().is_none_or(|hand| same(&kql, hand));
        assert!(agree, "{}: {kql} by KQL, {hand:?} by hand", case.query);
        let mut group = criterion.benchmark_group(format!("{}: {}", case.family, case.query));
        group.bench_function("kql", |b| b.iter(|| answer(&runtime, &session, case)));
        if case.by_hand.is_some() {
            group.bench_function("by hand", |b| b.iter(|| by_hand(&runtime, &context, case)));
        }
    }
    criterion.final_summary();
    // `cargo bench -- NAME` looks at one thing; the table is of all.
    if std::env::args().skip(1).all(|word| word == "--bench") {
        ratios(&runtime, &session, &context);
    }
}

/// Rows that differ as those of evidence do.
fn batch(start: usize, end: usize) -> RecordBatch {
    let rows = || start..end;
    let texts =
        |text: fn(usize) -> String| -> ArrayRef { Arc::new(StringViewArray::from_iter_values(rows().map(text))) };
    let long = |row: usize| i64::try_from(row).unwrap();
    // From 2025-01-01 on, a row every 7 seconds.
    let times = rows().map(|row| (1_735_689_600 + 7 * long(row)) * 1_000_000_000);
    let columns: [(&str, ArrayRef); 7] = [
        ("n", Arc::new(Int64Array::from_iter_values(rows().map(long)))),
        ("r", Arc::new(Float64Array::from_iter_values(rows().map(|row| (row * 7919 % 10_007) as f64 / 10_007.0)))),
        ("s", texts(|row| format!("user{}@tenant{}.example", row % 5000, row % 100))),
        ("x", texts(|row| (row % 1_000_000).to_string())),
        ("a", texts(|row| format!("10.{}.{}.{}", row % 7, row % 256, row % 199))),
        ("j", texts(|row| format!(r#"{{"a":[{row},2,3],"b":{{"c":{},"d":"text"}}}}"#, row % 1000))),
        ("t", Arc::new(TimestampNanosecondArray::from_iter_values(times))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn epoch() -> Expr {
    lit(ScalarValue::TimestampNanosecond(Some(0), None))
}

fn counted(table: DataFrame, keep: Expr) -> DataFrame {
    one(table.filter(keep).unwrap(), count(lit(1)))
}

fn one(table: DataFrame, aggregate: Expr) -> DataFrame {
    table.aggregate(vec![], vec![aggregate]).unwrap()
}

/// The only value of an answer.
fn value<'b>(batches: impl IntoIterator<Item = &'b RecordBatch>) -> String {
    let batch = batches.into_iter().find(|batch| batch.num_rows() > 0).unwrap();
    array_value_to_string(batch.column(0), 0).unwrap()
}

/// Tells whether values are equal; sums of reals are, but for the order of their terms.
fn same(a: &str, b: &str) -> bool {
    let near = |(a, b): (f64, f64)| (a - b).abs() <= 1e-9 * a.abs();
    a == b || a.parse().ok().zip(b.parse().ok()).is_some_and(near)
}

fn answer(runtime: &Runtime, session: &Session, case: &Case) -> String {
    let answer = runtime.block_on(session.run(case.query)).unwrap();
    value(&answer.tables[0].batches)
}

fn by_hand(runtime: &Runtime, context: &SessionContext, case: &Case) -> Option<String> {
    let work = case.by_hand?;
    let batches = runtime.block_on(async { work(context.table("t").await.unwrap()).collect().await.unwrap() });
    Some(value(&batches))
}

/// Prints the times and their ratio.
fn ratios(runtime: &Runtime, session: &Session, context: &SessionContext) {
    println!("\n| family | query | KQL ms | by hand ms | ratio |\n| --- | --- | ---: | ---: | ---: |");
    for case in CASES {
        let kql = || drop(answer(runtime, session, case));
        let (kql, hand) = turns::medians(kql, || drop(by_hand(runtime, context, case)));
        let beside = match case.by_hand {
            Some(_) => format!("{hand:.1} | {:.2}", kql / hand),
            None => "- | -".to_owned(),
        };
        println!("| {} | `{}` | {kql:.1} | {beside} |", case.family, case.query.replace('|', "\\|"));
    }
}
