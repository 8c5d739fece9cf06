//! Zip archives: the list of entries from the directory at the end, and each entry as a stream that checks its sum.
//! Entries are stored or deflated; encrypted ones and other methods are refused by name.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path within the archive.
    pub name: String,
    method: u16,
    encrypted: bool,
    sum: u32,
    packed: u64,
    /// Bytes when unpacked.
    pub size: u64,
    offset: u64,
}

/// So far from the end the directory's record may begin: its own 22 bytes and a comment.
const TAIL: u64 = 22 + 65_535;
/// More entries than any export has.
const MOST: u64 = 1 << 20;

/// Lists the entries of an archive that are files.
///
/// # Errors
/// When the directory cannot be read.
pub(super) fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let mut file = BufReader::new(File::open(path)?);
    let length = file.seek(SeekFrom::End(0))?;
    let (count, start) = directory(&mut file, length)?;
    file.seek(SeekFrom::Start(start))?;
    let mut entries = Vec::new();
    for _ in 0..count.min(MOST) {
        let head = array::<46>(&mut file)?;
        if !head.starts_with(b"PK\x01\x02") {
            return Err(broken("its directory breaks off"));
        }
        let (name, extra, comment) = (u16_at(&head, 28), u16_at(&head, 30), u16_at(&head, 32));
        let name = bytes(&mut file, name.into())?;
        let extra = bytes(&mut file, extra.into())?;
        bytes(&mut file, comment.into())?;
        let mut entry = Entry {
            name: String::from_utf8_lossy(&name).into_owned(),
            method: u16_at(&head, 10),
            encrypted: u16_at(&head, 8) & 1 == 1,
            sum: u32_at(&head, 16),
            packed: u32_at(&head, 20).into(),
            size: u32_at(&head, 24).into(),
            offset: u32_at(&head, 42).into(),
        };
        entry.widen(&extra);
        if !entry.name.ends_with('/') {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Finds count of entries and start of the directory.
fn directory(file: &mut (impl Read + Seek), length: u64) -> io::Result<(u64, u64)> {
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let at = memchr::memmem::rfind(&tail, b"PK\x05\x06").ok_or_else(|| broken("no directory at its end"))?;
    let end = tail.get(at..at + 22).ok_or_else(|| broken("its directory breaks off"))?;
    let (count, start) = (u16_at(end, 10), u32_at(end, 16));
    if count != u16::MAX && start != u32::MAX {
        return Ok((count.into(), start.into()));
    }
    // The larger form, which stands before and is found through its locator.
    let locator = at.checked_sub(20).and_then(|l| tail.get(l..at)).filter(|l| l.starts_with(b"PK\x06\x07"));
    let locator = locator.ok_or_else(|| broken("its directory breaks off"))?;
    file.seek(SeekFrom::Start(u64_at(locator, 8)))?;
    let large = array::<56>(file)?;
    match large.starts_with(b"PK\x06\x06") {
        true => Ok((u64_at(&large, 32), u64_at(&large, 48))),
        false => Err(broken("its directory breaks off")),
    }
}

impl Entry {
    /// Takes the sizes that did not fit into 32 bits.
    fn widen(&mut self, extra: &[u8]) {
        let mut rest = extra;
        while let Some((head, after)) = rest.split_at_checked(4) {
            let (id, length) = (u16_at(head, 0), usize::from(u16_at(head, 2)));
            let Some((body, after)) = after.split_at_checked(length) else { return };
            if id == 1 {
                let mut words = body.chunks_exact(8).map(|word| u64_at(word, 0));
                for field in [&mut self.size, &mut self.packed, &mut self.offset] {
                    if *field == u64::from(u32::MAX)
                        && let Some(word) = words.next()
                    {
                        *field = word;
                    }
                }
            }
            rest = after;
        }
    }

    /// Opens the entry.
    ///
    /// # Errors
    /// When it cannot be unpacked, or not found.
    pub(super) fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        if self.encrypted {
            return Err(broken("the entry is encrypted: unpack it first"));
        }
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(self.offset))?;
        let head = array::<30>(&mut file)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(broken("the entry is not where the directory says"));
        }
        file.seek_relative(i64::from(u16_at(&head, 26)) + i64::from(u16_at(&head, 28)))?;
        let packed = file.take(self.packed);
        let unpacked: Box<dyn Read> = match self.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            9 => return Err(broken("the entry is packed with Deflate64: unpack it first")),
            14 => return Err(broken("the entry is packed with LZMA: unpack it first")),
            n => return Err(broken(&format!("the entry is packed by method {n}: unpack it first"))),
        };
        Ok(Box::new(Checked { inner: unpacked, crc: Crc::new(), sum: self.sum, left: self.size }))
    }
}

/// A stream that must end where the directory says, with the sum that it says.
struct Checked {
    inner: Box<dyn Read>,
    crc: Crc,
    sum: u32,
    left: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        self.left =
            self.left.checked_sub(read as u64).ok_or_else(|| broken("the entry is longer than it should be"))?;
        if read == 0 && !buffer.is_empty() && (self.left > 0 || self.crc.sum() != self.sum) {
            return Err(broken("the entry is damaged: its sum differs"));
        }
        Ok(read)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the zip archive cannot be read: {what}"))
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    from.read_exact(&mut buffer).map_err(|_| broken("it breaks off"))?;
    Ok(buffer)
}

fn bytes(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    from.read_exact(&mut buffer).map_err(|_| broken("it breaks off"))?;
    Ok(buffer)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}
