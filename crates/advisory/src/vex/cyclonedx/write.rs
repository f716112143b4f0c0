//! Writes CycloneDX 1.6, JSON: a document of vulnerabilities and of the components that they affect.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::write::{Losses, algorithm, content_digest, purl, put, time as written, writable};
use super::super::{Identifiers, Nuance, VexDocument, VexResponse, VexStatement, VexStatus};
use super::PROPERTY;

/// The components of the document by their references, which derive from their content.
type Components = BTreeMap<String, Value>;

pub(in crate::vex) fn write(document: &VexDocument, time: Timestamp, losses: &mut Losses) -> Value {
    let mut components = Components::new();
    let mut vulnerabilities: Vec<Value> = Vec::new();
    for statement in &document.statements {
        vulnerabilities.extend(vulnerability(statement, document, &mut components, losses));
    }
    let mut metadata = Map::new();
    metadata.insert("timestamp".into(), written(document.timestamp.unwrap_or(time)));
    put(&mut metadata, "authors", document.author.as_deref().map(|author| json!([{ "name": author }])));
    if document.role.is_some() {
        losses.add("", "the role of the author: CycloneDX has no place for it");
    }
    if document.last_updated.is_some() {
        losses.add("", "when the document was last updated: CycloneDX has no place for it");
    }
    let supplier = document.statements.first().and_then(|statement| statement.supplier.as_deref());
    if document.statements.iter().all(|statement| statement.supplier.as_deref() == supplier) {
        put(&mut metadata, "supplier", supplier.map(|name| json!({ "name": name })));
    } else {
        losses.add("", "the suppliers of the statements: CycloneDX has one for the whole document");
    }
    let version: Option<u64> = document.version.as_deref().and_then(|version| version.parse().ok());
    let mut value = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": version.unwrap_or(1), "metadata": metadata,
        "components": components.into_values().collect::<Vec<_>>(), "vulnerabilities": vulnerabilities,
    });
    let held = document.id.as_deref().filter(|id| id.starts_with("urn:uuid:"));
    let serial = held.map_or_else(|| serial_number(&content_digest(&value)), str::to_owned);
    if let Value::Object(map) = &mut value {
        map.insert("serialNumber".into(), serial.into());
    }
    value
}

/// A UUID of version 8 (RFC 9562 §5.8) from a digest.
fn serial_number(digest: &str) -> String {
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

fn vulnerability(
    statement: &VexStatement,
    document: &VexDocument,
    components: &mut Components,
    losses: &mut Losses,
) -> Option<Value> {
    let products = writable(statement, losses);
    let mut affects = Vec::new();
    for (whole, parts) in products {
        if let Some(link) = link(whole) {
            affects.extend(linked(link, &parts, statement.status));
            continue;
        }
        for reference in add(whole, &parts, &statement.pointer, components, losses) {
            affects.push(affected(reference, parts.first().copied().unwrap_or(whole), statement.status));
        }
    }
    if affects.is_empty() {
        return None;
    }
    let mut map = Map::new();
    let described = &statement.vulnerability;
    map.insert("id".into(), (*described.id).into());
    put(&mut map, "description", described.description.as_deref());
    if !described.aliases.is_empty() {
        let aliases = described.aliases.iter().map(|alias| &**alias);
        let references = aliases.map(|alias| json!({ "id": alias, "source": { "name": source(alias) } }));
        map.insert("references".into(), references.collect());
    }
    put(&mut map, "recommendation", statement.action.as_deref());
    map.insert("affects".into(), affects.into());
    analysis(statement, document, &mut map, losses);
    if statement.author.is_some() && statement.author != document.author {
        losses.add(&statement.pointer, "the author of a statement: CycloneDX has one for the whole document");
    }
    Some(Value::Object(map))
}

/// Who gives out ids of this kind, by their prefix.
fn source(id: &str) -> &str {
    match id.split_once('-') {
        Some(("CVE", _)) => "NVD",
        Some((prefix, _)) => prefix,
        None => "unknown",
    }
}

fn affected(reference: String, narrowed: &Identifiers, status: VexStatus) -> Value {
    let mut map = Map::new();
    map.insert("ref".into(), reference.into());
    if let Some(range) = &narrowed.range {
        let word = match status {
            VexStatus::NotAffected | VexStatus::Fixed => "unaffected",
            VexStatus::Affected => "affected",
            VexStatus::UnderInvestigation => "unknown",
        };
        map.insert("versions".into(), json!([{ "range": range.to_string(), "status": word }]));
    }
    Value::Object(map)
}

fn analysis(statement: &VexStatement, document: &VexDocument, map: &mut Map<String, Value>, losses: &mut Losses) {
    let pointer = &*statement.pointer;
    let mut analysis = Map::new();
    let state = match statement.nuance {
        Some(nuance @ (Nuance::FalsePositive | Nuance::ResolvedWithPedigree)) => nuance.word(),
        Some(nuance) => {
            losses.add(pointer, format!("{:?} is written as {}", nuance.word(), statement.status.state()));
            statement.status.state()
        }
        None => statement.status.state(),
    };
    analysis.insert("state".into(), state.into());
    if let Some(justification) = &statement.justification {
        match justification.cyclonedx() {
            Some((word, exact)) => {
                analysis.insert("justification".into(), word.into());
                if !exact {
                    let message = format!("the justification {justification} is written as {word}, and as a property");
                    losses.add(pointer, message);
                    let property = json!([{ "name": PROPERTY, "value": justification.word() }]);
                    map.insert("properties".into(), property);
                }
            }
            None => losses.add(pointer, format!("the justification {justification} has no counterpart")),
        }
    }
    let (known, other): (Vec<_>, Vec<_>) =
        statement.responses.iter().partition(|response| !matches!(response, VexResponse::Other(_)));
    if !known.is_empty() {
        analysis.insert("response".into(), known.into_iter().map(VexResponse::word).collect());
    }
    for response in other {
        losses.add(pointer, format!("the response {response} has no counterpart"));
    }
    let details = match statement.status {
        VexStatus::NotAffected => (&statement.impact, &statement.notes),
        _ => (&statement.notes, &statement.impact),
    };
    put(&mut analysis, "detail", details.0.as_deref());
    if details.1.is_some() {
        losses.add(pointer, "notes or an impact statement: CycloneDX has one text for the analysis");
    }
    let first = statement.timestamp.filter(|time| Some(*time) != document.timestamp);
    put(&mut analysis, "firstIssued", first.map(written));
    put(&mut analysis, "lastUpdated", statement.last_updated.map(written));
    map.insert("analysis".into(), analysis.into());
}

/// The BOM-Link that is all that is known of a product.
fn link(whole: &Identifiers) -> Option<&str> {
    let name = whole.names.first().filter(|name| whole.is_only_named() && name.starts_with("urn:cdx:"));
    name.map(|name| &**name)
}

/// What is affected in another document, by the package URLs that such documents have for references.
fn linked(link: &str, parts: &[&Identifiers], status: VexStatus) -> Vec<Value> {
    if parts.is_empty() {
        return vec![json!({ "ref": link })];
    }
    let reference = |part: &&Identifiers| {
        let label = part.purls.first().map(ToString::to_string).or_else(|| part.names.first().map(ToString::to_string));
        let mut reference = format!("{link}#");
        for byte in label.unwrap_or_default().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                reference.push(char::from(byte));
            } else {
                reference.push_str(&format!("%{byte:02X}"));
            }
        }
        affected(reference, part, status)
    };
    parts.iter().map(reference).collect()
}

