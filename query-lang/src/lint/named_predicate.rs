//! `where Billable = true`: a name where a comparison was meant.

use super::{Finding, Lint, Sight};

pub(super) const LINT: Lint = Lint {
    code: "named-predicate",
    kusto_code: None,
    reason: "Behind `where`, `name = value` gives the value a name that nothing can use: it filters by the value alone.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::NamedPredicate { span } = sight else { return None };
    Some(Finding {
        span: *span,
        message: "`=` gives a name and does not compare".into(),
        help: "compare with `==`".into(),
    })
}
