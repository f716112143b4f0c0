//! `plimsoll-json`: everything that is known, `plimsoll.scan/1` (`schemas/plimsoll.scan.1.schema.json`).

use std::io::{self, Write};

use plimsoll_model::{
    Acknowledgement, Component, ComponentIndex, Diagnostic, Digest, Evidence, LayerIndex, RelationshipKind, Span,
};

use crate::json::{JsonWriter, write_list};
use crate::{Agent, Observation};

/// Writes our own JSON; loses nothing.
pub(crate) fn write(observation: &Observation, out: &mut dyn Write) -> io::Result<()> {
    let mut json = JsonWriter::new(out);
    json.object(|json| members(json, observation))?;
    json.finish()
}

fn members(json: &mut JsonWriter<'_>, document: &Observation) -> io::Result<()> {
    let graph = &document.graph;
    let key = |at: ComponentIndex| graph.key(at).map(|key| key.as_str()).unwrap_or_default();
    json.member("schema", "plimsoll.scan/1")?;
    json.optional("timestamp", document.timestamp.as_ref().map(|time| time.as_str()))?;
    json.name("complete")?;
    json.boolean(!document.is_incomplete())?;
    json.array_member("tools", &document.tools, |json, tool| {
        json.object(|json| {
            json.member("name", &tool.name)?;
            json.optional("version", tool.version.as_deref())
        })
    })?;
    json.array_member("authors", &document.authors, |json, author| json.object(|json| agent(json, author)))?;
    if let Some(supplier) = &document.supplier {
        json.object_member("supplier", |json| agent(json, supplier))?;
    }
    json.member("lifecycle", document.lifecycle.word())?;
    json.object_member("subject", |json| {
        component(json, document.subject.component.key().as_str(), &document.subject.component)
    })?;
    json.array_member("layers", &document.layers, |json, layer| {
        json.object(|json| {
            json.member("diffId", &layer.diff_id.to_string())?;
            json.optional("createdBy", layer.created_by.as_deref())
        })
    })?;
    json.name("components")?;
    let components: Vec<(ComponentIndex, &Component)> = graph.components().collect();
    write_list(json, &components, |json, (at, held)| json.object(|json| component(json, key(*at), held)))?;
    json.name("direct")?;
    json.array(&document.subject.direct, |json, at| json.string(key(*at)))?;
    json.name("relationships")?;
    json.array(graph.relationships(), |json, edge| {
        json.object(|json| {
            json.member("from", key(edge.from))?;
            json.member("to", key(edge.to))?;
            let kind = match edge.kind {
                RelationshipKind::Contains => "contains",
                _ => "depends-on",
            };
            json.member("kind", kind)?;
            json.optional("scope", edge.scope.word())
        })
    })?;
    json.array_member("files", &document.files, |json, file| {
        json.object(|json| {
            json.member("path", &file.path.to_string())?;
            json.name("size")?;
            json.number(file.size)?;
            layer(json, file.layer)?;
            digests(json, &file.hashes)
        })
    })?;
    json.array_member("properties", &document.properties, |json, (name, value)| pair(json, name, value))?;
    json.name("diagnostics")?;
    json.array(&document.diagnostics, |json, held| json.object(|json| diagnostic(json, held)))
}

fn component(json: &mut JsonWriter<'_>, key: &str, component: &Component) -> io::Result<()> {
    json.member("key", key)?;
    json.member("kind", component.kind.word())?;
    json.optional("group", component.group.as_deref())?;
    json.member("name", &component.name)?;
    json.optional("version", component.version.as_deref())?;
    json.optional("versionRange", component.version_range.as_deref())?;
    json.optional("purl", component.purl.as_ref().map(ToString::to_string).as_deref())?;
    json.optional("location", component.location.as_ref().map(ToString::to_string).as_deref())?;
    json.optional("scope", component.scope.word())?;
    digests(json, &component.hashes)?;
    json.array_member("licenses", &component.licenses, |json, license| {
        json.object(|json| {
            json.member("text", license.text())?;
            json.optional("expression", license.expression())?;
            let says = match license.acknowledgement() {
                Acknowledgement::Declared => "declared",
                Acknowledgement::Concluded => "concluded",
            };
            json.member("acknowledgement", says)
        })
    })?;
    json.array_member("references", &component.references, |json, reference| {
        json.object(|json| {
            json.member("type", reference.kind.word())?;
            json.member("url", &reference.url)?;
            digests(json, &reference.hashes)
        })
    })?;
    json.optional("supplier", component.supplier.as_deref())?;
    json.optional("author", component.author.as_deref())?;
    json.optional("description", component.description.as_deref())?;
    json.optional("copyright", component.copyright.as_deref())?;
    json.array_member("properties", &component.properties, |json, (name, value)| pair(json, name, value))?;
    if let Some(history) = component.layers {
        json.object_member("layers", |json| {
            let steps = [
                ("introduced", Some(history.introduced)),
                ("changed", Some(history.changed)),
                ("removed", history.removed),
            ];
            for (name, LayerIndex(at)) in steps.into_iter().filter_map(|(name, at)| Some((name, at?))) {
                json.name(name)?;
                json.number(at)?;
            }
            Ok(())
        })?;
    }
    json.array_member("evidence", &component.evidence, |json, seen| json.object(|json| evidence(json, seen)))
}

fn agent(json: &mut JsonWriter<'_>, agent: &Agent) -> io::Result<()> {
    json.member("name", &agent.name)?;
    json.optional("email", agent.email.as_deref())
}

fn pair(json: &mut JsonWriter<'_>, name: &str, value: &str) -> io::Result<()> {
    json.object(|json| {
        json.member("name", name)?;
        json.member("value", value)
    })
}

fn digests(json: &mut JsonWriter<'_>, digests: &[Digest]) -> io::Result<()> {
    json.array_member("hashes", digests, |json, digest| json.string(&digest.to_string()))
}

fn layer(json: &mut JsonWriter<'_>, layer: Option<LayerIndex>) -> io::Result<()> {
    let Some(LayerIndex(at)) = layer else { return Ok(()) };
    json.name("layer")?;
    json.number(at)
}

fn place(json: &mut JsonWriter<'_>, span: Option<Span>) -> io::Result<()> {
    match span {
        Some(Span::Line(line)) => {
            json.name("line")?;
            json.number(line)
        }
        Some(Span::Bytes { offset, length }) => {
            json.name("offset")?;
            json.number(offset)?;
            json.name("length")?;
            json.number(length)
        }
        None => Ok(()),
    }
}

fn evidence(json: &mut JsonWriter<'_>, seen: &Evidence) -> io::Result<()> {
    json.member("file", &seen.file.to_string())?;
    layer(json, seen.layer)?;
    place(json, seen.span)?;
    json.member("technique", seen.technique.word())?;
    json.name("confidence")?;
    json.number(seen.confidence.percent())?;
    json.member("extractor", seen.extractor.as_str())
}

fn diagnostic(json: &mut JsonWriter<'_>, held: &Diagnostic) -> io::Result<()> {
    json.member("code", held.code.info().id)?;
    json.member("severity", held.severity().word())?;
    json.name("incomplete")?;
    json.boolean(held.is_incomplete())?;
    json.optional("file", held.file.as_ref().map(ToString::to_string).as_deref())?;
    layer(json, held.layer)?;
    place(json, held.span)?;
    json.member("message", &held.message)?;
    json.member("nextStep", held.code.info().next_step)
}
