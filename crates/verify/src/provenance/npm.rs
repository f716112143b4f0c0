//! What npm's registry says of a package: two attestations, of the build and of its publication.
//! <https://docs.npmjs.com/generating-provenance-statements>
//!
//! The provenance says how the tarball was built, and is written by whoever built it. That the registry took this very tarball
//! under this name and version is what the registry signs, with a key of its own. Only the two together, about one digest and
//! one name, say that the package of this name was built so.

mod keys;

use data_encoding::HEXUPPER_PERMISSIVE;
use plimsoll_attest::Statement;
use serde_json::Value;

use super::judgement::{refused, verify_provenance};
use super::{ProvenanceExpectation, ProvenanceOutcome, ProvenanceRefusal};
use crate::verification::{About, judge};
use crate::{Claims, Code, Evidence, Expectation, LogRule, SignerExpectation, Subject, TrustedRoot, Verified};

pub use keys::{RegistryKey, npm_registry_keys};

/// All types of statements about a publication begin so.
const PUBLISH: &str = "https://github.com/npm/attestation/tree/main/specs/publish/";

/// What a package has to be.
#[derive(Debug, Clone)]
pub struct NpmExpectation {
    /// How it has to be built.
    pub provenance: ProvenanceExpectation,
    /// Its name, with its scope. `None` takes the one that the registry took it under.
    pub name: Option<String>,
    /// Its version. `None` takes the one that the registry took it under.
    pub version: Option<String>,
    /// The keys of the registry.
    pub keys: Vec<RegistryKey>,
}

/// Verifies a package of npm: its provenance, that the registry published this tarball, and that both name the same package.
#[must_use]
pub fn verify_npm_package(
    evidence: &[Evidence],
    subject: &Subject,
    expectation: &NpmExpectation,
    roots: &[TrustedRoot],
) -> ProvenanceOutcome {
    let is_publication = |piece: &&Evidence| {
        piece.unverified_statement().is_some_and(|statement| statement.predicate_type().starts_with(PUBLISH))
    };
    let (publications, builds): (Vec<&Evidence>, Vec<&Evidence>) = evidence.iter().partition(is_publication);
    let builds: Vec<Evidence> = builds.into_iter().cloned().collect();
    let mut outcome = verify_provenance(&builds, subject, &expectation.provenance, roots);
    if !outcome.is_proven() {
        return outcome;
    }
    let mut published = Vec::new();
    for piece in publications {
        match publication(piece, subject, expectation, roots) {
            Ok(found) => published.push(found),
            Err(refusal) => outcome.refused.push(*refusal),
        }
    }
    for build in std::mem::take(&mut outcome.proven) {
        let mut reason =
            (Code::NoEvidence, "the registry does not say that it published this tarball as this package".to_owned());
        let mut is_published = false;
        for package in &published {
            match build.verified.statement().map(|statement| package.is_of(statement)) {
                Some(Ok(())) => is_published = true,
                Some(Err(other)) => reason = other,
                None => {}
            }
        }
        if is_published {
            outcome.proven.push(build);
        } else {
            outcome.refused.push(refusal(&build.verified, reason.0, reason.1));
        }
    }
    outcome
}

/// What the registry says that it published.
struct Package {
    name: String,
    version: String,
}

impl Package {
    /// Whether the provenance is about this package, and about nothing else.
    fn is_of(&self, provenance: &Statement) -> Result<(), (Code, String)> {
        let [subject] = provenance.subjects() else {
            let count = provenance.subjects().len();
            return Err((Code::Provenance, format!("it is about {count} artifacts, and a package is one")));
        };
        if !subject.digest.contains_key("sha512") {
            return Err((Code::Provenance, "a package is known by its SHA-512".into()));
        }
        let (name, version) = named(&subject.name).map_err(|reason| (Code::PackageName, reason))?;
        if name != self.name {
            return Err((Code::PackageName, format!("it was built as {name}, and published as {}", self.name)));
        }
        if version != self.version {
            let reason = format!("it was built as version {version}, and published as {}", self.version);
            return Err((Code::PackageVersion, reason));
        }
        Ok(())
    }
}

