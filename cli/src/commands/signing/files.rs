//! Where bundles are written.

use std::path::{Path, PathBuf};

use plimsoll_model::Limits;
use plimsoll_verify::{MAX_EVIDENCE_BYTES, read_evidence};

use super::Subject;
use crate::failure::Failure;
use crate::input;
use crate::output::Target;

/// What a bundle is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Kind<'a> {
    /// The artifact itself.
    Signature,
    /// A statement of this type.
    Statement(&'a str),
}

/// Where a bundle goes.
pub(in crate::commands) struct Destination(PathBuf);

impl Destination {
    /// The file that the user names, or the one beside the artifact. That one is never lost to a bundle of another kind: an
    /// older signature makes room for a newer one, but not for a statement. What is attached to an image needs no file.
    pub(in crate::commands) fn of(
        named: Option<&Path>,
        subject: Option<&Subject>,
        kind: Kind<'_>,
    ) -> Result<Option<Self>, Failure> {
        if let Some(path) = named {
            return Ok(Some(Self(path.to_owned())));
        }
        if subject.is_some_and(|subject| subject.image().is_some()) {
            return Ok(None);
        }
        Self::beside(None, subject.and_then(Subject::path), kind).map(Some)
    }

    /// The file that the user names, or the one beside this.
    pub(in crate::commands) fn beside(
        named: Option<&Path>,
        file: Option<&Path>,
        kind: Kind<'_>,
    ) -> Result<Self, Failure> {
        if let Some(path) = named {
            return Ok(Self(path.to_owned()));
        }
        let file = file.ok_or_else(|| {
            Failure::usage("there is no one file to write the bundle beside: name where to with --bundle FILE")
        })?;
        let mut name = file.as_os_str().to_owned();
        name.push(".sigstore.json");
        let path = PathBuf::from(name);
        if path.symlink_metadata().is_ok() && !is_of_kind(&path, kind) {
            return Err(Failure::usage(format!("{} holds something else", path.display()))
                .hint("name another file with --bundle, or move it away"));
        }
        Ok(Self(path))
    }

    pub(in crate::commands) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes it whole or not at all.
    pub(in crate::commands) fn write(&self, json: &[u8]) -> Result<(), Failure> {
        let target = if self.0 == Path::new("-") { Target::Stdout } else { Target::File(self.0.clone()) };
        target.write(|out| out.write_all(json)).map_err(|error| {
            let context = format!("the bundle verifies, and cannot be written to {}", self.0.display());
            Failure::failed(anyhow::Error::new(error).context(context))
        })
    }
}

/// Whether a file holds one bundle of this kind.
fn is_of_kind(path: &Path, kind: Kind<'_>) -> bool {
    let mut limits = Limits::DEFAULT;
    limits.member_bytes = MAX_EVIDENCE_BYTES;
    let Ok(bytes) = input::bytes(path, &limits) else { return false };
    let Ok(evidence) = read_evidence(&bytes, "") else { return false };
    let [one] = evidence.as_slice() else { return false };
    match (kind, one.unverified_statement()) {
        (Kind::Signature, None) => true,
        (Kind::Statement(wanted), Some(statement)) => statement.predicate_type() == wanted,
        _ => false,
    }
}
