//! Outlines: the components of a document and what refers to what.
//!
//! Builds of one thing differ little, so of each line of builds the outline of the newest document is kept whole, and each older one
//! as its difference from the next ([`delta`](self::delta)): some hundred bytes. What people ask about most is read fastest.

mod delta;

use std::cell::RefCell;

use crate::error::InventoryError;
use crate::store::{Database, Value};
pub(crate) use delta::{apply, delta};

/// Differences that are followed from one whole outline to another; then one is kept whole.
pub(crate) const MAX_DEPTH: i64 = 64;

/// Bytes of a whole outline in one row: what SQLite keeps in place.
pub(crate) const PART_BYTES: usize = 940;

/// The most bytes that an outline may have.
const MAX_BYTES: usize = 256 << 20;

/// Components with what each refers to, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    numbers: Vec<u32>,
    /// For each component, where its targets end; they begin where those of the one before end.
    ends: Vec<usize>,
    targets: Vec<u32>,
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
        let mut numbers: Vec<u32> = Vec::with_capacity(items.len().saturating_add(1));
        numbers.push(0);
        numbers.extend_from_slice(items);
        numbers.sort_unstable();
        numbers.dedup();
        let mut outline = Self::with_capacity(numbers.len(), pairs.len());
        let mut rest = pairs.as_slice();
        for number in numbers {
            let count = rest.iter().take_while(|(from, _)| *from == number).count();
            let (own, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = after;
            outline.targets.extend(own.iter().map(|(_, to)| *to));
            outline.end(number);
        }
        outline
    }

    fn with_capacity(components: usize, targets: usize) -> Self {
        Self {
            numbers: Vec::with_capacity(components),
            ends: Vec::with_capacity(components),
            targets: Vec::with_capacity(targets),
        }
    }

    /// The targets that were added last are those of this component, which comes after the others.
    fn end(&mut self, number: u32) {
        self.numbers.push(number);
        self.ends.push(self.targets.len());
    }

    fn of_place(&self, place: usize) -> Option<&[u32]> {
        let start = match place.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        self.targets.get(start..*self.ends.get(place)?)
    }

    /// What a component refers to; nothing for one that is not there.
    pub(crate) fn targets(&self, number: u32) -> &[u32] {
        let place = self.numbers.binary_search(&number).ok();
        place.and_then(|place| self.of_place(place)).unwrap_or_default()
    }

    /// Whether a component is there.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }

    /// How many components there are, what the document is about among them.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Each component with what it refers to, in the order of their numbers; 0 is what the document is about.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let mut start = 0;
        self.numbers.iter().zip(&self.ends).map(move |(number, end)| {
            let targets = self.targets.get(start..*end).unwrap_or_default();
            start = *end;
            (*number, targets)
        })
    }

    /// What several documents say, taken together.
    pub(crate) fn union(mut outlines: Vec<Self>) -> Self {
        if outlines.len() < 2 {
            return outlines.pop().unwrap_or_default();
        }
        let mut nodes: Vec<(u32, &[u32])> = outlines.iter().flat_map(Self::nodes).collect();
        nodes.sort_by_key(|(number, _)| *number);
        let mut joined = Self::default();
        for same in nodes.chunk_by(|left, right| left.0 == right.0) {
            let Some((number, _)) = same.first() else { continue };
            let mut targets: Vec<u32> = same.iter().flat_map(|(_, targets)| targets.iter().copied()).collect();
            targets.sort_unstable();
            targets.dedup();
            joined.targets.append(&mut targets);
            joined.end(*number);
        }
        joined
    }

    /// The components, without what the document is about.
    pub(crate) fn components(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().copied().filter(|number| *number != 0)
    }

    #[cfg(test)]
    pub(crate) fn of(nodes: &[(u32, &[u32])]) -> Self {
        let mut outline = Self::default();
        for (number, targets) in nodes {
            outline.targets.extend_from_slice(targets);
            outline.end(*number);
        }
        outline
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
    let outline = decompress(bytes, length).map_err(|_| damaged("not what was compressed"))?;
    if outline.len() == length { Ok(outline) } else { Err(damaged("not of its length")) }
}

/// Decompresses with memory that each thread keeps for the next.
fn decompress(bytes: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|held| match held {
        Some(decompressor) => decompressor.decompress(bytes, length),
        None => held.insert(zstd::bulk::Decompressor::new()?).decompress(bytes, length),
    })
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
                           WHERE d.shard = ?1 AND d.id = ?2 ORDER BY t.part";
                let mut data = Vec::new();
                database.query(sql, &key, |row| {
                    data.extend(row.blob(0)?);
                    Ok(())
                })?;
                if data.is_empty() {
                    return Err(damaged("a document without one"));
                }
                break whole(&data)?;
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
        assert_eq!(outline, Outline::of(&[(0, &[7]), (7, &[12, 300]), (12, &[]), (300, &[12])]));
        assert_eq!((outline.targets(7), outline.targets(8)), (&[12, 300][..], &[][..]));
        let bytes = delta(&Outline::default(), &outline);
        let mut press = Press::new().unwrap();
        assert_eq!(whole(&press.press(&bytes).unwrap()).unwrap(), outline);
        assert_eq!(unpress(&press.press(&[7; 1000]).unwrap()).unwrap(), [7; 1000]);
        assert!(unpress(&[200, 3, 1, 2]).is_err() && unpress(&[]).is_err());
    }
}
