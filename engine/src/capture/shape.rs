//! What the text of a typed column looks like, as regexes: where no text of a pattern ends a column, its type does.
//!
//! Measured on the service by others (mmaitre314/duckdb-kql, docs/parse-proposal.md): a simple pattern reads more
//! as a bool or a real than a regex does.

use rehunt_lang::types::Type;

const WHOLE: &str = r"\s*[-+]?[0-9]+";

const GUID: &str = r"\s*(?:\{[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}|[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12})";

/// A date alone is enough, minutes and seconds may have one digit. Hyphens go with the year in front, slashes with
/// the month.
const DATETIME: &str = r"\s*(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{1,4})(?:[Tt\x20]\s*[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]*)?)?)?(?:[Zz]|[-+][0-9]{1,2}(?::[0-9]{1,2})?)?";

/// `hh:mm[:ss]`; behind days the seconds must be there. Units (`1d`) do not count.
const TIMESPAN: &str =
    r"\s*-?(?:[0-9]+\.[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}|[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2})?)(?:\.[0-9]*)?";

/// Returns the shape of a type in a simple pattern; nothing for what has none.
pub(super) fn simple(ty: Type) -> Option<&'static str> {
    match ty {
        Type::Bool => Some(r"\s*(?:(?i:true|false)|[-+]?[0-9]+)"),
        Type::Real | Type::Decimal => Some(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"),
        _ => in_regex(ty),
    }
}

/// Returns the shape of a type in a regex; nothing for what has none.
pub(super) fn in_regex(ty: Type) -> Option<&'static str> {
    match ty {
        Type::Int | Type::Long => Some(WHOLE),
        Type::Real | Type::Decimal => Some(r"\s*[-+]?[0-9]+(?:\.[0-9]+)?"),
        Type::Bool => Some(r"\s*(?i:true|false)"),
        Type::Guid => Some(GUID),
        Type::Datetime => Some(DATETIME),
        Type::Timespan => Some(TIMESPAN),
        Type::String | Type::Dynamic | Type::Unknown => None,
    }
}
