//! The smaller objects of a tree.

use std::collections::BTreeSet;

use super::super::CONTAINED_IN;
use crate::document::{
    Agent, Element, Hash, LicenseClaim, LicenseForm, LicenseStatement, Property, Reference, Sighting,
};
use crate::iri;
use crate::tree::{Members, Value};

pub(super) fn one_member(name: &'static str, text: &str) -> Value {
    Value::Object(Members::from_iter([(name.into(), Value::text(text))]))
}

pub(super) fn license(statement: &LicenseStatement, mixed: bool, acknowledged: bool) -> Value {
    let claim = match statement.claim {
        LicenseClaim::Declared => Some("declared"),
        LicenseClaim::Concluded => Some("concluded"),
        // What was observed stands in the evidence, which says so itself.
        LicenseClaim::Unsaid | LicenseClaim::Observed => None,
    };
    let claim = claim.filter(|_| acknowledged);
    let mut item = Members::new();
    if statement.form == LicenseForm::Expression && mixed {
        item.set_text("expression", statement.text.as_str());
        item.set_some("acknowledgement", claim);
        return Value::Object(item);
    }
    item.set_text(if statement.form == LicenseForm::Id { "id" } else { "name" }, statement.text.as_str());
    if let Some(text) = &statement.full_text {
        item.set("text", one_member("content", text));
    }
    item.set_some("url", statement.url.as_deref());
    item.set_some("acknowledgement", claim);
    Value::Object(Members::from_iter([("license".into(), Value::Object(item))]))
}

/// Type and subtype; the schema has no parameters.
pub(super) fn media_type(text: &str) -> Option<String> {
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte))
    };
    let fits = essence.split_once('/').is_some_and(|(kind, subtype)| is_part(kind) && is_part(subtype));
    fits.then_some(essence)
}

pub(super) fn identifiers(element: &Element, item: &mut Members) {
    let of = |kind: &str| -> Vec<&str> {
        element.identifiers.iter().filter(|held| held.kind == kind).map(|held| held.value.as_str()).collect()
    };
    item.set_items("omniborId", of("gitoid").into_iter().map(Value::text).collect());
    item.set_items("swhid", of("swhid").into_iter().map(Value::text).collect());
    if let Some(tag) = of("swid").first() {
        let mut swid = Members::new();
        swid.set_text("tagId", *tag);
        swid.set_text("name", element.name.as_str());
        item.set("swid", Value::Object(swid));
    }
}

/// `None` for an algorithm that the standard has no word for, or a value that cannot be a digest.
pub(super) fn hash(hash: &Hash) -> Option<Value> {
    let mut item = Members::new();
    item.set_text("alg", hash.algorithm.as_str());
    item.set_text("content", hash.value.as_str());
    let lengths = [32, 40, 64, 96, 128];
    (lengths.contains(&hash.value.len()) && is_algorithm(&hash.algorithm)).then_some(Value::Object(item))
}

fn is_algorithm(name: &str) -> bool {
    let known = [
        "MD5",
        "SHA-1",
        "SHA-256",
        "SHA-384",
        "SHA-512",
        "SHA3-256",
        "SHA3-384",
        "SHA3-512",
        "BLAKE2b-256",
        "BLAKE2b-384",
        "BLAKE2b-512",
        "BLAKE3",
        "Streebog-256",
        "Streebog-512",
    ];
    known.contains(&name)
}

pub(super) fn reference(held: &Reference) -> Value {
    let mut item = Members::new();
    item.set_text("type", if held.kind.is_empty() { "other" } else { held.kind.as_str() });
    item.set_text("url", iri::reference(&held.url));
    item.set_some("comment", held.comment.as_deref());
    item.set_items("hashes", held.hashes.iter().filter_map(hash).collect());
    Value::Object(item)
}

