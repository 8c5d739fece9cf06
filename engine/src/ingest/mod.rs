//! Readers of exported evidence: recognise the form, read the rows, give them their declared types.
//!
//! A file is recognised by its content (`source`, `csv`, `json`); its rows go cell by cell into tables under
//! construction (`loader`, `table`, `column`); what cannot be read is noted with its line and text, never dropped.
//! Parquet is not read here but when a query scans it (`catalog::parquet_table`).

mod alike;
mod column;
mod csv;
mod digest;
mod earlier;
mod entra_csv;
mod entra_json;
mod external;
mod flat;
mod form;
mod hour;
mod json;
mod json_stream;
mod json_table;
mod json_text;
mod kind;
mod leaving;
mod lines;
mod loader;
mod name;
mod parquet;
mod record_types;
mod repeats;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod ual;
mod walk;
mod wide;
mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

pub use chrono_tz::Tz;
use rehunt_lang::types::Type;

pub(crate) use self::column::Typed;
pub(crate) use self::digest::hex;
pub(crate) use self::earlier::Earlier;
pub(crate) use self::entra_csv::SIGN_IN_ORDER;
pub(crate) use self::external::ExternalFile;
pub use self::form::{Form, order_of_locale, zone_of_name};
pub(crate) use self::leaving::Outgoing;
use self::loader::Loader;
pub(crate) use self::loader::Stretched;
pub(crate) use self::parquet::footer;
use self::source::{Content, Seen, Source};
pub use self::time::Order;
use crate::case;
use crate::catalog::{LoadLog, Table};
use crate::error::{Error, Result};

/// What a user says about the files to load, where recognition needs help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The table all files belong to, whatever their content says.
    pub table: Option<String>,
    /// The tables of single files, by their name or the end of their path.
    pub tables: Vec<(PathBuf, String)>,
    /// The form of all files.
    pub form: Option<Form>,
    /// The columns of files without header.
    pub columns: Vec<String>,
    /// The types of columns of these names, where the table's schema does not say them.
    pub declared: Vec<(String, Type)>,
    /// The zone of times that are local to whoever exported them.
    pub zone: Option<Tz>,
    /// How day and month are ordered where the files do not show it.
    pub order: Order,
    /// Leaves out rows that repeat others.
    pub dedupe: bool,
    /// Takes the SHA-256 of Parquet files too, which means to read them whole.
    pub digests: bool,
    /// The words of the only query that is to be answered: files whose rows all belong to a table that is not among them
    /// are left unread. What asks for one all the same is refused, so nothing is answered without them.
    pub words: Option<BTreeSet<String>>,
    /// The earliest time that the only query asks of a table, in ticks: files whose path names an hour long before are left
    /// unread.
    pub since: BTreeMap<String, i64>,
    /// Files to leave out, by length and SHA-256.
    pub known: BTreeSet<(u64, String)>,
}

/// Bytes of the longest line that is read: no export has one nearly as long.
const LONGEST_LINE: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };
/// Bytes of the longest JSON document that is read although it is no list of records and has to be held whole.
const LONGEST_DOCUMENT: u64 = 256 << 20;

/// Is told how loading goes on.
pub trait Progress: Send + Sync {
    /// A file of so many bytes is begun.
    fn begin(&self, path: &Path, bytes: u64);
    /// So many more bytes of it are read.
    fn advance(&self, bytes: u64);
    /// It is done.
    fn end(&self);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _path: &Path, _bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}

/// What a load brought; `Catalog::absorb` takes it.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The tables, by the order in which their first file came.
    pub tables: Vec<Table>,
    /// The files and the problems.
    pub log: LoadLog,
    /// Tables that lack rows of files which were left unread.
    pub unread: BTreeSet<String>,
}

/// Reads a file, or all files below a folder as one database. Several files of a table become one table: columns
/// are matched by name, and where a file lacks one, its rows have null there, or `""`.
///
/// # Errors
/// When the path cannot be read at all, or is a single file that cannot be loaded. What is wrong with the files of
/// a folder, with rows and cells, is in the log.
pub fn load(path: &Path, options: &LoadOptions, progress: &dyn Progress) -> Result<Loaded> {
    match case::is_case(path) {
        true => case::open(path),
        false => load_files(path, options, progress, None),
    }
}

/// Reads as [`load`] does and gives the rows away on the way, so that memory stays bounded; what the case has that they
/// go to counts when repeats are looked for. Only rows that stay in Parquet files are in the tables that come back.
///
/// # Errors
/// As [`load`], and when whoever takes the rows has gone.
pub(crate) fn load_in_stretches(
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
    taker: (SyncSender<Outgoing>, Earlier),
) -> Result<Loaded> {
    load_files(path, options, progress, Some(taker))
}

/// The form of a file that is left out because it is known.
pub(crate) const KNOWN: &str = "in the case already";

