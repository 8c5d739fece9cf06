//! What all readers write to: tables under construction, and the log of files and problems.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use rehunt_lang::time::{DAY, datetime_text};
use rehunt_lang::types::Field;

use super::column::{Cell, Taken};
use super::earlier::Earlier;
use super::leaving::{Comparison, Door, Leaving, Left, Outgoing};
use super::name::Named;
use super::parquet::FoundParquet;
use super::repeats::{Stretch, family};
use super::table::{Building, Built};
use super::time::Order;
use super::{LoadOptions, TOO_OLD, UNREAD, hour};
use crate::catalog::parquet_table::{self, ParquetTable};
use crate::catalog::{FileLog, LoadLog, Problem, SourceFile, Table, merge, time_column};
use crate::error::{Error, Result};

/// So many problems of one file, column and reason are kept with their text; more are only counted.
const KEPT: u64 = 1000;
/// Bytes of raw text kept with a problem.
const RAW: usize = 4096;

/// Bytes of cells that a table holds before its rows are given away.
const HELD: usize = if cfg!(test) { 1 << 19 } else { 16 << 20 };
/// Bytes that all tables hold before those of the fullest are.
const HELD_BY_ALL: usize = 3 * HELD;

/// The number of a table under construction.
pub(super) type TableNo = usize;

/// Tables under construction and what is to be told of them.
#[derive(Default)]
pub(super) struct Loader {
    /// What the user said.
    pub options: LoadOptions,
    tables: Vec<Building>,
    numbers: HashMap<String, TableNo>,
    files: Vec<FileRows>,
    problems: Vec<Problem>,
    /// Problems of the current file by table, column and reason.
    counts: BTreeMap<(String, String, String), u64>,
    /// How the current file orders day and month.
    pub order: Order,
    /// Files that may be copies of one another. Where rows leave while files are read, each leaves by itself: what turns out
    /// to be a copy can be forgotten then.
    kin: BTreeSet<PathBuf>,
    /// Lets rows out while files are read, so that memory stays bounded; without it they are kept to the end.
    door: Option<Door>,
    /// Why reading goes on in vain.
    stopped: Option<Error>,
    /// Tables that lack rows of files which were left unread.
    pub unread: BTreeSet<String>,
}

/// Rows of a table that leave the loader while it reads on.
pub(crate) struct Stretched {
    /// The table.
    pub table: String,
    /// Its columns as they are so far; more rows may bring more, or wider ones.
    pub fields: Vec<Field>,
    /// Those of its columns that follow from others, as any reader of the table makes them.
    pub derived: Vec<usize>,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
    /// The file that all rows are of, by its number, where it may turn out to be a copy of another.
    pub file: Option<usize>,
}

/// A file and the rows that came from it.
#[derive(Default)]
struct FileRows {
    path: PathBuf,
    form: String,
    bytes: u64,
    sha256: String,
    problems: u64,
    unparsed: u64,
    /// Its tables.
    rows: Vec<Share>,
    /// The file itself, where its rows stay in it.
    parquet: Option<FoundParquet>,
}

/// The rows that one table has of one file.
#[derive(Default)]
struct Share {
    table: TableNo,
    /// The table's rows before the file, and after it.
    rows: Range<usize>,
    /// Its rows that were given away.
    given: u64,
    /// Earliest and latest time of those.
    span: Option<(i64, i64)>,
    /// What told the table.
    by: String,
    /// Columns that the table's schema does not have.
    unknown: Vec<String>,
    /// Rows that repeat others.
    duplicates: u64,
}

impl Loader {
    /// Starts without tables; a taker gets rows while files are read.
    ///
    /// # Errors
    /// When there is a taker and no thread to be had.
    pub(super) fn new(options: &LoadOptions, taker: Option<(SyncSender<Outgoing>, Earlier)>) -> Result<Self> {
        let open = |(taker, earlier)| Door::open(Comparison::with(options.dedupe, earlier), taker);
        let door = taker.map(open).transpose()?;
        Ok(Self { options: options.clone(), door, ..Self::default() })
    }

