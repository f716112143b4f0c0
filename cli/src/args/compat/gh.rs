//! `gh attestation`. <https://cli.github.com/manual/gh_attestation_verify>

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// gh, as plimsoll does it
#[derive(Debug, Parser)]
#[command(name = "gh", disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct GhArguments {
    #[command(subcommand)]
    pub(crate) command: GhCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GhCommand {
    /// Work with artifact attestations
    #[command(subcommand, visible_alias = "at")]
    Attestation(GhAttestation),
}

#[derive(Debug, Subcommand)]
pub(crate) enum GhAttestation {
    /// Verify an artifact's attestations
    Verify(Box<GhVerify>),
    /// Write the trusted roots to stdout, one a line
    TrustedRoot {
        /// Only check that they can be read
        #[arg(long)]
        verify_only: bool,
    },
    /// Write an artifact's attestations to sha256:HEX.jsonl, to be verified where there is no network
    Download(Box<GhDownload>),
}

/// Where attestations are fetched
#[derive(Debug, Args)]
pub(crate) struct GhFetch {
    /// The owner of the repository it has to be built from
    #[arg(short, long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// The repository it has to be built from
    #[arg(short = 'R', long, value_name = "OWNER/REPOSITORY")]
    pub(crate) repo: Option<String>,
    /// The algorithm of the artifact's digest
    #[arg(short, long, value_name = "ALGORITHM", default_value = "sha256")]
    pub(crate) digest_alg: GhDigest,
    /// How many attestations to fetch at most; GitHub tells 100 at once, and no more are asked for
    #[arg(short = 'L', long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// GitHub's host: github.com, or TENANT.ghe.com; GH_HOST, when left out
    #[arg(long, value_name = "HOST")]
    pub(crate) hostname: Option<String>,
    /// Ask this address instead of GitHub's own; not a flag of gh. It is never given a token
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
}

/// `gh attestation download`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("scope").required(true).args(["owner", "repo"])))]
pub(crate) struct GhDownload {
    /// A file, or oci://IMAGE
    #[arg(value_name = "FILE|oci://IMAGE")]
    pub(crate) artifact: String,
    #[command(flatten)]
    pub(crate) fetch: GhFetch,
    /// Only those that state this
    #[arg(long, value_name = "URI")]
    pub(crate) predicate_type: Option<String>,
}

/// `gh attestation verify`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("scope").required(true).args(["owner", "repo"])))]
#[command(group(ArgGroup::new("signer").args(["cert_identity", "cert_identity_regex", "signer_repo", "signer_workflow"])))]
pub(crate) struct GhVerify {
    /// A file, or oci://IMAGE
    #[arg(value_name = "FILE|oci://IMAGE")]
    pub(crate) artifact: String,
    /// The attestations: bundles, one a line
    #[arg(short, long, value_name = "FILE", conflicts_with = "bundle_from_oci")]
    pub(crate) bundle: Option<PathBuf>,
    /// The attestations are those attached to the image
    #[arg(long)]
    pub(crate) bundle_from_oci: bool,
    #[command(flatten)]
    pub(crate) fetch: GhFetch,
    /// The identity of the certificate, exactly
    #[arg(long, value_name = "TEXT")]
    pub(crate) cert_identity: Option<String>,
    /// A regular expression that matches somewhere in the identity
    #[arg(short = 'i', long, value_name = "REGEX")]
    pub(crate) cert_identity_regex: Option<String>,
    /// The issuer of the identity; that of GitHub Actions, when left out
    #[arg(long, value_name = "URL")]
    pub(crate) cert_oidc_issuer: Option<String>,
    /// The repository of the workflow that has to have signed
    #[arg(long, value_name = "OWNER/REPOSITORY")]
    pub(crate) signer_repo: Option<String>,
    /// The workflow that has to have signed: [HOST/]OWNER/REPOSITORY/PATH
    #[arg(long, value_name = "WORKFLOW")]
    pub(crate) signer_workflow: Option<String>,
    /// The commit of the workflow that has to have signed
    #[arg(long, value_name = "COMMIT")]
    pub(crate) signer_digest: Option<String>,
    /// The ref it has to be built from
    #[arg(long, value_name = "REF")]
    pub(crate) source_ref: Option<String>,
    /// The commit it has to be built from
    #[arg(long, value_name = "COMMIT")]
    pub(crate) source_digest: Option<String>,
    /// What is stated
    #[arg(long, value_name = "URI", default_value = "https://slsa.dev/provenance/v1")]
    pub(crate) predicate_type: String,
    /// Refuse what was built on a runner that GitHub does not host
    #[arg(long)]
    pub(crate) deny_self_hosted_runners: bool,
    /// Trust the authorities of this file instead
    #[arg(long, value_name = "FILE")]
    pub(crate) custom_trusted_root: Option<PathBuf>,
    /// Trust only GitHub's instance
    #[arg(long)]
    pub(crate) no_public_good: bool,
    /// Write what was verified to stdout
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<GhFormat>,
    /// Not done here: give what --format json writes to jq
    #[arg(short = 'q', long, value_name = "EXPRESSION")]
    pub(crate) jq: Option<String>,
    /// Not done here: there is --format json
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) template: Option<String>,
}

/// Digests that gh knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GhDigest {
    Sha256,
    Sha512,
}

/// How gh writes what was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GhFormat {
    Json,
}
