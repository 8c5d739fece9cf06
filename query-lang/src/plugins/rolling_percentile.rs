//! `rolling_percentile(value, percentile, index, bin, bins [, dimension, ...])`: for each bin of the index, a percentile
//! of the values in it and in the bins before it.
//! learn.microsoft.com/kusto/query/rolling-percentile-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::types::Value;

use super::call::{Arg, Param};
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "rolling_percentile",
    syntax: "T | evaluate rolling_percentile(value, percentile, index, bin, bins [, dimension, ...])",
    summary: "For each bin of a column, a percentile of the values in the last bins, itself included.",
    example: Example {
        query: "range t from 1 to 4 step 1 | extend v = 10 * t | evaluate rolling_percentile(v, 50, t, 1, 2) | sort by t asc",
        answer: "1 | 10\n2 | 10\n3 | 20\n4 | 30",
    },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    let required = [
        Param::Column("ValueColumn", Accepts::Summable),
        Param::Constant("Percentile", Accepts::Number),
        Param::Column("IndexColumn", Accepts::Summable),
        Param::Constant("BinSize", Accepts::Summable),
        Param::Constant("BinsPerWindow", Accepts::Integer),
    ];
    let read = call.read(&required, &[], true)?;
    let [value, percentile, index, _, bins, dimensions @ ..] = read.as_slice() else { return None };
    let name = format!("rolling_{}_percentile_{}_{}", text(bins), value.name, text(percentile));
    let mut fields = vec![(index.name.clone(), index.expr.ty)];
    fields.extend(dimensions.iter().map(|d| (d.name.clone(), d.expr.ty)));
    fields.push((name, value.expr.ty));
    let columns = call.columns(fields);
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}

/// A constant as it stands in the name of a column.
fn text(constant: &Arg) -> String {
    match constant.expr.as_literal() {
        Some(Value::Real(n)) => n.to_string(),
        Some(value) => value.as_long().map(|n| n.to_string()).unwrap_or_default(),
        None => String::new(),
    }
}
