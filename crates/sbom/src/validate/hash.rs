//! Hashes of values, made while they pass, so that items that must differ can be compared without keeping them.
//!
//! Equal values have equal hashes: members count in any order, numbers by their value. The hash is fast and not meant to
//! withstand an author who wants two items of their own document to be taken for the same.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// Two hashes as one; the order counts.
pub(super) fn mix(one: u64, other: u64) -> u64 {
    // The finaliser of MurmurHash3, which lets every bit touch every bit.
    let mut hash = one.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ other;
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// Text.
pub(super) fn text(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    mix(3, hasher.finish())
}

/// A number by its value.
pub(super) fn number(text: &str) -> u64 {
    let value = text.parse::<f64>().unwrap_or_default() + 0.0;
    mix(2, value.to_bits())
}

/// `null`, `false` and `true`.
pub(super) const fn constant(which: u8) -> u64 {
    0x1234_5678_9abc_def1_u64.wrapping_mul(which as u64 | 4)
}
