//! Numbers for texts: packages, components, licences, names of files.
//!
//! A number is given once and never taken back, so what is remembered stays true whoever else writes.

use std::hash::{BuildHasher as _, RandomState};

use plimsoll_model::Purl;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::error::InventoryError;
use crate::store::{Database, Value};

/// Words that are remembered; past this many, all are forgotten.
const REMEMBERED: usize = 400_000;

/// The same of components, which take up 25 bytes each: as many as a table of 52 MB holds.
const REMEMBERED_COMPONENTS: usize = 1_830_000;

/// Sorts of words.
pub(crate) const LICENSE: i64 = 1;
pub(crate) const BASENAME: i64 = 4;

/// What was looked up.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    /// Numbers of components, and the two halves of the fingerprint of their digests.
    components: FxHashMap<Key, [u32; 3]>,
    /// What the keys of components are made with.
    secret: RandomState,
    licenses: FxHashMap<Box<str>, u32>,
    basenames: FxHashMap<Box<str>, u32>,
    /// Numbers given in a transaction that is not over.
    unsure: bool,
}

/// What stands for the text of a component: 96 bits. A hash with a secret, so that nobody can name two components that share one, and
/// another beside it, so that no two of some millions share both by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u32; 3]);

/// A component that was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) number: u32,
    /// The [`fingerprint`] of the digests that it had when it was first seen.
    pub(crate) digests: i64,
}

/// A component that has to be looked up.
pub(crate) struct Wanted<'a> {
    pub(crate) key: Key,
    pub(crate) text: &'a str,
    pub(crate) purl: bool,
    /// The beginnings of its digests, in order, where it was first seen.
    pub(crate) digests: Vec<i64>,
}

/// One number for the digests of a component, which are in order; 0 for none.
pub(crate) fn fingerprint(digests: impl IntoIterator<Item = i64>) -> i64 {
    let step = |hash: i64, digest: i64| hash.rotate_left(7).wrapping_mul(0x5851_f42d_4c95_7f2d) ^ digest;
    let mut digests = digests.into_iter().peekable();
    if digests.peek().is_none() { 0 } else { digests.fold(0, step) | 1 }
}

/// A name in its two parts, and what people ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// The purl type; empty for what has no purl.
    pub(crate) kind: String,
    /// Namespace and name, decoded.
    pub(crate) name: String,
    /// The purl up to the version.
    pub(crate) prefix: String,
    /// The purl from the version on.
    pub(crate) tail: String,
}

/// The two parts of a purl in its canonical form.
pub(crate) fn split_purl(purl: &Purl) -> Split {
    let text = purl.to_string();
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let at = text.get(..end).and_then(|head| head.find('@')).unwrap_or(end);
    let (prefix, tail) = text.split_at_checked(at).unwrap_or((&text, ""));
    let name = match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    Split { kind: purl.kind().to_owned(), name, prefix: prefix.to_owned(), tail: tail.to_owned() }
}

/// The two parts of a component's text.
pub(crate) fn split_text(text: &str, purl: bool) -> Split {
    if purl && let Ok(purl) = Purl::parse(text) {
        return split_purl(&purl);
    }
    let at = text.rfind('@').filter(|at| *at > 0).unwrap_or(text.len());
    let (name, tail) = text.split_at_checked(at).unwrap_or((text, ""));
    Split { kind: String::new(), name: name.to_owned(), prefix: name.to_owned(), tail: tail.to_owned() }
}

/// The next number of a sort of thing.
pub(crate) struct Counter {
    name: &'static str,
    first: i64,
    next: i64,
}

impl Counter {
    pub(crate) fn open(database: &mut Database, shard: i64, name: &'static str) -> Result<Self, InventoryError> {
        let sql = "SELECT next FROM counter WHERE shard = ?1 AND name = ?2";
        let next = database.one(sql, &[Value::Int(shard), Value::Text(name)], |row| row.int(0))?.unwrap_or(1);
        Ok(Self { name, first: next, next })
    }

    pub(crate) fn take(&mut self) -> Result<u32, InventoryError> {
        let number = u32::try_from(self.next).map_err(|_| InventoryError::Full(self.name))?;
        self.next = self.next.saturating_add(1);
        Ok(number)
    }

    /// The first of several numbers.
    pub(crate) fn take_many(&mut self, count: i64) -> Result<i64, InventoryError> {
        let first = self.next;
        self.next = first.saturating_add(count);
        u32::try_from(self.next).map_err(|_| InventoryError::Full(self.name))?;
        Ok(first)
    }

    pub(crate) fn close(self, database: &mut Database, shard: i64) -> Result<(), InventoryError> {
        if self.next == self.first {
            return Ok(());
        }
        let sql = "INSERT INTO counter (shard, name, next) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (shard, name) DO UPDATE SET next = excluded.next";
        database.execute(sql, &[Value::Int(shard), Value::Text(self.name), Value::Int(self.next)]).map(drop)
    }
}

