//! What ends a run of the program early.

use std::io;
use std::path::{Path, PathBuf};

use rehunt_engine::error::Error;

/// A query and what to call the place it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// A file name, or `query`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that makes no sense: exit code 2.
    Usage(String),
    /// The engine refused or failed; with the query it was about, if there was one.
    Engine(Error, Option<Script>),
    /// A file could not be read or written.
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Standard input or output failed.
    Stream(io::Error),
    /// What is wrong was told on the way; only the exit code is left to say.
    Told,
}

impl Failure {
    /// Makes the failure of a file, to be used in `map_err`.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Failure {
        move |error| Failure::File { path: path.to_owned(), error }
    }

    /// Tells whether whoever read our output has left, as `head` does: nothing to complain about.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Failure::Stream(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Engine(error, None)
    }
}
