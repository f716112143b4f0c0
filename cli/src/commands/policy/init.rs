//! `plimsoll policy init`.

use std::path::Path;

use plimsoll_policy::{Build, BuildState, Draft, Judgement, Name, NamePattern, Policy, Rules, Verdict};
use plimsoll_verify::{BuiltIn, Repository};

use crate::args::{PolicyInitArguments, ProvenanceVerifyArguments, VerdictFormat};
use crate::commands::provenance::verify::{self as provenance, Judged, Wanted};
use crate::commands::targets::{self, Beside, Places};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &PolicyInitArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let flags = ProvenanceVerifyArguments {
        subjects: vec![arguments.from.clone()],
        subjects_from: None,
        bundle: arguments.bundle.clone(),
        rekor_entry: arguments.rekor_entry.clone(),
        names: Vec::new(),
        policy: None,
        exceptions: None,
        build: arguments.build.clone(),
        expected: arguments.expected.clone(),
        network: arguments.network.clone(),
        explain: false,
        format: VerdictFormat::Text,
    };
    if arguments.expected.insecure_ignore_tlog || arguments.expected.no_tlog {
        return Err(Failure::usage("a policy is written from evidence that is whole: leave out what weakens it"));
    }
    let wanted = provenance::read(&flags, ui)?;
    let places = Places {
        bundle: &arguments.bundle,
        signature: None,
        certificate: None,
        rekor_entry: arguments.rekor_entry.as_deref(),
        network: arguments.network.options(),
        beside: Beside::Provenance,
    };
    let targets = targets::list(std::slice::from_ref(&arguments.from), None, offline)?;
    let target = targets.first().ok_or_else(|| Failure::usage("name the artifact, with --from"))?;
    let judged = provenance::judged(target, &places, &wanted)?;
    if wanted.names_nobody {
        return Err(provenance::nobody_named(std::slice::from_ref(&judged)));
    }
    let proven = |build: &&Build| build.state() == BuildState::Proven;
    let builds = judged.judgements.iter().flat_map(Judgement::verdicts).flat_map(Verdict::builds);
    let Some(build) = builds.into_iter().find(proven) else {
        provenance::refused(ui, &judged, &wanted);
        return Ok(exit::NO);
    };
    let name = match &arguments.name {
        Some(name) => Name::parse(name).map_err(|reason| Failure::usage(format!("--as {reason}")))?.to_string(),
        None => name(target, &judged),
    };
    let policy = draft(arguments, &name, build)?;
    check(&policy, arguments, &name, &judged, &places, target, &wanted)?;
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    target.write(|out| out.write_all(policy.as_bytes()))?;
    ui.status("read it before you rely on it: `plimsoll policy explain` says what it means");
    Ok(exit::DONE)
}

/// The name of the artifact without where it is; its digest where the name cannot be written as a pattern.
fn name(target: &targets::Target, judged: &Judged) -> String {
    let name = match target.name_in_policy() {
        Some(Name::File(path)) => Path::new(&path).file_name().map(|name| format!("file:{}", name.to_string_lossy())),
        other => other.map(|name| name.to_string()),
    };
    let usable = |name: &String| NamePattern::parse(name).is_ok_and(|pattern| !pattern.is_broad());
    name.filter(usable).unwrap_or_else(|| judged.subject.to_string())
}

fn draft(arguments: &PolicyInitArguments, name: &str, build: &Build) -> Result<String, Failure> {
    let (flags, expected) = (&arguments.build, &arguments.expected);
    let mut roots: Vec<(&str, String)> = Vec::new();
    for path in &expected.trusted_root {
        roots.push(("trusted_root", from_policy(path, arguments)?));
    }
    roots.extend(expected.trust.iter().map(|name| ("instance", name.clone())));
    if roots.is_empty() {
        roots.push(("instance", BuiltIn::PublicGood.name().to_owned()));
    }
    let key = match expected.key.as_slice() {
        [] => None,
        [key] => Some(from_policy(key, arguments)?),
        _ => return Err(Failure::usage("name one key")),
    };
    let stated = [
        ("exact", &expected.source_ref),
        ("tag", &flags.source_tag),
        ("branch", &flags.source_branch),
        ("versioned_tag", &flags.source_versioned_tag),
    ];
    let reference = stated.iter().find_map(|(key, value)| Some((*key, value.as_deref()?)));
    let view = build.view().ok_or_else(|| Failure::usage("the evidence has no provenance"))?;
    let source = expected.source_repo.as_deref().and_then(Repository::parse);
    let rule = build.builder().filter(|rule| *rule != provenance::COMMAND_LINE);
    Ok(Draft {
        name,
        roots: &roots,
        key: key.as_deref(),
        source: source.as_ref(),
        reference,
        level: (flags.level != 1).then_some(flags.level),
        view,
        claims: build.claims(),
        proven: build.level().unwrap_or_default(),
        known: rule,
    }
    .to_toml())
}

/// A path as the policy has to name it: it is taken from where the policy is.
fn from_policy(path: &Path, arguments: &PolicyInitArguments) -> Result<String, Failure> {
    let folder = arguments.output.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let named = match path.strip_prefix(folder) {
        Ok(below) => below.to_owned(),
        Err(_) => std::path::absolute(path)?,
    };
    named.to_str().map(str::to_owned).ok_or_else(|| Failure::usage(format!("{}: it is not UTF-8", path.display())))
}

/// A policy that does not accept what it was written from would be of no use.
fn check(
    text: &str,
    arguments: &PolicyInitArguments,
    name: &str,
    judged: &Judged,
    places: &Places<'_>,
    target: &targets::Target,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let folder = arguments.output.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let mut open = |key: &str| input::text(&folder.join(key)).map_err(|failure| format!("{:#}", failure.error));
    let broken =
        |reason: String| Failure::failed(anyhow::anyhow!("the policy that was drafted does not work: {reason}"));
    let policy = Policy::parse("policy", text, &mut open).map_err(|error| broken(error.to_string()))?;
    let names: Vec<Name> = Name::parse(name).into_iter().collect();
    let judgement = provenance::judge_by(Rules::from(&policy), target, places, wanted, &names)?;
    if judgement.is_accepted() {
        return Ok(());
    }
    let codes: Vec<&str> = judgement.verdicts().iter().flat_map(Verdict::codes).map(|code| code.id()).collect();
    Err(broken(format!("it refuses {}: {}", judged.name, codes.join(", "))))
}
