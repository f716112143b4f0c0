//! One SBOM, or what a scan finds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use plimsoll_advisory::vex::Identity;
use plimsoll_model::{Digest, DigestAlgorithm, Limits, Purl};
use plimsoll_policy::Name;
use plimsoll_policy::audit::{AuditInput, audit as look_up};
use plimsoll_sbom::document::Element;
use plimsoll_sbom::{Document, Format, detect, map};

use super::grounds::Grounds;
use super::{Found, Root};
use crate::args::AuditArguments;
use crate::commands::scan;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;
use crate::source::Named;

/// Who says what is in it.
const OBSERVED: &str = "observed";
const CLAIMED: &str = "unsigned claim";

/// Looks the components of a subject up; of an image of several platforms, those of each.
pub(super) fn audit(
    arguments: &AuditArguments,
    grounds: &Grounds,
    offline: bool,
    ui: &mut Ui,
) -> Result<Vec<Found>, Failure> {
    let limits = arguments.limits.limits();
    let subject = arguments.subject.as_deref().unwrap_or(OsStr::new("."));
    if let Some((path, bytes)) = sbom(subject, &limits)? {
        let document = map::document(&input::opened(&path, &bytes, &limits)?);
        let label = path.display().to_string();
        return Ok(vec![found(grounds, &document, &label, CLAIMED, false)?]);
    }
    let named = Named::parse(subject, offline)?;
    let options = scan::source_options(&arguments.scan, limits)?;
    let opened = named.open(&arguments.network, &options, ui)?;
    let progress = ui.progress(format!("scanning {}", named.label()));
    let scans = opened.scan(&options);
    progress.finish_and_clear();
    let mut all = Vec::new();
    for scan in scans? {
        ui.diagnostics(&scan.document.diagnostics);
        let label = match &scan.platform {
            Some(platform) if !platform.is_empty() => format!("{} ({platform})", named.label()),
            _ => named.label(),
        };
        // What is audited is what the SBOM of the scan says, so that auditing that gives the same.
        let mut bytes = Vec::new();
        let format = Format::parse("cyclonedx-json").map_err(|error| Failure::usage(error.to_string()))?;
        format.write_observation(&scan.document, &mut bytes)?;
        let parsed = plimsoll_sbom::open(&bytes, &Limits::DEFAULT).map_err(Failure::failed)?;
        let incomplete = scan.document.is_incomplete();
        all.push(found(grounds, &map::document(&parsed), &label, OBSERVED, incomplete)?);
    }
    Ok(all)
}

/// The bytes of an SBOM; none when the subject is something to be scanned.
pub(in crate::commands) fn sbom(subject: &OsStr, limits: &Limits) -> Result<Option<(PathBuf, Vec<u8>)>, Failure> {
    let prefixed = subject.to_str().and_then(|text| text.strip_prefix("sbom:"));
    if let Some(path) = prefixed {
        let path = PathBuf::from(path);
        let bytes = input::bytes(&path, limits)?;
        return Ok(Some((path, bytes)));
    }
    let path = Path::new(subject);
    if !path.is_file() || !looks_like_text(path) {
        return Ok(None);
    }
    let bytes = input::bytes(path, limits)?;
    Ok(detect(&bytes).is_ok().then(|| (path.to_owned(), bytes)))
}

/// An archive need not be read whole to see that it is no SBOM.
fn looks_like_text(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 512];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or_default();
    let start = start.get(..read).unwrap_or_default();
    // Protobuf has such bytes, and comes with a name.
    !start.contains(&0) || path.extension().is_some_and(|extension| extension == "protobuf" || extension == "pb")
}

fn found(grounds: &Grounds, document: &Document, label: &str, claim: &str, incomplete: bool) -> Result<Found, Failure> {
    let root = match document.roots.as_slice() {
        [one] => document.element(*one),
        _ => None,
    };
    let input = AuditInput {
        document,
        artifact: root.map(identity),
        names: vec![Name::File(label.to_owned())],
        claim,
        advisories: &grounds.snapshot,
        vex: &grounds.vex,
        exceptions: &grounds.exceptions,
        now: grounds.now,
    };
    let mut audit = look_up(&input)?;
    audit.denominator.incomplete |= incomplete;
    let root = root.map(|root| Root {
        name: root.full_name(),
        version: root.version.clone().unwrap_or_default(),
        purl: root.purls.first().cloned().unwrap_or_default(),
    });
    Ok(Found { subject: label.to_owned(), root: root.unwrap_or_default(), audit, fleet: None })
}

/// What a document is about, as VEX statements name it.
fn identity(root: &Element) -> Identity {
    let mut identity = Identity::default();
    for purl in root.purls.iter().filter_map(|purl| Purl::parse(purl).ok()) {
        let of = Identity::from(purl);
        identity.purls.extend(of.purls);
        identity.digests.extend(of.digests);
    }
    identity.cpes.extend(root.cpes.iter().map(|cpe| cpe.as_str().into()));
    let properties = root.properties.iter().filter(|property| {
        matches!(
            property.name.as_str(),
            "plimsoll:image:manifest-digest" | "plimsoll:image:index-digest" | "plimsoll:image:config-digest"
        )
    });
    identity.digests.extend(properties.filter_map(|property| Digest::from_prefixed(&property.value).ok()));
    for hash in &root.hashes {
        let algorithm = match hash.algorithm.as_str() {
            "SHA-256" | "SHA256" => Some(DigestAlgorithm::Sha256),
            other => DigestAlgorithm::from_name(other),
        };
        identity.digests.extend(algorithm.and_then(|algorithm| Digest::from_hex(algorithm, &hash.value).ok()));
    }
    let name = root.full_name();
    if let Some(version) = &root.version {
        identity.names.push(format!("{name}@{version}").into());
        identity.names.push(format!("{name}:{version}").into());
    }
    identity.names.push(name.into());
    identity
}
