//! Times as text: ticks of 100 ns, read and written as Kusto does.
//!
//! A datetime counts from 0001-01-01T00:00:00Z and reaches to the last tick of year 9999. Forms read:
//! learn.microsoft.com/kusto/query/scalar-data-types/datetime and .../timespan.

/// Ticks in a second.
pub const SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Ticks in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Ticks in a day.
pub const DAY: i64 = 24 * HOUR;
/// The last datetime: 9999-12-31T23:59:59.9999999Z.
pub const MAX_DATETIME: i64 = 3_652_059 * DAY - 1;
/// Ticks of 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH: i64 = 719_162 * DAY;

/// Counts the days from 0001-01-01 to a date of the Gregorian calendar; the date must exist.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 306
}

/// Returns year, month and day of the day that many days after 0001-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 306;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Counts the days of a month.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the ticks of a date and time of day, if they exist within years 1 to 9999.
pub fn datetime_from_parts(date: (i64, i64, i64), hour: i64, minute: i64, second: i64, ticks: i64) -> Option<i64> {
    let (year, month, day) = date;
    let exists = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (0..SECOND).contains(&ticks);
    exists.then(|| days_from_civil(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + ticks)
}

/// Keeps a count of ticks only if it is a datetime.
pub fn in_range(ticks: i64) -> Option<i64> {
    (0..=MAX_DATETIME).contains(&ticks).then_some(ticks)
}

/// Reads a datetime: ISO 8601 and its relaxed forms (blank for `T`, 1 to 9 digits of fraction of which 7
/// count, any offset, which is applied), RFC 822/850, and `MM/dd/yyyy`. Without an offset it is UTC.
pub fn parse_datetime(text: &str) -> Option<i64> {
    let text = text.trim();
    iso(text).or_else(|| american(text)).or_else(|| rfc(text))
}

/// A reader of digits and signs over bytes.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    /// Reads between `least` and `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let start = self.at;
        let mut value = 0_i64;
        while self.at - start < most
            && let Some(digit) = self.bytes.get(self.at).filter(|b| b.is_ascii_digit())
        {
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        (self.at - start >= least).then_some(value)
    }

    fn eat(&mut self, wanted: &[u8]) -> Option<u8> {
        let found = *self.bytes.get(self.at)?;
        wanted.contains(&found).then(|| {
            self.at += 1;
            found
        })
    }

    fn done(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Reads up to nine digits of a fraction as ticks; digits after the seventh are dropped.
    fn fraction(&mut self) -> Option<i64> {
        let start = self.at;
        let value = self.digits(1, 9)?;
        let digits = self.at - start;
        Some(if digits <= 7 { value * 10_i64.pow(7 - digits as u32) } else { value / 10_i64.pow(digits as u32 - 7) })
    }

    /// `hh:mm[:ss[.fraction]]` as ticks.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.digits(1, 2)?;
        self.eat(b":")?;
        let minute = self.digits(1, 2)?;
        let (mut second, mut ticks) = (0, 0);
        if self.eat(b":").is_some() {
            second = self.digits(1, 2)?;
            if self.eat(b".,").is_some() {
                ticks = self.fraction()?;
            }
        }
        (hour < 24 && minute < 60 && second < 60).then_some(hour * HOUR + minute * MINUTE + second * SECOND + ticks)
    }

    /// `Z`, `+hh:mm`, `-hhmm`, ` GMT` or nothing, as ticks to subtract.
    fn offset(&mut self) -> Option<i64> {
        while self.eat(b" ").is_some() {}
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Some(0);
        }
        if rest.eq_ignore_ascii_case(b"z") || rest.eq_ignore_ascii_case(b"gmt") || rest.eq_ignore_ascii_case(b"utc") {
            self.at = self.bytes.len();
            return Some(0);
        }
        let sign = if self.eat(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(1, 2)?;
        self.eat(b":");
        let minutes = if self.done() { 0 } else { self.digits(2, 2)? };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * HOUR + minutes * MINUTE))
    }
}

