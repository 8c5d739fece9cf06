//! Text forms of a timespan.

use std::fmt::Write;

use super::datetime::ticks_of_fraction;
use super::{DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND};

/// The units a number may carry, as `1.5h` does, and their ticks.
const UNITS: &[(&str, i64)] = &[
    ("d", DAY),
    ("day", DAY),
    ("days", DAY),
    ("h", HOUR),
    ("hour", HOUR),
    ("hours", HOUR),
    ("hr", HOUR),
    ("hrs", HOUR),
    ("m", MINUTE),
    ("micro", MICROSECOND),
    ("micros", MICROSECOND),
    ("microsec", MICROSECOND),
    ("microsecond", MICROSECOND),
    ("microseconds", MICROSECOND),
    ("milli", MILLISECOND),
    ("millis", MILLISECOND),
    ("millisec", MILLISECOND),
    ("millisecond", MILLISECOND),
    ("milliseconds", MILLISECOND),
    ("min", MINUTE),
    ("minute", MINUTE),
    ("minutes", MINUTE),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("sec", SECOND),
    ("second", SECOND),
    ("seconds", SECOND),
    ("tick", 1),
    ("ticks", 1),
];

/// Returns the ticks of a unit by its name, such as `ms`; there are no weeks and no nanoseconds.
pub fn timespan_unit(name: &str) -> Option<i64> {
    UNITS.binary_search_by_key(&name, |(unit, _)| unit).ok().and_then(|i| UNITS.get(i)).map(|(_, ticks)| *ticks)
}

/// Writes ticks as `tostring` does: `[-][d.]hh:mm:ss[.fffffff]`, days and fraction only where they are not zero.
pub fn timespan_text(ticks: i64) -> String {
    let mut out = String::with_capacity(24);
    push_timespan(&mut out, ticks, false);
    out
}

/// Writes ticks as answers carry them: `[-][d.]hh:mm:ss.fffffff`, always with seven digits of fraction.
pub fn timespan_wire(ticks: i64) -> String {
    let mut out = String::with_capacity(24);
    push_timespan(&mut out, ticks, true);
    out
}

/// Appends a timespan, with the fraction always or only where it is not zero.
pub fn push_timespan(out: &mut String, ticks: i64, always_fraction: bool) {
    let size = ticks.unsigned_abs();
    let part = |unit: i64| size / unit.unsigned_abs();
    if ticks < 0 {
        out.push('-');
    }
    // Writing to a string cannot fail.
    if part(DAY) > 0 {
        let _ = write!(out, "{}.", part(DAY));
    }
    let _ = write!(out, "{:02}:{:02}:{:02}", part(HOUR) % 24, part(MINUTE) % 60, part(SECOND) % 60);
    let fraction = size % SECOND.unsigned_abs();
    if always_fraction || fraction > 0 {
        let _ = write!(out, ".{fraction:07}");
    }
}

/// Reads a timespan as `totimespan` does; `None` when the text is none or does not fit. Outer blanks do not
/// matter, digits beyond the seventh of a fraction are dropped.
///
/// Forms: `[-][d.]hh:mm[:ss[.fffffff]]`, a number with a unit (`90s`, `1.5h`, `15 seconds`), and whole days (`2`).
/// learn.microsoft.com/kusto/query/scalar-data-types/timespan
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ticks = if text.contains(':') { clock(text)? } else { amount(text)? };
    i64::try_from(if negative { -ticks } else { ticks }).ok()
}

/// Reads `[d.]hh:mm[:ss[.f]]`; the sum is an i128 so that no part can overflow it.
fn clock(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (seconds, fraction) = match seconds {
        None => ("0", "0"),
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "0")),
    };
    if !is_digits(fraction) {
        return None;
    }
    Some(
        i128::from(number(days, i64::from(u32::MAX))?) * i128::from(DAY)
            + i128::from(number(hours, 23)? * HOUR)
            + i128::from(number(minutes, 59)? * MINUTE)
            + i128::from(number(seconds, 59)? * SECOND)
            + i128::from(ticks_of_fraction(fraction.as_bytes())?),
    )
}

/// Reads a number with a unit, or whole days.
fn amount(text: &str) -> Option<i128> {
    let length = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (count, unit) = text.split_at(length);
    let unit = match unit.trim_start() {
        // `1.5` might be days or an unfinished `1.05:00`: Kusto gives null.
        "" if is_digits(count) => DAY,
        "" => return None,
        name => timespan_unit(name)?,
    };
    let (whole, fraction) = count.split_once('.').unwrap_or((count, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole = i128::from(whole.parse::<i64>().ok()?) * i128::from(unit);
    // A fraction of a unit: exact in integers, cut to ticks. Eighteen digits are more than any unit has ticks.
    let digits = fraction.get(..18).unwrap_or(fraction);
    let scale = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    Some(whole + i128::from(digits.parse::<i64>().ok()?) * i128::from(unit) / scale)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn number(text: &str, most: i64) -> Option<i64> {
    is_digits(text).then(|| text.parse::<i64>().ok())?.filter(|n| *n <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_shows_days_and_fraction_only_where_there_are_some() {
        for (ticks, text, wire) in [
            (0, "00:00:00", "00:00:00.0000000"),
            (DAY, "1.00:00:00", "1.00:00:00.0000000"),
            (10 * SECOND, "00:00:10", "00:00:10.0000000"),
            (1, "00:00:00.0000001", "00:00:00.0000001"),
            (-HOUR - 5_000_000, "-01:00:00.5000000", "-01:00:00.5000000"),
            (i64::MIN, "-10675199.02:48:05.4775808", "-10675199.02:48:05.4775808"),
        ] {
            assert_eq!(timespan_text(ticks), text);
            assert_eq!(timespan_wire(ticks), wire);
            assert_eq!(parse_timespan(text), Some(ticks), "{text}");
        }
    }

    #[test]
    fn text_forms() {
        let hour = HOUR;
        for (text, ticks) in [
            ("1.02:03:04", Some(26 * hour + 3 * MINUTE + 4 * SECOND)),
            ("12:34", Some(12 * hour + 34 * MINUTE)),
            ("-00:00:01", Some(-SECOND)),
            (" 90s ", Some(90 * SECOND)),
            ("1.5h", Some(hour + hour / 2)),
            ("15 seconds", Some(15 * SECOND)),
            ("2", Some(2 * DAY)),
            ("3tick", Some(3)),
            ("0.1d", Some(DAY / 10)),
            ("1.5", None),
            ("25:00:00", None),
            ("00:60:00", None),
            ("1:2:3:4", None),
            ("1w", None),
            ("5us", None),
            ("1h30", None),
            ("", None),
            ("-", None),
            ("abc", None),
            ("99999999999999999999d", None),
            ("10675200.00:00:00", None),
        ] {
            assert_eq!(parse_timespan(text), ticks, "{text}");
        }
    }

    #[test]
    fn units_are_sorted_so_that_they_are_found() {
        assert!(UNITS.iter().all(|(name, ticks)| timespan_unit(name) == Some(*ticks)));
    }
}
