//! How rows leave a loader: they are compared with those that left before, and what is to be told of each file is
//! found. Where rows leave while files are read, that is done on a thread of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::loader::{Stretched, TableNo};
use super::repeats::{self, Digests, Stretch};
use super::table::Built;
use crate::error::{Error, Result};

/// Rows of a table that are to leave.
pub(super) struct Leaving {
    /// The table, by number and name.
    pub table: (TableNo, String),
    /// The rows.
    pub built: Built,
    /// Which of them are of which file, by its number.
    pub files: Vec<(usize, Stretch)>,
}

/// What is to be told of the rows of a file that have left.
pub(super) struct Left {
    /// The number of the file.
    pub file: usize,
    /// The table, by number and name.
    pub table: (TableNo, String),
    /// The rows that are kept.
    pub rows: u64,
    /// Rows that repeat others.
    pub repeats: u64,
    /// The file that it is a copy of.
    pub copy_of: Option<PathBuf>,
    /// Earliest and latest time of the kept rows.
    pub span: Option<(i64, i64)>,
}

/// Compares rows with all that left before.
pub(super) struct Comparison {
    /// Digests of rows by table.
    seen: HashMap<TableNo, Digests>,
    /// Whether rows that repeat others are left out.
    dedupe: bool,
}

impl Comparison {
    /// Starts where no row has left.
    pub(super) fn new(dedupe: bool) -> Self {
        Self { seen: HashMap::new(), dedupe }
    }

    /// Takes what is to be left out from the rows, and returns them with what is to be told of their files.
    ///
    /// # Errors
    /// When Arrow refuses to filter: a bug here.
    pub(super) fn settle(&mut self, leaving: Leaving) -> Result<(Built, Vec<Left>)> {
        let Leaving { table, mut built, files } = leaving;
        let (files, mut stretches): (Vec<usize>, Vec<Stretch>) = files.into_iter().unzip();
        let seen = self.seen.entry(table.0).or_default();
        repeats::settle(&table.1, &mut built, &mut stretches, seen, self.dedupe)?;
        let left = files.into_iter().zip(stretches).map(|(file, stretch)| Left {
            file,
            table: table.clone(),
            rows: stretch.rows.len() as u64,
            repeats: stretch.repeats,
            copy_of: stretch.copy_of,
            span: built.span(stretch.rows),
        });
        let left = left.collect();
        Ok((built, left))
    }
}

/// The way out for rows that leave while files are read.
pub(super) struct Door {
    rows: SyncSender<Leaving>,
    thread: JoinHandle<Result<Vec<Left>>>,
}

impl Door {
    /// Opens it to whoever takes the rows.
    ///
    /// # Errors
    /// When no thread is to be had.
    pub(super) fn open(comparison: Comparison, taker: SyncSender<Stretched>) -> Result<Self> {
        // Without a stretch in between, which would only be held in memory: whoever takes the rows has one before him.
        let (rows, leaving) = sync_channel(0);
        let thread = std::thread::Builder::new().name("comparison".to_owned());
        let thread = thread.spawn(move || compare_all(comparison, leaving, taker));
        let thread = thread.map_err(|error| Error::Run(format!("no thread for reading: {error}")))?;
        Ok(Self { rows, thread })
    }

    /// Lets rows out.
    ///
    /// # Errors
    /// When whoever takes them has gone.
    pub(super) fn let_out(&self, leaving: Leaving) -> Result<()> {
        self.rows.send(leaving).map_err(|_| gone())
    }

    /// Waits for the last rows, and returns what is to be told of all.
    ///
    /// # Errors
    /// When whoever takes them has gone.
    pub(super) fn close(self) -> Result<Vec<Left>> {
        drop(self.rows);
        let lost = |_| Error::Run("internal error while rows were compared, please report it".to_owned());
        self.thread.join().map_err(lost)?
    }
}

fn compare_all(mut comparison: Comparison, rows: Receiver<Leaving>, taker: SyncSender<Stretched>) -> Result<Vec<Left>> {
    let mut told = Vec::new();
    for leaving in rows {
        let (_, table) = leaving.table.clone();
        let (built, left) = comparison.settle(leaving)?;
        told.extend(left);
        let Built { fields, derived, batches, time_column, .. } = built;
        taker.send(Stretched { table, fields, derived, batches, time_column }).map_err(|_| gone())?;
    }
    Ok(told)
}

fn gone() -> Error {
    Error::Run("the rows that were read could not be written".to_owned())
}
