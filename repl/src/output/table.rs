//! Columns of text for people. On a terminal the table fits its width; elsewhere nothing is cut.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;
use rehunt_engine::engine::AnswerTable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::columns;

/// Most rows that a terminal is shown.
const MOST_ROWS: usize = 1000;
/// A column is not made narrower than this; rather the last columns are left out.
const NARROWEST: usize = 8;
/// Between two columns.
const BORDER: &str = " │ ";

/// Writes a header, the rows and a line that counts them.
///
/// For a terminal of `width` characters, long cells end in `…`, columns that cannot fit are left out and named in
/// a note, and of more than 1,000 rows the first are shown. Without a width everything is written.
///
/// # Errors
/// When the writer fails.
pub fn write(result: &AnswerTable, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let rows = result.rows();
    let shown = if width.is_some() { rows.min(MOST_ROWS) } else { rows };
    let layout = Layout::new(&natural_widths(result, shown)?, width);
    write_rows(result, shown, &layout, out)?;
    writeln!(out, "{rows} {}", if rows == 1 { "row" } else { "rows" })?;
    if shown < rows {
        writeln!(out, "only the first {shown} rows are shown; write them all with --format csv or to a file")?;
    }
    if let Some(hidden) = result.columns.get(layout.widths.len()..).filter(|hidden| !hidden.is_empty()) {
        let names: Vec<&str> = hidden.iter().take(5).map(|c| c.name.as_str()).collect();
        let more = if hidden.len() > names.len() { ", ..." } else { "" };
        writeln!(out, "no room for {} more columns: {}{more}", hidden.len(), names.join(", "))?;
    }
    Ok(())
}

/// How wide each column is drawn; columns beyond the list are left out.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    widths: Vec<usize>,
}

impl Layout {
    /// Fits columns of these natural widths into the terminal: narrow ones keep their width, wide ones share what
    /// is left, and when even the narrowest do not fit the last ones go.
    fn new(natural: &[usize], width: Option<usize>) -> Self {
        let Some(width) = width else { return Self { widths: natural.to_vec() } };
        let borders = |columns: usize| columns.saturating_sub(1) * BORDER.width();
        let total = |columns: &[usize], cap: usize| -> usize {
            columns.iter().map(|w| (*w).min(cap)).sum::<usize>() + borders(columns.len())
        };
        let fits = (1..=natural.len()).rev().find(|n| total(&natural[..*n], NARROWEST) <= width); // n <= len
        let kept = &natural[..fits.unwrap_or(1).min(natural.len())]; // at most len
        let widest = kept.iter().copied().max().unwrap_or(0);
        let cap = (1..=widest.min(width)).rev().find(|cap| total(kept, *cap) <= width).unwrap_or(NARROWEST);
        let mut widths: Vec<usize> = kept.iter().map(|w| (*w).min(cap)).collect();
        // The cap is one number for all, so a few characters may be left: the first cut columns take them.
        let mut spare = width.saturating_sub(total(kept, cap));
        for (w, natural) in widths.iter_mut().zip(kept) {
            if spare > 0 && *w < *natural {
                *w += 1;
                spare -= 1;
            }
        }
        Self { widths }
    }
}

/// The width each column would have with all the room it wants.
fn natural_widths(result: &AnswerTable, shown: usize) -> io::Result<Vec<usize>> {
    let mut widths: Vec<usize> = result.columns.iter().map(|c| visible(&c.name).width()).collect();
    each_batch(result, shown, |batch, rows| {
        let columns = columns(result, batch)?;
        let mut text = String::new();
        for (column, width) in columns.iter().zip(&mut widths) {
            for row in 0..rows {
                text.clear();
                column.short_text(row, &mut text);
                *width = (*width).max(visible(&text).width());
            }
        }
        Ok(())
    })?;
    Ok(widths)
}

fn write_rows(result: &AnswerTable, shown: usize, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let last = layout.widths.len().saturating_sub(1);
    let mut line = String::new();
    for (i, (column, width)) in result.columns.iter().zip(&layout.widths).enumerate() {
        pad(&visible(&column.name), *width, column.ty.is_number(), i == last, &mut line);
    }
    writeln!(out, "{line}")?;
    let rules: Vec<String> = layout.widths.iter().map(|w| "─".repeat(*w)).collect();
    writeln!(out, "{}", rules.join("─┼─"))?;
    each_batch(result, shown, |batch, rows| {
        let columns = columns(result, batch)?;
        let mut text = String::new();
        for row in 0..rows {
            line.clear();
            for (i, ((cells, column), width)) in columns.iter().zip(&result.columns).zip(&layout.widths).enumerate() {
                text.clear();
                cells.short_text(row, &mut text);
                pad(&visible(&text), *width, column.ty.is_number(), i == last, &mut line);
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    })
}

/// Goes through the batches, telling for each how many of its rows belong to the first `shown`.
fn each_batch(
    result: &AnswerTable,
    shown: usize,
    mut see: impl FnMut(&RecordBatch, usize) -> io::Result<()>,
) -> io::Result<()> {
    let mut left = shown;
    for batch in &result.batches {
        let rows = batch.num_rows().min(left);
        left -= rows;
        if rows > 0 {
            see(batch, rows)?;
        }
    }
    Ok(())
}

/// Appends a cell cut or filled to a width; the last one of a line is not filled on its right.
fn pad(text: &str, width: usize, right: bool, last: bool, line: &mut String) {
    let cut = cut(text, width);
    let blanks = width.saturating_sub(cut.as_ref().width());
    if right {
        line.extend(std::iter::repeat_n(' ', blanks));
    }
    line.push_str(&cut);
    if !right && !last {
        line.extend(std::iter::repeat_n(' ', blanks));
    }
    if !last {
        line.push_str(BORDER);
    }
}

/// Cuts a text to a width, with `…` in place of what is gone. A wide character that would stand across the
/// border goes as a whole.
fn cut(text: &str, width: usize) -> std::borrow::Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let mut used = 1; // the `…`
    let end = text.char_indices().find_map(|(at, c)| {
        used += c.width().unwrap_or(0);
        (used > width).then_some(at)
    });
    format!("{}…", text.get(..end.unwrap_or(text.len())).unwrap_or("")).into()
}

/// Makes characters that would move the cursor, colour the terminal or reverse the text visible as escapes:
/// evidence may hold them to mislead whoever looks at it.
fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    match text.contains(odd) {
        false => text.into(),
        true => text
            .chars()
            .flat_map(|c| {
                let (escaped, plain) = if odd(c) { (Some(c.escape_default()), None) } else { (None, Some(c)) };
                escaped.into_iter().flatten().chain(plain)
            })
            .collect::<String>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn narrow_columns_keep_their_width_and_wide_ones_share_the_rest() {
        assert_eq!(Layout::new(&[5, 50, 50], Some(50)).widths, [5, 20, 19]);
        assert_eq!(Layout::new(&[5, 50, 50], None).widths, [5, 50, 50]);
    }

    #[test]
    fn columns_without_room_go_from_the_right_but_never_all() {
        assert_eq!(Layout::new(&[20, 20, 20], Some(20)).widths, [9, 8]);
        assert_eq!(Layout::new(&[20, 20], Some(4)).widths, [4]);
        assert_eq!(Layout::new(&[], Some(4)).widths, [0; 0]);
    }

    #[test]
    fn a_wide_character_is_never_cut_in_two() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 1), "…");
    }

    #[test]
    fn control_and_direction_characters_are_shown_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31m\n\u{202e}gpj.exe"), "a\\u{1b}[31m\\n\\u{202e}gpj.exe");
    }
}
