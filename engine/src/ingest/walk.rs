//! The files of a folder.

use std::path::{Path, PathBuf};

use crate::case::is_case;

/// What a path holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files, in the order of their paths.
    pub files: Vec<PathBuf>,
    /// Folders further down that could not be listed, and why.
    pub closed: Vec<(PathBuf, std::io::Error)>,
}

/// Lists the files below a folder; hidden files and folders are left out. A path that is a file is its only one.
///
/// # Errors
/// When the path itself cannot be read.
pub(super) fn files(path: &Path) -> std::io::Result<Found> {
    let mut found = Found::default();
    if !path.is_dir() {
        std::fs::metadata(path)?;
        found.files.push(path.to_owned());
        return Ok(found);
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder != path && is_case(&folder) {
            let error = std::io::Error::other("a case within a folder of evidence: name it with -d of its own");
            found.closed.push((folder, error));
            continue;
        }
        let entries = match std::fs::read_dir(&folder).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>())
        {
            Ok(entries) => entries,
            Err(error) if folder == path => return Err(error),
            Err(error) => {
                found.closed.push((folder, error));
                continue;
            }
        };
        for entry in entries {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // A link to a folder is not followed, so that a loop of links ends.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() || path.is_file() => found.files.push(path),
                Ok(_) => {}
                Err(error) => found.closed.push((path, error)),
            }
        }
    }
    found.files.sort();
    Ok(found)
}

/// Tells whether a file's name says that it holds rows; other text in a folder, such as notes, is left alone.
pub(super) fn is_data(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".zip", ".xlsx"].iter().any(|end| name.ends_with(end))
}
