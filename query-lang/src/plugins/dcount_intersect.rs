//! `dcount_intersect(hll, hll, ...)`: how many values the first set has, the first two have in common, the first three ...
//! learn.microsoft.com/kusto/query/dcount-intersect-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::types::Type;

use super::call::Param;
use super::{Call, PluginSpec, Runs};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "dcount_intersect",
    runs: Runs::NotYet,
    syntax: "T | evaluate dcount_intersect(hll, hll, ...)",
    summary: "Estimates how many values the first set has, the first two share, the first three share, and so on.",
    example: Example { query: "", answer: "" },
    ..PluginSpec::new(bind)
};

/// So many sets the page allows.
const MOST_SETS: usize = 16;

fn bind(call: &mut Call) -> Option<Tabular> {
    let set = Param::Value("hll", Accepts::Array);
    let read = call.read(&[set; 2], &[set; MOST_SETS - 2], false)?;
    let mut columns = call.input.rel.columns.clone();
    columns.extend(call.columns((0..read.len()).map(|n| (format!("s{n}"), Type::Long))));
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}
