//! `narrow`: one row a cell.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, StringViewBuilder};
use rehunt_lang::types::Value;

use super::{Arg, Call, Work, batch};
use crate::error::Result;

/// The arguments are pairs: the name of a column, and its cells as text.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let mut names = Vec::new();
    let mut cells = Vec::new();
    for arg in &call.args {
        match arg {
            Arg::Constant(Value::String(name)) if names.len() == cells.len() => names.push(name.clone()),
            Arg::Column(place) => cells.push(*place),
            Arg::Constant(_) => return Err(call.refused("a column is constant")),
        }
    }
    let schema = Arc::clone(&call.schema);
    Ok(Work::Rows(Box::new(move |_| {
        let (names, cells, schema) = (names.clone(), cells.clone(), Arc::clone(&schema));
        let mut done = 0_i64;
        Ok(Box::new(move |rows| {
            let inputs = std::slice::from_ref(rows);
            let columns = cells.iter().map(|c| c.of(inputs)).collect::<datafusion::common::Result<Vec<_>>>()?;
            let (mut name, mut value) = (StringViewBuilder::new(), StringViewBuilder::new());
            let mut number = Vec::with_capacity(rows.num_rows() * names.len());
            for row in 0..rows.num_rows() {
                for (column, own) in columns.iter().zip(&names) {
                    let text = column.as_string_view();
                    number.push(done);
                    name.append_value(own);
                    value.append_value(if text.is_null(row) { "" } else { text.value(row) });
                }
                done += 1;
            }
            batch(&schema, vec![Arc::new(Int64Array::from(number)), Arc::new(name.finish()), Arc::new(value.finish())])
        }))
    })))
}
