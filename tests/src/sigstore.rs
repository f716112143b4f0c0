//! A private Sigstore, and the clients of other projects that sign and verify against it.
//!
//! Each client is a script in `tests/interop`; they take the same arguments. A bundle is a file, so what one made another
//! can check, and so can we.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_dev_stack::{DevStack, DevStackError, Identity, Options, RekorVersion};

use crate::{TemporaryDirectory, skip, skip_without, workspace};

/// A client of another project.
#[derive(Debug, Clone)]
pub enum SigstoreClient {
    /// sigstore-python, in the environment of this interpreter.
    Python(PathBuf),
    /// sigstore-js, in this `node_modules`.
    JavaScript(PathBuf),
}

/// What is signed, and where it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signing {
    /// The version of Rekor: 1 or 2.
    pub rekor: u8,
    /// Whether it is a statement about the file rather than the file.
    pub statement: bool,
}

impl Signing {
    /// Both versions, a file and a statement.
    pub const ALL: [Self; 4] = [
        Self { rekor: 1, statement: false },
        Self { rekor: 1, statement: true },
        Self { rekor: 2, statement: false },
        Self { rekor: 2, statement: true },
    ];
}

impl SigstoreClient {
    /// sigstore-python, by `PLIMSOLL_INTEROP_PYTHON`; `None`, which is said, where it is not.
    pub fn python() -> Option<Self> {
        let Some(python) = std::env::var_os("PLIMSOLL_INTEROP_PYTHON") else {
            skip("PLIMSOLL_INTEROP_PYTHON is not set");
            return None;
        };
        let imported = Command::new(&python).args(["-c", "import sigstore"]).output();
        if imported.is_ok_and(|output| output.status.success()) {
            return Some(Self::Python(python.into()));
        }
        skip_without("sigstore-python");
        None
    }

    /// sigstore-js, by `PLIMSOLL_INTEROP_NODE_MODULES`, or in `target/interop-node` or beside the scripts; `None`, which is
    /// said, where it is not.
    pub fn javascript() -> Option<Self> {
        let given = std::env::var_os("PLIMSOLL_INTEROP_NODE_MODULES").map(PathBuf::from);
        let usual =
            ["target/interop-node/node_modules", "tests/interop/node_modules"].map(|path| workspace().join(path));
        let mut places = given.into_iter().chain(usual);
        if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
            skip_without("node");
            return None;
        }
        let found = places.find(|place| place.join("@sigstore/verify").is_dir());
        if found.is_none() {
            skip_without("sigstore-js");
        }
        found.map(Self::JavaScript)
    }

    /// Those that are there.
    pub fn all() -> Vec<Self> {
        [Self::python(), Self::javascript()].into_iter().flatten().collect()
    }

    fn command(&self, action: &str) -> Command {
        let scripts = workspace().join("tests/interop");
        match self {
            Self::Python(python) => {
                let mut command = Command::new(python);
                command.arg(scripts.join("sigstore_client.py")).arg(action);
                command
            }
            Self::JavaScript(modules) => {
                let mut command = Command::new("node");
                command.env("PLIMSOLL_INTEROP_NODE_MODULES", modules).arg(scripts.join(format!("{action}.mjs")));
                command
            }
        }
    }
}

/// A private Sigstore with its files. It ends with the test.
pub struct PrivateSigstore {
    /// The services.
    pub stack: DevStack,
    /// Who signs, unless a token of somebody else is given.
    pub identity: Identity,
    directory: TemporaryDirectory,
}

impl PrivateSigstore {
    /// Starts one; `change` says how it differs from the usual.
    ///
    /// # Errors
    /// It does not start.
    ///
    /// # Panics
    /// A file cannot be written.
    pub fn start(change: impl FnOnce(&mut Options)) -> Result<Self, DevStackError> {
        let mut options = Options::new(Arc::new(Timestamp::now));
        change(&mut options);
        let identity = Identity::Workflow(Box::new(options.job.clone()));
        let stack = DevStack::start(options)?;
        let directory = TemporaryDirectory::new();
        directory.write("trust_config.json", stack.client_trust_config_json(&[RekorVersion::V2, RekorVersion::V1]));
        directory.write("token", stack.token(&identity)?.expose());
        Ok(Self { stack, identity, directory })
    }

    /// A file in the directory of this Sigstore.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file there.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.directory.write(name, content)
    }

    /// The trusted root and the signing configuration, in one file.
    pub fn trust_config(&self) -> PathBuf {
        self.file("trust_config.json")
    }

    /// Lets a client sign a file, and gives the bundle.
    ///
    /// # Errors
    /// It does not sign; with what it says.
    pub fn sign(&self, client: &SigstoreClient, signing: Signing, file: &Path) -> Result<PathBuf, String> {
        let bundle = self.file(&format!("{}-{}.sigstore.json", signing.rekor, signing.statement));
        drop(std::fs::remove_file(&bundle));
        let mut command = client.command("sign");
        command.arg("--trust-config").arg(self.trust_config()).arg("--token").arg(self.file("token"));
        command.args(["--rekor", &signing.rekor.to_string()]);
        self.run(command, signing, &bundle, file).map(|()| bundle)
    }

    /// Lets a client verify a bundle.
    ///
    /// # Errors
    /// It refuses; with what it says.
    pub fn verify(&self, client: &SigstoreClient, signing: Signing, bundle: &Path, file: &Path) -> Result<(), String> {
        let (identity, issuer) = (self.identity.certified(), self.stack.issuer(&self.identity));
        self.verify_as(client, signing, bundle, file, &identity, &issuer)
    }

    /// The same, where the signer is to be this one.
    ///
    /// # Errors
    /// It refuses; with what it says.
    pub fn verify_as(
        &self,
        client: &SigstoreClient,
        signing: Signing,
        bundle: &Path,
        file: &Path,
        identity: &str,
        issuer: &str,
    ) -> Result<(), String> {
        let mut command = client.command("verify");
        command.arg("--trust-config").arg(self.trust_config());
        command.args(["--identity", identity, "--issuer", issuer]);
        self.run(command, signing, bundle, file)
    }

    fn run(&self, mut command: Command, signing: Signing, bundle: &Path, file: &Path) -> Result<(), String> {
        command.args([OsStr::new("--bundle"), bundle.as_os_str()]);
        if signing.statement {
            command.arg("--statement");
        }
        let output = command.arg(file).env("HOME", self.directory.path()).output();
        let output = output.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(format!("{signing:?}: {out}{err}"))
    }
}
