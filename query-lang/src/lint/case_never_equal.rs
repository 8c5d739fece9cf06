//! `tolower(x) == "ABC"`: what is in lower case never equals what is not.

use super::{Finding, Lint, Sight, called};
use crate::types::Value;

pub(super) const LINT: Lint = Lint {
    code: "case-never-equal",
    kusto_code: None,
    reason: "A text in lower case equals no literal with a capital, nor the other way round: the comparison has one answer for every row.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Comparison { op: "==" | "!=", span, sides: [left, right] } = sight else { return None };
    let (function, text) = match (called(left), left.as_literal(), called(right), right.as_literal()) {
        (Some(function), _, _, Some(Value::String(text))) | (_, Some(Value::String(text)), Some(function), _) => {
            (function, text)
        }
        _ => return None,
    };
    let never = match function {
        "tolower" => text.chars().any(char::is_uppercase),
        "toupper" => text.chars().any(char::is_lowercase),
        _ => false,
    };
    never.then(|| Finding {
        span: *span,
        message: format!("what `{function}` gives never equals `{text}`"),
        help: "write the text in that case, or compare without case: `=~`".into(),
    })
}
