//! Time as Kusto counts it: ticks of 100 ns, a datetime from 0001-01-01T00:00:00Z, in UTC and the Gregorian
//! calendar of today. Text forms and the calendar live here; what functions do with time does not.

mod calendar;
mod datetime;
mod timespan;

pub use calendar::{Civil, civil_from_days, datetime_from_parts, days_from_civil, days_in_month};
pub use datetime::{datetime_text, parse_datetime, push_datetime};
pub use timespan::{parse_timespan, push_timespan, timespan_text, timespan_unit, timespan_wire};

/// Ticks of a microsecond.
pub const MICROSECOND: i64 = 10;
/// Ticks of a millisecond.
pub const MILLISECOND: i64 = 10_000;
/// Ticks of a second.
pub const SECOND: i64 = 10_000_000;
/// Ticks of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Ticks of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Ticks of a day.
pub const DAY: i64 = 24 * HOUR;

/// The first datetime, 0001-01-01T00:00:00Z.
pub const MIN_DATETIME: i64 = 0;
/// The last datetime, 9999-12-31T23:59:59.9999999Z.
pub const MAX_DATETIME: i64 = 3_155_378_975_999_999_999;
/// The datetime 1970-01-01T00:00:00Z, from which Unix counts.
pub const UNIX_EPOCH: i64 = 621_355_968_000_000_000;

/// Returns the ticks when they are a datetime's: what lies outside the years 1 to 9999 is null in Kusto.
pub fn in_range(ticks: i64) -> Option<i64> {
    (MIN_DATETIME..=MAX_DATETIME).contains(&ticks).then_some(ticks)
}
