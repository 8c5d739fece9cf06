//! Text forms of a datetime.

use std::fmt::Write;

use super::{Civil, HOUR, MINUTE, in_range};

/// Writes ticks as Kusto shows a datetime everywhere: `2020-01-02T03:04:05.0000000Z`.
pub fn datetime_text(ticks: i64) -> String {
    let mut out = String::with_capacity(28);
    push_datetime(&mut out, ticks);
    out
}

/// Appends what [`datetime_text`] returns.
pub fn push_datetime(out: &mut String, ticks: i64) {
    let Civil { year, month, day, hour, minute, second, ticks } = Civil::from_ticks(ticks);
    // Writing to a string cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ticks:07}Z");
}

/// Reads a datetime as `todatetime` does; `None` when the text is none. Outer blanks do not matter, a text
/// without zone is UTC, an offset is applied, digits beyond the seventh of a fraction are dropped.
///
/// Forms: ISO 8601 (`2014-05-25T08:20:03.123456Z`, with a blank for the `T`, down to the date alone), the
/// sortable forms of one-digit parts, RFC 822 (`Sat, 8 Nov 14 15:05:02 GMT`), RFC 850, and those of the
/// United States: `5/18/2021 9:13:33 PM`, `01-31-2022`, `May 7, 2024 6:41:33 PM`.
/// learn.microsoft.com/kusto/query/scalar-data-types/datetime
pub fn parse_datetime(text: &str) -> Option<i64> {
    let text = text.trim();
    iso(text.as_bytes()).or_else(|| Reader::new(text)?.read())
}

