//! The artifact and the evidence about it: named, beside it, or attached to it.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use plimsoll_model::Limits;
use plimsoll_registry::{Content as Listed, CopyPlace, EvidenceOptions, evidence_kept_in};
use plimsoll_verify::{Evidence, read_evidence};
use serde_json::json;

use super::material::{Content, Material, Role};
use super::subject::{Kind, Subject};
use crate::args::GatherArguments;
use crate::commands::evidence;
use crate::failure::Failure;
use crate::input;

/// What evidence about a file is called after its name and a dot.
pub(super) const NAMES: &[&str] = &[
    "sigstore.json",
    "sigstore",
    "intoto.jsonl",
    "bundle",
    "publish.attestation",
    "attestation",
    "provenance",
    "build.slsa",
    "sig",
    "pem",
    "crt",
    "cert",
];
/// A signature in a file of its own, and the certificates that may be beside it.
const SIGNATURE: &str = "sig";
const CERTIFICATES: &[&str] = &["pem", "crt", "cert"];

/// How a piece of evidence is read.
const FORM: &str = "form";
const DOCUMENT: &str = "document";
const LAYER: &str = "layer";
const DETACHED: &str = "detached";
const UNREAD: &str = "unread";

/// What is known of an artifact from itself and from what is said about it.
#[derive(Default)]
pub(super) struct Found {
    pub(super) materials: Vec<Material>,
    pub(super) notices: Vec<String>,
}

/// The artifact, and all evidence about it.
pub(super) fn found(subject: &Subject, arguments: &GatherArguments) -> Result<Found, Failure> {
    let mut found = Found::default();
    for path in &arguments.bundle {
        let bytes = evidence::bytes(path)?;
        found
            .materials
            .push(Material::bytes_of(Role::Evidence, path.display().to_string(), bytes).with(FORM, DOCUMENT));
    }
    let path = match &subject.kind {
        Kind::Image(place) => {
            image(&subject.name, place, arguments, &mut found)?;
            return Ok(found);
        }
        Kind::Digest(text) => {
            let artifact = Material::new(Role::Artifact, text, Content::Nothing);
            found.materials.push(artifact.with("digests", json!([text])));
            return Ok(found);
        }
        Kind::File(path) | Kind::Packed(_, path) | Kind::Sbom(path) => path,
    };
    let is_sbom = matches!(subject.kind, Kind::Sbom(_));
    let artifact = if is_sbom {
        let bytes = input::bytes(path, &arguments.limits.limits())?;
        Material::bytes_of(Role::Artifact, path.display().to_string(), bytes)
    } else {
        // Fails here, and not after everything else was read.
        drop(fs::File::open(path).map_err(|error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        })?);
        Material::new(Role::Artifact, path.display().to_string(), Content::File(path.clone()))
    };
    found.materials.push(artifact.with("sbom", is_sbom));
    if arguments.bundle.is_empty() {
        beside(path, &mut found)?;
    }
    Ok(found)
}

/// All files beside an artifact that may hold evidence about it: that there is one does not say that another has nothing to say.
fn beside(path: &Path, found: &mut Found) -> Result<(), Failure> {
    let named = |end: &&str| {
        let mut name = path.to_owned().into_os_string();
        name.push(".");
        name.push(end);
        Some(PathBuf::from(name)).filter(|path| path.is_file())
    };
    for path in NAMES.iter().filter(|end| **end != SIGNATURE && !CERTIFICATES.contains(end)).filter_map(&named) {
        let bytes = evidence::bytes(&path)?;
        found
            .materials
            .push(Material::bytes_of(Role::Evidence, path.display().to_string(), bytes).with(FORM, DOCUMENT));
    }
    if let Some(path) = named(&SIGNATURE) {
        let mut signature = Material::bytes_of(Role::Evidence, path.display().to_string(), evidence::bytes(&path)?);
        signature = signature.with(FORM, DETACHED);
        if let Some(path) = CERTIFICATES.iter().find_map(named) {
            signature = signature.with("certificate", BASE64.encode(&evidence::bytes(&path)?));
        }
        found.materials.push(signature);
    }
    Ok(())
}

/// The manifest of an image, its config, and what is attached to it. Evidence that was named stands in for what is attached.
fn image(name: &str, place: &CopyPlace, arguments: &GatherArguments, found: &mut Found) -> Result<(), Failure> {
    let mut options = EvidenceOptions::default();
    options.config = true;
    let read = evidence_kept_in(place, None, &arguments.network.options(), &options)?;
    let digest = &read.manifest.descriptor().digest;
    found.notices.extend(read.notices);
    found.notices.push(format!("{name} is {digest}"));
    let kind = if matches!(read.manifest.content(), Listed::Index(_)) { "index" } else { "image" };
    let artifact = Material::bytes_of(Role::Artifact, name, read.manifest.bytes().to_vec());
    found.materials.push(artifact.with("image", kind).with("digest", digest.to_string()));
    if let Some(config) = read.config {
        found.materials.push(Material::bytes_of(Role::ImageConfig, format!("{name} config"), config));
    }
    if !arguments.bundle.is_empty() {
        return Ok(());
    }
    for piece in read.pieces {
        let layer = Material::bytes_of(Role::Evidence, piece.place, piece.bytes).with(FORM, LAYER);
        found.materials.push(layer.with("mediaType", piece.media_type).with("annotations", json!(piece.annotations)));
    }
    for (place, reason) in read.unread {
        found
            .materials
            .push(Material::new(Role::Evidence, place, Content::Nothing).with(FORM, UNREAD).with("reason", reason));
    }
    Ok(())
}

/// The evidence of a material. One that cannot be read proves nothing, and hides nothing.
pub(super) fn evidence(material: &Material) -> Result<Vec<Evidence>, Failure> {
    let (place, bytes) = (&material.name, material.bytes()?);
    let damaged = |error: plimsoll_verify::VerifyError| Evidence::damaged(place, &error.to_string());
    Ok(match material.detail(FORM) {
        Some(LAYER) => {
            let annotations = material.details.get("annotations").cloned().unwrap_or_default();
            let annotations = serde_json::from_value(annotations).unwrap_or_default();
            let kind = material.detail("mediaType").unwrap_or_default();
            vec![Evidence::from_cosign_layer(kind, &bytes, &annotations, place).unwrap_or_else(damaged)]
        }
        Some(DETACHED) => {
            let certificate = material.detail("certificate").and_then(|text| BASE64.decode(text.as_bytes()).ok());
            vec![Evidence::detached(&bytes, certificate.as_deref(), None, place).unwrap_or_else(damaged)]
        }
        Some(UNREAD) => vec![Evidence::damaged(place, material.detail("reason").unwrap_or_default())],
        _ => read_evidence(&bytes, place).unwrap_or_else(|error| vec![damaged(error)]),
    })
}

/// SBOMs that nobody signed.
pub(super) fn loose(paths: &[PathBuf], limits: &Limits) -> Result<Vec<Material>, Failure> {
    let read = |path: &PathBuf| {
        let bytes = input::bytes(path, limits)?;
        input::opened(path, &bytes, limits)?;
        Ok(Material::bytes_of(Role::Sbom, path.display().to_string(), bytes))
    };
    paths.iter().map(read).collect()
}
