//! Tags to a tree.

use std::collections::{HashMap, HashSet};

use plimsoll_model::Limits;

use super::lines::{Entry, entries};
use super::tags::{Form, Home, Tag, Tags};
use super::tuples;
use crate::encoding::spdx2::{Faults, parsed_respelled, quote};
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::json;
use crate::standard::{ObjectId, Standard, Type};
use crate::tree::{Members, Pointer, Value};

/// Says which element an annotation is about.
const ABOUT: &str = "SPDXREF";

/// Reads a document.
pub(in crate::encoding) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let text = json::lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let standard = Standard::spdx2();
    let mut reader = Reader {
        standard,
        tags: Tags::spdx2(),
        document: Members::new(),
        section: standard.root(),
        about: HashMap::new(),
        contained: Vec::new(),
        faults: Faults::default(),
    };
    // An entry makes at most a handful of values and nothing nests, so how many there are is the limit.
    let mut left = limits.entries;
    for entry in entries(&text) {
        let Some(less) = left.checked_sub(1) else {
            let message = format!("more than {} tags", limits.entries);
            let fault = Fault::new(FaultKind::Limit, Pointer::root(), message).on_line(entry.line);
            return Err(ReadError::Limit(Box::new(fault)));
        };
        left = less;
        reader.entry(&entry);
    }
    reader.finish_ranges();
    reader.finish_containment();
    reader.finish_annotations();
    parsed_respelled(Encoding::SpdxTagValue, Value::Object(reader.document), reader.faults)
}

struct Reader {
    standard: &'static Standard,
    tags: &'static Tags,
    document: Members,
    /// What the tags of no sort of their own belong to.
    section: ObjectId,
    /// The element that an annotation, by its number, is about, and the line that says so.
    about: HashMap<usize, (Box<str>, u32)>,
    /// The numbers of packages and of files that came after them.
    contained: Vec<(usize, usize)>,
    faults: Faults,
}

/// Why a value has no place.
enum Misplaced {
    /// Nothing of that sort was begun.
    NotBegun,
    /// Something of another sort was begun since.
    Ended,
}

impl Reader {
    fn entry(&mut self, entry: &Entry<'_>) {
        let Entry { line, tag, value, fault } = entry;
        if let Some(message) = fault {
            self.faults.add(FaultKind::Syntax, Pointer::root(), *line, *message);
        }
        if tag.is_empty() {
            return;
        }
        if *tag == ABOUT {
            return self.about(value, *line);
        }
        let tags = self.tags;
        let found = tags.of(tag);
        // Sections share the name of few tags: `SPDXID`.
        match found.iter().find(|tag| tag.object == self.section).or(found.first()) {
            Some(tag) => self.set(tag, value, *line),
            None => {
                let message = format!("there is no tag {}", quote(tag));
                self.faults.add(FaultKind::Unknown, Pointer::root(), *line, message);
            }
        }
    }

    fn about(&mut self, value: &str, line: u32) {
        let Some(at) = self.count("annotations").checked_sub(1) else {
            return self.faults.add(FaultKind::Order, Pointer::root(), line, "SPDXREF without an annotation before it");
        };
        if self.about.contains_key(&at) {
            let pointer = Pointer::root().member("annotations").item(at);
            return self.faults.add(FaultKind::Duplicate, pointer, line, "a second SPDXREF; the first one counts");
        }
        self.about.insert(at, (value.into(), line));
    }

    fn count(&self, list: &str) -> usize {
        self.document.get(list).and_then(Value::as_array).map_or(0, <[Value]>::len)
    }

    fn set(&mut self, tag: &Tag, text: &str, line: u32) {
        if tag.starts {
            self.begin(tag.object);
        }
        let mut pointer = Pointer::root();
        match self.check_place(tag.object) {
            Ok(()) => {}
            Err(Misplaced::NotBegun) if matches!(self.tags.home(tag.object), Home::Beside(_)) => {
                let message = format!("it stands before the tag that begins its {}", self.object_name(tag.object));
                self.faults.add(FaultKind::Order, pointer.clone(), line, message);
                self.begin(tag.object);
            }
            Err(Misplaced::NotBegun) => {
                let message = format!("it belongs to a {}, and none was begun", self.object_name(tag.object));
                return self.faults.add(FaultKind::Order, pointer, line, message);
            }
            Err(Misplaced::Ended) => {
                let message = format!("it belongs to a {}, which ended before", self.object_name(tag.object));
                self.faults.add(FaultKind::Order, pointer.clone(), line, message);
            }
        }
        let value = match value(tag.form, text) {
            Ok(value) => value,
            Err(message) => {
                return self.faults.add(FaultKind::Syntax, pointer, line, format!("{message}: {}", quote(text)));
            }
        };
        let Some(members) = place(&mut self.document, self.tags, tag.object, &mut pointer) else { return };
        pointer.push_member(tag.field.name);
        if matches!(tag.field.kind, Type::Array(_)) {
            match members.get_mut(tag.field.name).and_then(Value::as_array_mut) {
                Some(items) => items.push(value),
                None => members.set(tag.field.name, Value::Array(vec![value])),
            }
        } else if members.has(tag.field.name) {
            self.faults.add(FaultKind::Duplicate, pointer, line, "the tag was there before; the first one counts");
        } else {
            members.push(tag.field.name, value);
        }
    }

