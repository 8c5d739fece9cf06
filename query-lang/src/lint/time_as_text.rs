//! `format_datetime(t, ...) == "2024-01-01"`: times compared as texts.

use super::{Finding, Lint, Sight, called};

pub(super) const LINT: Lint = Lint {
    code: "time-as-text",
    kusto_code: Some("KS506"),
    reason: "Texts of times have the order of their characters, and no table can be narrowed down by them.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let (span, sides) = match sight {
        Sight::Comparison { span, sides, .. } | Sight::Text { span, sides, .. } => (span, sides),
        _ => return None,
    };
    sides.iter().any(|side| called(side) == Some("format_datetime")).then(|| Finding {
        span: *span,
        message: "times are compared as texts here".into(),
        help: "compare the times: `t >= datetime(...)`, or `startofday(t) == datetime(...)`".into(),
    })
}
