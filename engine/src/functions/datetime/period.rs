//! Periods of the calendar: which one a datetime lies in, and where it begins. Weeks begin on Sunday here, other than in
//! `bin(t, 7d)`.

use rehunt_lang::time::{DAY, HOUR, MINUTE, SECOND, civil_from_days, days_from_civil, days_in_month, in_range};

/// A unit of `datetime_add`, `datetime_diff`, `startof...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many months.
    Months(i64),
    /// Seven days from Sunday on.
    Week,
    /// So many ticks.
    Ticks(i64),
    /// A hundredth of a tick; a datetime has only whole ticks.
    Nanosecond,
}

/// The words for periods that functions take; compared without case.
pub const NAMES: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

impl Period {
    /// Reads the word for a period.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" => Period::Months(12),
            "quarter" => Period::Months(3),
            "month" => Period::Months(1),
            "week" => Period::Week,
            "day" => Period::Ticks(DAY),
            "hour" => Period::Ticks(HOUR),
            "minute" => Period::Ticks(MINUTE),
            "second" => Period::Ticks(SECOND),
            "millisecond" => Period::Ticks(SECOND / 1_000),
            "microsecond" => Period::Ticks(SECOND / 1_000_000),
            "nanosecond" => Period::Nanosecond,
            _ => return None,
        })
    }

    /// Numbers the period that a datetime lies in; neighbours differ by one.
    pub fn number(self, ticks: i64) -> i64 {
        match self {
            Period::Months(n) => months(ticks).div_euclid(n),
            // The first day of the calendar is a Monday.
            Period::Week => (ticks.div_euclid(DAY) + 1).div_euclid(7),
            Period::Ticks(n) => ticks.div_euclid(n),
            // Nothing is finer than a tick.
            Period::Nanosecond => ticks,
        }
    }

    /// Returns where the period of a number begins, if that is a datetime.
    pub fn start(self, number: i64) -> Option<i64> {
        match self {
            Period::Months(n) => first_of_month(number.checked_mul(n)?),
            Period::Week => in_range(number.checked_mul(7)?.checked_sub(1)?.checked_mul(DAY)?),
            Period::Ticks(n) => in_range(number.checked_mul(n)?),
            Period::Nanosecond => in_range(number),
        }
    }

    /// Adds so many periods; a day that the month lacks becomes its last.
    pub fn add(self, ticks: i64, count: i64) -> Option<i64> {
        let distance = match self {
            Period::Months(n) => return add_months(ticks, count.checked_mul(n)?),
            Period::Week => count.checked_mul(7 * DAY)?,
            Period::Ticks(n) => count.checked_mul(n)?,
            Period::Nanosecond => count / 100,
        };
        in_range(ticks.checked_add(distance)?)
    }
}

/// Counts the months from the first of the calendar.
fn months(ticks: i64) -> i64 {
    let (year, month, _) = civil_from_days(ticks.div_euclid(DAY));
    (year - 1) * 12 + month - 1
}

fn first_of_month(months: i64) -> Option<i64> {
    let year = months.div_euclid(12).checked_add(1).filter(|y| (1..=9999).contains(y))?;
    Some(days_from_civil(year, months.rem_euclid(12) + 1, 1) * DAY)
}

fn add_months(ticks: i64, count: i64) -> Option<i64> {
    let (_, _, day) = civil_from_days(ticks.div_euclid(DAY));
    let months = months(ticks).checked_add(count)?;
    let first = first_of_month(months)?;
    let last_day = days_in_month(months.div_euclid(12) + 1, months.rem_euclid(12) + 1);
    Some(first + (day.min(last_day) - 1) * DAY + ticks.rem_euclid(DAY))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::{datetime_text, parse_datetime};

    use super::*;

    fn added(period: &str, count: i64, from: &str) -> Option<String> {
        let ticks = Period::from_name(period).unwrap().add(parse_datetime(from).unwrap(), count)?;
        Some(datetime_text(ticks).trim_end_matches(".0000000Z").to_owned())
    }

    #[test]
    fn months_clamp_the_day_and_keep_the_time() {
        assert_eq!(added("month", -1, "2020-03-31").as_deref(), Some("2020-02-29T00:00:00"));
        assert_eq!(added("Quarter", -5, "2020-05-31 12:30").as_deref(), Some("2019-02-28T12:30:00"));
        assert_eq!(added("week", -53, "2021-03-15 12:00").as_deref(), Some("2020-03-09T12:00:00"));
        assert_eq!(added("day", -1, "0001-01-01"), None);
        assert_eq!(added("year", i64::MAX, "2020-01-01"), None);
    }

    #[test]
    fn every_start_is_in_its_own_period() {
        for name in NAMES {
            let period = Period::from_name(name).unwrap();
            let ticks = parse_datetime("2024-02-29 23:59:59.9999999").unwrap();
            let start = period.start(period.number(ticks)).unwrap();
            assert!(start <= ticks && period.number(start) == period.number(ticks), "{name}");
        }
    }
}
