//! Rows that come more than once: services deliver at least once, and people export twice.
//!
//! A row repeats another when all its cells do; a record of the unified audit log when its id does, because every
//! search numbers its results anew. Repeats are counted always and removed on demand. A file with the very rows of
//! another of its name (`audit.json` beside `audit.jsonl`, `mail (1).csv`) is a copy, and is left out always.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use twox_hash::XxHash3_128;

use super::table::Built;
use crate::catalog::is_blank;
use crate::error::Result;

/// Digests of rows. They are hashes already, and are not hashed again. Sets that grow one after the other need less
/// memory than one that is doubled as a whole.
#[derive(Default)]
pub(super) struct Digests([HashSet<u128, BuildHasherDefault<Half>>; 32]);

impl Digests {
    /// Takes a digest; false where it is there already.
    pub(super) fn insert(&mut self, digest: u128) -> bool {
        let set = (digest >> 64) as usize % self.0.len();
        self.0.get_mut(set).is_some_and(|set| set.insert(digest))
    }
}

/// Takes the lower half of a digest for its hash.
#[derive(Default)]
pub(super) struct Half(u64);

impl Hasher for Half {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only digests come here, and they come whole.
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u128(&mut self, digest: u128) {
        self.0 = digest as u64;
    }
}

/// The rows of one file in a table, and what is to be told of them.
pub(super) struct Stretch {
    /// The file.
    pub path: PathBuf,
    /// Its rows; after [`settle`] those that are left.
    pub rows: Range<usize>,
    /// Rows that repeat an earlier row of the table.
    pub repeats: u64,
    /// The file that it is a copy of.
    pub copy_of: Option<PathBuf>,
}

/// The rows of a file that came before, and its path.
type Earlier = (Range<usize>, PathBuf);

/// Counts repeats, leaves out copies, and, where wanted, repeats. Stretches follow one another; `seen` are the digests
/// of the table's rows that were given away before. Returns the digests of all rows that came.
///
/// # Errors
/// When Arrow refuses to filter: a bug here.
pub(super) fn settle(
    table: &str,
    built: &mut Built,
    stretches: &mut [Stretch],
    seen: &mut Digests,
    remove: bool,
) -> Result<Vec<u128>> {
    let digests: Vec<u128> = built.batches.iter().flat_map(|batch| digests_of(table, batch)).collect();
    let mut keep = vec![true; digests.len()];
    let mut files: HashMap<(PathBuf, String), Vec<Earlier>> = HashMap::new();
    for stretch in stretches.iter_mut() {
        let rows = stretch.rows.clone();
        let own = digests.get(rows.clone()).unwrap_or_default();
        if built.time_column.is_some() && !own.is_empty() {
            let kin = files.entry(family(&stretch.path)).or_default();
            let same = |other: &&Earlier| digests.get(other.0.clone()) == Some(own);
            stretch.copy_of = kin.iter().find(same).map(|(_, path)| path.clone());
            kin.push((rows.clone(), stretch.path.clone()));
        }
        for (digest, keep) in own.iter().zip(keep.get_mut(rows).unwrap_or_default()) {
            let repeats = !seen.insert(*digest);
            stretch.repeats += u64::from(repeats);
            *keep = stretch.copy_of.is_none() && !(repeats && remove);
        }
    }
    if keep.iter().all(|k| *k) {
        return Ok(digests);
    }
    let mut start = 0;
    for batch in &mut built.batches {
        let end = start + batch.num_rows();
        let mask = BooleanArray::from(keep.get(start..end).unwrap_or_default().to_vec());
        *batch = filter_record_batch(batch, &mask)?;
        start = end;
    }
    built.batches.retain(|batch| batch.num_rows() > 0);
    let mut left = 0;
    for stretch in stretches {
        let kept = keep.get(stretch.rows.clone()).unwrap_or_default().iter().filter(|k| **k).count();
        stretch.rows = left..left + kept;
        left += kept;
    }
    Ok(digests)
}

/// Returns 128 bits for each row: rows with the same bits are held to be the same, which among a thousand million
/// different rows goes wrong with a chance of one in 10^20.
pub(super) fn digests_of(table: &str, batch: &RecordBatch) -> Vec<u128> {
    let mut rows = vec![0; batch.num_rows()];
    let columns = || batch.schema_ref().fields().iter().zip(batch.columns());
    for (field, column) in columns().filter(|(_, column)| !is_blank(column)) {
        add_cells(&mut rows, field.name(), column);
    }
    let id = columns().find(|(field, _)| table == "UnifiedAuditLog" && field.name() == "RecordId");
    if let Some((field, ids)) = id {
        let mut own = vec![0; batch.num_rows()];
        add_cells(&mut own, field.name(), ids);
        rows.iter_mut().zip(own).filter(|(_, own)| *own != 0).for_each(|(row, own)| *row = own);
    }
    rows
}

