//! Which builders slsa-verifier recognises, as rules of ours.
//!
//! A builder on GitHub counts at a released version alone, a tag `vX.Y.Z`: branches and commits of a builder are not what its
//! makers vouch for. `SLSA_VERIFIER_TESTING` lets in what the tests of the builders themselves sign: prereleases and `main`, for
//! two repositories.

use plimsoll_verify::{BuilderRule, BuilderSigner, Pattern, RunnerRule, google_cloud_build_builders};

use crate::commands::expected::regex_quoted;

pub(super) const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
const WORKFLOWS: &str = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/";
const GENERATOR: &str = "github.com/slsa-framework/slsa-github-generator";
const EXAMPLES: &str = "github.com/slsa-framework/example-package";
/// Its releases name the language that they are for.
const JRELEASER: &str = "https://github.com/jreleaser/release-action";
const CLOUD_BUILD: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker";
pub(super) const NPM: &str = "https://github.com/actions/runner";
pub(super) const NPM_HOSTED: &str = "https://github.com/actions/runner/github-hosted";
pub(super) const NPM_SELF_HOSTED: &str = "https://github.com/actions/runner/self-hosted";

/// `vX.Y.Z`, as `golang.org/x/mod/semver` has it.
const RELEASE: &str = r"refs/tags/v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)";
const PRERELEASE: &str = r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?";

const GENERATOR_TYPE: &str = "https://github.com/slsa-framework/slsa-github-generator";
const DELEGATED_TYPE: &str = "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0";
const NPM_V1_TYPE: &str = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";
const GITHUB_TYPE: &str = "https://actions.github.io/buildtypes/workflow/v1";

/// Builders that sign for themselves: the name of the workflow, and the types that each builds.
const BUILDERS: [(&str, &[&str]); 4] = [
    ("generator_generic_slsa3.yml", &["/generic@v1"]),
    ("builder_go_slsa3.yml", &["/go@v1", "-go@v1", "@v1"]),
    ("builder_container-based_slsa3.yml", &["https://slsa.dev/container-based-build/v0.1?draft"]),
    ("generator_container_slsa3.yml", &["/container@v1"]),
];

/// Those that sign for builders which somebody brings along.
const DELEGATORS: [&str; 2] = ["delegator_generic_slsa3.yml", "delegator_lowperms-generic_slsa3.yml"];

/// What is asked for, as far as it decides who is recognised and how a refusal is called.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// `--builder-id`, unless it is empty.
    pub(super) builder_id: Option<String>,
    /// `--source-versioned-tag`
    pub(super) versioned_tag: Option<String>,
    /// The workflows that may sign for themselves, without a version.
    pub(super) names: Vec<String>,
    /// The delegators that may sign for others.
    delegators: Vec<String>,
    /// Whether it is a package of npm.
    pub(super) npm: bool,
    /// The repository that is asked for, in our one spelling.
    source: String,
    /// Whether prereleases may count (`SLSA_VERIFIER_TESTING`).
    testing: bool,
    /// Whether prereleases count: for two repositories.
    prereleases: bool,
    /// Whether `main` of a delegated builder counts.
    delegated_main: bool,
}

/// What is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Artifact,
    Image,
    Npm,
    Attestation,
}

impl Asked {
    /// `source` is in our one spelling.
    pub(super) fn new(family: Family, builder_id: Option<&str>, source: &str, testing: bool) -> Self {
        let builder_id = builder_id.filter(|id| !id.is_empty());
        let workflow = |name: &str| format!("{WORKFLOWS}{name}");
        let names = match (family, builder_id) {
            (Family::Npm, _) | (Family::Attestation, None) => Vec::new(),
            (Family::Artifact, None) => BUILDERS.iter().take(3).map(|(name, _)| workflow(name)).collect(),
            (Family::Image, None) => BUILDERS.iter().skip(3).map(|(name, _)| workflow(name)).collect(),
            (_, Some(id)) => vec![split(id).0.to_owned()],
        };
        let delegators = match family {
            Family::Artifact => DELEGATORS.iter().map(|name| workflow(name)).collect(),
            Family::Npm => DELEGATORS.iter().skip(1).map(|name| workflow(name)).collect(),
            Family::Image | Family::Attestation => Vec::new(),
        };
        Self {
            builder_id: builder_id.map(str::to_owned),
            versioned_tag: None,
            names,
            delegators,
            npm: family == Family::Npm,
            source: source.to_owned(),
            testing,
            prereleases: testing && [GENERATOR, EXAMPLES].contains(&source),
            delegated_main: testing && source == EXAMPLES,
        }
    }

