//! What a query asks about the service it runs on: the principal, the database, cursors, extents. Offline nobody is
//! signed in, there is one database, and records stand in files whose time of ingestion is not known, so each has the
//! answer that Kusto gives for data that no extent holds.

use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::signature::{signature, string};
use super::{Args, Body, Function};

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &CURRENT_CLUSTER_ENDPOINT,
    &CURRENT_DATABASE,
    &CURRENT_PRINCIPAL,
    &CURRENT_PRINCIPAL_DETAILS,
    &CURRENT_PRINCIPAL_IS_MEMBER_OF,
    &CURSOR_AFTER,
    &CURSOR_BEFORE_OR_AT,
    &CURSOR_CURRENT,
    &EXTENT_ID,
    &EXTENT_TAGS,
    &INGESTION_TIME,
    &ROW_ID,
];

type Kernel = fn(&Args) -> datafusion::common::Result<datafusion::logical_expr::ColumnarValue>;

const fn constant(
    name: &'static str,
    overloads: &'static [Overload],
    summary: &'static str,
    examples: &'static [Example],
    kernel: Kernel,
) -> Function {
    let spec = FunctionSpec { name, overloads, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

const TEXT: &[Overload] = &[signature(&[], Type::String)];
const OF_CURSOR: &[Overload] = &[signature(&[string("cursor")], Type::Bool)];
const GROUP: Param = Param::new("group", Accepts::StringOrDynamic);

/// `current_cluster_endpoint()`: learn.microsoft.com/kusto/query/current-cluster-endpoint-function.
pub static CURRENT_CLUSTER_ENDPOINT: Function = constant(
    "current_cluster_endpoint",
    TEXT,
    "Returns the name of the cluster: always `local`.",
    &[Example { query: "print current_cluster_endpoint()", answer: "local" }],
    |args| args.slices(|_| Some("local")),
);

/// `current_database()`: learn.microsoft.com/kusto/query/current-database-function.
pub static CURRENT_DATABASE: Function = constant(
    "current_database",
    TEXT,
    "Returns the name of the database: always `local`.",
    &[Example { query: "print current_database()", answer: "local" }],
    |args| args.slices(|_| Some("local")),
);

/// `current_principal()`: learn.microsoft.com/kusto/query/current-principal-function.
pub static CURRENT_PRINCIPAL: Function = constant(
    "current_principal",
    TEXT,
    "Returns who runs the query: empty, since nobody is signed in.",
    &[Example { query: "print isempty(current_principal())", answer: "true" }],
    |args| args.slices(|_| Some("")),
);

/// `current_principal_details()`: learn.microsoft.com/kusto/query/current-principal-details-function.
pub static CURRENT_PRINCIPAL_DETAILS: Function = constant(
    "current_principal_details",
    &[signature(&[], Type::Dynamic)],
    "Returns what is known of who runs the query: null, since nobody is signed in.",
    &[Example { query: "print current_principal_details()", answer: "null" }],
    |args| args.slices(|_| None::<&str>),
);

/// `current_principal_is_member_of(group, ...)`: learn.microsoft.com/kusto/query/current-principal-is-member-of-function.
pub static CURRENT_PRINCIPAL_IS_MEMBER_OF: Function = constant(
    "current_principal_is_member_of",
    &[Overload::new(&[GROUP], Returns::Is(Type::Bool)).repeated(&[GROUP])],
    "Tells whether who runs the query is in a group: never, since nobody is signed in.",
    &[Example { query: "print current_principal_is_member_of('aadgroup=g@contoso.com')", answer: "false" }],
    |args| args.tests(|_| false),
);

/// `cursor_after(cursor)`: learn.microsoft.com/kusto/query/cursor-after-function. Files have no cursor: every record
/// counts as new.
pub static CURSOR_AFTER: Function = constant(
    "cursor_after",
    OF_CURSOR,
    "Tells whether a record came after a cursor: always, since files have none.",
    &[Example { query: "print cursor_after('')", answer: "true" }],
    |args| args.tests(|_| true),
);

/// `cursor_before_or_at(cursor)`: learn.microsoft.com/kusto/query/cursor-before-or-at-function.
pub static CURSOR_BEFORE_OR_AT: Function = constant(
    "cursor_before_or_at",
    OF_CURSOR,
    "Tells whether a record came no later than a cursor: always, since files have none.",
    &[Example { query: "print cursor_before_or_at('')", answer: "true" }],
    |args| args.tests(|_| true),
);

/// `cursor_current()`: learn.microsoft.com/kusto/query/cursor-current.
pub static CURSOR_CURRENT: Function = Function {
    spec: FunctionSpec {
        name: "cursor_current",
        aliases: &["current_cursor"],
        overloads: TEXT,
        summary: "Returns the cursor of the database: empty, since files have none.",
        examples: &[Example { query: "print isempty(cursor_current())", answer: "true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| args.slices(|_| Some(""))),
};

/// `extent_id()`: learn.microsoft.com/kusto/query/extent-id-function.
pub static EXTENT_ID: Function = Function {
    spec: FunctionSpec {
        name: "extent_id",
        aliases: &["extentid"],
        overloads: &[signature(&[], Type::Guid)],
        summary: "Returns the extent of a record: all zeros, as for data that no extent holds.",
        examples: &[Example { query: "print extent_id()", answer: "00000000-0000-0000-0000-000000000000" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| args.slices(|_| Some("00000000-0000-0000-0000-000000000000"))),
};

/// `extent_tags()`: learn.microsoft.com/kusto/query/extent-tags-function.
pub static EXTENT_TAGS: Function = constant(
    "extent_tags",
    &[signature(&[], Type::Dynamic)],
    "Returns the tags of the extent of a record: none.",
    &[Example { query: "print extent_tags()", answer: "[]" }],
    |args| args.slices(|_| Some("[]")),
);

/// `ingestion_time()`: learn.microsoft.com/kusto/query/ingestion-time-function. Null is what Kusto gives where no time of
/// ingestion was kept.
pub static INGESTION_TIME: Function = Function {
    spec: FunctionSpec {
        name: "ingestion_time",
        overloads: &[signature(&[], Type::Datetime)],
        naming: Naming::Fixed("$IngestionTime"),
        summary: "Returns when a record was ingested: null, since files do not say.",
        examples: &[Example { query: "print ingestion_time()", answer: "null" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| args.longs(|_| None)),
};

/// `row_id()`, not documented.
pub static ROW_ID: Function =
    constant("row_id", TEXT, "Returns the number of a stored record: empty, since files have none.", &[], |args| {
        args.slices(|_| Some(""))
    });
