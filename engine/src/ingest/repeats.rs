//! Rows that come more than once: services deliver at least once, and people export twice.
//!
//! A row repeats another when all its cells do; a record of the unified audit log when its id does, because every
//! search numbers its results anew. Repeats are counted always and removed on demand. A file with the very rows of
//! another of its name (`audit.json` beside `audit.jsonl`, `mail (1).csv`) is a copy, and is left out always.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use datafusion::common::hash_utils::{RandomState, create_hashes};

use super::table::Built;
use crate::error::Result;

/// Digests of rows. They are hashes already, and are not hashed again. Sets that grow one after the other need less
/// memory than one that is doubled as a whole.
#[derive(Default)]
pub(super) struct Digests([HashSet<u128, BuildHasherDefault<Half>>; 32]);

impl Digests {
    /// Takes a digest; false where it is there already.
    fn insert(&mut self, digest: u128) -> bool {
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
/// of the table's rows that were given away before.
///
/// # Errors
/// When Arrow refuses to filter: a bug here.
pub(super) fn settle(
    table: &str,
    built: &mut Built,
    stretches: &mut [Stretch],
    seen: &mut Digests,
    remove: bool,
) -> Result<()> {
    let digests = digests(table, built)?;
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
        return Ok(());
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
    Ok(())
}

/// Returns 128 bits for each row: rows with the same bits are held to be the same, which among a thousand million
/// different rows goes wrong with a chance of one in 10^20.
fn digests(table: &str, built: &Built) -> Result<Vec<u128>> {
    let id = match table {
        "UnifiedAuditLog" => built.fields.iter().position(|f| f.name == "RecordId"),
        _ => None,
    };
    let mut digests = Vec::new();
    for batch in &built.batches {
        let mut rows = hashed(batch.columns(), batch.num_rows())?;
        if let Some(ids) = id.and_then(|at| batch.columns().get(at))
            && let Some(texts) = ids.as_string_view_opt()
        {
            let own = hashed(std::slice::from_ref(ids), batch.num_rows())?;
            for (row, digest) in own.into_iter().enumerate() {
                if !texts.value(row).is_empty()
                    && let Some(slot) = rows.get_mut(row)
                {
                    *slot = digest;
                }
            }
        }
        digests.extend(rows);
    }
    Ok(digests)
}

fn hashed(columns: &[ArrayRef], rows: usize) -> Result<Vec<u128>> {
    let mut halves = [vec![0u64; rows], vec![0u64; rows]];
    for (seed, half) in halves.iter_mut().enumerate() {
        create_hashes(columns, &RandomState::with_seed(seed as u64), half)?;
    }
    let [high, low] = halves;
    Ok(high.into_iter().zip(low).map(|(high, low)| u128::from(high) << 64 | u128::from(low)).collect())
}

/// Returns what a file has in common with its copies: the folder, and the name without the ending and what file
/// managers and browsers add.
fn family(path: &Path) -> (PathBuf, String) {
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
    use super::*;

    #[test]
    fn copies_have_the_name_of_what_they_copy() {
        let same = ["c/Audit.json", "c/audit.jsonl", "c/audit (1).csv.gz", "c/audit - Copy.csv", "c/audit.csv"];
        assert!(same.iter().all(|p| family(Path::new(p)) == family(Path::new("c/audit.csv"))));
        for other in ["d/audit.csv", "c/audit2.csv", "c/audit (old).csv"] {
            assert_ne!(family(Path::new(other)), family(Path::new("c/audit.csv")), "{other}");
        }
    }
}