    /// Whether the identity of a certificate is one of a delegator that counts.
    pub(super) fn is_delegator(&self, identity: &str) -> bool {
        identity.rsplit_once('@').is_some_and(|(name, _)| self.delegators.iter().any(|known| known == name))
    }

    /// Whether a builder counts at this ref.
    pub(super) fn is_release(&self, reference: &str) -> bool {
        Pattern::regex(&self.release()).is_ok_and(|pattern| pattern.matches(reference))
    }

    /// Whether slsa-verifier, which goes by the certificate, would let this ref in before it found that another repository is
    /// asked for.
    pub(super) fn is_of_other_source(&self, claimed: &str, reference: &str) -> bool {
        let lenient = || Pattern::regex(&release(true)).is_ok_and(|pattern| pattern.matches(reference));
        self.testing && self.source != claimed && [GENERATOR, EXAMPLES].contains(&claimed) && lenient()
    }

    fn release(&self) -> String {
        release(self.prereleases)
    }

    /// Who is recognised.
    pub(super) fn rules(&self, family: Family) -> Vec<BuilderRule> {
        let release = self.release();
        let mut rules = Vec::new();
        for name in &self.names {
            let types: Vec<Pattern> = match BUILDERS.iter().find(|(file, _)| *name == format!("{WORKFLOWS}{file}")) {
                Some((_, types)) => types.iter().map(|text| Pattern::exact(build_type(text))).collect(),
                None if family == Family::Attestation => vec![Pattern::exact(GITHUB_TYPE)],
                // It may have signed, but nobody says what such a builder builds.
                None => continue,
            };
            let id = format!("{}@{release}", regex_quoted(name));
            rules.extend(rule("builder", &id, BuilderSigner::Itself { issuer: issuer() }, types));
        }
        if let Some(delegators) = self.delegator_pattern(&release) {
            let types = vec![Pattern::exact(DELEGATED_TYPE)];
            let signer = BuilderSigner::Other { identity: delegators, issuer: issuer() };
            rules.extend(rule("delegated builder", &self.delegated(), signer, types));
        }
        if self.npm {
            rules.extend(self.npm_rules());
        }
        rules
    }

    fn delegator_pattern(&self, release: &str) -> Option<Pattern> {
        let names: Vec<String> = self.delegators.iter().map(|name| regex_quoted(name)).collect();
        if names.is_empty() {
            return None;
        }
        Pattern::regex(&format!("({})@{release}", names.join("|"))).ok()
    }

    /// The builders that a delegator may sign for: without `--builder-id` those of its makers.
    fn delegated(&self) -> String {
        let main = if self.delegated_main { "refs/heads/main|" } else { "" };
        match self.builder_id.as_deref().map(|id| split(id).0) {
            None => format!("{}[^@]+@({main}{RELEASE})", regex_quoted(WORKFLOWS)),
            Some(name) if name.starts_with(JRELEASER) => format!("{}[^@]*@{RELEASE}-java", regex_quoted(JRELEASER)),
            Some(_) => format!("https://[^@]+@({main}{RELEASE})"),
        }
    }

    /// npm signs in the job that builds, with the identity of any workflow: what counts is that the certificate names the
    /// repository, and machines of GitHub. The short name of the builder stands for them in provenance v0.2 alone.
    fn npm_rules(&self) -> Vec<BuilderRule> {
        let Some(identity) = Pattern::regex("https://github\\.com/.+").ok() else { return Vec::new() };
        if !matches!(self.builder_id.as_deref(), Some(NPM | NPM_HOSTED)) {
            return Vec::new();
        }
        let (id, types) = (format!("{}(/github-hosted)?", regex_quoted(NPM)), ["/gha@v1", "/gha/v1", "/gha/v2"]);
        let signer = || BuilderSigner::Other { identity: identity.clone(), issuer: issuer() };
        let types = types.iter().map(|rest| Pattern::exact(format!("https://github.com/npm/cli{rest}"))).collect();
        let mut rules: Vec<BuilderRule> = rule("npm", &id, signer(), types).into_iter().collect();
        if self.builder_id.as_deref() == Some(NPM_HOSTED) {
            rules.extend(rule("npm", &regex_quoted(NPM_HOSTED), signer(), vec![Pattern::exact(NPM_V1_TYPE)]));
        }
        for rule in &mut rules {
            rule.runner = RunnerRule::HostedAsStated;
        }
        rules
    }

