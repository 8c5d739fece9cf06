//! `isnull(text)`: a string is never null.

use super::{Finding, Lint, Sight, written};
use crate::types::Type;

pub(super) const LINT: Lint = Lint {
    code: "null-text",
    kusto_code: Some("KS501"),
    reason: "A string is never null, only empty: `isnull` is false and `isnotnull` true for every row.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Call { name, span, args: [arg] } = sight else { return None };
    let (always, instead) = match *name {
        "isnull" => ("false", "isempty"),
        "isnotnull" | "notnull" => ("true", "isnotempty"),
        _ => return None,
    };
    (written(arg).ty == Type::String).then(|| Finding {
        span: *span,
        message: format!("`{name}` of a string is always {always}"),
        help: format!("write `{instead}(...)`"),
    })
}
