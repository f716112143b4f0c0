//! All statements that are known, by what they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Assessment, Case, Effect, Heard, Subject, Trust, VexDocument, VexProduct, VexStatement, assess};
use crate::record::Advisory;

/// Statements of any number of documents, each with whose word it is. What it answers does not depend on the order in which
/// they were added.
#[derive(Debug, Clone, Default)]
pub struct VexBook {
    statements: Vec<Kept>,
    /// Places in `statements` by identifier, in lower case.
    about: BTreeMap<String, Vec<usize>>,
    digests: BTreeSet<[u8; 32]>,
}

/// A statement, whose word it is, and what it was attested of.
#[derive(Debug, Clone)]
struct Kept {
    statement: VexStatement,
    trust: Trust,
    attested: Option<Arc<[VexProduct]>>,
}

impl VexBook {
    /// Adds the statements of a document.
    pub fn add(&mut self, document: VexDocument, trust: &Trust) {
        let attested: Option<Arc<[VexProduct]>> = document.attested.map(Into::into);
        let subjects = attested.as_ref().map(|subjects| Sha256::digest(format!("{subjects:?}")));
        for statement in document.statements {
            let place = self.statements.len();
            let vulnerability = &statement.vulnerability;
            for id in std::iter::once(&vulnerability.id).chain(&vulnerability.aliases) {
                let places = self.about.entry(id.to_ascii_lowercase()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
            self.digests.insert(Sha256::digest(format!("{trust:?}{statement:?}{subjects:?}")).into());
            self.statements.push(Kept { statement, trust: trust.clone(), attested: attested.clone() });
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

    /// Weighs what is said of a component and an advisory of these ids: its own, its aliases, and what it derives from.
    ///
    /// An update of a distributor mends several vulnerabilities, and has few statements of its own. Where the ids name more
    /// than one CVE, the update is cleared when each of them is; what is said of only some of them is told and clears
    /// nothing.
    #[must_use]
    pub fn assess(&self, subject: &Subject, ids: &[&str]) -> Assessment<'_> {
        self.assess_case(&Case::new(subject, ids))
    }

    /// Weighs what is said of a component and an advisory that affects it, as [`VexBook::assess`] does.
    #[must_use]
    pub fn assess_advisory(&self, subject: &Subject, advisory: &Advisory) -> Assessment<'_> {
        let ids: Vec<&str> = advisory.identifiers().collect();
        self.assess_case(&Case::new(subject, &ids).malicious(advisory.malicious))
    }

    fn assess_case(&self, case: &Case<'_>) -> Assessment<'_> {
        let (own, parts) = vulnerabilities(case.ids);
        if parts.len() < 2 {
            return self.assess_one(case);
        }
        let outcome = self.assess_one(&Case { ids: &own, ..*case });
        if outcome.effect != Effect::AdvisoryHolds {
            return outcome;
        }
        let parts = parts.iter().map(|ids| self.assess_one(&Case { ids, ..*case }));
        let Some(mut part) = parts.reduce(more_cautious) else { return outcome };
        add_unheard(&mut part, outcome);
        part
    }

    /// Weighs what is said of one vulnerability.
    fn assess_one(&self, case: &Case<'_>) -> Assessment<'_> {
        let places: BTreeSet<usize> =
            case.ids.iter().filter_map(|id| self.about.get(&id.to_ascii_lowercase())).flatten().copied().collect();
        let heard: Vec<Heard<'_>> = places
            .into_iter()
            .filter_map(|place| self.statements.get(place))
            .map(|kept| Heard {
                statement: &kept.statement,
                trust: kept.trust.clone(),
                attested: kept.attested.as_deref(),
            })
            .collect();
        assess(case, &heard)
    }
}

/// The ids that name no CVE, and the others by the CVE that they name: `UBUNTU-CVE-2026-1` is about `CVE-2026-1`.
fn vulnerabilities<'i>(ids: &[&'i str]) -> (Vec<&'i str>, Vec<Vec<&'i str>>) {
    let mut own = Vec::new();
    let mut parts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for id in ids {
        let upper = id.to_ascii_uppercase();
        match upper.find("CVE-").and_then(|at| upper.get(at..)) {
            Some(cve) => parts.entry(cve.to_owned()).or_default().push(id),
            None => own.push(*id),
        }
    }
    (own, parts.into_values().collect())
}

/// Of several vulnerabilities the one that asks for most caution stands for all; what was not heard is told of both.
fn more_cautious<'a>(held: Assessment<'a>, next: Assessment<'a>) -> Assessment<'a> {
    let caution = |assessment: &Assessment<'_>| match assessment.effect {
        // That somebody says "affected" is worth more than that nobody says anything.
        Effect::AdvisoryHolds => (true, None),
        Effect::Status(status) => (!status.clears(), Some(status)),
    };
    let (mut kept, other) = if caution(&next) > caution(&held) { (next, held) } else { (held, next) };
    add_unheard(&mut kept, other);
    kept
}

/// One statement may be about several of the vulnerabilities, and is told once.
fn add_unheard<'a>(kept: &mut Assessment<'a>, other: Assessment<'a>) {
    for voice in other.unheard {
        if !kept.unheard.contains(&voice) {
            kept.unheard.push(voice);
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Limits, Purl};

    use super::*;
    use crate::vex::{Identifiers, Identity, VexFormat, VexProduct, VexStatus, VexVulnerability, read};

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

    #[test]
    fn what_is_attested_of_one_artifact_says_nothing_of_another() {
        let [one, other] = ["ab", "cd"].map(|byte| byte.repeat(32));
        let predicate = DOCUMENT;
        let attested = |subject: &str| {
            format!(
                r#"{{"_type": "https://in-toto.io/Statement/v1", "subject": [{subject}],
                "predicateType": "https://openvex.dev/ns/v0.2.0", "predicate": {predicate}}}"#
            )
        };
        let signed = Trust::SignedBy { signer: "acme".into(), party: crate::vex::Party::First };
        let suppresses = |statement: &str, digest: &str| {
            let mut book = VexBook::default();
            book.add(read(statement.as_bytes(), &Limits::DEFAULT).unwrap(), &signed);
            let artifact = plimsoll_model::Digest::from_prefixed(&format!("sha256:{digest}")).unwrap();
            let artifact = Identity { digests: vec![artifact], ..Identity::default() };
            let component = Identity::from(Purl::parse("pkg:npm/rocket@1.0.0").unwrap());
            let subject = Subject { component, artifact: Some(artifact) };
            let found = book.assess(&subject, &["CVE-2026-1"]);
            (found.suppresses(), found.unheard.first().map(|(_, why)| *why))
        };
        let own = attested(&format!(r#"{{"name": "app", "digest": {{"sha256": "{one}"}}}}"#));
        assert_eq!(suppresses(&own, &one), (true, None));
        assert_eq!(suppresses(&own, &other), (false, Some(crate::vex::Unheard::Elsewhere)));
        // Of what it is cannot be told: it is about nothing that is known here.
        let commit =
            attested(r#"{"name": "source", "digest": {"gitCommit": "0123456789012345678901234567890123456789"}}"#);
        assert!(!suppresses(&commit, &one).0);
        assert!(suppresses(predicate, &other).0);
    }

    fn said(id: &str, status: VexStatus) -> VexStatement {
        let mut statement = VexStatement::new(VexVulnerability::from_ids([id]), status);
        statement.products.push(VexProduct::new(Identifiers::from_text("pkg:deb/debian/a@1")));
        statement
    }

    fn effect(statements: &[VexStatement], advisory: &Advisory) -> Effect {
        let mut document = VexDocument::new(VexFormat::OpenVex, "0.2.0");
        document.statements = statements.to_vec();
        let mut book = VexBook::default();
        book.add(document, &Trust::AddedLocally);
        let component = Identity::from(Purl::parse("pkg:deb/debian/a@1").unwrap());
        book.assess_advisory(&Subject { component, artifact: None }, advisory).effect
    }

    #[test]
    fn an_update_is_cleared_when_all_that_it_mends_is() {
        use VexStatus::{Affected, Fixed, NotAffected};
        let mut advisory = Advisory::new("DSA-1-1");
        advisory.upstream = vec!["CVE-1".into(), "CVE-2".into()];
        let [one, two] = [said("cve-1", NotAffected), said("CVE-2", Fixed)];
        assert_eq!(effect(std::slice::from_ref(&one), &advisory), Effect::AdvisoryHolds);
        assert_eq!(effect(&[one.clone(), two.clone()], &advisory), Effect::Status(Fixed));
        assert_eq!(effect(&[one.clone(), said("CVE-2", Affected)], &advisory), Effect::Status(Affected));
        assert_eq!(effect(&[one, said("DSA-1-1", Affected), two], &advisory), Effect::Status(Affected));
        assert_eq!(effect(&[said("CVE-3", NotAffected)], &advisory), Effect::AdvisoryHolds);
        assert_eq!(effect(&[said("dsa-1-1", NotAffected)], &advisory), Effect::Status(NotAffected));
        advisory.upstream = vec!["CVE-1".into(), "UBUNTU-CVE-1".into()];
        assert_eq!(effect(&[said("CVE-1", NotAffected)], &advisory), Effect::Status(NotAffected));
    }
}
