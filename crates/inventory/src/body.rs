//! Documents as they came.

use crate::artifact::DocumentId;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::{Database, Value};

/// The most bytes of a document that are given back.
const MAX_BYTES: u64 = 4 << 30;

/// A document, byte for byte as it was added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentBody {
    /// Its number here.
    pub id: DocumentId,
    /// Its format, as `cyclonedx-json@1.6`.
    pub format: String,
    /// SHA-256 of its bytes: `sha256:…`.
    pub digest: String,
    /// The document.
    pub bytes: Vec<u8>,
}

impl Inventory {
    /// A document, byte for byte as it was added.
    ///
    /// # Errors
    /// There is none of this number, or the store cannot be read.
    pub fn document(&mut self, id: DocumentId) -> Result<DocumentBody, InventoryError> {
        let shard = self.shard;
        body(&mut self.database, shard, id.number)
    }
}

/// A document as it is kept.
pub(crate) struct Packed {
    format: String,
    content: Vec<u8>,
    length: i64,
    data: Vec<u8>,
}

impl Packed {
    /// The document, byte for byte as it was added.
    pub(crate) fn unpack(&self) -> Result<Vec<u8>, InventoryError> {
        unpack(&self.data, self.length)
    }
}

/// Reads a document.
pub(crate) fn body(database: &mut Database, shard: i64, document: u32) -> Result<DocumentBody, InventoryError> {
    let packed = packed(database, shard, document)?;
    Ok(DocumentBody {
        id: DocumentId { shard: u32::try_from(shard).unwrap_or_default(), number: document },
        digest: format!("sha256:{}", data_encoding::HEXLOWER.encode(&packed.content)),
        bytes: packed.unpack()?,
        format: packed.format,
    })
}

/// Fetches a document and leaves it compressed.
pub(crate) fn packed(database: &mut Database, shard: i64, document: u32) -> Result<Packed, InventoryError> {
    let sql = "SELECT d.format, d.content, d.bytes, b.data FROM document d \
               JOIN body b ON b.shard = d.shard AND b.document = d.id WHERE d.shard = ?1 AND d.id = ?2";
    let values = [Value::Int(shard), Value::Int(i64::from(document))];
    let found = database.one(sql, &values, |row| {
        Ok(Packed { format: row.text(0)?, content: row.blob(1)?, length: row.int(2)?, data: row.blob(3)? })
    })?;
    found.ok_or_else(|| InventoryError::Unknown { what: "document", reference: document.to_string() })
}

/// Decompresses what is said to have a length, and makes no more room than that.
pub(crate) fn unpack(data: &[u8], length: i64) -> Result<Vec<u8>, InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "body", reason };
    let length = u64::try_from(length).ok().filter(|length| *length <= MAX_BYTES).ok_or_else(|| damaged("too long"))?;
    let length = usize::try_from(length).map_err(|_| damaged("too long"))?;
    let bytes = zstd::bulk::decompress(data, length).map_err(|_| damaged("not what was compressed"))?;
    if bytes.len() == length { Ok(bytes) } else { Err(damaged("not of its length")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_compressed() {
        let data = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        assert_eq!(unpack(&data, 1000).unwrap(), [7; 1000]);
        assert!(unpack(&data, 999).is_err() && unpack(&data, 1001).is_err() && unpack(&data, -1).is_err());
        assert!(unpack(b"?", 5).is_err() && unpack(&data, i64::MAX).is_err());
    }
}
