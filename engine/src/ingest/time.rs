//! Times as exports write them, to ticks of 100 ns since 0001-01-01. What could be read two ways is not read.

use chrono::{DateTime, Duration, LocalResult, Offset, TimeZone};
use chrono_tz::Tz;
use rehunt_lang::time::{SECOND, UNIX_EPOCH, datetime_from_parts, in_range, parse_datetime};

/// How a file orders day and month in `4/2/2025`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Nothing tells it: such a time is read only where one of the numbers is no month, or as en-US writes it.
    #[default]
    Unknown,
    /// 2 April is `2/4`.
    DayFirst,
    /// 2 April is `4/2`.
    MonthFirst,
}

/// Reads a time: ISO 8601 (UTC where it names no zone), `yyyy/M/d H:mm`, `M/d/yyyy, h:mm:ss AM`, `d.M.yyyy H:mm:ss`,
/// `May 7, 2024 6:41:33 PM`, `/Date(ms)/`. Outer blanks do not matter. Where the order of day and month is not known,
/// the day comes first only where the month cannot.
pub(super) fn ticks(text: &str, order: Order) -> Option<i64> {
    let text = text.trim();
    iso(text).or_else(|| numbers(text, order)).or_else(|| named_month(text)).or_else(|| powershell(text))
}

/// Finds the order of day and month that the cells of a file show: a number over 12 is a day. Cells are what stands
/// between delimiters; dates within a text say nothing of the file.
pub(super) fn order_shown(head: &[u8], delimiter: u8) -> Order {
    let (mut day_first, mut month_first) = (false, false);
    for at in memchr::memchr_iter(b'/', head) {
        let digits = head.get(at.saturating_sub(2)..at).unwrap_or_default();
        let own = digits.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let start = at - own;
        let before = |n: usize| start.checked_sub(n).and_then(|at| head.get(at)).copied().unwrap_or(b'\n');
        let opens = match before(1) {
            b'"' => before(2) == delimiter || before(2) == b'\n',
            byte => byte == delimiter || byte == b'\n',
        };
        if own == 0 || !opens {
            continue;
        }
        let rest = head.get(at + 1..).unwrap_or_default();
        let second = rest.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
        let year = rest.get(second + 1..second + 5).is_some_and(|y| y.iter().all(u8::is_ascii_digit));
        if second == 0 || rest.get(second) != Some(&b'/') || !year {
            continue;
        }
        let over_twelve = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(number).is_some_and(|n| n > 12);
        day_first |= over_twelve(head.get(start..at).unwrap_or_default());
        month_first |= over_twelve(rest.get(..second).unwrap_or_default());
    }
    match (day_first, month_first) {
        (true, false) => Order::DayFirst,
        (false, true) => Order::MonthFirst,
        _ => Order::Unknown,
    }
}

/// Turns ticks of a clock on a wall into UTC. Of the hour that comes twice the first counts, an hour that is left out
/// counts as after the change.
pub(super) fn to_utc(ticks: i64, zone: Tz) -> Option<i64> {
    let seconds = (ticks - UNIX_EPOCH).div_euclid(SECOND);
    let local = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    let offset = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset,
        LocalResult::None => zone.offset_from_utc_datetime(&(local + Duration::days(1))),
    };
    in_range(ticks.checked_sub(i64::from(offset.fix().local_minus_utc()) * SECOND)?)
}

/// Reads a time that begins with its year, such as `2025-06-12T13:46:12.1234567Z`.
pub(super) fn iso(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [a, b, c, d, b'-' | b'/', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => parse_datetime(text),
        _ => None,
    }
}

