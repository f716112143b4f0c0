//! The wire format of protocol buffers: a message is a row of fields, each a number, a wire type and a payload.
//! <https://protobuf.dev/programming-guides/encoding/>
//!
//! Nothing is copied and nothing is allocated for reading; every length is checked against the bytes that are there.
//! Groups (wire types 3 and 4), which proto3 does not have, are refused.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2.
    Bytes(Slice<'a>),
    /// Wire type 5.
    Fixed32(u32),
}

/// Bytes, and where in the file they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

/// A field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) number: u32,
    pub(super) payload: Payload<'a>,
    /// All its bytes, number and wire type included.
    pub(super) raw: &'a [u8],
    /// Where in the file it starts.
    pub(super) offset: usize,
}

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("the data ends within a field, at byte {0}")]
    Truncated(usize),
    #[error("a number of more than 64 bits at byte {0}")]
    LongVarint(usize),
    #[error("a field with the number {1}, which is none, at byte {0}")]
    Number(usize, u64),
    #[error("a field of wire type {1}, which cannot be read, at byte {0}")]
    WireType(usize, u8),
}

/// The greatest number that a field may have.
pub(super) const MAX_NUMBER: u32 = (1 << 29) - 1;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const BYTES: u8 = 2;
const FIXED32: u8 = 5;

/// The fields of a message, one after the other. After an error there are no more.
#[derive(Debug, Clone)]
pub(super) struct Entries<'a> {
    rest: Slice<'a>,
}

impl<'a> Slice<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// The fields of the message that these bytes are.
    pub(super) fn entries(self) -> Entries<'a> {
        Entries { rest: self }
    }

    /// Cuts off the start.
    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or(WireError::Truncated(self.offset.saturating_add(self.bytes.len())))?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(count);
        Ok(taken)
    }

    /// Cuts off a varint: seven bits a byte, the lowest first; the high bit says that more follow.
    pub(super) fn varint(&mut self) -> Result<u64, WireError> {
        let start = self.offset;
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            let bits = u64::from(byte & 0x7f);
            let placed = bits << shift;
            if placed >> shift != bits {
                break;
            }
            value |= placed;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::LongVarint(start))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        self.take(N).map(|bytes| bytes.try_into().unwrap_or([0; N]))
    }

    /// Cuts off four bytes, as packed floats have them.
    pub(super) fn fixed32(&mut self) -> Result<u32, WireError> {
        self.fixed().map(u32::from_le_bytes)
    }

    /// Cuts off eight bytes, as packed doubles have them.
    pub(super) fn fixed64(&mut self) -> Result<u64, WireError> {
        self.fixed().map(u64::from_le_bytes)
    }

    fn entry(&mut self) -> Result<Entry<'a>, WireError> {
        let start = *self;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..=MAX_NUMBER).contains(number));
        let number = number.ok_or(WireError::Number(start.offset, tag >> 3))?;
        let payload = match u8::try_from(tag & 7).unwrap_or_default() {
            VARINT => Payload::Varint(self.varint()?),
            FIXED64 => Payload::Fixed64(self.fixed64()?),
            BYTES => {
                let length = self.varint()?;
                let offset = self.offset;
                // A length that no address has is longer than what is there.
                let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
                Payload::Bytes(Slice { bytes, offset })
            }
            FIXED32 => Payload::Fixed32(self.fixed32()?),
            other => return Err(WireError::WireType(start.offset, other)),
        };
        let length = start.bytes.len().saturating_sub(self.bytes.len());
        let raw = start.bytes.get(..length).unwrap_or_default();
        Ok(Entry { number, payload, raw, offset: start.offset })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.bytes.is_empty() {
            return None;
        }
        let entry = self.rest.entry();
        if entry.is_err() {
            self.rest.bytes = &[];
        }
        Some(entry)
    }
}

/// Appends a number in as few bytes as it takes.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn put_tag(out: &mut Vec<u8>, number: u32, kind: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(kind));
}

/// Appends a field of bytes: text, or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_tag(out, number, BYTES);
    put_varint(out, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(bytes);
}

/// Appends a whole number; a negative one is written as if it had no sign, in ten bytes.
pub(super) fn put_integer(out: &mut Vec<u8>, number: u32, value: i64) {
    put_unsigned(out, number, value.cast_unsigned());
}

/// Appends a field of wire type 0.
pub(super) fn put_unsigned(out: &mut Vec<u8>, number: u32, value: u64) {
    put_tag(out, number, VARINT);
    put_varint(out, value);
}

/// Appends a field of four bytes.
pub(super) fn put_fixed32(out: &mut Vec<u8>, number: u32, value: u32) {
    put_tag(out, number, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a field of eight bytes.
pub(super) fn put_fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    put_tag(out, number, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Vec<Result<(u32, usize), WireError>> {
        Slice::new(bytes).entries().map(|entry| entry.map(|entry| (entry.number, entry.raw.len()))).collect()
    }

    #[test]
    fn what_is_put_is_read() {
        let mut out = Vec::new();
        put_bytes(&mut out, 1, b"1.6");
        put_integer(&mut out, 2, -1);
        put_unsigned(&mut out, MAX_NUMBER, 300);
        put_fixed32(&mut out, 3, 1.5_f32.to_bits());
        put_fixed64(&mut out, 4, 2.5_f64.to_bits());
        let payloads: Vec<_> = Slice::new(&out).entries().map(|entry| entry.unwrap().payload).collect();
        assert_eq!(payloads[0], Payload::Bytes(Slice { bytes: b"1.6", offset: 2 }));
        assert_eq!(payloads[1], Payload::Varint(u64::MAX));
        assert_eq!(payloads[2], Payload::Varint(300));
        assert_eq!(payloads[3], Payload::Fixed32(1.5_f32.to_bits()));
        assert_eq!(payloads[4], Payload::Fixed64(2.5_f64.to_bits()));
    }

    #[test]
    fn varints_are_minimal() {
        let put = |value| {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            out
        };
        assert_eq!(put(0), [0]);
        assert_eq!(put(127), [0x7f]);
        assert_eq!(put(128), [0x80, 1]);
        assert_eq!(put(u64::MAX).len(), 10);
    }

    #[test]
    fn what_ends_early_is_said_with_its_place() {
        assert_eq!(fields(&[0x0a, 5, b'1']), [Err(WireError::Truncated(3))]);
        assert_eq!(fields(&[0x08, 1, 0x08]), [Ok((1, 2)), Err(WireError::Truncated(3))]);
        assert_eq!(fields(&[0x09, 0, 0]), [Err(WireError::Truncated(3))]);
        // A length of 2^63.
        let huge = [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1];
        assert_eq!(fields(&huge), [Err(WireError::Truncated(11))]);
    }

    #[test]
    fn what_proto3_does_not_have_is_refused() {
        assert_eq!(fields(&[0x0b, 0x0c]), [Err(WireError::WireType(0, 3))]);
        assert_eq!(fields(&[0x0f]), [Err(WireError::WireType(0, 7))]);
        assert_eq!(fields(&[0x00, 0]), [Err(WireError::Number(0, 0))]);
        assert_eq!(
            fields(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]),
            [Err(WireError::LongVarint(1))]
        );
        assert_eq!(fields(&[0x80; 12]), [Err(WireError::LongVarint(0))]);
    }
}
