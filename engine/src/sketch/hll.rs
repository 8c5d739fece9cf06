//! HyperLogLog: the number of distinct values from the hashes of all.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Float64Type, Int64Type};
use datafusion::common::Result;
use twox_hash::XxHash64;

use crate::dynamic::{Builder, Raw};

/// Up to so many hashes are kept as they are; beyond, registers.
const LARGEST_EXACT: usize = 1024;

/// A sketch of distinct values: `[[1024, bits], [hash, ...], [register, ...]]` as a dynamic.
#[derive(Clone, Debug, PartialEq)]
pub struct Hll {
    /// How many bits of a hash choose the register.
    bits: u32,
    hashes: BTreeSet<u64>,
    /// For each register the largest number of leading zeros seen, and one; none while the hashes are kept.
    registers: Vec<u8>,
}

impl Hll {
    /// Makes an empty sketch of an accuracy from 0 to 4: learn.microsoft.com/kusto/query/hll-aggregation-function.
    pub fn of_accuracy(accuracy: i64) -> Option<Self> {
        let bits = match accuracy {
            0 => 12,
            1 => 14,
            2 => 16,
            3 => 17,
            4 => 18,
            _ => return None,
        };
        Some(Self { bits, hashes: BTreeSet::new(), registers: Vec::new() })
    }

    /// Adds the hash of a value.
    pub fn add(&mut self, hash: u64) {
        if self.registers.is_empty() {
            self.hashes.insert(hash);
            if self.hashes.len() > LARGEST_EXACT {
                self.spread();
            }
            return;
        }
        let place = (hash >> (u64::BITS - self.bits)) as usize;
        let rest = hash << self.bits;
        let rank = rest.leading_zeros().min(u64::BITS - self.bits) as u8 + 1;
        if let Some(register) = self.registers.get_mut(place).filter(|r| **r < rank) {
            *register = rank;
        }
    }

    fn spread(&mut self) {
        self.registers = vec![0; 1 << self.bits];
        for hash in std::mem::take(&mut self.hashes) {
            self.add(hash);
        }
    }

    /// Adds all values of another sketch; false if their accuracies differ, which cannot be joined.
    pub fn merge(&mut self, other: &Hll) -> bool {
        if self.bits != other.bits {
            return false;
        }
        if self.registers.is_empty() && !other.registers.is_empty() {
            self.spread();
        }
        other.hashes.iter().for_each(|hash| self.add(*hash));
        self.registers.iter_mut().zip(&other.registers).for_each(|(own, r)| *own = (*own).max(*r));
        true
    }

    /// Counts the values that all sets have; nothing unless all keep their hashes, at one accuracy.
    pub fn shared_hashes(sets: &[Hll]) -> Option<i64> {
        let (first, others) = sets.split_first()?;
        let exact = sets.iter().all(|set| set.registers.is_empty() && set.bits == first.bits);
        let in_all = |hash: &&u64| others.iter().all(|set| set.hashes.contains(hash));
        exact.then(|| first.hashes.iter().filter(in_all).count() as i64)
    }

