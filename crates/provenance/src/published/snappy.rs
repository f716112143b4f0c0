//! Snappy, without frames: how GitHub stores bundles. <https://github.com/google/snappy/blob/main/format_description.txt>
//!
//! A length, then pieces: bytes as they are, or bytes that were there before. Read only, and never more than was asked for.

/// Unpacks. `None` for what is not whole, leads outside, or says another length than it has, or one above the limit.
pub(super) fn unpack(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut input = Input(packed);
    let length = usize::try_from(input.varint()?).ok().filter(|length| *length <= limit)?;
    // No piece makes more than 64 bytes of one; what claims to is refused before there is room for it.
    if length > packed.len().checked_mul(64)? {
        return None;
    }
    let mut out = Vec::with_capacity(length);
    while let Some(tag) = input.next() {
        let upper = usize::from(tag >> 2);
        match tag & 3 {
            0 => {
                let count = match upper {
                    60..=63 => input.number(upper.checked_sub(59)?)?,
                    short => short,
                };
                out.extend_from_slice(input.take(count.checked_add(1)?)?);
            }
            1 => {
                let offset = (usize::from(tag >> 5) << 8) | usize::from(input.next()?);
                copy(&mut out, offset, (upper & 7).checked_add(4)?)?;
            }
            2 => copy(&mut out, input.number(2)?, upper.checked_add(1)?)?,
            _ => copy(&mut out, input.number(4)?, upper.checked_add(1)?)?,
        }
        if out.len() > length {
            return None;
        }
    }
    (out.len() == length).then_some(out)
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes, the least first.
    fn number(&mut self, bytes: usize) -> Option<usize> {
        self.take(bytes)?
            .iter()
            .rev()
            .try_fold(0_usize, |number, byte| number.checked_mul(256)?.checked_add(usize::from(*byte)))
    }

    /// Seven bits in each byte, the least first; at most 32 bits.
    fn varint(&mut self) -> Option<u32> {
        let mut number = 0_u64;
        for shift in [0_u32, 7, 14, 21, 28] {
            let byte = self.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(number).ok();
            }
        }
        None
    }
}

/// Repeats what was there before; what is repeated may be longer than the way back.
fn copy(out: &mut Vec<u8>, offset: usize, count: usize) -> Option<()> {
    let start = out.len().checked_sub(offset).filter(|_| offset > 0)?;
    for index in (start..).take(count) {
        out.push(*out.get(index)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_each_kind_of_piece() {
        for (packed, text) in [
            (&[0][..], &b""[..]),
            (&[3, 0x08, b'a', b'b', b'c'], b"abc"),
            // Four bytes of the one before.
            (&[5, 0x00, b'a', 0x01, 1], b"aaaaa"),
            (&[6, 0x04, b'a', b'b', 0x0e, 2, 0], b"ababab"),
            (&[6, 0x04, b'a', b'b', 0x0f, 2, 0, 0, 0], b"ababab"),
        ] {
            assert_eq!(unpack(packed, 100).as_deref(), Some(text), "{packed:?}");
        }
        let long = vec![7; 300];
        let packed = [&[0xac, 0x02, 0xf4, 0x2b, 0x01][..], &long].concat();
        assert_eq!(unpack(&packed, 300), Some(long));
        assert_eq!(unpack(&packed, 299), None);
    }

    #[test]
    fn refuses_what_is_not_whole_or_leads_outside() {
        for packed in [
            &[][..],
            &[0x80],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 1],
            &[3, 0x08, b'a', b'b'],
            &[2, 0x08, b'a', b'b', b'c'],
            &[4, 0x08, b'a', b'b', b'c'],
            &[5, 0x00, b'a', 0x01, 2],
            &[5, 0x00, b'a', 0x01, 0],
            &[5, 0x00, b'a', 0x01],
            &[5, 0xfc, 0xff, 0xff, 0xff, 0xff],
            // A gigabyte of nothing.
            &[0x80, 0x80, 0x80, 0x80, 0x04, 0x00],
        ] {
            assert_eq!(unpack(packed, usize::MAX), None, "{packed:?}");
        }
    }
}
