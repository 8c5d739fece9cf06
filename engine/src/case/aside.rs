//! Files that appear whole or not at all.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::checked::Digests;
use crate::ingest::hex;

/// Ends the names of files that are not complete.
pub(super) const UNFINISHED: &str = ".unfinished";

/// Writes a file aside, syncs it, and gives it its name in one step; an older file of the name is replaced.
///
/// # Errors
/// What `fill` returns, or the file system; the unfinished file is removed then.
pub(super) fn create<T>(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(UNFINISHED);
    let aside = path.with_file_name(name);
    let written = File::create(&aside).and_then(|mut file| {
        let result = fill(&mut file)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)?;
        Ok(result)
    });
    match written {
        Ok(result) => {
            if let Some(folder) = path.parent() {
                sync_folder(folder)?;
            }
            Ok(result)
        }
        Err(error) => {
            // The first error counts.
            let _ = std::fs::remove_file(&aside);
            Err(error)
        }
    }
}

/// Makes the names in a folder last.
///
/// # Errors
/// When the folder cannot be synced.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows has no handle of a folder to sync, and needs none.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A writer that counts and digests what goes through it.
pub(super) struct Digesting<W> {
    inner: W,
    digest: Sha256,
    blocks: Digests,
    bytes: u64,
}

impl<W: io::Write> Digesting<W> {
    /// Starts with nothing written.
    pub(super) fn new(inner: W) -> Self {
        Self { inner, digest: Sha256::new(), blocks: Digests::default(), bytes: 0 }
    }

    /// Returns length and SHA-256 of what was written, and the digests of its blocks.
    ///
    /// # Errors
    /// When what is buffered cannot be written.
    pub(super) fn finish(mut self) -> io::Result<(u64, String, String)> {
        self.inner.flush()?;
        Ok((self.bytes, hex(self.digest), self.blocks.finish()))
    }
}

impl<W: io::Write> io::Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let taken = bytes.get(..written).unwrap_or_default();
        self.digest.update(taken);
        self.blocks.update(taken);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
