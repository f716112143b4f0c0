//! `plimsoll compat gh attestation`. What the flags expect is what gh makes of them (`pkg/cmd/attestation/verify`).
//!
//! Values of certificates are compared without regard to case, as gh does it; a workflow that has to have signed is the whole
//! of its path, where gh takes any that begins like it. The attestations are in a file, attached to the image, or asked of
//! GitHub, which needs no token for what is public. Only that request needs the network.

mod fetch;
mod report;

use std::path::Path;

use plimsoll_model::DigestAlgorithm;
use plimsoll_registry::CopyPlace;
use plimsoll_verify::{BuiltIn, Claim, Evidence, Subject, TrustedRoot};
use serde_json::Value;

use self::fetch::Host;
use super::policy::{Flags, caseless, refused, searched};
use crate::args::{GhArguments, GhAttestation, GhCommand, GhDigest, GhVerify};
use crate::commands::evidence;
use crate::commands::expected::{Expected, regex_quoted};
use crate::commands::referrers::refuse_offline;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &GhArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let GhCommand::Attestation(command) = &arguments.command;
    match command {
        GhAttestation::Verify(arguments) => verify(arguments, offline, ui),
        GhAttestation::TrustedRoot { verify_only } => trusted_roots(*verify_only),
        GhAttestation::Download(arguments) => fetch::download(arguments, offline, ui),
    }
}

/// What is to be verified, and the text that each piece of evidence was read from.
struct Found {
    subject: Subject,
    evidence: Vec<Evidence>,
    documents: Vec<(String, Vec<u8>)>,
}

fn verify(arguments: &GhVerify, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if arguments.jq.is_some() || arguments.template.is_some() {
        return Err(
            Failure::usage("--jq and --template are not done here").hint("give what --format json writes to jq")
        );
    }
    let host = Host::of(&arguments.fetch)?;
    let expected = expected(arguments, &host, ui)?;
    let found = found(arguments, &host, offline, ui)?;
    ui.status(&format!("Loaded digest {} for {}", found.subject, arguments.artifact));
    let outcome = plimsoll_verify::verify(&found.evidence, &found.subject, &expected.expectation, &expected.roots);
    if !outcome.is_verified() {
        refused(ui, &arguments.artifact, &outcome);
        return Ok(exit::NO);
    }
    if arguments.format.is_some() {
        let report = report::report(&outcome, &found);
        Target::Stdout.write(|out| write_json(out, &report))?;
    }
    ui.status("✓ Verification succeeded!");
    Ok(exit::DONE)
}

fn found(arguments: &GhVerify, host: &Host, offline: bool, ui: &mut Ui) -> Result<Found, Failure> {
    let mut documents = Vec::new();
    let mut evidence = Vec::new();
    if let Some(path) = &arguments.bundle {
        evidence = evidence::read(path)?;
        documents.push((path.display().to_string(), evidence::bytes(path)?.trim_ascii().to_vec()));
    }
    let read = artifact(&arguments.artifact, arguments.fetch.digest_alg, arguments.bundle_from_oci, offline, ui)?;
    if arguments.bundle_from_oci {
        evidence = read.attached;
        documents.extend(read.documents);
    }
    let subject = read.subject;
    if arguments.bundle.is_none() && !arguments.bundle_from_oci {
        let kind = Some(arguments.predicate_type.as_str());
        let lines = fetch::attestations(&arguments.fetch, host, &subject, kind, offline, ui)?;
        if !lines.is_empty() {
            let read = plimsoll_verify::read_evidence(&lines, &host.api);
            evidence = read.map_err(|error| evidence::refused(host.api.as_ref(), error))?;
        }
        documents.push((host.api.clone(), lines));
    }
    Ok(Found { subject, evidence, documents })
}

/// An artifact by one digest, and what is attached to it.
struct Artifact {
    subject: Subject,
    attached: Vec<Evidence>,
    documents: Vec<(String, Vec<u8>)>,
}

