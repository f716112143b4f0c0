//! `plimsoll provenance generate`.

use std::path::PathBuf;

use clap::Args;

use super::super::{DataFormat, NetworkArguments, SigningArguments};

/// Make provenance of what a CI job built: SLSA v1, in an in-toto statement
///
/// What the job's identity token claims comes first, the environment second; where the two contradict each other nothing is
/// made. No variables are read but those that the platform's table lists. No level is written: it follows from who signs.
/// Without --sign and --upload nothing is asked of the network.
#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// What was built: a file, a pattern such as 'dist/*.whl', or registry: and the name of an image. May be given several
    /// times
    #[arg(long, value_name = "GLOB", required_unless_present_any = ["subjects_from", "subject_digest"])]
    pub(crate) subject: Vec<String>,
    /// What was built, as a list of digests and names has it (SHA256SUMS, SHA512SUMS); the files need not be there
    #[arg(long, value_name = "FILE")]
    pub(crate) subjects_from: Option<PathBuf>,
    /// What was built, by its digest: NAME@sha256:HEX. May be given several times
    #[arg(long, value_name = "NAME@DIGEST")]
    pub(crate) subject_digest: Vec<String>,
    /// Name the components of this SBOM as resolved dependencies, after the source
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Option<PathBuf>,
    /// Where to write the statement; to stdout, when left out, unless it is signed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) build: BuildFacts,
    /// Sign it in the same step, with the identity of the job or a key. What the certificate says of the build must not
    /// contradict it, or nothing is signed
    #[arg(long)]
    pub(crate) sign: bool,
    /// Where to write the bundle; FILE.sigstore.json beside the only file, when left out
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub(crate) bundle: Option<PathBuf>,
    /// Store the bundle in GitHub's attestation store for the repository of this job, with the token in GITHUB_TOKEN
    #[arg(long, requires = "sign")]
    pub(crate) upload: bool,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

impl BuildFacts {
    /// The first of these flags that is there.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let given = [
            ("--platform", self.platform.is_some()),
            ("--source-uri", self.source_uri.is_some()),
            ("--source-ref", self.source_ref.is_some()),
            ("--source-digest", self.source_digest.is_some()),
            ("--build-type", self.build_type.is_some()),
            ("--builder-id", self.builder_id.is_some()),
            ("--started-on", self.started_on.is_some()),
            ("--finished-on", self.finished_on.is_some()),
            ("--claims", self.claims.is_some()),
            ("--env-file", self.env_file.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

/// What is known of the build, besides what the platform says.
#[derive(Debug, Args)]
#[command(next_help_heading = "The build")]
pub(crate) struct BuildFacts {
    /// The platform, where its variables do not tell: github, gitlab, jenkins, circleci, buildkite, tekton, azure-devops,
    /// google-cloud-build, local
    #[arg(long, value_name = "NAME")]
    pub(crate) platform: Option<String>,
    /// State the repository of the source. It may take the place of what only the environment says, never of what a token does
    #[arg(long, value_name = "URL")]
    pub(crate) source_uri: Option<String>,
    /// State the ref that was built: refs/heads/main
    #[arg(long, value_name = "REF")]
    pub(crate) source_ref: Option<String>,
    /// State the commit that was built, in hex
    #[arg(long, value_name = "COMMIT")]
    pub(crate) source_digest: Option<String>,
    /// State the type of the build
    #[arg(long, value_name = "URI")]
    pub(crate) build_type: Option<String>,
    /// State who built it
    #[arg(long, value_name = "URI")]
    pub(crate) builder_id: Option<String>,
    /// State when the build began (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) started_on: Option<String>,
    /// State when the build ended (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) finished_on: Option<String>,
    /// Take the claims of a token from this file (JSON), to make again what was made before. Not with --sign, where the token
    /// that signs says them
    #[arg(long, value_name = "FILE")]
    pub(crate) claims: Option<PathBuf>,
    /// Take the variables from this file (a JSON object) instead of the environment
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}
