//! The program `rehunt`: reads the command line, shows results and errors, and holds the prompt.
//!
//! It is a library with a tiny `main`, so that tests drive it in process through [`run`] and an [`io::Io`] of
//! their own. It knows no rule of KQL: text goes to the engine, and what comes back is shown.

pub mod args;
mod batch;
mod check;
mod excerpt;
pub mod failure;
mod fmt;
mod import;
pub mod interrupt;
pub mod io;
mod load;
mod once;
pub mod output;
mod progress;
pub mod prompt;
pub mod render;
mod sample;
mod tables;
#[cfg(test)]
mod tests;
pub mod threads;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::threads::Threads;

use crate::args::{Command, CommandLine};
use crate::failure::Failure;
use crate::io::Io;

/// Runs the program: arguments with the program's name first, and the streams to use.
///
/// Returns 0 when all went well, 1 when a query or a file failed, 2 for a wrong command line.
pub fn run(args: impl Iterator<Item = OsString>, mut io: Io) -> ExitCode {
    let line = match args::parse(args) {
        Ok(line) => line,
        Err(error) => return say_usage(&error, &mut io),
    };
    let threads = match Threads::start() {
        Ok(threads) => threads,
        Err(error) => return finish(Err(Failure::Stream(error)), &mut io),
    };
    let outcome = dispatch(line, &threads, &mut io);
    // Work that was stopped may still be on its way; the end does not wait for it.
    threads.leave();
    finish(outcome, &mut io)
}

fn dispatch(line: CommandLine, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    match &line.command {
        Some(Command::Batch { evidence, replay }) => batch::answer_all(evidence, replay, threads, io),
        Some(Command::Check { evidence, schemas }) => check::check_all(evidence, schemas.as_deref(), threads, io),
        Some(Command::Fmt { files, check }) => fmt::lay_out(files, *check, threads, io),
        Some(Command::Import { evidence, case }) => import::add(evidence, case, threads, io),
        Some(Command::Sample { dir, scale }) => sample::write(dir, *scale, io),
        Some(Command::Tables { evidence, show }) => tables::list(evidence, show, threads, io),
        None if line.query.is_none() && line.file.is_none() && io.terminal.input => prompt::open(&line, threads, io),
        None => once::answer(&line, threads, io),
    }
}

fn finish(outcome: Result<(), Failure>, io: &mut Io) -> ExitCode {
    let outcome = outcome.and_then(|()| io.output.flush().map_err(Failure::Stream));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(1),
        Err(failure) => {
            let _ = io.output.flush(); // what was answered before the failure
            let _ = render::failure(&failure, io.terminal, &mut io.errors);
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

/// Help and version are no errors: they go to standard output.
fn say_usage(error: &clap::Error, io: &mut Io) -> ExitCode {
    let text = error.render();
    let stream = if error.use_stderr() { &mut io.errors } else { &mut io.output };
    let color =
        io.terminal.color && (if error.use_stderr() { io.terminal.errors } else { io.terminal.output }).is_some();
    let _ = if color { write!(stream, "{}", text.ansi()) } else { write!(stream, "{text}") };
    let _ = stream.flush();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}
