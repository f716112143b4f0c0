//! What is expected of evidence: the same flags in every command that verifies.

use std::path::PathBuf;

use clap::Args;

/// Who has to have signed, and what counts as evidence.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is expected")]
pub(crate) struct VerificationArguments {
    /// Who has to have signed: the e-mail address or URI in the certificate, exactly. Given several times, one of them
    #[arg(long, value_name = "TEXT", alias = "certificate-identity", alias = "cert-identity")]
    pub(crate) identity: Vec<String>,
    /// The same as a glob over all of it; `*` does not cross `/`, `**` does
    #[arg(long, value_name = "GLOB")]
    pub(crate) identity_glob: Vec<String>,
    /// The same as a regular expression over all of it
    #[arg(long, value_name = "REGEX", alias = "certificate-identity-regexp")]
    pub(crate) identity_regex: Vec<String>,
    /// Who has to vouch for the identity: the URL of the token's issuer, exactly. Given several times, one of them
    #[arg(long, value_name = "URL", alias = "certificate-oidc-issuer")]
    pub(crate) issuer: Vec<String>,
    /// The same as a regular expression over all of it
    #[arg(long, value_name = "REGEX", alias = "certificate-oidc-issuer-regexp")]
    pub(crate) issuer_regex: Vec<String>,
    /// The repository it has to be built from, such as github.com/acme/app
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) source_repo: Option<String>,
    /// The branch or tag it has to be built from, such as refs/tags/v1.2.3
    #[arg(long, value_name = "REF")]
    pub(crate) source_ref: Option<String>,
    /// The commit it has to be built from
    #[arg(long, value_name = "COMMIT")]
    pub(crate) source_digest: Option<String>,
    /// The workflow that has to have signed: its URI, with or without the ref after the at sign
    #[arg(long, value_name = "URI")]
    pub(crate) builder: Option<String>,
    /// Another claim of the certificate, exactly: NAME=VALUE, such as runner-environment=github-hosted
    #[arg(long, value_name = "CLAIM")]
    pub(crate) claim: Vec<String>,
    /// The same as a regular expression over all of the value
    #[arg(long, value_name = "CLAIM")]
    pub(crate) claim_regex: Vec<String>,
    /// The key that has to have signed, instead of an identity: a file of PEM. Given several times, one of them
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// The type of statement that is wanted: a URI, or one of cyclonedx, link, openvex, release, sarif, slsaprovenance,
    /// slsaprovenance02, slsaprovenance1, spdx, svr, test-result, vsa, vuln
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) predicate_type: Option<String>,
    /// The instance to trust: public-good, github, staging, or one that `trust add` knows. May be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) trust: Vec<String>,
    /// Trust the authorities of this file instead. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    pub(crate) trusted_root: Vec<PathBuf>,
    /// The latest time at which it may have been signed (RFC 3339); now, when left out
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// How many distinct transparency logs have to hold it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) logs: u8,
    /// How many distinct logs and timestamp authorities have to vouch for the time of signing
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) times: u8,
    /// Do not ask for a log entry; only with --key. The report says so
    #[arg(long, requires = "key")]
    pub(crate) no_tlog: bool,
    /// Do not ask for a log entry, which leaves open whether the signature was ever public. The report says so
    #[arg(long)]
    pub(crate) insecure_ignore_tlog: bool,
}

impl VerificationArguments {
    /// Whether anybody is named who has to have signed.
    pub(crate) fn names_somebody(&self) -> bool {
        let named = [&self.identity, &self.identity_glob, &self.identity_regex, &self.claim, &self.claim_regex];
        let single = [&self.source_repo, &self.source_ref, &self.source_digest, &self.builder];
        named.into_iter().any(|list| !list.is_empty())
            || single.into_iter().any(Option::is_some)
            || !self.key.is_empty()
    }
}
