//! The bytes of a file: unpacked, as UTF-8, with progress told on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::Progress;

const BUFFER: usize = 1 << 18;

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing is in it.
    Empty,
    /// Parquet; it is read elsewhere.
    Parquet,
    /// A JSON document or JSON lines.
    Json,
    /// Text of another kind.
    Text,
    /// Neither: `what` names it.
    Foreign(&'static str),
}

/// An open file.
pub(super) struct Source<'a> {
    /// Its text, without a byte order mark.
    pub reader: Box<dyn BufRead + 'a>,
    /// What it holds.
    pub content: Content,
    /// Whether it was packed.
    pub packed: bool,
}

/// Opens a file and looks at its first bytes.
///
/// # Errors
/// When it cannot be read.
pub(super) fn open<'a>(path: &Path, progress: &'a dyn Progress) -> io::Result<Source<'a>> {
    let file = Watched { inner: File::open(path)?, progress };
    let mut reader: Box<dyn BufRead + 'a> = Box::new(BufReader::with_capacity(BUFFER, file));
    let packed = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    if packed {
        reader = Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)));
    }
    let head = reader.fill_buf()?;
    match head {
        [0xef, 0xbb, 0xbf, ..] => reader.consume(3),
        [0xff, 0xfe, ..] => reader = wide(reader, u16::from_le_bytes)?,
        [0xfe, 0xff, ..] => reader = wide(reader, u16::from_be_bytes)?,
        _ => {}
    }
    let content = content(reader.fill_buf()?);
    Ok(Source { reader, content, packed })
}

/// Judges the first bytes.
fn content(head: &[u8]) -> Content {
    match head {
        [] => Content::Empty,
        [b'P', b'A', b'R', b'1', ..] => Content::Parquet,
        [b'P', b'K', 3, 4, ..] => Content::Foreign("a zip archive or Excel workbook"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Content::Foreign("packed with zstd"),
        _ if memchr::memchr(0, head).is_some() => Content::Foreign("binary"),
        _ => match head.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Content::Json,
            Some(_) => Content::Text,
            None => Content::Empty,
        },
    }
}

/// Reads UTF-16, which older PowerShell writes.
fn wide<'a>(mut reader: Box<dyn BufRead + 'a>, unit: fn([u8; 2]) -> u16) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let units = bytes.chunks_exact(2).skip(1).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Ok(Box::new(Cursor::new(text.into_bytes())))
}

/// A file that tells how far it was read.
struct Watched<'a> {
    inner: File,
    progress: &'a dyn Progress,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}
