//! What a value of an undeclared column looks like, and which type fits all of them.

use rehunt_lang::types::Type;

use super::{json_text, time};

/// The look of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// No value.
    Nothing,
    /// `true` or `false`.
    Bool,
    /// A whole number without leading zeros.
    Long,
    /// A number with a fraction or an exponent.
    Real,
    /// A date with a time, in ISO form.
    Time,
    /// A bag or an array.
    Json,
    /// Other text.
    Text,
    /// A JSON string.
    Said,
    /// A JSON string that is a time.
    SaidTime,
}

impl Kind {
    /// Judges text of which nothing is known.
    pub(super) fn of_text(text: &str) -> Kind {
        match text.as_bytes() {
            [] => Kind::Nothing,
            [b'-' | b'0'..=b'9', ..] if is_time(text) => Kind::Time,
            [b'-' | b'0'..=b'9', ..] => number(text),
            [b't' | b'T' | b'f' | b'F', ..]
                if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") =>
            {
                Kind::Bool
            }
            [b'{' | b'[', ..] if json_text::is_json(text.trim_end()) => Kind::Json,
            _ => Kind::Text,
        }
    }

    /// Judges what a JSON string says: a number in quotes was meant as text.
    pub(super) fn of_said(text: &str) -> Kind {
        match text.as_bytes() {
            [] => Kind::Nothing,
            [b'0'..=b'9', ..] if is_time(text) => Kind::SaidTime,
            _ => Kind::Said,
        }
    }
}

/// A date alone is left as text: it may be a version, or a part number.
fn is_time(text: &str) -> bool {
    text.len() >= 16 && time::iso(text.trim_end()).is_some()
}

fn number(text: &str) -> Kind {
    match text.bytes().any(|c| matches!(c, b'.' | b'e' | b'E')) {
        _ if !json_text::is_json(text) => Kind::Text,
        true => Kind::Real,
        false if text != "-0" && text.parse::<i64>().is_ok() => Kind::Long,
        false => Kind::Text,
    }
}

/// The kinds one column has met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    /// Adds a kind.
    pub(super) fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u16;
    }

    /// Returns the type that holds all values without loss; string where in doubt.
    pub(super) fn common(self) -> Type {
        let only = |kinds: &[Kind]| {
            let allowed = kinds.iter().fold(1, |bits: u16, k| bits | 1 << *k as u16);
            self.0 & !1 != 0 && self.0 & !allowed == 0
        };
        let met = |kind: Kind| self.0 & 1 << kind as u16 != 0;
        match () {
            () if only(&[Kind::Bool]) => Type::Bool,
            () if only(&[Kind::Long]) => Type::Long,
            () if only(&[Kind::Long, Kind::Real]) => Type::Real,
            () if only(&[Kind::Time, Kind::SaidTime]) => Type::Datetime,
            // In JSON a string beside bags is a string; in CSV text beside bags may be anything.
            () if met(Kind::Json) && !met(Kind::Text) && !met(Kind::Time) => Type::Dynamic,
            () => Type::String,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(texts: &[&str]) -> Type {
        let mut kinds = Kinds::default();
        texts.iter().for_each(|t| kinds.add(Kind::of_text(t)));
        kinds.common()
    }

    #[test]
    fn a_column_is_typed_only_when_every_value_agrees() {
        assert_eq!(common(&["1", "", "-20"]), Type::Long);
        assert_eq!(common(&["1", "2.5"]), Type::Real);
        assert_eq!(common(&["1", "x"]), Type::String);
        assert_eq!(common(&["", ""]), Type::String);
        assert_eq!(common(&["true", "FALSE", ""]), Type::Bool);
        assert_eq!(common(&["2025-06-12T13:46:12.0000000Z", ""]), Type::Datetime);
        assert_eq!(common(&["{\"a\":1}", "[]"]), Type::Dynamic);
        assert_eq!(common(&["{\"a\":1}", "text"]), Type::String);
        // A telephone number, a number too big for a long, a guid that begins with digits, a mere date.
        for text in ["0049123", "+49", "99999999999999999999", "000001f0-0000-4000-8000-000000000001", "2025-06-12"] {
            assert_eq!(common(&[text]), Type::String, "{text}");
        }
    }

    #[test]
    fn a_number_in_json_quotes_stays_text() {
        let mut kinds = Kinds::default();
        kinds.add(Kind::of_said("443"));
        assert_eq!(kinds.common(), Type::String);
        kinds.add(Kind::of_text("{}"));
        assert_eq!(kinds.common(), Type::Dynamic);
    }
}
