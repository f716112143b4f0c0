//! `plimsoll gate`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AdvisoriesStore, LimitArguments, NetworkArguments, PasswordArguments, SourceArguments, StoreArguments};

/// Decide by a policy whether something may ship
///
/// SUBJECT is a file, a directory (each file in it), registry:HOST/REPOSITORY:TAG, oci-layout:DIRECTORY:TAG, docker-archive:FILE, a
/// digest, or an SBOM (sbom:FILE, or a file that is one), whose contents are then looked at. The evidence about it is what is given
/// with --bundle, else what is beside a file or attached to an image. What a rule asks for is taken from evidence that is proven, or
/// from looking into the artifact (--scan); what nobody signed can only add reasons to refuse. Evidence that is missing denies.
///
/// Exit status 0: pass, or warn. 1: deny; with --fail-on warn also warn; with --replay, another answer or other inputs. 3: what is
/// named cannot be read; a rule needs advisories and there are none, or they are older than --max-age.
#[derive(Debug, Args)]
pub(crate) struct GateArguments {
    /// What to decide about
    #[arg(required_unless_present = "replay", conflicts_with = "replay")]
    pub(crate) subjects: Vec<OsString>,
    #[command(flatten)]
    pub(crate) gather: GatherArguments,
    /// Exit with 1 also for this
    #[arg(long, value_name = "VERDICT")]
    pub(crate) fail_on: Option<FailOnVerdict>,
    /// How to write the report; github writes workflow commands, and the summary of the step where GITHUB_STEP_SUMMARY names a file;
    /// ocsf is one event a line
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: GateFormat,
    /// Write the decision with the digests of all that it was made from
    #[arg(long, value_name = "FILE")]
    pub(crate) decision: Option<PathBuf>,
    /// Keep all that the decision was made from in this directory, by digest, with the decision
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) keep: Option<PathBuf>,
    /// Decide again by a decision, or by the directory of --keep, and say whether the answer is the same
    #[arg(long, value_name = "DECISION", conflicts_with_all = ["policy", "rego", "decision", "keep", "vsa", "sign", "record", "bundle", "sbom", "scan"])]
    pub(crate) replay: Option<PathBuf>,
    /// Where the inputs of --replay are: files of any name, found by their digest
    #[arg(long, value_name = "DIRECTORY", requires = "replay")]
    pub(crate) evidence: Option<PathBuf>,
    /// Note the decision in the inventory (--store)
    #[arg(long)]
    pub(crate) record: bool,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    #[command(flatten)]
    pub(crate) summary: GateSummaryArguments,
}

/// What a decision is made from: the same flags in every command that decides.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is decided, and from what")]
pub(crate) struct GatherArguments {
    /// The policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Rules in Rego beside those of the policy: a file, or a directory with its `*.rego` but `*_test.rego`, and its `*.json` as documents
    /// below `data`. Only in a program that was built with the feature `rego`. May be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) rego: Vec<PathBuf>,
    /// What is let pass [default: the file that the policy names]
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Evidence; what is beside the file or attached to the image, when left out. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// An SBOM that nobody signed: it can only add reasons to refuse. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Vec<PathBuf>,
    /// Look into the artifact; done without being asked where a rule needs it
    #[arg(long)]
    pub(crate) scan: bool,
    /// What the policy calls the artifact: pkg:TYPE/NAME@VERSION, oci:HOST/REPOSITORY:TAG or file:NAME, beside its own name. May be
    /// given several times
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The instance to trust, beside those of the policy: public-good, github, staging, or one that `trust add` knows. May be given
    /// several times
    #[arg(long, value_name = "NAME")]
    pub(crate) trust: Vec<String>,
    /// Trust the authorities of this file instead of those of the policy. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    pub(crate) trusted_root: Vec<PathBuf>,
    /// Do not ask for a log entry of what a key signed; what a certificate is for always has to be in a log. The report says so
    #[arg(long)]
    pub(crate) no_tlog: bool,
    /// Statements about vulnerabilities (OpenVEX, CSAF, CycloneDX). They count in a bundle or envelope that somebody signed whom the
    /// policy names, and are claims otherwise. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) vex: Vec<PathBuf>,
    /// The local directory of statements that count [default: PLIMSOLL_VEX, else plimsoll/vex in the data directory of the user]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) vex_dir: Option<PathBuf>,
    /// Since when versions of packages are out: a JSON object of package URLs and times (RFC 3339). May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) published: Vec<PathBuf>,
    /// How many days old the advisories may be; 0 for any age [default: 5]
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_age: Option<u32>,
    /// Let contents be enough that are not known as a whole. It is recorded
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// The time to judge by, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) advisories: AdvisoriesStore,
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// The decision as a summary of a verification.
#[derive(Debug, Args)]
#[command(next_help_heading = "The decision as a signed summary (VSA)")]
pub(crate) struct GateSummaryArguments {
    /// Write the decision as a statement (verification summary of SLSA); with --sign a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) vsa: Option<PathBuf>,
    /// Sign that statement, and attach it to an image in a registry
    #[arg(long)]
    pub(crate) sign: bool,
    /// Who decides: a URI
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: Option<String>,
    /// What is decided about: a URI [default: the name of the image with its digest]
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: Option<String>,
    /// Where the policy is: a URI [default: the name of its file]
    #[arg(long, value_name = "URI")]
    pub(crate) policy_uri: Option<String>,
    /// Sign with a key instead of an identity: a file, or a name that begins with pkcs11:, hashivault:, awskms:, gcpkms: or
    /// azurekms:
    #[arg(long, value_name = "KEY", requires = "sign")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
    /// Read the identity token (OpenID Connect) from a file; otherwise from SIGSTORE_ID_TOKEN or the CI system
    #[arg(long, value_name = "FILE", requires = "sign", conflicts_with = "key")]
    pub(crate) identity_token_file: Option<PathBuf>,
    /// The instance to sign at, in one file (client trust configuration) [default: public-good]
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub(crate) trust_config: Option<PathBuf>,
    /// Publish who signs in a public log for ever, although the identity does not say that its repository is public
    #[arg(long, requires = "sign")]
    pub(crate) public_log: bool,
}

/// What else is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOnVerdict {
    Warn,
}

/// How a decision is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateFormat {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
    Markdown,
    Ocsf,
}