    fn object_name(&self, object: ObjectId) -> &'static str {
        self.standard.object(object).map_or("", |object| object.name)
    }

    /// Begins an instance of an object.
    fn begin(&mut self, object: ObjectId) {
        let home = self.tags.home(object);
        match home {
            Home::Section(list) => {
                self.section = object;
                push(&mut self.document, list);
                if let ("files", Some(package)) = (list, self.count("packages").checked_sub(1)) {
                    self.contained.push((package, self.count("files").saturating_sub(1)));
                }
            }
            Home::Beside(list) => push(&mut self.document, list),
            Home::Last(parent, list) => {
                if let Some(parent) = place(&mut self.document, self.tags, parent, &mut Pointer::root()) {
                    push(parent, list);
                }
            }
            Home::Document | Home::Inside(_) => {}
        }
    }

    /// Whether the tags of an object may stand here.
    fn check_place(&self, object: ObjectId) -> Result<(), Misplaced> {
        let begun = |list: &str| if self.count(list) > 0 { Ok(()) } else { Err(Misplaced::NotBegun) };
        match self.tags.home(object) {
            Home::Document | Home::Inside(_) => Ok(()),
            Home::Beside(list) => begun(list),
            Home::Section(list) => {
                begun(list)?;
                if self.section == object { Ok(()) } else { Err(Misplaced::Ended) }
            }
            Home::Last(parent, list) => {
                self.check_place(parent)?;
                let held = last_of(&self.document, self.tags, parent).and_then(|parent| parent.get(list));
                if held.is_some() { Ok(()) } else { Err(Misplaced::NotBegun) }
            }
        }
    }

    /// What the pointers of a range refer to: the file that the snippet is from.
    fn finish_ranges(&mut self) {
        for snippet in self.document.get_mut("snippets").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(file) = snippet.text_of("snippetFromFile").map(str::to_owned) else { continue };
            let ranges = snippet.as_object_mut().and_then(|snippet| snippet.get_mut("ranges")?.as_array_mut());
            for range in ranges.into_iter().flatten().filter_map(Value::as_object_mut) {
                for (_, pointer) in range.iter_mut() {
                    if let Some(pointer) = pointer.as_object_mut() {
                        pointer.set_text("reference", file.as_str());
                    }
                }
            }
        }
    }

    /// A file after a package is in it, also when no relationship says so.
    fn finish_containment(&mut self) {
        let id = |list: &str, at: usize| {
            let element = self.document.get(list)?.as_array()?.get(at)?;
            element.text_of("SPDXID").map(str::to_owned)
        };
        let said: HashSet<[&str; 3]> = self
            .document
            .get("relationships")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(words)
            .collect();
        let mut new = Vec::new();
        for (package, file) in &self.contained {
            let (Some(package), Some(file)) = (id("packages", *package), id("files", *file)) else { continue };
            if !said.contains(&[&package, "CONTAINS", &file]) && !said.contains(&[&file, "CONTAINED_BY", &package]) {
                let mut relationship = Members::new();
                relationship.set_text("spdxElementId", package);
                relationship.set_text("relationshipType", "CONTAINS");
                relationship.set_text("relatedSpdxElement", file);
                new.push(Value::Object(relationship));
            }
        }
        drop(said);
        if new.is_empty() {
            return;
        }
        match self.document.get_mut("relationships").and_then(Value::as_array_mut) {
            Some(held) => held.extend(new),
            None => self.document.set_items("relationships", new),
        }
    }

    /// Brings the annotations to their elements.
    fn finish_annotations(&mut self) {
        let Some(Value::Array(all)) = self.document.remove("annotations") else { return };
        let mut places: HashMap<Box<str>, (&'static str, usize)> = HashMap::new();
        for list in ["packages", "files", "snippets"] {
            for (at, element) in self.document.get(list).and_then(Value::as_array).into_iter().flatten().enumerate() {
                if let Some(id) = element.text_of("SPDXID") {
                    places.entry(id.into()).or_insert((list, at));
                }
            }
        }
        let document = self.document.get("SPDXID").and_then(Value::as_str).unwrap_or("SPDXRef-DOCUMENT").to_owned();
        for (number, annotation) in all.into_iter().enumerate() {
            let about = self.about.get(&number);
            // An id that several have is that of the first, and the document is before all others.
            let place = about.filter(|(id, _)| **id != *document).and_then(|(id, _)| places.get(id));
            if let (None, Some((id, line))) = (place, about.filter(|(id, _)| **id != *document)) {
                // JSON has no place for an annotation of something outside of the document.
                let message = format!(
                    "no element of this document is named {}; the annotation is kept with the document",
                    quote(id)
                );
                self.faults.add(FaultKind::Reference, Pointer::root(), *line, message);
            }
            let members = match place {
                Some((list, at)) => self
                    .document
                    .get_mut(list)
                    .and_then(Value::as_array_mut)
                    .and_then(|list| list.get_mut(*at)?.as_object_mut()),
                None => Some(&mut self.document),
            };
            let Some(members) = members else { continue };
            match members.get_mut("annotations").and_then(Value::as_array_mut) {
                Some(held) => held.push(annotation),
                None => members.set_items("annotations", vec![annotation]),
            }
        }
    }
}

