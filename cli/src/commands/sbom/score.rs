//! `plimsoll sbom score`.

mod sbomqs;
mod tables;

use std::fs::File;

use plimsoll_sbom::score::{
    FieldReport, GroupReport, Offender, Options, Outcome, Profile, Report, Requirement, grade, points, score,
};
use plimsoll_sbom::{Format, encoding::Parsed};
use serde_json::{Value, json};

use crate::args::{ScoreArguments, ScoreFormat};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, sarif, write_json};

const SCHEMA: &str = "plimsoll.sbom.score/1";

pub(super) fn run(arguments: &ScoreArguments, ui: &mut Ui) -> Result<u8, Failure> {
    if let Some(path) = &arguments.signature {
        let error = |error| anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        File::open(path).map_err(|fault| Failure::failed(error(fault)))?;
    }
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let profiles = profiles(arguments);
    let options = Options { offenders: arguments.offenders, signed: arguments.signature.is_some() };
    let name = arguments.document.path.display().to_string();
    let reports = score(&parsed, &profiles, &options);
    Target::Stdout.write::<Failure>(|out| {
        match (arguments.compat, arguments.format) {
            (Some(_), _) => write_json(out, &sbomqs::report(&name, &parsed, &reports, &options))?,
            (None, ScoreFormat::Text) => tables::text(out, &name, &parsed, &reports)?,
            (None, ScoreFormat::Markdown) => tables::markdown(out, &name, &parsed, &reports)?,
            (None, ScoreFormat::Csv) => tables::csv(out, &reports)?,
            (None, ScoreFormat::Json) => write_json(out, &report(&name, &parsed, &reports))?,
            (None, ScoreFormat::Sarif) => {
                let findings = reports.iter().flat_map(|report| findings(report, &name));
                write_json(out, &sarif::report("sbom score", findings))?;
            }
        }
        Ok(())
    })?;
    let under = |report: &&Report| arguments.fail_under.is_some_and(|least| report.score < least);
    let failing: Vec<&Report> = reports.iter().filter(under).collect();
    for report in &failing {
        let least = arguments.fail_under.unwrap_or_default();
        ui.warning(&format!("{}: {} is under {least}", report.profile.name, points(report.score)));
    }
    Ok(if failing.is_empty() { exit::DONE } else { exit::NO })
}

/// The profiles that were asked for, each once.
fn profiles(arguments: &ScoreArguments) -> Vec<&'static Profile> {
    if arguments.profile.iter().any(|name| name == "all") {
        return Profile::all().iter().collect();
    }
    let mut out: Vec<&'static Profile> = Vec::new();
    for profile in arguments.profile.iter().filter_map(|name| Profile::named(name)) {
        if out.iter().all(|held| held.name != profile.name) {
            out.push(profile);
        }
    }
    out
}

/// What a document is, as formats are typed.
fn format_of(parsed: &Parsed) -> String {
    Format::Standard(parsed.encoding, parsed.version).to_string()
}

fn report(name: &str, parsed: &Parsed, reports: &[Report]) -> Value {
    let profiles: Vec<Value> = reports
        .iter()
        .map(|report| {
            json!({
                "profile": report.profile.name,
                "title": report.profile.title,
                "source": report.profile.source,
                "score": points(report.score),
                "known": points(report.known),
                "grade": grade(report.score).to_string(),
                "satisfied": report.is_satisfied(),
                "components": report.components,
                "shares": shares(report),
                "groups": report.groups.iter().map(group).collect::<Vec<_>>(),
                "fields": report.fields.iter().map(|held| field(report, held)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "schema": SCHEMA, "document": name, "format": format_of(parsed), "profiles": profiles })
}

/// The mean share of what is required, recommended and optional, in the words of the profile.
fn shares(report: &Report) -> serde_json::Map<String, Value> {
    let kinds = [Requirement::Required, Requirement::Recommended, Requirement::Optional];
    let share = |kind| Some((report.profile.word(kind).to_owned(), json!(points(report.share_of(kind)?))));
    kinds.into_iter().filter_map(share).collect()
}

fn group(held: &GroupReport) -> Value {
    json!({ "group": held.group.name, "title": held.group.title, "weight": held.group.weight, "score": points(held.score) })
}

fn field(report: &Report, held: &FieldReport) -> Value {
    let (field, counts) = (held.field, held.counts);
    json!({
        "field": field.name,
        "title": field.title,
        "of": if field.is_of_components() { "component" } else { "document" },
        "requirement": report.profile.word(field.requirement),
        "weight": field.weight,
        "group": field.group.and_then(|at| report.profile.groups.get(at)).map(|group| group.name),
        "unknownSatisfies": field.unknown_counts,
        "percent": held.share.map(|share| points(share * 100.0)),
        "counts": {
            "present": counts.present,
            "unknown": counts.unknown,
            "missing": counts.missing,
            "cannotTell": counts.cannot_tell,
            "notApplicable": counts.not_applicable,
        },
        "offenders": held.offenders.iter().map(offender).collect::<Vec<_>>(),
        "more": held.more,
    })
}

fn offender(held: &Offender) -> Value {
    json!({
        "outcome": held.outcome.word(),
        "id": held.id,
        "name": held.name,
        "pointer": held.pointer.as_str(),
        "fix": held.fix,
    })
}

/// One finding for each place that was listed.
fn findings<'a>(report: &'a Report, file: &'a str) -> impl Iterator<Item = sarif::Finding> + 'a {
    report.fields.iter().flat_map(move |held| {
        held.offenders.iter().map(move |offender| {
            let satisfied = offender.outcome == Outcome::Unknown && held.field.unknown_counts;
            let level = match held.field.requirement {
                _ if satisfied => "note",
                Requirement::Required => "error",
                Requirement::Recommended => "warning",
                _ => "note",
            };
            let name = offender.name.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
            let outcome = offender.outcome.word();
            sarif::Finding {
                rule: format!("{}/{}", report.profile.name, held.field.name),
                level,
                message: format!("{}{name}: {outcome}; {}", held.field.title, offender.fix),
                file: file.to_owned(),
                line: None,
            }
        })
    })
}
