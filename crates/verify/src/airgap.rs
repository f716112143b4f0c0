//! A folder that carries software over a gap without a network: images with what refers to them, artifacts, whom to
//! trust, advisories. `airgap.json` lists every file with its size and digest and is itself signed, so that one signature
//! is over all of it (decision record 0017).
//!
//! [`Folder::verify`] decides whether a folder is what its signed manifest says. The signature comes first: a manifest
//! that nobody vouches for is not read. Then every file is read once and compared; what is missing, changed, too much or
//! no regular file is a [`Fault`]. A [`Sealed`] can be built in no other way, so that nothing can be imported from a folder
//! with a fault. Whom the folder would have one trust is never believed about the folder itself.
//!
//! What is decided here holds for the folder as it was read: somebody who may write to it later may change it later.
//! [`Sealed::read`] compares once more, and images are copied by the digests in the manifest.

mod folder;
mod manifest;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::{Code, Evidence, Expectation, Outcome, Subject, TrustedRoot, VerifyError};

pub use folder::list;
pub use manifest::{FilePath, Image, Manifest, PackedFile, Section, TrustEntry};

/// The manifest.
pub const MANIFEST: &str = "airgap.json";
/// The bundle over the manifest.
pub const BUNDLE: &str = "airgap.json.sigstore.json";
/// The directory of the layout that holds all images.
pub const IMAGES: &str = "images";
/// The most that a manifest may have: some hundred thousand files.
pub const MAX_MANIFEST: u64 = 64 << 20;

/// A folder with its manifest, read but not verified.
pub struct Folder {
    root: PathBuf,
    manifest: Vec<u8>,
    bundle: Option<Vec<u8>>,
    faults: Vec<Fault>,
}

/// Something about a folder that its signed manifest does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The reason, for programs.
    pub code: Code,
    /// The file, below the folder.
    pub path: String,
    /// The reason, for people: a fragment without a full stop.
    pub reason: String,
    /// What was expected, where two values differ.
    pub expected: Option<String>,
    /// What there was instead.
    pub actual: Option<String>,
}

impl Fault {
    fn new(code: Code, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { code, path: path.into(), reason: reason.into(), expected: None, actual: None }
    }

    fn differs(mut self, expected: impl ToString, actual: impl ToString) -> Self {
        (self.expected, self.actual) = (Some(expected.to_string()), Some(actual.to_string()));
        self
    }
}

/// What came of verifying a folder.
#[derive(Debug)]
pub struct Judgement {
    signature: Outcome,
    faults: Vec<Fault>,
    sealed: Option<Sealed>,
}

impl Judgement {
    /// Who signed the manifest, or why nobody did.
    #[must_use]
    pub fn signature(&self) -> &Outcome {
        &self.signature
    }

    /// What is wrong, in the order of the paths.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The folder, when the signature holds and nothing is wrong.
    #[must_use]
    pub fn sealed(&self) -> Option<&Sealed> {
        self.sealed.as_ref()
    }
}

/// A folder that is what its signed manifest says.
#[derive(Debug)]
pub struct Sealed {
    root: PathBuf,
    manifest: Manifest,
}

impl Sealed {
    /// What is in it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The layout with its images. They are to be taken by the digests of the manifest.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.root.join(IMAGES)
    }

    /// A file of the folder in whole, compared with the manifest once more.
    ///
    /// # Errors
    /// The manifest does not list it, it has more than `limit` bytes, cannot be read, or was changed in the meantime.
    pub fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, VerifyError> {
        let failed = |reason: &str| VerifyError::Airgap { path: path.to_string(), reason: reason.to_owned() };
        let listed = self.manifest.file(path).ok_or_else(|| failed("the manifest does not list it"))?;
        if listed.size > limit {
            return Err(failed(&format!("it has more than {limit} bytes")));
        }
        let bytes = folder::bytes(&self.root, path.as_str(), limit).map_err(VerifyError::Folder)?;
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        if digest != listed.sha256 {
            return Err(failed("it was changed after it was verified"));
        }
        Ok(bytes)
    }
}

impl Folder {
    /// Reads the manifest of a folder and the bundle beside it, if there is one.
    ///
    /// # Errors
    /// There is no manifest, or it cannot be read.
    pub fn open(root: &Path) -> Result<Self, VerifyError> {
        let mut faults = Vec::new();
        let mut read = |name: &str, limit| match folder::bytes(root, name, limit) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                faults.push(Fault::new(Code::FolderEntry, name, error.to_string()));
                Ok(None)
            }
            Err(error) => Err(error),
        };
        let manifest = read(MANIFEST, MAX_MANIFEST).map_err(VerifyError::Folder)?.unwrap_or_default();
        let bundle = match read(BUNDLE, crate::MAX_EVIDENCE_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            read => read.map_err(VerifyError::Folder)?,
        };
        Ok(Self { root: root.to_owned(), manifest, bundle, faults })
    }

    /// The bundle beside the manifest.
    #[must_use]
    pub fn bundle(&self) -> Option<&[u8]> {
        self.bundle.as_deref()
    }

    /// The manifest as evidence is about it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::bytes(self.manifest.clone())
    }

    /// Verifies the evidence about the manifest, and then the folder against the manifest.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read. What is wrong with them is no error but a [`Fault`].
    pub fn verify(
        self,
        evidence: &[Evidence],
        expectation: &Expectation,
        roots: &[TrustedRoot],
    ) -> Result<Judgement, VerifyError> {
        let signature = crate::verify(evidence, &self.subject(), expectation, roots);
        let mut faults = self.faults;
        let direct = signature.verified().iter().any(|verified| verified.statement().is_none());
        if signature.is_verified() && !direct {
            // Whoever states something about a folder, such as that a test failed, has not sealed it.
            let reason = "there is a statement about it, but no signature over it";
            faults.push(Fault::new(Code::NothingMatches, MANIFEST, reason));
        }
        if !direct || !faults.is_empty() {
            return Ok(Judgement { signature, faults, sealed: None });
        }
        let manifest = match Manifest::parse(&self.manifest) {
            Ok(manifest) => manifest,
            Err(fault) => return Ok(Judgement { signature, faults: vec![fault], sealed: None }),
        };
        let faults = folder::compare(&self.root, &manifest)?;
        let sealed = faults.is_empty().then_some(Sealed { root: self.root, manifest });
        Ok(Judgement { signature, faults, sealed })
    }
}
