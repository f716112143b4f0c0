//! Samples of the phrases of every licence on the SPDX list: `fingerprints.bin`, written by the test of this module from
//! the texts that the licence library has (`PLIMSOLL_BLESS=1`).
//!
//! A licence with more than [`MAX_PHRASES`] keeps those with a hash below 2^(32-k), for the smallest k that makes them few
//! enough. Which phrases these are does not depend on the licence, so the same can be taken of any text and compared.
//!
//! The file is a sequence of entries: the length of the ids in a byte, the ids with spaces between, k in a byte, the number
//! of hashes and the hashes in order, 32 bits little-endian each.

use super::phrases::Phrases;

/// Phrases kept of one licence. With 512 a share of 0.95 is known to within 0.01.
#[cfg(test)]
const MAX_PHRASES: usize = 512;

static TABLE: &[u8] = include_bytes!("fingerprints.bin");

/// A licence that is known by its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    ids: &'static str,
    halvings: u8,
    hashes: &'static [u8],
}

/// What a licence and a text have in common; from 0 to 1, but for `common`, which counts phrases.
pub(super) struct Compared {
    pub(super) held: f32,
    pub(super) alike: f32,
    pub(super) common: f32,
}

/// All licences of the table, in the order of their ids; some stand there twice, with and without an appendix.
pub(super) fn known() -> impl Iterator<Item = Known> {
    let mut rest = TABLE;
    std::iter::from_fn(move || {
        let (entry, tail) = read(rest)?;
        rest = tail;
        Some(entry)
    })
}

fn read(table: &'static [u8]) -> Option<(Known, &'static [u8])> {
    let (length, rest) = table.split_first()?;
    let (ids, rest) = rest.split_at_checked(usize::from(*length))?;
    let (halvings, rest) = rest.split_first()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let bytes = usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(4)?;
    let (hashes, rest) = rest.split_at_checked(bytes)?;
    Some((Known { ids: str::from_utf8(ids).ok()?, halvings: *halvings, hashes }, rest))
}

impl Known {
    /// The id it is reported under.
    pub(super) fn id(&self) -> &'static str {
        self.ids.split(' ').next().unwrap_or_default()
    }

    /// The ids of all licences with this text.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.ids.split(' ')
    }

    pub(super) fn phrases(&self) -> impl Iterator<Item = u32> {
        self.hashes.as_chunks::<4>().0.iter().map(|hash| u32::from_le_bytes(*hash))
    }

    /// The share of its phrases that another licence has as well.
    pub(super) fn shared_with(&self, other: &Self) -> f32 {
        let Some(bound) = bound(self.halvings.max(other.halvings)) else { return 0.0 };
        let below =
            |known: &Self| -> Vec<u32> { known.phrases().take_while(|hash| u64::from(*hash) < bound).collect() };
        let (own, theirs) = (below(self), below(other));
        let common = own.iter().filter(|hash| theirs.binary_search(hash).is_ok()).count();
        if own.is_empty() { 0.0 } else { number(common) / number(own.len()) }
    }

    /// Compares the sample with the same sample of a text; `None` when more than a fifth of it is missing: then neither
    /// share can reach 0.9 (of `2c / (own + theirs)` with `c <= theirs`, `c` has to be 0.82 of `own`).
    pub(super) fn compare(&self, text: &Phrases) -> Option<Compared> {
        let own = self.hashes.len().checked_div(4)?;
        let mut may_miss = own.checked_div(5)?;
        for hash in self.phrases() {
            if !text.contains(hash) {
                may_miss = may_miss.checked_sub(1)?;
            }
        }
        let missed = own.checked_div(5)?.checked_sub(may_miss)?;
        let common = own.checked_sub(missed)?;
        let (own, theirs, common) = (number(own), number(text.below(bound(self.halvings)?)), number(common));
        Some(Compared {
            held: common / own,
            alike: 2.0 * common / (own + theirs),
            common: common * 2_f32.powi(i32::from(self.halvings)),
        })
    }
}

/// Phrases with a hash below this are in a sample.
fn bound(halvings: u8) -> Option<u64> {
    1_u64.checked_shl(32_u32.checked_sub(u32::from(halvings))?)
}

fn number(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::from(u16::MAX), f32::from)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use plimsoll_model::License;

    use super::*;
    use crate::license_text::phrases::words;

    /// Fewer phrases say nothing.
    const MIN_PHRASES: usize = 12;

    /// A licence, and again without how to apply it, which many leave out.
    fn forms(text: &str) -> Vec<&str> {
        let body = text.split("END OF TERMS AND CONDITIONS").next().unwrap();
        if body.len() == text.len() { vec![text] } else { vec![text, body] }
    }

    /// A text of GNU is never the one of `-or-later` alone, though the list has it with another address or date there.
    fn same_text(id: &'static str) -> Vec<&'static str> {
        let Some(base) = id.strip_suffix("-only").or_else(|| id.strip_suffix("-or-later")) else { return vec![id] };
        let both = ["only", "or-later"].map(|end| ::spdx::license_id(&format!("{base}-{end}")).unwrap().name);
        both.to_vec()
    }

    fn sample(text: &str) -> Option<(u8, Vec<u32>)> {
        let phrases = Phrases::of(&words(text));
        let halvings = (0..32).find(|halvings| phrases.below(1 << (32 - halvings)) <= MAX_PHRASES).unwrap();
        let sample = phrases.hashes()[..phrases.below(1 << (32 - halvings))].to_vec();
        (phrases.hashes().len() >= MIN_PHRASES).then_some((halvings, sample))
    }

    fn table() -> Vec<u8> {
        let mut samples: BTreeMap<(u8, Vec<u32>), BTreeSet<&str>> = BTreeMap::new();
        for license in ::spdx::identifiers::LICENSES {
            let id = ::spdx::license_id(license.name).unwrap();
            let listed = License::declared(id.name).is_some_and(|held| crate::licenses::id(&held).is_some());
            if id.is_deprecated() || !listed {
                continue;
            }
            for sample in forms(id.text()).into_iter().filter_map(sample) {
                samples.entry(sample).or_default().extend(same_text(id.name));
            }
        }
        let mut entries: Vec<_> = samples.into_iter().map(|(sample, ids)| (ids, sample)).collect();
        entries.sort();
        let mut out = Vec::new();
        for (ids, (halvings, hashes)) in entries {
            let ids = ids.into_iter().collect::<Vec<_>>().join(" ");
            out.push(u8::try_from(ids.len()).unwrap());
            out.extend_from_slice(ids.as_bytes());
            out.push(halvings);
            out.extend_from_slice(&u32::try_from(hashes.len()).unwrap().to_le_bytes());
            hashes.iter().for_each(|hash| out.extend_from_slice(&hash.to_le_bytes()));
        }
        out
    }

    #[test]
    fn the_table_is_current() {
        let fresh = table();
        if std::env::var_os("PLIMSOLL_BLESS").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/license_text/fingerprints.bin");
            std::fs::write(path, fresh).unwrap();
        } else {
            assert!(fresh == TABLE, "fingerprints.bin is stale: run the test with PLIMSOLL_BLESS=1");
            let read: usize = known().map(|known| 6 + known.ids.len() + known.hashes.len()).sum();
            assert_eq!(read, TABLE.len());
            assert!(known().count() > 500);
        }
    }
}