fn load_files(
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
    taker: Option<(SyncSender<Outgoing>, Earlier)>,
) -> Result<Loaded> {
    let in_stretches = taker.is_some();
    let unreadable = |path: &Path, error: std::io::Error| Error::Load {
        path: path.to_owned(),
        message: error.to_string(),
        help: None,
    };
    let found = walk::files(path).map_err(|error| unreadable(path, error))?;
    let alone = !path.is_dir();
    let mut loader = Loader::new(options, taker)?;
    loader.expect(&found.files);
    for (path, error) in found.closed {
        loader.begin_file(&path);
        loader.form("not readable");
        loader.problem(0, "", "", error.to_string(), "");
    }
    for file in &found.files {
        let before = stamp(file);
        progress.begin(file, before.map_or(0, |(bytes, _)| bytes));
        loader.begin_file(file);
        read_file(&mut loader, file, alone, progress);
        if loader.is_stopped() {
            break;
        }
        if stamp(file) != before {
            loader.problem(0, "", "", "the file changed while it was read", "");
        }
        loader.end_file();
        progress.end();
    }
    let unread = std::mem::take(&mut loader.unread);
    let (tables, log) = loader.finish()?;
    // A single file that gave nothing is an error of the call; in a folder it is one of many.
    if alone
        && tables.is_empty()
        && !in_stretches
        && let Some(problem) = log.problems.first()
    {
        return Err(Error::Load { path: path.to_owned(), message: problem.reason.clone(), help: None });
    }
    Ok(Loaded { tables, log, unread })
}

/// The form of a file that no query asks for.
const UNREAD: &str = "not read";

/// Ends the form of a file whose path names an hour before the time that the query asks for.
pub const TOO_OLD: &str = "from before the query's time";

/// Returns length and SHA-256 of a file that is to be left out. Only where a known one is as long is it read for that.
fn known_digest(loader: &Loader, path: &Path) -> Option<(u64, String)> {
    let (length, _) = stamp(path)?;
    if !loader.options.known.iter().any(|(known, _)| *known == length) {
        return None;
    }
    Seen::default().finish(path).ok().filter(|digest| loader.options.known.contains(digest))
}

/// Returns length and time of change of a file.
fn stamp(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    std::fs::metadata(path).ok().map(|m| (m.len(), m.modified().ok()))
}

/// Reads one file, or the files of an archive.
fn read_file(loader: &mut Loader, path: &Path, alone: bool, progress: &dyn Progress) {
    if let Some(digest) = known_digest(loader, path) {
        loader.form(KNOWN);
        return loader.digest(digest);
    }
    let told = name::told(loader).or_else(|| name::by_container(loader));
    if told.is_some_and(|named| loader.passes_over(&named)) {
        return;
    }
    let seen = Seen::default();
    let source = match source::open(path, progress, &seen) {
        Ok(source) => source,
        Err(error) => {
            loader.form("not readable");
            return loader.problem(0, "", "", error.to_string(), "");
        }
    };
    let content = source.content;
    match content {
        Content::Zip if source.packed.is_none() => loader.form("zip archive"),
        Content::Parquet if source.packed.is_none() => {
            drop(source);
            match parquet::open(loader, path) {
                Ok(found) => loader.add_parquet(found),
                Err(reason) => loader.refuse(0, reason, ""),
            }
            if !loader.options.digests {
                return loader.digest((stamp(path).map_or(0, |(bytes, _)| bytes), String::new()));
            }
        }
        _ => read_stream(loader, path, source, alone),
    }
    if loader.is_passed_over() {
        return;
    }
    match seen.finish(path) {
        Ok(digest) => loader.digest(digest),
        Err(error) => loader.problem(0, "", "", format!("the file cannot be read to its end: {error}"), ""),
    }
    if content == Content::Zip {
        read_archive(loader, path, alone);
    }
}

/// Reads the files of a zip archive; each is a file of its own from here on.
fn read_archive(loader: &mut Loader, path: &Path, alone: bool) {
    let entries = match zip::entries(path) {
        Ok(entries) => entries,
        Err(error) => return loader.refuse(0, error.to_string(), ""),
    };
    if entries.iter().any(|entry| entry.name == "[Content_Types].xml") {
        return loader.refuse(0, "an Excel workbook cannot be read: save it as CSV", "");
    }
    let hidden = |name: &str| name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    for entry in entries.iter().filter(|entry| !hidden(&entry.name)) {
        loader.end_file();
        let inner = path.join(&entry.name);
        loader.begin_file(&inner);
        let seen = Seen::default();
        let opened = entry.open(path).and_then(|stream| source::of_stream(seen.watch(stream, &Quiet)));
        match opened {
            Ok(source) => read_stream(loader, &inner, source, alone && entries.len() == 1),
            Err(error) => {
                loader.form("not readable");
                loader.problem(0, "", "", error.to_string(), "");
            }
        }
        loader.digest((entry.size, seen.of_whole(entry.size)));
    }
}

/// Reads what is no container.
fn read_stream(loader: &mut Loader, path: &Path, source: Source, alone: bool) {
    let packed = source.packed;
    let taken = alone || walk::is_data(path);
    match (source.content, loader.options.form) {
        (Content::Empty, _) => {
            loader.form("empty");
            loader.problem(0, "", "", "the file is empty", "");
        }
        (Content::Json, None | Some(Form::Json | Form::Rows)) | (Content::Text, Some(Form::Json)) => {
            json::read(loader, source);
        }
        (Content::Json, Some(Form::EntraSignIn | Form::EntraAudit | Form::UnifiedAudit)) => json::read(loader, source),
        (Content::Json, Some(Form::Csv | Form::CsvWithoutHeader)) => csv::read(loader, source),
        (Content::Text, _) if taken => csv::read(loader, source),
        (Content::Zip, _) if taken => loader.refuse(0, "an archive within an archive: unpack it first", ""),
        (Content::Parquet, _) if taken => {
            loader.refuse(0, "Parquet within an archive cannot be read: unpack it first", "")
        }
        (Content::Foreign(what), _) if taken => {
            loader.refuse(0, format!("{what}: not a form of export that can be read"), "");
        }
        _ => loader.form("not data"),
    }
    if let Some(how) = packed {
        loader.mark_packed(how);
    }
}
