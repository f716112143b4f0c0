//! The two messages of the call, in Protocol Buffers (`JWTSVIDRequest`, `JWTSVIDResponse` of `workload.proto`).

use crate::secret::SecretText;

/// Field 1, length-delimited: the audience, and later the list of identities.
const FIRST: u8 = 0x0a;

/// A request for one audience.
pub(super) fn request(audience: &str) -> Vec<u8> {
    let mut bytes = vec![FIRST];
    let mut length = audience.len();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push((length & 0x7f) as u8);
    bytes.extend(audience.as_bytes());
    bytes
}

/// The first JWT-SVID of an answer: field 2 of the first field 1.
pub(super) fn svid(answer: &[u8]) -> Option<SecretText> {
    let first = field(answer, 1)?;
    let text = std::str::from_utf8(field(first, 2)?).ok()?;
    Some(SecretText::new(text.to_owned()))
}

/// The first length-delimited field of a number.
fn field(mut bytes: &[u8], wanted: u64) -> Option<&[u8]> {
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let skipped = match key & 7 {
            0 => {
                varint(&mut bytes)?;
                0
            }
            1 => 8,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let content = bytes.get(..length)?;
                if key >> 3 == wanted {
                    return Some(content);
                }
                length
            }
            5 => 4,
            _ => return None,
        };
        bytes = bytes.get(skipped..)?;
    }
    None
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
