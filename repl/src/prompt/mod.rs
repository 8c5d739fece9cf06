//! The prompt: queries and commands, one after another, against the same tables.

pub mod command;
pub mod editor;
pub mod help;
pub mod history;
mod language;
pub mod lines;
mod paint;

use std::io::{self, Write};

use crate::threads::Threads;
use rehunt_engine::engine::{Engine, Session};
use rehunt_engine::error::Error;
use rehunt_lang::similar::nearest;
use rehunt_lang::time::datetime_text;

use crate::args::{CommandLine, Evidence, Replay};
use crate::failure::{Failure, Script};
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::output::{self, Format};
use crate::{load, once, render, tables};

use command::Command;
use editor::Editor;
use lines::{Line, LineSource};

/// Loads the evidence and talks until the user leaves.
///
/// # Errors
/// When the evidence cannot be read, or the terminal fails.
pub fn open(line: &CommandLine, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    if line.show.output.is_some() || line.show.format() == Format::Parquet {
        return Err(Failure::Usage("results go to a file only with a query on the command line".into()));
    }
    let engine = once::bounded(load::open(&line.evidence, threads, io)?, &line.replay)?;
    let interrupt = Interrupt::default();
    let mut source: Box<dyn LineSource> = match io.lines.take() {
        Some(lines) => lines,
        None => {
            interrupt.listen().map_err(Failure::Stream)?;
            Box::new(Editor::new(io.terminal).map_err(Failure::Stream)?)
        }
    };
    let evidence = line.evidence.clone();
    let prompt =
        Prompt { engine, evidence, replay: line.replay.clone(), format: line.show.format(), interrupt, threads };
    prompt.talk(source.as_mut(), io)
}

/// What the prompt remembers from one input to the next.
pub struct Prompt<'a> {
    /// The tables.
    pub engine: Engine,
    /// How evidence is read.
    pub evidence: Evidence,
    /// The clock.
    pub replay: Replay,
    /// The form of results.
    pub format: Format,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
    /// Where queries run.
    pub threads: &'a Threads,
}

impl Prompt<'_> {
    /// Reads and answers until the end of the lines or `:quit`.
    ///
    /// # Errors
    /// When a stream fails; whatever is wrong with an input is shown, and the next one read.
    pub fn talk(mut self, source: &mut dyn LineSource, io: &mut Io) -> Result<(), Failure> {
        self.greet(io)?;
        source.see(&self.engine);
        let mut text = String::new();
        loop {
            let prompt = if text.is_empty() { "kql> " } else { "...> " };
            match source.read(prompt).map_err(Failure::Stream)? {
                Line::Interrupted => text.clear(),
                Line::End => return Ok(()),
                Line::Text(line) => {
                    if !text.is_empty() {
                        text.push('\n');
                    }
                    text.push_str(&line);
                    if !is_ended(&text) {
                        continue;
                    }
                    let input = std::mem::take(&mut text);
                    self.interrupt.clear();
                    (io.measure)(&mut io.terminal);
                    match self.answer(input.trim(), source, io) {
                        Ok(true) => return Ok(()),
                        Ok(false) => {}
                        Err(failure @ Failure::Stream(_)) => return Err(failure),
                        Err(failure) => {
                            render::failure(&failure, io.terminal, &mut io.errors).map_err(Failure::Stream)?;
                        }
                    }
                    io.output.flush().map_err(Failure::Stream)?;
                }
            }
        }
    }

    fn greet(&self, io: &mut Io) -> Result<(), Failure> {
        let count = self.engine.catalog().tables().filter(|table| !table.files.is_empty()).count();
        let tables = match count {
            0 => "no tables yet, :open PATH loads some".to_owned(),
            1 => "1 table".to_owned(),
            n => format!("{n} tables"),
        };
        let version = env!("CARGO_PKG_VERSION");
        writeln!(io.output, "rehunt {version}: {tables}. A blank line or ; ends a query, :help lists commands.")
            .and_then(|()| io.output.flush())
            .map_err(Failure::Stream)
    }

    /// Answers one whole input; true means leave.
    fn answer(&mut self, input: &str, source: &mut dyn LineSource, io: &mut Io) -> Result<bool, Failure> {
        if input.is_empty() {
            return Ok(false);
        }
        if !input.starts_with(':') {
            return self.query(input, io).map(|()| false);
        }
        match command::parse(input).map_err(said)? {
            Command::Quit => return Ok(true),
            Command::Help(name) => {
                help::write(name.as_deref(), &self.engine, &mut io.output).map_err(Failure::Stream)?
            }
            Command::Tables => self.show(tables::files(&self.engine), io)?,
            Command::Schema(name) => self.schema(&name, io)?,
            Command::Open(path) => {
                self.engine =
                    load::add(&self.engine, &path, &self.evidence.options(), self.threads, &self.interrupt, io)?;
                source.see(&self.engine);
                self.show(tables::files(&self.engine), io)?;
                load::notes(&self.engine).iter().for_each(|note| io.say(note));
            }
            Command::Now(now) => {
                self.replay.now = now;
                let text = now.map_or("now() is the real time".into(), |t| format!("now() is {}", datetime_text(t)));
                writeln!(io.output, "{text}").map_err(Failure::Stream)?;
            }
            Command::Format(format) => self.format = format,
            Command::Explain(query) => self.explain(&query, io)?,
        }
        Ok(false)
    }

    fn query(&mut self, text: &str, io: &mut Io) -> Result<(), Failure> {
        let script = script(text);
        let watched = io.terminal.errors.is_some();
        let answer = self
            .threads
            .run(self.session(), text, &self.interrupt, watched)
            .map_err(|error| Failure::Engine(error, Some(script)))?;
        once::say_notes(&answer, io);
        self.engine.apply(&answer.effects);
        let mut out = Stoppable { out: &mut io.output, interrupt: &self.interrupt };
        match output::write(&answer, self.format, io.terminal.output, &mut out) {
            Err(_) if self.interrupt.is_raised() => return Err(Error::Cancelled.into()),
            written => written.and_then(|()| io.output.flush()).map_err(Failure::Stream)?,
        }
        Ok(())
    }

    fn session(&self) -> Session {
        once::session(&self.engine, &self.replay)
    }

    fn schema(&self, name: &str, io: &mut Io) -> Result<(), Failure> {
        let names = || self.engine.catalog().tables().map(|table| table.name.as_str());
        match self.engine.catalog().table(name) {
            Some(table) => self.show(tables::schema(table), io),
            None => Err(said(match nearest(name, names()) {
                Some(near) => format!("no table `{name}`; did you mean `{near}`?"),
                None => format!("no table `{name}`; `:tables` lists them"),
            })),
        }
    }

    fn show(&self, table: rehunt_engine::engine::AnswerTable, io: &mut Io) -> Result<(), Failure> {
        let answer = rehunt_engine::engine::Answer { tables: vec![table], ..rehunt_engine::engine::Answer::default() };
        output::write(&answer, self.format, io.terminal.output, &mut io.output).map_err(Failure::Stream)
    }

    fn explain(&self, query: &str, io: &mut Io) -> Result<(), Failure> {
        let (session, text) = (self.session(), query.to_owned());
        let script = script(query);
        let watched = io.terminal.errors.is_some();
        let plan = self
            .threads
            .wait(&self.interrupt, watched, None, async move { session.explain(&text).await })
            .map_err(|error| Failure::Engine(error, Some(script)))?;
        writeln!(io.output, "{}", plan.trim_end()).map_err(Failure::Stream)
    }
}

