//! `join (U) on a`: which join it is.

use super::{Finding, Lint, Sight};

pub(super) const LINT: Lint = Lint {
    code: "join-without-kind",
    kusto_code: Some("KS508"),
    reason: "Without a kind a join is `innerunique`: of the left rows with one key a single one is kept, whichever comes first.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::JoinWithoutKind { span } = sight else { return None };
    Some(Finding {
        span: *span,
        message: "a join without a kind keeps one left row a key".into(),
        help: "write `kind=inner` for every pair, or `kind=innerunique` if that is meant".into(),
    })
}
