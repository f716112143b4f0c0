//! Commands of cosign 2 and 3. <https://github.com/sigstore/cosign/tree/main/doc>
//!
//! Flags of Go take `--flag`, `--flag=false` and `--flag=true` when they are switches. Those that are not here are refused.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// cosign, as plimsoll does it
#[derive(Debug, Parser)]
#[command(name = "cosign", disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct CosignArguments {
    #[command(subcommand)]
    pub(crate) command: CosignCommand,
    /// Say more
    #[arg(short = 'd', long, global = true)]
    pub(crate) verbose: bool,
    /// Nothing here takes long enough for it: no effect
    #[arg(short = 't', long, global = true, value_name = "DURATION")]
    pub(crate) timeout: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CosignCommand {
    /// Verify a signature on a file
    VerifyBlob(Box<CosignVerifyBlob>),
    /// Verify a statement about a file
    VerifyBlobAttestation(Box<CosignVerifyBlobAttestation>),
    /// Verify signatures on images
    Verify(Box<CosignVerify>),
    /// Verify statements about images
    VerifyAttestation(Box<CosignVerifyAttestation>),
    /// Sign a file
    SignBlob(Box<CosignSignBlob>),
    /// Sign a statement about a file
    AttestBlob(Box<CosignAttestBlob>),
    /// Sign images, and attach the bundles
    Sign(Box<CosignSign>),
    /// Sign a statement about an image, and attach the bundle
    Attest(Box<CosignAttest>),
    /// Make a key pair: cosign.key and cosign.pub
    GenerateKeyPair {
        /// Names of the files, without their endings
        #[arg(long, value_name = "PREFIX", default_value = "cosign")]
        output_key_prefix: PathBuf,
    },
    /// Take over a private key
    ImportKeyPair {
        /// The file of the private key (PEM)
        #[arg(short, long, value_name = "FILE")]
        key: PathBuf,
        /// Names of the files, without their endings
        #[arg(short, long, value_name = "PREFIX", default_value = "import-cosign")]
        output_key_prefix: PathBuf,
        /// A key is never overwritten here: no effect
        #[arg(short, long)]
        yes: bool,
    },
    /// Write the public key of a key to stdout
    PublicKey {
        /// The key
        #[arg(long, value_name = "KEY")]
        key: PathBuf,
    },
    /// List what is attached to an image
    Tree(CosignImage),
    /// Copy an image and what is attached to it
    Copy {
        /// The image
        #[arg(value_name = "SRC")]
        source: String,
        /// Where to
        #[arg(value_name = "DST")]
        target: String,
        #[command(flatten)]
        registry: CosignRegistry,
        /// What is there already is left as it is: no effect
        #[arg(short, long)]
        force: bool,
    },
    /// Write the name that cosign 2 gave to what is attached to an image
    Triangulate {
        #[command(flatten)]
        image: CosignImage,
        /// Of what
        #[arg(long = "type", value_name = "TYPE", default_value = "signature")]
        kind: CosignAttachment,
    },
    /// Write the version
    Version,
}

/// What a tag of cosign's holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CosignAttachment {
    Attestation,
    Sbom,
    Signature,
    Digest,
}

/// An image.
#[derive(Debug, Args)]
pub(crate) struct CosignImage {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    #[command(flatten)]
    pub(crate) registry: CosignRegistry,
}

/// How a registry is reached.
#[derive(Debug, Args)]
pub(crate) struct CosignRegistry {
    /// Speak HTTP to the registry of the image
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) allow_http_registry: bool,
    /// Trust the certificate authorities of a file besides the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_cacert: Option<PathBuf>,
    /// Referrers are read always: no effect
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) experimental_oci11: bool,
}

/// Who has to have signed, and what counts.
#[derive(Debug, Args)]
pub(crate) struct CosignPolicy {
    /// The public key: a file
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The identity in the certificate, exactly
    #[arg(long, value_name = "TEXT")]
    pub(crate) certificate_identity: Option<String>,
    /// A regular expression that matches somewhere in the identity
    #[arg(long, value_name = "REGEX")]
    pub(crate) certificate_identity_regexp: Option<String>,
    /// The issuer of the identity, exactly
    #[arg(long, value_name = "URL")]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// A regular expression that matches somewhere in the issuer
    #[arg(long, value_name = "REGEX")]
    pub(crate) certificate_oidc_issuer_regexp: Option<String>,
    /// The name of the workflow
    #[arg(long, value_name = "TEXT")]
    pub(crate) certificate_github_workflow_name: Option<String>,
    /// The ref that the workflow ran on
    #[arg(long, value_name = "REF")]
    pub(crate) certificate_github_workflow_ref: Option<String>,
    /// The repository that the workflow ran on
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) certificate_github_workflow_repository: Option<String>,
    /// The commit that the workflow ran on
    #[arg(long, value_name = "COMMIT")]
    pub(crate) certificate_github_workflow_sha: Option<String>,
    /// The event that started the workflow
    #[arg(long, value_name = "EVENT")]
    pub(crate) certificate_github_workflow_trigger: Option<String>,
    /// Do not ask for a log entry
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) insecure_ignore_tlog: bool,
    /// Do not ask for a log entry
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) private_infrastructure: bool,
    /// Ask for a timestamp of an authority (RFC 3161); one that is there is checked anyway
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) use_signed_timestamps: bool,
    /// Trust the authorities of this file instead of the public-good instance
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Nothing is ever looked up in a log: no effect
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub(crate) offline: bool,
    /// Nothing is ever looked up in a log: no effect
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,
    /// The shape of evidence is recognised: no effect
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    pub(crate) new_bundle_format: bool,
    /// No effect
    #[arg(long, value_name = "N")]
    pub(crate) max_workers: Option<u32>,
}

