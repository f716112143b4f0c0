//! `plimsoll keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    Generate(KeysGenerateArguments),
    Import(KeysImportArguments),
    Public(KeysPublicArguments),
}

/// Make a key pair
///
/// Writes NAME.key, which only its owner may read and a password protects, and NAME.pub. Neither is ever overwritten. The
/// password comes from --password-file, PLIMSOLL_PASSWORD, COSIGN_PASSWORD, or the terminal.
#[derive(Debug, Args)]
pub(crate) struct KeysGenerateArguments {
    /// Names of the files, without their endings
    #[arg(short, long, value_name = "NAME", default_value = "plimsoll")]
    pub(crate) output: PathBuf,
    /// What kind of key
    #[arg(long = "type", value_name = "TYPE", default_value = "p256")]
    pub(crate) kind: KeyKind,
    /// How the private key is written
    #[arg(long, value_name = "FORMAT", default_value = "pkcs8")]
    pub(crate) format: PrivateKeyFormat,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

/// Take over the private key of another tool
///
/// Reads PKCS #8, SEC 1 and PKCS #1 as OpenSSL writes them, and keys of cosign, and writes NAME.key and NAME.pub as
/// `generate` does. The file that was read stays as it is: remove it if nothing protects it.
#[derive(Debug, Args)]
pub(crate) struct KeysImportArguments {
    /// The file of the private key (PEM)
    pub(crate) key: PathBuf,
    /// Names of the files, without their endings
    #[arg(short, long, value_name = "NAME", default_value = "plimsoll")]
    pub(crate) output: PathBuf,
    /// How the private key is written
    #[arg(long, value_name = "FORMAT", default_value = "pkcs8")]
    pub(crate) format: PrivateKeyFormat,
    /// Read the password of the key as it is from a file; otherwise it is taken to be the new one's, or asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) old_password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

/// Write the public key of a key to stdout (PEM)
///
/// KEY is a file with a private key, public key or certificate, or the name of a key that is elsewhere: `pkcs11:…`,
/// `hashivault://NAME`, `awskms://[ENDPOINT]/ID`, `gcpkms://projects/…`, `azurekms://VAULT/KEY`.
#[derive(Debug, Args)]
pub(crate) struct KeysPublicArguments {
    /// The key
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

/// Where the password of a key comes from.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// Read the password of the key from a file, such as /dev/fd/3; a newline at its end is left out
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKind {
    /// ECDSA on P-256: what every verifier reads
    P256,
    /// ECDSA on P-384
    P384,
    /// Ed25519: signs files up to 32 MiB
    Ed25519,
    /// RSA with 3072 bits
    Rsa3072,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrivateKeyFormat {
    /// PKCS #8 with scrypt and AES-256, as OpenSSL reads it
    Pkcs8,
    /// As cosign reads it
    Cosign,
}
