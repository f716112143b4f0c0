//! The decision as a summary of a verification (VSA of SLSA), which others can go by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_attest::{
    DigestSet, ResourceDescriptor, SlsaResult, StatementBuilder, VSA_V1, VerificationResult, VerificationSummary,
    Verifier,
};
use plimsoll_policy::gate::GateVerdict;
use plimsoll_registry::{CopyPlace, ImageReference};

use super::Decided;
use crate::args::{GateArguments, SignIn, SigningArguments};
use crate::commands::gather::{Gathered, Grounds, Role, Subject};
use crate::commands::signing::{Destination, Image, Kind, Options, open};
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// The version of SLSA whose words are used.
const SLSA_VERSION: &str = "1.2";
/// Stated where rules deny, and somebody let it pass all the same.
const GLASS_BROKEN: &str = "PLIMSOLL_GLASS_BROKEN";

/// Writes the summary, signed where that is asked for.
pub(super) fn write(
    arguments: &GateArguments,
    subject: &Subject,
    one: &Decided,
    grounds: &Grounds,
    offline: bool,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let flags = &arguments.summary;
    let refused = |error: plimsoll_attest::AttestError| Failure::usage(error.to_string());
    let predicate = predicate(arguments, subject, one, grounds)?.to_predicate().map_err(refused)?;
    let digests: DigestSet =
        one.gathered.subject.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect();
    let builder = StatementBuilder::new(VSA_V1, predicate).subject(stated_name(&one.gathered), digests);
    let (statement, bytes) = builder.build().map_err(refused)?;
    if !flags.sign {
        let path = flags.vsa.clone().ok_or_else(|| Failure::usage("say where to, with --vsa"))?;
        let target = Target::File(path);
        target.write(|out| out.write_all(&bytes).and_then(|()| out.write_all(b"\n")))?;
        return Ok(());
    }
    let image = image(subject, one);
    if flags.vsa.is_none() && image.is_none() {
        return Err(Failure::usage("say where to write the signed summary, with --vsa FILE"));
    }
    let network = &arguments.gather.network;
    let options = Options { network, offline, cosign_layout: false };
    let mut opened = open(&signing(arguments), &options, ui)?;
    let bundle = opened.session.attest(&bytes, Timestamp::now())?;
    if let Some(path) = &flags.vsa {
        let target = Destination::of(Some(path), None, Kind::Statement(statement.predicate_type()))?;
        target.iter().try_for_each(|target| target.write(bundle.json()))?;
    }
    if let Some(image) = image {
        let attached = Image::resolve(&image, network, ui)?.attach(bundle.json(), VSA_V1, ui)?;
        ui.status(&format!("attached to {}", attached.to));
    }
    Ok(())
}

fn stated_name(gathered: &Gathered) -> String {
    let name = gathered.name.rsplit('/').next().unwrap_or_default();
    if gathered.name.contains("sha256:") { String::new() } else { name.to_owned() }
}

/// The image in its registry, by digest.
fn image(subject: &Subject, one: &Decided) -> Option<ImageReference> {
    match subject.place() {
        Some(CopyPlace::Registry(image)) => {
            format!("{}/{}@{}", image.host(), image.repository(), one.gathered.digest()).parse().ok()
        }
        _ => None,
    }
}

/// Who signs; all else as `plimsoll attest` does by itself.
fn signing(arguments: &GateArguments) -> SigningArguments {
    let flags = &arguments.summary;
    SigningArguments {
        key: flags.key.clone(),
        password: crate::args::PasswordArguments { password_file: flags.password.password_file.clone() },
        identity_token_file: flags.identity_token_file.clone(),
        audience: "sigstore".to_owned(),
        sign_in: SignIn::Browser,
        trust: plimsoll_verify::BuiltIn::PublicGood.name().to_owned(),
        trust_config: flags.trust_config.clone(),
        trusted_root: None,
        signing_config: None,
        fulcio_url: None,
        rekor_url: None,
        rekor_version: None,
        timestamp_url: None,
        no_tlog: arguments.gather.no_tlog && flags.key.is_some(),
        public_log: flags.public_log,
    }
}

fn predicate(
    arguments: &GateArguments,
    subject: &Subject,
    one: &Decided,
    grounds: &Grounds,
) -> Result<VerificationSummary, Failure> {
    let flags = &arguments.summary;
    let decision = &one.decision;
    let id = flags.verifier_id.as_deref();
    let id = id.ok_or_else(|| Failure::usage("say who decides, with --verifier-id URI"))?;
    let passed = decision.verdict != GateVerdict::Deny;
    let mut verified_levels: Vec<String> = if passed { decision.levels.clone() } else { Vec::new() };
    if !passed {
        verified_levels.push(SlsaResult::Failed.to_string());
    }
    if decision.broken_glass.is_some() {
        verified_levels.push(GLASS_BROKEN.to_owned());
    }
    let policy = ResourceDescriptor {
        uri: match &flags.policy_uri {
            Some(text) => uri("--policy-uri", text)?,
            None => file_uri(grounds.policy.file()),
        },
        digest: BTreeMap::from([("sha256".to_owned(), grounds.policy_sha256()?)]),
        ..ResourceDescriptor::default()
    };
    let mut inputs = Vec::new();
    for material in one.gathered.materials.iter().filter(|material| material.role == Role::Evidence) {
        if let Some(sha256) = material.sha256()? {
            let digest = BTreeMap::from([("sha256".to_owned(), sha256.to_owned())]);
            inputs.push(ResourceDescriptor { digest, ..ResourceDescriptor::default() });
        }
    }
    Ok(VerificationSummary {
        verifier: Verifier {
            id: uri("--verifier-id", id)?,
            version: BTreeMap::from([("plimsoll".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        },
        time_verified: grounds.settings.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        resource_uri: match (&flags.resource_uri, subject.place()) {
            (Some(text), _) => uri("--resource-uri", text)?,
            (None, Some(CopyPlace::Registry(image))) => package(image.repository(), &image.host().to_string(), one),
            (None, _) => file_uri(&one.gathered.name),
        },
        policy,
        input_attestations: inputs,
        verification_result: if passed { VerificationResult::Passed } else { VerificationResult::Failed },
        verified_levels,
        dependency_levels: None,
        slsa_version: SLSA_VERSION.to_owned(),
    })
}

/// `pkg:oci/app@sha256%3A…?repository_url=ghcr.io/acme/app`.
fn package(repository: &str, host: &str, one: &Decided) -> String {
    let name = repository.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let digest = one.gathered.digest().replace(':', "%3A");
    format!("pkg:oci/{}@{digest}?repository_url={}/{}", escaped(&name), escaped(host), escaped(repository))
}

/// The name of a file as a URI that says no more than its name.
fn file_uri(path: &str) -> String {
    if ["sha256:", "sha384:", "sha512:"].iter().any(|prefix| path.starts_with(prefix)) {
        return format!("urn:{path}");
    }
    format!("file:{}", escaped(path.rsplit('/').next().unwrap_or_default()))
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn uri(flag: &str, text: &str) -> Result<String, Failure> {
    let fits = text.contains(':') && text.chars().all(|c| c.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err(Failure::usage(format!("{flag} {text}: not a URI"))) }
}
