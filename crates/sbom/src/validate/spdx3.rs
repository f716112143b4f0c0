//! The rules of SPDX 3.0.1 that its JSON Schema does not say. <https://spdx.github.io/spdx-spec/v3.0.1/>
//!
//! Names of nodes are unique and blank ones resolve (JSON-LD 1.1 §4.5.1); a link leads to a node of its class, as the shapes
//! of the model ask. A node that is only named is imported (`SpdxDocument.import`), which is advice, as names are global. So
//! is that there is one `SpdxDocument`. 3.0.0 differs from 3.0.1 in nothing that a document shows but its number. Extensions
//! hold anything: what looks like a node there is none of ours.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use rustc_hash::FxHashMap;

use super::events::Events;
use super::faults::Sink;
use super::references::Places;
use super::words::quote;
use crate::fault::FaultKind;
use crate::json::lexer::Event;
use crate::standard::{Field, Object, Standard, Type, Variants, VersionIndex};

/// What every document may name without importing it: the model's individuals and the listed licences.
const GLOBAL: &[&str] =
    &["https://spdx.org/rdf/", "http://spdx.org/rdf/", "https://spdx.org/licenses/", "http://spdx.org/licenses/"];

/// The context of 3.0.0.
const OLD_CONTEXT: &str = "https://spdx.org/rdf/3.0.0/spdx-context.jsonld";

/// Checks the events of a document; `again` are the same events once more, to find places.
pub(super) fn check<'a>(
    version: VersionIndex,
    most: usize,
    events: &mut dyn Events<'a>,
    again: &mut dyn Events<'a>,
    sink: &mut Sink,
) {
    let mut rules = Rules::new(version, most);
    // What is no JSON has been told already.
    while let Ok(Some(event)) = events.next() {
        rules.event(event, events);
    }
    rules.finish();
    let mut places = Places::new(again);
    rules.found.sort_by_key(|found| found.at);
    for found in rules.found {
        let pointer = places.pointer(found.at);
        if found.advice {
            sink.advice(found.at, found.kind, || pointer, found.message);
        } else {
            sink.fault(found.at, found.kind, || pointer, found.message);
        }
    }
}

struct Found {
    at: usize,
    kind: FaultKind,
    message: String,
    advice: bool,
}

/// An open bracket.
enum Open {
    /// An object, its class when it is known, and the field whose value comes.
    Object(Option<&'static Object>, Option<&'static Field>),
    Array,
}

struct Rules<'a> {
    version: VersionIndex,
    /// Names, links and findings of each sort that are kept.
    most: usize,
    classes: FxHashMap<&'static str, &'static Object>,
    open: Vec<Open>,
    /// How deep in an extension.
    skipped: Option<usize>,
    /// The classes of the nodes by name.
    names: HashMap<Cow<'a, str>, &'static str>,
    /// What the document says is elsewhere.
    imported: HashSet<Cow<'a, str>>,
    links: Vec<(Cow<'a, str>, usize, &'static Field)>,
    documents: usize,
    found: Vec<Found>,
}

impl<'a> Rules<'a> {
    fn new(version: VersionIndex, most: usize) -> Self {
        Self {
            version,
            most,
            classes: Standard::spdx3().objects().iter().map(|object| (object.name, object)).collect(),
            open: Vec::new(),
            skipped: None,
            names: HashMap::new(),
            imported: HashSet::new(),
            links: Vec::new(),
            documents: 0,
            found: Vec::new(),
        }
    }

    fn tell(&mut self, at: usize, kind: FaultKind, message: String, advice: bool) {
        if self.found.len() < self.most {
            self.found.push(Found { at, kind, message, advice });
        }
    }

    fn event(&mut self, event: Event<'a>, events: &dyn Events<'a>) {
        if let Some(depth) = self.skipped {
            let depth = match event {
                Event::BeginObject | Event::BeginArray => depth.saturating_add(1),
                Event::EndObject | Event::EndArray => depth.saturating_sub(1),
                _ => depth,
            };
            self.skipped = (depth > 0).then_some(depth);
            return;
        }
        match event {
            Event::BeginObject => self.begin_object(events),
            Event::BeginArray => self.open.push(Open::Array),
            Event::EndObject | Event::EndArray => drop(self.open.pop()),
            Event::Name(name) => self.name(&name),
            Event::String(text) => self.text(text, events.at()),
            Event::Number(_) | Event::Boolean(_) | Event::Null => {}
        }
    }

