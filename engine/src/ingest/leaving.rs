//! How rows leave a loader: they are compared with those that left before, and what is to be told of each file is
//! found. Where rows leave while files are read, that is done on a thread of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::earlier::Earlier;
use super::loader::{Stretched, TableNo};
use super::repeats::{self, Digests, Stretch, family};
use super::table::Built;
use crate::error::{Error, Result};

/// What goes to whoever takes rows while files are read.
pub(crate) enum Outgoing {
    /// Rows.
    Rows(Stretched),
    /// The rows of a file in a table are those of another file: they are to be forgotten.
    Copy { table: String, file: usize },
}

/// What comes to the door.
enum Incoming {
    Rows(Box<Leaving>),
    /// A file has ended that may be a copy of another.
    End(usize),
}

/// Rows of a table that are to leave.
pub(super) struct Leaving {
    /// The table, by number and name.
    pub table: (TableNo, String),
    /// The rows.
    pub built: Built,
    /// Which of them are of which file, by its number.
    pub files: Vec<(usize, Stretch)>,
    /// All are of one file, which may be a copy of another or have one.
    pub of_kin: bool,
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
    /// Files that may be copies of one another.
    kin: Kin,
    /// What the case has that the rows go to.
    earlier: Earlier,
}

impl Comparison {
    /// Starts where no row has left.
    pub(super) fn new(dedupe: bool) -> Self {
        Self { seen: HashMap::new(), dedupe, kin: Kin::default(), earlier: Earlier::default() }
    }

    /// Starts with the rows of a case.
    pub(super) fn with(dedupe: bool, earlier: Earlier) -> Self {
        Self { earlier, ..Self::new(dedupe) }
    }

    /// Takes what is to be left out from the rows, and returns them with what is to be told of their files.
    ///
    /// # Errors
    /// When Arrow refuses to filter: a bug here.
    pub(super) fn settle(&mut self, leaving: Leaving) -> Result<(Built, Vec<Left>)> {
        let Leaving { table, mut built, files, of_kin } = leaving;
        let (files, mut stretches): (Vec<usize>, Vec<Stretch>) = files.into_iter().unzip();
        let seen = self.seen.entry(table.0).or_default();
        self.earlier.recall(&table.1, &built, seen)?;
        let digests = repeats::settle(&table.1, &mut built, &mut stretches, seen, self.dedupe)?;
        // A list without times is nobody's export: two with the same rows are two lists.
        let may_be_copy = of_kin && built.time_column.is_some();
        if let (true, [file], [stretch]) = (may_be_copy, &files[..], &stretches[..]) {
            self.kin.add(*file, &table, &stretch.path, &digests);
        }
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
    rows: SyncSender<Incoming>,
    thread: JoinHandle<Result<Vec<Left>>>,
}

impl Door {
    /// Opens it to whoever takes the rows.
    ///
    /// # Errors
    /// When no thread is to be had.
    pub(super) fn open(comparison: Comparison, taker: SyncSender<Outgoing>) -> Result<Self> {
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
        self.rows.send(Incoming::Rows(Box::new(leaving))).map_err(|_| gone())
    }

    /// Says that a file has ended which may be a copy of another.
    ///
    /// # Errors
    /// When whoever takes rows has gone.
    pub(super) fn end_of_kin(&self, file: usize) -> Result<()> {
        self.rows.send(Incoming::End(file)).map_err(|_| gone())
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

fn compare_all(mut comparison: Comparison, rows: Receiver<Incoming>, taker: SyncSender<Outgoing>) -> Result<Vec<Left>> {
    let mut told: Vec<Left> = Vec::new();
    let send = |out: Outgoing| taker.send(out).map_err(|_| gone());
    for incoming in rows {
        let leaving = match incoming {
            Incoming::Rows(leaving) => *leaving,
            Incoming::End(file) => {
                for (table, path) in comparison.kin.copies(file) {
                    let of_copy = |left: &&mut Left| left.file == file && left.table.1 == table;
                    told.iter_mut().filter(of_copy).for_each(|left| (left.rows, left.span) = (0, None));
                    if let Some(left) = told.iter_mut().find(of_copy) {
                        left.copy_of = Some(path);
                    }
                    send(Outgoing::Copy { table, file })?;
                }
                continue;
            }
        };
        let (_, table) = leaving.table.clone();
        let file = leaving.files.first().map(|(file, _)| *file).filter(|_| leaving.of_kin);
        let (built, left) = comparison.settle(leaving)?;
        told.extend(left);
        let Built { fields, derived, batches, time_column, .. } = built;
        send(Outgoing::Rows(Stretched { table, fields, derived, batches, time_column, file }))?;
    }
    Ok(told)
}

/// Files that may be copies of one another: those of one folder with the same name but for what [`family`] takes off.
#[derive(Default)]
struct Kin(Vec<OfKin>);

/// The rows that a file has in a table: so many, and a digest of their digests in order.
struct OfKin {
    file: usize,
    table: (TableNo, String),
    path: PathBuf,
    rows: u64,
    digest: u128,
}

impl Kin {
    /// Takes the digests of further rows of a file.
    fn add(&mut self, file: usize, table: &(TableNo, String), path: &Path, digests: &[u128]) {
        let known = self.0.iter().position(|of| of.file == file && of.table.0 == table.0);
        let at = known.unwrap_or_else(|| {
            self.0.push(OfKin { file, table: table.clone(), path: path.to_owned(), rows: 0, digest: 0 });
            self.0.len() - 1
        });
        if let Some(of) = self.0.get_mut(at) {
            of.rows += digests.len() as u64;
            of.digest = digests.iter().fold(of.digest, |all, digest| chained(all, *digest));
        }
    }

    /// Returns the tables in which a file that has ended has the very rows of another, with that other's path.
    fn copies(&mut self, file: usize) -> Vec<(String, PathBuf)> {
        let same = |own: &OfKin, other: &OfKin| {
            other.file != file
                && (other.table.0, other.rows, other.digest) == (own.table.0, own.rows, own.digest)
                && family(&other.path) == family(&own.path)
        };
        let own = self.0.iter().filter(|of| of.file == file);
        let found = own.filter_map(|own| {
            let other = self.0.iter().find(|other| same(own, other))?;
            Some((own.table.1.clone(), other.path.clone()))
        });
        let copies: Vec<(String, PathBuf)> = found.collect();
        // What is a copy is forgotten: the first file stands for both.
        self.0.retain(|of| of.file != file || !copies.iter().any(|(table, _)| *table == of.table.1));
        copies
    }
}

/// Goes on with a digest of digests, whose order counts.
fn chained(all: u128, digest: u128) -> u128 {
    (all ^ digest).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b).rotate_left(59)
}

fn gone() -> Error {
    Error::Run("the rows that were read could not be written".to_owned())
}
