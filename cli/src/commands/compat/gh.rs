//! `plimsoll compat gh attestation`. What the flags expect is what gh makes of them (`pkg/cmd/attestation/verify`).
//!
//! Values of certificates are compared without regard to case, as gh does it. Nothing is fetched from GitHub's API: the
//! attestations are in a file (`gh attestation download` writes one) or attached to the image.

use plimsoll_model::DigestAlgorithm;
use plimsoll_registry::CopyPlace;
use plimsoll_verify::{BuiltIn, Claim, Claims, Evidence, Outcome, Subject, Verified};
use serde_json::{Map, Value, json};

use super::policy::{Flags, caseless, raw, refused, searched};
use crate::args::{GhArguments, GhAttestation, GhCommand, GhDigest, GhVerify};
use crate::commands::evidence;
use crate::commands::expected::{Expected, regex_quoted};
use crate::commands::referrers::refuse_offline;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &GhArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let GhCommand::Attestation(command) = &arguments.command;
    match command {
        GhAttestation::Verify(arguments) => verify(arguments, offline, ui),
        GhAttestation::TrustedRoot { verify_only } => trusted_roots(*verify_only),
        GhAttestation::Download { .. } => Err(Failure::usage("attestations are not fetched from GitHub here")
            .hint("fetch them with `gh attestation download`, or `curl https://api.github.com/repos/OWNER/REPO/attestations/sha256:…`")),
    }
}

/// What is to be verified, and the text that each piece of evidence was read from.
struct Found {
    subject: Subject,
    evidence: Vec<Evidence>,
    documents: Vec<(String, Vec<u8>)>,
}

fn verify(arguments: &GhVerify, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let expected = expected(arguments, ui)?;
    let found = found(arguments, offline, ui)?;
    ui.status(&format!("Loaded digest {} for {}", found.subject, arguments.artifact));
    let outcome = plimsoll_verify::verify(&found.evidence, &found.subject, &expected.expectation, &expected.roots);
    if !outcome.is_verified() {
        refused(ui, &arguments.artifact, &outcome);
        return Ok(exit::NO);
    }
    if arguments.format.is_some() {
        let report = report(&outcome, &found);
        Target::Stdout.write(|out| write_json(out, &report))?;
    }
    ui.status("✓ Verification succeeded!");
    Ok(exit::DONE)
}

fn found(arguments: &GhVerify, offline: bool, ui: &mut Ui) -> Result<Found, Failure> {
    let mut documents = Vec::new();
    let mut evidence = Vec::new();
    if let Some(path) = &arguments.bundle {
        evidence = evidence::read(path)?;
        documents.push((path.display().to_string(), evidence::bytes(path)?.trim_ascii().to_vec()));
    }
    let subject = match arguments.artifact.strip_prefix("oci://") {
        Some(image) => {
            let place = CopyPlace::Registry(image.parse()?);
            refuse_offline(&[&place], offline)?;
            let attached = evidence::attached(&place, &Flags::default().network()?.options())?;
            for notice in &attached.notices {
                ui.status(notice);
            }
            if arguments.bundle_from_oci {
                evidence = attached.evidence;
                documents.extend(attached.raw);
            }
            attached.subject
        }
        None if arguments.bundle_from_oci => {
            return Err(Failure::usage("--bundle-from-oci is for images: oci://IMAGE"));
        }
        None => Subject::file(arguments.artifact.as_ref(), &[DigestAlgorithm::Sha512])
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(arguments.artifact.clone())))?,
    };
    if arguments.bundle.is_none() && !arguments.bundle_from_oci {
        return Err(Failure::usage("name the attestations with --bundle FILE, or --bundle-from-oci for an image")
            .hint("`gh attestation download` writes them to a file: nothing is fetched to verify"));
    }
    let algorithm = match arguments.digest_alg {
        GhDigest::Sha256 => DigestAlgorithm::Sha256,
        GhDigest::Sha512 => DigestAlgorithm::Sha512,
    };
    let hex = subject.hex(algorithm).ok_or_else(|| Failure::usage("the artifact has no such digest"))?;
    let subject =
        Subject::digest(&format!("{}:{hex}", algorithm.token())).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Found { subject, evidence, documents })
}

