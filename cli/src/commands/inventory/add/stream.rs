//! Archives that are read from their beginning to their end.

use std::cell::RefCell;
use std::io::{self, Read};

use plimsoll_source::Body;

/// First bytes that may be asked for again.
const HEAD: usize = 1 << 10;

/// A stream as a body: read in order, but for its first bytes, which tell how it is compressed.
pub(super) struct Stream<R>(RefCell<State<R>>);

struct State<R> {
    reader: R,
    head: Vec<u8>,
    at: u64,
}

impl<R: Read> Stream<R> {
    /// A stream whose first bytes are known.
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD);
        reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let at = head.len() as u64;
        Ok(Self(RefCell::new(State { reader, head, at })))
    }
}

impl<R: Read> Body for Stream<R> {
    fn len(&self) -> u64 {
        u64::MAX
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        let held = usize::try_from(offset).ok().and_then(|offset| state.head.get(offset..)).unwrap_or_default();
        if !held.is_empty() {
            let count = held.len().min(buffer.len());
            if let (Some(to), Some(from)) = (buffer.get_mut(..count), held.get(..count)) {
                to.copy_from_slice(from);
            }
            return Ok(count);
        }
        if offset != state.at {
            return Err(io::Error::other("a stream is read in order"));
        }
        let count = state.reader.read(buffer)?;
        state.at = state.at.saturating_add(count as u64);
        Ok(count)
    }
}

/// Whether a file that begins so is a tar archive, perhaps compressed (POSIX.1-2017 pax, `ustar` at 257).
pub(super) fn is_archive(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
        || head.starts_with(b"\x1f\x8b\x08")
        || head.starts_with(b"\x28\xb5\x2f\xfd")
        || head.starts_with(b"\xfd7zXZ\0")
        || head.starts_with(b"BZh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_can_be_read_again() {
        let bytes: Vec<u8> = (0..5000_u32).map(|number| (number % 251) as u8).collect();
        let stream = Stream::new(bytes.as_slice()).unwrap();
        let mut start = [0; 10];
        assert_eq!(stream.read_at(0, &mut start).unwrap(), 10);
        let (mut all, mut buffer) = (Vec::<u8>::new(), [0; 700]);
        loop {
            let count = stream.read_at(all.len() as u64, &mut buffer).unwrap();
            if count == 0 {
                break;
            }
            all.extend(&buffer[..count]);
        }
        assert_eq!(all, bytes);
        assert!(stream.read_at(2000, &mut buffer).is_err());
    }
}