/// The form that exports are full of, in one pass: fixed width, `T` or blank, `Z`, offset or nothing.
fn iso(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let mut civil = Civil::date(two(y1, y2)?.checked_mul(100)? + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    let [b'T' | b' ' | b't', h1, h2, b':', n1, n2, rest @ ..] = rest else {
        return if rest.is_empty() { civil.to_ticks() } else { None };
    };
    (civil.hour, civil.minute) = (two(*h1, *h2)?, two(*n1, *n2)?);
    let mut rest = rest;
    if let [b':', s1, s2, more @ ..] = rest {
        civil.second = two(*s1, *s2)?;
        rest = more;
        if let [b'.', more @ ..] = rest {
            let digits = more.iter().take_while(|b| b.is_ascii_digit()).count();
            let (fraction, more) = more.split_at_checked(digits)?;
            civil.ticks = ticks_of_fraction(fraction)?;
            rest = more;
        }
    }
    let ticks = civil.to_ticks()?;
    match rest {
        [] | [b'Z' | b'z'] => Some(ticks),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            apply_offset(ticks, *sign == b'-', two(*h1, *h2)?, two(*m1, *m2)?)
        }
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Turns the digits after a point into ticks of the second; `None` without any digit.
pub(super) fn ticks_of_fraction(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(7);
    Some(padded.fold(0, |ticks, digit| ticks * 10 + i64::from(digit.wrapping_sub(b'0'))))
}

fn apply_offset(ticks: i64, west: bool, hours: i64, minutes: i64) -> Option<i64> {
    if hours > 14 || minutes > 59 {
        return None;
    }
    let offset = hours * HOUR + minutes * MINUTE;
    in_range(if west { ticks + offset } else { ticks - offset })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Digits(&'a str),
    Letters(&'a str),
    Sign(char),
    /// Blanks, which count only where a word or number would run into the next.
    Blank,
}

/// Reads the forms that are not of fixed width.
struct Reader<'a> {
    pieces: Vec<Piece<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Option<Self> {
        // Longer than every form, with blanks; keeps the cost of a megabyte of junk at nothing.
        if text.is_empty() || text.len() > 80 {
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let take = |test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
            let (piece, length): (fn(&'a str) -> Piece<'a>, usize) = match first {
                '0'..='9' => (Piece::Digits, take(|c| c.is_ascii_digit())),
                c if c.is_ascii_alphabetic() => (Piece::Letters, take(|c| c.is_ascii_alphabetic())),
                c if c.is_whitespace() => {
                    pieces.push(Piece::Blank);
                    rest = rest.trim_start();
                    continue;
                }
                c => {
                    pieces.push(Piece::Sign(c));
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
            };
            let (head, tail) = rest.split_at(length);
            pieces.push(piece(head));
            rest = tail;
        }
        Some(Self { pieces, at: 0 })
    }

    fn read(mut self) -> Option<i64> {
        if let Some(Piece::Letters(word)) = self.peek()
            && is_weekday(word)
        {
            self.at += 1;
            self.sign(',');
        }
        let mut civil = self.date()?;
        if self.done() {
            return civil.to_ticks();
        }
        let _ = self.sign(',') || self.word("T");
        self.time(&mut civil)?;
        let ticks = civil.to_ticks()?;
        let ticks = self.zone(ticks)?;
        self.done().then_some(ticks)
    }

    fn date(&mut self) -> Option<Civil> {
        if let Some(Piece::Letters(word)) = self.peek() {
            let month = month_of(word)?;
            self.at += 1;
            let (day, _) = self.number()?;
            self.sign(',');
            let year = self.year()?;
            return Some(Civil::date(year, month, day));
        }
        let (first, digits) = self.number()?;
        let Some(sign) = self.one_of(&['-', '/', '.', ',']) else {
            return self.day_month_year(first, None);
        };
        if let Some(Piece::Letters(_)) = self.peek() {
            return self.day_month_year(first, Some(sign));
        }
        let (second, _) = self.number()?;
        if !self.sign(sign) {
            return None;
        }
        if digits == 4 {
            return Some(Civil::date(first, second, self.number()?.0));
        }
        Some(Civil::date(self.year()?, first, second))
    }

    fn day_month_year(&mut self, day: i64, sign: Option<char>) -> Option<Civil> {
        let Some(Piece::Letters(word)) = self.peek() else { return None };
        let month = month_of(word)?;
        self.at += 1;
        if let Some(sign) = sign
            && !self.sign(sign)
        {
            return None;
        }
        Some(Civil::date(self.year()?, month, day))
    }

    fn year(&mut self) -> Option<i64> {
        match self.number()? {
            (year, 4) => Some(year),
            (year, 2) => Some(if year < 50 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    fn time(&mut self, civil: &mut Civil) -> Option<()> {
        civil.hour = self.number()?.0;
        if !self.sign(':') {
            return None;
        }
        civil.minute = self.number()?.0;
        if self.sign(':') {
            civil.second = self.number()?.0;
            if self.sign('.') {
                let Some(Piece::Digits(fraction)) = self.peek() else { return None };
                civil.ticks = ticks_of_fraction(fraction.as_bytes())?;
                self.at += 1;
            }
        }
        let afternoon = self.word("PM");
        if afternoon || self.word("AM") {
            if !(1..=12).contains(&civil.hour) {
                return None;
            }
            civil.hour = civil.hour % 12 + if afternoon { 12 } else { 0 };
        }
        Some(())
    }

    fn zone(&mut self, ticks: i64) -> Option<i64> {
        if self.word("Z") || self.word("GMT") || self.word("UTC") {
            return Some(ticks);
        }
        let Some(sign) = self.one_of(&['+', '-']) else { return Some(ticks) };
        let (hours, minutes) = match self.number()? {
            (both, 4) => (both / 100, both % 100),
            (hours, _) if self.sign(':') => (hours, self.number()?.0),
            (hours, _) => (hours, 0),
        };
        apply_offset(ticks, sign == '-', hours, minutes)
    }

    fn peek(&mut self) -> Option<Piece<'a>> {
        if self.pieces.get(self.at) == Some(&Piece::Blank) {
            self.at += 1;
        }
        self.pieces.get(self.at).copied()
    }

    fn done(&mut self) -> bool {
        self.peek().is_none()
    }

    fn number(&mut self) -> Option<(i64, usize)> {
        let Some(Piece::Digits(digits)) = self.peek() else { return None };
        self.at += 1;
        (digits.len() <= 4).then(|| digits.parse().ok().map(|n| (n, digits.len())))?
    }

    fn sign(&mut self, sign: char) -> bool {
        self.one_of(&[sign]).is_some()
    }

    fn one_of(&mut self, signs: &[char]) -> Option<char> {
        match self.peek() {
            Some(Piece::Sign(sign)) if signs.contains(&sign) => {
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Piece::Letters(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn month_of(word: &str) -> Option<i64> {
    let word = word.to_ascii_lowercase();
    let index = MONTHS.iter().position(|m| *m == word || (word.len() == 3 && m.starts_with(&word)))?;
    i64::try_from(index).ok().map(|i| i + 1)
}

fn is_weekday(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    WEEKDAYS.iter().any(|d| *d == word || (word.len() == 3 && d.starts_with(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse_datetime(text).map_or("none".into(), datetime_text)
    }

    #[test]
    fn iso_forms() {
        for (text, expected) in [
            ("2020-01-02T03:04:05.0000000Z", "2020-01-02T03:04:05.0000000Z"),
            ("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.1234560Z"),
            ("2014-05-25 08:20:03.12345678", "2014-05-25T08:20:03.1234567Z"),
            ("2014-05-25T08:20", "2014-05-25T08:20:00.0000000Z"),
            (" 2014-05-25 ", "2014-05-25T00:00:00.0000000Z"),
            ("2014-05-25T08:20:03+09:00", "2014-05-24T23:20:03.0000000Z"),
            ("2014-05-25T08:20:03-0130", "2014-05-25T09:50:03.0000000Z"),
            ("2014-05-25T08:20:03 +02:00", "2014-05-25T06:20:03.0000000Z"),
            ("0001-01-01T00:00:00+01:00", "none"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
            ("2020-13-45", "none"),
            ("2020-02-30T00:00:00Z", "none"),
            ("2020-01-01T24:00:00Z", "none"),
            ("2020-01-01T", "none"),
            ("2020-01-01T01:02:03.Z", "none"),
            ("2020-01-01T01:02:03Zx", "none"),
            ("", "none"),
            ("12", "none"),
            ("日本語の日付です", "none"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn other_forms() {
        for (text, expected) in [
            ("2017 - 08 - 01", "2017-08-01T00:00:00.0000000Z"),
            ("2025, 6, 14", "2025-06-14T00:00:00.0000000Z"),
            ("2023/12/11 6:53", "2023-12-11T06:53:00.0000000Z"),
            ("02/17/2016 08:40:01", "2016-02-17T08:40:01.0000000Z"),
            ("01-31-2022", "2022-01-31T00:00:00.0000000Z"),
            ("4/28/2021, 2:08:45.221 PM", "2021-04-28T14:08:45.2210000Z"),
            ("5/18/2021 12:13:33 AM", "2021-05-18T00:13:33.0000000Z"),
            ("May 7, 2024 6:41:33 PM", "2024-05-07T18:41:33.0000000Z"),
            ("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z"),
            ("Saturday, 08-Nov-14 15:05", "2014-11-08T15:05:00.0000000Z"),
            ("2014-11-8 15:05:25 GMT", "2014-11-08T15:05:25.0000000Z"),
            ("13/13/2021 01:00:00", "none"),
            ("5/18/2021 13:13 PM", "none"),
            ("Foo 7, 2024", "none"),
            ("2021-03-14 pi day", "none"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
