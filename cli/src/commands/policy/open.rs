//! A policy and its exceptions, with the files that they name.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_model::{DigestAlgorithm, Limits};
use plimsoll_policy::{ExceptionProof, Exceptions, Policy, PolicyError, PolicyRoot};
use plimsoll_verify::{Evidence, LogRule, Subject, read_evidence};

use crate::commands::expected;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// A policy, read.
pub(in crate::commands) struct Opened {
    pub(in crate::commands) policy: Policy,
    /// The SHA-256 of its file.
    pub(in crate::commands) sha256: String,
    path: PathBuf,
}

/// Reads a policy and the keys that it names.
pub(in crate::commands) fn policy(path: &Path) -> Result<Opened, Failure> {
    let text = input::text(path)?;
    let mut open = |name: &str| {
        let path = beside(path, name);
        input::text(&path).map_err(|failure| format!("{:#}", failure.error))
    };
    let policy = parse(&path.display().to_string(), &text, &mut open)?;
    let sha256 = Subject::bytes(text.into_bytes()).hex(DigestAlgorithm::Sha256).unwrap_or_default().to_owned();
    Ok(Opened { policy, sha256, path: path.to_owned() })
}

impl Opened {
    /// The instances that it trusts, by name, and the files of others.
    pub(in crate::commands) fn trust(&self) -> (Vec<String>, Vec<PathBuf>) {
        let (mut instances, mut files) = (Vec::new(), Vec::new());
        for root in self.policy.roots() {
            match root {
                PolicyRoot::Instance(name) => instances.push(name.clone()),
                PolicyRoot::File(name) => files.push(beside(&self.path, name)),
                _ => {}
            }
        }
        (instances, files)
    }
}

impl Opened {
    /// The lock of dependencies that it names.
    pub(in crate::commands) fn lock(&self) -> Option<PathBuf> {
        let named = self.policy.dependencies()?.lock.as_deref()?;
        Some(beside(&self.path, named))
    }
}

/// The exceptions that are named, or those that the policy names, held to what it says of them; signed, where it asks for that.
pub(in crate::commands) fn exceptions(
    named: Option<&Path>,
    policy: Option<&Opened>,
    log: LogRule,
    at: Timestamp,
    ui: &mut Ui,
) -> Result<Exceptions, Failure> {
    let path = match policy {
        Some(opened) => exceptions_path(named, &opened.policy, &opened.path),
        None => named.map(Path::to_owned),
    };
    let Some(path) = path else { return Ok(Exceptions::none()) };
    let text = input::text(&path)?;
    let read = read_exceptions(&path.display().to_string(), &text, policy.map(|opened| &opened.policy))?;
    let Some(opened) = policy.filter(|opened| !opened.policy.exceptions().signers.is_empty()) else { return Ok(read) };
    let signature = signature_path(&path);
    if !signature.exists() {
        return Ok(read);
    }
    let evidence = evidence_of(&signature.display().to_string(), &input::bytes(&signature, &Limits::DEFAULT)?)?;
    let (instances, files) = opened.trust();
    let roots = expected::roots(&files, &instances, at, ui)?;
    let builders = opened.policy.builders();
    let (text, evidence, roots) = (text.as_bytes(), evidence.as_slice(), roots.as_slice());
    Ok(read.proven_by(&ExceptionProof { text, evidence, roots, builders, log, at }))
}

/// Where the signature of a file of exceptions is.
pub(in crate::commands) fn signature_path(exceptions: &Path) -> PathBuf {
    let mut name = exceptions.as_os_str().to_owned();
    name.push(".sigstore.json");
    PathBuf::from(name)
}

/// The evidence about a file of exceptions.
pub(in crate::commands) fn evidence_of(place: &str, bytes: &[u8]) -> Result<Vec<Evidence>, Failure> {
    read_evidence(bytes, place).map_err(|error| Failure::usage(format!("{place}: {error}")))
}

/// The exceptions of a file, held to what the policy says of them. Where it asks for a signature, none counts before it is found.
pub(in crate::commands) fn read_exceptions(
    name: &str,
    text: &str,
    policy: Option<&Policy>,
) -> Result<Exceptions, Failure> {
    let read = Exceptions::parse(name, text).map_err(failure)?;
    Ok(match policy {
        Some(policy) => read.under(policy.exceptions()),
        None => read,
    })
}

/// The file of exceptions: the one that is named, else the one that the policy of this file names.
pub(in crate::commands) fn exceptions_path(named: Option<&Path>, policy: &Policy, file: &Path) -> Option<PathBuf> {
    let own = || Some(beside(file, policy.exceptions().file.as_deref()?));
    named.map(Path::to_owned).or_else(own)
}

/// A policy of a text; `open` gives the files that it names.
pub(in crate::commands) fn parse(
    name: &str,
    text: &str,
    open: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Policy, Failure> {
    Policy::parse(name, text, open).map_err(failure)
}

/// A file that another one names.
pub(in crate::commands) fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(name)
}

fn failure(error: PolicyError) -> Failure {
    Failure::usage(format!("{:#}", anyhow::Error::new(error)))
}
