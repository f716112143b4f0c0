//! A private Sigstore, and the clients that sign and verify against it: ours, and those of other projects.
//!
//! Each of the others is a script in `tests/interop`; they take the same arguments. Ours speaks the protocol of the
//! conformance suite. A bundle is a file, so what one made another can check.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_dev_stack::{DevStack, DevStackError, Identity, Options, RekorVersion, Workflow};

use crate::{TemporaryDirectory, plimsoll, sha256, skip, skip_without, workspace};

/// A client.
#[derive(Debug, Clone)]
pub enum SigstoreClient {
    /// Ours.
    Plimsoll,
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

    /// Those of other projects that are there.
    pub fn others() -> Vec<Self> {
        [Self::python(), Self::javascript()].into_iter().flatten().collect()
    }

    /// Whether it can sign. Ours can once it has the command.
    pub fn signs(&self) -> bool {
        let help = || plimsoll(["conformance", "sign-bundle", "--help"]).output();
        !matches!(self, Self::Plimsoll) || help().is_ok_and(|output| output.status.success())
    }

    /// The command that does it, without its arguments.
    fn command(&self, action: &str) -> Command {
        let scripts = workspace().join("tests/interop");
        match self {
            Self::Plimsoll => plimsoll(["conformance", &format!("{action}-bundle")]),
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
        directory.write("trusted_root.json", stack.trusted_root_json());
        for (rekor, version) in [(1, RekorVersion::V1), (2, RekorVersion::V2)] {
            directory.write(format!("signing_config.{rekor}.json"), stack.signing_config_json(&[version]));
        }
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
        if matches!(client, SigstoreClient::Plimsoll) {
            let token = std::fs::read_to_string(self.file("token")).map_err(|error| error.to_string())?;
            command.arg("--trusted-root").arg(self.file("trusted_root.json")).args(["--identity-token", &token]);
            command.arg("--signing-config").arg(self.file(&format!("signing_config.{}.json", signing.rekor)));
            let statement = self.statement(file)?;
            if signing.statement {
                command.arg("--in-toto");
            }
            let signed = if signing.statement { &statement } else { file };
            command.arg("--bundle").arg(&bundle).arg(signed);
        } else {
            command.arg("--trust-config").arg(self.trust_config()).arg("--token").arg(self.file("token"));
            command.args(["--rekor", &signing.rekor.to_string()]);
            others(&mut command, signing, &bundle, file);
        }
        self.run(command, signing).map(|()| bundle)
    }

    /// What a job of a repository states about a file: how it was built, in a bundle.
    ///
    /// # Errors
    /// It is not signed; with what the program says.
    pub fn provenance(&self, repository: &str, name: &str, content: &[u8]) -> Result<String, String> {
        let somebody = Identity::Workflow(Box::new(Workflow::of(repository)));
        let token = self.stack.token(&somebody).map_err(|error| error.to_string())?;
        let (token, predicate) = (self.write("job.token", token.expose()), self.write("predicate.json", "{}"));
        let bundle = self.file("provenance.json");
        drop(std::fs::remove_file(&bundle));
        let mut command = plimsoll(["attest"]);
        command.arg(self.write(name, content)).args(["--type", "slsaprovenance1", "--predicate"]).arg(predicate);
        command.arg("--trusted-root").arg(self.file("trusted_root.json"));
        command.arg("--signing-config").arg(self.file("signing_config.1.json"));
        command.arg("--identity-token-file").arg(token).arg("--bundle").arg(&bundle);
        self.run(command, Signing { rekor: 1, statement: true })?;
        std::fs::read_to_string(bundle).map_err(|error| error.to_string())
    }

    /// A statement about a file.
    fn statement(&self, file: &Path) -> Result<PathBuf, String> {
        let content = std::fs::read(file).map_err(|error| error.to_string())?;
        let statement = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "artifact", "digest": { "sha256": sha256(&content) } }],
            "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
            "predicate": { "result": "PASSED" },
        });
        Ok(self.write("statement.json", statement.to_string()))
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
        if matches!(client, SigstoreClient::Plimsoll) {
            command.arg("--trusted-root").arg(self.file("trusted_root.json"));
            command.args(["--certificate-identity", identity, "--certificate-oidc-issuer", issuer]);
            command.arg("--bundle").arg(bundle).arg(file);
        } else {
            command.arg("--trust-config").arg(self.trust_config());
            command.args(["--identity", identity, "--issuer", issuer]);
            others(&mut command, signing, bundle, file);
        }
        self.run(command, signing)
    }

    fn run(&self, mut command: Command, signing: Signing) -> Result<(), String> {
        let output = command.env("HOME", self.directory.path()).output();
        let output = output.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(format!("{signing:?}: {out}{err}"))
    }
}

/// What the scripts are told after what differs.
fn others(command: &mut Command, signing: Signing, bundle: &Path, file: &Path) {
    command.arg("--bundle").arg(bundle);
    if signing.statement {
        command.arg("--statement");
    }
    command.arg(file);
}
