//! A case on disk: evidence as typed, time-ordered Parquet, with a manifest that says what is in it.
//!
//! ```text
//! CASE/rehunt-case.json            the manifest: it alone decides what belongs to the case
//! CASE/EmailEvents/<n>.parquet     rows of a table, never changed once written
//! CASE/.lock                       held by whoever imports
//! ```
//!
//! Parts are written aside, synced and renamed; the manifest is replaced last, in one step. So a reader sees the case
//! before an import or after it, and what a crash leaves behind is in no manifest and is removed by the next import.

mod aside;
mod checked;
mod import;
mod manifest;
mod open;
mod part;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use self::checked::Store;
pub use self::import::{Imported, import};
pub(crate) use self::open::open;

/// The name of the manifest.
pub(crate) const MANIFEST: &str = "rehunt-case.json";

/// Begins what is said of a part that is left out because it is damaged.
pub const LEFT_OUT: &str = "a part of the case";

/// Tells whether a folder is a case.
pub fn is_case(path: &Path) -> bool {
    path.join(MANIFEST).is_file()
}
