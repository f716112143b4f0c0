//! One 512-byte header block.

/// The unit of a tar file.
pub(crate) const BLOCK: usize = 512;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum EntryKind {
    File,
    HardLink,
    Symlink,
    Directory,
    /// A device or a FIFO.
    Special,
    /// A type that no standard names.
    Unknown(u8),
}

/// The fields that matter here.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) type_flag: u8,
    /// The old GNU sparse header goes on in blocks of its own.
    pub(super) sparse_extended: bool,
}

/// A field of the header by offset and length (POSIX.1-2024, `pax`, "ustar Interchange Format").
type Field = (usize, usize);
const NAME: Field = (0, 100);
const SIZE: Field = (124, 12);
const CHECKSUM: Field = (148, 8);
const TYPE_FLAG: Field = (156, 1);
const LINK: Field = (157, 100);
const MAGIC: Field = (257, 8);
const PREFIX: Field = (345, 155);
/// Schily's `star` keeps times in the last bytes of the prefix and signs at the end of the block.
const STAR_PREFIX: Field = (345, 131);
const STAR_SIGNATURE: Field = (508, 4);
/// `isextended` of GNU's `oldgnu_header`.
const GNU_EXTENDED: Field = (482, 1);

fn field(block: &[u8; BLOCK], (offset, length): Field) -> &[u8] {
    block.get(offset..offset.saturating_add(length)).unwrap_or_default()
}

/// Up to the first NUL.
pub(super) fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Whether the block is a header with the right checksum. An archive that begins with something else is not tar.
pub(crate) fn is_header(block: &[u8]) -> bool {
    block.first_chunk::<BLOCK>().is_some_and(|block| checksum_holds(block) && block.iter().any(|&byte| byte != 0))
}

fn checksum_holds(block: &[u8; BLOCK]) -> bool {
    let Some(stored) = number(field(block, CHECKSUM)) else { return false };
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, &byte) in block.iter().enumerate() {
        let within = at >= CHECKSUM.0 && at < CHECKSUM.0.saturating_add(CHECKSUM.1);
        let byte = if within { b' ' } else { byte };
        unsigned = unsigned.saturating_add(i64::from(byte));
        // Some old writers summed signed characters.
        signed = signed.saturating_add(i64::from(byte.cast_signed()));
    }
    i64::try_from(stored).is_ok_and(|stored| stored == unsigned || stored == signed)
}

/// Octal text, or GNU's base-256 when the first bit is set. `None` when it is neither, negative, or over 63 bits.
fn number(bytes: &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 != 0 {
        // The next bit is the sign.
        if first & 0x40 != 0 {
            return None;
        }
        let value = rest.iter().try_fold(u64::from(first & 0x3f), |value, &byte| {
            value.checked_mul(256).map(|value| value | u64::from(byte))
        });
        return value.filter(|&value| i64::try_from(value).is_ok());
    }
    let digits = text(bytes).trim_ascii();
    digits.iter().try_fold(0_u64, |value, &digit| match digit {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value | u64::from(digit & 7)),
        _ => None,
    })
}

impl Header {
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, &'static str> {
        if !checksum_holds(block) {
            return Err("the checksum of a header does not hold");
        }
        let type_flag = field(block, TYPE_FLAG).first().copied().unwrap_or_default();
        let magic = field(block, MAGIC);
        let mut name = text(field(block, NAME)).to_vec();
        if magic.starts_with(b"ustar\0") {
            let star = field(block, STAR_SIGNATURE) == b"tar\0";
            let prefix = text(field(block, if star { STAR_PREFIX } else { PREFIX }));
            if !prefix.is_empty() {
                let mut long = prefix.to_vec();
                long.push(b'/');
                long.append(&mut name);
                name = long;
            }
        }
        let size = number(field(block, SIZE)).ok_or("the size of an entry is not a number")?;
        let sparse_extended = type_flag == b'S' && field(block, GNU_EXTENDED).first().is_some_and(|&flag| flag != 0);
        Ok(Self { name, link: text(field(block, LINK)).to_vec(), size, type_flag, sparse_extended })
    }
}

/// Where GNU's continuation block says that another one follows.
pub(super) fn continues(block: &[u8; BLOCK]) -> bool {
    field(block, (504, 1)).first().is_some_and(|&flag| flag != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_each_spelling() {
        assert_eq!(number(b"00000000144\0"), Some(100));
        assert_eq!(number(b"     144 \0\0\0"), Some(100));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\0\0\x01\0"), Some(256));
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"\x80\0\0\0\x80\0\0\0\0\0\0\0"), None);
        assert_eq!(number(b"0000000014x\0"), None);
    }

    #[test]
    fn noise_is_no_header() {
        assert!(!is_header(&[b'x'; BLOCK]));
        assert!(!is_header(&[0; BLOCK]));
        assert!(!is_header(b"short"));
    }
}
