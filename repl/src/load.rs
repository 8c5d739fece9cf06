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
    if let Some(note) = notes(&engine).filter(|_| !paths.is_empty()) {
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

/// Says what is to be known of the evidence: that there is none, or how much could not be read as it should.
pub fn notes(engine: &Engine) -> Option<String> {
    let files = || engine.catalog().tables().flat_map(|table| &table.files);
    if files().next().is_none() {
        return Some("note: no table was recognised in the evidence; see table load_problems".into());
    }
    match files().map(|file| file.problems).sum::<u64>() {
        0 => None,
        1 => Some("note: 1 row or cell could not be read as it should; see table load_problems".into()),
        n => Some(format!("note: {n} rows or cells could not be read as they should; see table load_problems")),
    }
}
