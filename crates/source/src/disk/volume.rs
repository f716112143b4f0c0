//! Bytes of a disk, or of a part of one, read by position.

use std::io;
use std::sync::Arc;

use crate::Body;

/// A disk, a partition, or what a container format holds.
pub(crate) type Volume = Arc<dyn Body + Send + Sync>;

/// A part of a volume.
struct Part {
    whole: Volume,
    offset: u64,
    length: u64,
}

impl Body for Part {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        match buffer.get_mut(..count) {
            Some(buffer) if count > 0 => self.whole.read_at(self.offset.saturating_add(offset), buffer),
            _ => Ok(0),
        }
    }
}

/// `length` bytes from `offset`, as far as there are any: a disk that was cut off is read as far as it goes.
pub(crate) fn part(whole: &Volume, offset: u64, length: u64) -> Volume {
    let length = length.min(whole.len().saturating_sub(offset));
    Arc::new(Part { whole: Arc::clone(whole), offset, length })
}

/// Fills `buffer` from `offset`.
pub(crate) fn fill(volume: &dyn Body, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match volume.read_at(offset.saturating_add(filled as u64), rest) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the disk ends too early")),
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// `N` bytes from `offset`.
pub(crate) fn bytes<const N: usize>(volume: &dyn Body, offset: u64) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    fill(volume, offset, &mut buffer)?;
    Ok(buffer)
}

/// A little-endian number of `length` bytes (up to eight); bytes past the end count as 0.
pub(crate) fn little(bytes: &[u8], at: usize, length: usize) -> u64 {
    let field = bytes.get(at..).unwrap_or_default().iter().take(length.min(8));
    field.rev().fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

/// A big-endian number of `length` bytes (up to eight); bytes past the end count as missing.
pub(crate) fn big(bytes: &[u8], at: usize, length: usize) -> u64 {
    let field = bytes.get(at..).unwrap_or_default().iter().take(length.min(8));
    field.fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

/// The bytes break a rule of their format.
pub(crate) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// The bytes use what is not supported.
pub(crate) fn unsupported(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, reason.into())
}
