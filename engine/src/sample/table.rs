//! Writes a table of the sample day by day, so that memory holds one day at a time whatever the scale.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::sample::SampleFile;
use crate::sample::tenant::NOW;
use rehunt_lang::time::DAY;

/// A cell under its header. Blank cells may be left out; the others come in the order of the header.
pub(super) type Cell<'a> = (&'static str, Cow<'a, str>);

/// A row of one table, and how all of them come about.
pub(super) trait Row: Sized {
    /// The table's name in KQL.
    const TABLE: &'static str;
    /// The name its portal gives the export.
    const FILE: &'static str;
    /// Whether the portal begins the file with a byte order mark.
    const BYTE_ORDER_MARK: bool;
    /// Background rows lie on so many days before [`NOW`].
    const BACKGROUND_DAYS: i64 = 0;

    /// Returns the columns of the file.
    fn header() -> Vec<Cow<'static, str>>;

    /// Returns the rows that hunts look for, and their near misses, in no order.
    fn scenario() -> Vec<Self>;

    /// Returns what an office does on an ordinary day; office 0 is there at every scale.
    fn background(_days_ago: i64, _office: u32) -> Vec<Self> {
        Vec::new()
    }

    /// Returns the moment of the row in ticks; files are sorted by it.
    fn time(&self) -> i64;

    /// Returns what orders rows of one moment.
    fn tie_break(&self) -> String;

    /// Returns the cells that are not blank.
    fn cells(&self) -> Vec<Cell<'_>>;
}

/// Writes a table's file into a folder.
pub(super) fn write<R: Row>(dir: &Path, scale: u32) -> Result<SampleFile> {
    let path = dir.join(R::FILE);
    let failed = |e: std::io::Error| Error::Load { path: path.clone(), message: e.to_string(), help: None };
    let rows = File::create(&path).and_then(|file| write_rows::<R>(BufWriter::new(file), scale)).map_err(failed)?;
    Ok(SampleFile { path, table: R::TABLE, rows })
}

fn write_rows<R: Row>(mut out: impl Write, scale: u32) -> std::io::Result<u64> {
    if R::BYTE_ORDER_MARK {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let header = R::header();
    csv.write_record(header.iter().map(|name| name.as_bytes()))?;

    let mut scenario = R::scenario();
    scenario.sort_by_cached_key(|row| std::cmp::Reverse((row.time(), row.tie_break())));
    let first = scenario.last().map_or(0, days_ago).max(R::BACKGROUND_DAYS);
    let mut rows = 0;
    for day in (0..=first).rev() {
        let mut today = Vec::new();
        while scenario.last().is_some_and(|row| days_ago(row) == day) {
            today.extend(scenario.pop());
        }
        if (1..=R::BACKGROUND_DAYS).contains(&day) {
            today.extend((0..scale).flat_map(|office| R::background(day, office)));
        }
        today.sort_by_cached_key(|row| (row.time(), row.tie_break()));
        for row in &today {
            write_row(&mut csv, &header, row)?;
        }
        rows += today.len() as u64;
    }
    csv.flush()?;
    Ok(rows)
}

/// Lays a row's cells under the header, in one walk along both.
fn write_row<R: Row>(csv: &mut csv::Writer<impl Write>, header: &[Cow<'static, str>], row: &R) -> std::io::Result<()> {
    let mut cells = row.cells().into_iter().peekable();
    for name in header {
        match cells.next_if(|(cell, _)| cell == name) {
            Some((_, text)) => csv.write_field(text.as_bytes())?,
            None => csv.write_field("")?,
        }
    }
    debug_assert!(cells.peek().is_none(), "{} has a cell out of the header's order: {:?}", R::TABLE, cells.peek());
    csv.write_record(None::<&[u8]>)?;
    Ok(())
}

fn days_ago<R: Row>(row: &R) -> i64 {
    -(row.time() - NOW).div_euclid(DAY)
}
