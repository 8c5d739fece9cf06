//! `dcount_intersect(hll, hll, ...)`: how many values the first set has, the first two have in common, the first three ...
//! learn.microsoft.com/kusto/query/dcount-intersect-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::types::Type;

use super::call::Param;
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "dcount_intersect",
    syntax: "T | evaluate dcount_intersect(hll, hll, ...)",
    summary: "Estimates how many values the first set has, the first two share, the first three share, and so on.",
    example: Example {
        query: "range x from 1 to 9 step 1 | summarize a = hll(x), b = hll(iff(x < 4, x, 0)) | evaluate dcount_intersect(a, b) | project s0, s1",
        answer: "9 | 3",
    },
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
