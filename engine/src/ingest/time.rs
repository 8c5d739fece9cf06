//! Times as exports write them, to ticks of 100 ns since 0001-01-01. What could be read two ways is not read.

use rehunt_lang::time::{SECOND, UNIX_EPOCH, datetime_from_parts, in_range, parse_datetime};

/// Reads a time: ISO 8601 (UTC where it names no zone), `yyyy/M/d H:mm`, `M/d/yyyy, h:mm:ss AM`, `/Date(ms)/`.
/// Outer blanks do not matter. The day comes first only where the month cannot.
pub(super) fn ticks(text: &str) -> Option<i64> {
    let text = text.trim();
    iso(text).or_else(|| slashed(text)).or_else(|| powershell(text))
}

/// Reads a time that begins with its year, such as `2025-06-12T13:46:12.1234567Z`.
pub(super) fn iso(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [a, b, c, d, b'-' | b'/', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => parse_datetime(text),
        _ => None,
    }
}

/// Reads `4/28/2021, 2:08:45.221 PM` and `6/16/2023 7:51:04 PM`.
///
/// `AM` in capitals is how en-US writes it: the month comes first. In small letters (en-AU, en-GB) or on a
/// 24-hour clock the order is only known where one of the numbers is no month.
fn slashed(text: &str) -> Option<i64> {
    let (date, time) = text.split_once([' ', ','])?;
    let mut parts = date.split('/').map(number);
    let (first, second, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    let (time, half) = half_of_day(time.trim_start_matches([' ', ',']));
    let american = matches!(half, Some(Half { capitals: true, .. }));
    let (month, day) = match (first > 12, second > 12) {
        (true, false) if !american => (second, first),
        (false, true) => (first, second),
        (false, false) if american => (first, second),
        _ => return None,
    };
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let mut numbers = time.split(':').map(number);
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
    let hour = match half {
        _ if numbers.next().is_some() => return None,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.afternoon { 12 } else { 0 },
        None => hour,
    };
    datetime_from_parts((year, month, day), hour, minute, second, fraction(part)?)
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
}
