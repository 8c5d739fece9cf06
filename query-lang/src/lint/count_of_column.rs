//! `count(x)`: rows are counted, whatever stands in the brackets.

use super::{Finding, Lint, Sight};

pub(super) const LINT: Lint = Lint {
    code: "count-of-column",
    kusto_code: None,
    reason: "In SQL `count(x)` leaves out nulls; here it counts every row.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Call { name: "count", span, args: [_, ..] } = sight else { return None };
    Some(Finding {
        span: *span,
        message: "`count` counts rows, whatever its argument is".into(),
        help: "write `count()`, `countif(isnotempty(x))` or `dcount(x)`".into(),
    })
}
