//! Who may sign for which builder, and how much it is worth: the first step of verifying in SLSA.
//!
//! The level of a build is a property of the pair of signer and builder, never of the document. Whoever verifies decides; what
//! is built in are builders whose isolation their makers have published.

use super::issuers::HOSTED;
use crate::{Claim, Claims, Pattern, PublicKey};

/// Who may sign for a builder, and how much that is worth.
#[derive(Debug, Clone)]
pub struct BuilderRule {
    /// A name for reports.
    pub name: String,
    /// The builder, as the document names it.
    pub id: Pattern,
    /// Who signs for it.
    pub signer: BuilderSigner,
    /// The types of build that it makes. Empty takes any.
    pub build_types: Vec<Pattern>,
    /// The level of its builds, 0 to 3.
    pub level: u8,
    /// Whose machines it may run on.
    pub runner: RunnerRule,
}

/// Who signs for a builder.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BuilderSigner {
    /// The builder itself: the identity of the certificate is the id of the builder, byte for byte.
    Itself {
        /// Who has to vouch for the identity.
        issuer: Pattern,
    },
    /// Somebody else, by certificate.
    Other {
        /// The identity of the certificate.
        identity: Pattern,
        /// Who has to vouch for it.
        issuer: Pattern,
    },
    /// Any workflow that the repository ran from which the artifact is expected to come, by certificate: its own, or one of
    /// others that it called.
    OfSource {
        /// Who has to vouch for the identity.
        issuer: Pattern,
    },
    /// The holder of one of these keys.
    Keys(Vec<PublicKey>),
}

/// Whose machines a builder may run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunnerRule {
    /// Any.
    Any,
    /// Those of the platform: the certificate has to say so, where it says anything about it.
    Hosted,
    /// Those of the platform, and the certificate has to say so.
    HostedAsStated,
}

const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
const GITLAB_ISSUER: &str = "https://gitlab.com";
const GENERATOR: &str = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/";

impl BuilderRule {
    /// Whether a signature of this signer counts for a build of this builder and type.
    pub(super) fn recognises(
        &self,
        builder_id: &str,
        build_type: &str,
        claims: &Claims,
        key: Option<&str>,
        source: Option<&str>,
    ) -> bool {
        self.id.matches(builder_id)
            && (self.build_types.is_empty() || self.build_types.iter().any(|pattern| pattern.matches(build_type)))
            && self.signs(builder_id, claims, key, source)
            && self.runs_on(claims.get(Claim::RunnerEnvironment))
    }

    fn runs_on(&self, environment: Option<&str>) -> bool {
        match (self.runner, environment) {
            (RunnerRule::Any, _) | (RunnerRule::Hosted, None) => true,
            (RunnerRule::Hosted | RunnerRule::HostedAsStated, environment) => {
                environment.is_some_and(|environment| HOSTED.contains(&environment))
            }
        }
    }

    fn signs(&self, builder_id: &str, claims: &Claims, key: Option<&str>, source: Option<&str>) -> bool {
        let issued = |pattern: &Pattern| claims.get(Claim::Issuer).is_some_and(|issuer| pattern.matches(issuer));
        let identity = claims.identity();
        match &self.signer {
            BuilderSigner::Itself { issuer } => identity == Some(builder_id) && issued(issuer),
            BuilderSigner::Other { identity: pattern, issuer } => {
                identity.is_some_and(|identity| pattern.matches(identity)) && issued(issuer)
            }
            BuilderSigner::OfSource { issuer } => {
                let ran = claims.with_deprecated(Claim::SourceRepositoryUri);
                ran.is_some() && ran.as_deref() == source && issued(issuer)
            }
            BuilderSigner::Keys(keys) => key.is_some_and(|key| keys.iter().any(|known| known.fingerprint() == key)),
        }
    }
}

