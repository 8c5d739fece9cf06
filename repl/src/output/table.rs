//! Columns of text for people. On a terminal the table fits its width; elsewhere nothing is cut.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;
use rehunt_engine::engine::AnswerTable;
use rehunt_lang::types::{Field, Type};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::columns;

/// Most rows that a terminal is shown.
const MOST_ROWS: usize = 1000;
/// Text is not cut shorter; rather the last columns are left out.
const SHORTEST: usize = 12;
/// Between two columns.
const BORDER: &str = " │ ";

/// Writes a header, the rows and a line that counts them.
///
/// For a terminal of `width` characters, long texts end in `…`, columns that cannot fit are left out and counted in
/// a note, and of more than 1,000 rows the first are shown. Without a width everything is written.
///
/// # Errors
/// When the writer fails.
pub fn write(result: &AnswerTable, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let rows = result.rows();
    let shown = if width.is_some() { rows.min(MOST_ROWS) } else { rows };
    let layout = Layout::new(&wishes(result, shown)?, width);
    write_rows(result, shown, &layout, out)?;
    writeln!(out, "{rows} {}", if rows == 1 { "row" } else { "rows" })?;
    if shown < rows {
        writeln!(out, "only the first {shown} rows are shown; write them all with --format csv or to a file")?;
    }
    match result.columns.get(layout.widths.len()..) {
        None | Some([]) => Ok(()),
        Some([hidden]) => writeln!(out, "no room for column {}; choose columns with `project`", hidden.name),
        Some(hidden) => {
            writeln!(out, "no room for {} more columns; choose columns with `project`, or --format json", hidden.len())
        }
    }
}

/// How wide a column would like to be, and how narrow it can be.
#[derive(Clone, Copy, Debug)]
struct Wish {
    most: usize,
    least: usize,
}

/// How wide each column is drawn; columns beyond the list are left out.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    widths: Vec<usize>,
}

impl Layout {
    /// Fits columns into the terminal: narrow ones get what they want, wide ones share what is left, and when not
    /// even the least of all fits the last ones go.
    fn new(wishes: &[Wish], width: Option<usize>) -> Self {
        let Some(width) = width else { return Self { widths: wishes.iter().map(|w| w.most).collect() } };
        let kept = (1..=wishes.len()).rev().filter_map(|n| wishes.get(..n)).find(|kept| total(kept, 0) <= width);
        let Some(kept) = kept else {
            return Self { widths: wishes.iter().take(1).map(|w| w.most.min(width)).collect() };
        };
        let cap = (0..=width).rev().find(|cap| total(kept, *cap) <= width).unwrap_or(0);
        let mut widths: Vec<usize> = kept.iter().map(|w| w.capped(cap)).collect();
        // The cap is one number for all, so a few characters may be left: the first cut columns take them.
        let mut spare = width.saturating_sub(total(kept, cap));
        for (width, wish) in widths.iter_mut().zip(kept) {
            if spare > 0 && *width < wish.most {
                *width += 1;
                spare -= 1;
            }
        }
        Self { widths }
    }
}

impl Wish {
    fn capped(self, cap: usize) -> usize {
        self.most.min(cap).max(self.least)
    }
}

/// The width of a line when no column is wider than `cap` unless it must be.
fn total(wishes: &[Wish], cap: usize) -> usize {
    wishes.iter().map(|w| w.capped(cap)).sum::<usize>() + wishes.len().saturating_sub(1) * BORDER.width()
}

/// Half a time or number says nothing or something wrong, so only text and dynamic can be cut.
fn wishes(result: &AnswerTable, shown: usize) -> io::Result<Vec<Wish>> {
    let mut widths = vec![0; result.columns.len()];
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
    let wish = |(column, cells): (&Field, usize)| {
        let most = cells.max(visible(&column.name).width());
        let least = match column.ty {
            Type::String | Type::Dynamic => most.min(SHORTEST),
            _ => cells.max(most.min(SHORTEST)),
        };
        Wish { most, least }
    };
    Ok(result.columns.iter().zip(widths).map(wish).collect())
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

    /// Columns of text that want to be this wide.
    fn texts(most: &[usize]) -> Vec<Wish> {
        most.iter().map(|most| Wish { most: *most, least: SHORTEST.min(*most) }).collect()
    }

    #[test]
    fn narrow_columns_keep_their_width_and_wide_ones_share_the_rest() {
        assert_eq!(Layout::new(&texts(&[5, 50, 50]), Some(50)).widths, [5, 20, 19]);
        assert_eq!(Layout::new(&texts(&[5, 50, 50]), None).widths, [5, 50, 50]);
        let time = Wish { most: 20, least: 20 };
        assert_eq!(Layout::new(&[texts(&[50]), vec![time]].concat(), Some(40)).widths, [17, 20]);
    }

    #[test]
    fn columns_without_room_go_from_the_right_but_never_all() {
        assert_eq!(Layout::new(&texts(&[20, 20, 20]), Some(30)).widths, [14, 13]);
        assert_eq!(Layout::new(&texts(&[20, 20]), Some(4)).widths, [4]);
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