/// What was typed, to be shown with its errors.
fn script(text: &str) -> Script {
    Script { name: "query".into(), text: text.to_owned() }
}

/// A complaint about an input, shown as an error of the engine's is.
fn said(message: String) -> Failure {
    Failure::Engine(Error::Run(message), None)
}

/// Tells whether an input is whole: a command on its line; a query when it is complete and a `;` or a blank line
/// follows, or two blank lines whatever it is.
pub fn is_ended(text: &str) -> bool {
    let trimmed = text.trim();
    let query = match trimmed.strip_prefix(":explain") {
        Some(query) => query.trim_start(),
        None if trimmed.is_empty() || trimmed.starts_with(':') => return true,
        None => trimmed,
    };
    let blank = |line: Option<&str>| line.is_some_and(|line| line.trim().is_empty());
    let mut last = text.rsplit('\n');
    let (one, two) = (blank(last.next()), blank(last.next()));
    (one && two) || (one || language::ends_statement(query)) && language::is_complete(query)
}

/// Stops the output of a long result at Ctrl-C.
struct Stoppable<'a> {
    out: &'a mut (dyn Write + Send),
    interrupt: &'a Interrupt,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupt.is_raised() {
            return Err(io::Error::other("stopped")); // not `Interrupted`: that means try again
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_blank_line_or_a_semicolon_ends_a_complete_query() {
        assert!(!is_ended("T"));
        assert!(is_ended("T\n"));
        assert!(is_ended("T;"));
        assert!(is_ended("T\n| count\n  "));
    }

    #[test]
    fn what_is_unfinished_waits_but_not_for_ever() {
        assert!(!is_ended("T | where (a == 1\n"));
        assert!(!is_ended("let f = (x: long) {\n  let y = x;"));
        assert!(!is_ended("T |\n"));
        assert!(!is_ended("let x = 1;"));
        assert!(!is_ended("T // a comment;"));
        assert!(is_ended("T |\n\n"));
    }

    #[test]
    fn commands_end_with_their_line_and_explain_with_its_query() {
        assert!(is_ended(":tables"));
        assert!(is_ended(""));
        assert!(!is_ended(":explain T\n| count"));
        assert!(is_ended(":explain T\n| count;"));
    }
}
