//! `plimsoll formats`: the list is the registry itself.

use std::io::Write;

use plimsoll_extract::{Extractor, Fact, Interest};
use serde_json::json;

use crate::args::ReportFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::Target;

pub(super) fn run(format: ReportFormat) -> Result<u8, Failure> {
    let mut extractors = plimsoll_scan::extractors();
    extractors.sort_by_key(|extractor| extractor.id());
    Target::Stdout.write(|out| match format {
        ReportFormat::Text => text(out, &extractors),
        ReportFormat::Json => json_report(out, &extractors),
        ReportFormat::Markdown => markdown(out, &extractors),
    })?;
    Ok(exit::DONE)
}

fn patterns(extractor: &dyn Extractor) -> Vec<String> {
    let pattern = |interest: &Interest| match interest {
        Interest::Name(name) => (*name).to_owned(),
        Interest::Suffix(suffix) => format!("*{suffix}"),
        Interest::Path(path) => (*path).to_owned(),
        Interest::Magic(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("starts with {}", bytes.join(" "))
        }
    };
    extractor.interest().iter().map(pattern).collect()
}

fn facts(extractor: &dyn Extractor) -> Vec<&'static str> {
    let mut facts: Vec<Fact> = extractor.about().facts.to_vec();
    facts.sort_unstable();
    facts.into_iter().map(Fact::word).collect()
}

fn text(out: &mut dyn Write, extractors: &[&dyn Extractor]) -> Result<(), Failure> {
    for extractor in extractors {
        writeln!(out, "{}: {}", extractor.id(), extractor.about().title)?;
        writeln!(out, "    files: {}", patterns(*extractor).join(", "))?;
        writeln!(out, "    keeps: {}", facts(*extractor).join(", "))?;
    }
    Ok(())
}

fn json_report(out: &mut dyn Write, extractors: &[&dyn Extractor]) -> Result<(), Failure> {
    let formats: Vec<_> = extractors
        .iter()
        .map(|extractor| {
            let about = extractor.about();
            json!({
                "id": extractor.id().as_str(), "title": about.title, "specification": about.specification,
                "files": patterns(*extractor), "facts": facts(*extractor),
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "schema": "plimsoll.formats/1", "formats": formats }))?;
    Ok(())
}

fn markdown(out: &mut dyn Write, extractors: &[&dyn Extractor]) -> Result<(), Failure> {
    writeln!(out, "| id | format | files | keeps |\n|---|---|---|---|")?;
    for extractor in extractors {
        let about = extractor.about();
        let files: Vec<String> = patterns(*extractor).iter().map(|pattern| format!("`{pattern}`")).collect();
        let keeps = facts(*extractor).join(", ");
        let (id, title, specification) = (extractor.id(), about.title, about.specification);
        writeln!(out, "| `{id}` | [{title}]({specification}) | {} | {keeps} |", files.join(" "))?;
    }
    Ok(())
}
