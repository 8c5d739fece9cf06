//! Loads the evidence that the command line names, and says what was wrong with it.

use std::path::{Path, PathBuf};

use crate::threads::Threads;
use rehunt_engine::engine::Engine;
use rehunt_engine::error::Error;
use rehunt_engine::ingest::LoadOptions;

use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::progress::LoadBar;

/// Makes an engine with the tables found at these paths; problems are counted on standard error.
///
/// # Errors
/// When a path cannot be read at all.
pub fn open(paths: &[PathBuf], threads: &Threads, io: &mut Io) -> Result<Engine, Error> {
    let mut engine = Engine::new();
    for path in paths {
        engine = add(&engine, path, threads, &Interrupt::default(), io)?;
    }
    if let Some(note) = problems(&engine) {
        io.say(note);
    }
    Ok(engine)
}

/// Returns the engine with the tables of one more path.
///
/// # Errors
/// When the path cannot be read at all, or the interrupt was raised.
pub fn add(engine: &Engine, path: &Path, threads: &Threads, interrupt: &Interrupt, io: &Io) -> Result<Engine, Error> {
    let (mut engine, path) = (engine.clone(), path.to_owned());
    let bar = LoadBar::new(io.terminal.errors.is_some());
    threads.work(interrupt, move || engine.load(&path, &LoadOptions::default(), &bar).map(|()| engine))
}

/// Says how much could not be read as it should, if anything.
pub fn problems(engine: &Engine) -> Option<String> {
    let files = || engine.catalog().tables().flat_map(|table| &table.files);
    let problems: u64 = files().map(|file| file.problems).sum();
    let what = if problems == 1 { "row or cell" } else { "rows or cells" };
    (problems > 0).then(|| format!("note: {problems} {what} could not be read as they should; see table load_problems"))
}
