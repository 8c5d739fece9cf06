//! Readers of exported evidence: recognise the form, read the rows, give them their declared types.
//!
//! A file is recognised by its content (`source`, `csv`, `json`); its rows go cell by cell into tables under
//! construction (`loader`, `table`, `column`); what cannot be read is noted with its line and text, never dropped.
//! Parquet is not read here but when a query scans it (`catalog::parquet_table`).

mod column;
mod csv;
mod entra_csv;
mod entra_json;
mod flat;
mod json;
mod json_table;
mod json_text;
mod kind;
mod loader;
mod name;
mod parquet;
mod record_types;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod ual;
mod walk;

use std::path::{Path, PathBuf};

pub(crate) use self::column::Typed;
use self::loader::Loader;
use self::source::Content;
use crate::catalog::{LoadLog, Table};
use crate::error::{Error, Result};

/// What a user says about the files to load, where recognition needs help.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The table all files belong to, whatever their content says.
    pub table: Option<String>,
    /// The tables of single files, by their name or the end of their path.
    pub tables: Vec<(PathBuf, String)>,
}

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
}

/// Reads a file, or all files below a folder as one database. Several files of a table become one table: columns
/// are matched by name, and where a file lacks one, its rows have null there, or `""`.
///
/// # Errors
/// When the path cannot be read at all, or is a single file that cannot be loaded. What is wrong with the files of
/// a folder, with rows and cells, is in the log.
pub fn load(path: &Path, options: &LoadOptions, progress: &dyn Progress) -> Result<Loaded> {
    let unreadable = |path: &Path, error: std::io::Error| Error::Load {
        path: path.to_owned(),
        message: error.to_string(),
        help: None,
    };
    let found = walk::files(path).map_err(|error| unreadable(path, error))?;
    let alone = !path.is_dir();
    let mut loader = Loader::new(options);
    for (path, error) in found.closed {
        loader.begin_file(&path);
        loader.form("not readable");
        loader.problem(0, "", "", error.to_string(), "");
    }
    for file in &found.files {
        let bytes = std::fs::metadata(file).map_or(0, |m| m.len());
        progress.begin(file, bytes);
        loader.begin_file(file);
        read(&mut loader, file, alone, progress);
        loader.end_file();
        progress.end();
    }
    let (tables, log) = loader.finish()?;
    // A single file that gave nothing is an error of the call; in a folder it is one of many.
    if alone
        && tables.is_empty()
        && let Some(problem) = log.problems.first()
    {
        return Err(Error::Load { path: path.to_owned(), message: problem.reason.clone(), help: None });
    }
    Ok(Loaded { tables, log })
}

/// Reads one file.
fn read(loader: &mut Loader, path: &Path, alone: bool, progress: &dyn Progress) {
    let source = match source::open(path, progress) {
        Ok(source) => source,
        Err(error) => {
            loader.form("not readable");
            return loader.problem(0, "", "", error.to_string(), "");
        }
    };
    let packed = source.packed;
    match source.content {
        Content::Empty => {
            loader.form("empty");
            loader.problem(0, "", "", "the file is empty", "");
        }
        Content::Json => json::read(loader, source),
        Content::Text if alone || walk::is_data(path) => csv::read(loader, source),
        Content::Parquet if packed => loader.refuse(0, "Parquet within gzip cannot be read: unpack it first", ""),
        Content::Parquet => {
            drop(source);
            match parquet::open(loader, path) {
                Ok(found) => loader.add_parquet(found),
                Err(reason) => loader.refuse(0, reason, ""),
            }
        }
        Content::Foreign(what) if alone || walk::is_data(path) => {
            loader.refuse(0, format!("{what}: not a form of export that can be read"), "");
        }
        Content::Text | Content::Foreign(_) => loader.form("not data"),
    }
    if packed {
        loader.mark_packed();
    }
}
