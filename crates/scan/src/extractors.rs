//! The built-in extractors.

use plimsoll_extract::Extractor;

use crate::Classify;

/// The extractors that a scan uses.
pub(crate) fn chosen(classify: &Classify) -> Vec<&dyn Extractor> {
    let mut all: Vec<&dyn Extractor> = extractors().into_iter().map(|extractor| extractor as &dyn Extractor).collect();
    match classify {
        Classify::BuiltIn => {}
        Classify::Off => all.retain(|extractor| extractor.id() != plimsoll_binaries::CLASSIFIER),
        Classify::With(custom) => {
            let built_in = all.iter_mut().filter(|extractor| extractor.id() == plimsoll_binaries::CLASSIFIER);
            built_in.for_each(|extractor| *extractor = &**custom);
        }
    }
    all
}

/// Every extractor that there is, in the order of their crates and lists.
#[must_use]
pub fn extractors() -> Vec<&'static dyn Extractor> {
    let lists = [plimsoll_installed::extractors(), plimsoll_lockfiles::extractors(), plimsoll_binaries::extractors()];
    lists.into_iter().flatten().copied().collect()
}
