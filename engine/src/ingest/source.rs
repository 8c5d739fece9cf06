//! The bytes of a file: unpacked, as UTF-8, with progress told and a digest taken on the way.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use super::Progress;
use super::digest::Digest;
use super::wide::Wide;

const BUFFER: usize = 1 << 18;

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing is in it.
    Empty,
    /// Parquet; it is read elsewhere.
    Parquet,
    /// A zip archive; its entries are read one by one.
    Zip,
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
    /// How it was packed.
    pub packed: Option<&'static str>,
}

/// Opens a file and looks at its first bytes.
///
/// # Errors
/// When it cannot be read.
pub(super) fn open<'a>(path: &Path, progress: &'a dyn Progress, seen: &Seen) -> io::Result<Source<'a>> {
    of_stream(seen.watch(File::open(path)?, progress))
}

/// Looks at the first bytes of a stream.
///
/// # Errors
/// When it cannot be read.
pub(super) fn of_stream<'a>(stream: impl Read + 'a) -> io::Result<Source<'a>> {
    let mut reader: Box<dyn BufRead + 'a> = Box::new(BufReader::with_capacity(BUFFER, stream));
    let packed = match reader.fill_buf()? {
        [0x1f, 0x8b, ..] => {
            reader = Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)));
            Some("gzip")
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            reader = Box::new(BufReader::with_capacity(BUFFER, zstd::Decoder::with_buffer(reader)?));
            Some("zstd")
        }
        _ => None,
    };
    match reader.fill_buf()? {
        [0xef, 0xbb, 0xbf, ..] => reader.consume(3),
        [0xff, 0xfe, ..] => {
            reader.consume(2);
            reader = Box::new(BufReader::with_capacity(BUFFER, Wide::new(reader, u16::from_le_bytes)));
        }
        [0xfe, 0xff, ..] => {
            reader.consume(2);
            reader = Box::new(BufReader::with_capacity(BUFFER, Wide::new(reader, u16::from_be_bytes)));
        }
        // Without a mark, but every second byte of `{"` or `"R` is zero: PowerShell's `Out-File` without one.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => {
            reader = Box::new(BufReader::with_capacity(BUFFER, Wide::new(reader, u16::from_le_bytes)));
        }
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
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Content::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Content::Foreign("an old Excel workbook"),
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => Content::Foreign("an SQLite database"),
        [b'E', b'l', b'f', b'F', b'i', b'l', b'e', ..] => Content::Foreign("a Windows event log"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Content::Foreign("a 7-zip archive"),
        _ if memchr::memchr(0, head).is_some() => Content::Foreign("binary"),
        _ => match head.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Content::Json,
            Some(_) => Content::Text,
            None => Content::Empty,
        },
    }
}

/// What was seen of a file's bytes; shared by the stream and who asks.
#[derive(Clone, Default)]
pub(super) struct Seen(Rc<RefCell<Digest>>);

impl Seen {
    /// Looks at a stream while it is read.
    pub(super) fn watch<'a, R: Read + 'a>(&self, inner: R, progress: &'a dyn Progress) -> impl Read + 'a {
        Watched { inner, progress, seen: self.clone() }
    }

    /// Returns the SHA-256 if so many bytes were seen, which is all of them; else nothing.
    pub(super) fn of_whole(self, length: u64) -> String {
        let seen = self.0.take();
        if seen.bytes() == length { seen.finish().unwrap_or_default() } else { String::new() }
    }

    /// Returns length and SHA-256 of the whole file; what the reader left unread is read here.
    ///
    /// # Errors
    /// When the rest cannot be read.
    pub(super) fn finish(self, path: &Path) -> io::Result<(u64, String)> {
        let mut seen = self.0.take();
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(seen.bytes()))?;
        let mut buffer = vec![0; BUFFER];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok((seen.bytes(), seen.finish()?)),
                read => seen.update(buffer.get(..read).unwrap_or_default()),
            }
        }
    }
}

/// A stream that tells how far it was read.
struct Watched<'a, R> {
    inner: R,
    progress: &'a dyn Progress,
    seen: Seen,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.advance(read as u64);
        self.seen.0.borrow_mut().update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
