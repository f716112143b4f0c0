//! Writes OpenVEX 0.2.0.

use jiff::Timestamp;
use plimsoll_model::Purl;
use serde_json::{Map, Value, json};

use super::super::write::{Losses, algorithm, content_digest, purl, put, time as written, writable};
use super::super::{Identifiers, VexDocument, VexStatement, VexStatus};

pub(in crate::vex) fn write(document: &VexDocument, time: Timestamp, losses: &mut Losses) -> Value {
    let mut map = Map::new();
    map.insert("@context".into(), "https://openvex.dev/ns/v0.2.0".into());
    map.insert("author".into(), document.author.as_deref().unwrap_or("Unknown").into());
    map.insert("timestamp".into(), written(document.timestamp.unwrap_or(time)));
    let version: Option<u64> = document.version.as_deref().and_then(|version| version.parse().ok());
    if version.is_none()
        && let Some(version) = &document.version
    {
        losses.add("", format!("the revision {version:?}: OpenVEX counts in whole numbers"));
    }
    map.insert("version".into(), version.unwrap_or(1).into());
    put(&mut map, "role", document.role.as_deref());
    put(&mut map, "last_updated", document.last_updated.map(written));
    put(&mut map, "tooling", document.tooling.as_deref());
    let statements = document.statements.iter().filter_map(|next| statement(next, document, losses));
    map.insert("statements".into(), statements.collect());
    let mut value = Value::Object(map);
    // An IRI is asked for. The name that a document of another format has is none.
    let held = document.id.as_deref().filter(|id| id.contains(':'));
    let id = held.map_or_else(|| format!("https://plimsoll.dev/vex/{}", content_digest(&value)), str::to_owned);
    if let Value::Object(map) = &mut value {
        map.insert("@id".into(), id.into());
    }
    value
}

fn statement(statement: &VexStatement, document: &VexDocument, losses: &mut Losses) -> Option<Value> {
    let pointer = &*statement.pointer;
    let products = writable(statement, losses);
    if products.is_empty() {
        return None;
    }
    let mut map = Map::new();
    put(&mut map, "@id", statement.id.as_deref().filter(|id| id.contains(':')));
    put(&mut map, "version", statement.version.as_deref().and_then(|version| version.parse::<u64>().ok()));
    map.insert("vulnerability".into(), vulnerability(statement));
    // A statement without a time would become as new as the document's last update.
    let inherits = |time: &Timestamp| Some(*time) == document.timestamp && document.last_updated.is_none();
    put(&mut map, "timestamp", statement.timestamp.filter(|time| !inherits(time)).map(written));
    put(&mut map, "last_updated", statement.last_updated.map(written));
    let products = products.into_iter().map(|(whole, parts)| {
        let mut product = component(whole, pointer, losses);
        if !parts.is_empty() {
            let parts = parts.into_iter().map(|part| Value::Object(component(part, pointer, losses)));
            product.insert("subcomponents".into(), parts.collect());
        }
        Value::Object(product)
    });
    map.insert("products".into(), products.collect());
    map.insert("status".into(), statement.status.word().into());
    put(&mut map, "supplier", statement.supplier.as_deref());
    put(&mut map, "status_notes", statement.notes.as_deref());
    put(&mut map, "action_statement", statement.action.as_deref());
    reasons(statement, &mut map, losses);
    if statement.author.is_some() && statement.author != document.author {
        losses.add(pointer, "the author of a statement: OpenVEX has one for the whole document");
    }
    if !statement.responses.is_empty() {
        losses.add(pointer, "the responses: OpenVEX has no word for them");
    }
    if let Some(nuance) = statement.nuance {
        losses.add(pointer, format!("{:?} is written as {}", nuance.word(), statement.status));
    }
    Some(Value::Object(map))
}

/// The justification and the impact statement. A reason that has no word in OpenVEX is told in the latter.
fn reasons(statement: &VexStatement, map: &mut Map<String, Value>, losses: &mut Losses) {
    let mut impact = statement.impact.as_deref().map(str::to_owned);
    if let Some(justification) = &statement.justification {
        match justification.label() {
            Some((label, exact)) => {
                map.insert("justification".into(), label.into());
                if !exact {
                    let message = format!("the justification {justification} is written as {label}");
                    losses.add(&statement.pointer, message);
                }
            }
            None => losses.add(&statement.pointer, format!("the justification {justification:?} has no counterpart")),
        }
    } else if statement.status == VexStatus::NotAffected && impact.is_none() {
        // CycloneDX asks for no reason, OpenVEX does: this is what is known of it.
        impact = statement.nuance.map(|nuance| nuance.word().to_owned());
        if impact.is_none() {
            losses.add(&statement.pointer, "not_affected has no reason, and OpenVEX asks for one");
        }
    }
    put(map, "impact_statement", impact);
}

fn vulnerability(statement: &VexStatement) -> Value {
    let vulnerability = &statement.vulnerability;
    let mut map = Map::new();
    map.insert("name".into(), (*vulnerability.id).into());
    put(&mut map, "description", vulnerability.description.as_deref());
    // An IRI among the aliases was the `@id`.
    let (iris, aliases): (Vec<_>, Vec<_>) = vulnerability.aliases.iter().partition(|alias| alias.contains("://"));
    put(&mut map, "@id", iris.first().map(|iri| &***iri));
    if !aliases.is_empty() {
        map.insert("aliases".into(), aliases.into_iter().map(|alias| &**alias).collect());
    }
    Value::Object(map)
}

fn component(identifiers: &Identifiers, pointer: &str, losses: &mut Losses) -> Map<String, Value> {
    let mut map = Map::new();
    let purl = purl(identifiers, pointer, losses).map(|purl| ranged(purl, identifiers));
    let mut inner = Map::new();
    put(&mut inner, "purl", purl.clone());
    for cpe in &identifiers.cpes {
        let key = if cpe.starts_with("cpe:2.3:") { "cpe23" } else { "cpe22" };
        if inner.contains_key(key) {
            losses.add(pointer, format!("the CPE {cpe}: OpenVEX has room for one"));
        } else {
            inner.insert(key.into(), (**cpe).into());
        }
    }
    let id = identifiers.names.first().map(|name| name.to_string()).or(purl);
    let id = id.or_else(|| identifiers.digests.first().map(ToString::to_string));
    put(&mut map, "@id", id);
    if identifiers.names.len() > 1 {
        losses.add(pointer, "all but one name of a product");
    }
    if !inner.is_empty() {
        map.insert("identifiers".into(), inner.into());
    }
    if !identifiers.digests.is_empty() {
        let hashes = identifiers.digests.iter().map(|digest| (algorithm(digest).0.to_owned(), json!(digest.hex())));
        map.insert("hashes".into(), hashes.collect());
    }
    map
}

/// A package URL with the range of versions that is meant, as the qualifier that ECMA-427 has for it.
fn ranged(purl: &Purl, identifiers: &Identifiers) -> String {
    match &identifiers.range {
        Some(range) if purl.version().is_none() => {
            let mut builder = Purl::builder(purl.kind(), purl.name()).qualifier("vers", range.to_string());
            if let Some(namespace) = purl.namespace() {
                builder = builder.namespace(namespace);
            }
            for (key, value) in purl.qualifiers().filter(|(key, _)| *key != "vers") {
                builder = builder.qualifier(key, value);
            }
            if let Some(subpath) = purl.subpath() {
                builder = builder.subpath(subpath);
            }
            builder.build().map_or_else(|_| purl.to_string(), |purl| purl.to_string())
        }
        _ => purl.to_string(),
    }
}