    fn begin_object(&mut self, events: &dyn Events<'a>) {
        let mut class = None;
        events.look(&mut |name, text| {
            if name == "type" {
                class = text.and_then(|text| self.classes.get(text)).copied();
            }
            name != "type"
        });
        if class.is_some_and(|class| class.name == "SpdxDocument") {
            self.documents = self.documents.saturating_add(1);
            if self.documents > 1 {
                let message = "there is another SpdxDocument before this".to_owned();
                self.tell(events.at(), FaultKind::Semantic, message, true);
            }
        }
        self.open.push(Open::Object(class, None));
    }

    fn name(&mut self, name: &str) {
        if name == "extension" {
            self.skipped = Some(0);
        }
        let root = Standard::spdx3().object(Standard::spdx3().root());
        let (version, outermost) = (self.version, self.open.len() == 1);
        if let Some(Open::Object(class, field)) = self.open.last_mut() {
            let own = class.and_then(|class| class.field(name, version));
            *field = own.or_else(|| root.filter(|_| outermost)?.field(name, version));
        }
    }

    /// The class and field that a value is of, in a list or not.
    fn place(&self) -> Option<(Option<&'static Object>, &'static Field)> {
        let holder = self.open.iter().rev().find_map(|open| match open {
            Open::Object(class, field) => Some((*class, *field)),
            Open::Array => None,
        });
        holder.and_then(|(class, field)| Some((class, field?)))
    }

    fn text(&mut self, text: Cow<'a, str>, at: usize) {
        let Some((class, field)) = self.place() else { return };
        let class = class.map_or("", |class| class.name);
        if field.words.has("id") {
            if self.names.contains_key(&text) {
                self.tell(at, FaultKind::Reference, format!("another node is named {}", quote(&text)), false);
            } else if self.names.len() < self.most {
                self.names.insert(text, class);
            }
        } else if field.words.has("link") {
            if self.links.len() < self.most {
                self.links.push((text, at, field));
            }
        } else {
            match (class, field.name) {
                ("ExternalMap", "externalSpdxId") if self.imported.len() < self.most => {
                    self.imported.insert(text);
                }
                ("CreationInfo", "specVersion") => self.spec_version(&text, at),
                (_, "@context") if text == OLD_CONTEXT => {
                    self.tell(
                        at,
                        FaultKind::Semantic,
                        "the context of 3.0.0 is read as that of 3.0.1".to_owned(),
                        true,
                    );
                }
                _ => {}
            }
        }
    }

    fn spec_version(&mut self, said: &str, at: usize) {
        match said {
            "3.0.1" => {}
            "3.0.0" => self.tell(at, FaultKind::Semantic, "3.0.0 is read as 3.0.1".to_owned(), true),
            _ => {
                let message = format!("{} is not 3.0.1, the version of the context", quote(said));
                self.tell(at, FaultKind::Semantic, message, false);
            }
        }
    }

    fn finish(&mut self) {
        for (name, at, field) in std::mem::take(&mut self.links) {
            if let Some((message, advice)) = self.wrong_link(&name, field) {
                self.tell(at, FaultKind::Reference, message, advice);
            }
        }
        if self.documents == 0 {
            self.tell(0, FaultKind::Semantic, "no SpdxDocument says what this is about".to_owned(), true);
        }
    }

    /// What is wrong with a link, and whether that is advice.
    fn wrong_link(&self, name: &str, field: &'static Field) -> Option<(String, bool)> {
        if let Some(class) = self.names.get(name) {
            let known = variants(&field.kind).is_none_or(|known| known.choice(class, self.version).is_some());
            return (!known).then(|| (format!("{} is a {class}, which cannot be here", quote(name)), false));
        }
        if name.starts_with("_:") {
            return Some((format!("no node is named {}", quote(name)), false));
        }
        // The short names of the individuals have no colon.
        let elsewhere = !name.contains(':') || GLOBAL.iter().any(|global| name.starts_with(global));
        let known = elsewhere || self.imported.contains(name);
        (!known).then(|| (format!("{} is not in this document, nor imported", quote(name)), true))
    }
}

/// The classes that a link may lead to.
fn variants(kind: &'static Type) -> Option<&'static Variants> {
    match kind {
        Type::Variants(id) => Standard::spdx3().variants(*id),
        Type::Array(item) => variants(item),
        Type::Either(types) => types.iter().find_map(variants),
        _ => None,
    }
}
