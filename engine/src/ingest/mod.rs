//! Readers of exported evidence: recognise the form, read the rows, give them their declared types.

use std::path::Path;

/// What a user says about the files to load, where recognition needs help.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The table the files belong to, whatever their content says.
    pub table: Option<String>,
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
