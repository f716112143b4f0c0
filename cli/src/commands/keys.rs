//! `plimsoll keys`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_sign::{
    Environment, KeyError, KeyFile, KeyOptions, PublicKey, PublicKeyError, RsaSize, Scheme, SecretBytes, SecretText,
    Signer, SoftwareSigner, key_needs_network, open_key, read_key_file, to_cosign_pem, to_encrypted_pem,
    write_key_pair,
};

use crate::args::{
    KeyKind, KeysCommand, KeysGenerateArguments, KeysImportArguments, KeysPublicArguments, PrivateKeyFormat,
};
use crate::failure::Failure;
use crate::output::{Target, Ui};
use crate::{exit, password};

pub(super) fn run(command: &KeysCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        KeysCommand::Generate(arguments) => generate(arguments, ui),
        KeysCommand::Import(arguments) => import(arguments, ui),
        KeysCommand::Public(arguments) => public(arguments, offline),
    }
}

fn generate(arguments: &KeysGenerateArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let files = Files::beside(&arguments.output)?;
    let password = password::new(arguments.password.password_file.as_deref())?;
    let signer = SoftwareSigner::generate(match arguments.kind {
        KeyKind::P256 => Scheme::EcdsaP256Sha256,
        KeyKind::P384 => Scheme::EcdsaP384Sha384,
        KeyKind::Ed25519 => Scheme::Ed25519,
        KeyKind::Rsa3072 => Scheme::RsaPkcs1Sha256(RsaSize::Bits3072),
    })?;
    files.write(&signer, arguments.format, &password, ui)
}

fn import(arguments: &KeysImportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let files = Files::beside(&arguments.output)?;
    let label = arguments.key.display().to_string();
    let key = parse(&arguments.key, &read_key_file(&arguments.key)?)?;
    let signer = if key.format().is_encrypted() {
        let old = match &arguments.old_password_file {
            Some(path) => password::read(path)?,
            None => password::existing(arguments.password.password_file.as_deref(), &label)?,
        };
        key.unlock(&old, &label)?
    } else {
        ui.warning(&format!("{label} is not encrypted: remove it once the new key is in use"));
        key.unprotected(&label)?
    };
    let password = password::new(arguments.password.password_file.as_deref())?;
    files.write(&signer, arguments.format, &password, ui)
}

fn public(arguments: &KeysPublicArguments, offline: bool) -> Result<u8, Failure> {
    let key = match elsewhere(&arguments.key, offline)? {
        Some(signer) => signer.public_key().clone(),
        None => in_file(&arguments.key, arguments.password.password_file.as_deref())?,
    };
    Target::Stdout.write(|out| out.write_all(key.to_pem().as_bytes()).map_err(Failure::from))?;
    Ok(exit::DONE)
}

/// The key of a name such as `hashivault://release`; `None` for a file.
fn elsewhere(key: &Path, offline: bool) -> Result<Option<Box<dyn Signer>>, Failure> {
    let Some(name) = key.to_str() else { return Ok(None) };
    if offline && key_needs_network(name) == Some(true) {
        return Err(Failure::usage(format!("{name} is on the network, and --offline forbids it")));
    }
    let environment = Environment::new(|name| std::env::var_os(name));
    Ok(open_key(name, &KeyOptions::new(environment, Timestamp::now))?)
}

/// The public half of whatever a file holds.
fn in_file(path: &Path, password_file: Option<&Path>) -> Result<PublicKey, Failure> {
    let bytes = read_key_file(path)?;
    let error = match PublicKey::from_pem(bytes.expose()) {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    // A public key that cannot be used is no private key either.
    if !matches!(error, PublicKeyError::Pem(_)) {
        return Err(KeyError::Public { path: path.to_owned(), source: error }.into());
    }
    let label = path.display().to_string();
    let key = parse(path, &bytes)?;
    let signer = if key.format().is_encrypted() {
        key.unlock(&password::existing(password_file, &label)?, &label)?
    } else {
        key.unprotected(&label)?
    };
    Ok(signer.public_key().clone())
}

fn parse(path: &Path, bytes: &SecretBytes) -> Result<KeyFile, Failure> {
    KeyFile::parse(bytes)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot use {}", path.display()))))
}

/// The files of a key pair.
struct Files {
    private: PathBuf,
    public: PathBuf,
}

impl Files {
    /// `NAME.key` and `NAME.pub`, which must not be there yet: nobody should type a password in vain.
    fn beside(name: &Path) -> Result<Self, Failure> {
        if name.file_name().is_none() {
            return Err(Failure::usage("--output needs the name of a file"));
        }
        let with = |ending: &str| {
            let mut path: OsString = name.into();
            path.push(ending);
            PathBuf::from(path)
        };
        let files = Self { private: with(".key"), public: with(".pub") };
        for path in [&files.private, &files.public] {
            if path.symlink_metadata().is_ok() {
                return Err(KeyError::Exists(path.clone()).into());
            }
        }
        Ok(files)
    }

    fn write(
        &self,
        signer: &SoftwareSigner,
        format: PrivateKeyFormat,
        password: &SecretText,
        ui: &mut Ui,
    ) -> Result<u8, Failure> {
        let private = match format {
            PrivateKeyFormat::Pkcs8 => to_encrypted_pem(signer, password)?,
            PrivateKeyFormat::Cosign => to_cosign_pem(signer, password)?,
        };
        let key = signer.public_key();
        write_key_pair((&self.private, &private), (&self.public, key))?;
        let (private, public) = (self.private.display(), self.public.display());
        ui.status(&format!("{private} holds the private key, {public} the public one ({})", key.scheme()));
        Ok(exit::DONE)
    }
}
