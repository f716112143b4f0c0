//! The banner of a kernel image: `6.1.0-18-amd64 (builder@host) #1 SMP …`.

use std::io::{self, Read};

use plimsoll_extract::prelude::*;

use crate::object::{self, Format};

/// Most decompressed bytes that are searched for the banner.
const SEARCH: u64 = 256 << 20;
/// Bytes that are searched at once.
const CHUNK: usize = 256 << 10;
/// Longest banner.
const MAX_BANNER: usize = 512;
/// The text before the version in an image that is not compressed.
const BANNER: &[u8] = b"Linux version ";
/// Where the x86 header has its magic, and the offset of the version, which counts from the end of the boot sector.
const MAGIC_AT: usize = 0x202;
const VERSION_AT: usize = 0x20e;
const SECTOR: u64 = 0x200;
/// Where an arm64 or RISC-V image has its magic.
const ARM64_MAGIC_AT: usize = 0x38;

/// What a kernel image says.
pub(super) struct Image {
    pub(super) banner: String,
    pub(super) format: &'static str,
}

impl Image {
    /// Reads the banner; `None` when the file is no kernel, or one that does not tell.
    pub(super) fn read(file: &File<'_>) -> Result<Option<Self>, ExtractError> {
        let mut head = [0; 0x260];
        let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
        let head = head.get(..count).unwrap_or_default();
        let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        if at(MAGIC_AT, b"HdrS") {
            return bz_image(file, head);
        }
        if at(0, b"MZ") && at(4, b"zimg") {
            return zboot(file, head);
        }
        if at(ARM64_MAGIC_AT, b"ARM\x64") || at(ARM64_MAGIC_AT, b"RSC\x05") {
            return searched(&mut Positioned { file, at: 0 }, "Image");
        }
        if at(0, b"\x7fELF") {
            return searched(&mut Positioned { file, at: 0 }, "vmlinux");
        }
        if at(0, b"MZ") {
            return unified(file);
        }
        let is_packed = at(0, b"\x1f\x8b") || at(0, b"\x28\xb5\x2f\xfd") || at(0, b"\xfd7zXZ") || at(0, b"BZh");
        if is_packed {
            return packed_image(file, 0, file.len(), "compressed Image");
        }
        Ok(None)
    }

    /// The release, the first word.
    pub(super) fn release(&self) -> &str {
        self.banner.split_ascii_whitespace().next().unwrap_or_default()
    }

    /// A banner that starts with a version.
    fn new(text: &[u8], format: &'static str) -> Option<Self> {
        let end = text.iter().take(MAX_BANNER).position(|&byte| matches!(byte, 0 | b'\n')).unwrap_or(text.len());
        let banner = String::from_utf8_lossy(text.get(..end.min(MAX_BANNER))?).trim().to_owned();
        let is_version = banner.starts_with(|first: char| first.is_ascii_digit()) && banner.contains('.');
        is_version.then_some(Self { banner, format })
    }
}

/// The x86 boot protocol 2.00 and later: `kernel_version` is where the text is.
fn bz_image(file: &File<'_>, head: &[u8]) -> Result<Option<Image>, ExtractError> {
    let offset = head.get(VERSION_AT..).and_then(|rest| rest.first_chunk().copied()).map(u16::from_le_bytes);
    let Some(offset) = offset.filter(|&offset| offset > 0) else { return Ok(None) };
    let start = SECTOR.saturating_add(offset.into());
    let length = file.len().saturating_sub(start).min(MAX_BANNER as u64);
    if length == 0 {
        return Err(ExtractError::Truncated { message: "the kernel ends before its version".into() });
    }
    Ok(Image::new(&file.range(start, length)?, "bzImage"))
}

/// An EFI program that decompresses itself: offset and size of what is compressed follow the magic.
fn zboot(file: &File<'_>, head: &[u8]) -> Result<Option<Image>, ExtractError> {
    let number = |at: usize| head.get(at..).and_then(|rest| rest.first_chunk().copied()).map(u32::from_le_bytes);
    let (Some(start), Some(length)) = (number(8), number(12)) else { return Ok(None) };
    let (start, end) = (u64::from(start), u64::from(start).saturating_add(length.into()));
    if end > file.len() {
        return Err(ExtractError::Truncated { message: "the compressed kernel ends after the file".into() });
    }
    packed_image(file, start, end, "EFI zboot")
}

/// A unified kernel image: an EFI program with the kernel in `.linux` and its release in `.uname`.
/// <https://uapi-group.org/specifications/specs/unified_kernel_image/>
fn unified(file: &File<'_>) -> Result<Option<Image>, ExtractError> {
    for object in object::read(file)?.iter().filter(|object| object.format == Format::Pe) {
        if let (Some(_), Some(section)) = (object.section(".linux"), object.section(".uname")) {
            let text = section.bytes(file, MAX_BANNER as u64)?;
            return Ok(Image::new(&text, "unified kernel image"));
        }
    }
    Ok(None)
}

/// Decompresses up to the banner.
fn packed_image(file: &File<'_>, start: u64, end: u64, format: &'static str) -> Result<Option<Image>, ExtractError> {
    let mut stream = packed::decompressed(file.body(), start..end, file.budget())?;
    searched(&mut stream, format)
}

/// Looks for the banner in an image that is not compressed.
fn searched(input: &mut dyn Read, format: &'static str) -> Result<Option<Image>, ExtractError> {
    let mut input = input.take(SEARCH);
    let mut window: Vec<u8> = Vec::with_capacity(CHUNK.saturating_mul(2));
    loop {
        let before = window.len();
        let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut window);
        let is_end = read.is_err() || window.len() == before;
        for at in memchr::memmem::find_iter(&window, BANNER) {
            let text = window.get(at.saturating_add(BANNER.len())..).unwrap_or_default();
            // A banner at the end of the window may go on in the next.
            if text.len() < MAX_BANNER && !is_end && !text.contains(&0) {
                continue;
            }
            if let Some(image) = Image::new(text, format) {
                return Ok(Some(image));
            }
        }
        if is_end {
            return read.map(|_| None).map_err(unpacked);
        }
        let kept = window.len().saturating_sub(MAX_BANNER.saturating_add(BANNER.len()));
        window.drain(..kept);
    }
}

/// Why there is no more of the image.
fn unpacked(error: io::Error) -> ExtractError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ExtractError::Truncated { message: "the compressed kernel ends too early".into() }
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            ExtractError::malformed(format!("the compressed kernel is not valid: {error}"))
        }
        _ => ReadError::from(error).into(),
    }
}

/// A file, read from front to end.
struct Positioned<'p, 'f> {
    file: &'p File<'f>,
    at: u64,
}

impl Read for Positioned<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.body().read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_across_two_windows_is_found() {
        for pad in [0, CHUNK - 20, CHUNK - 5, CHUNK + 100] {
            let mut bytes = vec![b'x'; pad];
            bytes.extend(b"Linux version %s\0Linux version 6.6.8-arm64 (b@h) #1 SMP\n\0");
            let image = searched(&mut bytes.as_slice(), "Image").unwrap().unwrap();
            assert_eq!((image.release(), image.banner.as_str()), ("6.6.8-arm64", "6.6.8-arm64 (b@h) #1 SMP"), "{pad}");
        }
        assert!(searched(&mut b"Linux version ".as_slice(), "Image").unwrap().is_none());
    }
}