    /// Turns to the next file.
    pub(super) fn begin_file(&mut self, path: &Path) {
        if self.kin.contains(path) {
            self.give_all();
        }
        self.counts.clear();
        self.order = self.options.order;
        self.files.push(FileRows { path: path.to_owned(), ..FileRows::default() });
    }

    /// Says how long the current file is, and its SHA-256.
    pub(super) fn digest(&mut self, (bytes, sha256): (u64, String)) {
        if let Some(file) = self.files.last_mut() {
            (file.bytes, file.sha256) = (bytes, sha256);
        }
    }

    /// Says in which form the current file is.
    pub(super) fn form(&mut self, form: impl Into<String>) {
        if let Some(file) = self.files.last_mut() {
            file.form = form.into();
        }
    }

    /// Says that the current file is not read, and why.
    pub(super) fn refuse(&mut self, line: u64, reason: impl Into<String>, raw: &str) {
        self.form("refused");
        self.problem(line, "", "", reason, raw);
    }

    /// Says how the current file was packed.
    pub(super) fn mark_packed(&mut self, how: &str) {
        if let Some(file) = self.files.last_mut() {
            file.form.push_str(&format!(" ({how})"));
        }
    }

    /// Returns the path of the current file.
    pub(super) fn path(&self) -> PathBuf {
        self.files.last().map(|f| f.path.clone()).unwrap_or_default()
    }

    /// Ends the current file.
    pub(super) fn end_file(&mut self) {
        let Some(file) = self.files.last_mut() else { return };
        for share in &mut file.rows {
            if let Some(table) = self.tables.get(share.table) {
                share.rows.end = table.rows().max(share.rows.start);
                share.unknown = table.unknown();
            }
        }
        for ((table, column, reason), count) in std::mem::take(&mut self.counts) {
            if count > KEPT {
                let reason = format!("{reason}: {} more like it, not kept", count - KEPT);
                let path = file.path.clone();
                self.problems.push(Problem { path, line: 0, table, column, reason, raw: String::new() });
            }
        }
        if self.files.last().is_some_and(|file| self.kin.contains(&file.path)) {
            self.give_all();
            let ended = self.door.as_ref().map_or(Ok(()), |door| door.end_of_kin(self.files.len() - 1));
            self.stop_at(ended);
        }
    }

    /// Says which files are to be read. Where rows leave meanwhile, those that may be copies leave by themselves.
    pub(super) fn expect(&mut self, files: &[PathBuf]) {
        let mut families: BTreeMap<_, Vec<&PathBuf>> = BTreeMap::new();
        for file in files.iter().filter(|_| self.door.is_some()) {
            families.entry(family(file)).or_default().push(file);
        }
        self.kin = families.into_values().filter(|kin| kin.len() > 1).flatten().cloned().collect();
    }

