//! `format_datetime`, `format_timespan`: times by a pattern. Only the listed letters and delimiters may stand in one; a
//! `T` between date and time is refused by the engine too.

use std::fmt::Write;
use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::time::{DAY, HOUR, MINUTE, SECOND, civil_from_days};
use rehunt_lang::types::Type;

use crate::functions::signature::{datetime, signature, string, timespan};
use crate::functions::{Body, Function, Prepare, Prepared};

/// `format_datetime(date, format)`: learn.microsoft.com/kusto/query/format-datetime-function.
pub static FORMAT_DATETIME: Function = Function {
    spec: FunctionSpec {
        name: "format_datetime",
        overloads: &[signature(&[datetime("date"), string("format").literal()], Type::String)],
        naming: Naming::FirstArgument,
        summary: "Writes a datetime by a pattern of d f F h H m M s y t and delimiters.",
        examples: &[Example {
            query: "print format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [hh:mm:ss tt]')",
            answer: "17-01-29 [09:00:05 AM]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        formatted(
            call,
            &[('d', 2), ('f', 7), ('F', 7), ('h', 2), ('H', 2), ('m', 2), ('M', 2), ('s', 2), ('y', 4), ('t', 2)],
        )
    }),
};

/// `format_timespan(timespan, format)`: learn.microsoft.com/kusto/query/format-timespan-function.
pub static FORMAT_TIMESPAN: Function = Function {
    spec: FunctionSpec {
        name: "format_timespan",
        overloads: &[signature(&[timespan("timespan"), string("format").literal()], Type::String)],
        naming: Naming::FirstArgument,
        summary: "Writes a timespan by a pattern of d f F h H m s and delimiters, with one sign in front.",
        examples: &[Example {
            query: "print format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss [FF]'), format_timespan(-26h, 'd.hh:mm')",
            answer: "29.09:00:05 [12] | -1.02:00",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        formatted(call, &[('d', 8), ('f', 7), ('F', 7), ('h', 2), ('H', 2), ('m', 2), ('s', 2)])
    }),
};

fn formatted(call: &Prepare, letters: &[(char, usize)]) -> Result<Prepared, String> {
    let pattern = pattern(call.text(1)?, letters)?;
    let is_date = call.types.first() == Some(&Type::Datetime);
    Ok(Arc::new(move |args| {
        let time = args.long(0)?;
        args.texts(|row, out| {
            let ticks = time.at(row)?;
            if ticks < 0 {
                out.push('-');
            }
            let (date, size) =
                (civil_from_days(ticks.div_euclid(DAY)), ticks.unsigned_abs().min(i64::MAX as u64) as i64);
            for part in &pattern {
                match part {
                    Part::Delimiter(c) => out.push(*c),
                    Part::Letters(c, n) if is_date => push_of_date(*c, *n, date, ticks, out)?,
                    Part::Letters('d', n) => write!(out, "{:0n$}", size / DAY).ok()?,
                    Part::Letters(c, n) => push_of_time(*c, *n, size, out)?,
                }
            }
            Some(())
        })
    }))
}

/// A part of a pattern.
enum Part {
    Delimiter(char),
    /// A letter, so many times.
    Letters(char, usize),
}

/// Splits a pattern; a run longer than its letter allows is several (`ddd` is `dd` and `d`).
fn pattern(text: &str, letters: &[(char, usize)]) -> Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    if text.is_empty() {
        return Err("the format is empty".to_owned());
    }
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|other| *other == c).count();
        let longest = letters.iter().find(|(letter, _)| *letter == c).map(|(_, longest)| *longest);
        let taken = match longest {
            Some(longest) => {
                let mut n = run.min(longest);
                match c {
                    // A year has 1, 2 or 4 digits, a half of the day 2 letters.
                    'y' if n == 3 => n = 2,
                    't' if n == 1 => return Err(refused(c, text)),
                    _ => {}
                }
                parts.push(Part::Letters(c, n));
                n
            }
            None if " /-:,._[]".contains(c) => {
                parts.push(Part::Delimiter(c));
                1
            }
            None => return Err(refused(c, text)),
        };
        // Letters and delimiters are one byte each.
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(parts)
}

