//! A vulnerability disclosure report: CycloneDX 1.6 with `vulnerabilities`. <https://cyclonedx.org/capabilities/vdr/>
//!
//! Components are listed as far as something is said of them. The serial number derives from what the report says.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{Advisory, Severity, SeverityKind};
use plimsoll_policy::audit::{AuditRow, RowState};
use serde_json::{Map, Value, json};

use super::Report;
use crate::failure::Failure;

/// What CycloneDX says of a status in VEX, by the word that decided.
fn analysis(row: &AuditRow) -> Option<Value> {
    let said = row.said.split(',').next().unwrap_or_default();
    let state = match (row.state, said) {
        (RowState::Vexed, "fixed") => "resolved",
        (RowState::Vexed, _) => "not_affected",
        (RowState::Open, "affected") => "exploitable",
        (RowState::Open, "under_investigation") => "in_triage",
        (RowState::Open, _) if !row.certain => "in_triage",
        _ => return None,
    };
    let detail = if row.said.is_empty() { row.rule.as_str() } else { row.said.as_str() };
    Some(json!({ "state": state, "detail": detail }))
}

pub(super) fn report(report: &Report<'_>) -> Result<Value, Failure> {
    let mut components: BTreeMap<String, &AuditRow> = BTreeMap::new();
    let mut by_advisory: BTreeMap<&str, Vec<&AuditRow>> = BTreeMap::new();
    // What is suppressed is told with its analysis, whether it was asked for or not.
    for row in &report.audit.rows {
        components.insert(reference(row), row);
        by_advisory.entry(&row.advisory).or_default().push(row);
    }
    let components: Vec<Value> = components.iter().map(|(reference, row)| component(reference, row)).collect();
    let mut vulnerabilities = Vec::new();
    for (id, rows) in by_advisory {
        let record = report.advisories.record(id)?;
        // What is analysed differently is told apart.
        let mut groups: BTreeMap<String, Vec<&AuditRow>> = BTreeMap::new();
        for row in rows {
            groups.entry(analysis(row).unwrap_or_default().to_string()).or_default().push(row);
        }
        vulnerabilities.extend(groups.into_values().filter_map(|rows| vulnerability(id, &rows, record.as_ref())));
    }
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": report.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "tools": { "components": [{ "type": "application", "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") }] },
            "component": subject(report),
        },
        "components": components,
        "vulnerabilities": vulnerabilities,
    });
    let serial = format!("urn:uuid:{}", uuid(document.to_string().as_bytes()));
    if let Some(document) = document.as_object_mut() {
        document.insert("serialNumber".into(), serial.into());
    }
    Ok(document)
}

/// A UUID of version 8, of a digest of the content.
fn uuid(content: &[u8]) -> String {
    use sha2::Digest as _;
    let digest: [u8; 32] = sha2::Sha256::digest(content).into();
    let hex = data_encoding::HEXLOWER.encode(&digest);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn subject(report: &Report<'_>) -> Value {
    let root = &report.root;
    let name = if root.name.is_empty() { &report.subject } else { &root.name };
    let mut out = Map::new();
    out.insert("type".into(), "application".into());
    out.insert("bom-ref".into(), "subject".into());
    out.insert("name".into(), name.as_str().into());
    for (key, text) in [("version", &root.version), ("purl", &root.purl)] {
        if !text.is_empty() {
            out.insert(key.into(), text.as_str().into());
        }
    }
    out.into()
}

/// The reference of a component here: its purl, within its artifact where there are several.
fn reference(row: &AuditRow) -> String {
    let own = if row.reference.is_empty() { &row.component } else { &row.reference };
    match row.artifact.as_str() {
        "" if own == "subject" => format!("component:{own}"),
        "" => own.clone(),
        artifact => format!("{artifact}|{own}"),
    }
}

fn component(reference: &str, row: &AuditRow) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), "library".into());
    out.insert("bom-ref".into(), reference.into());
    out.insert("name".into(), row.name.as_str().into());
    if !row.installed.is_empty() {
        out.insert("version".into(), row.installed.as_str().into());
    }
    if row.component.starts_with("pkg:") {
        out.insert("purl".into(), row.component.as_str().into());
    }
    out.into()
}

