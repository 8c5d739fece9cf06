//! One query from the command line, a file or standard input; then the program ends.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::threads::Threads;
use rehunt_engine::engine::{Answer, Engine, Session};
use rehunt_engine::error::Error;
use rehunt_engine::limits::Limits;

use crate::args::{CommandLine, Replay};
use crate::failure::{Failure, Script};
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::load::{self, Only};
use crate::output::{self, Format, aside};

/// Runs the query of the command line and writes its results.
///
/// # Errors
/// When the query or the evidence cannot be read, the query fails, or the results cannot be written.
pub fn answer(line: &CommandLine, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    let format = line.show.format();
    if format == Format::Parquet && line.show.output.is_none() && io.terminal.output.is_some() {
        return Err(Failure::Usage("Parquet is not for a terminal: name a file with --output".into()));
    }
    let script = read_script(line, io)?;
    let interrupt = Interrupt::default();
    let open = |query: Option<&Only>, io: &mut Io| load::open_for(&line.evidence, query, threads, &interrupt, io);
    let only = only(&script.text, &line.replay, threads, &interrupt);
    let mut engine = bounded(open(Some(&only), io)?, &line.replay)?;
    let watched = io.terminal.errors.is_some();
    if watched {
        // A query that is stopped removes its temporary files, which hold rows of the evidence; one that is killed cannot.
        interrupt.listen().map_err(Failure::Stream)?;
    }
    let run = |engine: &Engine| threads.run(session(engine, &line.replay), &script.text, &interrupt, watched);
    let mut answer = run(&engine);
    // It may ask for tables without naming them (`search *`), or have columns that only the whole evidence tells.
    if answer.is_err() && !interrupt.is_raised() && load::left_unread(&engine) {
        engine = bounded(open(None, io)?, &line.replay)?;
        answer = run(&engine);
    }
    interrupt.done();
    load::say(&engine, &line.evidence, io);
    let answer = answer.map_err(|error| Failure::Engine(error, Some(script)))?;
    say_notes(&answer, io);
    match line.show.output.as_deref() {
        None => output::write(&answer, format, io.terminal.output, &mut io.output).map_err(Failure::Stream),
        Some(path) => save(&answer, format, path, io),
    }
}

/// Returns the query with the earliest time that it asks of each table, as far as the shipped tables tell.
fn only<'q>(query: &'q str, replay: &Replay, threads: &Threads, interrupt: &Interrupt) -> Only<'q> {
    let mut engine = Engine::new();
    engine.declare_shipped();
    engine.leave_outside_empty();
    let (session, text) = (session(&engine, replay), query.to_owned());
    // What goes wrong here goes wrong again, and is told, when the query runs.
    let since = threads.work(interrupt, move || Ok(session.earliest(&text))).unwrap_or_default();
    Only { text: query, since }
}

/// Gives the engine the memory that the command line allows.
///
/// # Errors
/// When there is no place for temporary files.
pub fn bounded(engine: Engine, replay: &Replay) -> Result<Engine, Error> {
    match replay.memory {
        Some(bytes) => engine.with_memory(bytes),
        None => Ok(engine),
    }
}

/// Starts a session as the command line wants it.
pub fn session(engine: &Engine, replay: &Replay) -> Session {
    let limits = Limits {
        rows: if replay.max_rows == 0 { usize::MAX } else { replay.max_rows },
        time: replay.timeout.map(Duration::from_secs),
    };
    let session = engine.session().limited(limits).repairing(!replay.no_repair);
    let session = replay.parameters.iter().fold(session, |s, (name, value)| s.with_parameter(name, value));
    match replay.now {
        Some(now) => session.at(now),
        None => session,
    }
}

/// Writes what the user should know besides the rows to standard error, so that results stay clean.
pub fn say_notes(answer: &Answer, io: &mut Io) {
    for note in &answer.notes {
        io.say(format_args!("note: {note}"));
    }
    for lint in &answer.lints {
        let help = lint.help.as_deref().unwrap_or_default();
        io.say(format_args!("note: {}; {help} ({})", lint.message, lint.code));
    }
    if answer.tables.is_empty() {
        io.say("note: the query has no result");
    }
}

/// Writes the results to a file that appears only when it is complete.
///
/// # Errors
/// When the file cannot be written.
pub fn save(answer: &Answer, format: Format, path: &Path, io: &mut Io) -> Result<(), Failure> {
    aside::replace(path, |file| output::write(answer, format, None, file)).map_err(Failure::file(path))?;
    if io.terminal.errors.is_some() {
        let rows: usize = answer.tables.iter().map(rehunt_engine::engine::AnswerTable::rows).sum();
        io.say(format_args!("{rows} {} written to {}", if rows == 1 { "row" } else { "rows" }, path.display()));
    }
    Ok(())
}

/// Reads the query from where the command line says; without a word of it from standard input.
fn read_script(line: &CommandLine, io: &mut Io) -> Result<Script, Failure> {
    if let Some(text) = &line.query {
        return Ok(Script { name: "query".into(), text: text.clone() });
    }
    read_text(line.file.as_deref().filter(|path| *path != Path::new("-")), io)
}

/// Reads a query from a file, or from standard input where none is named.
///
/// # Errors
/// When it cannot be read or is no text.
pub fn read_text(path: Option<&Path>, io: &mut Io) -> Result<Script, Failure> {
    let mut bytes = Vec::new();
    match path {
        Some(path) => bytes = std::fs::read(path).map_err(Failure::file(path))?,
        None => {
            io.input.read_to_end(&mut bytes).map_err(Failure::Stream)?;
        }
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let wrong = std::io::Error::new(std::io::ErrorKind::InvalidData, format!("is not UTF-8 text (byte {at})"));
        Failure::file(path.unwrap_or(Path::new("standard input")))(wrong)
    })?;
    let name = path.map_or("query".into(), |path| path.display().to_string());
    // Editors of Windows put a mark at the start of a file that is no part of the query.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Script { name, text })
}
