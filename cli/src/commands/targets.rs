//! What is to be verified, and where the evidence about it is.

use std::path::{Path, PathBuf};

use plimsoll_policy::Name;
use plimsoll_registry::{CopyPlace, NetworkOptions};
use plimsoll_verify::{Evidence, Subject};

use crate::commands::{evidence, listed, referrers};
use crate::failure::Failure;

/// Where the evidence is, as flags say.
pub(super) struct Places<'a> {
    pub(super) bundle: &'a [PathBuf],
    pub(super) signature: Option<&'a Path>,
    pub(super) certificate: Option<&'a Path>,
    pub(super) rekor_entry: Option<&'a Path>,
    pub(super) network: NetworkOptions,
    /// What is looked for beside a file when nothing is named.
    pub(super) beside: Beside,
}

/// What is looked for beside a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// The first of the usual names, or a signature in a file of its own.
    First,
    /// All files that may hold provenance: that there is a signature does not say that there is none.
    Provenance,
}

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
    Image(CopyPlace),
}

/// A target that was read.
pub(super) struct Opened {
    pub(super) subject: Subject,
    pub(super) evidence: Vec<Evidence>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// What a file's evidence is called, in the order in which it is looked for.
const BESIDE: &[&str] =
    &["sigstore.json", "sigstore", "intoto.jsonl", "bundle", "publish.attestation", "attestation", "provenance"];
/// What a file's provenance is called beside that.
const PROVENANCE_BESIDE: &[&str] =
    &["intoto.jsonl", "build.slsa", "provenance", "attestation", "sigstore.json", "sigstore"];
/// What the signature of a file is called, and what the certificate that made it is.
const SIGNATURE: &str = "sig";
const CERTIFICATES: &[&str] = &["pem", "crt", "cert"];

/// Everything that is named.
pub(super) fn list(subjects: &[String], from: Option<&Path>, offline: bool) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for name in subjects {
        let kind = if name.starts_with("sha256:") || name.starts_with("sha384:") || name.starts_with("sha512:") {
            Kind::Digest(Subject::digest(name).map_err(|error| Failure::usage(error.to_string()))?)
        } else if name.starts_with("registry:") || name.starts_with("oci-layout:") {
            let place = CopyPlace::parse(name)?;
            referrers::refuse_offline(&[&place], offline)?;
            Kind::Image(place)
        } else {
            Kind::File(PathBuf::from(name.strip_prefix("file:").unwrap_or(name)))
        };
        targets.push(Target { name: name.clone(), kind, listed: None });
    }
    if let Some(path) = from {
        for listed::Listed { name, path, digest } in listed::read(path)? {
            targets.push(Target { name, kind: Kind::File(path), listed: Some(digest) });
        }
    }
    Ok(targets)
}

impl Target {
    /// What a policy may call it.
    pub(super) fn name_in_policy(&self) -> Option<Name> {
        match &self.kind {
            Kind::File(path) => Some(Name::File(path.display().to_string())),
            Kind::Image(CopyPlace::Registry(image)) => Some(Name::Image {
                repository: format!("{}/{}", image.host(), image.repository()),
                tag: image.tag().map(str::to_owned),
            }),
            Kind::Image(_) | Kind::Digest(_) => None,
        }
    }

    /// Reads the evidence, and then the artifact for the digests that the evidence is about.
    pub(super) fn open(&self, places: &Places<'_>) -> Result<Opened, Failure> {
        let named = self.named(places)?;
        let path = match &self.kind {
            Kind::Digest(subject) => {
                return Ok(Opened { subject: subject.clone(), evidence: named, notices: Vec::new() });
            }
            Kind::Image(place) => return self.open_image(place, named, places),
            Kind::File(path) => path,
        };
        let mut digests: Vec<_> = named.iter().flat_map(Evidence::digests).collect();
        digests.extend(self.listed.iter().flat_map(Subject::digests).map(|(algorithm, _)| algorithm));
        let subject = Subject::file(path, &digests)
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(self.name.clone())))?;
        if let Some(listed) = &self.listed {
            listed::compare(&self.name, &subject, listed)?;
        }
        Ok(Opened { subject, evidence: named, notices: Vec::new() })
    }

    /// Evidence that was named stands in for what is attached.
    fn open_image(&self, place: &CopyPlace, named: Vec<Evidence>, places: &Places<'_>) -> Result<Opened, Failure> {
        let evidence::Attached { subject, evidence: attached, mut notices, .. } =
            evidence::attached(place, &places.network)?;
        notices.push(format!("{} is {subject}", self.name));
        let evidence = if named.is_empty() { completed(attached, places)? } else { named };
        Ok(Opened { subject, evidence, notices })
    }

    /// The evidence that is named, or beside the artifact.
    fn named(&self, places: &Places<'_>) -> Result<Vec<Evidence>, Failure> {
        completed(self.found(places)?, places)
    }

    fn found(&self, places: &Places<'_>) -> Result<Vec<Evidence>, Failure> {
        if let Some(path) = places.signature {
            return Ok(vec![evidence::detached(path, places.certificate)?]);
        }
        if !places.bundle.is_empty() {
            let mut all = Vec::new();
            for path in places.bundle {
                all.extend(evidence::read(path)?);
            }
            return Ok(all);
        }
        let Kind::File(path) = &self.kind else {
            if matches!(self.kind, Kind::Image(_)) {
                return Ok(Vec::new());
            }
            return Err(Failure::usage(format!("{}: a digest has no file beside it; name the evidence", self.name))
                .hint("with --bundle FILE"));
        };
        if places.beside == Beside::Provenance {
            let mut all = Vec::new();
            for bundle in PROVENANCE_BESIDE.iter().filter_map(|extension| extended(path, extension)) {
                all.extend(evidence::read(&bundle)?);
            }
            return Ok(all);
        }
        beside(path, places.certificate)
    }
}

/// The evidence beside a file: the first of the usual names, or a signature in a file of its own.
pub(super) fn beside(path: &Path, certificate: Option<&Path>) -> Result<Vec<Evidence>, Failure> {
    let beside = |extension: &&str| extended(path, extension);
    if let Some(bundle) = BESIDE.iter().find_map(beside) {
        return evidence::read(&bundle);
    }
    let Some(signature) = beside(&SIGNATURE) else { return Ok(Vec::new()) };
    let certificate = certificate.map(Path::to_owned).or_else(|| CERTIFICATES.iter().find_map(beside));
    Ok(vec![evidence::detached(&signature, certificate.as_deref())?])
}

/// The file whose name is that of another and an extension, when there is one.
fn extended(path: &Path, extension: &str) -> Option<PathBuf> {
    let mut name = path.to_owned().into_os_string();
    name.push(".");
    name.push(extension);
    Some(PathBuf::from(name)).filter(|path| path.is_file())
}

/// The evidence, with what was named to supply what it lacks.
fn completed(mut found: Vec<Evidence>, places: &Places<'_>) -> Result<Vec<Evidence>, Failure> {
    if let (Some(path), None) = (places.certificate, places.signature) {
        let certificate = evidence::bytes(path)?;
        for piece in found.iter_mut().filter(|piece| !piece.has_certificate()) {
            *piece = piece.with_certificate(&certificate).map_err(|error| evidence::refused(path, error))?;
        }
    }
    if let Some(path) = places.rekor_entry {
        let entry = evidence::bytes(path)?;
        for piece in found.iter_mut().filter(|piece| piece.is_readable() && piece.log_entries() == 0) {
            *piece = piece.with_log_entry(&entry).map_err(|error| evidence::refused(path, error))?;
        }
    }
    Ok(found)
}
