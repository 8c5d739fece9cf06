//! Lines of a stream, as they lie in its buffer: only those that the end of the buffer cuts are copied.

use std::io::{self, BufRead};

/// Bytes of a line that is too long which are shown.
const SHOWN: usize = 200;

/// The lines of a stream.
pub(super) struct Lines<R> {
    input: R,
    /// Bytes of the buffer that were given away as a line.
    given: usize,
    /// The start of a line whose end was not in the buffer.
    cut: Vec<u8>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// A line, with its line feed where it has one.
    Whole(&'l [u8]),
    /// The start of a line that is longer than it may be; the rest is passed over.
    TooLong(&'l [u8]),
    /// The end of the stream.
    End,
}

impl<R: BufRead> Lines<R> {
    /// Goes through the lines of a stream.
    pub(super) fn new(input: R) -> Self {
        Self { input, given: 0, cut: Vec::new() }
    }

    /// Returns the next line, of less than so many bytes.
    ///
    /// # Errors
    /// Those of the stream, with the start of the line at which it broke off.
    pub(super) fn next(&mut self, longest: usize) -> Result<Line<'_>, (io::Error, &[u8])> {
        self.input.consume(std::mem::take(&mut self.given));
        self.cut.clear();
        let mut length = 0;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err((error, &self.cut)),
            };
            let end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
            let part = end.unwrap_or(buffer.len());
            length += part;
            if end.is_some() && length == part && length <= longest {
                self.given = part;
                // Asked for again, since a buffer that is given away in a loop is held through all of it.
                let line = self.input.fill_buf().map_err(|error| (error, &[][..]))?;
                return Ok(Line::Whole(line.get(..part).unwrap_or(line)));
            }
            let last = end.is_some() || part == 0;
            let room = if length <= longest { part } else { SHOWN.saturating_sub(self.cut.len()).min(part) };
            self.cut.extend_from_slice(buffer.get(..room).unwrap_or_default());
            self.input.consume(part);
            match last {
                true if length == 0 => return Ok(Line::End),
                true if length <= longest => return Ok(Line::Whole(&self.cut)),
                true => {
                    self.cut.truncate(SHOWN);
                    return Ok(Line::TooLong(&self.cut));
                }
                false => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{BufReader, Read};

    use super::*;

    fn all(text: &str, buffer: usize, longest: usize) -> Vec<String> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text.as_bytes()));
        let mut found = Vec::new();
        loop {
            match lines.next(longest).unwrap() {
                Line::End => return found,
                Line::Whole(line) => found.push(String::from_utf8_lossy(line).into_owned()),
                Line::TooLong(start) => found.push(format!("{}...", String::from_utf8_lossy(start))),
            }
        }
    }

    #[test]
    fn lines_are_the_same_however_large_the_buffer_is() {
        for buffer in 1..20 {
            assert_eq!(all("one\n\ntwo three\nend", buffer, 100), ["one\n", "\n", "two three\n", "end"], "{buffer}");
            assert_eq!(
                all("one\nfour and five\nsix\n", buffer, 5),
                ["one\n", "four and five\n...", "six\n"],
                "{buffer}"
            );
            assert!(all("", buffer, 5).is_empty());
        }
    }

    #[test]
    fn a_stream_that_breaks_off_shows_where() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let mut lines = Lines::new(BufReader::with_capacity(4, "one\ntwo thr".as_bytes().chain(Broken)));
        assert_eq!(lines.next(100).unwrap(), Line::Whole(b"one\n"));
        let (error, start) = lines.next(100).unwrap_err();
        assert_eq!((error.to_string().as_str(), start), ("gone", &b"two thr"[..]));
    }
}
