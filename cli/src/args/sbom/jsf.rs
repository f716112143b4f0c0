//! `plimsoll sbom jsf-sign` and `plimsoll sbom jsf-verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DocumentArgument;
use crate::args::{DataFormat, PasswordArguments};

/// Put a signature into a CycloneDX document (JSON Signature Format)
///
/// Signs the whole document in canonical JSON (RFC 8785); all but the signature stays byte for byte as it is. Only JSON:
/// signatures in XML are another standard, which is not made here. A signature in the document says neither when it was
/// made nor is it in a log: `attest` makes one that does.
#[derive(Debug, Args)]
pub(crate) struct JsfSignArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// The key to sign with: a file, or a name that begins with pkcs11:, hashivault:, awskms:, gcpkms: or azurekms:
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
    /// Where to write the signed document; stdout when left out. May be the document itself
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// One signature, or one more of several
    #[arg(long, value_name = "FORM", default_value = "single")]
    pub(crate) form: JsfFormArgument,
    /// Throw away the signatures that are there
    #[arg(long)]
    pub(crate) replace: bool,
    /// A name for the key, which verifiers may look it up by
    #[arg(long, value_name = "TEXT")]
    pub(crate) key_id: Option<String>,
    /// Leave the public key out of the document
    #[arg(long)]
    pub(crate) no_public_key: bool,
}

/// Check the signature that a document holds (JSON Signature Format)
///
/// Checks the signature of the document as a whole, with the keys that are named: a key that the document brings along
/// proves nothing. Signatures within it, such as those of components, are told and not checked. Exits with 1 when it does
/// not hold, is not there, or leaves out parts of the document.
#[derive(Debug, Args)]
pub(crate) struct JsfVerifyArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// The public key or certificate (PEM) of who has to have signed. Given several times, one of them
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) key: Vec<PathBuf>,
    /// All signatures have to be of the keys that are named, and not just one
    #[arg(long)]
    pub(crate) all: bool,
    /// Accept that the signature leaves out members of the document. Whoever has the document can change which
    #[arg(long)]
    pub(crate) allow_excludes: bool,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// How many signatures a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum JsfFormArgument {
    /// One
    Single,
    /// Several that do not know of each other
    Signers,
    /// Several, each also over those before it
    Chain,
}