/// What digests begin with: something else in every process, so that nobody can make rows that fall together.
static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Adds the cells of a column to the digests of their rows. A cell without a value adds nothing, so a column that only
/// later rows have makes no difference to earlier ones.
fn add_cells(rows: &mut [u128], name: &str, column: &ArrayRef) {
    let seed = SEED.hash_one(name);
    let add = |row: &mut u128, cell: &[u8]| *row = row.wrapping_add(XxHash3_128::oneshot_with_seed(seed, cell));
    if let Some(texts) = column.as_string_view_opt() {
        let told = rows.iter_mut().zip(texts).filter_map(|(row, text)| Some((row, text?)));
        return told.filter(|(_, text)| !text.is_empty()).for_each(|(row, text)| add(row, text.as_bytes()));
    }
    if let Some(bools) = column.as_boolean_opt() {
        let told = rows.iter_mut().zip(bools).filter_map(|(row, bool)| Some((row, bool?)));
        return told.for_each(|(row, bool)| add(row, &[u8::from(bool)]));
    }
    let (data, width) = (column.to_data(), column.data_type().primitive_width().unwrap_or(1));
    let cells = data.buffers().first().map_or(&[][..], |buffer| buffer.as_slice());
    let cells = cells.chunks_exact(width).skip(data.offset());
    let cells = rows.iter_mut().zip(cells);
    match column.nulls() {
        Some(nulls) => cells.zip(nulls).filter(|(_, told)| *told).for_each(|((row, cell), _)| add(row, cell)),
        None => cells.for_each(|(row, cell)| add(row, cell)),
    }
}

/// Returns what a file has in common with its copies: the folder, and the name without the ending and what file
/// managers and browsers add.
pub(super) fn family(path: &Path) -> (PathBuf, String) {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_end();
    let stem = stem.strip_suffix(" - copy").unwrap_or(stem);
    let stem = match stem.rsplit_once(" (") {
        Some((before, number)) if number.strip_suffix(')').is_some_and(|n| n.parse::<u32>().is_ok()) => before,
        _ => stem,
    };
    (folder, stem.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use arrow::array::{Decimal256Array, Int64Array, StringViewArray};
    use arrow::datatypes::i256;

    use super::*;

    /// Digests of rows of these columns.
    fn digests(columns: Vec<ArrayRef>) -> Vec<u128> {
        let named = columns.into_iter().enumerate().map(|(place, column)| (format!("c{place}"), column));
        digests_of("t", &RecordBatch::try_from_iter(named).unwrap())
    }

    #[test]
    fn digests_tell_rows_apart_by_values_and_columns_only() {
        let texts = |texts: [&str; 2]| Arc::new(StringViewArray::from(texts.to_vec())) as ArrayRef;
        let longs = |longs: [Option<i64>; 3]| Arc::new(Int64Array::from(longs.to_vec())) as ArrayRef;
        let one = digests(vec![texts(["a", ""]), texts(["", "a"])]);
        assert!(one[0] != one[1] && one[0] != 0);
        // Where in its batch a row stands, and what columns without a value are there, makes no difference.
        let moved = digests(vec![longs([Some(1), None, Some(2)]).slice(1, 2), texts(["x", "a"])]);
        let plain = digests(vec![longs([None, Some(2), None]).slice(0, 2), texts(["x", "a"]), texts(["", ""])]);
        assert_eq!(moved, plain);
        let bools = |bools: [Option<bool>; 2]| Arc::new(BooleanArray::from(bools.to_vec())) as ArrayRef;
        let found = digests(vec![bools([Some(false), None]), bools([None, Some(true)])]);
        assert!(found[0] != 0 && found[1] != 0 && found[0] != found[1]);
        let decimals = Decimal256Array::from(vec![i256::from(7), i256::from(8)]);
        let found = digests(vec![Arc::new(decimals)]);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn copies_have_the_name_of_what_they_copy() {
        let same = ["c/Audit.json", "c/audit.jsonl", "c/audit (1).csv.gz", "c/audit - Copy.csv", "c/audit.csv"];
        assert!(same.iter().all(|p| family(Path::new(p)) == family(Path::new("c/audit.csv"))));
        for other in ["d/audit.csv", "c/audit2.csv", "c/audit (old).csv"] {
            assert_ne!(family(Path::new(other)), family(Path::new("c/audit.csv")), "{other}");
        }
    }
}
