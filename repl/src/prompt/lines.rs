//! Where the prompt's lines come from.

use std::io;

use rehunt_engine::engine::Engine;

/// What came of asking for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, or several at once, without the last line break.
    Text(String),
    /// Ctrl-C: forget what was typed.
    Interrupted,
    /// Ctrl-D, or the end of a script.
    End,
}

/// A source of lines: the line editor, or a script in a test.
pub trait LineSource {
    /// Asks for a line.
    ///
    /// # Errors
    /// When the terminal fails.
    fn read(&mut self, prompt: &str) -> io::Result<Line>;

    /// Is told of the tables there are now, for completion.
    fn see(&mut self, _engine: &Engine) {}
}

/// A script: its lines one after another, then the end.
impl LineSource for std::vec::IntoIter<Line> {
    fn read(&mut self, _prompt: &str) -> io::Result<Line> {
        Ok(self.next().unwrap_or(Line::End))
    }
}

/// A script of plain lines.
impl LineSource for std::vec::IntoIter<String> {
    fn read(&mut self, _prompt: &str) -> io::Result<Line> {
        Ok(self.next().map_or(Line::End, Line::Text))
    }
}
