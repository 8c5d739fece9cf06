//! Aggregates: one static each, right above its accumulator, and the sorted list of them all.

mod arg;
mod avg;
mod collect;
mod count;
mod covariance;
mod distinct;
mod fold;
mod percentile;
mod schema;
mod sketch;
mod text;
mod udaf;
mod variance;

use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use rehunt_lang::library::AggregateSpec;
use rehunt_lang::types::{Type, Value};

/// An aggregate: what the binder knows of it, and what it does.
#[derive(Debug)]
pub struct Aggregate {
    /// Name, signatures, documentation, examples.
    pub spec: AggregateSpec,
    /// Whether its result depends on the order of rows (`make_list`, ties of `arg_max`). Where the input is ordered, a
    /// call then has a hidden last argument, a long that numbers the rows.
    pub ordered: bool,
    /// Makes the DataFusion aggregate for one call. It is handed the arguments of the query, constants included;
    /// where the query has none, a literal, so that rows can be counted. An error refuses the query; its text is
    /// shown.
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
    /// Whether the hidden last argument is there that numbers the rows; `types` and `constants` then count it.
    pub ordered: bool,
}

/// Every aggregate, sorted by name.
pub static AGGREGATES: &[&Aggregate] = &[
    &arg::ANY,
    &arg::ARG_MAX,
    &arg::ARG_MIN,
    &arg::ARGMAX,
    &arg::ARGMIN,
    &avg::AVG,
    &fold::BINARY_ALL_AND,
    &fold::BINARY_ALL_OR,
    &fold::BINARY_ALL_XOR,
    &schema::BUILDSCHEMA,
    &count::COUNT,
    &distinct::COUNT_DISTINCT,
    &covariance::COVARIANCE,
    &covariance::COVARIANCEP,
    &distinct::DCOUNT,
    &sketch::HLL,
    &sketch::HLL_MERGE,
    &collect::MAKE_BAG,
    &collect::MAKE_DICTIONARY,
    &collect::MAKE_LIST,
    &collect::MAKE_LIST_WITH_NULLS,
    &collect::MAKE_SET,
    &fold::MAX,
    &fold::MIN,
    &percentile::PERCENTILE_ONE,
    &percentile::PERCENTILES,
    &percentile::PERCENTILES_ARRAY,
    &percentile::PERCENTILESW,
    &percentile::PERCENTILESW_ARRAY,
    &percentile::PERCENTILEW,
    &variance::STDEV,
    &variance::STDEVP,
    &fold::SUM,
    &arg::TAKE_ANY,
    &sketch::TDIGEST,
    &sketch::TDIGEST_MERGE,
    &variance::VARIANCE,
    &variance::VARIANCEP,
];

/// Returns the aggregate of this name, alias or name of a twin.
pub fn find(name: &str) -> Option<&'static Aggregate> {
    let goes_by =
        |a: &&&Aggregate| a.spec.name == name || a.spec.filtered == Some(name) || a.spec.aliases.contains(&name);
    AGGREGATES.iter().find(goes_by).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(AGGREGATES.is_sorted_by_key(|a| a.spec.name));
    }
}