fn iso(text: &str) -> Option<i64> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let year = scan.digits(4, 4)?;
    let (mut month, mut day) = (1, 1);
    if let Some(separator) = scan.eat(b"-/") {
        month = scan.digits(1, 2)?;
        if scan.eat(&[separator]).is_some() {
            day = scan.digits(1, 2)?;
        }
    } else if !scan.done() {
        month = scan.digits(2, 2)?;
        day = scan.digits(2, 2)?;
    }
    let date = datetime_from_parts((year, month, day), 0, 0, 0, 0)?;
    if scan.done() {
        return Some(date);
    }
    let joined = scan.eat(b"Tt ");
    while scan.eat(b" ").is_some() {}
    if joined.is_none() || !scan.bytes.get(scan.at).is_some_and(u8::is_ascii_digit) {
        let offset = scan.offset()?;
        return in_range(date - offset).filter(|_| scan.done());
    }
    let time = scan.time_of_day()?;
    let offset = scan.offset()?;
    in_range(date + time - offset).filter(|_| scan.done())
}

/// `MM/dd/yyyy HH:mm:ss` and `MM-dd-yyyy`, with an optional AM or PM.
fn american(text: &str) -> Option<i64> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let month = scan.digits(1, 2)?;
    let separator = scan.eat(b"/-")?;
    let day = scan.digits(1, 2)?;
    scan.eat(&[separator])?;
    let year = scan.digits(4, 4)?;
    let date = datetime_from_parts((year, month, day), 0, 0, 0, 0)?;
    if scan.done() {
        return Some(date);
    }
    scan.eat(b", T")?;
    while scan.eat(b" ").is_some() {}
    let time = scan.time_of_day()?;
    while scan.eat(b" ").is_some() {}
    let time = match (scan.eat(b"AaPp"), scan.eat(b"Mm")) {
        (Some(half), Some(_)) => {
            let hour = time / HOUR;
            if !(1..=12).contains(&hour) {
                return None;
            }
            time % HOUR + (hour % 12 + if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 }) * HOUR
        }
        (None, None) => time,
        _ => return None,
    };
    let offset = scan.offset()?;
    in_range(date + time - offset).filter(|_| scan.done())
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// RFC 822 and 850: `Sat, 8 Nov 14 15:05:02 GMT`, `Saturday, 08-Nov-14 15:05:02 GMT`, `08 Nov 2014 15:05`.
fn rfc(text: &str) -> Option<i64> {
    let rest = match text.split_once(',') {
        Some((weekday, rest)) => {
            let known = weekday.get(..3).is_some_and(|w| WEEKDAYS.contains(&w.to_ascii_lowercase().as_str()));
            known.then_some(rest)?.trim_start()
        }
        None => text,
    };
    let mut words = rest.splitn(4, [' ', '-']);
    let day: i64 = words.next()?.parse().ok()?;
    let month_word = words.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|m| month_word.get(..3) == Some(m))? as i64 + 1;
    let year_word = words.next()?;
    let year: i64 = year_word.parse().ok()?;
    let year = if year_word.len() == 2 { year + if year < 50 { 2000 } else { 1900 } } else { year };
    let date = datetime_from_parts((year, month, day), 0, 0, 0, 0)?;
    let Some(rest) = words.next() else { return Some(date) };
    let mut scan = Scan { bytes: rest.trim().as_bytes(), at: 0 };
    let time = scan.time_of_day()?;
    let offset = scan.offset()?;
    in_range(date + time - offset).filter(|_| scan.done())
}

/// The units a timespan literal may end in, with their ticks. There is no `us`, `ns` or `w`.
const UNITS: &[(&str, i64)] = &[
    ("d", DAY),
    ("day", DAY),
    ("days", DAY),
    ("h", HOUR),
    ("hr", HOUR),
    ("hrs", HOUR),
    ("hour", HOUR),
    ("hours", HOUR),
    ("m", MINUTE),
    ("min", MINUTE),
    ("minute", MINUTE),
    ("minutes", MINUTE),
    ("s", SECOND),
    ("sec", SECOND),
    ("second", SECOND),
    ("seconds", SECOND),
    ("ms", SECOND / 1_000),
    ("milli", SECOND / 1_000),
    ("millis", SECOND / 1_000),
    ("millisecond", SECOND / 1_000),
    ("milliseconds", SECOND / 1_000),
    ("microsecond", SECOND / 1_000_000),
    ("microseconds", SECOND / 1_000_000),
    ("micros", SECOND / 1_000_000),
    ("tick", 1),
    ("ticks", 1),
];

/// Reads a number with a unit, such as `1.5h`.
pub fn parse_unit_timespan(text: &str) -> Option<i64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let (_, ticks) = UNITS.iter().find(|(name, _)| *name == unit)?;
    match number.parse::<i64>() {
        Ok(whole) => whole.checked_mul(*ticks),
        Err(_) => {
            let ticks = number.parse::<f64>().ok()? * *ticks as f64;
            (ticks.abs() < 9.2e18).then_some(ticks.round() as i64)
        }
    }
}

