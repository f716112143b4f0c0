//! Which licence names the standards list.

use plimsoll_model::License;

/// Names that our licence library takes for ids, but the SPDX licence list 3.28, which the CycloneDX 1.6 and 1.7 schemas
/// enumerate, does not have: newer ones, and words of the library's own. Sorted.
const UNLISTED: &[&str] = &[
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-Source-Code-no-disclaimer",
    "BSD-Source-alt-GPL",
    "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Google-Patent-WebM",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
    "NOASSERTION",
    "NONE",
    "Spelling-Provider-LGPL-exception",
    "atc-game",
];

/// The SPDX expression of a licence; `None` when it uses a name that is not listed, and so is text like any other.
pub(crate) fn expression(license: &License) -> Option<&str> {
    license.expression().filter(|expression| {
        let mut words = expression.split([' ', '(', ')']);
        words.all(|word| UNLISTED.binary_search(&word.trim_end_matches('+')).is_err())
    })
}

/// The id on the SPDX licence list, when the expression is just that.
pub(crate) fn id(license: &License) -> Option<&str> {
    expression(license).and_then(|_| license.id())
}

/// The ids of the list: licences, deprecated ones too, and exceptions.
pub(crate) fn listed() -> impl Iterator<Item = &'static str> {
    let licenses = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    let exceptions = spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name);
    licenses.chain(exceptions).filter(|id| UNLISTED.binary_search(id).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(UNLISTED.is_sorted());
    }

    #[test]
    fn what_is_not_listed_is_text() {
        let expression_of = |text: &str| License::declared(text).and_then(|held| expression(&held).map(str::to_owned));
        assert_eq!(expression_of("MIT OR Bugroff"), None);
        assert_eq!(expression_of("MIT OR ISC").as_deref(), Some("MIT OR ISC"));
        assert_eq!(id(&License::declared("Bugroff").unwrap()), None);
    }
}
