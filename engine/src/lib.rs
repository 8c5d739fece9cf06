//! The engine of rehunt: runs KQL hunting queries on exported evidence.
//!
//! Text is compiled by `rehunt-lang`; this crate gives it its meaning: functions and aggregates over
//! Arrow arrays, a catalogue of tables, readers for every export form, and plans for DataFusion.

pub mod aggregates;
mod answers;
mod capture;
pub mod case;
pub mod catalog;
mod clock;
pub mod dynamic;
pub mod engine;
pub mod error;
#[cfg(test)]
mod examples;
pub mod functions;
mod host;
pub mod ingest;
pub mod library;
pub mod limits;
mod lower;
mod memory;
pub mod operators;
mod plugins;
mod rules;
mod run;
pub mod sample;
mod sketch;
pub mod text;
pub mod types;
pub mod value;