fn expected(arguments: &GhVerify, ui: &mut Ui) -> Result<Expected, Failure> {
    const GITHUB: &str = "https://github.com/";
    let mut flags = Flags::default();
    let scope = arguments.repo.as_ref().or(arguments.owner.as_ref()).map(String::as_str).unwrap_or_default();
    if arguments.repo.as_ref().is_some_and(|repo| repo.split('/').count() != 2 || repo.split('/').any(str::is_empty))
        || scope.is_empty()
    {
        return Err(Failure::usage("--repo is OWNER/REPOSITORY"));
    }
    let below = |name: &str| format!("{}(?s:.*)", caseless(&format!("{GITHUB}{name}/")));
    if let Some(identity) = &arguments.cert_identity {
        flags.value("identity", Some(identity));
    } else {
        let regex = match (&arguments.cert_identity_regex, &arguments.signer_repo, &arguments.signer_workflow) {
            (Some(regex), ..) => searched("cert-identity-regex", regex, ui)?,
            (_, Some(repo), _) => below(repo),
            (.., Some(workflow)) => {
                let host = workflow.split('/').next().is_some_and(|first| first.contains('.'));
                let uri = if host { format!("https://{workflow}") } else { format!("{GITHUB}{workflow}") };
                format!("{}(?s:.*)", regex_quoted(&uri))
            }
            _ => below(scope),
        };
        flags.value("identity-regex", Some(regex));
    }
    flags.value("issuer-regex", Some(caseless(&arguments.cert_oidc_issuer)));
    let mut claim = |claim: Claim, value: Option<String>| {
        flags.value("claim-regex", value.map(|value| format!("{}={}", claim.name(), caseless(&value))));
    };
    match &arguments.repo {
        Some(repo) => claim(Claim::SourceRepositoryUri, Some(format!("{GITHUB}{repo}"))),
        None => claim(Claim::SourceRepositoryOwnerUri, Some(format!("{GITHUB}{scope}"))),
    }
    claim(Claim::SourceRepositoryRef, arguments.source_ref.clone());
    claim(Claim::SourceRepositoryDigest, arguments.source_digest.clone());
    claim(Claim::BuildSignerDigest, arguments.signer_digest.clone());
    claim(Claim::RunnerEnvironment, arguments.deny_self_hosted_runners.then(|| "github-hosted".to_owned()));
    flags.value("type", Some(&arguments.predicate_type));
    match &arguments.custom_trusted_root {
        Some(path) => flags.path("trusted-root", Some(path))?,
        None => {
            flags.value("trust", Some(BuiltIn::GitHub.name()));
            flags.value("trust", (!arguments.no_public_good).then(|| BuiltIn::PublicGood.name()));
        }
    }
    flags.expected(ui)
}

fn trusted_roots(verify_only: bool) -> Result<u8, Failure> {
    for built_in in [BuiltIn::PublicGood, BuiltIn::GitHub] {
        built_in.trusted_root().map_err(Failure::failed)?;
        if !verify_only {
            let root: Value = serde_json::from_str(built_in.json()).map_err(Failure::failed)?;
            Target::Stdout.write(|out| writeln!(out, "{root}"))?;
        }
    }
    Ok(exit::DONE)
}

/// What gh writes with `--format json`.
fn report(outcome: &Outcome, found: &Found) -> Value {
    outcome.verified().iter().map(|verified| result(verified, found)).collect()
}

fn result(verified: &Verified, found: &Found) -> Value {
    let piece = found.evidence.iter().find(|piece| piece.place() == verified.place());
    let bundle = piece.and_then(|piece| {
        let (place, bytes) = found
            .documents
            .iter()
            .find(|(place, _)| piece.place() == place || piece.place().starts_with(&format!("{place}:")))?;
        serde_json::from_slice::<Value>(raw(bytes, place, piece)).ok()
    });
    let statement = bundle.as_ref().and_then(|bundle| {
        let payload = bundle.pointer("/dsseEnvelope/payload")?.as_str()?;
        let bytes = data_encoding::BASE64.decode(payload.as_bytes()).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    let times: Vec<Value> = verified
        .times()
        .iter()
        .map(|time| {
            let kind = if time.by.starts_with("log") { "Tlog" } else { "TimestampAuthority" };
            json!({ "type": kind, "uri": "", "timestamp": time.time.to_string() })
        })
        .collect();
    json!({
        "attestation": { "bundle": bundle, "bundle_url": "" },
        "verificationResult": {
            "mediaType": "application/vnd.dev.sigstore.verificationresult+json;version=0.1",
            "statement": statement,
            "signature": { "certificate": certificate(verified.claims()) },
            "verifiedTimestamps": times,
        },
    })
}

/// The claims of a certificate by the names that sigstore-go gives them.
fn certificate(claims: &Claims) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(identity) = claims.identity() {
        object.insert("subjectAlternativeName".to_owned(), identity.into());
    }
    for (claim, value) in claims.iter() {
        object.insert(sigstore_go_name(claim), value.into());
    }
    object
}

/// `source-repository-uri` is `sourceRepositoryURI`; deprecated ones are `githubWorkflowSHA`.
fn sigstore_go_name(claim: Claim) -> String {
    let mut name = String::new();
    for (index, word) in claim.name().split('-').enumerate() {
        match word {
            "uri" | "sha" => name.push_str(&word.to_uppercase()),
            _ if index == 0 => name.push_str(word),
            _ => {
                let mut characters = word.chars();
                name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
                name.push_str(characters.as_str());
            }
        }
    }
    match claim {
        Claim::SourceRepositoryVisibility => "sourceRepositoryVisibilityAtSigning".to_owned(),
        _ => name,
    }
}
