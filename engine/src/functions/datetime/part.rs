//! `datetime_part`, `dayofweek`, `week_of_year` ...: numbers read off a datetime. They are longs in the engine, ints in
//! Microsoft's analyser.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::time::{DAY, HOUR, MAX_DATETIME, MINUTE, SECOND, civil_from_days, days_from_civil};
use rehunt_lang::types::Type;

use crate::functions::signature::{datetime, signature, string};
use crate::functions::{Args, Body, Function};

const DATE: &[Overload] = &[signature(&[datetime("date")], Type::Long)];

const PARTS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week_of_year",
    "day",
    "dayofyear",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

/// `datetime_part(part, date)`: learn.microsoft.com/kusto/query/datetime-part-function.
pub static DATETIME_PART: Function = Function {
    spec: FunctionSpec {
        name: "datetime_part",
        aliases: &["datepart"],
        overloads: &[signature(&[string("part").one_of(PARTS), datetime("date")], Type::Long)],
        summary: "Returns a part of a datetime as a number; parts below a second count from the second.",
        examples: &[Example {
            query: "print datetime_part('quarter', datetime(2017-10-30 01:02:03.7654321)), datetime_part('microsecond', datetime(2017-10-30 01:02:03.7654321))",
            answer: "4 | 765432",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        let name = call.text(0)?;
        let part = part(name).ok_or_else(|| format!("`{name}` is no part of a datetime"))?;
        Ok(Arc::new(move |args| {
            let date = args.long(1)?;
            args.longs(|row| Some(part(date.at(row)?)))
        }))
    }),
};

fn part(name: &str) -> Option<fn(i64) -> i64> {
    Some(match name.to_ascii_lowercase().as_str() {
        "year" => |t| civil(t).0,
        "quarter" => |t| (civil(t).1 + 2) / 3,
        "month" => |t| civil(t).1,
        "week_of_year" => iso_week,
        "day" => |t| civil(t).2,
        "dayofyear" => day_of_year,
        "hour" => |t| t.rem_euclid(DAY) / HOUR,
        "minute" => |t| t.rem_euclid(HOUR) / MINUTE,
        "second" => |t| t.rem_euclid(MINUTE) / SECOND,
        "millisecond" => |t| t.rem_euclid(SECOND) / (SECOND / 1_000),
        "microsecond" => |t| t.rem_euclid(SECOND) / (SECOND / 1_000_000),
        "nanosecond" => |t| t.rem_euclid(SECOND) * 100,
        _ => return None,
    })
}

fn civil(ticks: i64) -> (i64, i64, i64) {
    civil_from_days(ticks.div_euclid(DAY))
}

fn day_of_year(ticks: i64) -> i64 {
    ticks.div_euclid(DAY) - days_from_civil(civil(ticks).0, 1, 1) + 1
}

/// The week of ISO 8601: that of its Thursday, and weeks begin on Monday as the calendar does.
fn iso_week(ticks: i64) -> i64 {
    let days = ticks.div_euclid(DAY);
    let thursday = days - days.rem_euclid(7) + 3;
    (thursday - days_from_civil(civil_from_days(thursday).0, 1, 1)) / 7 + 1
}

const fn of_date(
    name: &'static str,
    aliases: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, aliases, overloads: DATE, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

fn read(args: &Args, part: fn(i64) -> i64) -> Result<ColumnarValue> {
    let date = args.long(0)?;
    args.longs(|row| Some(part(date.at(row)?)))
}

/// `getyear(date)`: learn.microsoft.com/kusto/query/getyear-function.
pub static GETYEAR: Function = of_date(
    "getyear",
    &[],
    "Returns the year.",
    &[Example { query: "print getyear(datetime(2015-10-12))", answer: "2015" }],
    |args| read(args, |t| civil(t).0),
);

/// `getmonth(date)`, `monthofyear(date)`: learn.microsoft.com/kusto/query/getmonth-function.
pub static GETMONTH: Function = of_date(
    "getmonth",
    &["monthofyear"],
    "Returns the month, from 1.",
    &[Example { query: "print getmonth(datetime(2015-10-12))", answer: "10" }],
    |args| read(args, |t| civil(t).1),
);

/// `dayofmonth(date)`: learn.microsoft.com/kusto/query/day-of-month-function.
pub static DAYOFMONTH: Function = of_date(
    "dayofmonth",
    &[],
    "Returns the day of the month, from 1.",
    &[Example { query: "print dayofmonth(datetime(2015-12-14))", answer: "14" }],
    |args| read(args, |t| civil(t).2),
);

/// `dayofyear(date)`: learn.microsoft.com/kusto/query/day-of-year-function.
pub static DAYOFYEAR: Function = of_date(
    "dayofyear",
    &[],
    "Returns the day of the year, from 1.",
    &[Example { query: "print dayofyear(datetime(2020-12-31))", answer: "366" }],
    |args| read(args, day_of_year),
);

/// `hourofday(date)`: learn.microsoft.com/kusto/query/hour-of-day-function.
pub static HOUROFDAY: Function = of_date(
    "hourofday",
    &[],
    "Returns the hour, from 0.",
    &[Example { query: "print hourofday(datetime(2015-12-14 18:54))", answer: "18" }],
    |args| read(args, |t| t.rem_euclid(DAY) / HOUR),
);

/// `week_of_year(date)`: learn.microsoft.com/kusto/query/week-of-year-function.
pub static WEEK_OF_YEAR: Function = of_date(
    "week_of_year",
    &["weekofyear"],
    "Returns the week of the year by ISO 8601.",
    &[Example {
        query: "print week_of_year(datetime(2016-01-01)), week_of_year(datetime(2017-01-01))",
        answer: "53 | 52",
    }],
    |args| read(args, iso_week),
);

/// `dayofweek(date)`: learn.microsoft.com/kusto/query/day-of-week-function.
pub static DAYOFWEEK: Function = Function {
    spec: FunctionSpec {
        name: "dayofweek",
        overloads: &[signature(&[datetime("date")], Type::Timespan)],
        summary: "Returns the days since Sunday as a timespan.",
        examples: &[Example { query: "print dayofweek(datetime(2015-12-14))", answer: "1.00:00:00" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        // The calendar's last week has no end, and in the engine its days have no number.
        let last = (MAX_DATETIME / DAY + 1) / 7 * 7 - 1;
        let date = args.long(0)?;
        args.longs(|row| {
            let days = date.at(row)?.div_euclid(DAY);
            (days < last).then_some((days + 1).rem_euclid(7) * DAY)
        })
    }),
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::parse_datetime;
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    fn ticks(date: &str) -> i64 {
        parse_datetime(date).unwrap()
    }

    #[test]
    fn iso_weeks_belong_to_the_year_of_their_thursday() {
        let week = |date| iso_week(ticks(date));
        assert_eq!([week("2016-01-01"), week("2017-01-01"), week("2020-12-31")], [53, 52, 53]);
        assert_eq!([week("0001-01-01"), week("9999-12-31"), week("2020-06-15")], [1, 52, 25]);
    }

    #[test]
    fn days_count_from_sunday() {
        let day = |date| call("dayofweek", &[Value::Datetime(ticks(date))], Type::Timespan);
        assert_eq!(day("2024-02-29"), Value::Timespan(4 * DAY));
        assert_eq!(day("0001-01-01"), Value::Timespan(DAY));
        assert_eq!([day("9999-12-31"), day("9999-12-26")], [Value::Null(Type::Timespan), Value::Null(Type::Timespan)]);
        assert_eq!(day("9999-12-25"), Value::Timespan(6 * DAY));
    }

    #[test]
    fn parts_go_without_case() {
        let parts = ["Week_Of_Year", "dayOfYear", "millisecond", "nanosecond"];
        let got = parts.map(|name| part(name).unwrap()(ticks("2017-10-30 01:02:03.7654321")));
        assert_eq!(got, [44, 303, 765, 765_432_100]);
    }
}
