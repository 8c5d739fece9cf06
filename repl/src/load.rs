//! Loads the evidence that the command line names, and says what was wrong with it.

use std::path::Path;

use crate::threads::Threads;
use rehunt_engine::engine::Engine;
use rehunt_engine::error::Error;
use rehunt_engine::ingest::LoadOptions;

use crate::args::Evidence;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::progress::LoadBar;

/// Makes an engine with the tables found at these paths; problems are counted on standard error.
///
/// # Errors
/// When a path cannot be read at all.
pub fn open(evidence: &Evidence, threads: &Threads, io: &mut Io) -> Result<Engine, Error> {
    let mut engine = Engine::new();
    let options = evidence.options();
    for path in &evidence.paths {
        engine = add(&engine, path, &options, threads, &Interrupt::default(), io)?;
    }
    if !evidence.paths.is_empty() {
        notes(&engine).iter().for_each(|note| io.say(note));
    }
    for (name, file) in &evidence.maps {
        engine.map(name, file, &LoadBar::new(io.terminal.errors.is_some()))?;
    }
    if evidence.empty_tables {
        engine.declare_shipped();
    }
    Ok(engine)
}

/// Returns the engine with the tables of one more path.
///
/// # Errors
/// When the path cannot be read at all, or the interrupt was raised.
pub fn add(
    engine: &Engine,
    path: &Path,
    options: &LoadOptions,
    threads: &Threads,
    interrupt: &Interrupt,
    io: &Io,
) -> Result<Engine, Error> {
    let (mut engine, path, options) = (engine.clone(), path.to_owned(), options.clone());
    let bar = LoadBar::new(io.terminal.errors.is_some());
    threads.work(interrupt, move || engine.load(&path, &options, &bar).map(|()| engine))
}

/// Says what is to be known of the evidence: that there is none, what was left out, how much could not be read.
pub fn notes(engine: &Engine) -> Vec<String> {
    let log = engine.catalog().log();
    let mut notes = Vec::new();
    if engine.catalog().tables().all(|table| table.files.is_empty()) {
        notes.push("note: no table was recognised in the evidence; see table load_problems".to_owned());
    }
    let refused = log.files.iter().filter(|f| matches!(f.file.form.as_str(), "refused" | "not readable")).count();
    let problems: u64 = log.files.iter().map(|f| f.file.problems).sum::<u64>().saturating_sub(refused as u64);
    let copies = log.files.iter().filter(|f| f.file.form.ends_with(", a copy")).count();
    let told = [
        (refused as u64, "file was", "files were", "not loaded"),
        (copies as u64, "file holds", "files hold", "the very rows of another and was not loaded twice"),
        (problems, "row or cell", "rows or cells", "could not be read as it should"),
    ];
    for (count, one, many, what) in told {
        match count {
            0 => {}
            1 => notes.push(format!("note: 1 {one} {what}; see table load_problems")),
            n => {
                let what = what.replace("was not", "were not").replace("it should", "they should");
                notes.push(format!("note: {n} {many} {what}; see table load_problems"));
            }
        }
    }
    notes
}
