//! Writes the synthetic tenant.

use std::path::Path;

use crate::failure::Failure;
use crate::io::Io;

/// Writes the tenant to a folder and says how to ask it.
///
/// # Errors
/// When the files cannot be written.
pub fn write(dir: &Path, scale: u32, io: &mut Io) -> Result<(), Failure> {
    let _ = (dir, scale, io);
    Err(Failure::Usage("not built yet".into()))
}
