//! The SHA-256 of what is read: that of a long file is taken on a thread of its own, while the reader goes on.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

use crate::text::push_hex;

/// Bytes from which on a thread is worth its while.
const LONG: u64 = 4 << 20;
/// Pieces that the reader may be ahead.
const AHEAD: usize = 16;

/// A digest that grows with what is read.
pub(super) struct Digest {
    bytes: u64,
    work: Work,
}

enum Work {
    Here(Sha256),
    Aside(Aside),
}

/// A thread that digests pieces, and gives their buffers back.
struct Aside {
    pieces: SyncSender<Vec<u8>>,
    buffers: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Default for Digest {
    fn default() -> Self {
        Self { bytes: 0, work: Work::Here(Sha256::new()) }
    }
}

impl Digest {
    /// Counts the bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if let Work::Here(digest) = &mut self.work {
            // Where no thread is to be had it goes on here.
            match (self.bytes >= LONG).then(|| Aside::start(digest.clone()).ok()).flatten() {
                Some(aside) => self.work = Work::Aside(aside),
                None => return digest.update(piece),
            }
        }
        if let Work::Aside(aside) = &self.work {
            aside.send(piece);
        }
    }

    /// Returns the digest of all bytes, in hexadecimal digits.
    ///
    /// # Errors
    /// When the thread that took it is lost.
    pub(super) fn finish(self) -> io::Result<String> {
        let digest = match self.work {
            Work::Here(digest) => digest,
            Work::Aside(Aside { pieces, thread, .. }) => {
                drop(pieces);
                thread.join().map_err(|_| io::Error::other("the digest of the file was lost"))?
            }
        };
        Ok(hex(digest))
    }
}

/// Returns a digest in hexadecimal digits.
pub(crate) fn hex(digest: Sha256) -> String {
    let mut text = String::new();
    push_hex(&mut text, &digest.finalize());
    text
}

impl Aside {
    /// Goes on with a digest on another thread.
    fn start(digest: Sha256) -> io::Result<Self> {
        let (pieces, taken) = sync_channel(AHEAD);
        let (used, buffers) = channel();
        let work = move || digest_all(digest, taken, used);
        let thread = std::thread::Builder::new().name("sha-256".to_owned()).spawn(work)?;
        Ok(Self { pieces, buffers, thread })
    }

    /// Hands a piece over.
    fn send(&self, piece: &[u8]) {
        let mut buffer = self.buffers.try_recv().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(piece);
        // That the thread has gone is found when it is waited for.
        let _ = self.pieces.send(buffer);
    }
}

fn digest_all(mut digest: Sha256, pieces: Receiver<Vec<u8>>, used: Sender<Vec<u8>>) -> Sha256 {
    for piece in pieces {
        digest.update(&piece);
        // The reader may have ended.
        let _ = used.send(piece);
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_has_the_digest_that_one_thread_would_give() -> io::Result<()> {
        for length in [0, 1, LONG as usize - 1, LONG as usize, 3 * LONG as usize + 17] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut digest = Digest::default();
            bytes.chunks(100_003).for_each(|piece| digest.update(piece));
            let whole: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest.bytes(), length as u64);
            assert_eq!(digest.finish()?, whole, "{length}");
        }
        Ok(())
    }
}