/// Reads a timespan as `totimespan` does: `[-][d.]hh:mm[:ss[.fraction]]`, or a number with a unit.
/// A bare whole number is days, `1.5` is nothing.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let ticks = if body.contains(':') {
        let mut scan = Scan { bytes: body.as_bytes(), at: 0 };
        let mut days = 0;
        let dot = body.find('.').filter(|dot| body.find(':').is_some_and(|colon| *dot < colon));
        if dot.is_some() {
            days = scan.digits(1, 8)?;
            scan.eat(b".")?;
        }
        let time = scan.time_of_day().filter(|_| scan.done())?;
        days.checked_mul(DAY)?.checked_add(time)?
    } else if !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit()) {
        body.parse::<i64>().ok()?.checked_mul(DAY)?
    } else {
        parse_unit_timespan(body)?
    };
    Some(if negative { -ticks } else { ticks })
}

/// Writes a datetime as Kusto shows it everywhere: always seven digits of fraction.
pub fn datetime_text(ticks: i64) -> String {
    let mut out = String::with_capacity(28);
    push_datetime(&mut out, ticks);
    out
}

/// Appends what [`datetime_text`] returns.
pub fn push_datetime(out: &mut String, ticks: i64) {
    use std::fmt::Write;
    let (year, month, day) = civil_from_days(ticks.div_euclid(DAY));
    let time = ticks.rem_euclid(DAY);
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:07}Z",
        time / HOUR,
        time / MINUTE % 60,
        time / SECOND % 60,
        time % SECOND
    );
}

/// Writes a timespan as `tostring` does: days and fraction only where there are any.
pub fn timespan_text(ticks: i64) -> String {
    let mut out = String::with_capacity(24);
    push_timespan(&mut out, ticks, false);
    out
}

/// Writes a timespan as results carry it: always seven digits of fraction.
pub fn timespan_wire(ticks: i64) -> String {
    let mut out = String::with_capacity(24);
    push_timespan(&mut out, ticks, true);
    out
}

/// Appends a timespan, with the fraction always or only where there is one.
pub fn push_timespan(out: &mut String, ticks: i64, always_fraction: bool) {
    use std::fmt::Write;
    let size = ticks.unsigned_abs();
    let (day, hour, minute, second) = (DAY as u64, HOUR as u64, MINUTE as u64, SECOND as u64);
    if ticks < 0 {
        out.push('-');
    }
    if size >= day {
        let _ = write!(out, "{}.", size / day);
    }
    let _ = write!(out, "{:02}:{:02}:{:02}", size / hour % 24, size / minute % 60, size / second % 60);
    if always_fraction || !size.is_multiple_of(second) {
        let _ = write!(out, ".{:07}", size % second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_comes_back() {
        for days in (0..3_652_059).step_by(97) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(civil_from_days(719_162), (1970, 1, 1));
        assert_eq!(datetime_text(MAX_DATETIME), "9999-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn datetimes_are_read_in_their_forms() {
        let read = |text| parse_datetime(text).map(datetime_text);
        let noon = Some("2014-11-08T15:05:02.0000000Z".to_owned());
        for text in ["2014-11-08T15:05:02Z", "2014-11-08 15:05:02", "Sat, 8 Nov 14 15:05:02 GMT", "11/08/2014 15:05:02"]
        {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(read("2014-11-08T15:05:02.5+02:00"), Some("2014-11-08T13:05:02.5000000Z".to_owned()));
        assert_eq!(read("2014-11"), Some("2014-11-01T00:00:00.0000000Z".to_owned()));
        assert_eq!(read("5/18/2021 9:13:33 PM"), Some("2021-05-18T21:13:33.0000000Z".to_owned()));
        for text in ["", "2014-13-01", "2014-02-30", "2014-11-08T25:00", "junk", "2014-11-08x"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn timespans_are_read_and_written() {
        assert_eq!(parse_timespan("1.02:03:04.5").map(timespan_text).as_deref(), Some("1.02:03:04.5000000"));
        assert_eq!(parse_timespan("-00:00:01").map(timespan_wire).as_deref(), Some("-00:00:01.0000000"));
        assert_eq!(parse_timespan("90s"), Some(90 * SECOND));
        assert_eq!(parse_timespan("1.5"), None);
        assert_eq!(parse_timespan("1us"), None);
        assert_eq!(timespan_text(i64::MIN), "-10675199.02:48:05.4775808");
    }
}
