//! The built-in extractors.

use plimsoll_extract::Extractor;

use crate::found_sbom::FoundSbom;

/// Every extractor that there is, in the order of their crates and lists.
#[must_use]
pub fn extractors() -> Vec<&'static dyn Extractor> {
    let lists = [plimsoll_installed::extractors(), plimsoll_lockfiles::extractors(), plimsoll_binaries::extractors()];
    let sboms: &dyn Extractor = &FoundSbom;
    lists.into_iter().flatten().copied().chain([sboms]).collect()
}