fn artifact(
    name: &str,
    algorithm: GhDigest,
    with_attached: bool,
    offline: bool,
    ui: &mut Ui,
) -> Result<Artifact, Failure> {
    let mut read = Artifact { subject: Subject::bytes(Vec::new()), attached: Vec::new(), documents: Vec::new() };
    let whole = match name.strip_prefix("oci://") {
        Some(image) => {
            let place = CopyPlace::Registry(image.parse()?);
            refuse_offline(&[&place], offline)?;
            let attached = evidence::attached(&place, &Flags::default().network()?.options())?;
            for notice in &attached.notices {
                ui.status(notice);
            }
            read.attached = attached.evidence;
            read.documents.extend(attached.raw);
            attached.subject
        }
        None if with_attached => return Err(Failure::usage("--bundle-from-oci is for images: oci://IMAGE")),
        None => Subject::file(name.as_ref(), &[DigestAlgorithm::Sha512])
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(name.to_owned())))?,
    };
    let algorithm = match algorithm {
        GhDigest::Sha256 => DigestAlgorithm::Sha256,
        GhDigest::Sha512 => DigestAlgorithm::Sha512,
    };
    let hex = whole.hex(algorithm).ok_or_else(|| Failure::usage("the artifact has no such digest"))?;
    read.subject =
        Subject::digest(&format!("{}:{hex}", algorithm.token())).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(read)
}

fn expected(arguments: &GhVerify, host: &Host, ui: &mut Ui) -> Result<Expected, Failure> {
    let mut flags = Flags::default();
    let web = &host.web;
    let scope = arguments.fetch.repo.as_ref().or(arguments.fetch.owner.as_ref()).map_or("", String::as_str);
    let below = |name: &str| format!("{}(?s:.*)", caseless(&format!("{web}{name}/")));
    if let Some(identity) = &arguments.cert_identity {
        flags.value("identity", Some(identity));
    } else {
        let regex = match (&arguments.cert_identity_regex, &arguments.signer_repo, &arguments.signer_workflow) {
            (Some(regex), ..) => searched("cert-identity-regex", regex, ui)?,
            (_, Some(repo), _) => below(fetch::repository("--signer-repo", repo)?.0),
            (.., Some(workflow)) => {
                let has_host = workflow.split('/').next().is_some_and(|first| first.contains('.'));
                let uri = if has_host { format!("https://{workflow}") } else { format!("{web}{workflow}") };
                // Its ref follows; what only begins like it is another workflow.
                let reference = if workflow.contains('@') { "" } else { "@(?s:.+)" };
                format!("{}{reference}", regex_quoted(&uri))
            }
            _ => below(scope),
        };
        flags.value("identity-regex", Some(regex));
    }
    let issuer = arguments.cert_oidc_issuer.as_ref().unwrap_or(&host.issuer);
    flags.value("issuer-regex", Some(caseless(issuer)));
    let mut claim = |claim: Claim, value: Option<String>| {
        flags.value("claim-regex", value.map(|value| format!("{}={}", claim.name(), caseless(&value))));
    };
    match &arguments.fetch.repo {
        Some(repo) => claim(Claim::SourceRepositoryUri, Some(format!("{web}{repo}"))),
        None => claim(Claim::SourceRepositoryOwnerUri, Some(format!("{web}{scope}"))),
    }
    claim(Claim::SourceRepositoryRef, arguments.source_ref.clone());
    claim(Claim::SourceRepositoryDigest, arguments.source_digest.clone());
    claim(Claim::BuildSignerDigest, arguments.signer_digest.clone());
    claim(Claim::RunnerEnvironment, arguments.deny_self_hosted_runners.then(|| "github-hosted".to_owned()));
    flags.value("type", Some(&arguments.predicate_type));
    flags.value("trust", Some(BuiltIn::GitHub.name()));
    flags.value("trust", (!arguments.no_public_good).then(|| BuiltIn::PublicGood.name()));
    let mut expected = flags.expected(ui)?;
    match &arguments.custom_trusted_root {
        Some(path) => expected.roots = roots_of(path)?,
        None if host.is_tenant => {
            return Err(Failure::usage(format!("the authorities of {web} are not known here")).hint(
                "write them to a file with `gh attestation trusted-root`, and name it with --custom-trusted-root",
            ));
        }
        None => {}
    }
    Ok(expected)
}

/// Trusted roots, one a line as gh writes them, or one over several lines.
fn roots_of(path: &Path) -> Result<Vec<TrustedRoot>, Failure> {
    let (text, name) = (input::text(path)?, path.display().to_string());
    let documents = match serde_json::from_str::<Value>(&text) {
        Ok(_) => vec![text.as_str()],
        Err(_) => text.lines().filter(|line| !line.trim().is_empty()).collect(),
    };
    let read = |document: &str| TrustedRoot::parse(&name, document, None);
    let roots: Result<Vec<_>, _> = documents.into_iter().map(read).collect();
    match roots {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err(Failure::usage(format!("{name}: it is empty"))),
        Err(error) => Err(Failure::usage(format!("{name}: {error}"))),
    }
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
