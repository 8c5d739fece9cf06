//! Loads the evidence that the command line names, and says what was wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::threads::Threads;
use rehunt_engine::case::LEFT_OUT;
use rehunt_engine::engine::Engine;
use rehunt_engine::error::Error;
use rehunt_engine::ingest::{LoadOptions, TOO_OLD};

use crate::args::Evidence;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::progress::LoadBar;

/// Makes an engine with the tables found at these paths; problems are counted on standard error.
///
/// # Errors
/// When a path cannot be read at all.
pub fn open(evidence: &Evidence, threads: &Threads, io: &mut Io) -> Result<Engine, Error> {
    let engine = open_for(evidence, None, threads, &Interrupt::default(), io)?;
    say(&engine, evidence, io);
    Ok(engine)
}

/// Says what is to be known of the evidence.
pub fn say(engine: &Engine, evidence: &Evidence, io: &mut Io) {
    if !evidence.paths.is_empty() {
        notes(engine).iter().for_each(|note| io.say(note));
    }
}

/// The only query that is to be answered.
pub struct Only<'q> {
    /// Its text.
    pub text: &'q str,
    /// The earliest time that it asks of each table, in ticks, where that is known.
    pub since: BTreeMap<String, i64>,
}

/// As [`open`] without saying anything, for one query: files of tables that it does not name, and of hours before its
/// time, may be left unread.
///
/// # Errors
/// When a path cannot be read at all.
pub fn open_for(
    evidence: &Evidence,
    query: Option<&Only>,
    threads: &Threads,
    interrupt: &Interrupt,
    io: &mut Io,
) -> Result<Engine, Error> {
    let mut engine = Engine::new();
    let mut options = evidence.options();
    if let Some(Only { text, since }) = query
        && let Some(words) = words(text)
    {
        (options.words, options.since) = (Some(words), since.clone());
    }
    for path in &evidence.paths {
        engine = add(&engine, path, &options, threads, interrupt, io)?;
    }
    for (name, file) in &evidence.maps {
        engine.map(name, file, &LoadBar::new(io.terminal.errors.is_some()))?;
    }
    if evidence.empty_tables {
        engine.declare_shipped();
        engine.leave_outside_empty();
    }
    Ok(engine)
}

/// Tells whether files were left unread that another query could ask for.
pub fn left_unread(engine: &Engine) -> bool {
    !engine.catalog().unread().is_empty() || too_old(engine) > 0
}

/// Counts the files of hours before the time that the query asks for.
fn too_old(engine: &Engine) -> usize {
    engine.catalog().log().files.iter().filter(|f| f.file.form.ends_with(TOO_OLD)).count()
}

/// Returns the words of a query; nothing where it asks for what is known of all files.
fn words(query: &str) -> Option<BTreeSet<String>> {
    let all = query.contains("load_files") || query.contains("load_problems") || query.trim_start().starts_with('.');
    let words = query.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    (!all).then(|| words.map(str::to_owned).collect())
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
    let damaged = log.problems.iter().filter(|p| p.reason.starts_with(LEFT_OUT)).count();
    match too_old(engine) {
        0 => {}
        1 => notes.push(format!("note: 1 file {TOO_OLD} was left unread; `--now TIME` sets the clock")),
        n => notes.push(format!("note: {n} files {TOO_OLD} were left unread; `--now TIME` sets the clock")),
    }
    let told = [
        (damaged as u64, "part of the case is", "parts of the case are", "damaged and left out"),
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
