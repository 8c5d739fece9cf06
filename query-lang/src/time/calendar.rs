//! The calendar: ticks to year, month and day, and back.

use super::{DAY, HOUR, MINUTE, SECOND, in_range};

/// Days of four hundred years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01, where the computation starts its years, to 0001-01-01.
const SHIFT: i64 = 306;

/// A datetime in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// 1 to 9999.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// Ticks of the second, 0 to 9,999,999.
    pub ticks: i64,
}

impl Civil {
    /// Makes the midnight that begins a day; the parts need not exist.
    pub fn date(year: i64, month: i64, day: i64) -> Self {
        Self { year, month, day, hour: 0, minute: 0, second: 0, ticks: 0 }
    }

    /// Takes a datetime apart.
    pub fn from_ticks(ticks: i64) -> Self {
        let (days, rest) = (ticks.div_euclid(DAY), ticks.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        Self {
            year,
            month,
            day,
            hour: rest / HOUR,
            minute: rest / MINUTE % 60,
            second: rest / SECOND % 60,
            ticks: rest % SECOND,
        }
    }

    /// Puts the parts together; `None` when one of them does not exist, such as a 30 February.
    pub fn to_ticks(self) -> Option<i64> {
        let Self { year, month, day, hour, minute, second, ticks } = self;
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..SECOND).contains(&ticks);
        if !exists {
            return None;
        }
        in_range(days_from_civil(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + ticks)
    }

    /// Returns the day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) - days_from_civil(self.year, 1, 1) + 1
    }
}

/// Returns the ticks of a date (year, month, day) and a time of day, `None` when one of the parts does not exist.
pub fn datetime_from_parts(date: (i64, i64, i64), hour: i64, minute: i64, second: i64, ticks: i64) -> Option<i64> {
    let (year, month, day) = date;
    Civil { year, month, day, hour, minute, second, ticks }.to_ticks()
}

/// Returns the days of a month, 28 to 31.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts the days from 0001-01-01 to a date of any year; the day may lie outside the month.
// The year is turned to start in March, so that the leap day is its last: then every month's first day is
// a linear function of the month's number (153 days every five months).
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - SHIFT
}

/// Returns year, month and day of the day that lies so many days after 0001-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + SHIFT;
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / (ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::time::{MAX_DATETIME, UNIX_EPOCH};

    #[test]
    fn the_ends_of_time_and_the_unix_epoch_are_where_kusto_has_them() {
        assert_eq!(Civil::date(1, 1, 1).to_ticks(), Some(0));
        assert_eq!(Civil::date(1970, 1, 1).to_ticks(), Some(UNIX_EPOCH));
        assert_eq!(Civil::from_ticks(MAX_DATETIME).to_ticks(), Some(MAX_DATETIME));
        assert_eq!(Civil::from_ticks(MAX_DATETIME).year, 9999);
    }

    #[test]
    fn every_day_comes_back() {
        let mut last = Civil::from_ticks(0);
        for day in 1..=days_from_civil(9999, 12, 31) {
            let civil = Civil::from_ticks(day * DAY);
            assert_eq!(civil.to_ticks(), Some(day * DAY));
            let follows =
                civil.day == last.day + 1 || (civil.day == 1 && last.day == days_in_month(last.year, last.month));
            assert!(follows, "{last:?} then {civil:?}");
            last = civil;
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(Civil::date(2023, 2, 29).to_ticks(), None);
        assert!(Civil::date(2024, 2, 29).to_ticks().is_some());
        assert_eq!(Civil::date(1900, 2, 29).to_ticks(), None);
        assert_eq!(Civil::date(10_000, 1, 1).to_ticks(), None);
        assert_eq!(Civil::date(2024, 12, 31).day_of_year(), 366);
    }
}
