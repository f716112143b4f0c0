//! SBOMs that lie in the source: CycloneDX and SPDX in every encoding and version that `plimsoll-sbom` reads.
//! <https://cyclonedx.org/specification/overview/>, <https://spdx.github.io/spdx-spec/>
//!
//! Names are those of CycloneDX's and SPDX's recommendations (`*.cdx.json`, `bom.json`, `*.spdx.json`), of Bitnami
//! (`/opt/bitnami/APP/.spdx-APP.spdx`), of Wolfi and Alpine (`/var/lib/db/sbom`), of Docker (`/usr/local/share/sbom`) and
//! of Python (`*.dist-info/sboms`, PEP 770).
//!
//! What surprises:
//! - A document is somebody's word: see [`Extractor::claims`]. What it names is listed with the technique `attestation`.
//! - The subject is listed when it is a package. An image, a file or an operating system is not: it says where the rest was
//!   found, not what is here.
//! - Tools write brackets as components: `node-pkg`, a path of a lockfile, without version or purl. These are passed
//!   over, and what they hold hangs on what holds them.

mod element;
mod graph;

use plimsoll_extract::prelude::*;
use plimsoll_sbom::encoding::ReadError as SbomError;
use plimsoll_sbom::{FaultKind, map};

/// Reads SBOMs in the source.
pub(crate) struct FoundSbom;

/// Names that other things have too: without a mark of an SBOM they are none.
const SHARED_NAMES: &[&[u8]] = &[b"bom.json", b"bom.xml", b"sbom.json", b"sbom.xml"];

/// Faults of one document that are told one by one.
const MAX_FAULTS: usize = 16;

/// How far into a file its marks are looked for.
const HEAD: usize = 64 * 1024;

impl Extractor for FoundSbom {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("sbom/document")
    }

    fn about(&self) -> About {
        About {
            title: "CycloneDX 1.0 to 1.7, SPDX 2.1 to 3.0 documents in the source, as claims",
            specification: "https://cyclonedx.org/specification/overview/",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".cdx.json"),
            Interest::Suffix(".cdx.xml"),
            Interest::Suffix(".bom.json"),
            Interest::Suffix(".bom.xml"),
            Interest::Suffix(".sbom.json"),
            Interest::Suffix(".spdx"),
            Interest::Suffix(".spdx.json"),
            Interest::Suffix(".spdx.jsonld"),
            Interest::Suffix(".spdx.rdf"),
            Interest::Suffix(".spdx.xml"),
            Interest::Suffix(".spdx.yaml"),
            Interest::Suffix(".spdx.yml"),
            Interest::Suffix(".spdx3.json"),
            Interest::Name("bom.json"),
            Interest::Name("bom.xml"),
            Interest::Name("sbom.json"),
            Interest::Name("sbom.xml"),
            Interest::Path("share/sbom/*.json"),
            Interest::Path("var/lib/db/sbom/*.json"),
            Interest::Path("*.dist-info/sboms/*.json"),
        ]
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        // vcpkg records what it installed in these, without purls: its own reader knows what they mean.
        if file.path().name() == b"vcpkg.spdx.json" {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let parsed = match plimsoll_sbom::open(&bytes, file.budget().limits()) {
            Ok(parsed) => parsed,
            Err(SbomError::Unknown { .. }) if is_something_else(file.path(), &bytes) => return Ok(()),
            Err(error) => return Err(refused(&error, out)),
        };
        for fault in parsed.faults.iter().filter(|fault| !fault.advice).take(MAX_FAULTS) {
            let code = match fault.kind {
                FaultKind::Limit => DiagnosticCode::TOO_LARGE,
                FaultKind::Syntax => DiagnosticCode::MALFORMED,
                _ => continue,
            };
            out.diagnose(code, fault.line.unwrap_or(0), &fault.message);
        }
        let document = map::document(&parsed);
        drop(parsed);
        graph::emit(&document, confidence(file.path()), file.path(), out);
        Ok(())
    }
}

/// How far a document is believed: one that the installer of a package leaves beside it was made of what it installed.
fn confidence(path: &SourcePath) -> Confidence {
    let places: [&[u8]; 4] = [b"opt/bitnami/", b"var/lib/db/sbom/", b"share/sbom/", b".dist-info/sboms/"];
    let installed = places.iter().any(|place| memchr::memmem::find(path.as_bytes(), place).is_some());
    if installed { Confidence::HIGH } else { Confidence::MEDIUM }
}

/// Whether a file that no reader knows is a namesake and no broken document.
fn is_something_else(path: &SourcePath, bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let marks: [&[u8]; 4] = [b"CycloneDX", b"cyclonedx.org", b"spdxVersion", b"SPDXVersion"];
    let marked = marks.iter().any(|mark| memchr::memmem::find(head, mark).is_some());
    // `LICENSE.spdx` and the like may hold a licence expression alone.
    let shared = SHARED_NAMES.contains(&path.name()) || path.name().ends_with(b".spdx");
    shared && !marked && !path.name().starts_with(b".spdx-")
}

fn refused(error: &SbomError, out: &mut Sink<'_>) -> ExtractError {
    match error {
        SbomError::UnknownVersion { version, .. } => ExtractError::UnsupportedVersion { version: version.clone() },
        SbomError::Syntax(fault) => ExtractError::malformed_at(fault.line.unwrap_or(0), fault.message.clone()),
        SbomError::Limit(fault) => {
            out.diagnose(DiagnosticCode::TOO_LARGE, fault.line.unwrap_or(0), &fault.message);
            ExtractError::malformed("the document was not read: it is beyond a limit")
        }
        other => ExtractError::malformed(other.to_string()),
    }
}
