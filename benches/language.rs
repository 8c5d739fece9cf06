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

/// From a folder of CSV to tables: about 30,000 mails and 38,000 sign-ins.
fn load(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let report = rehunt_engine::sample::write(folder.path(), 20).unwrap();
    let bytes = report.files.iter().map(|file| file.path.metadata().unwrap().len()).sum();
    let mut group = c.benchmark_group("load");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("csv", |b| b.iter_batched(|| folder.path(), loaded, BatchSize::PerIteration));
}

criterion_group!(benches, parse, bind, load);
criterion_main!(benches);
