//! A tree to tags.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write};

use super::lines::{CLOSE, OPEN};
use super::tags::{TAG_VALUE, words_of};
use super::tuples;
use crate::encoding::spdx2::without;
use crate::encoding::{Omission, Omissions};
use crate::standard::{Field, Object, Standard, Type, VersionIndex};
use crate::tree::{Members, Value};

/// The elements, in the order in which they are written. Files first: after a package they would be in it.
const SECTIONS: [(&str, &str, &str); 4] = [
    ("files", "file", "File"),
    ("packages", "package", "Package"),
    ("snippets", "snippet", "Snippet"),
    ("hasExtractedLicensingInfos", "extracted-license", "License"),
];

/// Writes a document, and says what tags cannot hold.
pub(in crate::encoding) fn write(
    tree: &Value,
    version: VersionIndex,
    out: &mut dyn Write,
) -> io::Result<Vec<Omission>> {
    let standard = Standard::spdx2();
    let omissions = Omissions { version: standard.version_name(version), ..Omissions::default() };
    let owners = owners(tree);
    let mut writer = Writer { out: BufWriter::new(out), standard, omissions, owners };
    writer.document(tree)?;
    writer.out.flush()?;
    Ok(writer.omissions.found)
}

/// The element that each id names: the first, as it is when tags are read.
fn owners(tree: &Value) -> HashMap<&str, &Members> {
    let mut owners = HashMap::new();
    let elements = ["packages", "files", "snippets"].into_iter().flat_map(|list| tree.items_of(list));
    for element in std::iter::once(tree).chain(elements) {
        if let (Some(id), Some(members)) = (element.text_of("SPDXID"), element.as_object()) {
            owners.entry(id).or_insert(members);
        }
    }
    owners
}

struct Writer<'a> {
    out: BufWriter<&'a mut dyn Write>,
    standard: &'static Standard,
    omissions: Omissions,
    owners: HashMap<&'a str, &'a Members>,
}

