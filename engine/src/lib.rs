//! The engine of rehunt: runs KQL hunting queries on exported evidence.
//!
//! Text is compiled by `rehunt-lang`; this crate gives it its meaning: functions and aggregates over
//! Arrow arrays, a catalogue of tables, readers for every export form, and plans for DataFusion.

pub mod aggregates;
pub mod catalog;
pub mod dynamic;
pub mod engine;
pub mod error;
pub mod functions;
pub mod ingest;
pub mod operators;
pub mod sample;
pub mod text;
pub mod types;
pub mod value;
