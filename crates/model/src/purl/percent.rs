//! Percent-encoding (ECMA-427 §5.4).

use std::fmt;
use std::fmt::Write as _;

use super::PurlError;

/// Percent-decodes; an invalid escape stays as it is written.
pub(super) fn decode(text: &str) -> Result<String, PurlError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'%' { pair(&bytes) } else { None };
        match escape {
            Some(value) => {
                out.push(value);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| PurlError::Encoding)
}

/// The two hexadecimal digits at the front of an iterator, which does not move.
fn pair(bytes: &std::str::Bytes<'_>) -> Option<u8> {
    let mut ahead = bytes.clone();
    let high = char::from(ahead.next()?).to_digit(16)?;
    let low = char::from(ahead.next()?).to_digit(16)?;
    u8::try_from(high << 4 | low).ok()
}

/// Writes text percent-encoded but for unreserved characters and the ones that are named besides.
pub(super) struct Encoded<'a>(pub(super) &'a str, pub(super) &'a [u8]);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') || self.1.contains(&byte)
        };
        if self.0.bytes().all(plain) {
            return f.write_str(self.0);
        }
        for byte in self.0.bytes() {
            if plain(byte) {
                f.write_char(char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}
