//! Numbers at places of a byte slice.

/// `length` bytes at `at`.
pub(crate) fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    slice(bytes, at, N)?.try_into().ok()
}

/// A big-endian 16-bit number.
pub(crate) fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// A big-endian 32-bit number.
pub(crate) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// A little-endian 32-bit number.
pub(crate) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// Pages or blocks that were used already.
#[derive(Debug)]
pub(crate) struct Used(Vec<bool>);

impl Used {
    /// None of `count` is used yet.
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![false; count])
    }

    /// Takes one; `false` when it does not exist or was taken before.
    pub(crate) fn take(&mut self, at: usize) -> bool {
        self.0.get_mut(at).is_some_and(|used| !std::mem::replace(used, true))
    }
}
