//! `between (5 .. 1)`: nothing lies there.

use std::cmp::Ordering;

use super::{Finding, Lint, Sight};
use crate::types::Value;

pub(super) const LINT: Lint = Lint {
    code: "empty-range",
    kusto_code: None,
    reason: "The lower end stands first: a range whose first end is the larger one holds no value.",
    look,
};

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Range { span, ends: [low, high] } = sight else { return None };
    (order(low, high)? == Ordering::Greater).then(|| Finding {
        span: *span,
        message: "nothing lies between these ends: the first is the larger one".into(),
        help: "put the smaller end first".into(),
    })
}

fn order(low: &Value, high: &Value) -> Option<Ordering> {
    match (low, high) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Long(a), Value::Long(b))
        | (Value::Datetime(a), Value::Datetime(b))
        | (Value::Timespan(a), Value::Timespan(b)) => Some(a.cmp(b)),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b),
        _ => None,
    }
}
