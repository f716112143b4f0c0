//! The component object.

use std::borrow::Cow;
use std::io;

use plimsoll_model::{
    Component, Confidence, Digest, Evidence, ExternalReference, FileRecord, LayerIndex, License, Scope, Span,
};

use super::{Version, words};
use crate::json::JsonWriter;
use crate::{Observation, iri, licenses as listed};

/// Writes a component; members stand in the order of the specification.
pub(super) fn write(
    json: &mut JsonWriter<'_>,
    component: &Component,
    key: &str,
    document: &Observation,
    version: Version,
    containers: &[String],
) -> io::Result<()> {
    json.object(|json| {
        json.member("type", component.kind.word())?;
        json.member("bom-ref", key)?;
        if let Some(supplier) = &component.supplier {
            json.object_member("supplier", |json| json.member("name", supplier))?;
        }
        json.array_member("authors", &component.author, |json, author| {
            json.object(|json| json.member("name", author))
        })?;
        json.optional("group", component.group.as_deref())?;
        json.member("name", &component.name)?;
        json.optional("version", component.version.as_deref())?;
        json.optional("description", component.description.as_deref())?;
        json.optional("scope", words::scope(component.scope))?;
        hashes(json, &component.hashes)?;
        licenses(json, &component.licenses, version)?;
        json.optional("copyright", component.copyright.as_deref())?;
        json.optional("purl", component.purl.as_ref().map(ToString::to_string).as_deref())?;
        json.array_member("externalReferences", &component.references, reference)?;
        json.array_member("properties", properties(component, document, containers), |json, (name, value)| {
            property(json, &name, &value)
        })?;
        evidence(json, component, document)
    })
}

/// Writes a file of the catalogue.
pub(super) fn write_file(json: &mut JsonWriter<'_>, file: &FileRecord, document: &Observation) -> io::Result<()> {
    let path = file.path.to_string();
    json.object(|json| {
        json.member("type", "file")?;
        json.member("bom-ref", &file_ref(file))?;
        json.member("name", &path)?;
        hashes(json, &file.hashes)?;
        let layer = file.layer.and_then(|layer| diff_id(document, layer)).map(|id| ("plimsoll:layer:changed", id));
        let size = Some(("plimsoll:file:size", file.size.to_string()));
        json.array_member("properties", size.into_iter().chain(layer), |json, (name, value)| {
            property(json, name, &value)
        })
    })
}

/// The `bom-ref` of a file; no key of a component starts like it.
pub(super) fn file_ref(file: &FileRecord) -> String {
    match file.layer {
        Some(LayerIndex(layer)) => format!("path:{layer}:{}", file.path),
        None => format!("path:{}", file.path),
    }
}

/// Writes a name and value pair.
pub(super) fn property(json: &mut JsonWriter<'_>, name: &str, value: &str) -> io::Result<()> {
    json.object(|json| {
        json.member("name", name)?;
        json.member("value", value)
    })
}

fn hashes(json: &mut JsonWriter<'_>, hashes: &[Digest]) -> io::Result<()> {
    let known = hashes.iter().filter_map(|hash| Some((words::hash_algorithm(hash.algorithm())?, hash.hex())));
    json.array_member("hashes", known, |json, (algorithm, hex)| {
        json.object(|json| {
            json.member("alg", algorithm)?;
            json.member("content", &hex)
        })
    })
}

/// 1.6 wants a list of licences or exactly one expression, 1.7 takes both in one list. In 1.6, several statements of
/// which one is a compound expression are written by name, so that no statement is lost or joined to another.
fn licenses(json: &mut JsonWriter<'_>, licenses: &[License], version: Version) -> io::Result<()> {
    let mixed = licenses.len() <= 1 || version >= Version::V1_7;
    json.array_member("licenses", licenses, |json, license| {
        let acknowledgement = words::acknowledgement(license.acknowledgement());
        json.object(|json| match (listed::expression(license), listed::id(license)) {
            (Some(expression), None) if mixed => {
                json.member("expression", expression)?;
                json.member("acknowledgement", acknowledgement)
            }
            (_, id) => json.object_member("license", |json| {
                match id {
                    Some(id) => json.member("id", id)?,
                    None => json.member("name", license.text())?,
                }
                json.member("acknowledgement", acknowledgement)
            }),
        })
    })
}

