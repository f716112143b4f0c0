//! The tags, from the table.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::standard::{Enumeration, Field, Object, ObjectId, Standard, Type, Words};

/// The name of the encoding in the table.
pub(super) const TAG_VALUE: &str = "tag-value";

/// What a tag sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    /// The object that has the field.
    pub(super) object: ObjectId,
    /// The field.
    pub(super) field: &'static Field,
    /// How the value is read.
    pub(super) form: Form,
    /// It begins the object.
    pub(super) starts: bool,
}

/// How a value is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    /// Of an enumeration, whose values may be spelled in their own way.
    Value(&'static Enumeration),
    Boolean,
    VerificationCode,
    Tuple(ObjectId),
    /// `start:end`, with the member that holds each.
    Range(&'static str),
}

/// Where the instances of an object are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Document,
    /// The one object that this member of the document is.
    Inside(&'static str),
    /// In this member of the document, as a section of their own.
    Section(&'static str),
    /// In this member of the document, between the tags of any section.
    Beside(&'static str),
    /// In this member of the last object of that sort.
    Last(ObjectId, &'static str),
}

/// The tags of the standard.
pub(super) struct Tags {
    by_name: HashMap<&'static str, Vec<Tag>>,
    homes: HashMap<ObjectId, Home>,
}

impl Tags {
    /// Those of SPDX 2.
    pub(super) fn spdx2() -> &'static Self {
        static TAGS: OnceLock<Tags> = OnceLock::new();
        TAGS.get_or_init(|| collect(Standard::spdx2()))
    }

    /// What a tag may set; several when sections share its name.
    pub(super) fn of(&self, name: &str) -> &[Tag] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where the instances of an object are.
    pub(super) fn home(&self, object: ObjectId) -> Home {
        self.homes.get(&object).copied().unwrap_or(Home::Document)
    }
}

fn collect(standard: &'static Standard) -> Tags {
    let mut tags = Tags { by_name: HashMap::new(), homes: HashMap::new() };
    for object in standard.objects() {
        let Some((id, words)) = standard.object_named(object.name).map(|(id, _)| id).zip(words_of(object)) else {
            continue;
        };
        if let Some(home) = home(standard, id, words) {
            tags.homes.insert(id, home);
        }
        let mut seen = "";
        for field in &object.fields {
            // A field with a line for each of two versions has the same tag in both.
            let Some(words) = field.spellings.of(TAG_VALUE).filter(|_| field.name != seen) else { continue };
            seen = field.name;
            let starts = words.has("starts");
            let forms = [
                (words.get("tag"), form(standard, &field.kind)),
                (words.get("bytes"), Form::Range("offset")),
                (words.get("lines"), Form::Range("lineNumber")),
            ];
            for (name, form) in forms {
                if let Some(name) = name {
                    tags.by_name.entry(name).or_default().push(Tag { object: id, field, form, starts });
                }
            }
        }
    }
    tags
}

pub(super) fn words_of(object: &'static Object) -> Option<&'static Words> {
    object.spellings.of(TAG_VALUE)
}

fn form(standard: &'static Standard, kind: &'static Type) -> Form {
    match kind {
        Type::Array(item) => form(standard, item),
        Type::Boolean => Form::Boolean,
        Type::Enum(id) => standard.enumeration(*id).map_or(Form::Text, Form::Value),
        Type::Object(id) => match standard.object(*id).and_then(words_of) {
            Some(_) => Form::Tuple(*id),
            None => Form::VerificationCode,
        },
        _ => Form::Text,
    }
}

fn home(standard: &'static Standard, id: ObjectId, words: &'static Words) -> Option<Home> {
    if id == standard.root() {
        return Some(Home::Document);
    }
    if let Some(member) = words.get("inside") {
        return Some(Home::Inside(member));
    }
    if let Some((parent, member)) = words.get("last").and_then(|last| last.split_once('.')) {
        return standard.object_named(parent).map(|(parent, _)| Home::Last(parent, member));
    }
    let document = standard.object(standard.root())?;
    let list =
        document.fields.iter().find(|field| matches!(&field.kind, Type::Array(item) if **item == Type::Object(id)))?;
    if words.has("section") {
        Some(Home::Section(list.name))
    } else if words.has("beside") {
        Some(Home::Beside(list.name))
    } else {
        None
    }
}