    /// Returns the table of a name for rows of the current file, starting it where it is new.
    pub(super) fn table(&mut self, named: &Named) -> TableNo {
        let Named { table: name, by } = named;
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                self.tables.push(Building::new(name, &self.options.declared));
                self.numbers.insert(name.to_owned(), self.tables.len() - 1);
                self.tables.len() - 1
            }
        };
        let rows = self.tables.get(number).map_or(0, Building::rows);
        if let Some(file) = self.files.last_mut()
            && !file.rows.iter().any(|share| share.table == number)
        {
            let by = by.clone();
            file.rows.push(Share { table: number, rows: rows..rows, by, ..Share::default() });
            if let Some(table) = self.tables.get_mut(number) {
                table.begin_file(self.order);
            }
        }
        number
    }

    /// Goes on to the next row of a table; where rows are given away, the table's may leave.
    pub(super) fn end_row(&mut self, table: TableNo) {
        let building = &mut self.tables[table];
        building.end_row();
        if self.door.is_none() || !building.is_between_stretches() {
            return;
        }
        let by_all: usize = self.tables.iter().map(Building::bytes).sum();
        let fullest = (0..self.tables.len()).max_by_key(|number| self.tables.get(*number).map(Building::bytes));
        let full = Some(table).filter(|number| self.tables[*number].bytes() >= HELD);
        if let Some(number) = full.or(fullest.filter(|_| by_all >= HELD_BY_ALL)) {
            self.give(number);
        }
    }

    /// Leaves the current file unread where no query asks for the table that all its rows belong to, or for its time. The
    /// table is there, so that its name is known.
    pub(super) fn passes_over(&mut self, named: &Named) -> bool {
        // A watchlist is asked for by another name than its table's.
        let asked = |words: &BTreeSet<String>| words.contains(&named.table) || named.table.ends_with(')');
        let form = match () {
            () if !self.options.words.as_ref().is_none_or(asked) => {
                self.unread.insert(named.table.clone());
                UNREAD.to_owned()
            }
            () if self.is_too_old(&named.table) => format!("{UNREAD}: {TOO_OLD}"),
            () => return false,
        };
        self.table(named);
        self.form(form);
        true
    }

    /// Tells whether the path of the current file names an hour before all that a query asks of the table. Rows may be
    /// received late, never before they happened; a clock may be wrong by less than a day.
    fn is_too_old(&self, table: &str) -> bool {
        let end = || hour::end(&self.files.last()?.path)?.checked_add(DAY);
        self.options.since.get(table).is_some_and(|since| end().is_some_and(|end| end < *since))
    }

    /// Tells whether the current file was left unread.
    pub(super) fn is_passed_over(&self) -> bool {
        self.files.last().is_some_and(|file| file.form.starts_with(UNREAD))
    }

    /// Tells whether reading goes on in vain: whoever takes the rows has gone.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Gives the rows of a table away.
    fn give(&mut self, number: TableNo) {
        let given = self.try_give(number);
        self.stop_at(given);
    }

    /// Gives the rows of all tables away that have some.
    fn give_all(&mut self) {
        let have = |(number, table): (TableNo, &Building)| (table.rows() > 0).then_some(number);
        let numbers: Vec<TableNo> = self.tables.iter().enumerate().filter_map(have).collect();
        numbers.into_iter().for_each(|number| self.give(number));
    }

    fn stop_at(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.stopped.get_or_insert(error);
        }
    }

    fn try_give(&mut self, number: TableNo) -> Result<()> {
        let Some(leaving) = self.leaving(number)? else { return Ok(()) };
        self.door.as_ref().map_or(Ok(()), |door| door.let_out(leaving))
    }

    /// Takes the rows of a table, which goes on without them.
    fn leaving(&mut self, number: TableNo) -> Result<Option<Leaving>> {
        let Some(building) = self.tables.get_mut(number) else { return Ok(None) };
        let (name, rows) = (building.name.clone(), building.rows());
        let built = building.take()?;
        let share = |file: &mut FileRows| file.rows.iter().position(|share| share.table == number);
        if let Some(file) = self.files.last_mut()
            && let Some(share) = share(file).and_then(|at| file.rows.get_mut(at))
        {
            share.rows.end = rows;
        }
        let mut files = Vec::new();
        for (at, file) in self.files.iter_mut().enumerate() {
            let share = share(file).and_then(|at| file.rows.get_mut(at));
            let rows = share.map(|share| std::mem::take(&mut share.rows)).unwrap_or_default();
            if !rows.is_empty() {
                files.push((at, Stretch { path: file.path.clone(), rows, repeats: 0, copy_of: None }));
            }
        }
        let of_kin = self.files.last().is_some_and(|file| self.kin.contains(&file.path));
        Ok(Some(Leaving { table: (number, name), built, files, of_kin }))
    }

    /// Notes for each file what has left.
    fn note(&mut self, left: Vec<Left>) {
        for Left { file, table: (number, table), rows, repeats, copy_of, span } in left {
            let Some(file) = self.files.get_mut(file) else { continue };
            let Some(share) = file.rows.iter_mut().find(|share| share.table == number) else { continue };
            share.given += rows;
            share.duplicates += repeats;
            share.span = match (share.span, span) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (a, b) => a.or(b),
            };
            if let Some(other) = copy_of {
                file.form.push_str(", a copy");
                let reason = format!("holds the very rows of {}: not loaded twice", other.display());
                let (path, column, raw) = (file.path.clone(), String::new(), String::new());
                self.problems.push(Problem { path, line: 0, table, column, reason, raw });
            }
        }
    }

    /// Returns a table under construction.
    ///
    /// # Panics
    /// When the number is of another loader.
    pub(super) fn building(&mut self, table: TableNo) -> &mut Building {
        &mut self.tables[table]
    }

    /// Takes a cell of the current row, and notes what is wrong with it.
    pub(super) fn put(&mut self, table: TableNo, column: usize, line: u64, cell: Cell) {
        let building = &mut self.tables[table];
        if let Taken::No(reason) | Taken::Damaged(reason) = building.put(column, cell) {
            let (table, column) = (building.name.clone(), building.column_name(column).to_owned());
            let raw = match cell {
                Cell::Text(raw) | Cell::Said(raw) | Cell::Json(raw) | Cell::Normal(raw) => raw.to_owned(),
                Cell::Ticks(ticks) => datetime_text(ticks),
            };
            self.problem(line, &table, &column, reason, &raw);
        }
    }

    /// Takes a cell by the name of its column, which is added where it is new.
    pub(super) fn put_named(&mut self, table: TableNo, column: &str, line: u64, cell: Cell) {
        let column = self.tables[table].column(column, None);
        self.put(table, column, line, cell);
    }

    /// Notes a problem of the current file; line 0 is the whole file.
    pub(super) fn problem(&mut self, line: u64, table: &str, column: &str, reason: impl Into<String>, raw: &str) {
        let reason = reason.into();
        let Some(file) = self.files.last_mut() else { return };
        file.problems += 1;
        file.unparsed += u64::from(!column.is_empty());
        let count = self.counts.entry((table.to_owned(), column.to_owned(), reason.clone())).or_default();
        *count += 1;
        if *count <= KEPT {
            self.problems.push(Problem {
                path: file.path.clone(),
                line,
                table: table.to_owned(),
                column: column.to_owned(),
                reason,
                raw: cut(raw).to_owned(),
            });
        }
    }

    /// Takes a Parquet file, whose rows stay where they are.
    pub(super) fn add_parquet(&mut self, found: FoundParquet) {
        self.form("parquet");
        if let Some(file) = self.files.last_mut() {
            file.parquet = Some(found);
        }
    }

    /// Makes tables of what was read.
    ///
    /// # Errors
    /// When Arrow or DataFusion refuse a table: a bug here.
    pub(super) fn finish(mut self) -> Result<(Vec<Table>, LoadLog)> {
        let scanned = self.scanned_tables();
        let mut built: Vec<(String, Option<Built>)> = Vec::new();
        let mut comparison = Comparison::new(self.options.dedupe);
        for number in 0..self.tables.len() {
            let Some(building) = self.tables.get(number) else { continue };
            let name = building.name.clone();
            if self.door.is_some() {
                self.give(number);
                built.push((name, None));
                continue;
            }
            let Some(leaving) = self.leaving(number)? else { continue };
            let (rows, left) = comparison.settle(leaving)?;
            self.note(left);
            built.push((name, Some(rows)));
        }
        if let Some(door) = self.door.take() {
            let left = door.close()?;
            self.note(left);
        }
        if let Some(error) = self.stopped {
            return Err(error);
        }
        let mut log = LoadLog { files: Vec::new(), problems: self.problems };
        let mut sources: Vec<(String, SourceFile)> = Vec::new();
        for file in self.files {
            let empty = Share::default();
            // Problems are counted by file: they stand with its first table.
            let (mut problems, mut unparsed) = (file.problems, file.unparsed);
            let mut told = |table: &str, share: &Share, rows: u64, span: Option<(i64, i64)>| {
                let problems = std::mem::take(&mut problems);
                let entry = SourceFile {
                    path: file.path.clone(),
                    form: file.form.clone(),
                    by: share.by.clone(),
                    rows,
                    span,
                    duplicates: share.duplicates,
                    problems,
                };
                if !table.is_empty() {
                    sources.push((table.to_owned(), entry.clone()));
                }
                log.files.push(FileLog {
                    file: entry,
                    table: table.to_owned(),
                    unparsed: std::mem::take(&mut unparsed),
                    unknown: share.unknown.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                });
            };
            for share in &file.rows {
                if let Some((name, _)) = built.get(share.table) {
                    told(name, share, share.given, share.span);
                }
            }
            match &file.parquet {
                Some(found) => {
                    let share = Share { by: found.table.by.clone(), ..empty };
                    told(&found.table.table, &share, found.rows, found.span);
                }
                None if file.rows.is_empty() => told("", &empty, 0, None),
                None => {}
            }
        }
        let files_of = |name: &str| sources.iter().filter(|(t, _)| t == name).map(|(_, s)| s.clone()).collect();
        let mut tables: Vec<Table> = Vec::new();
        for (name, built) in built {
            let Some(built) = built else { continue };
            let (fields, time_column) = (built.fields.clone(), built.time_column.clone());
            let provider = Arc::new(MemTable::try_new(Arc::clone(&built.schema), built.partitions())?);
            tables.push(Table { files: files_of(&name), name, fields, provider, time_column });
        }
        for (name, fields, provider) in scanned {
            let time_column = time_column(&name, &fields);
            let table = Table { files: files_of(&name), name, fields, provider: Arc::new(provider), time_column };
            match tables.iter_mut().find(|t| t.name == table.name) {
                // The files are those of both already.
                Some(there) => {
                    let before = Table { files: Vec::new(), ..there.clone() };
                    *there = merge(before, table, &mut log.problems);
                }
                None => tables.push(table),
            }
        }
        Ok((tables, log))
    }

    /// Makes a table of the Parquet files that belong together. A file that cannot be read as its table is declared
    /// is left out, and noted.
    fn scanned_tables(&mut self) -> Vec<(String, Vec<Field>, ParquetTable)> {
        let mut names: Vec<String> =
            self.files.iter().flat_map(|f| &f.parquet).map(|p| p.table.table.clone()).collect();
        names.sort();
        names.dedup();
        let mut tables = Vec::new();
        for name in names {
            let found = |f: &FileRows| f.parquet.as_ref().filter(|p| p.table.table == name).map(|p| p.file.clone());
            let schemas: Vec<_> = self.files.iter().filter_map(found).map(|p| p.schema).collect();
            let fields = parquet_table::fields(&name, &schemas);
            let mut files = Vec::new();
            for file in &mut self.files {
                let Some(parquet) = found(file) else { continue };
                let mut note = |reason: String| {
                    file.problems += 1;
                    let (path, table) = (file.path.clone(), name.clone());
                    self.problems.push(Problem {
                        path,
                        line: 0,
                        table,
                        column: String::new(),
                        reason,
                        raw: String::new(),
                    });
                };
                parquet_table::foreign_columns(&parquet.schema).into_iter().for_each(&mut note);
                match ParquetTable::new(&name, fields.clone(), vec![parquet.clone()]) {
                    Ok(_) => files.push(parquet),
                    Err(reason) => {
                        note(reason);
                        file.form = "refused".to_owned();
                        file.parquet = None;
                    }
                }
            }
            if let (false, Ok(table)) = (files.is_empty(), ParquetTable::new(&name, fields.clone(), files)) {
                tables.push((name, fields, table));
            }
        }
        tables
    }
}

/// Cuts a long text at a character's border.
fn cut(text: &str) -> &str {
    let end = (0..=RAW.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
