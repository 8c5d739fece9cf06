//! Comparing: 15 equals 15.0, the order of keys does not matter.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::{Kind, Raw};

/// Tells whether two values are the same. Numbers compare by value, bags by their slots, arrays in order.
pub fn equal(a: Raw, b: Raw) -> bool {
    if a.text() == b.text() {
        return true;
    }
    match (a.kind(), b.kind()) {
        (Kind::Long | Kind::Real, Kind::Long | Kind::Real) => numbers(a, b) == Some(Ordering::Equal),
        (Kind::Array, Kind::Array) => {
            let (mut a, mut b) = (a.elements(), b.elements());
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if equal(a, b) => {}
                    _ => return false,
                }
            }
        }
        (Kind::Bag, Kind::Bag) => {
            a.slots().count() == b.slots().count()
                && a.slots().all(|(key, value)| b.key(key).is_some_and(|other| equal(value, other)))
        }
        _ => false,
    }
}

/// Orders two values as sorting an array does: numbers, then strings, then bools, arrays and bags by their text,
/// nulls last.
pub fn order(a: Raw, b: Raw) -> Ordering {
    let (left, right) = (rank(a.kind()), rank(b.kind()));
    left.cmp(&right).then_with(|| match left {
        0 => numbers(a, b).unwrap_or(Ordering::Equal),
        1 => a.to_text().cmp(&b.to_text()),
        _ => a.text().cmp(b.text()),
    })
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Long | Kind::Real => 0,
        Kind::String => 1,
        Kind::Bool | Kind::Array | Kind::Bag => 2,
        Kind::Null => 3,
    }
}

/// Two longs compare exactly, anything else as reals.
fn numbers(a: Raw, b: Raw) -> Option<Ordering> {
    match (a.as_long(), b.as_long()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_real()?.partial_cmp(&b.as_real()?),
    }
}

/// A value as the key of a hash map: equal where [`equal`] says so.
#[derive(Clone, Copy, Debug)]
pub struct ByValue<'a>(pub Raw<'a>);

impl PartialEq for ByValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        equal(self.0, other.0)
    }
}

impl Eq for ByValue<'_> {}

impl Hash for ByValue<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0.kind() {
            // Every number that may equal another has the same real. Normalised text never says -0 but as -0.0.
            Kind::Long | Kind::Real => self.0.as_real().map(|v| (v + 0.0).to_bits()).hash(state),
            Kind::Array => self.0.elements().for_each(|e| ByValue(e).hash(state)),
            // Slots come in any order, so their count must do.
            Kind::Bag => self.0.slots().count().hash(state),
            Kind::Null | Kind::Bool | Kind::String => self.0.text().hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_numbers_by_value_and_bags_by_slot() {
        let same = |a, b| equal(Raw::new(a), Raw::new(b));
        assert!(same("15", "15.0") && same("[1,{\"a\":1.0}]", "[1.0,{\"a\":1}]"));
        assert!(same(r#"{"a":1,"b":[2]}"#, r#"{"b":[2],"a":1}"#));
        assert!(!same("9007199254740993", "9007199254740992"));
        assert!(!same("\"1\"", "1") && !same("[1]", "[1,2]") && !same("{\"a\":1}", "{\"a\":1,\"b\":2}"));
    }

    #[test]
    fn hashes_equal_values_alike() {
        let hash = |t| {
            let mut state = std::hash::DefaultHasher::new();
            ByValue(Raw::new(t)).hash(&mut state);
            state.finish()
        };
        assert_eq!(hash("[15]"), hash("[15.0]"));
        assert_eq!(hash("0"), hash("-0.0"));
        assert_eq!(hash(r#"{"a":1,"b":2}"#), hash(r#"{"b":2.0,"a":1}"#));
    }

    #[test]
    fn orders_kinds_then_values() {
        let mut values = ["null", "\"b\"", "true", "10", "9.5", "\"a\"", "-1"].map(Raw::new);
        values.sort_by(|a, b| order(*a, *b));
        assert_eq!(values.map(Raw::text), ["-1", "9.5", "10", "\"a\"", "\"b\"", "true", "null"]);
    }
}
