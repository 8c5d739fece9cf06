//! How long it takes before a query runs: reading its text, binding it, and loading evidence.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rehunt_engine::engine::Engine;
use rehunt_engine::ingest::{LoadOptions, Quiet};

const HUNTS: [&str; 3] = [
    "published/q1_directsend.kql",
    "published/q6_bruteforce_then_success.unfolded.kql",
    "investigation/15_entra_app_consent_chain.kql",
];

fn hunts() -> impl Iterator<Item = (&'static str, String)> {
    let text = |hunt: &str| std::fs::read_to_string(Path::new("examples/hunting").join(hunt)).unwrap();
    HUNTS.into_iter().map(move |hunt| (hunt, text(hunt)))
}

fn loaded(folder: &Path) -> Engine {
    let mut engine = Engine::new();
    engine.load(folder, &LoadOptions::default(), &Quiet).unwrap();
    engine
}

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, text) in hunts() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| rehunt_lang::parse(black_box(&text))));
    }
}

/// Reading and binding; the tables are those of the sample.
fn bind(c: &mut Criterion) {
    let session = loaded(Path::new("examples/hunting/tenant")).session().at(rehunt_engine::sample::NOW);
    let mut group = c.benchmark_group("bind");
    for (name, text) in hunts() {
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| session.check(black_box(&text))));
    }
    // Hunting lists grow: a thousand alternatives must not take a thousand times as long as one.
    let terms: Vec<_> = (0..1000).map(|n| format!("SenderFromDomain == 'd{n}.example'")).collect();
    let wide = format!("EmailEvents | where {}", terms.join(" or "));
    group.bench_function("1000 alternatives", |b| b.iter(|| session.check(black_box(&wide))));
}

/// Queries of a size that only programs write: a long list of values, many alternatives, a megabyte of operators, and
/// brackets nested beyond the limit, which is an error.
fn large(c: &mut Criterion) {
    let session = loaded(Path::new("examples/hunting/tenant")).session().at(rehunt_engine::sample::NOW);
    let values: Vec<_> = (0..50_000).map(|n| format!("'d{n}.example'")).collect();
    let terms: Vec<_> = (0..20_000).map(|n| format!("Subject has 'word{n}'")).collect();
    let line = "| where Subject != 'one of very many rows' and SenderFromDomain !in ('a', 'b', 'c')\n";
    let queries = [
        ("50000 values", format!("EmailEvents | where SenderFromDomain in ({})", values.join(", "))),
        ("20000 terms", format!("EmailEvents | where {}", terms.join(" or "))),
        (
            "1 MB of values",
            format!("EmailEvents\n{}| where Subject in ({})", line.repeat(200), "'a text', ".repeat(100_000) + "''"),
        ),
        ("3000 brackets", format!("EmailEvents | where {}true{}", "(".repeat(3_000), ")".repeat(3_000))),
    ];
    let mut group = c.benchmark_group("large");
    group.sample_size(10);
    for (name, query) in queries {
        group.throughput(Throughput::Bytes(query.len() as u64));
        group.bench_function(BenchmarkId::new("bind", name), |b| b.iter(|| session.check(black_box(&query))));
        group.bench_function(BenchmarkId::new("format", name), |b| b.iter(|| rehunt_lang::format(black_box(&query))));
    }
}

/// Reading and binding published queries, where the folder of facts is at hand (`REHUNT_FACTS`): the time of all of
/// them, an element being a query.
fn corpus(c: &mut Criterion) {
    let Some(folder) = std::env::var_os("REHUNT_FACTS") else { return };
    let Ok(lines) = std::fs::read_to_string(Path::new(&folder).join("corpus/dev.jsonl")) else { return };
    let query = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["query"].as_str().map(str::to_owned);
    let queries: Vec<String> = lines.lines().filter_map(query).collect();
    let session = Engine::new().session().at(rehunt_engine::sample::NOW);
    let mut group = c.benchmark_group("corpus");
    group.throughput(Throughput::Elements(queries.len() as u64)).sample_size(10);
    group.bench_function("parse", |b| b.iter(|| queries.iter().for_each(|q| drop(rehunt_lang::parse(black_box(q))))));
    group.bench_function("check", |b| b.iter(|| queries.iter().for_each(|q| drop(session.check(black_box(q))))));
    group.bench_function("format", |b| b.iter(|| queries.iter().for_each(|q| drop(rehunt_lang::format(black_box(q))))));
}

/// From a folder of CSV to tables: about 30,000 mails and 38,000 sign-ins.
fn load(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let report = rehunt_engine::sample::write(folder.path(), 20).unwrap();
    let bytes = report.files.iter().map(|file| file.path.metadata().unwrap().len()).sum();
    let mut group = c.benchmark_group("load");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("csv", |b| b.iter_batched(|| folder.path(), loaded, BatchSize::PerIteration));
}

criterion_group!(benches, parse, bind, large, corpus, load);
criterion_main!(benches);
