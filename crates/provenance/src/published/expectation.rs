//! Who should have signed a dependency, as the user states it.

use plimsoll_model::Purl;
use plimsoll_policy::{Name, NamePattern};
use plimsoll_verify::{Pattern, Repository};

use super::Signer;
use super::repository::usual_issuer;

/// Why an expectation cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectationError {
    /// The pattern of package URLs is none.
    #[error("{0}")]
    Purl(String),
    /// The repository is none.
    #[error("{0:?} is no repository such as github.com/acme/app")]
    Source(String),
    /// Nobody is named.
    #[error("it names neither a repository nor an identity")]
    Nobody,
    /// Nobody is named who vouches for it.
    #[error("it names nobody who vouches for the identity; that is only known for github.com and gitlab.com")]
    Issuer,
}

/// Who should have signed the dependencies that a pattern names.
#[derive(Debug, Clone)]
pub struct DependencyExpectation {
    pattern: NamePattern,
    source: Option<Repository>,
    issuer: String,
    identity: Option<Pattern>,
    place: String,
}

/// How a signer is not the one that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// What differs.
    pub(super) what: &'static str,
    pub(super) expected: String,
    pub(super) actual: Option<String>,
}

impl DependencyExpectation {
    /// For the packages that a pattern names (`pkg:npm/@acme/*`, see [`NamePattern`]): the repository, who vouches for it (known for GitHub and GitLab), and the identity. `place` says where it stands.
    ///
    /// # Errors
    /// It names nobody, or cannot be read.
    pub fn new(
        purl: &str,
        source: Option<&str>,
        issuer: Option<&str>,
        identity: Option<Pattern>,
        place: impl Into<String>,
    ) -> Result<Self, ExpectationError> {
        let source = match source {
            Some(text) => Some(Repository::parse(text).ok_or_else(|| ExpectationError::Source(text.to_owned()))?),
            None => None,
        };
        if source.is_none() && identity.is_none() {
            return Err(ExpectationError::Nobody);
        }
        let usual = || source.as_ref().and_then(usual_issuer);
        let issuer = issuer.or_else(usual).ok_or(ExpectationError::Issuer)?.to_owned();
        if !purl.starts_with("pkg:") {
            return Err(ExpectationError::Purl(format!("{purl:?} does not begin with pkg:")));
        }
        let pattern = NamePattern::parse(purl).map_err(ExpectationError::Purl)?;
        Ok(Self { pattern, source, issuer, identity, place: place.into() })
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it is about this dependency.
    pub(super) fn is_about(&self, purl: &Purl) -> bool {
        self.pattern.matches(&Name::package(purl)).is_some()
    }

    /// How a signer differs from the one that is expected.
    pub(super) fn difference(&self, signer: &Signer) -> Option<Difference> {
        if self.issuer != signer.issuer {
            return differs("issuer", &self.issuer, Some(&signer.issuer));
        }
        if let Some(identity) = self.identity.as_ref().filter(|identity| !identity.matches(&signer.identity)) {
            return differs("identity", &identity.to_string(), Some(&signer.identity));
        }
        let source = self.source.as_ref()?;
        let actual = signer.source.as_deref();
        if actual.and_then(Repository::parse).is_some_and(|actual| actual == *source) {
            return None;
        }
        differs("source repository", &source.to_uri(), actual)
    }
}

pub(super) fn differs(what: &'static str, expected: &str, actual: Option<&str>) -> Option<Difference> {
    Some(Difference { what, expected: expected.to_owned(), actual: actual.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(source: &str) -> Signer {
        Signer {
            identity: format!("{source}/.github/workflows/release.yml@refs/tags/v1"),
            issuer: "https://token.actions.githubusercontent.com".into(),
            source: Some(source.into()),
            source_id: None,
            source_ref: None,
            source_commit: None,
            workflow: None,
            runner: None,
        }
    }

    #[test]
    fn a_pattern_is_of_packages_or_versions() {
        let about = |pattern: &str, purl: &str| {
            let expectation = DependencyExpectation::new(pattern, Some("github.com/a/b"), None, None, "").unwrap();
            expectation.is_about(&Purl::parse(purl).unwrap())
        };
        assert!(about("pkg:npm/@acme/*", "pkg:npm/%40acme/app@1.0.0"));
        assert!(about("pkg:npm/%40acme/app", "pkg:npm/%40acme/app@1.0.0"));
        assert!(about("pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.0"));
        assert!(!about("pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.1"));
        assert!(!about("pkg:npm/*", "pkg:npm/%40acme/app@1.0.0"));
        assert!(!about("pkg:npm/left-pad", "pkg:npm/left-pad-evil@1.0.0"));
    }

    #[test]
    fn repositories_are_compared_as_repositories() {
        let expectation =
            DependencyExpectation::new("pkg:npm/x", Some("git+https://github.com/acme/app.git"), None, None, "")
                .unwrap();
        assert_eq!(expectation.difference(&signer("https://github.com/acme/app")), None);
        for other in ["https://github.com/acme/app2", "https://github.com/acme-evil/app", "https://gitlab.com/acme/app"]
        {
            assert_eq!(expectation.difference(&signer(other)).unwrap().what, "source repository", "{other}");
        }
        let mut other = signer("https://github.com/acme/app");
        other.issuer = "https://gitlab.com".into();
        assert_eq!(expectation.difference(&other).unwrap().what, "issuer");
    }

    #[test]
    fn nobody_is_not_expected() {
        let new = |purl, source, issuer| DependencyExpectation::new(purl, source, issuer, None, "").map(drop);
        assert_eq!(new("pkg:npm/x", None, None), Err(ExpectationError::Nobody));
        assert_eq!(new("pkg:npm/x", Some("git.acme.example/a/b"), None), Err(ExpectationError::Issuer));
        assert!(new("pkg:npm/x", Some("git.acme.example/a/b"), Some("https://id.acme.example")).is_ok());
        assert!(matches!(new("npm/x", Some("github.com/a/b"), None), Err(ExpectationError::Purl(_))));
        assert!(matches!(new("pkg:npm/x", Some("acme"), None), Err(ExpectationError::Source(_))));
    }
}
