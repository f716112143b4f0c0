//! The signature over a folder.

use jiff::Timestamp;
use plimsoll_sign::{
    Artifact, Environment, KeyFile, KeyOptions, Means, NetworkOptions, Services, Session, Signer, key_needs_network,
    open_key, read_key_file,
};

use crate::args::PackArguments;
use crate::commands::trust::instances;
use crate::failure::Failure;
use crate::output::Ui;
use crate::password;

/// What signs; opened before anything is packed, so that nobody waits for a wrong password.
pub(super) struct Sealer(Session);

impl Sealer {
    /// `None` where the folder is not to be signed.
    pub(super) fn open(arguments: &PackArguments, offline: bool, ui: &mut Ui) -> Result<Option<Self>, Failure> {
        if arguments.unsigned {
            ui.warning("the folder is not signed (--unsigned): nobody accepts it until airgap.json is");
            return Ok(None);
        }
        let Some(key) = &arguments.key else { return Err(Failure::usage("name what signs, with --key")) };
        if !arguments.no_tlog {
            return Err(Failure::usage("a signature with a key is not logged here: say so with --no-tlog"));
        }
        let signer = signer(arguments, key, offline)?;
        let services = Services { authority: None, issuer: None, logs: Vec::new(), timestamps: Vec::new() };
        let root = instances().get("public-good")?.trusted_root()?;
        Ok(Some(Self(Session::new(Means::Key(signer), services, root, NetworkOptions::default()))))
    }

    /// The bundle over the manifest.
    pub(super) fn seal(&mut self, manifest: &[u8]) -> Result<Vec<u8>, Failure> {
        let signed = self.0.sign(&Artifact::Bytes(manifest.to_vec()), Timestamp::now()).map_err(Failure::failed)?;
        Ok(signed.json().to_vec())
    }
}

fn signer(arguments: &PackArguments, key: &str, offline: bool) -> Result<Box<dyn Signer>, Failure> {
    if offline && key_needs_network(key) == Some(true) {
        return Err(Failure::usage("the key needs the network, and --offline forbids it"));
    }
    let options = KeyOptions::new(Environment::new(|name| std::env::var_os(name)), Timestamp::now);
    if let Some(signer) = open_key(key, &options)? {
        return Ok(signer);
    }
    let file = KeyFile::parse(&read_key_file(key.as_ref())?)?;
    Ok(Box::new(if file.format().is_encrypted() {
        file.unlock(&password::existing(arguments.password.password_file.as_deref(), key)?, key)?
    } else {
        file.unprotected(key)?
    }))
}
