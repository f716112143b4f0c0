//! What a value is, by the table of its standard.

use crate::standard::{Field, Object, Standard, Type, VersionIndex};
use crate::tree::Value;

/// The property whose value names the component that its own lies in.
pub(crate) const CONTAINED_IN: &str = "plimsoll:contained-in";

/// The tables in one version.
#[derive(Clone, Copy)]
pub(crate) struct Schema {
    pub(crate) standard: &'static Standard,
    pub(crate) version: VersionIndex,
}

/// What a text is to other parts of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It names the object that it stands in.
    Name,
    /// It refers to something named.
    Link,
    /// It is a licence expression, which may name licences of the document.
    Expression,
    /// It names a licence of the document.
    LicenseName,
    /// It names another document.
    DocumentName,
}

impl Schema {
    /// The object that a value is.
    pub(crate) fn object(&self, kind: &'static Type, value: &Value) -> Option<&'static Object> {
        match kind {
            Type::Object(id) => self.standard.object(*id),
            Type::Variants(id) => {
                let variants = self.standard.variants(*id)?;
                self.standard.object(variants.choice(value.text_of(variants.by)?, self.version)?)
            }
            Type::Either(kinds) => self.object(self.standard.choose(kinds, value, self.version)?, value),
            _ => None,
        }
    }

    /// What the items of an array are.
    pub(crate) fn item(&self, kind: &'static Type, value: &Value) -> Option<&'static Type> {
        match kind {
            Type::Array(item) => Some(item),
            Type::Either(kinds) => self.item(self.standard.choose(kinds, value, self.version)?, value),
            _ => None,
        }
    }

    /// The field of an object.
    pub(crate) fn field(&self, object: &'static Object, name: &str) -> Option<&'static Field> {
        object.field(name, self.version)
    }

    /// What a text of a field is.
    fn role(&self, kind: &'static Type, field: Option<&'static Field>, value: &Value) -> Option<Role> {
        let kind = match kind {
            Type::Either(kinds) => self.standard.choose(kinds, value, self.version)?,
            other => other,
        };
        let words = field.map(|field| &field.words);
        let word = |name: &str| words.and_then(|words| words.get(name));
        match kind {
            Type::Ref => Some(Role::Name),
            Type::Link => Some(Role::Link),
            _ if word("id").is_some() => Some(Role::Name),
            _ if word("link").is_some() => Some(Role::Link),
            _ if matches!(word("license"), Some("expression" | "item")) => Some(Role::Expression),
            _ if word("names") == Some("license") => Some(Role::LicenseName),
            _ if word("names") == Some("document") => Some(Role::DocumentName),
            _ => None,
        }
    }

    /// Visits every text that names something or refers to it, with its role.
    pub(crate) fn visit(&self, tree: &mut Value, kind: &'static Type, visit: &mut dyn FnMut(Role, &mut Value)) {
        self.value(tree, kind, None, visit);
    }

    fn value(
        &self,
        value: &mut Value,
        kind: &'static Type,
        field: Option<&'static Field>,
        visit: &mut dyn FnMut(Role, &mut Value),
    ) {
        let object = self.object(kind, value);
        let item = self.item(kind, value);
        match value {
            Value::String(_) => {
                if let Some(role) = self.role(kind, field, value) {
                    visit(role, value);
                }
            }
            Value::Array(items) => {
                if let Some(item) = item {
                    items.iter_mut().for_each(|held| self.value(held, item, field, visit));
                }
            }
            Value::Object(members) => {
                let Some(object) = object else { return };
                // Names first: what an object holds may refer to it.
                let container = object.name == "property" && is_container(members.get("name"));
                for (name, held) in members.iter_mut() {
                    if container && name == "value" && held.as_str().is_some() {
                        visit(Role::Link, held);
                    } else if let Some(field) = self.field(object, name) {
                        self.value(held, &field.kind, Some(field), visit);
                    }
                }
            }
            _ => {}
        }
    }

    /// The name that an object has, if its kind has one.
    pub(crate) fn name_member(&self, object: &'static Object) -> Option<&'static str> {
        let named = |field: &&Field| field.kind == Type::Ref || field.words.has("id") || is_other_name(field);
        object.fields_in(self.version).find(named).map(|field| field.name)
    }
}

fn is_other_name(field: &Field) -> bool {
    matches!(field.words.get("names"), Some("license" | "document"))
}

fn is_container(name: Option<&Value>) -> bool {
    name.and_then(Value::as_str) == Some(CONTAINED_IN)
}
