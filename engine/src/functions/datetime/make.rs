//! `make_datetime`, `make_timespan`, `unixtime_*_todatetime`: times made of numbers.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload};
use rehunt_lang::time::{DAY, HOUR, MINUTE, SECOND, UNIX_EPOCH, datetime_from_parts, in_range};
use rehunt_lang::types::Type;

use crate::functions::signature::{integer, number, scalar, signature};
use crate::functions::{Args, Body, Function};
use crate::operators::convert::convert_column;

/// `make_datetime(year, month, day [, hour [, minute [, second]]])`:
/// learn.microsoft.com/kusto/query/make-datetime-function.
pub static MAKE_DATETIME: Function = Function {
    spec: FunctionSpec {
        name: "make_datetime",
        overloads: &[
            signature(&[number("year"), number("month"), number("day")], Type::Datetime).optional(&[
                number("hour"),
                number("minute"),
                number("second"),
            ]),
            signature(&[scalar("value")], Type::Datetime),
        ],
        naming: Naming::OnlyArgument,
        summary: "Makes a datetime of its parts; null where there is no such day or time.",
        examples: &[Example {
            query: "print make_datetime(2020, 2, 29, 13, 45, 9.5), make_datetime(2020, 13, 1)",
            answer: "2020-02-29T13:45:09.5000000Z | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(make_datetime),
};

fn make_datetime(args: &Args) -> Result<ColumnarValue> {
    if args.len() == 1 {
        return converted(args);
    }
    let parts = (0..args.len().min(5)).map(|i| args.long(i)).collect::<Result<Vec<_>>>()?;
    let seconds = if args.len() > 5 { Some(args.real(5)?) } else { None };
    args.longs(|row| {
        let part = |i: usize| parts.get(i).map_or(Some(0), |p| p.at(row));
        let (second, ticks) = whole_and_ticks(seconds.as_ref().map_or(Some(0.0), |s| s.at(row))?)?;
        datetime_from_parts((part(0)?, part(1)?, part(2)?), part(3)?, part(4)?, second, ticks)
    })
}

/// Converts as `todatetime` and `totimespan` do.
fn converted(args: &Args) -> Result<ColumnarValue> {
    let from = args.types.first().copied().unwrap_or(Type::Unknown);
    args.result(convert_column(args.cells(0)?.array(), from, args.returns)?)
}

/// Splits seconds into whole ones and ticks; nothing outside a minute. What is less than a tick goes.
fn whole_and_ticks(seconds: f64) -> Option<(i64, i64)> {
    let inside = (0.0..60.0).contains(&seconds);
    inside.then(|| (seconds as i64, (seconds.fract() * SECOND as f64 + 1e-3) as i64))
}

/// `make_timespan([[days,] hours,] minutes, seconds)`: learn.microsoft.com/kusto/query/make-timespan-function.
pub static MAKE_TIMESPAN: Function = Function {
    spec: FunctionSpec {
        name: "make_timespan",
        overloads: &[
            signature(&[integer("hours"), integer("minutes")], Type::Timespan).optional(&[number("seconds")]),
            signature(&[integer("days"), integer("hours"), integer("minutes"), number("seconds")], Type::Timespan),
            signature(&[scalar("value")], Type::Timespan),
        ],
        naming: Naming::OnlyArgument,
        summary: "Makes a timespan of its parts; null where hours, minutes or seconds leave their range.",
        examples: &[Example {
            query: "print make_timespan(1, 12, 30, 55.123), make_timespan(2, 30), make_timespan(25, 70)",
            answer: "1.12:30:55.1230000 | 02:30:00 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(make_timespan),
};

fn make_timespan(args: &Args) -> Result<ColumnarValue> {
    if args.len() == 1 {
        return converted(args);
    }
    let first = usize::from(args.len() == 4);
    let days = if first == 1 { Some(args.long(0)?) } else { None };
    let (hours, minutes) = (args.long(first)?, args.long(first + 1)?);
    let seconds = if args.len() > 2 { Some(args.real(first + 2)?) } else { None };
    args.longs(|row| {
        let days = days.as_ref().map_or(Some(0), |d| d.at(row))?;
        let hours = hours.at(row).filter(|h| (0..24).contains(h))?;
        let minutes = minutes.at(row).filter(|m| (0..60).contains(m))?;
        let (second, ticks) = whole_and_ticks(seconds.as_ref().map_or(Some(0.0), |s| s.at(row))?)?;
        days.checked_mul(DAY)?.checked_add(hours * HOUR + minutes * MINUTE + second * SECOND + ticks)
    })
}

const NUMBER: &[Overload] = &[signature(&[number("number")], Type::Datetime)];

const fn from_unix(
    name: &'static str,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: NUMBER, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// `unixtime_seconds_todatetime(seconds)`: learn.microsoft.com/kusto/query/unixtime-seconds-todatetime-function.
pub static UNIXTIME_SECONDS_TODATETIME: Function = from_unix(
    "unixtime_seconds_todatetime",
    "Returns the datetime so many seconds after 1970.",
    &[Example { query: "print unixtime_seconds_todatetime(1546300800)", answer: "2019-01-01T00:00:00.0000000Z" }],
    |args| since_1970(args, SECOND, 1),
);

/// `unixtime_milliseconds_todatetime(n)`: learn.microsoft.com/kusto/query/unixtime-milliseconds-todatetime-function.
pub static UNIXTIME_MILLISECONDS_TODATETIME: Function = from_unix(
    "unixtime_milliseconds_todatetime",
    "Returns the datetime so many milliseconds after 1970.",
    &[Example {
        query: "print unixtime_milliseconds_todatetime(1546300800000)",
        answer: "2019-01-01T00:00:00.0000000Z",
    }],
    |args| since_1970(args, SECOND / 1_000, 1),
);

/// `unixtime_microseconds_todatetime(n)`: learn.microsoft.com/kusto/query/unixtime-microseconds-todatetime-function.
pub static UNIXTIME_MICROSECONDS_TODATETIME: Function = from_unix(
    "unixtime_microseconds_todatetime",
    "Returns the datetime so many microseconds after 1970.",
    &[Example {
        query: "print unixtime_microseconds_todatetime(1546300800000000)",
        answer: "2019-01-01T00:00:00.0000000Z",
    }],
    |args| since_1970(args, SECOND / 1_000_000, 1),
);

/// `unixtime_nanoseconds_todatetime(n)`: learn.microsoft.com/kusto/query/unixtime-nanoseconds-todatetime-function.
pub static UNIXTIME_NANOSECONDS_TODATETIME: Function = from_unix(
    "unixtime_nanoseconds_todatetime",
    "Returns the datetime so many nanoseconds after 1970.",
    &[Example {
        query: "print unixtime_nanoseconds_todatetime(1546300800000000000)",
        answer: "2019-01-01T00:00:00.0000000Z",
    }],
    |args| since_1970(args, 1, 100),
);

fn since_1970(args: &Args, times: i64, over: i64) -> Result<ColumnarValue> {
    let at = |ticks: i64| in_range(UNIX_EPOCH.checked_add(ticks)?);
    match args.types.first() {
        Some(Type::Int | Type::Long) => {
            let number = args.long(0)?;
            args.longs(|row| at(number.at(row)?.checked_mul(times)?.div_euclid(over)))
        }
        _ => {
            let number = args.real(0)?;
            args.longs(|row| at((number.at(row)? * times as f64 / over as f64).floor() as i64))
        }
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn seconds_have_ticks() {
        assert_eq!(whole_and_ticks(55.123), Some((55, 1_230_000)));
        assert_eq!(whole_and_ticks(0.29), Some((0, 2_900_000)));
        assert_eq!([whole_and_ticks(60.0), whole_and_ticks(-1.0), whole_and_ticks(f64::NAN)], [None; 3]);
    }

    #[test]
    fn unix_times_before_1970_and_beyond_the_calendar() {
        let at = |v: Value| call("unixtime_seconds_todatetime", &[v], Type::Datetime);
        assert_eq!(at(Value::Long(-1)), Value::Datetime(UNIX_EPOCH - SECOND));
        assert_eq!(at(Value::Real(0.5)), Value::Datetime(UNIX_EPOCH + SECOND / 2));
        assert_eq!(at(Value::Long(i64::MAX)), Value::Null(Type::Datetime));
    }
}
