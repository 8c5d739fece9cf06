//! Adds evidence to a case on disk.

use std::io::Write;
use std::path::Path;

use rehunt_engine::case;

use crate::args::Evidence;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::progress::LoadBar;
use crate::threads::Threads;

/// Imports the evidence and says what came of it.
///
/// # Errors
/// When there is no evidence, it cannot be read at all, or the case cannot be written.
pub fn add(evidence: &Evidence, case: &Path, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    if evidence.paths.is_empty() {
        return Err(Failure::Usage("`import` adds evidence to a case: name evidence with -d PATH".into()));
    }
    let (paths, options, folder) = (evidence.paths.clone(), evidence.options(), case.to_owned());
    let bar = LoadBar::new(io.terminal.errors.is_some());
    let sum = threads.work(&Interrupt::default(), move || case::import(&paths, &folder, &options, &bar))?;
    writeln!(io.output, "{} rows of {} files added to {}", sum.rows, sum.files, case.display())
        .map_err(Failure::Stream)?;
    if sum.known > 0 {
        io.say(format_args!("note: {} files were in the case already", sum.known));
    }
    if sum.problems > 0 {
        io.say(format_args!("note: {} problems; see table load_problems of the case", sum.problems));
    }
    Ok(())
}
