//! `preview(n)`: the first rows, and a second table that counts all.
//! learn.microsoft.com/kusto/query/preview-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};

use super::call::Param;
use super::{Call, PluginSpec, Runs};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "preview",
    runs: Runs::NotYet,
    syntax: "T | evaluate preview(rows)",
    summary: "At most so many rows, and a second table with the number of all.",
    example: Example { query: "", answer: "" },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    let read = call.read(&[Param::Constant("NumberOfRows", Accepts::Integer)], &[], false)?;
    let columns = call.input.rel.columns.clone();
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}