/// `cosign verify-blob`
#[derive(Debug, Args)]
pub(crate) struct CosignVerifyBlob {
    /// The file; `-` reads standard input
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// The bundle: of Sigstore, or what cosign wrote before
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// The signature: a file, or base64
    #[arg(long, value_name = "FILE|BASE64")]
    pub(crate) signature: Option<String>,
    /// The certificate of who signed (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) policy: CosignPolicy,
}

/// `cosign verify-blob-attestation`
#[derive(Debug, Args)]
pub(crate) struct CosignVerifyBlobAttestation {
    /// The file
    #[arg(value_name = "BLOB", required_unless_present = "digest")]
    pub(crate) blob: Option<PathBuf>,
    /// The bundle, or the envelope
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// The envelope
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    /// The digest of the file, in hex, instead of the file
    #[arg(long, value_name = "HEX", requires = "digest_alg", conflicts_with = "blob")]
    pub(crate) digest: Option<String>,
    /// The algorithm of --digest
    #[arg(long = "digestAlg", value_name = "ALGORITHM")]
    pub(crate) digest_alg: Option<String>,
    /// What is stated
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    pub(crate) predicate_type: String,
    /// Only true: a statement about something else proves nothing
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    pub(crate) check_claims: bool,
    #[command(flatten)]
    pub(crate) policy: CosignPolicy,
}

/// `cosign verify`
#[derive(Debug, Args)]
pub(crate) struct CosignVerify {
    /// The images
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) images: Vec<String>,
    /// Only true: a signature of something else proves nothing
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    pub(crate) check_claims: bool,
    /// How to write what was verified
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    pub(crate) output: CosignOutput,
    #[command(flatten)]
    pub(crate) policy: CosignPolicy,
    #[command(flatten)]
    pub(crate) registry: CosignRegistry,
}

/// `cosign verify-attestation`
#[derive(Debug, Args)]
pub(crate) struct CosignVerifyAttestation {
    /// What is stated
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    pub(crate) predicate_type: String,
    #[command(flatten)]
    pub(crate) common: CosignVerify,
}

/// How cosign writes what was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CosignOutput {
    Json,
    Text,
}

/// Who signs.
#[derive(Debug, Args)]
pub(crate) struct CosignSigning {
    /// Sign with a key instead of an identity: a file, or the name of a key that is elsewhere
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// A file with the identity token; the token itself is not taken, because everybody on the machine could read it
    #[arg(long, value_name = "FILE")]
    pub(crate) identity_token: Option<PathBuf>,
    /// Publish the signature in the log
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    pub(crate) tlog_upload: bool,
    /// Sign at the services of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,
    /// Verify what was signed against the authorities of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// The certificate authority
    #[arg(long, value_name = "URL")]
    pub(crate) fulcio_url: Option<String>,
    /// The transparency log
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,
    /// The timestamp authority
    #[arg(long, value_name = "URL")]
    pub(crate) timestamp_server_url: Option<String>,
    /// Agree that who signs is published for ever
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Only bundles are written: no effect
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    pub(crate) new_bundle_format: bool,
}

/// `cosign sign-blob`
#[derive(Debug, Args)]
pub(crate) struct CosignSignBlob {
    /// The file
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// Write the signature to a file too, in base64
    #[arg(long, value_name = "FILE")]
    pub(crate) output_signature: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) signing: CosignSigning,
}

/// `cosign attest-blob`
#[derive(Debug, Args)]
pub(crate) struct CosignAttestBlob {
    /// The file
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// What is stated
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    pub(crate) predicate_type: String,
    /// The file of the predicate
    #[arg(long, value_name = "FILE")]
    pub(crate) predicate: PathBuf,
    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) signing: CosignSigning,
}

/// `cosign sign`
#[derive(Debug, Args)]
pub(crate) struct CosignSign {
    /// The images
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) images: Vec<String>,
    #[command(flatten)]
    pub(crate) signing: CosignSigning,
    #[command(flatten)]
    pub(crate) registry: CosignRegistry,
}

/// `cosign attest`
#[derive(Debug, Args)]
pub(crate) struct CosignAttest {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// What is stated
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    pub(crate) predicate_type: String,
    /// The file of the predicate
    #[arg(long, value_name = "FILE")]
    pub(crate) predicate: PathBuf,
    #[command(flatten)]
    pub(crate) signing: CosignSigning,
    #[command(flatten)]
    pub(crate) registry: CosignRegistry,
}
