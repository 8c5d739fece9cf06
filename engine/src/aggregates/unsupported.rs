//! Aggregates that Kusto has and we do not compute yet: known by name, so that a query is refused for the right reason.

use rehunt_lang::library::{Accepts, AggregateShape, AggregateSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::Aggregate;

const EXPR: Param = Param::new("expr", Accepts::Scalar);
const TO_DYNAMIC: Overload = Overload::new(&[EXPR], Returns::Is(Type::Dynamic)).repeated(&[EXPR]);
const TO_REAL: Overload = Overload::new(&[EXPR], Returns::Is(Type::Real)).repeated(&[EXPR]);
const SAME: Overload = Overload::new(&[EXPR], Returns::Same(0)).repeated(&[EXPR]);

const fn unsupported(
    name: &'static str,
    overloads: &'static [Overload],
    naming: Naming,
    filtered: Option<&'static str>,
) -> Aggregate {
    Aggregate {
        spec: AggregateSpec {
            name,
            overloads,
            naming,
            filtered,
            filtered_naming: naming,
            supported: false,
            summary: "Not supported yet.",
            ..AggregateSpec::BASE
        },
        ordered: false,
        make: |_| Err("this aggregate is not supported yet".to_owned()),
    }
}

const fn of_shape(aggregate: Aggregate, shape: AggregateShape) -> Aggregate {
    Aggregate { spec: AggregateSpec { shape, ..aggregate.spec }, ..aggregate }
}

/// `buildschema(expr)`
pub static BUILDSCHEMA: Aggregate =
    unsupported("buildschema", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("schema"), None);
/// `covariance(x, y)`
pub static COVARIANCE: Aggregate =
    unsupported("covariance", &[TO_REAL], Naming::PrefixAndFirstArgument("covariance"), Some("covarianceif"));
/// `covariancep(x, y)`
pub static COVARIANCEP: Aggregate =
    unsupported("covariancep", &[TO_REAL], Naming::PrefixAndFirstArgument("covariancep"), Some("covariancepif"));
/// `hll(expr)`
pub static HLL: Aggregate = unsupported("hll", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("hll"), Some("hll_if"));
/// `hll_merge(hll)`
pub static HLL_MERGE: Aggregate =
    unsupported("hll_merge", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("hll_merge"), None);
/// `percentiles_array(expr, percentile, ...)`
pub static PERCENTILES_ARRAY: Aggregate =
    unsupported("percentiles_array", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("percentiles"), None);
/// `percentilesw(expr, weight, percentile, ...)`
pub static PERCENTILESW: Aggregate =
    of_shape(unsupported("percentilesw", &[SAME], Naming::Nothing, None), AggregateShape::Percentiles);
/// `percentilesw_array(expr, weight, percentile, ...)`
pub static PERCENTILESW_ARRAY: Aggregate =
    unsupported("percentilesw_array", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("percentiles"), None);
/// `percentilew(expr, weight, percentile)`
pub static PERCENTILEW: Aggregate =
    of_shape(unsupported("percentilew", &[SAME], Naming::Nothing, None), AggregateShape::Percentiles);
/// `tdigest(expr)`
pub static TDIGEST: Aggregate = unsupported("tdigest", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("tdigest"), None);
/// `tdigest_merge(tdigest)`
pub static TDIGEST_MERGE: Aggregate = Aggregate {
    spec: AggregateSpec {
        aliases: &["merge_tdigest"],
        ..unsupported("tdigest_merge", &[TO_DYNAMIC], Naming::PrefixAndFirstArgument("merge_tdigests"), None).spec
    },
    ..unsupported("", &[], Naming::Nothing, None)
};
