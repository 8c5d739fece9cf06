//! Functions on datetimes and timespans: ticks of 100 ns, in UTC. What leaves the years 1 to 9999 is null.

mod add;
mod diff;
mod format;
mod make;
mod part;
mod period;
mod start_end;
mod zone;

pub(crate) use period::Period;

use super::Function;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &add::DATETIME_ADD,
    &diff::DATETIME_DIFF,
    &zone::DATETIME_LIST_TIMEZONES,
    &zone::DATETIME_LOCAL_TO_UTC,
    &part::DATETIME_PART,
    &zone::DATETIME_UTC_TO_LOCAL,
    &part::DAYOFMONTH,
    &part::DAYOFWEEK,
    &part::DAYOFYEAR,
    &start_end::ENDOFDAY,
    &start_end::ENDOFMONTH,
    &start_end::ENDOFWEEK,
    &start_end::ENDOFYEAR,
    &format::FORMAT_DATETIME,
    &format::FORMAT_TIMESPAN,
    &part::GETMONTH,
    &part::GETYEAR,
    &part::HOUROFDAY,
    &make::MAKE_DATETIME,
    &make::MAKE_TIMESPAN,
    &start_end::STARTOFDAY,
    &start_end::STARTOFMONTH,
    &start_end::STARTOFWEEK,
    &start_end::STARTOFYEAR,
    &make::UNIXTIME_MICROSECONDS_TODATETIME,
    &make::UNIXTIME_MILLISECONDS_TODATETIME,
    &make::UNIXTIME_NANOSECONDS_TODATETIME,
    &make::UNIXTIME_SECONDS_TODATETIME,
    &part::WEEK_OF_YEAR,
];
