//! `plimsoll compat slsa-verifier`: its commands, what its flags expect, its last line and its status.
//!
//! What is let in is what slsa-verifier lets in, and less where it looks at less than it could: log entries have to be proven
//! and about this very signature, and evidence that brings none proves nothing unless the entry is supplied.

mod artifact;
mod attestation;
mod builders;
mod classes;
mod image;
mod npm;
mod vsa;

use std::path::Path;

use jiff::Timestamp;
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuiltIn, Claim, Evidence, LogRule, ProvenBuild, ProvenanceExpectation,
    ProvenanceOutcome, ProvenanceRefusal, RefExpectation, Repository, TrustedRoot,
};

use self::builders::{Asked, Family};
use self::classes::Class;
use crate::args::{SlsaBuild, SlsaLog, SlsaVerifierArguments, SlsaVerifierCommand};
use crate::commands::evidence;
use crate::commands::trust::instances;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// The version whose commands and flags are taken.
const VERSION: &str = "2.7.1";

pub(super) fn run(arguments: &SlsaVerifierArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if switched_on("SLSA_VERIFIER_TESTING") {
        ui.status("WARNING: Insecure SLSA_VERIFIER_TESTING is enabled.");
    }
    let verified = match &arguments.command {
        SlsaVerifierCommand::VerifyArtifact(arguments) => artifact::verify(arguments, ui),
        SlsaVerifierCommand::VerifyGithubAttestation(arguments) => attestation::verify(arguments, ui),
        SlsaVerifierCommand::VerifyImage(arguments) => image::verify(arguments, offline, ui),
        SlsaVerifierCommand::VerifyNpmPackage(arguments) => npm::verify(arguments, ui),
        SlsaVerifierCommand::VerifyVsa(arguments) => vsa::verify(arguments, ui),
        SlsaVerifierCommand::Version { json } => return version(*json),
    };
    match verified {
        Ok(()) => {
            ui.verdict("PASSED: SLSA verification passed");
            Ok(exit::DONE)
        }
        Err(refused) => {
            if let Refused::Failed(failure) = &refused
                && failure.is_broken_pipe()
            {
                return Ok(exit::DONE);
            }
            ui.verdict(&format!("FAILED: SLSA verification failed: {}", refused.text()));
            Ok(exit::NO)
        }
    }
}

/// Whether a variable is set to what Go reads as true.
fn switched_on(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| ["1", "t", "T", "TRUE", "true", "True"].contains(&value.as_str()))
}

fn version(json: bool) -> Result<u8, Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let line = match json {
        true => serde_json::json!({ "gitVersion": VERSION, "plimsoll": own }).to_string(),
        false => format!("GitVersion: {VERSION}\nPlimsoll: {own}"),
    };
    Target::Stdout.write::<Failure>(|out| writeln!(out, "{line}").map_err(Failure::failed))?;
    Ok(exit::DONE)
}

