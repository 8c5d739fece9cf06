//! `datetime_local_to_utc`, `datetime_utc_to_local`, `datetime_list_timezones`: times of IANA time zones.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::time::{SECOND, UNIX_EPOCH, in_range};
use rehunt_lang::types::Type;

use crate::functions::signature::{datetime, signature, string};
use crate::functions::{Args, Body, Function};

/// `datetime_list_timezones()`: learn.microsoft.com/kusto/query/datetime-list-timezones.
pub static DATETIME_LIST_TIMEZONES: Function = Function {
    spec: FunctionSpec {
        name: "datetime_list_timezones",
        overloads: &[signature(&[], Type::Dynamic)],
        summary: "Lists the IANA names of the time zones.",
        examples: &[Example {
            query: "print set_has_element(datetime_list_timezones(), 'Europe/Paris')",
            answer: "true",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let mut names = String::from("[");
        for (i, zone) in TZ_VARIANTS.iter().enumerate() {
            names.push_str(if i > 0 { ",\"" } else { "\"" });
            names.push_str(zone.name());
            names.push('"');
        }
        names.push(']');
        args.slices(|_| Some(&names))
    }),
};

/// `datetime_local_to_utc(from, timezone)`: learn.microsoft.com/kusto/query/datetime-local-to-utc-function.
pub static DATETIME_LOCAL_TO_UTC: Function = Function {
    spec: FunctionSpec {
        name: "datetime_local_to_utc",
        overloads: &[signature(&[datetime("from"), string("timezone")], Type::Datetime)],
        summary: "Turns a time of a time zone into UTC; null for an unknown zone.",
        examples: &[Example {
            query: "print datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'Europe/Paris')",
            answer: "2020-02-02T19:02:20.0000000Z",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| shifted(args, |zone, ticks| -local_offset(zone, ticks))),
};

/// `datetime_utc_to_local(from, timezone)`: learn.microsoft.com/kusto/query/datetime-utc-to-local-function.
pub static DATETIME_UTC_TO_LOCAL: Function = Function {
    spec: FunctionSpec {
        name: "datetime_utc_to_local",
        overloads: &[signature(&[datetime("from"), string("timezone")], Type::Datetime)],
        summary: "Turns a time in UTC into that of a time zone; null for an unknown zone.",
        examples: &[Example {
            query: "print datetime_utc_to_local(datetime(2020-02-02 20:02:20), 'US/Pacific')",
            answer: "2020-02-02T12:02:20.0000000Z",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| shifted(args, utc_offset)),
};

fn shifted(args: &Args, offset: fn(Tz, NaiveDateTime) -> i64) -> Result<ColumnarValue> {
    let (from, name) = (args.long(0)?, args.text(1)?);
    args.longs(|row| {
        let zone: Tz = name.at(row)?.parse().ok()?;
        let ticks = from.at(row)?;
        // Zones change at whole seconds.
        let seconds = (ticks - UNIX_EPOCH).div_euclid(SECOND);
        let time = DateTime::from_timestamp(seconds, 0)?.naive_utc();
        in_range(ticks.checked_add(offset(zone, time) * SECOND)?)
    })
}

/// Returns the seconds that a zone is ahead of UTC.
fn utc_offset(zone: Tz, time: NaiveDateTime) -> i64 {
    zone.offset_from_utc_datetime(&time).fix().local_minus_utc().into()
}

/// As [`utc_offset`] for local time: of the hour that comes twice the first counts, an hour that is left out counts as
/// after the change.
fn local_offset(zone: Tz, time: NaiveDateTime) -> i64 {
    match zone.offset_from_local_datetime(&time) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc().into(),
        // No zone leaves out more than a day.
        LocalResult::None => utc_offset(zone, time + Duration::days(1)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::parse_datetime;
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn hours_left_out_and_unknown_zones() {
        let at = |text| Value::Datetime(parse_datetime(text).unwrap());
        let utc =
            |local, zone: &str| call("datetime_local_to_utc", &[at(local), Value::String(zone.into())], Type::Datetime);
        assert_eq!(utc("2022-03-27 02:00", "Europe/Brussels"), at("2022-03-27 00:00"));
        assert_eq!(utc("2022-03-27 03:00", "Europe/Brussels"), at("2022-03-27 01:00"));
        assert_eq!(utc("2022-03-27", "Mars/Olympus"), Value::Null(Type::Datetime));
        assert_eq!(utc("9999-12-31 23:00", "US/Pacific"), Value::Null(Type::Datetime));
    }
}
