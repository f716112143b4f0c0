//! Builds an index.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::{Coordinates, MAGIC, MAX_TEXT, VERSION};

/// How much of a SHA-1 is a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLength {
    /// All of it.
    Whole,
    /// The first 8 bytes: a smaller index, and less sure.
    Short,
}

/// Why a line of a table was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {reason}")]
pub struct LineError {
    line: usize,
    reason: &'static str,
}

/// Collects what an index will hold. The order in which things are added does not matter.
#[derive(Debug, Default)]
pub struct JarIndexBuilder {
    entries: BTreeMap<[u8; 20], (u32, u32)>,
    names: Texts,
    versions: Texts,
    ambiguous: u64,
}

/// Texts, each with a number.
#[derive(Debug, Default)]
struct Texts {
    numbers: BTreeMap<Box<str>, u32>,
    by_number: Vec<Box<str>>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.by_number.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        self.by_number.push(text.into());
        number
    }

    fn text(&self, number: u32) -> &str {
        self.by_number.get(number as usize).map(|text| &**text).unwrap_or_default()
    }
}

impl JarIndexBuilder {
    /// Adds a jar. One that is published under several names keeps the name that sorts first; `false` when a part of the
    /// coordinates cannot be one.
    pub fn add(&mut self, sha1: [u8; 20], coordinates: &Coordinates) -> bool {
        let Coordinates { group, artifact, classifier, version } = coordinates;
        let plain = |text: &str| {
            text.len() <= MAX_TEXT as usize / 4 && text.chars().all(|c| c.is_ascii_graphic() && c != ':' && c != '/')
        };
        let stated = !group.is_empty() && !artifact.is_empty() && !version.is_empty();
        if !stated || ![group, artifact, classifier, version].into_iter().all(|text| plain(text)) {
            return false;
        }
        let name = match classifier.as_str() {
            "" => format!("{group}:{artifact}"),
            classifier => format!("{group}:{artifact}:{classifier}"),
        };
        let new = (self.names.number(&name), self.versions.number(version));
        let spelt = |(name, version): (u32, u32)| (self.names.text(name), self.versions.text(version));
        match self.entries.get_mut(&sha1) {
            None => drop(self.entries.insert(sha1, new)),
            Some(held) if *held == new => {}
            Some(held) => {
                self.ambiguous = self.ambiguous.saturating_add(1);
                if spelt(new) < spelt(*held) {
                    *held = new;
                }
            }
        }
        true
    }

    /// Adds a table: on each line a SHA-1 in hexadecimal, a tab, and `group:artifact:version[:classifier]`. Empty lines
    /// and those that start with `#` are passed over.
    ///
    /// # Errors
    /// A line is something else; those before it were added.
    pub fn add_table(&mut self, text: &str) -> Result<u64, LineError> {
        let mut added = 0_u64;
        for (at, line) in text.lines().enumerate() {
            let refuse = |reason| LineError { line: at.saturating_add(1), reason };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (digest, names) = line.split_once('\t').ok_or(refuse("not a SHA-1, a tab and coordinates"))?;
            let sha1 = sha1(digest.trim()).ok_or(refuse("not a SHA-1"))?;
            let mut words = names.trim().split(':').map(str::to_owned);
            let (Some(group), Some(artifact), Some(version)) = (words.next(), words.next(), words.next()) else {
                return Err(refuse("not group:artifact:version"));
            };
            let classifier = words.next().unwrap_or_default();
            let coordinates = Coordinates { group, artifact, classifier, version };
            if words.next().is_some() || !self.add(sha1, &coordinates) {
                return Err(refuse("not group:artifact:version"));
            }
            added = added.saturating_add(1);
        }
        Ok(added)
    }

    /// Jars added so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How often a jar was added under a second name.
    #[must_use]
    pub fn ambiguous(&self) -> u64 {
        self.ambiguous
    }

    /// Writes the index. The same jars give the same bytes.
    ///
    /// # Errors
    /// Writing fails, or there is more than an index can hold.
    pub fn write(&self, keys: KeyLength, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Hashed { out, hasher: Sha256::new() };
        let length = match keys {
            KeyLength::Whole => 20_usize,
            KeyLength::Short => 8,
        };
        // Two digests may share their first bytes. Neither is then the one.
        let mut entries: Vec<(&[u8], (u32, u32))> = Vec::with_capacity(self.entries.len());
        for (sha1, value) in &self.entries {
            let key = sha1.get(..length).unwrap_or(sha1);
            entries.push((key, *value));
        }
        let shared: BTreeSet<&[u8]> = entries
            .windows(2)
            .filter_map(|pair| matches!(pair, [a, b] if a.0 == b.0).then(|| pair.first().map(|one| one.0))?)
            .collect();
        entries.retain(|(key, _)| !shared.contains(key));
        let names = Table::of(&self.names, entries.iter().map(|(_, (name, _))| *name))?;
        let versions = Table::of(&self.versions, entries.iter().map(|(_, (_, version))| *version))?;
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&fits(length)?.to_le_bytes())?;
        fits(entries.len())?;
        for number in [entries.len(), names.ends.len(), names.text.len(), versions.ends.len(), versions.text.len(), 0] {
            out.write_all(&(number as u64).to_le_bytes())?;
        }
        for first in 0..=u8::MAX {
            let count = entries.partition_point(|(key, _)| key.first().is_some_and(|byte| *byte <= first));
            out.write_all(&fits(count)?.to_le_bytes())?;
        }
        for (key, _) in &entries {
            out.write_all(key)?;
        }
        for (_, (name, version)) in &entries {
            out.write_all(&names.place(*name).to_le_bytes())?;
            out.write_all(&versions.place(*version).to_le_bytes())?;
        }
        for table in [&names, &versions] {
            for end in &table.ends {
                out.write_all(&end.to_le_bytes())?;
            }
            out.write_all(table.text.as_bytes())?;
        }
        let Hashed { out, hasher } = out;
        out.write_all(&hasher.finalize())
    }
}

/// The texts that are in use, sorted.
struct Table {
    /// The place of each number.
    places: Vec<u32>,
    ends: Vec<u32>,
    text: String,
}

impl Table {
    fn of(texts: &Texts, used: impl Iterator<Item = u32>) -> io::Result<Self> {
        let used: BTreeSet<&str> = used.map(|number| texts.text(number)).collect();
        let mut table = Self { places: vec![0; texts.by_number.len()], ends: Vec::new(), text: String::new() };
        for (at, text) in used.into_iter().enumerate() {
            table.text.push_str(text);
            table.ends.push(fits(table.text.len())?);
            let number = texts.numbers.get(text).copied().unwrap_or_default();
            if let Some(place) = table.places.get_mut(number as usize) {
                *place = fits(at)?;
            }
        }
        Ok(table)
    }

    fn place(&self, number: u32) -> u32 {
        self.places.get(number as usize).copied().unwrap_or_default()
    }
}

fn fits(number: usize) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::Error::other("more jars than an index can hold"))
}

/// Hashes what passes through.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hasher: Sha256,
}

impl Hashed<'_> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }
}

fn sha1(text: &str) -> Option<[u8; 20]> {
    let mut out = [0; 20];
    if text.len() != 40 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        let start = at.saturating_mul(2);
        *byte = u8::from_str_radix(text.get(start..start.saturating_add(2))?, 16).ok()?;
    }
    // A sign is no digit, whatever `from_str_radix` thinks of it.
    text.chars().all(|c| c.is_ascii_hexdigit()).then_some(out)
}
