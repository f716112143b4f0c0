//! What is remembered of each entry of a layer until the layers are put over each other.

use serde::{Deserialize, Serialize};

use crate::tar::EntryKind;

/// How far an entry went with the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Offered {
    /// Not wanted.
    No,
    /// Wanted by its path, but its bytes are elsewhere: a link.
    Pending,
    /// Handed over, because of its first bytes.
    ByHead,
    /// Handed over, because of its path.
    ByPath,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Packed {
    start: u32,
    path: u16,
    link: u16,
    entry: u32,
    kind: EntryKind,
    offered: Offered,
}

/// An entry as it is remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Cleaned, and not empty.
    pub(crate) path: &'a [u8],
    /// Target of a link, as written.
    pub(crate) link: &'a [u8],
    /// Position in the layer.
    pub(crate) entry: u32,
    pub(crate) kind: EntryKind,
    pub(crate) offered: Offered,
}

/// The entries of a layer in their order, packed: a large image has hundreds of thousands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    #[serde(with = "plimsoll_model::bytes")]
    text: Vec<u8>,
    list: Vec<Packed>,
}

/// Paths of one layer may take this much memory together.
const TEXT_LIMIT: usize = 256 << 20;

impl Records {
    /// Adds one; `false` when there is no more room.
    pub(crate) fn push(&mut self, record: Record<'_>) -> bool {
        let more = record.path.len().saturating_add(record.link.len());
        if self.text.len().saturating_add(more) > TEXT_LIMIT {
            return false;
        }
        let lengths =
            (u32::try_from(self.text.len()), u16::try_from(record.path.len()), u16::try_from(record.link.len()));
        let (Ok(start), Ok(path), Ok(link)) = lengths else { return false };
        self.text.extend_from_slice(record.path);
        self.text.extend_from_slice(record.link);
        let Record { entry, kind, offered, .. } = record;
        self.list.push(Packed { start, path, link, entry, kind, offered });
        true
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        self.list.iter().map(|packed| self.unpack(packed))
    }

    /// The record of an entry and its place among the records, when they were added in the order of their entries.
    pub(crate) fn find(&self, entry: u32) -> Option<(usize, Record<'_>)> {
        let place = self.list.binary_search_by_key(&entry, |packed| packed.entry).ok()?;
        Some((place, self.unpack(self.list.get(place)?)))
    }

    fn unpack(&self, packed: &Packed) -> Record<'_> {
        let text = self.text.get(packed.start as usize..).unwrap_or_default();
        let (path, rest) = text.split_at_checked(packed.path.into()).unwrap_or_default();
        let link = rest.get(..packed.link.into()).unwrap_or_default();
        Record { path, link, entry: packed.entry, kind: packed.kind, offered: packed.offered }
    }
}