/// The builders whose isolation their makers have published: those of slsa-github-generator at released versions and Google Cloud
/// Build (level 3), and workflows of GitHub and jobs of GitLab that attest what they built themselves (level 2, on machines of
/// others 1).
#[must_use]
pub fn builders_known() -> Vec<BuilderRule> {
    let issuer = || Pattern::exact(GITHUB_ISSUER);
    let pattern = |text: &str| Pattern::regex(text).ok();
    let release = r"@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+";
    let generator = GENERATOR.replace('.', r"\.");
    let mut rules = Vec::new();
    let mut add = |name: &str, id: Option<Pattern>, signer: Option<BuilderSigner>, level: u8, runner| {
        if let (Some(id), Some(signer)) = (id, signer) {
            rules.push(BuilderRule { name: name.to_owned(), id, signer, build_types: Vec::new(), level, runner });
        }
    };
    for name in ["generator_generic", "builder_go", "generator_container", "builder_container-based"] {
        let id = pattern(&format!("{generator}{name}_slsa3\\.yml{release}"));
        add(name, id, Some(BuilderSigner::Itself { issuer: issuer() }), 3, RunnerRule::Hosted);
    }
    let delegator = pattern(&format!("{generator}delegator_(lowperms-)?generic_slsa3\\.yml{release}"));
    add(
        "delegated-builder",
        pattern(&format!("{generator}builder_[a-z-]+_slsa3\\.yml{release}")),
        delegator.map(|identity| BuilderSigner::Other { identity, issuer: issuer() }),
        3,
        RunnerRule::Hosted,
    );
    add(
        "npm",
        pattern("https://github\\.com/actions/runner(/github-hosted)?"),
        Some(BuilderSigner::OfSource { issuer: issuer() }),
        2,
        RunnerRule::Hosted,
    );
    add(
        "github-workflow",
        pattern("https://github\\.com/[^/@]+/[^/@]+/\\.github/workflows/[^/@]+@.+"),
        Some(BuilderSigner::Itself { issuer: issuer() }),
        2,
        RunnerRule::Hosted,
    );
    add(
        "github-workflow-anywhere",
        pattern("https://github\\.com/[^/@]+/[^/@]+/\\.github/workflows/[^/@]+@.+"),
        Some(BuilderSigner::Itself { issuer: issuer() }),
        1,
        RunnerRule::Any,
    );
    let gitlab = || pattern("https://gitlab\\.com/.+/-/runners/[0-9]+");
    let jobs = || Some(BuilderSigner::OfSource { issuer: Pattern::exact(GITLAB_ISSUER) });
    add("gitlab", gitlab(), jobs(), 2, RunnerRule::HostedAsStated);
    add("gitlab-anywhere", gitlab(), jobs(), 1, RunnerRule::Any);
    rules.extend(google_cloud_build_builders());
    rules
}

/// Google Cloud Build, by the keys that Google publishes: its versions that write provenance v0.1, and the one that writes
/// provenance v1, each signed with keys of its own.
#[must_use]
pub fn google_cloud_build_builders() -> Vec<BuilderRule> {
    let keys = crate::engine::cloud_build_keys();
    let rule = |name: &str, id: &str, keys: &[PublicKey], types: &[&str], level| BuilderRule {
        name: name.to_owned(),
        id: Pattern::exact(format!("https://cloudbuild.googleapis.com/GoogleHostedWorker{id}")),
        signer: BuilderSigner::Keys(keys.to_vec()),
        build_types: types.iter().filter_map(|text| Pattern::glob(text).ok()).collect(),
        level,
        runner: RunnerRule::Any,
    };
    let steps =
        ["https://cloudbuild.googleapis.com/CloudBuildYaml@*", "https://cloudbuild.googleapis.com/CloudBuildSteps@*"];
    vec![
        rule(
            "google-cloud-build",
            "",
            &keys.worker,
            &["https://cloud.google.com/build/gcb-buildtypes/google-worker/v1"],
            3,
        ),
        rule("google-cloud-build-v0.3", "@v0.3", &keys.first, &steps, 3),
        rule(
            "google-cloud-build-v0.2",
            "@v0.2",
            &keys.first,
            &["https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2"],
            2,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_built_in_compiles() {
        let rules = builders_known();
        assert_eq!(rules.len(), 13);
        let id = format!("{GENERATOR}builder_go_slsa3.yml@refs/tags/v1.2.2");
        let fits = |id: &str| rules.iter().filter(|rule| rule.id.matches(id)).map(|rule| rule.level).max();
        assert_eq!(fits(&id), Some(3));
        // Of a branch, of a prerelease, or beside it: an ordinary workflow.
        for id in [id.replace("refs/tags/v1.2.2", "refs/heads/main"), format!("{id}-rc.1"), id.replace("go_slsa3", "x")]
        {
            assert_eq!(fits(&id), Some(2), "{id}");
        }
    }
}
