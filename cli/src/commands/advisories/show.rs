//! `plimsoll advisories show`.

use std::io::{self, Write};

use plimsoll_advisory::{Advisory, Affected, Exploitation, RangeEvent, Severity};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::status::time;
use super::store;
use crate::args::{AdvisoriesShowArguments, DataFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

pub(super) fn run(arguments: &AdvisoriesShowArguments) -> Result<u8, Failure> {
    let snapshot = store::open(&arguments.store)?;
    let found = snapshot.all_of(&arguments.id)?;
    let mut cves: Vec<&str> = found.iter().flat_map(Advisory::cves).collect();
    cves.push(&arguments.id);
    cves.sort_unstable();
    cves.dedup();
    let mut exploited = Vec::new();
    for cve in cves {
        exploited.extend(snapshot.exploitation(cve)?.map(|known| (cve.to_owned(), known)));
    }
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match arguments.format {
            DataFormat::Text => {
                for (number, advisory) in found.iter().enumerate() {
                    if number > 0 {
                        writeln!(out)?;
                    }
                    text(out, advisory)?;
                }
                for (cve, known) in &exploited {
                    writeln!(out, "{} {}", printable(cve), exploitation_text(known))?;
                }
            }
            DataFormat::Json => {
                let exploited: Vec<Value> =
                    exploited.iter().map(|(cve, known)| exploitation_json(cve, known)).collect();
                let found: Vec<Value> = found.iter().map(as_json).collect();
                let report = json!({
                    "schema": "plimsoll.advisories.show/1", "id": arguments.id, "advisories": found,
                    "exploitation": exploited,
                });
                write_json(out, &report)?;
            }
        }
        Ok(())
    })?;
    if found.is_empty() {
        let message = format!("nothing is said under {}", arguments.id);
        return Err(Failure { code: exit::NO, ..Failure::failed(anyhow::anyhow!(message)) });
    }
    Ok(exit::DONE)
}

fn text(out: &mut dyn Write, advisory: &Advisory) -> io::Result<()> {
    writeln!(out, "{}", printable(&advisory.id))?;
    if advisory.malicious {
        writeln!(out, "  MALICIOUS  the package is an attack")?;
    }
    if !advisory.summary.is_empty() {
        writeln!(out, "  {}", printable(&advisory.summary))?;
    }
    let mut line = |label: &str, text: String| {
        if text.is_empty() { Ok(()) } else { writeln!(out, "  {label:<10} {}", printable(&text)) }
    };
    line("aliases", advisory.aliases.join(", "))?;
    line("upstream", advisory.upstream.join(", "))?;
    line("severity", advisory.severity().map(severity_text).unwrap_or_default())?;
    line("published", advisory.published.map(|at| at.to_string()).unwrap_or_default())?;
    line("modified", advisory.modified.map(|at| at.to_string()).unwrap_or_default())?;
    line("withdrawn", advisory.withdrawn.map(|at| at.to_string()).unwrap_or_default())?;
    for entry in &advisory.affected {
        line("affects", affected_text(entry))?;
    }
    for link in &advisory.references {
        line("see", link.url.clone())?;
    }
    Ok(())
}

fn severity_text(severity: &Severity) -> String {
    let rating = severity.rating().map(|rating| rating.as_str()).unwrap_or_default();
    let score = severity.score().map(|score| score.to_string()).unwrap_or_default();
    [rating, &score, severity.text()].join(" ").trim().to_owned()
}

/// The versions in a line: a list of hundreds only as its length.
fn affected_text(entry: &Affected) -> String {
    const MOST: usize = 12;
    let mut parts = Vec::new();
    for range in entry.ranges.iter().chain(&entry.custom_ranges) {
        let events = range.events.iter().map(|event| match event {
            RangeEvent::Introduced(version) => format!("from {version}"),
            RangeEvent::Fixed(version) => format!("fixed in {version}"),
            RangeEvent::LastAffected(version) => format!("up to {version}"),
            RangeEvent::Limit(version) => format!("below {version}"),
            _ => String::new(),
        });
        parts.push(events.collect::<Vec<_>>().join(", "));
    }
    match entry.versions.len() {
        0 => {}
        count if count <= MOST => parts.push(entry.versions.join(", ")),
        count => parts.push(format!("{count} versions listed")),
    }
    format!("{} {} {}", entry.ecosystem, entry.name, parts.join("; ")).trim().to_owned()
}

