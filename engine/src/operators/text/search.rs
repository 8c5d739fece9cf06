//! `contains`, `has`, `hasprefix`, `hassuffix`: one search text in many.

use arrow::array::{Array, StringViewArray};
use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;
use rehunt_lang::plan::TextTest;

use super::block::{Block, Boundaries, Rows, scan};
use super::fold::folded;

/// A search text made ready.
#[derive(Debug)]
pub struct Search {
    finder: Finder<'static>,
    boundaries: Boundaries,
    fold: bool,
}

impl Search {
    /// Prepares a search text.
    pub fn new(test: TextTest, needle: &str, case_sensitive: bool) -> Self {
        let needle = if case_sensitive { needle.to_owned() } else { folded(needle) };
        let left = matches!(test, TextTest::Has | TextTest::HasPrefix);
        let right = matches!(test, TextTest::Has | TextTest::HasSuffix);
        Self {
            boundaries: Boundaries::new(&needle, left, right),
            finder: Finder::new(&needle).into_owned(),
            fold: !case_sensitive,
        }
    }

    /// Tells for each text whether it contains the search text.
    pub fn rows(&self, texts: &StringViewArray) -> BooleanBuffer {
        if self.finder.needle().is_empty() {
            return BooleanBuffer::new_set(texts.len());
        }
        scan(texts, self.fold, |block, rows| self.mark(block, rows))
    }

    fn mark(&self, block: &Block, rows: &mut Rows) {
        let (bytes, mut at, mut i) = (block.bytes(), 0, 0);
        while let Some(found) = bytes.get(at..).and_then(|rest| self.finder.find(rest)) {
            let start = at + found;
            while block.end(i) <= start {
                i += 1;
            }
            at = match self.boundaries.hold(bytes, start, start + self.finder.needle().len()) {
                true => {
                    rows.mark(block.row(i));
                    block.end(i)
                }
                false => start + 1,
            };
        }
    }
}
