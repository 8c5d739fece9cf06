//! UTF-16 as UTF-8, on the way: older PowerShell writes it with `>` and `Out-File`.

use std::io::{self, BufRead, Read};

/// A stream of UTF-16 units read as UTF-8. Half pairs become U+FFFD.
pub(super) struct Wide<R> {
    inner: R,
    unit: fn([u8; 2]) -> u16,
    /// The first byte of a unit whose second is still to come.
    odd: Option<u8>,
    /// The first half of a pair.
    high: Option<u16>,
    /// Text that did not fit into the last buffer.
    ready: String,
    given: usize,
}

impl<R: BufRead> Wide<R> {
    /// Reads units of this byte order; the mark must be gone.
    pub(super) fn new(inner: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self { inner, unit, odd: None, high: None, ready: String::new(), given: 0 }
    }

    /// Decodes what is at hand; false at the end.
    fn decode(&mut self) -> io::Result<bool> {
        self.ready.clear();
        self.given = 0;
        let bytes = self.inner.fill_buf()?;
        let read = bytes.len();
        if read == 0 {
            if self.odd.take().is_some() | self.high.take().is_some() {
                self.ready.push(char::REPLACEMENT_CHARACTER);
            }
            return Ok(!self.ready.is_empty());
        }
        for byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(*byte);
                continue;
            };
            let unit = (self.unit)([first, *byte]);
            let units = self.high.take().into_iter().chain([unit]);
            for decoded in char::decode_utf16(units) {
                match decoded {
                    Ok(c) => self.ready.push(c),
                    Err(half)
                        if matches!(half.unpaired_surrogate(), 0xd800..=0xdbff)
                            && half.unpaired_surrogate() == unit =>
                    {
                        self.high = Some(unit);
                    }
                    Err(_) => self.ready.push(char::REPLACEMENT_CHARACTER),
                }
            }
        }
        self.inner.consume(read);
        Ok(true)
    }
}

impl<R: BufRead> Read for Wide<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            if !self.decode()? {
                return Ok(0);
            }
        }
        let rest = self.ready.as_bytes().get(self.given..).unwrap_or_default();
        let take = rest.len().min(buffer.len());
        buffer[..take].copy_from_slice(&rest[..take]);
        self.given += take;
        Ok(take)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::BufReader;

    use super::*;

    #[test]
    fn pairs_are_put_together_over_borders_and_halves_are_marked() {
        let bytes: Vec<u8> = "a\u{1f600}é日".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for capacity in 1..=bytes.len() {
            let mut text = String::new();
            let inner = BufReader::with_capacity(capacity, bytes.as_slice());
            Wide::new(inner, u16::from_le_bytes).read_to_string(&mut text).unwrap();
            assert_eq!(text, "a\u{1f600}é日");
        }
        for (units, expected) in [(&[0xd83d, 0x61][..], "\u{fffd}a"), (&[0x61, 0xd83d], "a\u{fffd}")] {
            let bytes: Vec<u8> = units.iter().flat_map(|u: &u16| u.to_be_bytes()).collect();
            let mut text = String::new();
            Wide::new(bytes.as_slice(), u16::from_be_bytes).read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
    }
}