impl Writer<'_> {
    fn document(&mut self, tree: &Value) -> io::Result<()> {
        let Some(document) = tree.as_object() else {
            self.omissions.note("not a document");
            return Ok(());
        };
        writeln!(self.out, "## Document Information")?;
        self.fields("document", document)?;
        if let Some(creation) = self.enter(document, "creationInfo") {
            writeln!(self.out, "\n## Creation Information")?;
            if creation.is_empty() {
                self.omissions.note("an empty object is left out");
            }
            self.fields("creation", creation)?;
            self.omissions.at.pop();
        }
        self.annotations(document)?;
        self.list(document, "revieweds", "review", "Review")?;
        for (list, object, title) in SECTIONS {
            self.list(document, list, object, title)?;
        }
        self.relationships(document)
    }

    /// Goes to a member that is an object.
    fn enter<'t>(&mut self, members: &'t Members, name: &'static str) -> Option<&'t Members> {
        let value = members.get(name)?;
        self.omissions.at.push_member(name);
        let object = value.as_object();
        if object.is_none() {
            self.omissions.note("not an object");
            self.omissions.at.pop();
        }
        object
    }

    /// Writes each object of a list as a section.
    fn list(&mut self, members: &Members, list: &'static str, object: &str, title: &str) -> io::Result<()> {
        let Some(value) = members.get(list) else { return Ok(()) };
        self.omissions.at.push_member(list);
        for (at, item) in self.items(value).iter().enumerate() {
            self.omissions.at.push_item(at);
            match item.as_object() {
                None => self.omissions.note("not an object"),
                Some(item) if !title.is_empty() => {
                    writeln!(self.out, "\n## {title} Information")?;
                    self.fields(object, item)?;
                    self.annotations(item)?;
                }
                Some(item) => self.fields(object, item)?,
            }
            self.omissions.at.pop();
        }
        self.omissions.at.pop();
        Ok(())
    }

    fn items<'t>(&mut self, value: &'t Value) -> &'t [Value] {
        match value {
            Value::Array(items) if items.is_empty() => self.omissions.note("an empty list is left out"),
            Value::Array(_) => {}
            _ => self.omissions.note("not a list"),
        }
        value.as_array().unwrap_or_default()
    }

    /// Writes the members of an object that have tags.
    fn fields(&mut self, object: &str, members: &Members) -> io::Result<()> {
        let Some((_, object)) = self.standard.object_named(object) else { return Ok(()) };
        let tuple = words_of(object).and_then(|words| words.get("tuple")).unwrap_or_default();
        let starting = object.fields.iter().find(|field| words(field).is_some_and(|words| words.has("starts")));
        if let Some(field) = starting
            && members.get(field.name).and_then(Value::as_str).is_none()
        {
            // What follows would go to the section before.
            self.omissions.note("has no name that begins its section, and is left out");
            return Ok(());
        }
        let mut seen = "";
        // What begins the section comes first, the others in the order of the table.
        for field in starting.into_iter().chain(object.fields.iter().filter(|field| !is(starting, field))) {
            if field.name != seen
                && let Some(value) = members.get(field.name)
            {
                self.omissions.at.push_member(field.name);
                self.field(object, field, value, members)?;
                self.omissions.at.pop();
            }
            seen = field.name;
        }
        for (name, _) in members.iter().filter(|(name, _)| !tuple.split(',').any(|part| part == *name)) {
            if !object.fields.iter().any(|field| field.name == name) {
                self.omissions.at.push_member(name);
                self.omissions.note("has no tag");
                self.omissions.at.pop();
            }
        }
        Ok(())
    }

    fn field(&mut self, object: &Object, field: &'static Field, value: &Value, members: &Members) -> io::Result<()> {
        let Some(words) = words(field) else {
            if !is_elsewhere(object, field) {
                if field.name == "artifactOfs" {
                    return self.projects(value);
                }
                self.omissions.note("has no tag");
            }
            return Ok(());
        };
        if words.has("relationship") || field.name == "relationships" {
            return Ok(());
        }
        if words.has("bytes") {
            return self.ranges(words.get("bytes"), words.get("lines"), value, members);
        }
        let tag = words.get("tag").unwrap_or_default();
        let text = words.has("text");
        if !matches!(field.kind, Type::Array(_)) {
            return self.value(tag, field, &field.kind, value, text);
        }
        let Type::Array(kind) = &field.kind else { return Ok(()) };
        for (at, item) in self.items(value).iter().enumerate() {
            self.omissions.at.push_item(at);
            self.value(tag, field, kind, item, text)?;
            self.omissions.at.pop();
        }
        Ok(())
    }

    fn value(&mut self, tag: &str, field: &Field, kind: &'static Type, value: &Value, text: bool) -> io::Result<()> {
        match (kind, value) {
            (Type::Boolean, Value::Boolean(value)) => writeln!(self.out, "{tag}: {value}"),
            (Type::Enum(id), Value::String(held)) => {
                let known = self
                    .standard
                    .enumeration(*id)
                    .and_then(|list| list.values.iter().find(|value| *value.name == **held));
                let own = known.and_then(|value| value.spellings.of(TAG_VALUE)?.get("as"));
                self.line(tag, own.unwrap_or(held), text)
            }
            (Type::Object(id), Value::Object(members)) => {
                let place = self.omissions.at.clone();
                let line = if field.name == "packageVerificationCode" {
                    tuples::format_verification_code(value, &mut self.omissions)
                } else {
                    tuples::format(*id, members, &mut self.omissions)
                };
                self.omissions.at = place;
                match line {
                    None => self.omissions.note("lacks a part, and is left out"),
                    Some(line) => {
                        self.line(tag, &line, false)?;
                        self.tuple_fields(*id, members)?;
                    }
                }
                Ok(())
            }
            (Type::Object(_) | Type::Boolean, _)
            | (_, Value::Object(_) | Value::Array(_) | Value::Null | Value::Boolean(_) | Value::Number(_)) => {
                self.omissions.note("a value of the wrong kind is left out");
                Ok(())
            }
            (_, Value::String(held)) => self.line(tag, held, text),
        }
    }

    /// The tags of an object whose value was a tuple: its comment.
    fn tuple_fields(&mut self, id: crate::standard::ObjectId, members: &Members) -> io::Result<()> {
        for field in self.standard.object(id).map(|object| object.fields.as_slice()).unwrap_or_default() {
            if let Some(tag) = words(field).and_then(|words| words.get("tag"))
                && let Some(value) = members.get(field.name)
            {
                self.omissions.at.push_member(field.name);
                self.value(tag, field, &field.kind, value, true)?;
                self.omissions.at.pop();
            }
        }
        Ok(())
    }

    fn line(&mut self, tag: &str, value: &str, text: bool) -> io::Result<()> {
        let value = self.text(value);
        // Line separators of other sorts end a line for some readers (Python's `splitlines`).
        let breaks = |c: char| matches!(c, '\n' | '\u{2028}' | '\u{2029}');
        // For some readers a text starts wherever its mark stands, and would take the lines that follow.
        if value.contains(breaks) || value.trim() != value || value.contains(OPEN) || text && value.is_empty() {
            writeln!(self.out, "{tag}: {OPEN}{value}{CLOSE}")
        } else {
            writeln!(self.out, "{tag}: {value}")
        }
    }

    /// The value as it can stand in a file.
    fn text<'t>(&mut self, value: &'t str) -> Cow<'t, str> {
        let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let mut value = without(value, forbidden, &mut self.omissions);
        if value.contains('\r') {
            self.omissions.note("carriage returns become line feeds");
            value = Cow::Owned(value.replace("\r\n", "\n").replace('\r', "\n"));
        }
        if value.contains(CLOSE) {
            self.omissions.note("</text> has no escape; it becomes &lt;/text>");
            value = Cow::Owned(value.replace(CLOSE, "&lt;/text>"));
        }
        value
    }

    fn projects(&mut self, value: &Value) -> io::Result<()> {
        for (at, item) in self.items(value).iter().enumerate() {
            self.omissions.at.push_item(at);
            match item.as_object() {
                Some(item) => self.fields("project", item)?,
                None => self.omissions.note("not an object"),
            }
            self.omissions.at.pop();
        }
        Ok(())
    }

    fn ranges(&mut self, bytes: Option<&str>, lines: Option<&str>, value: &Value, snippet: &Members) -> io::Result<()> {
        let file = snippet.get("snippetFromFile").and_then(Value::as_str);
        let mut done = Vec::new();
        for (at, range) in self.items(value).iter().enumerate() {
            self.omissions.at.push_item(at);
            match tuples::format_range(range, file) {
                Some((member, _)) if done.contains(&member) => {
                    self.omissions.note("a snippet has one range of bytes and one of lines; this one is left out");
                }
                Some((member, range)) => {
                    done.push(member);
                    let tag = if member == "offset" { bytes } else { lines }.unwrap_or_default();
                    writeln!(self.out, "{tag}: {range}")?;
                }
                None => self.omissions.note("not a range of bytes or of lines of the snippet's file; it is left out"),
            }
            self.omissions.at.pop();
        }
        Ok(())
    }

    fn annotations(&mut self, element: &Members) -> io::Result<()> {
        let Some(value) = element.get("annotations") else { return Ok(()) };
        self.omissions.at.push_member("annotations");
        let id = element.get("SPDXID").and_then(Value::as_str).filter(|id| !id.trim().is_empty());
        let id = id.filter(|id| self.owners.get(id).is_some_and(|owner| std::ptr::eq(*owner, element)));
        for (at, item) in self.items(value).iter().enumerate() {
            self.omissions.at.push_item(at);
            match (item.as_object(), id) {
                (Some(item), Some(id)) if item.get("annotator").is_some_and(|value| value.as_str().is_some()) => {
                    self.out.write_all(b"\n")?;
                    self.fields("annotation", item)?;
                    self.line("SPDXREF", id, false)?;
                }
                _ => self
                    .omissions
                    .note("an annotation without annotator, or of an element without an id of its own, is left out"),
            }
            self.omissions.at.pop();
        }
        self.omissions.at.pop();
        Ok(())
    }

    /// The relationships, and what JSON says in two other ways.
    fn relationships(&mut self, document: &Members) -> io::Result<()> {
        let held = document.get("relationships");
        let mut said = HashSet::new();
        writeln!(self.out, "\n## Relationships")?;
        if let Some(held) = held {
            self.omissions.at.push_member("relationships");
            let field = self
                .standard
                .object(self.standard.root())
                .and_then(|object| object.fields.iter().find(|field| field.name == "relationships"));
            for (at, item) in self.items(held).iter().enumerate() {
                self.omissions.at.push_item(at);
                if let Some(words) = ["spdxElementId", "relationshipType", "relatedSpdxElement"]
                    .map(|name| item.text_of(name))
                    .into_iter()
                    .collect::<Option<Vec<_>>>()
                {
                    said.insert(words);
                }
                if let Some(field) = field
                    && let Type::Array(kind) = &field.kind
                {
                    self.value("Relationship", field, kind, item, false)?;
                }
                self.omissions.at.pop();
            }
            self.omissions.at.pop();
        }
        let mut elements = vec![(document, "documentDescribes", "DESCRIBES", None)];
        for (at, package) in document.get("packages").and_then(Value::as_array).into_iter().flatten().enumerate() {
            elements.extend(package.as_object().map(|package| (package, "hasFiles", "CONTAINS", Some(at))));
        }
        for (element, list, kind, package) in elements {
            let Some(value) = element.get(list) else { continue };
            let place = self.omissions.at.clone();
            if let Some(at) = package {
                self.omissions.at.push_member("packages");
                self.omissions.at.push_item(at);
            }
            self.omissions.at.push_member(list);
            self.omissions.note("is said by relationships instead");
            let id = element.get("SPDXID").and_then(Value::as_str);
            for other in value.as_array().unwrap_or_default() {
                match (id, other.as_str()) {
                    (Some(id), Some(other)) if is_id(id) && is_id(other) => {
                        if said.insert(vec![id, kind, other]) {
                            writeln!(self.out, "Relationship: {id} {kind} {other}")?;
                        }
                    }
                    _ => self.omissions.note("not the name of an element; it is left out"),
                }
            }
            self.omissions.at = place;
        }
        Ok(())
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn words(field: &'static Field) -> Option<&'static crate::standard::Words> {
    field.spellings.of(TAG_VALUE)
}

fn is(one: Option<&Field>, other: &Field) -> bool {
    one.is_some_and(|one| one.name == other.name)
}

/// Whether the writer has another place for a field that has no tag.
fn is_elsewhere(object: &Object, field: &Field) -> bool {
    field.name == "annotations"
        || object.name == "document"
            && (field.name == "creationInfo"
                || field.name == "revieweds"
                || SECTIONS.iter().any(|(list, ..)| *list == field.name))
}
