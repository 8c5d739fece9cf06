//! `dcount_intersect`: how many values sets have in common, of which only sketches are there.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};
use rehunt_lang::types::Type;

use super::{Call, Work, batch};
use crate::dynamic::Raw;
use crate::error::Result;
use crate::sketch::Hll;

/// The arguments are the sketches. The kernel sees the columns of the input first.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let places: Vec<_> = (0..call.args.len()).map(|i| call.place(i)).collect::<Result<_>>()?;
    if places.iter().any(|place| place.ty != Type::Dynamic) {
        return Err(call.refused("sketches of `hll` are dynamic"));
    }
    let (schema, kept) = (Arc::clone(&call.schema), call.columns.len().saturating_sub(call.args.len()));
    Ok(Work::Rows(Box::new(move |_| {
        let (places, schema) = (places.clone(), Arc::clone(&schema));
        Ok(Box::new(move |rows| {
            let inputs = std::slice::from_ref(rows);
            let sets = places.iter().map(|place| place.of(inputs)).collect::<datafusion::common::Result<Vec<_>>>()?;
            let sets: Vec<&StringViewArray> = sets.iter().map(|set| set.as_string_view()).collect();
            let mut counts: Vec<Vec<Option<i64>>> = vec![Vec::with_capacity(rows.num_rows()); sets.len()];
            for row in 0..rows.num_rows() {
                let sketches: Option<Vec<Hll>> = sets.iter().map(|set| Hll::read(Raw::new(set.value(row)))).collect();
                let found = sketches.and_then(|sketches| shared(&sketches));
                for (i, column) in counts.iter_mut().enumerate() {
                    column.push(found.as_ref().and_then(|found| found.get(i)).copied());
                }
            }
            let mut columns: Vec<ArrayRef> = rows.columns().iter().take(kept).cloned().collect();
            columns.extend(counts.into_iter().map(|counts| Arc::new(Int64Array::from(counts)) as ArrayRef));
            batch(&schema, columns)
        }))
    })))
}

/// For each number of sets from the first on, how many values all of them have. Exact while the sketches keep the
/// hashes themselves; else what the sizes of their unions leave, which loses accuracy as the sets grow apart. Nothing
/// if the accuracies differ.
fn shared(sets: &[Hll]) -> Option<Vec<i64>> {
    let mut counts: Vec<i64> = Vec::with_capacity(sets.len());
    for upto in 1..=sets.len() {
        let sets = sets.get(..upto)?;
        let found = match Hll::shared_hashes(sets) {
            Some(exact) => exact,
            None => by_unions(sets)?,
        };
        let most = counts.last().copied().unwrap_or(i64::MAX);
        counts.push(found.clamp(0, most));
    }
    Some(counts)
}

/// Inclusion and exclusion: the unions of an odd number of sets less those of an even number.
fn by_unions(sets: &[Hll]) -> Option<i64> {
    let mut sum = 0;
    for chosen in 1_u32..1 << sets.len() {
        let mut members = sets.iter().enumerate().filter(|(i, _)| chosen & (1 << i) != 0).map(|(_, set)| set);
        let mut union = members.next()?.clone();
        for other in members {
            union.merge(other).then_some(())?;
        }
        let sign = if chosen.count_ones() % 2 == 1 { 1 } else { -1 };
        sum += sign * union.count();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn set(values: impl Iterator<Item = u64>) -> Hll {
        let mut set = Hll::of_accuracy(4).unwrap();
        // Any good hash will do: that of the generator splitmix64.
        values.for_each(|v| {
            let mut z = v.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            set.add(z ^ (z >> 31));
        });
        set
    }

    #[test]
    fn small_sets_are_exact_and_large_ones_near() {
        let small = [set(1..=100), set((1..=100).filter(|n| n % 2 == 0)), set((1..=100).filter(|n| n % 3 == 0))];
        assert_eq!(shared(&small).unwrap(), [100, 50, 16]);
        let large = [set(1..=20_000), set(10_001..=30_000)];
        let found = shared(&large).unwrap();
        assert!((found[0] - 20_000).abs() < 400 && (found[1] - 10_000).abs() < 800, "{found:?}");
        assert_eq!(shared(&[set(1..=3), Hll::of_accuracy(1).unwrap()]), None);
    }
}