/// The three words of a relationship.
fn words(relationship: &Value) -> Option<[&str; 3]> {
    Some([
        relationship.text_of("spdxElementId")?,
        relationship.text_of("relationshipType")?,
        relationship.text_of("relatedSpdxElement")?,
    ])
}

/// Adds an empty object to a list.
fn push(members: &mut Members, list: &'static str) {
    let new = Value::Object(Members::new());
    match members.get_mut(list).and_then(Value::as_array_mut) {
        Some(items) => items.push(new),
        None => members.set(list, Value::Array(vec![new])),
    }
}

/// The instance of an object that was begun last.
fn last_of<'a>(document: &'a Members, tags: &Tags, object: ObjectId) -> Option<&'a Members> {
    let (members, member) = match tags.home(object) {
        Home::Document => return Some(document),
        Home::Inside(member) => return document.get(member)?.as_object(),
        Home::Section(list) | Home::Beside(list) => (document, list),
        Home::Last(parent, list) => (last_of(document, tags, parent)?, list),
    };
    members.get(member)?.as_array()?.last()?.as_object()
}

/// The same, to change it, with where it is.
fn place<'a>(
    document: &'a mut Members,
    tags: &Tags,
    object: ObjectId,
    pointer: &mut Pointer,
) -> Option<&'a mut Members> {
    let (members, list) = match tags.home(object) {
        Home::Document => return Some(document),
        Home::Inside(member) => {
            pointer.push_member(member);
            if !document.has(member) {
                document.push(member, Value::Object(Members::new()));
            }
            return document.get_mut(member)?.as_object_mut();
        }
        Home::Section(list) | Home::Beside(list) => (document, list),
        Home::Last(parent, list) => (place(document, tags, parent, pointer)?, list),
    };
    let items = members.get_mut(list)?.as_array_mut()?;
    pointer.push_member(list);
    pointer.push_item(items.len().saturating_sub(1));
    items.last_mut()?.as_object_mut()
}

fn value(form: Form, text: &str) -> Result<Value, &'static str> {
    match form {
        Form::Text => Ok(Value::text(text)),
        Form::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
        Form::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
        Form::Boolean => Err("neither true nor false"),
        Form::Value(enumeration) => {
            // What only JSON spells in two ways is settled by the version, once that is known.
            let own = enumeration.values.iter().find(|value| {
                let spelled = value.spellings.of(super::tags::TAG_VALUE).and_then(|words| words.get("as"));
                spelled == Some(text) && !value.words.has("same-as")
            });
            Ok(Value::text(own.map_or(text, |value| value.name)))
        }
        Form::VerificationCode => tuples::parse_verification_code(text),
        Form::Tuple(object) => tuples::parse(object, text),
        Form::Range(member) => tuples::parse_range(text, member),
    }
}