/// Why something is not verified.
enum Refused {
    /// For a reason of slsa-verifier.
    Class(Class, String),
    /// Something else went wrong.
    Failed(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Refused {
    fn class(class: Class, detail: impl Into<String>) -> Self {
        Self::Class(class, detail.into())
    }

    /// What slsa-verifier says, with what was expected and found, and the names of the reason.
    fn text(&self) -> String {
        match self {
            Self::Class(class, detail) => format!("{}: {detail} [{}]", class.text(), class.name()),
            Self::Failed(failure) => format!("{:#}", failure.error),
        }
    }
}

/// What a build has to be, and who may have built it.
fn expectation(
    family: Family,
    source_uri: &str,
    builder_id: Option<&str>,
    log: &SlsaLog,
    ui: &mut Ui,
) -> Result<(ProvenanceExpectation, Asked), Refused> {
    let source = source(source_uri)?;
    if builder_id.is_some_and(|id| !builders::is_builder_id(id)) {
        let detail = format!("builderID: '{}'", builder_id.unwrap_or_default());
        return Err(Refused::class(Class::InvalidFormat, detail));
    }
    let asked = Asked::new(family, builder_id, source.as_str(), switched_on("SLSA_VERIFIER_TESTING"));
    let build = BuildExpectation {
        source: Some(source),
        builder: asked.builder().into_iter().collect(),
        ..BuildExpectation::default()
    };
    let rules = asked.rules(family);
    if rules.is_empty() {
        let detail = format!("{} is none that is known", builder_id.unwrap_or_default());
        return Err(Refused::class(Class::UntrustedReusableWorkflow, detail));
    }
    Ok((expected(rules, build, log, ui), asked))
}

fn source(uri: &str) -> Result<Repository, Refused> {
    Repository::parse(uri).ok_or_else(|| Refused::class(Class::MismatchSource, format!("{uri:?} is no repository")))
}

fn expected(builders: Vec<BuilderRule>, build: BuildExpectation, log: &SlsaLog, ui: &mut Ui) -> ProvenanceExpectation {
    let (log, times) = if log.insecure_ignore_tlog {
        ui.warning("log entries are not checked (--insecure-ignore-tlog): nobody says when it was signed, or that it was public");
        (LogRule::IgnoredInsecurely, 0)
    } else {
        (LogRule::Required, 1)
    };
    ProvenanceExpectation { builders, build, log, logs: 1, times, at: Timestamp::now() }
}

/// Adds the refs and inputs that are asked for.
fn add_build(build: &mut BuildExpectation, asked: &mut Asked, arguments: &SlsaBuild) -> Result<(), Refused> {
    build.references.extend(arguments.source_branch.clone().map(RefExpectation::Branch));
    build.references.extend(arguments.source_tag.clone().map(RefExpectation::Tag));
    build.references.extend(arguments.source_versioned_tag.clone().map(RefExpectation::VersionedTag));
    asked.versioned_tag.clone_from(&arguments.source_versioned_tag);
    for input in &arguments.build_workflow_input {
        // A value may hold further signs of equality, which slsa-verifier refuses.
        let split = input.split_once('=');
        let detail = || format!("expected 'key=value' format, got '{input}'");
        let (name, value) = split.ok_or_else(|| Refused::class(Class::InvalidFormat, detail()))?;
        build.inputs.insert(name.to_owned(), value.to_owned());
    }
    Ok(())
}

/// The evidence of a file, with the log entry that was named to supply it.
fn read(path: &Path, log: &SlsaLog) -> Result<Vec<Evidence>, Refused> {
    let mut found = evidence::read(path).map_err(|failure| match failure.code {
        exit::NO => Refused::class(Class::InvalidDssePayload, format!("{:#}", failure.error)),
        _ => Refused::Failed(failure),
    })?;
    complete(&mut found, log)?;
    Ok(found)
}

fn complete(found: &mut [Evidence], log: &SlsaLog) -> Result<(), Failure> {
    let Some(path) = &log.rekor_entry else { return Ok(()) };
    let entry = evidence::bytes(path)?;
    for piece in found.iter_mut().filter(|piece| piece.is_readable() && piece.log_entries() == 0) {
        *piece = piece.with_log_entry(&entry).map_err(|error| evidence::refused(path, error))?;
    }
    Ok(())
}

fn roots() -> Result<[TrustedRoot; 1], Failure> {
    Ok([instances().get(BuiltIn::PublicGood.name())?.trusted_root()?])
}

/// The first build that is proven, or why none is: of several reasons that of the evidence that came furthest.
fn judged<'a>(outcome: &'a ProvenanceOutcome, asked: &Asked) -> Result<&'a ProvenBuild, Refused> {
    if let Some(proven) = outcome.proven().first() {
        return Ok(proven);
    }
    let far = |refusal: &ProvenanceRefusal| match refusal.code() {
        _ if refusal.view().is_some() => 2,
        plimsoll_verify::Code::Key | plimsoll_verify::Code::KindOfSigner | plimsoll_verify::Code::Malformed => 0,
        _ => 1,
    };
    let mut best: Option<&ProvenanceRefusal> = None;
    for refusal in outcome.refused() {
        if best.is_none_or(|best| far(best) < far(refusal)) {
            best = Some(refusal);
        }
    }
    let Some(refusal) = best else { return Err(Refused::class(Class::NoValidSignature, "there is no evidence")) };
    let mut detail = refusal.reason().to_owned();
    if let Some(expected) = refusal.expected() {
        detail.push_str(&format!(": expected {expected:?}, got {:?}", refusal.actual().unwrap_or_default()));
    }
    Err(Refused::class(classes::of(refusal, asked), format!("{detail} ({})", refusal.code())))
}

/// Says who built it, and writes the statement if that is wanted.
fn told(build: &ProvenBuild, print: bool, ui: &mut Ui) -> Result<(), Failure> {
    let commit = build.verified().claims().with_deprecated(Claim::SourceRepositoryDigest);
    let at = commit.map(|commit| format!(" at commit {commit}")).unwrap_or_default();
    ui.status(&format!("Verified build using builder {:?}{at}", build.view().builder_id));
    if print { written(build.payload()) } else { Ok(()) }
}

fn written(payload: &[u8]) -> Result<(), Failure> {
    Target::Stdout
        .write::<Failure>(|out| out.write_all(payload).and_then(|()| out.write_all(b"\n")).map_err(Failure::failed))
}
