//! CycloneDX JSON, 1.6 and 1.7 (ECMA-424).
//!
//! CycloneDX has one sort of edge, `dependsOn`; what lies inside something else is an edge too, and the inner component
//! names its container in the property `plimsoll:contained-in`.

mod component;
mod words;

use std::collections::HashMap;
use std::io::{self, Write};

use plimsoll_model::{ComponentIndex, ComponentKey};

use crate::json::JsonWriter;
use crate::uuid::ContentUuid;
use crate::{Agent, EncodeError, Encoder, Loss, Observation};

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    V1_6,
    V1_7,
}

impl Version {
    const fn text(self) -> &'static str {
        match self {
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }
}

/// Writes CycloneDX JSON.
pub(crate) struct CycloneDxJson {
    pub(crate) version: Version,
}

impl Encoder for CycloneDxJson {
    fn encode(&self, document: &Observation, out: &mut dyn Write) -> Result<Loss, EncodeError> {
        let writer = DocumentWriter {
            document,
            version: self.version,
            root: root_ref(document),
            containers: document.graph.containers(),
        };
        let mut serial = ContentUuid::new();
        writer.write(&mut serial, None)?;
        writer.write(out, Some(&serial.finish()))?;
        Ok(loss(document))
    }
}

fn loss(document: &Observation) -> Loss {
    let mut loss = Loss::default();
    let unsupported = |digest: &plimsoll_model::Digest| words::hash_algorithm(digest.algorithm()).is_none();
    let hashes =
        document.graph.components().flat_map(|(_, component)| &component.hashes).filter(|hash| unsupported(hash));
    loss.add("hash", hashes.count());
    loss
}

/// The `bom-ref` of the subject: its key, made different from every component's.
fn root_ref(document: &Observation) -> String {
    let mut text = document.subject.component.key().as_str().to_owned();
    while document.graph.find(&text).is_some() {
        text.push_str(" (root)");
    }
    text
}

struct DocumentWriter<'a> {
    document: &'a Observation,
    version: Version,
    root: String,
    containers: HashMap<ComponentIndex, Vec<ComponentIndex>>,
}

impl DocumentWriter<'_> {
    fn write(&self, out: &mut dyn Write, serial: Option<&str>) -> io::Result<()> {
        let mut json = JsonWriter::new(out);
        json.object(|json| {
            let version = self.version.text();
            json.member("$schema", &format!("http://cyclonedx.org/schema/bom-{version}.schema.json"))?;
            json.member("bomFormat", "CycloneDX")?;
            json.member("specVersion", version)?;
            json.optional("serialNumber", serial.map(|serial| format!("urn:uuid:{serial}")).as_deref())?;
            json.name("version")?;
            json.number(1)?;
            json.object_member("metadata", |json| self.metadata(json))?;
            json.name("components")?;
            let keyed = self.document.graph.components();
            let components = keyed.map(Ok).chain(self.document.files.iter().map(Err));
            json.array(components, |json, item| match item {
                Ok((at, held)) => {
                    component::write(json, held, &self.key(at), self.document, self.version, &self.containers(at))
                }
                Err(file) => component::write_file(json, file, self.document),
            })?;
            self.dependencies(json)?;
            self.compositions(json)
        })?;
        json.finish()
    }

    fn key(&self, at: ComponentIndex) -> String {
        self.document.graph.key(at).map(ComponentKey::as_str).unwrap_or_default().to_owned()
    }

    /// The refs of what holds a component.
    fn containers(&self, at: ComponentIndex) -> Vec<String> {
        self.containers.get(&at).into_iter().flatten().map(|container| self.key(*container)).collect()
    }

    fn metadata(&self, json: &mut JsonWriter<'_>) -> io::Result<()> {
        let document = self.document;
        json.optional("timestamp", document.timestamp.as_ref().map(|time| time.as_str()))?;
        json.array_member("lifecycles", [document.lifecycle.word()], |json, phase| {
            json.object(|json| json.member("phase", phase))
        })?;
        json.object_member("tools", |json| {
            json.array_member("components", &document.tools, |json, tool| {
                json.object(|json| {
                    json.member("type", "application")?;
                    json.member("name", &tool.name)?;
                    json.optional("version", tool.version.as_deref())
                })
            })
        })?;
        json.array_member("authors", &document.authors, |json, author| json.object(|json| contact(json, author)))?;
        json.name("component")?;
        component::write(json, &document.subject.component, &self.root, document, self.version, &[])?;
        if let Some(supplier) = &document.supplier {
            json.object_member("supplier", |json| organization(json, supplier))?;
        }
        let diagnostics = document.diagnostics.iter().map(|held| ("plimsoll:diagnostic", held.to_string()));
        let properties = document.properties.iter().map(|(name, value)| (name.as_str(), value.clone()));
        json.array_member("properties", properties.chain(diagnostics), |json, (name, value)| {
            component::property(json, name, &value)
        })
    }

    fn dependencies(&self, json: &mut JsonWriter<'_>) -> io::Result<()> {
        let graph = &self.document.graph;
        // A component that no edge touches is left out: what it needs is not known.
        let mut touched = vec![false; graph.len()];
        for edge in graph.relationships() {
            for end in [edge.from, edge.to] {
                if let Some(flag) = touched.get_mut(end.get()) {
                    *flag = true;
                }
            }
        }
        json.name("dependencies")?;
        let root = std::iter::once(None);
        let others = graph.components().map(|(at, _)| at).filter(|at| touched.get(at.get()) == Some(&true)).map(Some);
        json.array(root.chain(others), |json, at| {
            let (key, mut targets) = match at {
                None => (self.root.clone(), self.document.subject.direct.clone()),
                Some(at) => (self.key(at), graph.from(at).iter().map(|edge| edge.to).collect()),
            };
            targets.sort_unstable();
            targets.dedup();
            json.object(|json| {
                json.member("ref", &key)?;
                json.array_member("dependsOn", targets, |json, to| json.string(&self.key(to)))
            })
        })
    }

    fn compositions(&self, json: &mut JsonWriter<'_>) -> io::Result<()> {
        let aggregate = if self.document.is_incomplete() { "incomplete" } else { "unknown" };
        json.array_member("compositions", [aggregate], |json, aggregate| {
            json.object(|json| {
                json.member("aggregate", aggregate)?;
                json.array_member("assemblies", [&self.root], |json, root| json.string(root))
            })
        })
    }
}

fn organization(json: &mut JsonWriter<'_>, agent: &Agent) -> io::Result<()> {
    json.member("name", &agent.name)?;
    json.array_member("contact", &agent.email, |json, _| json.object(|json| contact(json, agent)))
}

/// Name and mail address; what is no address (the schema checks it) stays in the name.
fn contact(json: &mut JsonWriter<'_>, agent: &Agent) -> io::Result<()> {
    match &agent.email {
        Some(email) if !crate::mail::is_address(email) => json.member("name", &format!("{} <{email}>", agent.name)),
        email => {
            json.member("name", &agent.name)?;
            json.optional("email", email.as_deref())
        }
    }
}
