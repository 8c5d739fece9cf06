//! Content: what `tolong(d)`, `tostring(d)`, `todatetime(d)` and the like make of a dynamic.
//!
//! Numbers and bools convert by value, strings by the rules for text; an array, a bag or null gives null.

use std::borrow::Cow;

use arrow::datatypes::i256;

use super::{Kind, Raw};
use rehunt_lang::time;

use crate::text;

impl<'a> Raw<'a> {
    /// Returns the value as `tostring` shows it: a string without its quotes, everything else as JSON, null as `""`.
    pub fn to_text(self) -> Cow<'a, str> {
        match self.kind() {
            Kind::Null => Cow::Borrowed(""),
            _ => self.as_str().unwrap_or(Cow::Borrowed(self.text())),
        }
    }

    /// Returns the content as a bool: numbers by whether they are not 0.
    pub fn to_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool => self.as_bool(),
            Kind::Long => self.as_long().map(|v| v != 0),
            Kind::Real => self.as_real().map(|v| v != 0.0),
            _ => text::parse_bool(&self.as_str()?),
        }
    }

    /// Returns the content as an int: longs wrap, reals are cut and saturate.
    pub fn to_int(self) -> Option<i32> {
        match self.kind() {
            Kind::Bool => self.as_bool().map(i32::from),
            Kind::Long => self.as_long().map(|v| v as i32),
            Kind::Real => self.as_real().map(|v| v as i32),
            _ => text::parse_int(&self.as_str()?),
        }
    }

    /// Returns the content as a long: reals are cut and saturate.
    pub fn to_long(self) -> Option<i64> {
        match self.kind() {
            Kind::Bool => self.as_bool().map(i64::from),
            Kind::Long => self.as_long(),
            Kind::Real => self.as_real().map(|v| v as i64),
            _ => text::parse_long(&self.as_str()?),
        }
    }

    /// Returns the content as a real.
    pub fn to_real(self) -> Option<f64> {
        match self.kind() {
            Kind::Bool => self.as_bool().map(|v| f64::from(u8::from(v))),
            Kind::Long | Kind::Real => self.as_real(),
            _ => text::parse_real(&self.as_str()?),
        }
    }

    /// Returns the content as a decimal, in units of the engine's scale.
    pub fn to_decimal(self) -> Option<i256> {
        match self.kind() {
            Kind::Bool => text::parse_decimal(if self.as_bool()? { "1" } else { "0" }),
            Kind::Long | Kind::Real => text::parse_decimal(self.text()),
            _ => text::parse_decimal(&self.as_str()?),
        }
    }

    /// Returns the content as ticks of a datetime: numbers are ticks, reals are cut.
    pub fn to_datetime(self) -> Option<i64> {
        match self.kind() {
            Kind::Long | Kind::Real => self.to_long().and_then(time::in_range),
            _ => time::parse_datetime(&self.as_str()?),
        }
    }

    /// Returns the content as ticks of a timespan: numbers are ticks, reals are cut.
    pub fn to_timespan(self) -> Option<i64> {
        match self.kind() {
            Kind::Long | Kind::Real => self.to_long(),
            _ => time::parse_timespan(&self.as_str()?),
        }
    }

    /// Returns the content as the canonical text of a guid.
    pub fn to_guid(self) -> Option<String> {
        text::parse_guid(&self.as_str()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_by_kind() {
        let of = |t| Raw::new(t);
        assert_eq!(of("2147483648").to_int(), Some(i32::MIN));
        assert_eq!(of("1e+30").to_int(), Some(i32::MAX));
        assert_eq!(of("-1.9").to_long(), Some(-1));
        assert_eq!(of("\"0x10\"").to_long(), Some(16));
        assert_eq!(of("\"1.5\"").to_long(), None);
        assert_eq!(of("\"1.5\"").to_real(), Some(1.5));
        assert_eq!(of("true").to_real(), Some(1.0));
        assert_eq!(
            [of("0.5").to_bool(), of("\"0x10\"").to_bool(), of("[1]").to_bool()],
            [Some(true), Some(true), None]
        );
        assert_eq!([of("[1]").to_long(), of("null").to_long()], [None, None]);
    }

    #[test]
    fn shows_text_unquoted() {
        let text = ["null", "\"a\\\"b\"", "{\"a\":1}", "true", "1.0"].map(|t| Raw::new(t).to_text());
        assert_eq!(text, ["", "a\"b", "{\"a\":1}", "true", "1.0"]);
    }
}
