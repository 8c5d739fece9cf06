//! Aggregates: one static each, right above its accumulator, and the sorted list of them all.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use rehunt_lang::library::AggregateSpec;
use rehunt_lang::types::{Type, Value};

/// An aggregate: what the binder knows of it, and what it does.
#[derive(Debug)]
pub struct Aggregate {
    /// Name, signatures, documentation, examples.
    pub spec: AggregateSpec,
    /// Makes the DataFusion aggregate for one call.
    pub make: fn(&AggregateCall) -> Result<AggregateUDF, String>,
}

/// One call of an aggregate, before any row is seen.
#[derive(Debug)]
pub struct AggregateCall<'a> {
    /// The Kusto type of each argument, constants included.
    pub types: &'a [Type],
    /// For each argument, its value where it is constant.
    pub constants: &'a [Option<Value>],
    /// The Kusto types of its result columns; several come as fields `c0`, `c1` ... of one struct.
    pub returns: &'a [Type],
}

/// The state and result types an aggregate needs spelled in Arrow.
pub type ArrowTypes = Arc<[DataType]>;

/// Every aggregate, sorted by name.
pub static AGGREGATES: &[&Aggregate] = &[];