pub(super) fn property(property: &Property) -> Value {
    let mut item = Members::new();
    item.set_text("name", property.name.as_str());
    item.set_text("value", property.value.as_str());
    Value::Object(item)
}

pub(super) fn properties(element: &Element, containers: Option<&Vec<String>>) -> Vec<Value> {
    let containers = containers.into_iter().flatten();
    let named = containers.map(|id| property(&Property { name: CONTAINED_IN.to_owned(), value: id.clone() }));
    named.chain(element.properties.iter().map(property)).collect()
}

pub(super) fn organization(agent: &Agent) -> Value {
    let mut item = Members::new();
    item.set_text("name", agent.name.as_str());
    item.set_items("url", agent.urls.iter().map(|url| Value::text(iri::reference(url))).collect());
    let own = agent.email.is_some().then(|| contact(agent));
    item.set_items("contact", own.into_iter().chain(agent.contacts.iter().map(contact)).collect());
    Value::Object(item)
}

/// Name and mail address; what is no address, which the schema checks, stays in the name.
pub(super) fn contact(agent: &Agent) -> Value {
    let mut item = Members::new();
    match &agent.email {
        Some(email) if !crate::mail::is_address(email) => item.set_text("name", signature(agent)),
        email => {
            item.set_text("name", agent.name.as_str());
            item.set_some("email", email.as_deref());
        }
    }
    item.set_some("phone", agent.phone.as_deref());
    Value::Object(item)
}

/// `Name <address>`.
pub(super) fn signature(agent: &Agent) -> String {
    match &agent.email {
        Some(email) => format!("{} <{email}>", agent.name),
        None => agent.name.clone(),
    }
}

pub(super) fn evidence(element: &Element) -> Option<Value> {
    let mut evidence = Members::new();
    let observed = element.licenses.iter().filter(|license| license.claim == LicenseClaim::Observed);
    let observed: Vec<&LicenseStatement> = observed.collect();
    let mixed = observed.len() <= 1;
    if !element.purls.is_empty() {
        evidence.set_items("identity", identity_of(&element.sightings).into_iter().collect());
    }
    let occurrence = |seen: &Sighting| {
        let mut item = Members::new();
        item.set_text("location", seen.location.as_str());
        let mut number = |name: &'static str, value: Option<u64>| {
            if let Some(value) = value {
                item.set(name, Value::Number(value.to_string().into()));
            }
        };
        number("line", seen.line.map(u64::from));
        number("offset", seen.offset);
        item.set_some("additionalContext", seen.layer.as_ref().map(|layer| format!("layer {layer}")));
        Value::Object(item)
    };
    evidence.set_items("occurrences", element.sightings.iter().map(occurrence).collect());
    evidence.set_items("licenses", observed.into_iter().map(|held| license(held, mixed, false)).collect());
    (!evidence.is_empty()).then_some(Value::Object(evidence))
}

/// One identity by purl, with a method for each way in which it was seen.
fn identity_of(sightings: &[Sighting]) -> Option<Value> {
    let methods: BTreeSet<_> = sightings
        .iter()
        .filter(|seen| !seen.technique.is_empty())
        .map(|seen| (seen.by.as_str(), seen.technique.as_str(), seen.confidence))
        .collect();
    let best = methods.iter().map(|(_, _, confidence)| *confidence).max()?;
    let method = |(by, technique, confidence): (&str, &str, u8)| {
        let mut item = Members::new();
        item.set_text("technique", technique);
        item.set("confidence", fraction(confidence));
        item.set_text("value", by);
        Value::Object(item)
    };
    let mut identity = Members::new();
    identity.set_text("field", "purl");
    identity.set("confidence", fraction(best));
    identity.set_items("methods", methods.into_iter().map(method).collect());
    Some(Value::Object(identity))
}

/// Percent as a fraction, without rounding.
fn fraction(percent: u8) -> Value {
    Value::Number(if percent >= 100 { "1".into() } else { format!("0.{percent:02}").into() })
}
