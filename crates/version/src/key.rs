//! What versions are compared by: atoms in sections.
//!
//! The order is lexicographic over sequences that are padded without end, so it is reflexive, antisymmetric (up to
//! versions that are equal, as `1.0` and `1.0.0`) and transitive for whatever a scheme puts in.

use std::cmp::Ordering;

/// One step of a comparison: the rank first, then the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Atom {
    rank: u8,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    None,
    /// Fits.
    Small(u64),
    /// Does not; the length first, without leading zeros.
    Big(usize, Box<str>),
    Text(Box<[u8]>),
}

/// The most digits that always fit a `u64`.
const SMALL_DIGITS: usize = 19;

impl Atom {
    /// An atom that is its rank.
    pub(crate) const fn rank(rank: u8) -> Self {
        Self { rank, value: Value::None }
    }

    /// A number that is known to be small.
    pub(crate) const fn small(rank: u8, number: u64) -> Self {
        Self { rank, value: Value::Small(number) }
    }

    /// A number of any length. `digits` holds ASCII digits only; none at all is zero.
    pub(crate) fn number(rank: u8, digits: &str) -> Self {
        let digits = digits.trim_start_matches('0');
        let value = match digits.parse() {
            _ if digits.is_empty() => Value::Small(0),
            Ok(number) if digits.len() <= SMALL_DIGITS => Value::Small(number),
            _ => Value::Big(digits.len(), digits.into()),
        };
        Self { rank, value }
    }

    /// Text, compared byte by byte.
    pub(crate) fn text(rank: u8, text: &str) -> Self {
        Self { rank, value: Value::Text(text.as_bytes().into()) }
    }

    /// Text, compared without regard to ASCII case.
    pub(crate) fn folded(rank: u8, text: &str) -> Self {
        Self { rank, value: Value::Text(text.to_ascii_lowercase().into_bytes().into()) }
    }
}

/// Atoms, and the one that stands for those that are missing.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) atoms: Vec<Atom>,
    pub(crate) pad: Atom,
}

impl Section {
    pub(crate) const fn new(pad: Atom) -> Self {
        Self { atoms: Vec::new(), pad }
    }

    /// A section of one atom.
    pub(crate) fn one(atom: Atom) -> Self {
        Self { atoms: vec![atom], pad: Atom::rank(0) }
    }

    pub(crate) fn push(&mut self, atom: Atom) {
        self.atoms.push(atom);
    }

    fn compare(&self, other: &Self) -> Ordering {
        for index in 0..self.atoms.len().max(other.atoms.len()) {
            let ours = self.atoms.get(index).unwrap_or(&self.pad);
            let order = ours.cmp(other.atoms.get(index).unwrap_or(&other.pad));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// What a version is compared by. In one scheme, sections in the same place have the same padding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Key {
    /// A missing section is all padding.
    pub(crate) sections: Vec<Section>,
    /// What decides when all sections are equal; none is less than any.
    pub(crate) then: Option<Box<Self>>,
}

impl Key {
    pub(crate) fn of(sections: impl Into<Vec<Section>>) -> Self {
        Self { sections: sections.into(), then: None }
    }

    /// The order of two keys of one scheme.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        for index in 0..self.sections.len().max(other.sections.len()) {
            let order = match (self.sections.get(index), other.sections.get(index)) {
                (Some(ours), Some(theirs)) => ours.compare(theirs),
                (Some(ours), None) => ours.compare(&Section::new(ours.pad.clone())),
                (None, Some(theirs)) => Section::new(theirs.pad.clone()).compare(theirs),
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
        match (&self.then, &other.then) {
            (Some(ours), Some(theirs)) => ours.compare(theirs),
            (ours, theirs) => ours.is_some().cmp(&theirs.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length() {
        let numbers = ["", "1", "9", "010", "9999999999999999999", "18446744073709551616", "99999999999999999999999"];
        for pair in numbers.windows(2) {
            assert!(Atom::number(1, pair[0]) < Atom::number(1, pair[1]), "{pair:?}");
        }
        assert_eq!(Atom::number(1, "000"), Atom::number(1, "0"));
        assert_eq!(Atom::number(1, "00018446744073709551616"), Atom::number(1, "18446744073709551616"));
    }
}
