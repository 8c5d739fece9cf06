//! What the program reads from and writes to, so that tests can drive it without a terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::prompt::lines::LineSource;

/// The streams of one run of the program, and what is at their other end.
pub struct Io {
    /// Standard input.
    pub input: Box<dyn BufRead + Send>,
    /// Standard output: results, and nothing else.
    pub output: Box<dyn Write + Send>,
    /// Standard error: notes, errors, progress.
    pub errors: Box<dyn Write + Send>,
    /// What is at the other end.
    pub terminal: Terminal,
    /// Looks again at what is at the other end: a terminal's width changes while the prompt is open.
    pub measure: fn(&mut Terminal),
    /// Where the prompt reads its lines; without it from the line editor.
    pub lines: Option<Box<dyn LineSource + Send>>,
}

/// Which streams are terminals, and what they can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether somebody types.
    pub input: bool,
    /// The width of the terminal that shows results, in characters of single width; `None` for a file or pipe.
    pub output: Option<usize>,
    /// The same for errors.
    pub errors: Option<usize>,
    /// Whether colour is welcome on a terminal (`NO_COLOR` is not set).
    pub color: bool,
}

impl Io {
    /// The streams of the process.
    pub fn system() -> Self {
        let color = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let mut terminal = Terminal { input: io::stdin().is_terminal(), output: None, errors: None, color };
        terminal.measure();
        Self {
            input: Box::new(io::BufReader::new(io::stdin())),
            output: Box::new(io::BufWriter::with_capacity(1 << 16, io::stdout())),
            errors: Box::new(io::stderr()),
            terminal,
            measure: Terminal::measure,
            lines: None,
        }
    }

    /// Writes a line to standard error, after what was written to standard output so far; a failure there has
    /// nobody to be told.
    pub fn say(&mut self, line: impl std::fmt::Display) {
        let _ = self.output.flush();
        let _ = writeln!(self.errors, "{line}");
    }
}

impl Terminal {
    /// Takes the widths of the terminals that standard output and standard error lead to.
    fn measure(&mut self) {
        let columns = |size: Option<(terminal_size::Width, terminal_size::Height)>| {
            // Some terminals, such as those of build servers, say they are 0 wide.
            size.map(|(width, _)| usize::from(width.0)).filter(|width| *width >= 20).unwrap_or(80)
        };
        let (out, err) = (io::stdout(), io::stderr());
        self.output = out.is_terminal().then(|| columns(terminal_size::terminal_size_of(out)));
        self.errors = err.is_terminal().then(|| columns(terminal_size::terminal_size_of(err)));
    }
}
