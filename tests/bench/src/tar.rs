//! A tar stream (ustar) of files in memory: writing one, and reading what was written.

use std::io::{self, Read, Write};

/// Writes files into a stream.
#[derive(Debug)]
pub struct Tar<W: Write>(W);

impl<W: Write> Tar<W> {
    /// Begins a stream.
    pub const fn new(out: W) -> Self {
        Self(out)
    }

    /// Writes one file.
    ///
    /// # Errors
    /// The stream cannot be written to.
    pub fn file(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[108..115].copy_from_slice(b"0000000");
        header[116..123].copy_from_slice(b"0000000");
        header[SIZE].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(b"00000000000");
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.write_all(&header)?;
        self.0.write_all(content)?;
        self.0.write_all(&[0; 512][..padding(content.len())])
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// The stream cannot be written to.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.write_all(&[0; 1024])?;
        self.0.flush()
    }
}

/// The place of the size in a header.
const SIZE: std::ops::Range<usize> = 124..135;

const fn padding(length: usize) -> usize {
    length.next_multiple_of(512) - length
}

/// Reads the next file of a stream that [`Tar`] wrote; `None` at its end.
///
/// # Errors
/// The stream cannot be read, or is another.
pub fn next_file(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; 512];
    stream.read_exact(&mut header)?;
    if header[0] == 0 {
        return Ok(None);
    }
    let size = std::str::from_utf8(&header[SIZE]).ok().and_then(|size| usize::from_str_radix(size, 8).ok());
    let size = size.ok_or(io::ErrorKind::InvalidData)?;
    let stored = size + padding(size);
    let mut content = Vec::with_capacity(stored);
    if stream.take(stored as u64).read_to_end(&mut content)? < stored {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    content.truncate(size);
    Ok(Some(content))
}