fn reference(json: &mut JsonWriter<'_>, reference: &ExternalReference) -> io::Result<()> {
    json.object(|json| {
        json.member("type", reference.kind.word())?;
        json.member("url", &iri::reference(&reference.url))?;
        hashes(json, &reference.hashes)
    })
}

fn diff_id(document: &Observation, layer: LayerIndex) -> Option<String> {
    document.layer(layer).map(|layer| layer.diff_id.to_string())
}

fn properties(
    component: &Component,
    document: &Observation,
    containers: &[String],
) -> Vec<(Cow<'static, str>, String)> {
    let mut out: Vec<(Cow<'static, str>, String)> = Vec::new();
    let mut put = |name: &'static str, value: String| out.push((Cow::Borrowed(name), value));
    for container in containers {
        put("plimsoll:contained-in", container.clone());
    }
    if let Some(history) = component.layers {
        let layers = [
            ("plimsoll:layer:introduced", Some(history.introduced)),
            ("plimsoll:layer:changed", Some(history.changed)),
            ("plimsoll:layer:removed", history.removed),
        ];
        for (name, layer) in layers {
            if let Some(id) = layer.and_then(|layer| diff_id(document, layer)) {
                put(name, id);
            }
        }
    }
    for license in
        component.licenses.iter().filter(|license| license.expression().is_some_and(|spdx| spdx != license.text()))
    {
        put("plimsoll:license:as-written", license.text().to_owned());
    }
    if let (Scope::Dev | Scope::Build, Some(word)) = (component.scope, component.scope.word()) {
        put("plimsoll:scope", word.to_owned());
    }
    if let Some(range) = &component.version_range {
        put("plimsoll:version-range", range.to_string());
    }
    out.extend(component.properties.iter().map(|(name, value)| (name.clone(), value.to_string())));
    out.sort();
    out
}

fn evidence(json: &mut JsonWriter<'_>, component: &Component, document: &Observation) -> io::Result<()> {
    if component.evidence.is_empty() {
        return Ok(());
    }
    json.object_member("evidence", |json| {
        if component.purl.is_some() {
            identity(json, &component.evidence)?;
        }
        json.array_member("occurrences", &component.evidence, |json, seen| {
            json.object(|json| {
                json.member("location", &seen.file.to_string())?;
                match seen.span {
                    Some(Span::Line(line)) => {
                        json.name("line")?;
                        json.number(line)?;
                    }
                    Some(Span::Bytes { offset, .. }) => {
                        json.name("offset")?;
                        json.number(offset)?;
                    }
                    None => {}
                }
                let layer = seen.layer.and_then(|layer| diff_id(document, layer));
                json.optional("additionalContext", layer.map(|id| format!("layer {id}")).as_deref())
            })
        })
    })
}

/// One identity by purl, with a method for each extractor.
fn identity(json: &mut JsonWriter<'_>, evidence: &[Evidence]) -> io::Result<()> {
    let mut methods: Vec<_> = evidence.iter().map(|seen| (seen.extractor, seen.technique, seen.confidence)).collect();
    methods.sort_unstable();
    methods.dedup();
    let best = methods.iter().map(|(_, _, confidence)| *confidence).max();
    json.array_member("identity", best, |json, best| {
        json.object(|json| {
            json.member("field", "purl")?;
            confidence(json, best)?;
            json.array_member("methods", &methods, |json, (extractor, technique, sure)| {
                json.object(|json| {
                    json.member("technique", technique.word())?;
                    confidence(json, *sure)?;
                    json.member("value", extractor.as_str())
                })
            })
        })
    })
}

/// Percent as a fraction, without rounding.
fn confidence(json: &mut JsonWriter<'_>, confidence: Confidence) -> io::Result<()> {
    json.name("confidence")?;
    match confidence.percent() {
        100 => json.number(1),
        percent => json.number(format_args!("0.{percent:02}")),
    }
}