/// Reads `4/28/2021, 2:08:45.221 PM`, `6/16/2023 7:51:04 PM` and `13.03.2024 15:40:13`.
///
/// `AM` in capitals is how en-US writes it: the month comes first. In small letters (en-AU, en-GB) or on a
/// 24-hour clock the order is only known where one of the numbers is no month. Who writes points puts the day first.
fn numbers(text: &str, order: Order) -> Option<i64> {
    let (date, time) = text.split_once([' ', ','])?;
    let sign = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = date.split(sign).map(number);
    let (first, second, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    let (time, half) = half_of_day(time.trim_start_matches([' ', ',']));
    let american = matches!(half, Some(Half { capitals: true, .. }));
    let order = match order {
        Order::Unknown if sign == '.' => Order::DayFirst,
        Order::Unknown if american => Order::MonthFirst,
        order => order,
    };
    let (month, day) = match (order, first > 12, second > 12) {
        (Order::DayFirst, _, false) => (second, first),
        (Order::MonthFirst, false, _) => (first, second),
        (Order::Unknown, true, false) => (second, first),
        (Order::Unknown, false, true) => (first, second),
        _ => return None,
    };
    time_of_day((year, month, day), time, half)
}

/// Reads `May 7, 2024 6:41:33 PM`, with or without a second comma or `at`.
fn named_month(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (month, rest) = text.split_once(' ')?;
    let short = month.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|m| *m == short).filter(|_| month.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let (day, rest) = rest.split_once(',')?;
    let (year, time) = rest.trim_start().split_once([' ', ','])?;
    let time = time.trim_start_matches([' ', ',']);
    let (time, half) = half_of_day(time.strip_prefix("at ").unwrap_or(time));
    let year = number(year).filter(|year| *year >= 1000)?;
    time_of_day((year, month as i64 + 1, number(day)?), time, half)
}

/// Puts a date and the text of a time together.
fn time_of_day(date: (i64, i64, i64), time: &str, half: Option<Half>) -> Option<i64> {
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let mut numbers = time.split(':').map(number);
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
    let hour = match half {
        _ if numbers.next().is_some() => return None,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.afternoon { 12 } else { 0 },
        None => hour,
    };
    datetime_from_parts(date, hour, minute, second, fraction(part)?)
}

#[derive(Clone, Copy)]
struct Half {
    afternoon: bool,
    capitals: bool,
}

/// Cuts `AM`, `pm`, `p.m.` off the end.
fn half_of_day(time: &str) -> (&str, Option<Half>) {
    for (mark, afternoon, capitals) in [
        ("AM", false, true),
        ("PM", true, true),
        ("am", false, false),
        ("pm", true, false),
        ("a.m.", false, false),
        ("p.m.", true, false),
    ] {
        if let Some(rest) = time.strip_suffix(mark) {
            // A narrow no-break blank stands before the mark in newer browsers.
            return (rest.trim_end_matches([' ', '\u{202f}', '\u{a0}']), Some(Half { afternoon, capitals }));
        }
    }
    (time, None)
}

/// Reads what Windows PowerShell makes of a time in JSON: `/Date(1728344797000)/`.
fn powershell(text: &str) -> Option<i64> {
    let inner = text.trim_start_matches('\\').strip_prefix("/Date(")?;
    let millis: i64 = inner.trim_end_matches('/').trim_end_matches('\\').strip_suffix(')')?.parse().ok()?;
    millis.checked_mul(SECOND / 1000)?.checked_add(UNIX_EPOCH).and_then(in_range)
}

/// Reads 1 to 4 decimal digits.
fn number(text: &str) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Reads up to seven digits after the point, in ticks.
fn fraction(digits: &str) -> Option<i64> {
    let plain = digits.len() <= 7 && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| format!("{digits:0<7}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::{DateTime, Utc};

    use super::*;

    fn ticks(text: &str) -> Option<i64> {
        super::ticks(text, Order::Unknown)
    }

    fn at(rfc3339: &str) -> Option<i64> {
        let t: DateTime<Utc> = rfc3339.parse().unwrap();
        Some(t.timestamp() * SECOND + i64::from(t.timestamp_subsec_nanos()) / 100 + UNIX_EPOCH)
    }

    #[test]
    fn iso_times_keep_seven_digits_and_shift_by_their_offset() {
        assert_eq!(ticks("2023-10-18T14:37:28.2012261Z"), at("2023-10-18T14:37:28.2012261Z"));
        assert_eq!(ticks("2023-10-18T14:37:28.20122619Z "), at("2023-10-18T14:37:28.2012261Z"));
        assert_eq!(ticks("2025-05-17T00:31:00.0000000+00:00"), at("2025-05-17T00:31:00Z"));
        assert_eq!(ticks("2025-05-17 00:31:00.5-03:30"), at("2025-05-17T04:01:00.5Z"));
        assert_eq!(ticks("2025-05-17T00:31"), at("2025-05-17T00:31:00Z"));
        assert_eq!(ticks("2024-02-29"), at("2024-02-29T00:00:00Z"));
        assert_eq!(ticks("0001-01-01T00:00:00Z"), Some(0));
        for wrong in ["2023-02-29", "2025-13-01", "2025-06-12T24:00:00Z", "2025-06-12T13", "2025", "x"] {
            assert_eq!(ticks(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn american_and_japanese_clocks() {
        assert_eq!(ticks("4/28/2021, 2:08:45.221 PM"), at("2021-04-28T14:08:45.221Z"));
        assert_eq!(ticks("6/9/2025 12:40:00 AM"), at("2025-06-09T00:40:00Z"));
        assert_eq!(ticks("6/9/2025 12:40:00\u{202f}PM"), at("2025-06-09T12:40:00Z"));
        assert_eq!(ticks("2025/6/9 0:40"), at("2025-06-09T00:40:00Z"));
        assert_eq!(ticks("/Date(1728344797000)/"), at("2024-10-07T23:46:37Z"));
        assert_eq!(ticks("6/9/2025 13:40:00 PM"), None);
    }

    #[test]
    fn a_time_that_could_mean_two_days_is_not_read() {
        assert_eq!(ticks("4/02/2025 1:31:13 am"), None);
        assert_eq!(ticks("4/2/2025 13:31:13"), None);
        assert_eq!(ticks("13/03/2024, 3:40:13.988 pm"), at("2024-03-13T15:40:13.988Z"));
        assert_eq!(ticks("13/03/2024 3:40:13 PM"), None);
    }

    #[test]
    fn an_order_that_is_known_decides() {
        assert_eq!(super::ticks("4/02/2025 1:31:13 am", Order::DayFirst), at("2025-02-04T01:31:13Z"));
        assert_eq!(super::ticks("4/02/2025 13:31:13", Order::MonthFirst), at("2025-04-02T13:31:13Z"));
        assert_eq!(super::ticks("13/02/2025 13:31:13", Order::MonthFirst), None);
        assert_eq!(ticks("9.6.2025 12:40:00"), at("2025-06-09T12:40:00Z"));
        assert_eq!(ticks("May 7, 2024 6:41:33 PM"), at("2024-05-07T18:41:33Z"));
        assert_eq!(ticks("December 31, 2024 at 12:00:00 AM"), at("2024-12-31T00:00:00Z"));
        assert_eq!(ticks("Maybe 7, 2024 x"), None);
    }

    #[test]
    fn whole_cells_show_the_order_and_text_does_not() {
        let shown = |text: &str| order_shown(text.as_bytes(), b',');
        assert_eq!(shown("a,b\n1,4/02/2025 1:31\n1,13/02/2025 1:31\n"), Order::DayFirst);
        assert_eq!(shown("a\r\n\"4/13/2025, 1:31:00 PM\"\r\n"), Order::MonthFirst);
        assert_eq!(shown("a\n\"{\"\"t\"\":\"\"13/02/2025 1:31\"\"}\"\nsee 13/02/2025 b\n"), Order::Unknown);
        assert_eq!(shown("13/02/2025\n02/13/2025\n/13/\n"), Order::Unknown);
    }

    #[test]
    fn local_times_become_utc_by_the_zone_of_their_day() {
        let tokyo = |text| to_utc(ticks(text).unwrap(), chrono_tz::Asia::Tokyo);
        assert_eq!(tokyo("2025-06-16T09:00:00.1234567"), at("2025-06-16T00:00:00.1234567Z"));
        let paris = |text| to_utc(ticks(text).unwrap(), chrono_tz::Europe::Paris);
        assert_eq!(paris("2025-07-01 12:00"), at("2025-07-01T10:00:00Z"));
        assert_eq!(paris("2025-01-01 12:00"), at("2025-01-01T11:00:00Z"));
        assert_eq!(paris("2025-10-26 02:30"), at("2025-10-26T00:30:00Z"));
    }
}
