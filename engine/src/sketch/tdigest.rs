//! t-digest: percentiles from centroids, values with weights. Few values are kept as they are, so that percentiles are
//! exact; of many, neighbours are joined, least at the ends.

use rehunt_lang::time;
use rehunt_lang::types::Type;

use crate::dynamic::{Builder, Kind, Raw};

/// Distinct values up to which nothing is joined.
const LARGEST_EXACT: usize = 2048;

/// How fine the joined centroids are: about so many.
const COMPRESSION: f64 = 1000.0;

/// Values taken in before they are put in order.
const BUFFER: usize = 4096;

/// A sketch of how values are spread: `[[7], [value, ...], [weight, ...]]` as a dynamic, values in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tdigest {
    /// long, real, datetime or timespan.
    ty: Type,
    /// Keys of values (see [`key_of`]) and their weights; the first `sorted` in order and each once.
    points: Vec<(i64, i64)>,
    sorted: usize,
}

/// A real as a number that has its order.
fn key_of(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63) & i64::MAX)
}

fn real_of(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) & i64::MAX)).cast_unsigned())
}

impl Tdigest {
    /// Makes an empty sketch of a type: long, real, datetime or timespan.
    pub fn new(ty: Type) -> Self {
        Self { ty, points: Vec::new(), sorted: 0 }
    }

    /// Adds a long, or the ticks of a time, so many times.
    pub fn add_long(&mut self, value: i64, weight: i64) {
        let key = if self.ty == Type::Real { key_of(value as f64) } else { value };
        self.add(key, weight);
    }

    /// Adds a real so many times; one without a place among the others is left out.
    pub fn add_real(&mut self, value: f64, weight: i64) {
        if !value.is_finite() {
            return;
        }
        let key = if self.ty == Type::Real { key_of(value) } else { value as i64 };
        self.add(key, weight);
    }

    fn add(&mut self, key: i64, weight: i64) {
        if weight <= 0 {
            return;
        }
        self.points.push((key, weight));
        if self.points.len() >= self.sorted + BUFFER {
            self.settle();
        }
    }

    /// Adds all values of another sketch; false if it is of another type.
    pub fn merge(&mut self, other: &Tdigest) -> bool {
        if self.points.is_empty() {
            self.ty = other.ty;
        }
        let fits = self.ty == other.ty || other.points.is_empty();
        if fits {
            other.points.iter().for_each(|(key, weight)| self.add(*key, *weight));
        }
        fits
    }

    /// Puts all values in order, equal ones together, and joins neighbours if they are too many.
    fn settle(&mut self) {
        self.points.sort_unstable();
        self.points.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        if self.points.len() > LARGEST_EXACT {
            self.join();
        }
        self.sorted = self.points.len();
    }

    /// Joins neighbours as long as their common weight covers less than one step of the arcsine scale, whose steps are
    /// short at the ends.
    fn join(&mut self) {
        let total: f64 = self.points.iter().map(|(_, weight)| *weight as f64).sum();
        let step = |share: f64| (2.0 * share.clamp(0.0, 1.0) - 1.0).asin() / std::f64::consts::PI * COMPRESSION;
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(LARGEST_EXACT);
        let (mut before, mut start) = (0.0, 0.0);
        for (key, weight) in std::mem::take(&mut self.points) {
            let end = before + weight as f64;
            match joined.last_mut() {
                Some(last) if step(end / total) - step(start / total) <= 1.0 => *last = self.mean(*last, (key, weight)),
                _ => {
                    start = before;
                    joined.push((key, weight));
                }
            }
            before = end;
        }
        self.points = joined;
    }

    fn mean(&self, a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
        let weight = a.1.saturating_add(b.1);
        let key = if self.ty == Type::Real {
            let share = b.1 as f64 / weight as f64;
            key_of(real_of(a.0) + (real_of(b.0) - real_of(a.0)) * share)
        } else {
            let sum = i128::from(a.0) * i128::from(a.1) + i128::from(b.0) * i128::from(b.1);
            i64::try_from(sum / i128::from(weight.max(1))).unwrap_or(a.0)
        };
        (key, weight)
    }

    /// Puts the last values in order; what is asked after it sees them all.
    pub fn finish(&mut self) {
        if self.sorted != self.points.len() {
            self.settle();
        }
    }

    fn total(&self) -> i128 {
        self.points.iter().map(|(_, weight)| i128::from(*weight)).sum()
    }

    /// Writes the value at a percentile, the nearest there is; null of nothing or beyond 0 to 100.
    pub fn write_percentile(&self, percent: f64, out: &mut Builder) {
        let wanted = (percent / 100.0 * self.total() as f64).ceil() as i128;
        let mut passed = 0_i128;
        let at = self.points.iter().find(|(_, weight)| {
            passed += i128::from(*weight);
            passed >= wanted
        });
        match at.or(self.points.last()).filter(|_| (0.0..=100.0).contains(&percent)) {
            Some((key, _)) => self.write_value(*key, out),
            None => out.null(),
        }
    }

