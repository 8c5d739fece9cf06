//! `narrow()`: one row a cell: the number of its row, the name of its column, its value as text.
//! learn.microsoft.com/kusto/query/narrow-plugin

use crate::bind::tabular::Tabular;
use crate::library::Example;
use crate::plan::Expr;
use crate::types::Type;

use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "narrow",
    syntax: "T | evaluate narrow()",
    summary: "One row a cell: the number of its row from 0, the name of its column, its value as text.",
    example: Example { query: "print a = 'x', b = 2 | evaluate narrow()", answer: "0 | a | x\n0 | b | 2" },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    call.read(&[], &[], false)?;
    let columns = call.columns([("Row", Type::Long), ("Column", Type::String), ("Value", Type::String)]);
    // The kernel needs the names of the columns too: each cell's text comes behind the name.
    let cells =
        call.input.rel.columns.iter().flat_map(|c| {
            [Expr::literal(crate::types::Value::String(c.name.clone())), Expr::column(c).to(Type::String)]
        });
    let cells = cells.collect();
    Some(call.whole(columns, cells))
}
