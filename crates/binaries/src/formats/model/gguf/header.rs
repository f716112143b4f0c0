//! The keys and values, as far as they are wanted.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

pub(super) const MAGIC: &[u8] = b"GGUF";
/// Most keys; a real model has a hundred.
const MAX_KEYS: u64 = 65_536;
/// Most bytes of a key (the specification's limit).
const MAX_KEY: u64 = 65_535;
/// Most bytes of a text that is kept; chat templates are longer and not wanted.
const MAX_TEXT: u64 = 64 << 10;
/// Most elements of all arrays of texts together; the largest vocabularies have a few hundred thousand.
const MAX_ELEMENTS: u64 = 16 << 20;
/// Deepest array within an array.
const MAX_DEPTH: u32 = 4;
/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// A value that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
}

/// What the header says.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) tensors: u64,
    pub(super) values: BTreeMap<String, Value>,
}

/// Reads the header; with what was read before it, the fault that ended it.
pub(super) fn read(file: &File<'_>) -> Result<(Header, Option<ExtractError>), ExtractError> {
    let mut reader = Reader { file, at: 0, buffer: Vec::new(), start: 0, big_endian: false, elements: 0 };
    if reader.bytes(4)? != MAGIC {
        return Err(ExtractError::malformed("not a GGUF file: its first bytes are others"));
    }
    let mut version = reader.u32()?;
    if version & 0xffff == 0 && version != 0 {
        reader.big_endian = true;
        version = version.swap_bytes();
    }
    if !(1..=3).contains(&version) {
        return Err(ExtractError::UnsupportedVersion { version: version.to_string() });
    }
    let mut header = Header { version, tensors: reader.size(version)?, values: BTreeMap::new() };
    let keys = reader.size(version)?;
    let fault = reader.values(&mut header, keys).err();
    Ok((header, fault))
}

struct Reader<'f, 'a> {
    file: &'f File<'a>,
    /// Where the buffer starts in the file.
    at: u64,
    buffer: Vec<u8>,
    /// What of the buffer was taken.
    start: usize,
    big_endian: bool,
    elements: u64,
}

impl Reader<'_, '_> {
    fn values(&mut self, header: &mut Header, keys: u64) -> Result<(), ExtractError> {
        if keys > MAX_KEYS {
            return Err(ExtractError::malformed(format!("the header has {keys} keys")));
        }
        for _ in 0..keys {
            let length = self.size(header.version)?;
            if length > MAX_KEY {
                return Err(ExtractError::malformed("a key of the header is too long"));
            }
            let key = String::from_utf8_lossy(self.bytes(length)?).into_owned();
            let kind = self.u32()?;
            if let Some(value) = self.value(kind, header.version, 0)? {
                header.values.insert(key, value);
            }
        }
        Ok(())
    }

    /// Reads or steps over a value.
    fn value(&mut self, kind: u32, version: u32, depth: u32) -> Result<Option<Value>, ExtractError> {
        Ok(match kind {
            0 | 1 | 7 => Some(Value::Number(self.number(1)?)),
            2 | 3 => Some(Value::Number(self.number(2)?)),
            4 | 5 => Some(Value::Number(self.number(4)?)),
            10 | 11 => Some(Value::Number(self.number(8)?)),
            6 => self.skip(4)?,
            12 => self.skip(8)?,
            8 => {
                let length = self.size(version)?;
                if length > MAX_TEXT {
                    self.skip(length)?
                } else {
                    Some(Value::Text(String::from_utf8_lossy(self.bytes(length)?).into_owned()))
                }
            }
            9 => self.array(version, depth)?,
            _ => return Err(ExtractError::malformed(format!("a value of the header has the unknown type {kind}"))),
        })
    }

    /// Steps over an array.
    fn array(&mut self, version: u32, depth: u32) -> Result<Option<Value>, ExtractError> {
        let kind = self.u32()?;
        let count = self.size(version)?;
        let width = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            _ => 0,
        };
        if width > 0 {
            return self.skip(count.saturating_mul(width));
        }
        self.elements = self.elements.saturating_add(count);
        if self.elements > MAX_ELEMENTS || depth >= MAX_DEPTH {
            return Err(ExtractError::malformed("the arrays of the header are too large"));
        }
        for _ in 0..count {
            if kind == 8 {
                let length = self.size(version)?;
                self.skip(length)?;
            } else {
                self.value(kind, version, depth.saturating_add(1))?;
            }
        }
        Ok(None)
    }

    fn skip(&mut self, count: u64) -> Result<Option<Value>, ExtractError> {
        let inside = self.buffer.len().saturating_sub(self.start) as u64;
        if count <= inside {
            self.start = self.start.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
            return Ok(None);
        }
        let at = self.at.saturating_add(self.start as u64).checked_add(count);
        self.at = at.filter(|&at| at <= self.file.len()).ok_or_else(truncated)?;
        self.buffer.clear();
        self.start = 0;
        Ok(None)
    }

    fn bytes(&mut self, count: u64) -> Result<&[u8], ExtractError> {
        let count = usize::try_from(count).map_err(|_| truncated())?;
        if self.buffer.len().saturating_sub(self.start) < count {
            self.at = self.at.saturating_add(self.start as u64);
            let left = self.file.len().saturating_sub(self.at);
            if left < count as u64 {
                return Err(truncated());
            }
            self.buffer = self.file.range(self.at, left.min(count.max(CHUNK) as u64))?;
            self.start = 0;
        }
        let end = self.start.saturating_add(count);
        let taken = self.buffer.get(self.start..end).ok_or_else(truncated);
        self.start = end;
        taken
    }

    /// A number in the byte order of the file; signed ones are not told apart.
    fn number(&mut self, width: u64) -> Result<u64, ExtractError> {
        let big_endian = self.big_endian;
        let bytes = self.bytes(width)?;
        let shifted = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Ok(if big_endian { bytes.iter().fold(0, shifted) } else { bytes.iter().rev().fold(0, shifted) })
    }

    fn u32(&mut self) -> Result<u32, ExtractError> {
        self.number(4).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// A count or length: 32 bits in version 1.
    fn size(&mut self, version: u32) -> Result<u64, ExtractError> {
        self.number(if version == 1 { 4 } else { 8 })
    }
}

fn truncated() -> ExtractError {
    ExtractError::Truncated { message: "the header of the model ends too early".into() }
}