    /// Counts the values at or below one, given as in a dynamic; nothing if it is of another type.
    pub fn rank(&self, value: Raw) -> Option<f64> {
        let key = self.read_value(value)?;
        let below = self.points.iter().take_while(|(other, _)| *other <= key);
        Some(below.map(|(_, weight)| i128::from(*weight)).sum::<i128>() as f64)
    }

    /// As [`Tdigest::rank`], in per cent of all values.
    pub fn percent_rank(&self, value: Raw) -> Option<f64> {
        let total = self.total();
        (total > 0).then_some(self.rank(value)? * 100.0 / total as f64)
    }

    /// Estimates the bytes in use.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.points.capacity() * 16
    }

    fn write_value(&self, key: i64, out: &mut Builder) {
        match self.ty {
            Type::Real => out.real(real_of(key)),
            Type::Datetime => out.string(&time::datetime_text(key)),
            Type::Timespan => out.string(&time::timespan_text(key)),
            _ => out.long(key),
        }
    }

    fn read_value(&self, value: Raw) -> Option<i64> {
        match self.ty {
            Type::Real => value.as_real().map(key_of),
            Type::Datetime => value.to_datetime(),
            Type::Timespan => value.to_timespan(),
            _ => value.as_long().or_else(|| value.as_real().map(|real| real as i64)),
        }
    }

    /// Writes the sketch as a dynamic.
    pub fn write(&self, out: &mut Builder) {
        out.begin_array();
        out.begin_array();
        out.long(7);
        out.end_array();
        out.begin_array();
        self.points.iter().for_each(|(key, _)| self.write_value(*key, out));
        out.end_array();
        out.begin_array();
        self.points.iter().for_each(|(_, weight)| out.long(*weight));
        out.end_array();
        out.end_array();
    }

    /// Reads a sketch; nothing if it is none.
    pub fn read(value: Raw) -> Option<Self> {
        let mut parts = value.is_array().then(|| value.elements())?;
        parts.next().filter(|form| form.is_array())?;
        let (values, weights) = (parts.next()?, parts.next()?);
        let ty = match values.elements().next() {
            None => Type::Long,
            Some(first) => match first.kind() {
                Kind::Long => Type::Long,
                Kind::Real => Type::Real,
                Kind::String if first.to_datetime().is_some() => Type::Datetime,
                Kind::String => Type::Timespan,
                _ => return None,
            },
        };
        let mut digest = Self::new(ty);
        let mut weights = weights.elements();
        for element in values.elements() {
            digest.points.push((digest.read_value(element)?, weights.next()?.as_long().filter(|w| *w > 0)?));
        }
        digest.finish();
        weights.next().is_none().then_some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(digest: &Tdigest, percent: f64) -> String {
        let mut out = Builder::new();
        digest.write_percentile(percent, &mut out);
        out.finish()
    }

    fn of(values: impl Iterator<Item = i64>) -> Tdigest {
        let mut digest = Tdigest::new(Type::Long);
        values.for_each(|v| digest.add_long(v, 1));
        digest.finish();
        digest
    }

    #[test]
    fn few_values_are_exact() {
        let digest = of([5, 1, 3, 3, 9].into_iter());
        assert_eq!([0.0, 20.0, 50.0, 80.0, 100.0].map(|p| percentile(&digest, p)), ["1", "1", "3", "5", "9"]);
        assert_eq!([digest.rank(Raw::new("3")), digest.percent_rank(Raw::new("4"))], [Some(3.0), Some(60.0)]);
        assert_eq!(percentile(&Tdigest::new(Type::Real), 50.0), "null");
    }

    #[test]
    fn many_values_are_near_and_exact_at_the_ends() {
        let digest = of((0..100_000).map(|i| i * 7919 % 100_000));
        assert!(digest.points.len() < 2 * LARGEST_EXACT);
        for percent in [0.1, 1.0, 25.0, 50.0, 99.0, 99.9] {
            let found: f64 = percentile(&digest, percent).parse().unwrap_or_default();
            assert!((found - percent * 1000.0).abs() < 250.0, "{percent}: {found}");
        }
        assert_eq!([percentile(&digest, 0.0), percentile(&digest, 100.0)], ["0", "99999"]);
    }

    #[test]
    fn reals_and_times_keep_their_order_and_their_text() {
        let mut reals = Tdigest::new(Type::Real);
        [2.5, -1.0, 0.0, -7.25].into_iter().for_each(|v| reals.add_real(v, 2));
        reals.finish();
        let mut out = Builder::new();
        reals.write(&mut out);
        assert_eq!(out.text(), "[[7],[-7.25,-1.0,0.0,2.5],[2,2,2,2]]");
        assert_eq!(Tdigest::read(Raw::new(out.text())), Some(reals));
        let times = "[[7],[\"2020-01-01T00:00:00.0000000Z\"],[3]]";
        assert_eq!(Tdigest::read(Raw::new(times)).map(|d| d.ty), Some(Type::Datetime));
        for odd in ["null", "[]", "[[7],[1],[]]", "[[7],[1,\"x\"],[1,1]]", "[[7],[1],[0]]", "[[7],[{}],[1]]"] {
            assert_eq!(Tdigest::read(Raw::new(odd)), None, "{odd}");
        }
    }
}
