//! Embeds the engine: loads a folder of exported evidence and runs a query on it.
//!
//! `cargo run --example embed`, from the repository's root.

use std::error::Error;
use std::path::Path;

use rehunt_engine::engine::Engine;
use rehunt_engine::ingest::{LoadOptions, Quiet};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut engine = Engine::new();
    engine.load(Path::new("examples/hunting/tenant"), &LoadOptions::default(), &Quiet)?;
    // The sample's story ends in June 2025: a fixed clock makes `ago(7d)` mean its last week.
    let session = engine.session().at(rehunt_engine::sample::NOW);
    let answer = session.run("EmailEvents | where Timestamp > ago(7d) | summarize count() by EmailDirection").await?;
    for row in answer.tables.iter().flat_map(|table| table.values()) {
        println!("{row:?}");
    }
    Ok(())
}
