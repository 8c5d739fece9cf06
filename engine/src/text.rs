//! Text forms of numbers, bools and guids: how Kusto reads them from text and how it writes them.
//!
//! Reading never fails with an error: what cannot be read is nothing, hence null. Times have their forms in
//! `rehunt_lang::time`.

use arrow::compute::kernels::cast_utils::parse_decimal as parse_arrow_decimal;
use arrow::datatypes::{Decimal256Type, DecimalType, i256};
use rehunt_lang::literal::push_plain_real;

use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE};

/// Reads a whole number of 64 bits: sign and digits, or `0x` and up to 16 hexadecimal digits taken as they are
/// (`0xFFFFFFFFFFFFFFFF` is -1). Blanks around are ignored; fractions and exponents are refused.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    match hexadecimal(text) {
        Some(digits) => Some(u64::from_str_radix(digits, 16).ok()? as i64),
        None => text.parse().ok(),
    }
}

/// Appends bytes as two small hexadecimal digits each.
pub(crate) fn push_hex(out: &mut String, bytes: &[u8]) {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

/// Reads a whole number of 32 bits, as [`parse_long`] does; nothing where it does not fit.
pub fn parse_int(text: &str) -> Option<i32> {
    let text = text.trim_ascii();
    match hexadecimal(text) {
        Some(digits) => Some(u32::from_str_radix(digits, 16).ok()? as i32),
        None => text.parse().ok(),
    }
}

fn hexadecimal(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(digits)
}

/// Reads a real: digits with or without fraction and exponent, or one of the spellings of NaN and the infinities.
pub fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim_ascii();
    match text.bytes().any(|b| b.is_ascii_digit()) {
        true => text.parse().ok(),
        false => {
            let (sign, word) = match text.as_bytes().first()? {
                b'-' => (-1.0, text.get(1..)?),
                b'+' => (1.0, text.get(1..)?),
                _ => (1.0, text),
            };
            match word {
                "NaN" | "nan" => Some(f64::NAN),
                "inf" | "Inf" | "Infinity" => Some(sign * f64::INFINITY),
                _ => None,
            }
        }
    }
}

/// Reads a bool: `true` or `false` in any case, or a whole number, of which all but 0 are true.
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = text.trim_ascii();
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => parse_long(text).map(|v| v != 0),
    }
}

/// Reads a decimal as units of the engine's scale.
pub fn parse_decimal(text: &str) -> Option<i256> {
    let text = text.trim_ascii();
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let units = parse_arrow_decimal::<Decimal256Type>(text, DECIMAL_PRECISION, DECIMAL_SCALE).ok()?;
    Decimal256Type::is_valid_decimal_precision(units, DECIMAL_PRECISION).then_some(units)
}

/// Reads a guid and returns its canonical form: 32 hexadecimal digits, with or without the four hyphens, with or
/// without curly or round brackets around.
pub fn parse_guid(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let inner = text
        .strip_prefix('{')
        .and_then(|t| t.strip_suffix('}'))
        .or_else(|| text.strip_prefix('(').and_then(|t| t.strip_suffix(')')))
        .unwrap_or(text);
    let hyphens: Vec<usize> = inner.bytes().enumerate().filter(|(_, b)| *b == b'-').map(|(i, _)| i).collect();
    let digits: String = inner.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let shaped = hyphens.is_empty() || hyphens == [8, 13, 18, 23];
    if !shaped || digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Some([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}

/// Appends a real as `tostring` does: always with a fraction or an exponent, `NaN`, `inf`, `-inf`.
pub fn push_real(out: &mut String, value: f64) {
    match value {
        v if v.is_nan() => out.push_str("NaN"),
        f64::INFINITY => out.push_str("inf"),
        f64::NEG_INFINITY => out.push_str("-inf"),
        v => push_plain_real(out, v),
    }
}

/// Appends a decimal given in units of the engine's scale, without zeros at its end.
pub fn push_decimal(out: &mut String, units: i256) {
    let text = Decimal256Type::format_decimal(units, DECIMAL_PRECISION, DECIMAL_SCALE);
    out.push_str(text.trim_end_matches('0').trim_end_matches('.'));
}

/// Returns how a bool prints outside of a dynamic.
pub fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_whole_numbers() {
        let texts = ["  123\t", "00789", "+0", "-0", "0x1F", "0X10", "5.9", "1e3", "", "-0x10", "1_000", "0x", "９"];
        let wanted =
            [Some(123), Some(789), Some(0), Some(0), Some(31), Some(16), None, None, None, None, None, None, None];
        assert_eq!(texts.map(parse_long), wanted);
        assert_eq!(parse_long("0xFFFFFFFFFFFFFFFF"), Some(-1));
        assert_eq!(parse_long("9223372036854775808"), None);
        assert_eq!([parse_int("2147483648"), parse_int("0xFFFFFFFF")], [None, Some(-1)]);
    }

    #[test]
    fn reads_reals() {
        let texts = ["1.5e10", "-0", "1_000", "0b101", "0x10", "INF", "infinity", "", "-", "1e19"];
        let wanted = [Some(1.5e10), Some(-0.0), None, None, None, None, None, None, None, Some(1e19)];
        assert_eq!(texts.map(parse_real), wanted);
        let infinite = ["inf", "Inf", "-inf", "+Infinity"].map(|t| parse_real(t).unwrap());
        assert_eq!(infinite, [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY]);
        assert!(parse_real("  NaN ").unwrap().is_nan());
    }

    #[test]
    fn reads_bools() {
        let texts = ["True", "0", "-1", "0x10", "1.0", "yes", ""];
        assert_eq!(texts.map(parse_bool), [Some(true), Some(false), Some(true), Some(true), None, None, None]);
    }

    #[test]
    fn reads_guids() {
        let wanted = Some("74be27de-1e4e-49d9-b579-fe0b331d3642".to_owned());
        assert_eq!(parse_guid("74BE27DE-1E4E-49D9-B579-FE0B331D3642"), wanted);
        assert_eq!(parse_guid("{74be27de1e4e49d9b579fe0b331d3642}"), wanted);
        assert_eq!(parse_guid("74be27de-1e4e49d9-b579-fe0b331d3642"), None);
        assert_eq!(parse_guid("74be27de-1e4e-49d9-b579-fe0b331d364g"), None);
    }

    #[test]
    fn writes_reals_with_a_fraction() {
        let text = |v| {
            let mut out = String::new();
            push_real(&mut out, v);
            out
        };
        let values = [1.0, -2.5, 0.1 + 0.2, 1e15, 1e16, 1.5e20, 1e21, 1e-5, 1.5e-6, 1e-7, -0.0, f64::NEG_INFINITY];
        let wanted = [
            "1.0",
            "-2.5",
            "0.30000000000000004",
            "1000000000000000.0",
            "10000000000000000.0",
            "150000000000000000000.0",
            "1e+21",
            "0.00001",
            "0.0000015",
            "1e-7",
            "-0.0",
            "-inf",
        ];
        assert_eq!(values.map(text), wanted);
    }

    #[test]
    fn writes_decimals_without_needless_zeros() {
        let round = |t| {
            let mut out = String::new();
            push_decimal(&mut out, parse_decimal(t).unwrap());
            out
        };
        assert_eq!([round("1.50"), round("-100"), round("0.1"), round("1e3")], ["1.5", "-100", "0.1", "1000"]);
        assert_eq!(parse_decimal("x"), None);
    }
}
