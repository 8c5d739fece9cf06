//! Adds evidence to a case: one thread reads, one compares, one orders, packs and writes, and the manifest comes last.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use arrow::record_batch::RecordBatch;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use super::manifest::{CaseTable, Manifest};
use super::open::tables_of;
use super::{aside, is_case, part};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::ingest::{self, Earlier, LoadOptions, Outgoing, Progress, Stretched};

/// Rows of a part that is copied from a Parquet file of the evidence.
const COPIED: usize = 1 << 20;

/// What an import brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Files of evidence that were read.
    pub files: u64,
    /// Files that are in the case already, by length and SHA-256.
    pub known: u64,
    /// Rows that were added.
    pub rows: u64,
    /// Rows and cells that could not be read as they should, and files that could not be read.
    pub problems: u64,
}

/// Adds files and folders of evidence to a case, which is made where it is missing. Files that are in it already are
/// left out. Either all of it is in the case afterwards, or nothing.
///
/// # Errors
/// When the case cannot be written or another import is at work on it, or a path cannot be read at all.
pub fn import(evidence: &[PathBuf], case: &Path, options: &LoadOptions, progress: &dyn Progress) -> Result<Imported> {
    let failed = |error: io::Error| broken(case, &error);
    std::fs::create_dir_all(case).map_err(failed)?;
    let lock = lock(case)?;
    let mut manifest = begin(case)?;
    let mut options = LoadOptions { digests: true, ..options.clone() };
    options.known = manifest.files.iter().map(|file| (file.bytes, file.sha256.clone())).collect();
    let mut sum = Imported::default();
    for path in evidence {
        // Reader, comparison and writer have a stretch each: one more between them would only be held in memory.
        let (parts, written) = sync_channel(0);
        let earlier = Earlier::new(tables_of(case, &manifest).tables);
        let loaded = std::thread::scope(|scope| {
            let writer = scope.spawn(|| write_all(case, written, &mut manifest));
            let loaded = ingest::load_in_stretches(path, &options, progress, (parts, earlier));
            match writer.join() {
                Ok(Ok(())) => loaded,
                // What the writer met is why the reader could not go on.
                Ok(Err(error)) => Err(broken(case, &error)),
                Err(_) => Err(Error::Run("internal error while a part was written, please report it".to_owned())),
            }
        })?;
        for table in &loaded.tables {
            copy(case, table, &mut manifest)?;
        }
        sum.known += loaded.log.files.iter().filter(|f| f.file.form == ingest::KNOWN).count() as u64;
        let mut log = loaded.log;
        log.files.retain(|f| f.file.form != ingest::KNOWN);
        sum.files += log.files.iter().map(|f| &f.file.path).collect::<BTreeSet<_>>().len() as u64;
        sum.rows += log.files.iter().map(|f| f.file.rows).sum::<u64>();
        sum.problems += log.files.iter().map(|f| f.file.problems).sum::<u64>();
        manifest.add_log(log);
    }
    manifest.write(case)?;
    drop(lock);
    Ok(sum)
}

/// Takes the case for this import alone. The system lets go of it when the process ends, however it ends.
fn lock(case: &Path) -> Result<File> {
    let path = case.join(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| broken(case, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Load {
            path: case.to_owned(),
            message: "another import is at work on this case".to_owned(),
            help: Some("wait until it has ended".to_owned()),
        }),
        Err(TryLockError::Error(error)) => Err(broken(case, &error)),
    }
}

