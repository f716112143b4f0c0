//! The package object.

use std::io;

use plimsoll_model::{Component, ComponentKind, Digest, DigestAlgorithm, FileRecord, LayerIndex, ReferenceKind, Span};

use super::words;
use crate::Observation;
use crate::json::JsonWriter;

/// Writes a component as a package.
pub(super) fn write(
    json: &mut JsonWriter<'_>,
    id: &str,
    component: &Component,
    document: &Observation,
) -> io::Result<()> {
    json.object(|json| {
        json.member("SPDXID", id)?;
        json.member("name", &words::one_line(&full_name(component)))?;
        json.optional("versionInfo", component.version.as_deref().map(words::one_line).as_deref())?;
        if let Some(purpose) = purpose(component.kind) {
            json.member("primaryPackagePurpose", purpose)?;
        }
        json.member("supplier", &organization(component.supplier.as_deref()))?;
        if let Some(author) = &component.author {
            json.member("originator", &organization(Some(author)))?;
        }
        json.member("downloadLocation", &download_location(component))?;
        json.name("filesAnalyzed")?;
        json.boolean(false)?;
        checksums(json, &component.hashes)?;
        let website = component.references.iter().find(|reference| reference.kind == ReferenceKind::Website);
        json.optional("homepage", website.map(|reference| &*reference.url).filter(|url| is_uri(url)))?;
        let source = source_info(component, document);
        json.optional("sourceInfo", (!source.is_empty()).then_some(source.as_str()))?;
        json.member("licenseConcluded", "NOASSERTION")?;
        json.member("licenseDeclared", &license(component))?;
        json.member("copyrightText", component.copyright.as_deref().unwrap_or("NOASSERTION"))?;
        json.optional("summary", component.description.as_deref())?;
        json.array_member("externalRefs", &component.purl, |json, purl| {
            json.object(|json| {
                json.member("referenceCategory", "PACKAGE-MANAGER")?;
                json.member("referenceType", "purl")?;
                json.member("referenceLocator", &purl.to_string())
            })
        })
    })
}

/// The id of a file of the catalogue.
pub(super) fn file_id(file: &FileRecord) -> String {
    let layer = file.layer.map(|LayerIndex(layer)| format!("{layer}:")).unwrap_or_default();
    words::id("File", "", &format!("{layer}{}", file.path))
}

/// Writes a file of the catalogue.
pub(super) fn write_file(json: &mut JsonWriter<'_>, file: &FileRecord) -> io::Result<()> {
    let path = file.path.to_string();
    json.object(|json| {
        json.member("SPDXID", &file_id(file))?;
        json.member("fileName", &format!("./{path}"))?;
        checksums(json, &file.hashes)?;
        json.member("licenseConcluded", "NOASSERTION")?;
        json.member("copyrightText", "NOASSERTION")
    })
}

fn full_name(component: &Component) -> String {
    match (&component.group, component.purl.as_ref().map(|purl| purl.kind())) {
        (Some(group), Some("maven")) => format!("{group}:{}", component.name),
        (Some(group), _) => format!("{group}/{}", component.name),
        (None, _) => component.name.to_string(),
    }
}

/// `primaryPackagePurpose` (SPDX 2.3 §7.24, in the spelling of the JSON schema); nothing stands for the kinds that it
/// lacks.
const fn purpose(kind: ComponentKind) -> Option<&'static str> {
    Some(match kind {
        ComponentKind::Library => "LIBRARY",
        ComponentKind::Application => "APPLICATION",
        ComponentKind::OperatingSystem => "OPERATING_SYSTEM",
        ComponentKind::Container => "CONTAINER",
        ComponentKind::File => "FILE",
        ComponentKind::Framework => "FRAMEWORK",
        ComponentKind::Firmware => "FIRMWARE",
        _ => return None,
    })
}

fn organization(name: Option<&str>) -> String {
    name.map_or_else(|| "NOASSERTION".to_owned(), |name| format!("Organization: {}", words::one_line(name)))
}

fn checksums(json: &mut JsonWriter<'_>, hashes: &[Digest]) -> io::Result<()> {
    json.array_member("checksums", hashes, |json, hash| {
        let algorithm = match hash.algorithm() {
            DigestAlgorithm::Sha3_256 => "SHA3-256".to_owned(),
            DigestAlgorithm::Blake2b256 => "BLAKE2b-256".to_owned(),
            other => other.token().to_ascii_uppercase(),
        };
        json.object(|json| {
            json.member("algorithm", &algorithm)?;
            json.member("checksumValue", &hash.hex())
        })
    })
}

/// Where the package can be had: the first distribution, else the repository (SPDX 2.3 §7.7).
fn download_location(component: &Component) -> String {
    let of = |kind| component.references.iter().find(move |reference| reference.kind == kind && is_uri(&reference.url));
    of(ReferenceKind::Distribution)
        .or_else(|| of(ReferenceKind::Vcs))
        .map_or_else(|| "NOASSERTION".to_owned(), |reference| reference.url.to_string())
}

fn is_uri(text: &str) -> bool {
    let known = ["http://", "https://", "git+https://", "git+http://", "git+ssh://", "git://", "ftp://", "svn+", "hg+"];
    known.iter().any(|scheme| text.starts_with(scheme)) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn license(component: &Component) -> String {
    let parts: Vec<String> = component
        .licenses
        .iter()
        .map(|license| match words::expression(license) {
            Some(expression) => expression.to_owned(),
            None => words::license_ref(license.text()),
        })
        .collect();
    match parts.as_slice() {
        [] => "NOASSERTION".to_owned(),
        [only] => only.clone(),
        // Several statements, none of which may be left out.
        several => several
            .iter()
            .map(|part| if part.contains(' ') { format!("({part})") } else { part.clone() })
            .collect::<Vec<_>>()
            .join(" AND "),
    }
}

/// The evidence, as text: where the component was seen and by what.
fn source_info(component: &Component, document: &Observation) -> String {
    const MAX: usize = 20;
    let mut places: Vec<String> = component
        .evidence
        .iter()
        .take(MAX)
        .map(|seen| {
            let line = match seen.span {
                Some(Span::Line(line)) => format!(":{line}"),
                _ => String::new(),
            };
            let layer = seen.layer.and_then(|LayerIndex(at)| document.layers.get(at as usize));
            let layer = layer.map(|layer| format!(" in layer {}", layer.diff_id)).unwrap_or_default();
            format!("{}{line}{layer} ({})", seen.file, seen.extractor)
        })
        .collect();
    if component.evidence.len() > MAX {
        places.push(format!("and {} more", component.evidence.len().saturating_sub(MAX)));
    }
    if let Some(range) = &component.version_range {
        places.push(format!("version range {}", words::one_line(range)));
    }
    if let Some(word) = component.scope.word() {
        places.push(format!("scope {word}"));
    }
    if places.is_empty() { String::new() } else { format!("seen in {}", places.join(", ")) }
}
