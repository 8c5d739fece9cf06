//! `has "10.0.0.1"`: an address compared as text.

use std::net::Ipv4Addr;

use super::{Finding, Lint, Sight};
use crate::plan::TextTest;
use crate::types::Value;

pub(super) const LINT: Lint = Lint {
    code: "address-as-text",
    kusto_code: Some("KS514"),
    reason: "As text, `10.0.0.1` is found in `110.0.0.12`, and as terms in `1.10.0.0.1`; `has_ipv4` knows where an address ends.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Text { spelling, op, span, sides: [_, right] } = sight else { return None };
    let is_search = matches!(op.test, TextTest::Has | TextTest::Contains);
    let Value::String(text) = right.as_literal()? else { return None };
    (is_search && text.parse::<Ipv4Addr>().is_ok()).then(|| Finding {
        span: *span,
        message: format!("`{spelling}` compares the address `{text}` as text"),
        help: format!("write `has_ipv4(..., \"{text}\")`"),
    })
}
