//! A tar of regular files (POSIX.1-1988 ustar), the same bytes for the same files: no owner, no time.

use std::io::{self, Write};

const BLOCK: usize = 512;

/// Writes one file. Names are short, and files of evidence smaller than the 8 GiB that the header can say.
pub(super) fn file(out: &mut dyn Write, name: &str, content: &[u8]) -> io::Result<()> {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(field) = header.get_mut(at..at.saturating_add(bytes.len())) {
            field.copy_from_slice(bytes);
        }
    };
    if name.len() > 100 || content.len() >= 1 << 33 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it does not fit a header of tar"));
    }
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    // The checksum counts itself as spaces.
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = header.iter().fold(0_u32, |sum, byte| sum.saturating_add(u32::from(*byte)));
    if let Some(field) = header.get_mut(148..156) {
        field.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out.write_all(&header)?;
    out.write_all(content)?;
    let rest = content.len().checked_rem(BLOCK).filter(|rest| *rest > 0).map_or(0, |rest| BLOCK.saturating_sub(rest));
    out.write_all([0; BLOCK].get(..rest).unwrap_or_default())
}

/// Writes what ends a tar.
pub(super) fn end(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&[0; BLOCK])?;
    out.write_all(&[0; BLOCK])
}