/// Reads the manifest, or writes that of an empty case; removes what an import that did not end has left.
fn begin(case: &Path) -> Result<Manifest> {
    let failed = |error: io::Error| broken(case, &error);
    if !is_case(case) {
        let mut entries = std::fs::read_dir(case).map_err(failed)?.flatten();
        if entries.any(|entry| entry.file_name() != ".lock") {
            return Err(Error::Load {
                path: case.to_owned(),
                message: "the folder is not empty and is no case".to_owned(),
                help: Some("name a new folder for the case".to_owned()),
            });
        }
        Manifest::default().write(case)?;
    }
    let manifest = Manifest::read(case)?;
    let parts: BTreeSet<PathBuf> =
        manifest.tables.values().flat_map(|table| &table.parts).map(|part| case.join(&part.file)).collect();
    for folder in std::fs::read_dir(case).map_err(failed)?.flatten().filter(|entry| entry.path().is_dir()) {
        for entry in std::fs::read_dir(folder.path()).map_err(failed)?.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.ends_with(aside::UNFINISHED) || name.ends_with(".parquet");
            if ours && !parts.contains(&path) {
                std::fs::remove_file(&path).map_err(failed)?;
            }
        }
    }
    Ok(manifest)
}

/// Writes what the reader sends, until it ends.
fn write_all(case: &Path, sent: Receiver<Outgoing>, manifest: &mut Manifest) -> io::Result<()> {
    // The parts of files that may turn out to be copies.
    let mut of_kin: Vec<(usize, String, String)> = Vec::new();
    for outgoing in sent {
        match outgoing {
            Outgoing::Rows(stretch) => {
                let (table, file) = (stretch.table.clone(), stretch.file);
                let part = add(case, manifest, stretch)?;
                of_kin.extend(file.zip(part).map(|(file, part)| (file, table, part)));
            }
            Outgoing::Copy { table, file } => {
                for (_, _, part) in of_kin.extract_if(.., |(of, within, _)| *of == file && *within == table) {
                    if let Some(table) = manifest.tables.get_mut(&table) {
                        table.parts.retain(|known| known.file != part);
                    }
                    std::fs::remove_file(case.join(part))?;
                }
            }
        }
    }
    Ok(())
}

/// Adds rows to a table of the case, and returns the file of the part that has them.
fn add(case: &Path, manifest: &mut Manifest, stretch: Stretched) -> io::Result<Option<String>> {
    let number = manifest.next_part;
    let folder = folder_of(&stretch.table);
    let entry: &mut CaseTable = manifest.tables.entry(stretch.table.clone()).or_default();
    entry.widen(&stretch.fields);
    let rows = part::ordered(stretch)?;
    if rows.is_empty() {
        return Ok(None);
    }
    if !case.join(&folder).is_dir() {
        std::fs::create_dir_all(case.join(&folder))?;
        aside::sync_folder(case)?;
    }
    let file = format!("{folder}/{number:06}.parquet");
    entry.parts.push(part::write(case, file.clone(), &rows)?);
    manifest.next_part += 1;
    Ok(Some(file))
}

/// Copies the rows of Parquet files, which the reader leaves where they are.
fn copy(case: &Path, table: &Table, manifest: &mut Manifest) -> Result<()> {
    let failed = |error: io::Error| broken(case, &error);
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(failed)?;
    let frame = SessionContext::new().read_table(std::sync::Arc::clone(&table.provider))?;
    runtime.block_on(async {
        let mut stream = frame.execute_stream().await?;
        let (mut batches, mut rows) = (Vec::new(), 0);
        loop {
            let batch = stream.try_next().await?;
            rows += batch.as_ref().map_or(0, RecordBatch::num_rows);
            let end = batch.is_none();
            batches.extend(batch);
            if end || rows >= COPIED {
                let stretch = Stretched {
                    table: table.name.clone(),
                    fields: table.fields.clone(),
                    derived: Vec::new(),
                    batches: std::mem::take(&mut batches),
                    time_column: table.time_column.clone(),
                    file: None,
                };
                add(case, manifest, stretch).map_err(failed)?;
                rows = 0;
            }
            if end {
                return Ok(());
            }
        }
    })
}

/// Returns the folder of a table: its name, where that can be a folder's on any system.
fn folder_of(table: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = table.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    // Devices of old, and names that differ in case only, do not meet: parts are numbered through all tables.
    format!("{}.table", if name.is_empty() { "_" } else { &name })
}

fn broken(case: &Path, error: &io::Error) -> Error {
    Error::Load { path: case.to_owned(), message: format!("the case cannot be written: {error}"), help: None }
}
