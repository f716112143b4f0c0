//! All statements that are known, by what they are about.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{Assessment, Case, Heard, Subject, Trust, VexDocument, VexStatement, assess};

/// Statements of any number of documents, each with whose word it is. What it answers does not depend on the order in which
/// they were added.
#[derive(Debug, Clone, Default)]
pub struct VexBook {
    statements: Vec<(VexStatement, Trust)>,
    /// Places in `statements` by identifier, in lower case.
    about: BTreeMap<String, Vec<usize>>,
    digests: BTreeSet<[u8; 32]>,
}

impl VexBook {
    /// Adds the statements of a document.
    pub fn add(&mut self, document: VexDocument, trust: &Trust) {
        for statement in document.statements {
            let place = self.statements.len();
            let vulnerability = &statement.vulnerability;
            for id in std::iter::once(&vulnerability.id).chain(&vulnerability.aliases) {
                let places = self.about.entry(id.to_ascii_lowercase()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
            self.digests.insert(Sha256::digest(format!("{trust:?}{statement:?}")).into());
            self.statements.push((statement, trust.clone()));
        }
    }

    /// Whether nobody says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// How many statements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// What stands for all of it: another one means that something else is said. It is for comparing, within one release.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut all = Sha256::new();
        self.digests.iter().for_each(|digest| all.update(digest));
        data_encoding::HEXLOWER.encode(&all.finalize())
    }

    /// Weighs what is said of a component and an advisory of these ids.
    #[must_use]
    pub fn assess(&self, subject: &Subject, ids: &[&str]) -> Assessment<'_> {
        let places: BTreeSet<usize> =
            ids.iter().filter_map(|id| self.about.get(&id.to_ascii_lowercase())).flatten().copied().collect();
        let heard: Vec<Heard<'_>> = places
            .into_iter()
            .filter_map(|place| self.statements.get(place))
            .map(|(statement, trust)| Heard { statement, trust: trust.clone() })
            .collect();
        assess(&Case { subject, ids }, &heard)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Limits, Purl};

    use super::*;
    use crate::vex::{Identity, read};

    const DOCUMENT: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/vex/1", "author": "Acme",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [
        {"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:npm/rocket@1.0.0"}],
         "status": "not_affected", "justification": "vulnerable_code_not_present"}]}"#;

    #[test]
    fn statements_are_found_by_any_id() {
        let document = read(DOCUMENT.as_bytes(), &Limits::DEFAULT).unwrap();
        let purl = Purl::parse("pkg:npm/rocket@1.0.0").unwrap();
        let subject = Subject { component: Identity::from(purl), artifact: None };
        let mut book = VexBook::default();
        assert!(book.is_empty());
        let empty = book.fingerprint();
        book.add(document.clone(), &Trust::AddedLocally);
        assert!(book.assess(&subject, &["GHSA-x", "cve-2026-1"]).suppresses());
        assert!(!book.assess(&subject, &["CVE-2026-2"]).suppresses());
        let mut claimed = VexBook::default();
        claimed.add(document, &Trust::Unverified);
        let assessment = claimed.assess(&subject, &["CVE-2026-1"]);
        assert!(!assessment.suppresses() && assessment.claims().count() == 1);
        assert!(book.fingerprint() != empty && book.fingerprint() != claimed.fingerprint());
    }
}
