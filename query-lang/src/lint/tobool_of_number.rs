//! `tobool(n)`: a number taken for a truth value.

use super::{Finding, Lint, Sight, written};

pub(super) const LINT: Lint = Lint {
    code: "tobool-of-number",
    kusto_code: Some("KS504"),
    reason: "Every number but 0 becomes true; a comparison says which numbers are meant.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Call { name: name @ ("tobool" | "toboolean"), span, args: [arg] } = sight else { return None };
    written(arg).ty.is_number().then(|| Finding {
        span: *span,
        message: format!("`{name}` takes every number but 0 for true"),
        help: "compare the number: `n != 0`".into(),
    })
}
