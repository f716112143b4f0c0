//! What is to be verified, and where the evidence about it is.

use std::path::{Path, PathBuf};

use plimsoll_model::Limits;
use plimsoll_verify::{Evidence, MAX_EVIDENCE_BYTES, Subject, read_evidence};

use crate::args::VerifyArguments;
use crate::commands::listed;
use crate::exit;
use crate::failure::Failure;
use crate::input;

/// Something to verify.
pub(super) struct Target {
    /// As it was named.
    pub(super) name: String,
    kind: Kind,
    /// The digest that a list says it has.
    listed: Option<Subject>,
}

enum Kind {
    File(PathBuf),
    Digest(Subject),
}

/// What a file's evidence is called, in the order in which it is looked for.
const BESIDE: &[&str] = &["sigstore.json", "sigstore", "intoto.jsonl", "bundle"];

/// Everything that is named.
pub(super) fn list(arguments: &VerifyArguments) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for name in &arguments.subjects {
        let kind = if name.starts_with("sha256:") || name.starts_with("sha384:") || name.starts_with("sha512:") {
            Kind::Digest(Subject::digest(name).map_err(|error| Failure::usage(error.to_string()))?)
        } else {
            Kind::File(PathBuf::from(name.strip_prefix("file:").unwrap_or(name)))
        };
        targets.push(Target { name: name.clone(), kind, listed: None });
    }
    if let Some(path) = &arguments.subjects_from {
        for listed::Listed { name, path, digest } in listed::read(path)? {
            targets.push(Target { name, kind: Kind::File(path), listed: Some(digest) });
        }
    }
    Ok(targets)
}

impl Target {
    /// Reads the evidence, and then the artifact for the digests that the evidence is about.
    pub(super) fn open(&self, arguments: &VerifyArguments) -> Result<(Vec<Evidence>, Subject), Failure> {
        let evidence = self.evidence(&arguments.bundle)?;
        let path = match &self.kind {
            Kind::Digest(subject) => return Ok((evidence, subject.clone())),
            Kind::File(path) => path,
        };
        let mut digests: Vec<_> = evidence.iter().flat_map(Evidence::digests).collect();
        digests.extend(self.listed.iter().flat_map(Subject::digests).map(|(algorithm, _)| algorithm));
        let subject = Subject::file(path, &digests)
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(self.name.clone())))?;
        if let Some(listed) = &self.listed {
            listed::compare(&self.name, &subject, listed)?;
        }
        Ok((evidence, subject))
    }

    fn evidence(&self, bundles: &[PathBuf]) -> Result<Vec<Evidence>, Failure> {
        if !bundles.is_empty() {
            let mut all = Vec::new();
            for path in bundles {
                all.extend(read(path)?);
            }
            return Ok(all);
        }
        let Kind::File(path) = &self.kind else {
            return Err(Failure::usage(format!("{}: a digest has no file beside it; name the evidence", self.name))
                .hint("with --bundle FILE"));
        };
        for extension in BESIDE {
            let mut name = path.clone().into_os_string();
            name.push(".");
            name.push(extension);
            let beside = PathBuf::from(name);
            if beside.is_file() {
                return read(&beside);
            }
        }
        Ok(Vec::new())
    }
}

/// Evidence that cannot be read proves nothing, which is an answer and no failure to work.
fn read(path: &Path) -> Result<Vec<Evidence>, Failure> {
    let mut limits = Limits::DEFAULT;
    limits.member_bytes = MAX_EVIDENCE_BYTES;
    let bytes = input::bytes(path, &limits)?;
    let name = path.display().to_string();
    read_evidence(&bytes, &name).map_err(|error| Failure {
        code: exit::NO,
        error: anyhow::Error::new(error).context(name),
        hint: None,
    })
}
