//! Who should have signed a dependency, as the user states it.

use plimsoll_model::Purl;
use plimsoll_policy::{Dependencies, DependencyAction, DependencyIdentity, Name, NamePattern};
use plimsoll_verify::{BuilderSigner, Pattern, Repository};

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
    /// A key is named.
    #[error("it names a key; what registries publish is signed with certificates")]
    Key,
}

/// Who should have signed the dependencies that a pattern names.
#[derive(Debug, Clone)]
pub struct DependencyExpectation {
    patterns: Vec<NamePattern>,
    source: Option<Repository>,
    issuer: Pattern,
    identity: Option<Pattern>,
    place: String,
    /// What differs is told and does not fail.
    is_lenient: bool,
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
        let (patterns, issuer) = (vec![pattern], Pattern::exact(issuer));
        Ok(Self { patterns, source, issuer, identity, place: place.into(), is_lenient: false })
    }

    /// Those that a policy states, each with its line in `file`.
    ///
    /// # Errors
    /// One of them names a key, or nobody who can be found in a certificate.
    pub fn of_policy(rules: &Dependencies, file: &str) -> Result<Vec<Self>, ExpectationError> {
        rules.identities.iter().map(|identity| Self::of_identity(identity, rules.default, file)).collect()
    }

    fn of_identity(
        stated: &DependencyIdentity,
        default: DependencyAction,
        file: &str,
    ) -> Result<Self, ExpectationError> {
        let usual = || stated.source.as_ref().and_then(usual_issuer).map(Pattern::exact);
        let (issuer, identity) = match &stated.signer {
            None => (usual().ok_or(ExpectationError::Issuer)?, None),
            Some(BuilderSigner::Itself { issuer } | BuilderSigner::OfSource { issuer }) => (issuer.clone(), None),
            Some(BuilderSigner::Other { identity, issuer }) => (issuer.clone(), Some(identity.clone())),
            Some(_) => return Err(ExpectationError::Key),
        };
        if stated.source.is_none() && identity.is_none() {
            return Err(ExpectationError::Nobody);
        }
        Ok(Self {
            patterns: stated.packages.clone(),
            source: stated.source.clone(),
            issuer,
            identity,
            place: format!("{file}:{}", stated.line),
            is_lenient: stated.action.unwrap_or(default) != DependencyAction::Deny,
        })
    }

    /// Whether what differs is told and does not fail.
    pub(super) fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it is about this dependency.
    pub(super) fn is_about(&self, purl: &Purl) -> bool {
        let name = Name::package(purl);
        self.patterns.iter().any(|pattern| pattern.matches(&name).is_some())
    }

    /// How a signer differs from the one that is expected.
    pub(super) fn difference(&self, signer: &Signer) -> Option<Difference> {
        if !self.issuer.matches(&signer.issuer) {
            return differs("issuer", &self.issuer.to_string(), Some(&signer.issuer));
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
    fn a_policy_states_them() {
        let policy = |text: &str| {
            let text = format!("version = 1\n[dependencies]\ndefault = \"warn\"\n{text}");
            let policy = plimsoll_policy::Policy::parse("p.toml", &text, &mut |_| Err(String::new())).unwrap();
            DependencyExpectation::of_policy(policy.dependencies().unwrap(), "p.toml")
        };
        let identity = "[[dependencies.identity]]\nmatch = [\"pkg:npm/x\"]\n";
        let one = policy(&format!("{identity}source = \"github.com/acme/app\"\naction = \"deny\"")).unwrap().remove(0);
        assert_eq!((one.place(), one.is_lenient()), ("p.toml:4", false));
        assert_eq!(one.difference(&signer("https://github.com/acme/app")), None);
        assert!(one.difference(&signer("https://github.com/acme/other")).is_some());
        let lenient = policy(&format!("{identity}source = \"github.com/acme/app\"")).unwrap().remove(0);
        assert!(lenient.is_lenient());
        let unknown = policy(&format!("{identity}source = \"git.acme.example/a/b\""));
        assert_eq!(unknown.unwrap_err(), ExpectationError::Issuer);
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
