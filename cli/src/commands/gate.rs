//! `plimsoll gate`.

mod json;
mod machine;
mod markdown;
mod ocsf;
mod record;
mod replay;
mod summary;
mod text;

use plimsoll_inventory::{ArtifactRef, GateNote};
use plimsoll_policy::gate::{Decision, GateVerdict};

use crate::args::{FailOnVerdict, GateArguments, GateFormat};
use crate::commands::gather::{Gathered, Grounds, Subject, subjects};
use crate::commands::inventory::open as store;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

/// One artifact, and what came of it.
pub(super) struct Decided {
    pub(super) gathered: Gathered,
    pub(super) decision: Decision,
}

pub(super) fn run(arguments: &GateArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if let Some(path) = &arguments.replay {
        return again(arguments, path, ui);
    }
    let named = subjects(&arguments.subjects, &arguments.gather, offline)?;
    let wants_summary = arguments.summary.vsa.is_some() || arguments.summary.sign;
    if wants_summary && named.len() != 1 {
        return Err(Failure::usage("--vsa and --sign are for one subject"));
    }
    let (grounds, all) = decided(arguments, &named, offline, ui)?;
    write(arguments.format, &all, &grounds)?;
    tell(&all, &grounds, ui);
    if arguments.decision.is_some() || arguments.keep.is_some() {
        let report = json::report(&all, &grounds, json::Digests::All)?;
        arguments.decision.iter().try_for_each(|path| record::write(path, &report))?;
        arguments.keep.iter().try_for_each(|path| record::keep(path, &all, &grounds, &report))?;
    }
    if let (true, Some(subject), Some(one)) = (wants_summary, named.first(), all.first()) {
        summary::write(arguments, subject, one, &grounds, offline, ui)?;
    }
    if arguments.record {
        note(arguments, &all, &grounds)?;
    }
    Ok(status(arguments, &all))
}

/// Reads everything and decides.
pub(super) fn decided(
    arguments: &GateArguments,
    named: &[Subject],
    offline: bool,
    ui: &mut Ui,
) -> Result<(Grounds, Vec<Decided>), Failure> {
    let grounds = Grounds::read(&arguments.gather, Some(named), ui)?;
    let mut all = Vec::new();
    for subject in named {
        let gathered = Gathered::read(subject, &grounds, &arguments.gather, offline, ui)?;
        gathered.notices.iter().for_each(|notice| ui.status(notice));
        let decision = gathered.decide(&grounds);
        all.push(Decided { gathered, decision });
    }
    Ok((grounds, all))
}

fn write(format: GateFormat, all: &[Decided], grounds: &Grounds) -> Result<(), Failure> {
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match format {
            GateFormat::Text => text::write(out, all, grounds)?,
            GateFormat::Json => write_json(out, &json::report(all, grounds, json::Digests::Known)?)?,
            GateFormat::Sarif => write_json(out, &machine::sarif(all, grounds))?,
            GateFormat::Junit => machine::junit(out, all, grounds)?,
            GateFormat::Github => machine::github(out, all, grounds)?,
            GateFormat::Markdown => markdown::write(out, all, grounds)?,
            GateFormat::Ocsf => ocsf::write(out, all, grounds)?,
        }
        Ok(())
    })
}

/// Says what must not be overlooked: glass that was broken, and exceptions that are not as they should be.
fn tell(all: &[Decided], grounds: &Grounds, ui: &mut Ui) {
    for one in all {
        if let Some(id) = &one.decision.broken_glass {
            ui.warning(&format!(
                "{}: the exception {id} breaks the glass: rules deny it, and it is let pass",
                one.gathered.name
            ));
        }
    }
    let used = all.iter().flat_map(|one| one.decision.excused_by()).collect();
    for (_, finding) in grounds.exceptions.findings(&used, grounds.settings.at) {
        ui.warning(&finding.to_string());
    }
}

/// 1 when one is denied, or warns and that was said to be a failure.
fn status(arguments: &GateArguments, all: &[Decided]) -> u8 {
    let refused = all.iter().any(|one| match one.decision.verdict {
        GateVerdict::Pass => false,
        GateVerdict::Warn => arguments.fail_on == Some(FailOnVerdict::Warn),
        _ => true,
    });
    if refused { exit::NO } else { exit::DONE }
}

fn again(arguments: &GateArguments, path: &std::path::Path, ui: &mut Ui) -> Result<u8, Failure> {
    let replayed = replay::replay(path, arguments.evidence.as_deref(), ui)?;
    write(arguments.format, &replayed.all, &replayed.grounds)?;
    if replayed.differences.is_empty() {
        ui.status("the same inputs give the same answer");
        return Ok(exit::DONE);
    }
    for difference in &replayed.differences {
        ui.error(difference);
    }
    Ok(exit::NO)
}

/// Notes the decisions in the inventory.
fn note(arguments: &GateArguments, all: &[Decided], grounds: &Grounds) -> Result<(), Failure> {
    let mut inventory = store::open(&store::location(&arguments.store)?)?;
    let mut unknown = None;
    for one in all {
        let codes = one.decision.reasons().filter_map(|(_, check)| Some(check.code()?.id().to_owned()));
        let codes: std::collections::BTreeSet<String> = codes.collect();
        let note = GateNote {
            verdict: one.decision.verdict.word().to_owned(),
            policy: grounds.policy_sha256()?,
            codes: codes.into_iter().collect(),
            broken_glass: one.decision.broken_glass.clone(),
        };
        // One that is not there keeps no other from being noted.
        let noted = inventory.note_decision(&ArtifactRef::parse(&one.gathered.digest()), &note, grounds.settings.at);
        unknown = unknown.or(noted.err());
    }
    if let Some(error) = unknown {
        let hint = "--record is for artifacts that the inventory has: `plimsoll inventory add`";
        return Err(Failure::from(error).hint(hint));
    }
    Ok(())
}
