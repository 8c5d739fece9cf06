//! Plugins that need what an offline replay does not have: another server, the network, a sandbox for code, a model.
//! They bind, with the columns that are known before they run, and are refused by name when they are run.

use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::expr::ast::ExprKind;
use crate::plan::{Node, Rel};
use crate::types::{Column, Type};

use super::{Call, PluginSpec, Runs};

const DATABASE: &str = "asks a database server, and there is none offline";
const INTERNAL: &str = "is internal to the service and has no documentation";
const MODEL: &str = "asks a language model of Azure";
const NETWORK: &str = "sends a request over the network";
const OTHER_CLUSTER: &str = "asks another cluster, and there is none offline";
const SANDBOX: &str = "runs code in a sandbox of the service";
const STORAGE: &str = "reads files in cloud storage";

/// A plugin on rows that cannot run.
const fn on_rows(name: &'static str, why: &'static str, bind: fn(&mut Call) -> Option<Tabular>) -> PluginSpec {
    PluginSpec { name, runs: Runs::Never(why), ..PluginSpec::new(bind) }
}

/// A plugin that makes rows of its arguments and cannot run.
const fn source(name: &'static str, why: &'static str, bind: fn(&mut Call) -> Option<Tabular>) -> PluginSpec {
    PluginSpec { source: true, ..on_rows(name, why, bind) }
}

pub(super) static AI_CHAT_COMPLETION: PluginSpec = on_rows("ai_chat_completion", MODEL, completion);
pub(super) static AI_CHAT_COMPLETION_PROMPT: PluginSpec = on_rows("ai_chat_completion_prompt", MODEL, completion);
pub(super) static AI_EMBED_TEXT: PluginSpec = on_rows("ai_embed_text", MODEL, embedding);
pub(super) static AI_EMBEDDINGS: PluginSpec = on_rows("ai_embeddings", MODEL, embeddings);
pub(super) static AZURE_DIGITAL_TWINS_QUERY_REQUEST: PluginSpec =
    source("azure_digital_twins_query_request", "asks Azure Digital Twins", any);
pub(super) static COSMOSDB_SQL_REQUEST: PluginSpec = source("cosmosdb_sql_request", DATABASE, any);
pub(super) static CSHARP: PluginSpec = on_rows("csharp", SANDBOX, any);
pub(super) static DAX_REQUEST: PluginSpec = source("dax_request", DATABASE, any);
pub(super) static ESTIMATE_ROWS_COUNT: PluginSpec = on_rows("estimate_rows_count", INTERNAL, rows_count);
pub(super) static EXECUTE_QUERY: PluginSpec = source("execute_query", OTHER_CLUSTER, any);
pub(super) static EXECUTE_SHOW_COMMAND: PluginSpec = source("execute_show_command", OTHER_CLUSTER, any);
pub(super) static EXTERNAL_DATATABLE: PluginSpec = source("external_datatable", INTERNAL, any);
pub(super) static HTTP_REQUEST: PluginSpec = source("http_request", NETWORK, response);
pub(super) static HTTP_REQUEST_POST: PluginSpec = source("http_request_post", NETWORK, response);
pub(super) static IDENTITY: PluginSpec = on_rows("identity", INTERNAL, same);
pub(super) static IDENTITY_V3: PluginSpec = on_rows("identity_v3", INTERNAL, same);
pub(super) static INFER_STORAGE_SCHEMA: PluginSpec = source("infer_storage_schema", STORAGE, csl_schema);
pub(super) static INFER_STORAGE_SCHEMA_WITH_SUGGESTIONS: PluginSpec =
    source("infer_storage_schema_with_suggestions", STORAGE, suggested_schema);
pub(super) static MYSQL_REQUEST: PluginSpec = source("mysql_request", DATABASE, any);
pub(super) static POSTGRESQL_REQUEST: PluginSpec = source("postgresql_request", DATABASE, any);
pub(super) static PYTHON: PluginSpec = on_rows("python", SANDBOX, any);
pub(super) static R: PluginSpec = on_rows("r", SANDBOX, any);
pub(super) static SQL_REQUEST: PluginSpec = source("sql_request", DATABASE, any);

/// Columns that nobody knows before the run.
fn any(call: &mut Call) -> Option<Tabular> {
    let made = with(call, |_| Vec::new());
    Some(Tabular { open: made.open || made.rel.columns.is_empty(), ..made })
}

fn same(call: &mut Call) -> Option<Tabular> {
    Some(with(call, |call| call.input.rel.columns.clone()))
}

fn completion(call: &mut Call) -> Option<Tabular> {
    beside_the_text(call, "_completion", Type::String)
}

fn embedding(call: &mut Call) -> Option<Tabular> {
    beside_the_text(call, "_embedding", Type::Dynamic)
}

fn embeddings(call: &mut Call) -> Option<Tabular> {
    beside_the_text(call, "_embeddings", Type::Dynamic)
}

fn response(call: &mut Call) -> Option<Tabular> {
    let fields = [("ResponseHeaders", Type::Dynamic), ("ResponseBody", Type::Dynamic)];
    Some(with(call, |call| call.columns(fields)))
}

fn csl_schema(call: &mut Call) -> Option<Tabular> {
    Some(with(call, |call| call.columns([("CslSchema", Type::String)])))
}

fn suggested_schema(call: &mut Call) -> Option<Tabular> {
    Some(with(call, |call| call.columns([("SuggestedTableSchema", Type::String)])))
}

fn rows_count(call: &mut Call) -> Option<Tabular> {
    Some(with(call, |call| call.columns([("EstimatedRowsCount", Type::Long)])))
}

/// The input, and one column more that is named after the first argument.
fn beside_the_text(call: &mut Call, suffix: &str, ty: Type) -> Option<Tabular> {
    let text = match call.arguments.first().map(|a| &a.value.kind) {
        Some(ExprKind::Name(name)) => name.text.clone(),
        _ => String::new(),
    };
    Some(with(call, |call| {
        let mut columns = call.input.rel.columns.clone();
        columns.extend(call.columns([(format!("{text}{suffix}"), ty)]));
        columns
    }))
}

/// What has the columns of the schema in the text, or else those that are known.
fn with(call: &mut Call, known: impl FnOnce(&mut Call) -> Vec<Column>) -> Tabular {
    for argument in call.arguments.iter().filter(|a| !matches!(a.value.kind, ExprKind::Missing)) {
        call.binder.expr(&argument.value, &Scope::row(&call.input, call.env));
    }
    let columns = match call.schema.take() {
        Some(schema) => call.declared(schema),
        None => known(call),
    };
    let open = call.input.open && !call.spec.source;
    let inputs = vec![call.input.rel.clone()];
    Tabular { open, ..Tabular::new(Rel { columns, node: Node::NotYet { inputs } }) }
}
