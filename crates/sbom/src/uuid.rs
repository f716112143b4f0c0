//! Serial numbers that derive from content.

use std::io::{self, Write};

use sha1::{Digest as _, Sha1};

/// Namespace of our serial numbers, itself a version 5 UUID of `https://plimsoll/sbom` in the URL namespace.
const NAMESPACE: [u8; 16] =
    [0x6f, 0x1c, 0x2b, 0x9a, 0x0d, 0x5e, 0x5a, 0x43, 0x9b, 0x7e, 0x31, 0xc4, 0x8a, 0x52, 0xd0, 0x17];

/// Takes the bytes of a document and makes a version 5 UUID of them (RFC 9562 §5.5).
pub(crate) struct ContentUuid(Sha1);

impl ContentUuid {
    pub(crate) fn new() -> Self {
        Self(Sha1::new_with_prefix(NAMESPACE))
    }

    /// The UUID of these texts in this order.
    pub(crate) fn of(texts: &[&str]) -> String {
        let mut uuid = Self::new();
        for text in texts {
            uuid.0.update(text.as_bytes());
            uuid.0.update([0]);
        }
        uuid.finish()
    }

    pub(crate) fn finish(self) -> String {
        let digest = self.0.finalize();
        let mut text = String::with_capacity(36);
        for (position, byte) in digest.iter().take(16).enumerate() {
            let byte = match position {
                6 => byte & 0x0f | 0x50,
                8 => byte & 0x3f | 0x80,
                _ => *byte,
            };
            if matches!(position, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }
}

impl Write for ContentUuid {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_are_set() {
        let mut uuid = ContentUuid::new();
        uuid.write_all(b"content").unwrap();
        let text = uuid.finish();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'5');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