/// Verifies that the registry published the tarball, as what is expected.
fn publication(
    piece: &Evidence,
    subject: &Subject,
    expectation: &NpmExpectation,
    roots: &[TrustedRoot],
) -> Result<Package, Box<ProvenanceRefusal>> {
    let keys = expectation.keys.iter().map(|known| known.key.clone()).collect();
    let wanted = Expectation {
        log: expectation.provenance.log,
        logs: expectation.provenance.logs,
        times: expectation.provenance.times,
        ..Expectation::new(SignerExpectation::Keys(keys), expectation.provenance.at)
    };
    let verified =
        judge(piece, About::Artifact(subject), &wanted, roots).map_err(|refusal| Box::new(refused(*refusal)))?;
    let fail = |code: Code, reason: String| Box::new(refusal(&verified, code, reason));
    // A key that had ended could be in anybody's hands.
    let ended = expectation.keys.iter().find(|known| Some(known.key.fingerprint().as_str()) == verified.key());
    if let Some(until) = ended.and_then(|known| known.until) {
        let is_late = verified.times().iter().any(|time| time.time >= until);
        let is_open = verified.times().is_empty() && wanted.log != LogRule::IgnoredInsecurely;
        if is_late || is_open {
            return Err(fail(Code::Expired, format!("the key of the registry ended on {until}")));
        }
    }
    let statement = verified.statement().filter(|statement| statement.predicate_type().starts_with(PUBLISH));
    let statement = statement.ok_or_else(|| fail(Code::PredicateType, "it is about no publication".into()))?;
    let said = |key: &str| statement.predicate().get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(name), Some(version)) = (said("name"), said("version")) else {
        return Err(fail(Code::Statement, "it does not say what was published".into()));
    };
    for published in statement.subjects() {
        if named(&published.name).as_ref() != Ok(&(name.to_owned(), version.to_owned())) {
            let reason = format!("it is about {:?}, and says that {name} {version} was published", published.name);
            return Err(fail(Code::PackageName, reason));
        }
    }
    for (code, expected, found) in
        [(Code::PackageName, &expectation.name, name), (Code::PackageVersion, &expectation.version, version)]
    {
        if let Some(expected) = expected
            && expected != found
        {
            let mut refusal = fail(code, code.means().to_owned());
            (refusal.expected, refusal.actual) = (Some(expected.clone()), Some(found.to_owned()));
            return Err(refusal);
        }
    }
    Ok(Package { name: name.to_owned(), version: version.to_owned() })
}

/// The name and version of `pkg:npm/%40scope/name@version`. Letters keep their case: the names of old packages have capitals.
fn named(purl: &str) -> Result<(String, String), String> {
    let no = || format!("{purl:?} names no version of a package of npm");
    let rest = purl.strip_prefix("pkg:npm/").filter(|rest| !rest.contains(['?', '#', '+', ' '])).ok_or_else(no)?;
    let decoded = decoded(rest).ok_or_else(no)?;
    let (name, version) = decoded.rsplit_once('@').ok_or_else(no)?;
    if name.is_empty() || version.is_empty() || version.contains('/') || name.trim_start_matches('@').contains('@') {
        return Err(no());
    }
    Ok((name.to_owned(), version.to_owned()))
}

/// Text whose `%XX` are bytes (RFC 3986 §2.1).
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2)?;
        bytes.extend(HEXUPPER_PERMISSIVE.decode(hex.as_bytes()).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

fn refusal(verified: &Verified, code: Code, reason: String) -> ProvenanceRefusal {
    ProvenanceRefusal {
        place: verified.place().to_owned(),
        kind: Some(verified.kind()),
        code,
        reason,
        expected: None,
        actual: None,
        untrusted: Claims::default(),
        view: None,
        checks: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_npm() {
        let of = |text: &str| named(text).ok();
        let pair = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(of("pkg:npm/%40acme/app@1.0.0"), pair("@acme/app", "1.0.0"));
        assert_eq!(of("pkg:npm/%40acme%2fapp@1.0.0"), pair("@acme/app", "1.0.0"));
        assert_eq!(of("pkg:npm/JSONStream@1.0.0-rc.1"), pair("JSONStream", "1.0.0-rc.1"));
        for no in
            ["pkg:npm/app", "pkg:pypi/app@1", "app@1.0.0", "", "pkg:npm/%40acme/app", "pkg:npm/a%4@1", "pkg:npm/a@1?x"]
        {
            assert_eq!(of(no), None, "{no}");
        }
    }

    #[test]
    fn keys_can_be_used() {
        let keys = npm_registry_keys();
        assert_eq!(keys.len(), 2);
        assert!(keys.iter().any(|known| known.until.is_some()) && keys.iter().any(|known| known.until.is_none()));
    }
}
