//! `plimsoll compat slsa-verifier`. What the flags expect is what slsa-verifier makes of them.

use jiff::Timestamp;
use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuiltIn, Evidence, LogRule, Pattern, ProvenanceExpectation, ProvenanceOutcome,
    RefExpectation, Repository, Subject, TrustedRoot, builders_known, verify_provenance,
};

use crate::args::{SlsaBuild, SlsaVerifierArguments, SlsaVerifierCommand, SlsaVerifyArtifact};
use crate::commands::evidence;
use crate::commands::expected::regex_quoted;
use crate::commands::trust::instances;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &SlsaVerifierArguments, ui: &mut Ui) -> Result<u8, Failure> {
    match &arguments.command {
        SlsaVerifierCommand::VerifyArtifact(arguments) => verify_artifact(arguments, ui),
    }
}

fn verify_artifact(arguments: &SlsaVerifyArtifact, ui: &mut Ui) -> Result<u8, Failure> {
    let evidence = evidence::read(&arguments.provenance_path)?;
    let roots = [instances().get(BuiltIn::PublicGood.name())?.trusted_root()?];
    let expectation = expectation(&arguments.build, ui)?;
    let mut code = exit::DONE;
    for artifact in &arguments.artifacts {
        let outcome = verify(artifact, &evidence, &expectation, &roots)?;
        if outcome.is_proven() {
            ui.status(&format!("Verifying artifact {artifact}: PASSED"));
        } else {
            code = exit::NO;
            for refusal in outcome.refused() {
                ui.warning(&format!("{}: {} ({})", refusal.code(), refusal.reason(), refusal.place()));
            }
            ui.warning(&format!("Verifying artifact {artifact}: FAILED"));
        }
    }
    Ok(code)
}

fn verify(
    artifact: &str,
    evidence: &[Evidence],
    expectation: &ProvenanceExpectation,
    roots: &[TrustedRoot],
) -> Result<ProvenanceOutcome, Failure> {
    let subject = if artifact.starts_with("sha256:") || artifact.starts_with("sha512:") {
        Subject::digest(artifact).map_err(|error| Failure::usage(error.to_string()))?
    } else {
        let wanted: Vec<DigestAlgorithm> = evidence.iter().flat_map(Evidence::digests).collect();
        Subject::file(artifact.as_ref(), &wanted)
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(artifact.to_owned())))?
    };
    Ok(verify_provenance(evidence, &subject, expectation, roots))
}

fn expectation(arguments: &SlsaBuild, ui: &mut Ui) -> Result<ProvenanceExpectation, Failure> {
    let source = Repository::parse(&arguments.source_uri)
        .ok_or_else(|| Failure::usage(format!("--source-uri {}: not a repository", arguments.source_uri)))?;
    let mut references = Vec::new();
    references.extend(arguments.source_branch.clone().map(RefExpectation::Branch));
    references.extend(arguments.source_tag.clone().map(RefExpectation::Tag));
    references.extend(arguments.source_versioned_tag.clone().map(RefExpectation::VersionedTag));
    let mut build = BuildExpectation { source: Some(source), references, level: 3, ..BuildExpectation::default() };
    for input in &arguments.build_workflow_input {
        let (name, value) = input.split_once('=').ok_or_else(|| Failure::usage(format!("{input}: not NAME=VALUE")))?;
        build.inputs.insert(name.to_owned(), value.to_owned());
    }
    if let Some(id) = &arguments.builder_id {
        build.builder.push(builder(id)?);
    }
    let (log, times) = if arguments.insecure_ignore_tlog {
        ui.warning("log entries are not checked (--insecure-ignore-tlog): nobody says when it was signed, or that it was public");
        (LogRule::IgnoredInsecurely, 0)
    } else {
        (LogRule::Required, 1)
    };
    let builders: Vec<BuilderRule> = builders_known();
    Ok(ProvenanceExpectation { builders, build, log, logs: 1, times, at: Timestamp::now() })
}

/// A builder by its name, with or without a version: `NAME`, `NAME@v1.2.3` and `NAME@refs/tags/v1.2.3`.
fn builder(id: &str) -> Result<Pattern, Failure> {
    let pattern = match id.split_once('@') {
        None => format!("{}(@.+)?", regex_quoted(id)),
        Some((name, version)) => {
            let version = version.strip_prefix("refs/tags/").unwrap_or(version);
            format!("{}@refs/tags/{}", regex_quoted(name), regex_quoted(version))
        }
    };
    Pattern::regex(&pattern).map_err(|error| Failure::usage(error.to_string()))
}
