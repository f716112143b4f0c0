//! The JSON that `sbomqs score --json` writes, as far as gates read it: its names, its 0 to 10, its letters.
//!
//! Without the identity of a run and the time of it, which would make every output another.

use plimsoll_sbom::encoding::{Encoding, Parsed};
use plimsoll_sbom::map;
use plimsoll_sbom::score::{FieldReport, Options, Profile, Report, Requirement, grade, points, score};
use serde_json::{Value, json};

/// The profile of its categories.
const CATEGORIES: &str = "sbomqs";

/// Our profiles and its names for them, where it has one.
const PROFILES: &[(&str, &str)] = &[
    ("cisa-2026", "cisa-2026"),
    ("ntia-2021", "ntia"),
    ("bsi-2.1", "bsi-v2.1"),
    ("fsct-3", "fsct"),
    ("openchain-telco", "oct-v1.1"),
];

pub(super) fn report(name: &str, parsed: &Parsed, reports: &[Report], options: &Options) -> Value {
    let wanted: Vec<&'static Profile> = Profile::named(CATEGORIES).into_iter().collect();
    let categories = score(parsed, &wanted, options);
    let whole = categories.first().map_or(0.0, |report| report.score);
    let (spec, file_format) = words(parsed.encoding);
    let file = json!({
        "sbom_quality_score": ten(whole),
        "grade": grade(whole).to_string(),
        "num_components": categories.first().map_or(0, |report| report.components),
        "file_name": name,
        "spec": spec,
        "spec_version": parsed.encoding.standard().version_name(parsed.version),
        "file_format": file_format,
        "creation_time": map::document(parsed).created.unwrap_or_default(),
        // Its spelling.
        "comprehenssive": categories.iter().flat_map(of_categories).collect::<Vec<_>>(),
        "profiles": reports.iter().filter(|report| report.profile.name != CATEGORIES).map(of_profile).collect::<Vec<_>>(),
    });
    json!({
        "creation_info": { "name": "plimsoll", "version": env!("CARGO_PKG_VERSION"), "sbomqs_engine_version": "2", "vendor": "plimsoll" },
        "files": [file],
    })
}

/// A score of 100 as one of 10.
fn ten(score: f64) -> f64 {
    points(score / 10.0)
}

fn words(encoding: Encoding) -> (&'static str, &'static str) {
    match encoding {
        Encoding::CycloneDxJson => ("cyclonedx", "json"),
        Encoding::CycloneDxXml => ("cyclonedx", "xml"),
        Encoding::CycloneDxProtobuf | Encoding::CycloneDxTextproto => ("cyclonedx", "protobuf"),
        Encoding::SpdxJson | Encoding::Spdx3Json => ("spdx", "json"),
        Encoding::SpdxYaml => ("spdx", "yaml"),
        Encoding::SpdxTagValue => ("spdx", "tag-value"),
        Encoding::SpdxRdfXml => ("spdx", "rdf"),
        _ => ("spdx", "xml"),
    }
}

fn of_categories(report: &Report) -> Vec<Value> {
    let one = |(at, held): (usize, &plimsoll_sbom::score::GroupReport)| {
        let features = report.fields.iter().filter(|field| field.field.group == Some(at)).map(feature);
        json!({
            "category": held.group.title,
            "score": ten(held.score),
            "grade": grade(held.score).to_string(),
            "weight": held.group.weight,
            "features": features.collect::<Vec<_>>(),
        })
    };
    report.groups.iter().enumerate().map(one).collect()
}

fn of_profile(report: &Report) -> Value {
    let name = PROFILES
        .iter()
        .find(|(ours, _)| *ours == report.profile.name)
        .map_or(report.profile.name, |(_, theirs)| theirs);
    let feature = |held: &FieldReport| {
        let mut feature = feature(held);
        if let Some(members) = feature.as_object_mut() {
            members.insert("required".into(), json!(held.field.requirement == Requirement::Required));
            if held.field.requirement == Requirement::IfExists {
                members.insert("additional".into(), json!(true));
            }
        }
        feature
    };
    json!({
        "profile": name,
        "score": ten(report.score),
        "grade": grade(report.score).to_string(),
        "message": report.profile.title,
        "features": report.fields.iter().map(feature).collect::<Vec<_>>(),
    })
}

fn feature(held: &FieldReport) -> Value {
    let counts = held.counts;
    let lacking = counts.asked().saturating_sub(counts.present);
    let description = match (held.share, held.field.is_of_components(), lacking) {
        (None, ..) => "N/A".to_owned(),
        (Some(_), _, 0) => "complete".to_owned(),
        (Some(_), true, 1) => "add to 1 component".to_owned(),
        (Some(_), true, count) => format!("add to {count} components"),
        (Some(_), false, _) => {
            held.offenders.first().map_or_else(|| "missing".to_owned(), |offender| offender.fix.clone())
        }
    };
    json!({
        "key": held.field.key.unwrap_or(held.field.name),
        "score": ten(held.share.unwrap_or_default() * 100.0),
        "description": description,
        "ignored": held.share.is_none() || held.field.weight <= 0.0,
    })
}
