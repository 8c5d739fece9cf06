//! Registers a table made of record batches, such as rows that a program already has in memory.
//!
//! `cargo run --example own_table`

use std::error::Error;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use rehunt_engine::engine::Engine;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let batch = RecordBatch::try_from_iter([
        ("Time", Arc::new(TimestampMillisecondArray::from(vec![0, 1_000, 61_000])) as _),
        ("Host", Arc::new(StringArray::from(vec![Some("a"), Some("b"), None])) as _),
        ("Bytes", Arc::new(Int64Array::from(vec![Some(10), Some(20), None])) as _),
    ])?;
    let mut engine = Engine::new();
    engine.register("Traffic", vec![batch])?;
    // Arrow's timestamps are datetimes here, and a missing text is the empty one.
    let query = "Traffic | summarize Rows = count(), Bytes = sum(Bytes) by Minute = bin(Time, 1m) | sort by Minute asc";
    let answer = engine.session().run(query).await?;
    for table in &answer.tables {
        println!("{:?}", table.columns);
        table.values().for_each(|row| println!("{row:?}"));
    }
    Ok(())
}
