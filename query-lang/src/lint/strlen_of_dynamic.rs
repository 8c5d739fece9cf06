//! `strlen(dynamic)`: the length of the JSON, not of what it holds.

use super::{Finding, Lint, Sight, written};
use crate::types::Type;

pub(super) const LINT: Lint = Lint {
    code: "strlen-of-dynamic",
    kusto_code: Some("KS516"),
    reason: "A dynamic that holds an array or a bag is measured as its JSON text, quotes and brackets included.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Call { name: "strlen", span, args: [arg] } = sight else { return None };
    (written(arg).ty == Type::Dynamic).then(|| Finding {
        span: *span,
        message: "`strlen` measures a dynamic as its JSON text".into(),
        help: "count elements with `array_length(...)`, or say that text is meant: `tostring(...)`".into(),
    })
}
