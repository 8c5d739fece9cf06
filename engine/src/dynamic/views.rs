//! Columns of text parts: what is taken out of a column stays where it is, as views into that column's buffers.

use std::sync::Arc;

use arrow::array::{ArrayRef, ByteView, StringViewArray, make_view};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::error::ArrowError;

/// A view holds text of up to so many bytes itself.
const INLINE: usize = 12;
/// Text of our own is kept in blocks of about so many bytes.
const BLOCK: usize = 1 << 20;

/// Builds a column of text most of which are parts of the cells of another column.
#[derive(Debug)]
pub(crate) struct Views<'a> {
    parent: &'a StringViewArray,
    views: Vec<u128>,
    valid: Vec<bool>,
    /// Full blocks of text that is in no buffer of the parent, and the block being filled.
    blocks: Vec<Buffer>,
    block: Vec<u8>,
}

impl<'a> Views<'a> {
    /// Begins a column of about `rows` cells.
    pub(crate) fn new(parent: &'a StringViewArray, rows: usize) -> Self {
        let (views, valid) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { parent, views, valid, blocks: Vec::new(), block: Vec::new() }
    }

    /// Counts the cells so far.
    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }

    /// Appends a null.
    pub(crate) fn null(&mut self) {
        self.views.push(0);
        self.valid.push(false);
    }

    /// Appends a part of the parent's cell at `row`: a slice of the very text that the parent returns for it.
    pub(crate) fn part(&mut self, row: usize, part: &str) {
        if part.len() <= INLINE {
            return self.push(make_view(part.as_bytes(), 0, 0));
        }
        let whole = self.parent.value(row);
        let offset = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        match offset.checked_add(part.len()) {
            // The cell is as long as its part at least, so it is not inline and has a buffer.
            Some(end) if end <= whole.len() => {
                let view = ByteView::from(self.parent.views()[row]);
                self.push(make_view(part.as_bytes(), view.buffer_index, view.offset + offset as u32));
            }
            _ => self.own(part),
        }
    }

    /// Appends a part of the parent's cell at `row`, or without a row text that is not in the parent.
    pub(crate) fn text(&mut self, row: Option<usize>, text: &str) {
        match row {
            Some(row) => self.part(row, text),
            None => self.own(text),
        }
    }

    /// Appends text that is not in the parent.
    pub(crate) fn own(&mut self, text: &str) {
        if text.len() <= INLINE {
            return self.push(make_view(text.as_bytes(), 0, 0));
        }
        if self.block.len() + text.len() > BLOCK && !self.block.is_empty() {
            self.blocks.push(std::mem::take(&mut self.block).into());
        }
        let index = self.parent.data_buffers().len() + self.blocks.len();
        let view = make_view(text.as_bytes(), index as u32, self.block.len() as u32);
        self.block.extend_from_slice(text.as_bytes());
        self.push(view);
    }

    /// Appends the cell appended as number `earlier` again.
    pub(crate) fn repeat(&mut self, earlier: usize) {
        let (view, valid) = (self.views[earlier], self.valid[earlier]);
        self.views.push(view);
        self.valid.push(valid);
    }

    fn push(&mut self, view: u128) {
        self.views.push(view);
        self.valid.push(true);
    }

    /// Ends the column. The views are checked against the buffers.
    pub(crate) fn finish(self) -> Result<ArrayRef, ArrowError> {
        let own = self.blocks.into_iter().chain((!self.block.is_empty()).then(|| self.block.into()));
        let buffers: Vec<Buffer> = self.parent.data_buffers().iter().cloned().chain(own).collect();
        let nulls = self.valid.contains(&false).then(|| NullBuffer::from(self.valid));
        Ok(Arc::new(StringViewArray::try_new(self.views.into(), buffers, nulls)?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::AsArray;

    use super::*;

    #[test]
    fn parts_share_the_buffers_of_the_parent() {
        let parent = StringViewArray::from(vec!["0123456789", "a text of more than twelve bytes"]).slice(1, 1);
        let text = parent.value(0);
        let mut views = Views::new(&parent, 4);
        views.part(0, &text[2..20]);
        views.part(0, &text[2..6]);
        views.own("made of something else");
        views.null();
        views.repeat(0);
        let array = views.finish().unwrap();
        let array = array.as_string_view();
        let cells: Vec<_> = array.iter().collect();
        let wanted = [
            Some("text of more than "),
            Some("text"),
            Some("made of something else"),
            None,
            Some("text of more than "),
        ];
        assert_eq!(cells, wanted);
        assert_eq!(array.value(0).as_ptr(), text[2..].as_ptr());
    }

    #[test]
    fn own_text_fills_several_blocks() {
        let parent = StringViewArray::from(vec![""]);
        let text = "x".repeat(BLOCK / 2 + 1);
        let mut views = Views::new(&parent, 3);
        for _ in 0..3 {
            views.own(&text);
        }
        let array = views.finish().unwrap();
        assert_eq!(array.as_string_view().data_buffers().len(), 3);
        assert!(array.as_string_view().iter().all(|t| t == Some(text.as_str())));
    }
}
