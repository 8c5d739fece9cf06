//! `let State = "x"; T | where State == State`: columns come first.

use super::{Finding, Lint, Sight};

pub(super) const LINT: Lint = Lint {
    code: "hidden-variable",
    kusto_code: Some("KS510"),
    reason: "Where a column and a `let` have one name, the column is meant; `where Name == Name` is true for every row.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::HiddenVariable { name, span } = sight else { return None };
    Some(Finding {
        span: *span,
        message: format!("`{name}` is the column here, not the variable of that name"),
        help: "give the variable another name".into(),
    })
}