fn refused(c: char, text: &str) -> String {
    format!("`{c}` cannot stand in the format `{text}`")
}

fn push_of_date(letter: char, n: usize, date: (i64, i64, i64), ticks: i64, out: &mut String) -> Option<()> {
    let (year, month, day) = date;
    match letter {
        'd' => write!(out, "{day:0n$}").ok(),
        'M' => write!(out, "{month:0n$}").ok(),
        'y' if n < 4 => write!(out, "{:0n$}", year % 100).ok(),
        'y' => write!(out, "{year:04}").ok(),
        't' => {
            out.push_str(if ticks.rem_euclid(DAY) < 12 * HOUR { "AM" } else { "PM" });
            Some(())
        }
        'h' => {
            let hour = ticks.rem_euclid(DAY) / HOUR % 12;
            write!(out, "{:0n$}", if hour == 0 { 12 } else { hour }).ok()
        }
        _ => push_of_time(letter, n, ticks, out),
    }
}

fn push_of_time(letter: char, n: usize, ticks: i64, out: &mut String) -> Option<()> {
    match letter {
        'h' | 'H' => write!(out, "{:0n$}", ticks.rem_euclid(DAY) / HOUR).ok(),
        'm' => write!(out, "{:0n$}", ticks.rem_euclid(HOUR) / MINUTE).ok(),
        's' => write!(out, "{:0n$}", ticks.rem_euclid(MINUTE) / SECOND).ok(),
        // The first n of seven digits. `F` writes the same, or nothing when all are 0: measured, the page says else.
        _ => {
            let digits = ticks.rem_euclid(SECOND) / 10i64.pow(7 - n.min(7) as u32);
            if letter == 'F' && digits == 0 { Some(()) } else { write!(out, "{digits:0n$}").ok() }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::{parse_datetime, parse_timespan};
    use rehunt_lang::types::Value;

    use super::*;
    use crate::functions::{find, udf::udf};
    use crate::operators::testing::call;

    fn date(text: &str, format: &str) -> String {
        let args = [Value::Datetime(parse_datetime(text).unwrap()), Value::String(format.into())];
        call("format_datetime", &args, Type::String).as_str().unwrap().to_owned()
    }

    fn span(text: &str, format: &str) -> String {
        let args = [Value::Timespan(parse_timespan(text).unwrap()), Value::String(format.into())];
        call("format_timespan", &args, Type::String).as_str().unwrap().to_owned()
    }

    #[test]
    fn dates() {
        assert_eq!(date("2020-06-15 13:45:09", "M/d/yyyy h:mm:ss tt"), "6/15/2020 1:45:09 PM");
        assert_eq!(date("2007-03-09 00:30:00", "hh:mm tt"), "12:30 AM");
        assert_eq!(date("2020-06-15 13:45:09.05", "ss.ff"), "09.05");
        assert_eq!(date("2020-06-15 13:45:09.0000007", "FFFFFFF"), "0000007");
        assert_eq!(
            [date("2020-06-15", "FFFFFFF"), date("2020-06-15", "y"), date("2005-06-15", "yy")],
            ["", "20", "05"]
        );
        assert_eq!(date("2020-06-15", "ddd"), "1515");
    }

    #[test]
    fn spans() {
        assert_eq!(span("1.02:03:04.005", "d:hh:mm:ss.fff"), "1:02:03:04.005");
        assert_eq!(span("-1.02:00:00", "d.hh:mm"), "-1.02:00");
        assert_eq!(span("00:00:01", "dddddddd.hh"), "00000000.00");
    }

    #[test]
    fn other_letters_are_refused() {
        for format in ["yyyy-MM-ddTHH", "t", "", "\\."] {
            let constants = [None, Some(Value::String(format.into()))];
            let made = udf(find("format_datetime").unwrap(), &[Type::Datetime, Type::String], &constants, Type::String);
            assert!(made.is_err(), "{format}");
        }
    }
}
