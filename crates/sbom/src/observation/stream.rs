//! An observation as CycloneDX JSON, some components at a time.
//!
//! A scan may see a million components, and a document of them with its tree takes gigabytes. This makes each component's
//! part of the document, writes it and lets it go; the frame, and every rule of what is written, are those of the tables. A
//! test holds the bytes against those of the tree.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write};

use plimsoll_model::{ComponentIndex, ComponentKey, FileRecord};

use super::Observation;
use super::describe::Describer;
use crate::convert::tree_of;
use crate::document::ElementKind;
use crate::json::{JsonWriter, write_list, write_value};
use crate::map::{self, StandardKind};
use crate::standard::VersionIndex;
use crate::tree::{Members, Value};

/// Writes CycloneDX JSON of 1.6 or later, whose shapes need no fitting.
pub(crate) fn write(observation: &Observation, version: VersionIndex, out: &mut dyn Write) -> io::Result<()> {
    Stream::new(observation, version).write(out)
}

/// What stands in the list of components.
enum Listed<'a> {
    Component(ComponentIndex),
    File(&'a FileRecord),
}

struct Stream<'a> {
    observation: &'a Observation,
    describer: Describer<'a>,
    version: VersionIndex,
    frame: Value,
    root: String,
    /// The root holds what it needs, so that this need not be said of each.
    is_image: bool,
    tied: HashSet<ComponentIndex>,
    needed: HashSet<ComponentIndex>,
    containers: HashMap<ComponentIndex, Vec<ComponentIndex>>,
}

impl<'a> Stream<'a> {
    fn new(observation: &'a Observation, version: VersionIndex) -> Self {
        let describer = Describer { observation };
        let frame = describer.frame();
        let root = frame.elements.first();
        let is_image = root.is_some_and(|root| root.kind == ElementKind::Component("container".to_owned()));
        let edges = observation.graph.relationships();
        let direct = observation.subject.direct.iter().copied();
        Self {
            observation,
            version,
            root: root.map(|root| root.id.clone()).unwrap_or_default(),
            frame: tree_of(&frame, StandardKind::CycloneDx, version),
            is_image,
            tied: edges.iter().flat_map(|edge| [edge.from, edge.to]).chain(direct).collect(),
            needed: edges.iter().map(|edge| edge.to).collect(),
            containers: observation.graph.containers(),
            describer,
        }
    }

    fn key(&self, at: ComponentIndex) -> &str {
        self.observation.graph.key(at).map(ComponentKey::as_str).unwrap_or_default()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut json = JsonWriter::new(&mut out);
        let members = self.frame.as_object().map(Members::iter).into_iter().flatten();
        json.object(|json| {
            for (name, value) in members {
                json.name(name)?;
                match name {
                    "components" => {
                        write_list(json, &self.listed(), |json, item| write_value(json, &self.component(item)))?;
                    }
                    "dependencies" => {
                        write_list(json, &self.tied(), |json, from| write_value(json, &self.dependency(*from)))?;
                    }
                    _ => write_value(json, value)?,
                }
            }
            Ok(())
        })?;
        json.finish()?;
        out.flush()
    }

    fn listed(&self) -> Vec<Listed<'a>> {
        let components = self.observation.graph.components().map(|(at, _)| Listed::Component(at));
        components.chain(self.observation.files.iter().map(Listed::File)).collect()
    }

    fn component(&self, item: &Listed<'_>) -> Value {
        let (element, held) = match item {
            Listed::Component(at) => {
                let Some(component) = self.observation.graph.get(*at) else { return Value::Null };
                let held = self.containers.get(at);
                let held = held.map(|held| held.iter().map(|container| self.key(*container).to_owned()).collect());
                (self.describer.known(component, self.key(*at), self.tied.contains(at)), held)
            }
            Listed::File(file) => (self.describer.file(file), (!self.is_image).then(|| vec![self.root.clone()])),
        };
        map::cyclonedx_component(&element, self.version, held.as_ref())
    }

    /// What has an entry of its own: the subject, which is `None`, what needs something, and what something needs.
    fn tied(&self) -> Vec<Option<ComponentIndex>> {
        let said = |at: &ComponentIndex| !self.observation.graph.from(*at).is_empty() || self.needed.contains(at);
        let others = self.observation.graph.components().map(|(at, _)| at).filter(said).map(Some);
        std::iter::once(None).chain(others).collect()
    }

    fn dependency(&self, from: Option<ComponentIndex>) -> Value {
        match from {
            Some(from) => {
                let needs = self.observation.graph.from(from);
                entry(self.key(from), needs.iter().map(|edge| self.key(edge.to)))
            }
            None => {
                let files: Vec<String> =
                    self.observation.files.iter().map(|file| self.describer.file(file).id).collect();
                let direct = self.observation.subject.direct.iter().map(|at| self.key(*at));
                entry(&self.root, direct.chain(files.iter().map(String::as_str)))
            }
        }
    }
}

/// An entry of the dependencies, each target once.
fn entry<'a>(from: &str, targets: impl Iterator<Item = &'a str>) -> Value {
    let mut seen = HashSet::new();
    let targets = targets.filter(|target| seen.insert(*target));
    let mut item = Members::new();
    item.set_text("ref", from);
    item.set_items("dependsOn", targets.map(Value::text).collect());
    Value::Object(item)
}