    /// Estimates the number of distinct values; exact while the hashes are kept.
    pub fn count(&self) -> i64 {
        if self.registers.is_empty() {
            return self.hashes.len() as i64;
        }
        let registers = self.registers.len() as f64;
        let empty = self.registers.iter().filter(|r| **r == 0).count() as f64;
        let sum: f64 = self.registers.iter().map(|r| (-f64::from(*r)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let estimate = if raw <= 2.5 * registers && empty > 0.0 { registers * (registers / empty).ln() } else { raw };
        estimate.round() as i64
    }

    /// Estimates the bytes in use.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.hashes.len() * 12 + self.registers.len()
    }

    /// Writes the sketch as a dynamic.
    pub fn write(&self, out: &mut Builder) {
        out.begin_array();
        out.begin_array();
        out.long(LARGEST_EXACT as i64);
        out.long(i64::from(self.bits));
        out.end_array();
        out.begin_array();
        self.hashes.iter().for_each(|hash| out.string(&hash.cast_signed().to_string()));
        out.end_array();
        out.begin_array();
        self.registers.iter().for_each(|register| out.long(i64::from(*register)));
        out.end_array();
        out.end_array();
    }

    /// Reads a sketch; nothing if it is none.
    pub fn read(value: Raw) -> Option<Self> {
        let mut parts = value.is_array().then(|| value.elements())?;
        let bits = u32::try_from(parts.next()?.index(1)?.as_long()?).ok().filter(|b| (12..=18).contains(b))?;
        let (hashes, registers) = (parts.next()?, parts.next()?);
        let hash = |element: Raw| Some(element.quoted()?.parse::<i64>().ok()?.cast_unsigned());
        let hashes: BTreeSet<u64> = hashes.elements().map(hash).collect::<Option<_>>()?;
        let register = |element: Raw| u8::try_from(element.as_long()?).ok().filter(|r| *r <= 64);
        let registers: Vec<u8> = registers.elements().map(register).collect::<Option<_>>()?;
        let whole =
            registers.is_empty() && hashes.len() <= LARGEST_EXACT || registers.len() == 1 << bits && hashes.is_empty();
        whole.then_some(Self { bits, hashes, registers })
    }
}

/// Calls `f` with the row and hash of each value of a column that is not null.
pub fn each_hash(values: &ArrayRef, mut f: impl FnMut(usize, u64)) -> Result<()> {
    let mut hash = |row: usize, bytes: &[u8]| f(row, XxHash64::oneshot(0, bytes));
    match values.data_type() {
        DataType::Utf8View => {
            let texts = values.as_string_view();
            (0..texts.len()).filter(|row| texts.is_valid(*row)).for_each(|row| hash(row, texts.value(row).as_bytes()));
        }
        DataType::Decimal256(..) => {
            let all = values.as_primitive::<Decimal256Type>();
            (0..all.len()).filter(|row| all.is_valid(*row)).for_each(|row| hash(row, &all.value(row).to_le_bytes()));
        }
        DataType::Float64 => {
            let all = values.as_primitive::<Float64Type>();
            // One zero, and one NaN.
            let bits = |v: f64| if v.is_nan() { f64::NAN.to_bits() } else { (v + 0.0).to_bits() };
            (0..all.len())
                .filter(|row| all.is_valid(*row))
                .for_each(|row| hash(row, &bits(all.value(row)).to_le_bytes()));
        }
        _ => {
            let all = cast(values, &DataType::Int64)?;
            let all = all.as_primitive::<Int64Type>();
            (0..all.len()).filter(|row| all.is_valid(*row)).for_each(|row| hash(row, &all.value(row).to_le_bytes()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(values: impl Iterator<Item = u64>, accuracy: i64) -> Hll {
        let mut hll = Hll::of_accuracy(accuracy).unwrap();
        values.for_each(|v| hll.add(XxHash64::oneshot(0, &v.to_le_bytes())));
        hll
    }

    #[test]
    fn small_numbers_are_exact_and_large_ones_near() {
        assert_eq!(of((0..1000).chain(0..1000), 1).count(), 1000);
        for (accuracy, error) in [(0, 0.05), (1, 0.025), (4, 0.01)] {
            let count = of(0..100_000, accuracy).count() as f64;
            assert!((count / 100_000.0 - 1.0).abs() < error, "{accuracy}: {count}");
        }
        assert!(Hll::of_accuracy(5).is_none());
    }

    #[test]
    fn sketches_join_and_survive_their_text() {
        let (small, large) = (of(0..900, 1), of(500..5000, 1));
        for (mut one, other) in [(small.clone(), large.clone()), (large, small)] {
            assert!(one.merge(&other));
            assert!((one.count() as f64 / 5000.0 - 1.0).abs() < 0.02);
            let mut text = Builder::new();
            one.write(&mut text);
            assert_eq!(Hll::read(Raw::new(text.text())), Some(one));
        }
        assert!(!of(0..1, 0).merge(&of(0..1, 1)));
        for odd in ["null", "[]", "[[1024,99],[],[]]", "[[1024,14],[],[1]]", "[[1024,14],[1],[]]", "{}"] {
            assert_eq!(Hll::read(Raw::new(odd)), None);
        }
    }
}
