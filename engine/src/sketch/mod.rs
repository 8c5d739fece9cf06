//! Summaries of many values in little space, kept in dynamics: `hll` for numbers of distinct values, `tdigest` for
//! percentiles. Small ones are exact. Their form is near Kusto's, which promises none: what another engine stored
//! cannot be read here.

mod hll;
mod tdigest;

pub use hll::{Hll, each_hash};
pub use tdigest::Tdigest;
