//! `datetime_diff`.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::period::{NAMES, Period};
use crate::functions::signature::{datetime, signature, string};
use crate::functions::{Body, Function};

/// `datetime_diff(period, a, b)`: learn.microsoft.com/kusto/query/datetime-diff-function. It counts the boundaries
/// between the two, not the time that has passed.
pub static DATETIME_DIFF: Function = Function {
    spec: FunctionSpec {
        name: "datetime_diff",
        overloads: &[signature(
            &[string("period").one_of(NAMES), datetime("datetime1"), datetime("datetime2")],
            Type::Long,
        )],
        summary: "Counts the boundaries of periods from the second datetime to the first.",
        examples: &[Example {
            query: "print datetime_diff('year', datetime(2021-01-01), datetime(2020-12-31)), datetime_diff('day', datetime(2020-01-01 23:00), datetime(2020-01-01 01:00))",
            answer: "1 | 0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        let name = call.text(0)?;
        let period = Period::from_name(name).ok_or_else(|| format!("`{name}` is no period of `datetime_diff`"))?;
        Ok(Arc::new(move |args| {
            let (left, right) = (args.long(1)?, args.long(2)?);
            args.longs(|row| {
                let (left, right) = (left.at(row)?, right.at(row)?);
                match period {
                    Period::Nanosecond => left.checked_sub(right)?.checked_mul(100),
                    _ => Some(period.number(left) - period.number(right)),
                }
            })
        }))
    }),
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::parse_datetime;
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn boundaries_count_not_time() {
        let diff = |period: &str, a: &str, b: &str| {
            let [a, b] = [a, b].map(|t| Value::Datetime(parse_datetime(t).unwrap()));
            call("datetime_diff", &[Value::String(period.into()), a, b], Type::Long)
        };
        assert_eq!(diff("quarter", "2024-03-31", "2020-04-01"), Value::Long(15));
        assert_eq!(diff("week", "2020-12-31", "2020-01-01"), Value::Long(52));
        assert_eq!(diff("week", "2023-12-31", "2023-12-30"), Value::Long(1), "weeks begin on Sunday");
        assert_eq!(diff("day", "1950-06-15 13:45", "2000-01-01"), Value::Long(-18097));
        assert_eq!(diff("nanosecond", "2020-01-01 00:00:00.0000001", "2020-01-01"), Value::Long(100));
    }
}
