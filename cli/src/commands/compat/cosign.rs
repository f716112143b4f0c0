//! `plimsoll compat cosign`. What each flag does: `args/compat/cosign.rs`; what maps to what:
//! `docs/guides/coming-from-cosign.md`.

mod blob;
mod image;
mod sign;

use plimsoll_registry::{CosignTag, ImageReference, Repository};
use plimsoll_verify::{Evidence, Outcome, Subject, Verified};

use super::policy::{Flags, own, searched};
use crate::args::{
    CosignArguments, CosignAttachment, CosignCommand, CosignImage, CosignPolicy, CosignRegistry, NetworkArguments,
};
use crate::commands::expected::Expected;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// Of cosign: there is no signature.
const WITHOUT_SIGNATURE: u8 = 10;
/// Of cosign: there is no such tag.
const NO_TAG: u8 = 11;
/// Of cosign: there are signatures, and none is the wanted one.
const NO_MATCH: u8 = 12;

pub(super) fn run(arguments: &CosignArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match &arguments.command {
        CosignCommand::VerifyBlob(arguments) => blob::verify(arguments, ui),
        CosignCommand::VerifyBlobAttestation(arguments) => blob::verify_attestation(arguments, ui),
        CosignCommand::Verify(arguments) => image::verify_signatures(arguments, offline, ui),
        CosignCommand::VerifyAttestation(arguments) => image::verify_attestations(arguments, offline, ui),
        CosignCommand::SignBlob(arguments) => sign::sign(arguments, offline, ui),
        CosignCommand::AttestBlob(arguments) => sign::attest(arguments, offline, ui),
        CosignCommand::Sign(arguments) => sign::sign_images(arguments, offline, ui),
        CosignCommand::Attest(arguments) => sign::attest_image(arguments, offline, ui),
        CosignCommand::GenerateKeyPair { output_key_prefix } => {
            let prefix = output_key_prefix.to_string_lossy();
            own(&["keys", "generate", "--format=cosign", "--output", &prefix], ui)
        }
        CosignCommand::ImportKeyPair { key, output_key_prefix, .. } => {
            let (key, prefix) = (key.to_string_lossy(), output_key_prefix.to_string_lossy());
            own(&["keys", "import", "--format=cosign", "--output", &prefix, "--", &key], ui)
        }
        CosignCommand::PublicKey { key } => own(&["keys", "public", "--", &key.to_string_lossy()], ui),
        CosignCommand::Tree(image) => {
            let place = format!("registry:{}", image.image);
            own_with(&["referrers", &place], &image.image, &image.registry, offline, ui)
        }
        CosignCommand::Copy { source, target, registry, .. } => {
            let (from, to) = (format!("registry:{source}"), format!("registry:{target}"));
            own_with(&["copy", &from, &to], source, registry, offline, ui)
        }
        CosignCommand::Triangulate { image, kind } => triangulate(image, *kind, offline),
        CosignCommand::Version => {
            let version = concat!("plimsoll ", env!("CARGO_PKG_VERSION"), " as cosign\n");
            Target::Stdout.write(|out| out.write_all(version.as_bytes()))?;
            Ok(exit::DONE)
        }
    }
}

/// What the flags expect.
fn expected(policy: &CosignPolicy, uri: Option<&str>, ui: &mut Ui) -> Result<Expected, Failure> {
    let mut flags = Flags::default();
    if policy.key.is_none() {
        if policy.certificate_identity.is_none() && policy.certificate_identity_regexp.is_none() {
            return Err(Failure::usage(
                "--certificate-identity or --certificate-identity-regexp is required for verification in keyless mode",
            ));
        }
        if policy.certificate_oidc_issuer.is_none() && policy.certificate_oidc_issuer_regexp.is_none() {
            return Err(Failure::usage(
                "--certificate-oidc-issuer or --certificate-oidc-issuer-regexp is required for verification in keyless mode",
            ));
        }
    }
    flags.path("key", policy.key.as_ref())?;
    flags.value("identity", policy.certificate_identity.as_ref());
    if let Some(regex) = &policy.certificate_identity_regexp {
        flags.value("identity-regex", Some(searched("certificate-identity-regexp", regex, ui)?));
    }
    flags.value("issuer", policy.certificate_oidc_issuer.as_ref());
    if let Some(regex) = &policy.certificate_oidc_issuer_regexp {
        flags.value("issuer-regex", Some(searched("certificate-oidc-issuer-regexp", regex, ui)?));
    }
    for (name, value) in [
        ("name", &policy.certificate_github_workflow_name),
        ("ref", &policy.certificate_github_workflow_ref),
        ("repository", &policy.certificate_github_workflow_repository),
        ("sha", &policy.certificate_github_workflow_sha),
        ("trigger", &policy.certificate_github_workflow_trigger),
    ] {
        flags.value("claim", value.as_ref().map(|value| format!("github-workflow-{name}={value}")));
    }
    flags.switch("insecure-ignore-tlog", policy.insecure_ignore_tlog || policy.private_infrastructure);
    flags.path("trusted-root", policy.trusted_root.as_ref())?;
    flags.value("type", uri);
    flags.expected(ui)
}

