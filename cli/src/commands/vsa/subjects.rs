//! What a summary is about, and where it is.

use std::path::{Path, PathBuf};

use plimsoll_registry::CopyPlace;
use plimsoll_verify::{AnySubject, Evidence, NamedDigest, Subject};

use crate::args::VsaVerifyArguments;
use crate::commands::{evidence, referrers};
use crate::failure::Failure;

/// Something that a summary has to be about.
pub(super) struct Target {
    /// As it was named.
    pub(super) name: String,
    pub(super) subject: AnySubject,
    pub(super) evidence: Vec<Evidence>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// What a file's evidence is called, in the order in which it is looked for.
const BESIDE: &[&str] = &["sigstore.json", "vsa.json", "intoto.jsonl"];

/// The commit, and what other digests name: one thing.
pub(super) fn named(commit: Option<&str>, digests: &[String]) -> Result<Vec<NamedDigest>, Failure> {
    let commit = commit.map(|commit| format!("gitCommit:{commit}"));
    let all = commit.iter().chain(digests);
    all.map(|text| NamedDigest::parse(text).map_err(|error| Failure::usage(error.to_string()))).collect()
}

/// Everything that is named, with the evidence about it.
pub(super) fn open(arguments: &VsaVerifyArguments, offline: bool) -> Result<Vec<Target>, Failure> {
    let mut given = Vec::new();
    for path in &arguments.bundle {
        given.extend(evidence::read(path)?);
    }
    let mut targets = Vec::new();
    let named = named(arguments.commit.as_deref(), &arguments.subject_digest)?;
    if !named.is_empty() {
        let subject = AnySubject::Named(named);
        if arguments.bundle.is_empty() {
            return Err(no_file_beside(&subject.to_string()));
        }
        targets.push(Target { name: subject.to_string(), subject, evidence: given.clone(), notices: Vec::new() });
    }
    for name in &arguments.subjects {
        targets.push(one(name, &given, arguments, offline)?);
    }
    if let Some(path) = &arguments.rekor_entry {
        supply(&mut targets, path)?;
    }
    Ok(targets)
}

/// Supplies an entry to what has none.
fn supply(targets: &mut [Target], path: &Path) -> Result<(), Failure> {
    let entry = evidence::bytes(path)?;
    let pieces = targets.iter_mut().flat_map(|target| &mut target.evidence);
    for piece in pieces.filter(|piece| piece.is_readable() && piece.log_entries() == 0) {
        *piece = piece.with_log_entry(&entry).map_err(|error| evidence::refused(path, error))?;
    }
    Ok(())
}

fn one(name: &str, given: &[Evidence], arguments: &VsaVerifyArguments, offline: bool) -> Result<Target, Failure> {
    let name = name.to_owned();
    let target = |subject: Subject, evidence: Vec<Evidence>, notices| {
        let subject = AnySubject::Artifact(subject);
        Ok(Target { name: name.clone(), subject, evidence, notices })
    };
    if name.starts_with("registry:") || name.starts_with("oci-layout:") {
        let place = CopyPlace::parse(&name)?;
        referrers::refuse_offline(&[&place], offline)?;
        let attached = evidence::attached(&place, &arguments.network.options())?;
        let mut notices = attached.notices;
        notices.push(format!("{name} is {}", attached.subject));
        let evidence = if given.is_empty() { attached.evidence } else { given.to_vec() };
        return target(attached.subject, evidence, notices);
    }
    if ["sha256:", "sha384:", "sha512:"].iter().any(|prefix| name.starts_with(prefix)) {
        let subject = Subject::digest(&name).map_err(|error| Failure::usage(error.to_string()))?;
        if arguments.bundle.is_empty() {
            return Err(no_file_beside(&name));
        }
        return target(subject, given.to_vec(), Vec::new());
    }
    let path = PathBuf::from(name.strip_prefix("file:").unwrap_or(&name));
    let evidence = if arguments.bundle.is_empty() { beside(&path)? } else { given.to_vec() };
    let digests: Vec<_> = evidence.iter().flat_map(Evidence::digests).collect();
    let subject = Subject::file(&path, &digests)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(name.clone())))?;
    target(subject, evidence, Vec::new())
}

fn beside(path: &Path) -> Result<Vec<Evidence>, Failure> {
    let file = |extension: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        Some(PathBuf::from(name)).filter(|path| path.is_file())
    };
    BESIDE.iter().find_map(file).map_or_else(|| Ok(Vec::new()), |path| evidence::read(&path))
}

fn no_file_beside(name: &str) -> Failure {
    Failure::usage(format!("{name}: a digest has no file beside it; name the evidence")).hint("with --bundle FILE")
}
