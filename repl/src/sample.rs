//! Writes the synthetic tenant.

use std::io::Write;
use std::path::Path;

use rehunt_engine::sample;

use crate::failure::Failure;
use crate::io::Io;

/// Writes the tenant to a folder and says how to ask it.
///
/// # Errors
/// When the files cannot be written.
pub fn write(dir: &Path, scale: u32, io: &mut Io) -> Result<(), Failure> {
    let report = sample::write(dir, scale)?;
    for file in &report.files {
        writeln!(io.output, "{:>9} rows  {}", file.rows, file.path.display()).map_err(Failure::Stream)?;
    }
    let dir = dir.display();
    io.say(format_args!(
        "try: rehunt -d {dir} --now 2025-06-16 -q 'EmailEvents | summarize count() by EmailDirection'"
    ));
    Ok(())
}