fn vulnerability(id: &str, rows: &[&AuditRow], record: Option<&Advisory>) -> Option<Value> {
    let first = rows.first()?;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    let name = source(id);
    put("id", id.into());
    put("source", json!({ "name": name, "url": format!("https://osv.dev/vulnerability/{id}") }));
    let references: Vec<Value> =
        first.aliases.iter().map(|alias| json!({ "id": alias, "source": { "name": source(alias) } })).collect();
    if !references.is_empty() {
        put("references", references.into());
    }
    if let Some(severity) = &first.severity {
        put("ratings", json!([rating(severity, name)]));
    }
    if !first.summary.is_empty() {
        put("description", first.summary.as_str().into());
    }
    if let Some(record) = record {
        if !record.weaknesses.is_empty() {
            put("cwes", json!(record.weaknesses));
        }
        let links: BTreeSet<&str> = record.references.iter().map(|held| held.url.as_str()).collect();
        let links: Vec<Value> = links.into_iter().filter(|url| is_url(url)).map(|url| json!({ "url": url })).collect();
        if !links.is_empty() {
            put("advisories", links.into());
        }
        for (key, time) in [("published", record.published), ("updated", record.modified)] {
            if let Some(time) = time {
                put(key, time.to_string().into());
            }
        }
    }
    let fixed: BTreeSet<&str> = rows.iter().flat_map(|row| &row.fixed).map(String::as_str).collect();
    if !fixed.is_empty() {
        let fixed: Vec<&str> = fixed.into_iter().collect();
        put("recommendation", format!("Upgrade to {}.", fixed.join(" or ")).into());
    }
    if let Some(analysis) = analysis(first) {
        put("analysis", analysis);
    }
    let affects: BTreeMap<String, &str> = rows.iter().map(|row| (reference(row), row.installed.as_str())).collect();
    let affects = affects.into_iter().map(|(reference, version)| match version {
        "" => json!({ "ref": reference }),
        version => json!({ "ref": reference, "versions": [{ "version": version, "status": status(first) }] }),
    });
    put("affects", affects.collect());
    let mut properties = vec![json!({ "name": "plimsoll:audit:kind", "value": first.sort.word() })];
    if !first.kev.is_empty() {
        properties.push(json!({ "name": "plimsoll:audit:kev", "value": first.kev }));
    }
    if let Some(epss) = first.epss {
        properties.push(json!({ "name": "plimsoll:audit:epss", "value": super::text::percent(epss) }));
    }
    put("properties", properties.into());
    Some(out.into())
}

fn status(row: &AuditRow) -> &'static str {
    match (row.state, row.certain) {
        (RowState::Vexed, _) => "unaffected",
        (_, true) => "affected",
        (_, false) => "unknown",
    }
}

fn is_url(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && !text.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '}', '|'])
}

/// Whose id it is.
fn source(id: &str) -> &str {
    match id.split_once('-').map_or(id, |(prefix, _)| prefix) {
        "CVE" => "NVD",
        "GHSA" => "GitHub",
        prefix => prefix,
    }
}

fn rating(severity: &Severity, source: &str) -> Value {
    let mut out = Map::new();
    out.insert("source".into(), json!({ "name": source }));
    if let Some(score) = severity.score() {
        out.insert("score".into(), json!(f64::from(score.tenths()) / 10.0));
    }
    let word = severity.rating().map_or("unknown", plimsoll_advisory::Rating::as_str);
    out.insert("severity".into(), word.into());
    let method = match severity.kind() {
        SeverityKind::CvssV2 => "CVSSv2",
        SeverityKind::CvssV3 if severity.text().starts_with("CVSS:3.0") => "CVSSv3",
        SeverityKind::CvssV3 => "CVSSv31",
        SeverityKind::CvssV4 => "CVSSv4",
        _ => "other",
    };
    out.insert("method".into(), method.into());
    if severity.kind() != SeverityKind::Word {
        out.insert("vector".into(), severity.text().into());
    }
    out.into()
}
