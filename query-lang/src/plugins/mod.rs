//! The plugins of `evaluate`, one file each or a small family: grammar, parameters, result columns. To add one: a
//! static [`PluginSpec`] with its `bind` and a row in [`PLUGINS`]; its kernel is the engine's.
//! learn.microsoft.com/kusto/query/evaluate-operator

mod activity;
mod bag_unpack;
mod call;
mod dcount_intersect;
mod funnel;
mod lookup;
mod narrow;
mod patterns;
mod pivot;
mod preview;
mod rolling_percentile;
mod rows_near;
mod schema_merge;
mod sequence_detect;
mod services;

pub(crate) use call::{Call, OutputSchema};

use crate::bind::tabular::Tabular;
use crate::library::Example;

/// A plugin: how it is written, bound and documented.
#[derive(Debug)]
pub struct PluginSpec {
    /// Its name.
    pub name: &'static str,
    /// Whether it makes rows of its arguments alone.
    pub source: bool,
    /// Whether it runs; otherwise it binds, and is refused by name when it is run.
    pub runs: Runs,
    /// Its grammar: `[...]` may be left out, `a|b` are alternatives, `, ...` repeats.
    pub syntax: &'static str,
    /// One or two sentences of documentation.
    pub summary: &'static str,
    /// A checked example; without a query where it does not run.
    pub example: Example,
    /// Binds a call; nothing after an error, which has been reported.
    bind: fn(&mut Call) -> Option<Tabular>,
}

/// Whether a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// It does.
    Yes,
    /// Not yet.
    NotYet,
    /// It cannot, for this reason; a sentence whose subject is the plugin.
    Never(&'static str),
}

impl PluginSpec {
    /// A plugin on rows, to be completed with `..PluginSpec::new(bind)`.
    const fn new(bind: fn(&mut Call) -> Option<Tabular>) -> Self {
        let example = Example { query: "", answer: "" };
        Self { name: "", source: false, runs: Runs::Yes, syntax: "", summary: "", example, bind }
    }
}

/// Every plugin, sorted by name.
pub const PLUGINS: &[&PluginSpec] = &[
    &activity::ACTIVE_USERS_COUNT,
    &activity::ACTIVITY_COUNTS_METRICS,
    &activity::ACTIVITY_ENGAGEMENT,
    &activity::ACTIVITY_METRICS,
    &services::AI_CHAT_COMPLETION,
    &services::AI_CHAT_COMPLETION_PROMPT,
    &services::AI_EMBED_TEXT,
    &services::AI_EMBEDDINGS,
    &patterns::AUTOCLUSTER,
    &services::AZURE_DIGITAL_TWINS_QUERY_REQUEST,
    &bag_unpack::SPEC,
    &patterns::BASKET,
    &services::COSMOSDB_SQL_REQUEST,
    &services::CSHARP,
    &services::DAX_REQUEST,
    &dcount_intersect::SPEC,
    &patterns::DIFFPATTERNS,
    &services::ESTIMATE_ROWS_COUNT,
    &services::EXECUTE_QUERY,
    &services::EXECUTE_SHOW_COMMAND,
    &services::EXTERNAL_DATATABLE,
    &funnel::SEQUENCE,
    &funnel::COMPLETION,
    &lookup::GEO_LINE,
    &lookup::GEO_POLYGON,
    &services::HTTP_REQUEST,
    &services::HTTP_REQUEST_POST,
    &services::IDENTITY,
    &services::IDENTITY_V3,
    &services::INFER_STORAGE_SCHEMA,
    &services::INFER_STORAGE_SCHEMA_WITH_SUGGESTIONS,
    &lookup::IPV4,
    &lookup::IPV6,
    &services::MYSQL_REQUEST,
    &narrow::SPEC,
    &activity::NEW_ACTIVITY_METRICS,
    &pivot::SPEC,
    &services::POSTGRESQL_REQUEST,
    &preview::SPEC,
    &services::PYTHON,
    &services::R,
    &rolling_percentile::SPEC,
    &rows_near::SPEC,
    &schema_merge::SPEC,
    &sequence_detect::SPEC,
    &activity::SESSION_COUNT,
    &activity::SLIDING_WINDOW_COUNTS,
    &services::SQL_REQUEST,
];

/// Returns the plugin of a name.
pub(crate) fn find(name: &str) -> Option<&'static PluginSpec> {
    PLUGINS.binary_search_by_key(&name, |p| p.name).ok().and_then(|i| PLUGINS.get(i)).copied()
}

/// Goes through the names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|p| p.name)
}

/// Binds a call of a plugin: its rows, brought to the schema behind `:` where there is one.
pub(crate) fn bind(mut call: Call) -> Tabular {
    call.refuse_to_run();
    let made = (call.spec.bind)(&mut call);
    let Some(made) = made else { return Tabular { open: true, ..call.input } };
    match call.schema.take() {
        Some(schema) => call.conform(made, schema),
        None => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_sorted_for_the_search() {
        assert!(PLUGINS.is_sorted_by_key(|p| p.name));
    }
}
