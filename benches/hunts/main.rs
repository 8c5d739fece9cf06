//! The six published hunts on about a million mails in Parquet, each beside the same work written by hand.
//!
//! By hand means DataFusion's DataFrame API: built-in functions, native timestamps, and rehunt's kernels for JSON
//! paths, which DataFusion lacks. Both read the same files and must give the same number of rows. The table at the
//! end has the ratio: what KQL costs over a plan made for the purpose.
//!
//! `cargo bench --bench hunts`. The files are made once, below `target/`.

mod by_hand;
mod data;
#[path = "../turns/mod.rs"]
mod turns;

use criterion::Criterion;
use datafusion::prelude::SessionContext;
use rehunt_engine::engine::{Engine, Session};
use rehunt_engine::ingest::{LoadOptions, Quiet};
use tokio::runtime::Runtime;

/// A hunt: its name, its text, and the same work by hand.
struct Hunt {
    name: &'static str,
    file: &'static str,
    by_hand: by_hand::Work,
}

const HUNTS: [Hunt; 6] = [
    Hunt { name: "q1 DirectSend", file: "q1_directsend.kql", by_hand: by_hand::direct_send },
    Hunt {
        name: "q2 new connector",
        file: "q2_new_inbound_connector.as_published.kql",
        by_hand: by_hand::new_connector,
    },
    Hunt { name: "q3 connector volume", file: "q3_connector_volume.unfolded.kql", by_hand: by_hand::connector_volume },
    Hunt { name: "q4 external sends", file: "q4_external_sends.as_published.kql", by_hand: by_hand::external_sends },
    Hunt {
        name: "q5 senders over 100",
        file: "q5_external_senders_100.unfolded.kql",
        by_hand: by_hand::external_senders,
    },
    Hunt { name: "q6 brute force", file: "q6_bruteforce_then_success.unfolded.kql", by_hand: by_hand::brute_force },
];

fn main() {
    let runtime = Runtime::new().unwrap();
    let folder = runtime.block_on(data::parquet());
    let mut engine = Engine::new();
    engine.load(&folder, &LoadOptions::default(), &Quiet).unwrap();
    let session = engine.session().at(rehunt_engine::sample::NOW);
    let context = runtime.block_on(data::context(&folder));

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    for hunt in &HUNTS {
        let query = hunt.text();
        let (kql, hand) = (rows(&runtime, &session, &query), by_hand_rows(&runtime, &context, hunt));
        assert_eq!(kql, hand, "{}: rows of KQL and by hand", hunt.name);
        let mut group = criterion.benchmark_group(hunt.name);
        group.bench_function("kql", |b| b.iter(|| rows(&runtime, &session, &query)));
        group.bench_function("by hand", |b| b.iter(|| by_hand_rows(&runtime, &context, hunt)));
    }
    criterion.final_summary();
    // `cargo bench -- NAME` looks at one thing, `-- --test` only whether all still runs; the table is of all.
    if std::env::args().skip(1).all(|word| word == "--bench") {
        ratios(&runtime, &session, &context);
    }
}

impl Hunt {
    fn text(&self) -> String {
        std::fs::read_to_string(format!("examples/hunting/published/{}", self.file)).unwrap()
    }
}

fn rows(runtime: &Runtime, session: &Session, query: &str) -> usize {
    let answer = runtime.block_on(session.run(query)).unwrap();
    answer.tables.iter().map(|table| table.rows()).sum()
}

fn by_hand_rows(runtime: &Runtime, context: &SessionContext, hunt: &Hunt) -> usize {
    let batches = runtime.block_on((hunt.by_hand)(context.clone())).unwrap();
    batches.iter().map(|batch| batch.num_rows()).sum()
}

/// Prints both times and their ratio.
fn ratios(runtime: &Runtime, session: &Session, context: &SessionContext) {
    println!("\n| hunt | rows | KQL ms | by hand ms | ratio |\n| --- | ---: | ---: | ---: | ---: |");
    for hunt in &HUNTS {
        let query = hunt.text();
        let mut found = 0;
        let (kql, hand) = turns::medians(
            || found = rows(runtime, session, &query),
            || {
                by_hand_rows(runtime, context, hunt);
            },
        );
        println!("| {} | {found} | {kql:.1} | {hand:.1} | {:.2} |", hunt.name, kql / hand);
    }
}
