//! Scalar functions: one static each, right above its kernel, and the sorted list of them all.

mod conditional;
mod conversion;
pub(crate) mod datetime;
mod dynamic;
mod geo;
mod hash;
pub(crate) mod ip;
pub mod kernel;
mod math;
pub(crate) mod parse;
pub mod pattern;
mod schema;
mod series;
mod service;
pub mod signature;
mod sketch;
pub(crate) mod string;
pub mod udf;
mod unsupported;
pub mod window;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::FunctionSpec;
use rehunt_lang::types::{Type, Value};

/// A function: what the binder knows of it, and what it does.
#[derive(Debug)]
pub struct Function {
    /// Name, signatures, documentation, examples.
    pub spec: FunctionSpec,
    /// What it does.
    pub body: Body,
}

/// One call on one batch of rows.
pub struct Args<'a> {
    /// The arguments, of the types the overload asked for: a scalar, or an array of `rows` rows.
    pub values: &'a [ColumnarValue],
    /// Rows of the batch.
    pub rows: usize,
    /// The Kusto type of each argument.
    pub types: &'a [Type],
    /// The Kusto type of the result.
    pub returns: Type,
}

/// What is known of a call before any row is seen.
pub struct Prepare<'a> {
    /// For each argument, its value where it is constant.
    pub constants: &'a [Option<Value>],
    /// The Kusto type of each argument.
    pub types: &'a [Type],
    /// The Kusto type of the result.
    pub returns: Type,
}

/// A kernel that has looked at its constant arguments: compiled regexes, parsed paths.
/// It is still handed all arguments.
pub type Prepared = Arc<dyn Fn(&Args) -> Result<ColumnarValue> + Send + Sync>;

/// What a function does.
#[derive(Clone, Copy)]
pub enum Body {
    /// Works on columns.
    Kernel(fn(&Args) -> Result<ColumnarValue>),
    /// Works on columns after a look at its constant arguments. An error refuses the query; its text is shown.
    Prepared(fn(&Prepare) -> Result<Prepared, String>),
    /// Reads the session's clock: the ticks of `now()`, and the constant arguments.
    Clock(fn(i64, &[Value]) -> Value),
    /// Looks the address that is its argument up in the database of places.
    Places,
    /// Sees the rows around (`prev`, `row_number`): lowered by `lower::window` under its own name.
    Window,
    /// Lowered by name to an expression of the core plan's own kinds (`iff`, `case`, `coalesce` ...).
    Lowered,
    /// Known by name only; a call is refused.
    Unsupported,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Body::Kernel(_) => "kernel",
            Body::Prepared(_) => "prepared kernel",
            Body::Clock(_) => "clock",
            Body::Places => "places",
            Body::Window => "window",
            Body::Lowered => "lowered",
            Body::Unsupported => "unsupported",
        })
    }
}

/// Every family of functions, each sorted by name.
#[rustfmt::skip] // one a line: what is added at once in two places merges
pub static FAMILIES: &[&[&Function]] = &[
    conditional::FUNCTIONS,
    conversion::FUNCTIONS,
    datetime::FUNCTIONS,
    dynamic::FUNCTIONS,
    geo::FUNCTIONS,
    hash::FUNCTIONS,
    ip::FUNCTIONS,
    math::FUNCTIONS,
    parse::FUNCTIONS,
    schema::FUNCTIONS,
    series::FUNCTIONS,
    service::FUNCTIONS,
    sketch::FUNCTIONS,
    string::FUNCTIONS,
    unsupported::FUNCTIONS,
    window::FUNCTIONS,
];

/// Returns every function once.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// Returns the function of this name or alias.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|f| f.spec.name == name || f.spec.aliases.contains(&name))
}
