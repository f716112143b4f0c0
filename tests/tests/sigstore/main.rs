//! Sigstore evidence: the shared suite, changed at random and held against each clause of what a verifier has to refuse.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

#[cfg(test)]
mod cases;
#[cfg(test)]
mod clauses;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod narrowing;
#[cfg(test)]
mod provenance;