    /// What the document has to name as its builder. For those that sign for themselves the certificate has to name it as well.
    pub(super) fn builder(&self) -> Option<Pattern> {
        let id = self.builder_id.as_deref()?;
        if self.npm && [NPM, NPM_HOSTED].contains(&id) {
            return None;
        }
        let pattern = match split(id) {
            (name, None) => format!("{}(@.+)?", regex_quoted(name)),
            (name, Some(version)) => format!("{}@(refs/tags/)?{}", regex_quoted(name), regex_quoted(version)),
        };
        Pattern::regex(&pattern).ok()
    }
}

/// The builders of Google Cloud Build that a name stands for, with or without a version.
pub(super) fn cloud_build(id: &str) -> (Vec<BuilderRule>, Option<Pattern>) {
    let pattern = match split(id) {
        (name, None) => format!("{}(@.+)?", regex_quoted(name)),
        (name, Some(version)) => format!("{}@{}", regex_quoted(name), regex_quoted(version)),
    };
    (google_cloud_build_builders(), Pattern::regex(&pattern).ok())
}

pub(super) fn is_cloud_build(id: &str) -> bool {
    split(id).0 == CLOUD_BUILD
}

/// Whether a builder is one on GitHub.
pub(super) fn is_github(id: &str) -> bool {
    id.starts_with("https://github.com/")
}

/// The name and the version of a builder.
fn split(id: &str) -> (&str, Option<&str>) {
    id.split_once('@').map_or((id, None), |(name, version)| (name, Some(version)))
}

/// Whether a builder is written as one: at most one version, which is not empty.
pub(super) fn is_builder_id(id: &str) -> bool {
    match split(id) {
        (_, None) => true,
        (_, Some(version)) => !version.is_empty() && !version.contains('@'),
    }
}

fn release(prereleases: bool) -> String {
    if prereleases { format!("(refs/heads/main|{RELEASE}{PRERELEASE})") } else { RELEASE.to_owned() }
}

fn build_type(text: &str) -> String {
    if text.starts_with("https://") { text.to_owned() } else { format!("{GENERATOR_TYPE}{text}") }
}

fn issuer() -> Pattern {
    Pattern::exact(GITHUB_ISSUER)
}

fn rule(name: &str, id: &str, signer: BuilderSigner, build_types: Vec<Pattern>) -> Option<BuilderRule> {
    let id = Pattern::regex(id).ok()?;
    Some(BuilderRule { name: name.to_owned(), id, signer, build_types, level: 3, runner: RunnerRule::Hosted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_releases_of_a_builder_count_but_in_tests_of_the_builders() {
        let asked = Asked::new(Family::Artifact, None, "github.com/acme/app", true);
        assert!(asked.is_release("refs/tags/v1.2.3"));
        for no in ["refs/tags/v1.2", "refs/tags/v1.2.3-rc.1", "refs/tags/v01.2.3", "refs/heads/main", "v1.2.3", ""] {
            assert!(!asked.is_release(no), "{no}");
        }
        let testing = Asked::new(Family::Artifact, None, EXAMPLES, true);
        for yes in ["refs/tags/v1.2.3", "refs/tags/v1.2.3-rc.1", "refs/heads/main"] {
            assert!(testing.is_release(yes), "{yes}");
        }
        assert!(!testing.is_release("refs/tags/v1.2.3+x") && !testing.is_release("refs/heads/dev"));
        assert!(!Asked::new(Family::Artifact, None, EXAMPLES, false).is_release("refs/heads/main"));
    }

    #[test]
    fn an_unknown_builder_is_recognised_for_attestations_of_github_alone() {
        let id = Some("https://github.com/acme/app/.github/workflows/x.yml");
        for (family, count) in [(Family::Artifact, 1), (Family::Image, 0), (Family::Npm, 1), (Family::Attestation, 1)] {
            assert_eq!(Asked::new(family, id, "github.com/acme/app", false).rules(family).len(), count, "{family:?}");
        }
        assert!(Asked::new(Family::Attestation, Some(""), "x", false).rules(Family::Attestation).is_empty());
    }

    #[test]
    fn a_builder_has_one_version_at_most() {
        assert!(is_builder_id("https://github.com/a/b@v1") && is_builder_id("https://github.com/a/b"));
        assert!(!is_builder_id("https://github.com/a/b@") && !is_builder_id("https://github.com/a/b@v1@v2"));
    }
}
