//! `preview(n)`: the first rows, and a second table that counts all.
//! learn.microsoft.com/kusto/query/preview-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::plan::{Aggregate, Node};
use crate::types::Type;

use super::call::Param;
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "preview",
    syntax: "T | evaluate preview(rows)",
    summary: "At most so many rows, and a second table with the number of all.",
    example: Example { query: "range x from 1 to 9 step 1 | evaluate preview(2)", answer: "1\n2\n9" },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    let count = call.read(&[Param::Constant("NumberOfRows", Accepts::Integer)], &[], false)?.pop()?.expr.to(Type::Long);
    let input = std::mem::replace(&mut call.input, Tabular::broken());
    let (shown, counted) = (call.binder.fresh_copy(&input), call.binder.fresh_copy(&input));
    let columns = shown.rel.columns.clone();
    let shown = shown.with(columns, |input| Node::Limit { input, count });
    let (aggregate, _) = call.binder.host.library().aggregate("count")?;
    let total = call.binder.column("Count", Type::Long);
    let aggregates = vec![Aggregate { aggregate, args: Vec::new(), filter: None, types: vec![Type::Long] }];
    let counted = counted.unordered(vec![total], |input| Node::Aggregate { input, keys: Vec::new(), aggregates });
    Some(Tabular::group(vec![shown, Tabular { open: false, ..counted }]))
}
