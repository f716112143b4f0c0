//! A tar stream (ustar) of files in memory.

use std::io::{self, Write};

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
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(b"00000000000");
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.write_all(&header)?;
        self.0.write_all(content)?;
        self.0.write_all(&[0; 512][..content.len().next_multiple_of(512) - content.len()])
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