impl Dictionary {
    /// The transaction in which numbers were given is over.
    pub(crate) fn keep(&mut self) {
        self.unsure = false;
        if self.components.len() > REMEMBERED_COMPONENTS {
            self.components = FxHashMap::default();
        }
        if self.basenames.len() > REMEMBERED {
            self.basenames = FxHashMap::default();
        }
        if self.licenses.len() > REMEMBERED {
            self.licenses = FxHashMap::default();
        }
    }

    /// The transaction came to nothing.
    pub(crate) fn forget(&mut self) {
        if self.unsure {
            *self = Self::default();
        }
    }

    /// What stands for the text of a component.
    pub(crate) fn key(&self, text: &str) -> Key {
        let (keyed, plain) = (self.secret.hash_one(text), FxBuildHasher.hash_one(text));
        Key([keyed as u32, (keyed >> 32) as u32, (plain >> 16) as u32])
    }

    /// A component that was looked up.
    pub(crate) fn component(&self, key: Key) -> Option<Known> {
        let [number, low, high] = *self.components.get(&key)?;
        Some(Known { number, digests: (u64::from(high) << 32 | u64::from(low)).cast_signed() })
    }

    /// The number of a word that was looked up.
    pub(crate) fn word(&self, kind: i64, text: &str) -> Option<u32> {
        if kind == LICENSE { &self.licenses } else { &self.basenames }.get(text).copied()
    }

