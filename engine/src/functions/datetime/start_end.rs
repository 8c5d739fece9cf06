//! `startofday` ... `endofyear`: where the period of a datetime begins, and its last tick.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload};
use rehunt_lang::time::{DAY, MAX_DATETIME};
use rehunt_lang::types::Type;

use super::period::Period;
use crate::functions::signature::{datetime, long, signature};
use crate::functions::{Args, Body, Function};

const DATE: &[Overload] = &[signature(&[datetime("date")], Type::Datetime).optional(&[long("offset")])];

const fn of_period(
    name: &'static str,
    naming: Naming,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: DATE, naming, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// `startofday(date [, offset])`: learn.microsoft.com/kusto/query/startofday-function.
pub static STARTOFDAY: Function = of_period(
    "startofday",
    Naming::FirstArgument,
    "Returns where the day begins, or a day so many days away.",
    &[Example { query: "print startofday(datetime(2017-01-01 10:10:17), -1)", answer: "2016-12-31T00:00:00.0000000Z" }],
    |args| start(args, Period::Ticks(DAY)),
);

/// `startofweek(date [, offset])`: learn.microsoft.com/kusto/query/startofweek-function.
pub static STARTOFWEEK: Function = of_period(
    "startofweek",
    Naming::Nothing,
    "Returns where the week begins, on Sunday, or a week so many weeks away.",
    &[Example { query: "print startofweek(datetime(2017-01-01 10:10:17), 1)", answer: "2017-01-08T00:00:00.0000000Z" }],
    |args| start(args, Period::Week),
);

/// `startofmonth(date [, offset])`: learn.microsoft.com/kusto/query/startofmonth-function.
pub static STARTOFMONTH: Function = of_period(
    "startofmonth",
    Naming::Nothing,
    "Returns where the month begins, or a month so many months away.",
    &[Example { query: "print startofmonth(datetime(2020-06-15), -13)", answer: "2019-05-01T00:00:00.0000000Z" }],
    |args| start(args, Period::Months(1)),
);

/// `startofyear(date [, offset])`: learn.microsoft.com/kusto/query/startofyear-function.
pub static STARTOFYEAR: Function = of_period(
    "startofyear",
    Naming::Nothing,
    "Returns where the year begins, or a year so many years away.",
    &[Example { query: "print startofyear(datetime(2020-06-15), 1)", answer: "2021-01-01T00:00:00.0000000Z" }],
    |args| start(args, Period::Months(12)),
);

/// `endofday(date [, offset])`: learn.microsoft.com/kusto/query/endofday-function.
pub static ENDOFDAY: Function = of_period(
    "endofday",
    Naming::Nothing,
    "Returns the last tick of the day, or of a day so many days away.",
    &[Example { query: "print endofday(datetime(2020-06-15 13:45), 2)", answer: "2020-06-17T23:59:59.9999999Z" }],
    |args| end(args, Period::Ticks(DAY)),
);

/// `endofweek(date [, offset])`: learn.microsoft.com/kusto/query/endofweek-function.
pub static ENDOFWEEK: Function = of_period(
    "endofweek",
    Naming::Nothing,
    "Returns the last tick of the week, which ends on Saturday, or of a week so many weeks away.",
    &[Example { query: "print endofweek(datetime(2020-06-15 13:45))", answer: "2020-06-20T23:59:59.9999999Z" }],
    |args| end(args, Period::Week),
);

/// `endofmonth(date [, offset])`: learn.microsoft.com/kusto/query/endofmonth-function.
pub static ENDOFMONTH: Function = of_period(
    "endofmonth",
    Naming::Nothing,
    "Returns the last tick of the month, or of a month so many months away.",
    &[Example { query: "print endofmonth(datetime(2020-02-28))", answer: "2020-02-29T23:59:59.9999999Z" }],
    |args| end(args, Period::Months(1)),
);

/// `endofyear(date [, offset])`: learn.microsoft.com/kusto/query/endofyear-function.
pub static ENDOFYEAR: Function = of_period(
    "endofyear",
    Naming::Nothing,
    "Returns the last tick of the year, or of a year so many years away.",
    &[Example { query: "print endofyear(datetime(9999-01-01))", answer: "9999-12-31T23:59:59.9999999Z" }],
    |args| end(args, Period::Months(12)),
);

fn start(args: &Args, period: Period) -> Result<ColumnarValue> {
    numbered(args, period, |number| period.start(number))
}

fn end(args: &Args, period: Period) -> Result<ColumnarValue> {
    let last = period.number(MAX_DATETIME);
    numbered(args, period, |number| match number.cmp(&last) {
        std::cmp::Ordering::Less => Some(period.start(number.checked_add(1)?)? - 1),
        // The last week is cut off by the end of the calendar: it has no last tick.
        std::cmp::Ordering::Equal => (period != Period::Week).then_some(MAX_DATETIME),
        std::cmp::Ordering::Greater => None,
    })
}

fn numbered(args: &Args, period: Period, edge: impl Fn(i64) -> Option<i64>) -> Result<ColumnarValue> {
    let date = args.long(0)?;
    let offset = if args.len() > 1 { Some(args.long(1)?) } else { None };
    args.longs(|row| {
        let offset = offset.as_ref().map_or(Some(0), |o| o.at(row))?;
        edge(period.number(date.at(row)?).checked_add(offset)?)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::{datetime_text, parse_datetime};
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    fn edge(name: &str, date: &str) -> Option<String> {
        match call(name, &[Value::Datetime(parse_datetime(date).unwrap())], Type::Datetime) {
            Value::Datetime(ticks) => Some(datetime_text(ticks)),
            _ => None,
        }
    }

    #[test]
    fn weeks_run_from_sunday_to_saturday() {
        assert_eq!(edge("startofweek", "2024-02-29 23:59:59.9999999").as_deref(), Some("2024-02-25T00:00:00.0000000Z"));
        assert_eq!(edge("endofweek", "2024-03-03").as_deref(), Some("2024-03-09T23:59:59.9999999Z"));
    }

    #[test]
    fn the_ends_of_the_calendar() {
        assert_eq!(edge("startofweek", "0001-01-01"), None);
        assert_eq!(edge("endofmonth", "9999-12-31").as_deref(), Some("9999-12-31T23:59:59.9999999Z"));
        assert_eq!(edge("endofweek", "9999-12-31"), None);
    }
}