fn as_json(advisory: &Advisory) -> Value {
    let affected: Vec<Value> = advisory.affected.iter().map(affected_json).collect();
    let references: Vec<Value> =
        advisory.references.iter().map(|link| json!({ "type": link.kind, "url": link.url })).collect();
    json!({
        "id": advisory.id, "database": advisory.database, "aliases": advisory.aliases, "upstream": advisory.upstream,
        "related": advisory.related, "summary": advisory.summary, "details": advisory.details,
        "published": time(advisory.published), "modified": time(advisory.modified),
        "withdrawn": time(advisory.withdrawn), "weaknesses": advisory.weaknesses, "malicious": advisory.malicious,
        "informational": advisory.informational, "rating": advisory.severity().and_then(Severity::rating).map(|rating| rating.as_str()),
        "severities": severities(&advisory.severities), "affected": affected, "references": references,
    })
}

fn affected_json(entry: &Affected) -> Value {
    let range = |range: &plimsoll_advisory::VersionRange| {
        let events = range.events.iter().map(|event| match event {
            RangeEvent::Introduced(version) => json!({ "introduced": version }),
            RangeEvent::Fixed(version) => json!({ "fixed": version }),
            RangeEvent::LastAffected(version) => json!({ "last_affected": version }),
            RangeEvent::Limit(version) => json!({ "limit": version }),
            _ => Value::Null,
        });
        json!({ "repository": range.repository, "events": events.collect::<Vec<_>>() })
    };
    let code = entry
        .code
        .iter()
        .map(|part| json!({ "path": part.path, "symbols": part.symbols, "platforms": part.platforms }));
    json!({
        "ecosystem": entry.ecosystem.to_string(), "name": entry.name, "purl": entry.purl,
        "ranges": entry.ranges.iter().map(range).collect::<Vec<_>>(), "versions": entry.versions,
        "customRanges": entry.custom_ranges.iter().map(range).collect::<Vec<_>>(),
        "vers": entry.affected_versions().map(|range| range.to_string()),
        "severities": severities(&entry.severities), "code": code.collect::<Vec<_>>(), "module": entry.module,
    })
}

fn severities(list: &[Severity]) -> Vec<Value> {
    let one = |severity: &Severity| {
        json!({
            "type": severity.kind().as_str(), "text": severity.text(),
            "score": severity.score().map(|score| f64::from(score.tenths()) / 10.0),
            "rating": severity.rating().map(|rating| rating.as_str()),
        })
    };
    list.iter().map(one).collect()
}

fn exploitation_text(known: &Exploitation) -> String {
    let mut parts = Vec::new();
    if let Some(entry) = &known.known_exploited {
        let ransomware = if entry.ransomware { ", also for ransomware" } else { "" };
        parts.push(format!("is known to be exploited since {}{ransomware}", printable(&entry.added)));
    }
    if let Some(probability) = known.probability {
        let percent = f64::from(probability.score) / 1000.0;
        parts.push(format!("is exploited within 30 days with a probability of {percent:.2} %"));
    }
    parts.join("; ")
}

fn exploitation_json(cve: &str, known: &Exploitation) -> Value {
    let hundred_thousandths = |value: u32| f64::from(value) / 100_000.0;
    json!({
        "cve": cve,
        "knownExploited": known.known_exploited.as_ref().map(|entry| json!({
            "added": entry.added, "due": entry.due, "ransomware": entry.ransomware,
        })),
        "epss": known.probability.map(|probability| json!({
            "score": hundred_thousandths(probability.score), "percentile": hundred_thousandths(probability.percentile),
        })),
    })
}