/// Adds a product and the components in it; gives the references of what is affected.
fn add(
    whole: &Identifiers,
    parts: &[&Identifiers],
    pointer: &str,
    components: &mut Components,
    losses: &mut Losses,
) -> Vec<String> {
    let mut product = component(whole, pointer, losses);
    let mut inner: Vec<Map<String, Value>> = parts.iter().map(|part| component(part, pointer, losses)).collect();
    // The same component in two products is two, so a reference derives from both.
    let digest = content_digest(&json!([product, inner]));
    let reference = format!("product-{}", digest.get(..16).unwrap_or_default());
    let mut references = Vec::with_capacity(parts.len().max(1));
    for (index, part) in inner.iter_mut().enumerate() {
        let reference = format!("{reference}-{index}");
        part.insert("bom-ref".into(), reference.clone().into());
        references.push(reference);
    }
    product.insert("bom-ref".into(), reference.clone().into());
    if inner.is_empty() {
        references.push(reference.clone());
    } else {
        product.insert("components".into(), inner.into_iter().map(Value::Object).collect());
    }
    components.insert(reference, Value::Object(product));
    references
}

fn component(identifiers: &Identifiers, pointer: &str, losses: &mut Losses) -> Map<String, Value> {
    let mut map = Map::new();
    let purl = purl(identifiers, pointer, losses);
    let kind = match purl.map(|purl| purl.kind()) {
        Some("oci" | "docker") => "container",
        Some(_) => "library",
        None => "application",
    };
    map.insert("type".into(), kind.into());
    let named = identifiers.names.first().map(|name| name.to_string());
    let name = purl.map(|purl| purl.name().to_owned()).or(named).unwrap_or_else(|| identifiers.label());
    map.insert("name".into(), name.into());
    if let Some(purl) = purl {
        put(&mut map, "group", purl.namespace());
        put(&mut map, "version", purl.version());
        map.insert("purl".into(), purl.to_string().into());
    }
    if !identifiers.names.is_empty() && (purl.is_some() || identifiers.is_only_named()) {
        losses.add(pointer, "names of a product: CycloneDX recognises components by package URL, CPE or hash");
    }
    if let Some(cpe) = identifiers.cpes.first() {
        map.insert("cpe".into(), (**cpe).into());
    }
    if identifiers.cpes.len() > 1 {
        losses.add(pointer, "all but one CPE of a product");
    }
    let mut hashes = Vec::new();
    for digest in &identifiers.digests {
        match algorithm(digest).1 {
            Some(name) => hashes.push(json!({ "alg": name, "content": digest.hex() })),
            None => losses.add(pointer, format!("the digest {digest}: CycloneDX has no name for the algorithm")),
        }
    }
    if !hashes.is_empty() {
        map.insert("hashes".into(), hashes.into());
    }
    map
}
