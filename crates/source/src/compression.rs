//! Compressed streams, told apart by their first bytes.
//!
//! gzip (RFC 1952), zstd (RFC 8878), xz (file format 1.2) and bzip2. Names and media types are not believed: builders
//! label layers wrongly, and the first bytes do not lie. A gzip file may hold several members one after the other, and
//! so may the others: all of them are read. Memory is bounded by refusing windows and dictionaries over 128 MiB, which
//! is what the `zstd` and `xz` tools accept by default.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::{Budget, BudgetExceeded};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    /// RFC 1951 without a wrapper, which nothing tells from other bytes.
    Deflate,
}

/// `ZSTD_WINDOWLOG_LIMIT_DEFAULT`: 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;
/// In KiB; `xz -9` needs 65 MiB.
const XZ_MEMORY_KIB: u32 = 128 << 10;

impl Compression {
    /// How many first bytes [`Compression::detect`] looks at.
    pub(crate) const HEAD_BYTES: usize = 10;

    pub(crate) fn detect(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            // RFC 8878 §3.1.1 and §3.1.2: a frame, or a skippable frame before it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // `BZh`, level, then the magic of a block or of an empty stream.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Self::Bzip2,
            _ => Self::None,
        }
    }

    /// The uncompressed content of `input`.
    pub(crate) fn decoder<'a, R: BufRead + Send + 'a>(self, input: R) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(Box::new(self.open(input)?))
    }

    /// As [`Compression::decoder`], for input that stays on one thread.
    pub(crate) fn open<R: BufRead>(self, input: R) -> io::Result<Decoder<R>> {
        Ok(match self {
            Self::None => Decoder::None(input),
            Self::Gzip => Decoder::Gzip(flate2::bufread::MultiGzDecoder::new(input)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Decoder::Zstd(decoder)
            }
            Self::Xz => Decoder::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB))),
            Self::Bzip2 => Decoder::Bzip2(bzip2::bufread::MultiBzDecoder::new(input)),
            Self::Deflate => Decoder::Deflate(flate2::bufread::DeflateDecoder::new(input)),
        })
    }
}

/// A stream that is decompressed as it is read.
pub(crate) enum Decoder<R: BufRead> {
    None(R),
    Gzip(flate2::bufread::MultiGzDecoder<R>),
    Zstd(zstd::stream::read::Decoder<'static, R>),
    Xz(Box<lzma_rust2::XzReader<R>>),
    Bzip2(bzip2::bufread::MultiBzDecoder<R>),
    Deflate(flate2::bufread::DeflateDecoder<R>),
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::None(inner) => inner.read(buffer),
            Self::Gzip(inner) => inner.read(buffer),
            Self::Zstd(inner) => inner.read(buffer),
            Self::Xz(inner) => inner.read(buffer),
            Self::Bzip2(inner) => inner.read(buffer),
            Self::Deflate(inner) => inner.read(buffer),
        }
    }
}

/// Takes what is read through it off the budget.
pub(crate) struct Metered<'a, R> {
    inner: R,
    budget: &'a Budget,
    input: Arc<AtomicU64>,
    output: u64,
    /// The ratio of output to input went over its limit.
    pub(crate) implausible: Option<BudgetExceeded>,
}

impl<'a, R: Read> Metered<'a, R> {
    /// `input` counts the compressed bytes as they are read.
    pub(crate) fn new(inner: R, budget: &'a Budget, input: Arc<AtomicU64>) -> Self {
        Self { inner, budget, input, output: 0, implausible: None }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.output = self.output.saturating_add(count as u64);
        self.budget.spend_bytes(count as u64).map_err(io::Error::other)?;
        let ratio = self.budget.check_ratio(self.input.load(Ordering::Relaxed), self.output);
        self.implausible = self.implausible.or(ratio.err());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    /// Made by `xz --check=crc32`: the crate is built without its encoder.
    const XZ: [&[u8]; 2] = [
        &[
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00,
            0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x04, 0x6f, 0x6e, 0x65, 0x2c, 0x20, 0x00, 0x00, 0x00, 0x00,
            0x1c, 0xd5, 0xfa, 0x4a, 0x00, 0x01, 0x19, 0x05, 0xbc, 0xe8, 0xec, 0xcb, 0x90, 0x42, 0x99, 0x0d, 0x01, 0x00,
            0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
        ],
        &[
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00,
            0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x02, 0x74, 0x77, 0x6f, 0x00, 0x00, 0x66, 0x8a, 0xca, 0x11,
            0x00, 0x01, 0x17, 0x03, 0x07, 0x60, 0x0c, 0xbc, 0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01,
            0x59, 0x5a,
        ],
    ];

    fn bzip2(data: &[u8]) -> Vec<u8> {
        let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn read(data: &[u8]) -> io::Result<(Compression, Vec<u8>)> {
        let compression = Compression::detect(data);
        let mut out = Vec::new();
        compression.decoder(data)?.read_to_end(&mut out)?;
        Ok((compression, out))
    }

    #[test]
    fn each_format_is_recognised_and_read_to_its_last_member() {
        type Encode = fn(&[u8]) -> Vec<u8>;
        let cases: [(Compression, Encode); 3] = [
            (Compression::Gzip, gzip),
            (Compression::Zstd, |data| zstd::encode_all(data, 1).unwrap()),
            (Compression::Bzip2, bzip2),
        ];
        for (compression, encode) in cases {
            let two = [encode(b"one, "), encode(b"two")].concat();
            assert_eq!(read(&two).unwrap(), (compression, b"one, two".to_vec()));
            let long: Vec<u8> = (0..200_000_u32).flat_map(|number| number.to_le_bytes()).collect();
            let whole = encode(&long);
            let cut = read(&whole[..whole.len() / 2]).unwrap_err();
            assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "{compression:?}");
        }
    }

    #[test]
    fn xz_streams_are_read_to_the_last() {
        let two = XZ.concat();
        assert_eq!(read(&two).unwrap(), (Compression::Xz, b"one, two".to_vec()));
        assert_eq!(read(&two[..two.len() - 20]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_huge_zstd_window_is_refused() {
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0xc0, (31 - 10) << 3, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0];
        assert!(read(&frame).is_err());
    }
}
