//! What can go wrong, as data.

use std::path::PathBuf;

use datafusion::error::DataFusionError;
use rehunt_lang::diagnostic::Diagnostic;

/// An error of the engine.
#[derive(Debug)]
pub enum Error {
    /// The query is wrong, or asks for what is not built yet.
    Query(Vec<Diagnostic>),
    /// A file could not be read or is not what it should be.
    Load {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, one sentence without a full stop.
        message: String,
        /// One thing to do.
        help: Option<String>,
    },
    /// The query failed while it ran.
    Run(String),
    /// The query needs more memory than it may use; what asked for more, such as `HashJoinInput`.
    Memory(String),
    /// The query was stopped.
    Cancelled,
}

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Query(diagnostics) => {
                let mut messages = diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.as_str());
                f.write_str(messages.next().unwrap_or("the query is wrong"))
            }
            Error::Load { path, message, .. } => write!(f, "{}: {message}", path.display()),
            Error::Run(message) => f.write_str(message),
            Error::Memory(what) => {
                write!(
                    f,
                    "the query needs more memory than it may use: `{what}` got no more; `--memory` sets the limit"
                )
            }
            Error::Cancelled => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What a panic becomes: an error like any other, and a bug, mostly ours. A damaged Parquet file may be behind it.
    pub fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Error::Run(format!("internal error, please report it: {}", text.unwrap_or("unknown")))
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(message) => return Error::Memory(consumer(message).to_owned()),
            // A kernel's own words, without those of the layers above it.
            DataFusionError::Execution(said) => return Error::Run(said.clone()),
            _ => {}
        }
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::Run(other.to_string()),
            },
            other => Error::Run(other.strip_backtrace()),
        }
    }
}

/// Who asked for memory, from the message of the pool: `Additional allocation failed for HashJoinInput: ...`.
fn consumer(message: &str) -> &str {
    let behind = message.split_once("failed for ").map_or(message, |(_, rest)| rest);
    behind.split([' ', ':', '[', '#', '\n']).next().filter(|name| !name.is_empty()).unwrap_or("it")
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Error::Run(error.to_string())
    }
}
