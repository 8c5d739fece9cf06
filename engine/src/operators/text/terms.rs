//! `has_any`, `has_all`: many search texts at once, in one pass.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use arrow::array::{Array, StringViewArray};
use arrow::buffer::BooleanBuffer;

use super::block::{Block, Boundaries, Rows, scan};
use super::fold::folded;

/// Terms made ready.
#[derive(Debug)]
pub struct Terms {
    finder: AhoCorasick,
    boundaries: Vec<Boundaries>,
    all: bool,
    /// Whether every text matches: `has_any` of an empty term, `has_all` of no other.
    always: bool,
}

impl Terms {
    /// Prepares terms; `all` of them or any.
    ///
    /// # Errors
    /// When there are more than the search can hold.
    pub fn new<'t>(terms: impl IntoIterator<Item = &'t str>, all: bool) -> Result<Self, String> {
        let mut empty = false;
        let mut known = HashSet::new();
        let mut needles = Vec::new();
        for term in terms {
            empty |= term.is_empty();
            let needle = folded(term);
            if !needle.is_empty() && known.insert(needle.clone()) {
                needles.push(needle);
            }
        }
        Ok(Self {
            boundaries: needles.iter().map(|n| Boundaries::new(n, true, true)).collect(),
            finder: AhoCorasick::new(&needles).map_err(|e| format!("too many terms: {e}"))?,
            all,
            always: if all { needles.is_empty() } else { empty },
        })
    }

    /// Tells for each text whether it has the terms.
    pub fn rows(&self, texts: &StringViewArray) -> BooleanBuffer {
        if self.always {
            return BooleanBuffer::new_set(texts.len());
        }
        // The row in which each term was last seen, counted from 1.
        let mut seen = vec![0; self.boundaries.len()];
        scan(texts, true, |block, rows| self.mark(block, rows, &mut seen))
    }

    fn mark(&self, block: &Block, rows: &mut Rows, seen: &mut [usize]) {
        let (bytes, mut i, mut count) = (block.bytes(), 0, 0);
        // Overlapping: a longer term may hold where a shorter one at the same place does not.
        for found in self.finder.find_overlapping_iter(bytes) {
            while block.end(i) <= found.start() {
                (i, count) = (i + 1, 0);
            }
            let term = found.pattern().as_usize();
            let (Some(boundaries), Some(last)) = (self.boundaries.get(term), seen.get_mut(term)) else { continue };
            let row = block.row(i);
            if *last == row + 1 || !boundaries.hold(bytes, found.start(), found.end()) {
                continue;
            }
            *last = row + 1;
            count += 1;
            if !self.all || count == self.boundaries.len() {
                rows.mark(row);
            }
        }
    }
}