fn judge(evidence: &[Evidence], subject: &Subject, expected: &Expected) -> Outcome {
    plimsoll_verify::verify(evidence, subject, &expected.expectation, &expected.roots)
}

/// Whether an authority vouches for the time, where that was asked for.
fn is_stamped(policy: &CosignPolicy, verified: &[Verified]) -> bool {
    let stamped = |one: &Verified| one.times().iter().any(|time| time.by.starts_with("timestamp authority"));
    !policy.use_signed_timestamps || verified.iter().any(stamped)
}

/// The predicate type that a short name stands for.
fn predicate_type(name: &str) -> Result<&str, Failure> {
    Ok(match name {
        "custom" => "https://cosign.sigstore.dev/attestation/v1",
        "cyclonedx" => "https://cyclonedx.org/bom",
        "link" => "https://in-toto.io/Link/v1",
        "openvex" => "https://openvex.dev/ns",
        "slsaprovenance" | "slsaprovenance02" => "https://slsa.dev/provenance/v0.2",
        "slsaprovenance1" => "https://slsa.dev/provenance/v1",
        "spdx" | "spdxjson" => "https://spdx.dev/Document",
        "vuln" => "https://cosign.sigstore.dev/attestation/vuln/v1",
        uri if uri.contains(':') => uri,
        other => return Err(Failure::usage(format!("invalid predicate type: {other}"))),
    })
}

/// How the registry of an image is reached.
fn network(image: &str, registry: &CosignRegistry) -> Result<NetworkArguments, Failure> {
    let mut flags = Flags::default();
    flags.path("ca-cert", registry.registry_cacert.as_ref())?;
    if registry.allow_http_registry {
        flags.value("plain-http", Some(image.parse::<ImageReference>()?.host().to_string()));
    }
    flags.network()
}

/// Runs a command of our own, with how the registry is reached.
fn own_with(line: &[&str], image: &str, registry: &CosignRegistry, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let mut more = Vec::new();
    if let Some(path) = &registry.registry_cacert {
        more.push(format!("--ca-cert={}", path.display()));
    }
    if registry.allow_http_registry {
        more.push(format!("--plain-http={}", image.parse::<ImageReference>()?.host()));
    }
    if offline {
        more.push("--offline".to_owned());
    }
    let line: Vec<&str> = line.iter().copied().chain(more.iter().map(String::as_str)).collect();
    own(&line, ui)
}

fn triangulate(image: &CosignImage, kind: CosignAttachment, offline: bool) -> Result<u8, Failure> {
    let reference: ImageReference = image.image.parse()?;
    let digest = match reference.digest() {
        Some(digest) => digest.clone(),
        None if offline => return Err(Failure::usage("a tag needs the network, and --offline forbids it")),
        None => {
            let network = network(&image.image, &image.registry)?.options();
            Repository::open(&reference, &network).resolve()?.descriptor().digest.clone()
        }
    };
    let name = match kind {
        CosignAttachment::Digest => format!("{}@{digest}", reference.name()),
        CosignAttachment::Signature => format!("{}:{}", reference.name(), CosignTag::Signature.tag(&digest)),
        CosignAttachment::Attestation => format!("{}:{}", reference.name(), CosignTag::Attestation.tag(&digest)),
        CosignAttachment::Sbom => format!("{}:{}", reference.name(), CosignTag::Sbom.tag(&digest)),
    };
    Target::Stdout.write(|out| writeln!(out, "{name}"))?;
    Ok(exit::DONE)
}
