//! Outlines: the components of a document and what refers to what.
//!
//! Builds of one thing differ little, so of each line of builds the outline of the newest document is kept whole, and each older one
//! as its difference from the next ([`delta`](self::delta)): some hundred bytes. What people ask about most is read fastest.

mod delta;

use crate::error::InventoryError;
use crate::store::{Database, Value};
pub(crate) use delta::{apply, delta};

/// Differences that are followed from one whole outline to another; then one is kept whole.
pub(crate) const MAX_DEPTH: i64 = 64;

/// The most bytes that an outline may have.
const MAX_BYTES: usize = 256 << 20;

/// Components with what each refers to, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) nodes: Vec<(u32, Vec<u32>)>,
}

impl Outline {
    /// Of the numbers of items, which may repeat, and edges between the places of items, 0 being the document's subject.
    pub(crate) fn new(items: &[u32], edges: &[(u32, u32)]) -> Self {
        let number = |place: u32| match place.checked_sub(1) {
            None => Some(0),
            Some(place) => items.get(place as usize).copied(),
        };
        let mut pairs: Vec<(u32, u32)> = edges
            .iter()
            .filter_map(|(from, to)| Some((number(*from)?, number(*to)?)))
            .filter(|(from, to)| from != to && *to != 0)
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut numbers: Vec<u32> = items.to_vec();
        numbers.push(0);
        numbers.sort_unstable();
        numbers.dedup();
        let mut rest = pairs.as_slice();
        let nodes = numbers
            .into_iter()
            .map(|number| {
                let count = rest.iter().take_while(|(from, _)| *from == number).count();
                let (own, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                rest = after;
                (number, own.iter().map(|(_, to)| *to).collect())
            })
            .collect();
        Self { nodes }
    }

    /// What a component refers to; nothing for one that is not there.
    pub(crate) fn targets(&self, number: u32) -> &[u32] {
        let at = self.nodes.binary_search_by_key(&number, |(number, _)| *number).ok();
        at.and_then(|at| self.nodes.get(at)).map_or(&[], |(_, targets)| targets)
    }

    /// Whether a component is there.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.nodes.binary_search_by_key(&number, |(number, _)| *number).is_ok()
    }

    /// What several documents say, taken together.
    pub(crate) fn union(outlines: Vec<Self>) -> Self {
        let mut outlines = outlines.into_iter();
        let Some(first) = outlines.next() else { return Self::default() };
        outlines.fold(first, |all, more| {
            let mut nodes = all.nodes;
            nodes.extend(more.nodes);
            nodes.sort_by_key(|(number, _)| *number);
            let mut joined: Vec<(u32, Vec<u32>)> = Vec::with_capacity(nodes.len());
            for (number, targets) in nodes {
                match joined.last_mut() {
                    Some((last, held)) if *last == number => {
                        held.extend(targets);
                        held.sort_unstable();
                        held.dedup();
                    }
                    _ => joined.push((number, targets)),
                }
            }
            Self { nodes: joined }
        })
    }

    /// The components, without what the document is about.
    pub(crate) fn components(&self) -> impl Iterator<Item = u32> {
        self.nodes.iter().map(|(number, _)| *number).filter(|number| *number != 0)
    }
}

/// Compresses outlines and differences.
pub(crate) struct Press(zstd::bulk::Compressor<'static>);

impl Press {
    pub(crate) fn new() -> Result<Self, InventoryError> {
        let made = zstd::bulk::Compressor::new(1);
        Ok(Self(made.map_err(|error| InventoryError::store("compress", error))?))
    }

    /// The bytes that stand for some others: short ones as they are.
    pub(crate) fn press(&mut self, bytes: &[u8]) -> Result<Vec<u8>, InventoryError> {
        let mut out = Vec::with_capacity(bytes.len().saturating_add(5));
        if bytes.len() >= 400 {
            crate::posting::push_varint(&mut out, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            let pressed = self.0.compress(bytes).map_err(|error| InventoryError::store("compress", error))?;
            out.extend(pressed);
        } else {
            out.push(0);
            out.extend_from_slice(bytes);
        }
        Ok(out)
    }
}

/// Undoes [`Press::press`].
fn unpress(mut bytes: &[u8]) -> Result<Vec<u8>, InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "outline", reason };
    let length = crate::posting::take_varint(&mut bytes).ok_or_else(|| damaged("no length"))? as usize;
    if length == 0 {
        return Ok(bytes.to_vec());
    }
    if length > MAX_BYTES {
        return Err(damaged("too long"));
    }
    let outline = zstd::bulk::decompress(bytes, length).map_err(|_| damaged("not what was compressed"))?;
    if outline.len() == length { Ok(outline) } else { Err(damaged("not of its length")) }
}

/// An outline that stands by itself.
pub(crate) fn whole(data: &[u8]) -> Result<Outline, InventoryError> {
    apply(&Outline::default(), &unpress(data)?)
}

/// The outline of a document.
pub(crate) fn read(database: &mut Database, shard: i64, document: u32) -> Result<Outline, InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "outline", reason };
    let (mut differences, mut at) = (Vec::new(), i64::from(document));
    let mut outline = loop {
        let key = [Value::Int(shard), Value::Int(at)];
        let sql = "SELECT base, data FROM outline WHERE shard = ?1 AND document = ?2";
        match database.one(sql, &key, |row| Ok((row.int(0)?, row.blob(1)?)))? {
            Some((0, data)) => break whole(&data)?,
            Some((base, data)) => {
                differences.push(data);
                at = base;
            }
            None => {
                let sql = "SELECT t.data FROM document d JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
                           JOIN latest t ON t.shard = a.shard AND t.lineage = a.lineage AND t.document = d.id \
                           WHERE d.shard = ?1 AND d.id = ?2";
                let data = database.one(sql, &key, |row| row.blob(0))?;
                break whole(&data.ok_or_else(|| damaged("a document without one"))?)?;
            }
        }
        if differences.len() as i64 > MAX_DEPTH {
            return Err(damaged("a circle"));
        }
    };
    while let Some(difference) = differences.pop() {
        outline = apply(&outline, &unpress(&difference)?)?;
    }
    Ok(outline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_come_back() {
        let outline = Outline::new(&[7, 300, 7, 12], &[(0, 1), (1, 2), (1, 2), (3, 4), (2, 4), (9, 1)]);
        assert_eq!(outline.nodes, [(0, vec![7]), (7, vec![12, 300]), (12, vec![]), (300, vec![12])]);
        let bytes = delta(&Outline::default(), &outline);
        let mut press = Press::new().unwrap();
        assert_eq!(whole(&press.press(&bytes).unwrap()).unwrap(), outline);
        assert_eq!(unpress(&press.press(&[7; 1000]).unwrap()).unwrap(), [7; 1000]);
        assert!(unpress(&[200, 3, 1, 2]).is_err() && unpress(&[]).is_err());
    }
}