    /// Looks components up, and numbers those that are new.
    pub(crate) fn learn(
        &mut self,
        database: &mut Database,
        shard: i64,
        wanted: &[Wanted<'_>],
    ) -> Result<(), InventoryError> {
        if wanted.is_empty() {
            return Ok(());
        }
        self.unsure = true;
        let splits: Vec<Split> = wanted.iter().map(|wanted| split_text(wanted.text, wanted.purl)).collect();
        let (packages, fresh) = packages(database, shard, &splits)?;
        let mut known: FxHashMap<(i64, &str), (i64, i64)> = FxHashMap::default();
        let mut keys = Vec::new();
        let mut pairs: FxHashMap<(i64, &str), ()> = FxHashMap::default();
        for split in &splits {
            let Some(package) = packages.get(split.prefix.as_str()).copied() else { continue };
            // A package that was not there has no components yet.
            if package < fresh && pairs.insert((package, &split.tail), ()).is_none() {
                keys.push((package, split.tail.as_str()));
            }
        }
        let tails: FxHashMap<(i64, &str), &str> = keys.iter().map(|key| (*key, key.1)).collect();
        database.for_pairs(
            "SELECT id, package, tail, digests FROM component WHERE shard = ?1 AND package = ?2 AND tail = ?3",
            "SELECT c.id, c.package, c.tail, c.digests FROM unnest(?2::bigint[], ?3::text[]) AS k(package, tail) \
             JOIN component c ON c.shard = ?1 AND c.package = k.package AND c.tail = k.tail",
            shard,
            &keys,
            |row| {
                let (id, package, tail) = (row.int(0)?, row.int(1)?, row.text(2)?);
                if let Some(tail) = tails.get(&(package, tail.as_str())) {
                    known.insert((package, tail), (id, row.int(3)?));
                }
                Ok(())
            },
        )?;
        let mut counter = Counter::open(database, shard, "component")?;
        let (mut rows, mut digests) = (Vec::new(), Vec::new());
        for (wanted, split) in wanted.iter().zip(&splits) {
            let Some(package) = packages.get(split.prefix.as_str()).copied() else { continue };
            let key = (package, split.tail.as_str());
            let (id, print) = match known.get(&key) {
                Some(found) => *found,
                None => {
                    let (id, print) = (i64::from(counter.take()?), fingerprint(wanted.digests.iter().copied()));
                    rows.push((id, package, split.tail.as_str(), print));
                    digests.extend(wanted.digests.iter().map(|digest| (*digest, id)));
                    known.insert(key, (id, print));
                    (id, print)
                }
            };
            let number = u32::try_from(id).map_err(|_| InventoryError::Full("components"))?;
            let print = print.cast_unsigned();
            self.components.insert(wanted.key, [number, print as u32, (print >> 32) as u32]);
        }
        database.insert(
            "INSERT INTO component (shard, id, package, tail, digests) VALUES (?1, ?2, ?3, ?4, ?5)",
            "COPY component (shard, id, package, tail, digests) FROM STDIN BINARY",
            rows.iter().map(|(id, package, tail, print)| {
                [Value::Int(shard), Value::Int(*id), Value::Int(*package), Value::Text(tail), Value::Int(*print)]
            }),
        )?;
        digests.sort_unstable();
        database.insert(
            "INSERT INTO digest (shard, value, component) VALUES (?1, ?2, ?3)",
            "COPY digest (shard, value, component) FROM STDIN BINARY",
            digests.iter().map(|(digest, id)| [Value::Int(shard), Value::Int(*digest), Value::Int(*id)]),
        )?;
        counter.close(database, shard)
    }

    /// Looks words of one sort up, and numbers those that are new.
    pub(crate) fn learn_words(
        &mut self,
        database: &mut Database,
        shard: i64,
        kind: i64,
        wanted: &[&str],
    ) -> Result<(), InventoryError> {
        if wanted.is_empty() {
            return Ok(());
        }
        self.unsure = true;
        let words = if kind == LICENSE { &mut self.licenses } else { &mut self.basenames };
        // The two sorts have statements of their own, so that a key is one value.
        let (one, many) = match kind {
            LICENSE => (
                "SELECT id, text FROM word WHERE shard = ?1 AND kind = 1 AND text = ?2",
                "SELECT id, text FROM word WHERE shard = ?1 AND kind = 1 AND text = ANY(?2)",
            ),
            _ => (
                "SELECT id, text FROM word WHERE shard = ?1 AND kind = 4 AND text = ?2",
                "SELECT id, text FROM word WHERE shard = ?1 AND kind = 4 AND text = ANY(?2)",
            ),
        };
        database.for_texts(one, many, shard, wanted, |row| {
            let number = u32::try_from(row.int(0)?).map_err(|_| InventoryError::Full("words"))?;
            words.insert(row.text(1)?.into(), number);
            Ok(())
        })?;
        let mut counter = Counter::open(database, shard, "word")?;
        let mut rows = Vec::new();
        for text in wanted {
            if !words.contains_key(*text) {
                let number = counter.take()?;
                words.insert(Box::from(*text), number);
                rows.push((number, *text));
            }
        }
        database.insert(
            "INSERT INTO word (shard, id, kind, text) VALUES (?1, ?2, ?3, ?4)",
            "COPY word (shard, id, kind, text) FROM STDIN BINARY",
            rows.iter()
                .map(|(id, text)| [Value::Int(shard), Value::Int(i64::from(*id)), Value::Int(kind), Value::Text(text)]),
        )?;
        counter.close(database, shard)
    }
}

/// The numbers of packages by prefix, new ones included, and the first number that is new.
fn packages<'s>(
    database: &mut Database,
    shard: i64,
    splits: &'s [Split],
) -> Result<(FxHashMap<&'s str, i64>, i64), InventoryError> {
    let mut by_prefix: FxHashMap<&str, &Split> = FxHashMap::default();
    let mut order = Vec::new();
    for split in splits {
        if by_prefix.insert(&split.prefix, split).is_none() {
            order.push(split);
        }
    }
    let prefixes: Vec<&str> = order.iter().map(|split| split.prefix.as_str()).collect();
    let mut packages: FxHashMap<&str, i64> = FxHashMap::default();
    database.for_texts(
        "SELECT id, prefix FROM package WHERE shard = ?1 AND prefix = ?2",
        "SELECT id, prefix FROM package WHERE shard = ?1 AND prefix = ANY(?2)",
        shard,
        &prefixes,
        |row| {
            let (id, prefix) = (row.int(0)?, row.text(1)?);
            if let Some((prefix, _)) = by_prefix.get_key_value(prefix.as_str()) {
                packages.insert(prefix, id);
            }
            Ok(())
        },
    )?;
    let mut counter = Counter::open(database, shard, "package")?;
    let fresh = counter.next;
    let mut rows = Vec::new();
    for split in order {
        if !packages.contains_key(split.prefix.as_str()) {
            let id = i64::from(counter.take()?);
            packages.insert(&split.prefix, id);
            rows.push((id, split));
        }
    }
    database.insert(
        "INSERT INTO package (shard, id, kind, name, prefix) VALUES (?1, ?2, ?3, ?4, ?5)",
        "COPY package (shard, id, kind, name, prefix) FROM STDIN BINARY",
        rows.iter().map(|(id, split)| {
            [
                Value::Int(shard),
                Value::Int(*id),
                Value::Text(&split.kind),
                Value::Text(&split.name),
                Value::Text(&split.prefix),
            ]
        }),
    )?;
    counter.close(database, shard)?;
    Ok((packages, fresh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_in_two_parts() {
        let parts = |text: &str| {
            let split = split_text(text, true);
            (split.kind, split.name, split.prefix, split.tail)
        };
        let own = |a: &str, b: &str, c: &str, d: &str| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned());
        assert_eq!(parts("pkg:npm/%40a/b@1.0"), own("npm", "@a/b", "pkg:npm/%40a/b", "@1.0"));
        assert_eq!(
            parts("pkg:deb/debian/x@1?distro=d&arch=a"),
            own("deb", "debian/x", "pkg:deb/debian/x", "@1?arch=a&distro=d")
        );
        assert_eq!(parts("pkg:golang/x?go=a%40b"), own("golang", "x", "pkg:golang/x", "?go=a%40b"));
        assert_eq!(parts("pkg:"), own("", "pkg:", "pkg:", ""));
        let bare = split_text("group/name@2", false);
        assert_eq!((bare.prefix.as_str(), bare.tail.as_str()), ("group/name", "@2"));
    }
}
