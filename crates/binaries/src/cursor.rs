//! Numbers and bytes of binary formats, read one after the other from a slice and never past its end.

/// What is left of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The whole of a slice.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next bytes; `None`, and nothing is taken, when there are fewer.
    pub(crate) fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    /// A little-endian number of 16 bits.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// A little-endian number of 32 bits.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A little-endian number of 64 bits.
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// An unsigned LEB128 number of at most 64 bits, as Protocol Buffers and WebAssembly write them.
    pub(crate) fn leb128(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for place in 0..10_u32 {
            let byte = self.u8()?;
            // The tenth byte has room for one bit.
            if place == 9 && byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f).checked_shl(place.saturating_mul(7))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Bytes after their length as LEB128.
    pub(crate) fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.leb128()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_with_the_slice() {
        let mut cursor = Cursor::new(b"\x01\x02\0\x03\0\0\0\xff");
        assert_eq!((cursor.u8(), cursor.u16(), cursor.u32(), cursor.u32()), (Some(1), Some(2), Some(3), None));
        assert_eq!(cursor.rest(), b"\xff");
        assert_eq!(cursor.leb128(), None);
    }

    #[test]
    fn leb128_has_at_most_64_bits() {
        for (bytes, want) in [
            (b"\x7f".as_slice(), Some(127)),
            (b"\x80\x01", Some(128)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Some(u64::MAX)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", None),
            (b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", None),
        ] {
            assert_eq!(Cursor::new(bytes).leb128(), want);
        }
        assert_eq!(Cursor::new(b"\x03abcd").sized(), Some(b"abc".as_slice()));
        assert_eq!(Cursor::new(b"\x05abcd").sized(), None);
    }
}
