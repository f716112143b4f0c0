//! Hostile input: the shared suite of it, and our own fixtures broken at random.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod sbom;
#[cfg(test)]
mod spdx2;
#[cfg(test)]
mod suite;
