//! `rows_near(condition, rows [, after])`: the rows for which a condition holds, and those around them.
//! learn.microsoft.com/kusto/query/rows-near-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::types::Type;

use super::call::Param;
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "rows_near",
    syntax: "T | evaluate rows_near(condition, rows [, after])",
    summary: "The rows for which a condition holds, with so many rows before and after each.",
    example: Example { query: "range x from 1 to 9 step 1 | evaluate rows_near(x == 5, 1, 2)", answer: "4\n5\n6\n7" },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    let required =
        [Param::Value("Condition", Accepts::Exactly(Type::Bool)), Param::Constant("NumRows", Accepts::Integer)];
    let read = call.read(&required, &[Param::Constant("RowsAfter", Accepts::Integer)], false)?;
    let (columns, serialized) = (call.input.rel.columns.clone(), call.input.serialized);
    let made = call.whole(columns, read.into_iter().map(|a| a.expr).collect());
    Some(Tabular { serialized, ..made })
}
