//! `plimsoll purl range`.

use plimsoll_model::printable;
use plimsoll_version::{Range, Scheme, VersionError};
use serde_json::{Map, Value, json};

use crate::args::{DataFormat, RangeCommand};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.purl.range/1";

pub(super) fn run(command: &RangeCommand, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        RangeCommand::Parse { ranges, lenient, format } => {
            let read = if *lenient { Range::parse_lenient } else { Range::parse };
            let read: Vec<_> = ranges.iter().map(|text| (text.as_str(), read(text))).collect();
            write(&read, *format, ui)
        }
        RangeCommand::Contains { range, versions, format } => contains(range, versions, *format, ui),
        RangeCommand::Native { kind, range, format } => {
            let scheme = Scheme::for_purl_type(kind).or_else(|| Scheme::from_vers_name(kind));
            let scheme = scheme.ok_or_else(|| {
                Failure::usage(format!("{kind}: neither a type of package URLs with an order nor a scheme of VERS"))
            })?;
            write(&[(range.as_str(), Range::from_native(scheme, range))], *format, ui)
        }
    }
}

type Read<'a> = (&'a str, Result<Range, VersionError>);

fn write(read: &[Read<'_>], format: DataFormat, ui: &mut Ui) -> Result<u8, Failure> {
    Target::Stdout.write::<Failure>(|out| {
        if format == DataFormat::Json {
            let ranges: Vec<_> = read.iter().map(entry).collect();
            return Ok(write_json(out, &json!({ "schema": SCHEMA, "ranges": ranges }))?);
        }
        for (text, range) in read {
            match range {
                Ok(range) => writeln!(out, "{range}")?,
                Err(error) => ui.error(&format!("{text}: {error}")),
            }
        }
        Ok(())
    })?;
    Ok(if read.iter().all(|(_, range)| range.is_ok()) { exit::DONE } else { exit::NO })
}

fn contains(text: &str, versions: &[String], format: DataFormat, ui: &mut Ui) -> Result<u8, Failure> {
    let range = match Range::parse_lenient(text) {
        Ok(range) => range,
        // A question about no range has no answer.
        Err(error) => return Err(Failure::usage(format!("{text}: {error}"))),
    };
    let follows = |version: &str| range.scheme().is_valid(version);
    for version in versions.iter().filter(|version| !follows(version)) {
        ui.warning(&format!("{version} is no version of {}; it is read as far as it goes", range.scheme()));
    }
    let answers: Vec<(&String, bool)> = versions.iter().map(|version| (version, range.contains(version))).collect();
    Target::Stdout.write::<Failure>(|out| {
        if format == DataFormat::Text {
            for (version, contained) in &answers {
                writeln!(out, "{} {}", printable(version), if *contained { "is in" } else { "is not in" })?;
            }
            return Ok(());
        }
        let asked = answers.iter().map(
            |(version, contained)| json!({ "version": version, "contained": contained, "follows": follows(version) }),
        );
        let mut entry = entry(&(text, Ok(range.clone())));
        entry.insert("versions".into(), asked.collect::<Vec<_>>().into());
        Ok(write_json(out, &json!({ "schema": SCHEMA, "ranges": [entry] }))?)
    })?;
    Ok(if answers.iter().all(|(_, contained)| *contained) { exit::DONE } else { exit::NO })
}

fn entry((text, range): &Read<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("input".into(), (*text).into());
    out.insert("valid".into(), range.is_ok().into());
    match range {
        Ok(range) => {
            let constraints = range.constraints().iter().map(|constraint| {
                let comparator = Some(constraint.comparator.as_str()).filter(|text| !text.is_empty()).unwrap_or("=");
                json!({ "comparator": comparator, "version": constraint.version.to_string() })
            });
            out.insert("constraints".into(), constraints.collect::<Vec<_>>().into());
            out.insert("canonical".into(), range.to_string().into());
            out.insert("scheme".into(), range.scheme().name().into());
        }
        Err(error) => drop(out.insert("fault".into(), error.to_string().into())),
    }
    out
}
