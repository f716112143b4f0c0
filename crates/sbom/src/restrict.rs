//! Fits a tree to a version: what the version does not have is taken out and named.

use crate::encoding::{cyclonedx_xml, protobuf};
use crate::standard::{EnumId, Field, ObjectId, Standard, Type, VersionIndex};
use crate::tree::{Pointer, Value};

/// Takes out of a tree what a version does not have, and returns where it was. An object that cannot be without what is
/// taken from it goes as a whole; a value of an enumeration that names a `fallback` becomes that.
pub(crate) fn restrict(tree: &mut Value, standard: &Standard, version: VersionIndex) -> Vec<Pointer> {
    restrict_keeping(tree, standard, version, None)
}

/// The same, but members whose names start so stay: what an encoding holds that no table knows.
pub(crate) fn restrict_keeping(
    tree: &mut Value,
    standard: &Standard,
    version: VersionIndex,
    kept: Option<&str>,
) -> Vec<Pointer> {
    let mut fitter = Fitter { standard, version, kept, taken: Vec::new(), at: Pointer::root() };
    fitter.object(tree, standard.root());
    fitter.taken
}

/// What breaks a line (`xs:normalizedString`).
const LINE_BREAKS: [char; 3] = ['\n', '\r', '\t'];

/// Whether it is the name of a member in which an encoding keeps what no table knows.
fn is_reserved(name: &str) -> bool {
    name == protobuf::UNKNOWN_FIELDS || cyclonedx_xml::is_reserved(name)
}

struct Fitter<'a> {
    standard: &'a Standard,
    version: VersionIndex,
    kept: Option<&'a str>,
    taken: Vec<Pointer>,
    at: Pointer,
}

impl Fitter<'_> {
    /// Whether the value can stay.
    fn value(&mut self, value: &mut Value, kind: &Type) -> bool {
        match kind {
            Type::Object(id) => self.object(value, *id),
            Type::Variants(id) => {
                let object = self.standard.variants(*id).and_then(|variants| {
                    let named = value.text_of(variants.by)?;
                    let choice = |(name, _, during): &&(&str, ObjectId, _)| {
                        *name == named && crate::standard::Span::has(*during, self.version)
                    };
                    variants.choices.iter().find(choice).map(|(_, object, _)| *object)
                });
                object.is_none_or(|object| self.object(value, object))
            }
            Type::Enum(id) => self.word(value, *id),
            Type::Array(item) => {
                if let Value::Array(items) = value {
                    let mut at = 0_usize;
                    items.retain_mut(|held| {
                        self.at.push_item(at);
                        at = at.saturating_add(1);
                        let stays = self.value(held, item);
                        if !stays {
                            self.taken.push(self.at.clone());
                        }
                        self.at.pop();
                        stays
                    });
                    return at == 0 || !items.is_empty();
                }
                matches!(kind, Type::Array(_)) && value.as_array().is_some()
            }
            Type::Either(kinds) => match self.standard.choose(kinds, value, self.version) {
                Some(kind) => self.value(value, kind),
                None => false,
            },
            Type::Boolean => matches!(value, Value::Boolean(_)),
            Type::Integer | Type::Number => matches!(value, Value::Number(_)),
            Type::Any => true,
            _ => matches!(value, Value::String(_)),
        }
    }

    /// Text that has no line breaks in this version gets spaces.
    fn text(&mut self, value: &mut Value, field: &Field) -> bool {
        if let (Some(during), Value::String(text)) = (field.one_line, &mut *value)
            && during.has(self.version)
            && text.contains(LINE_BREAKS)
        {
            self.taken.push(self.at.clone());
            *value = Value::text(text.replace(LINE_BREAKS, " "));
        }
        true
    }

    fn word(&mut self, value: &mut Value, id: EnumId) -> bool {
        let Some(list) = self.standard.enumeration(id) else { return true };
        let Some(word) = value.as_str() else { return false };
        if list.value(word, self.version).is_some() {
            return true;
        }
        match list.words.get("fallback") {
            Some(fallback) => {
                self.taken.push(self.at.clone());
                *value = Value::text(fallback);
                true
            }
            None => false,
        }
    }

    fn object(&mut self, value: &mut Value, id: ObjectId) -> bool {
        let Some(object) = self.standard.object(id) else { return true };
        let Value::Object(members) = value else { return false };
        // SPDX 3: one node may stand for the graph; its members are beside the document's own.
        let absent = object.fields_in(self.version).filter(|field| !members.has(field.name));
        let variants = absent.filter_map(|field| field.otherwise).next().and_then(|id| self.standard.variants(id));
        let chosen = variants.and_then(|variants| variants.choice(members.get(variants.by)?.as_str()?, self.version));
        let rest = chosen.and_then(|id| self.standard.object(id));
        members.retain(|name, held| {
            self.at.push_member(name);
            let beside = || rest.and_then(|object| object.field(name, self.version));
            let stays = match object.field(name, self.version).or_else(beside) {
                Some(field) => self.value(held, &field.kind) && self.text(held, field),
                None if self.kept.is_some_and(|start| name.starts_with(start)) => true,
                None => object.open.is_some_and(|during| during.has(self.version)) && !is_reserved(name),
            };
            if !stays {
                self.taken.push(self.at.clone());
            }
            self.at.pop();
            stays
        });
        let missing =
            |field: &Field| field.required.is_some_and(|during| during.has(self.version)) && !members.has(field.name);
        !object.fields_in(self.version).any(missing)
    }
}

impl Standard {
    /// Which of several types a value has, by its kind; of several objects, the one that knows most of its members.
    #[must_use]
    pub(crate) fn choose<'t>(&self, kinds: &'t [Type], value: &Value, version: VersionIndex) -> Option<&'t Type> {
        let fits = |kind: &&Type| match (kind, value) {
            (Type::Any, _) => true,
            // Of several arrays the first item tells.
            (Type::Array(held), Value::Array(items)) => {
                items.first().is_none_or(|item| self.choose(std::slice::from_ref(held), item, version).is_some())
            }
            (Type::Object(_) | Type::Variants(_), Value::Object(_)) => true,
            (Type::Boolean, Value::Boolean(_)) => true,
            (Type::Integer | Type::Number, Value::Number(_)) => true,
            (Type::Array(_) | Type::Object(_) | Type::Variants(_), _) => false,
            (Type::Boolean | Type::Integer | Type::Number, _) => false,
            (_, Value::String(_)) => true,
            _ => false,
        };
        let known = |kind: &&Type| {
            let (Type::Object(id), Value::Object(members)) = (kind, value) else { return 0 };
            let object = self.object(*id);
            members
                .iter()
                .filter(|(name, _)| object.is_some_and(|object| object.field(name, version).is_some()))
                .count()
        };
        // The first of the best: `max_by_key` would give the last.
        kinds.iter().filter(fits).rev().max_by_key(known)
    }
}
