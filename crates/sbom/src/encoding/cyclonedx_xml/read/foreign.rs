//! What the schema lets others add: elements and attributes of other namespaces, such as an XML signature.
//!
//! They are kept as they are written, in members whose names no standard has, so that XML read and written again still
//! has them. Other encodings have no place for them.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

use super::super::nodes::{Attribute, Space, is_name};
use super::super::table::Foreign;
use super::super::{NAMESPACE, SCHEMA_INSTANCE};
use super::Reader;
use super::text::quoted;
use crate::encoding::ReadError;
use crate::fault::FaultKind;
use crate::tree::{Members, Name, Value};

impl<'a> Reader<'a> {
    /// An element that is not of the document's namespace; reads to its end.
    pub(super) fn other_element(
        &mut self,
        key: Name,
        allowed: Foreign,
        tag: &BytesStart<'a>,
        at: usize,
        other: &mut Members,
    ) -> Result<(), ReadError> {
        let name = quoted(tag.local_name().into_inner());
        let (is_other, is_version) = match self.nodes.space(tag.name()) {
            Space::Of(space) => (true, space.starts_with(NAMESPACE)),
            Space::None | Space::Undeclared => (false, false),
        };
        if !is_other || !allowed.elements {
            self.fault(FaultKind::Unknown, at, format!("{name} is not of the namespace {}", self.namespace));
            return self.nodes.skip();
        }
        if is_version {
            // The schema takes it for a stranger's; whoever wrote it may have meant a part of the document.
            self.report(FaultKind::Unknown, at, format!("{name} is of another version, and is not read"), true);
        }
        let declared = self.declarations(tag);
        // Attributes of the element itself.
        self.nodes.attributes(tag, at)?;
        self.nodes.skip()?;
        let raw = self.nodes.slice(at, self.nodes.offset());
        let used = |prefix: &str| {
            prefix.is_empty()
                || raw.match_indices(prefix).any(|(start, _)| {
                    raw.get(start.saturating_add(prefix.len())..).is_some_and(|rest| rest.starts_with(':'))
                })
        };
        let name_end = 1_usize.saturating_add(tag.name().into_inner().len());
        let mut text = String::from(raw.get(..name_end).unwrap_or_default());
        for (prefix, space) in declared.iter().filter(|(prefix, _)| used(prefix)) {
            let colon = if prefix.is_empty() { "" } else { ":" };
            text.push_str(&format!(" xmlns{colon}{prefix}=\"{space}\""));
        }
        text.push_str(raw.get(name_end..).unwrap_or_default());
        self.spend(text.len(), at)?;
        match other.get_mut(&key).and_then(Value::as_array_mut) {
            Some(items) => items.push(Value::text(text)),
            None => other.push(key, Value::Array(vec![Value::text(text)])),
        }
        Ok(())
    }

    /// The namespaces that an element has from around it, with their values as they are written.
    fn declarations(&self, tag: &BytesStart<'_>) -> Vec<(String, String)> {
        let own: Vec<String> = tag
            .attributes()
            .with_checks(false)
            .filter_map(Result::ok)
            .filter(|attribute| attribute.key.as_namespace_binding().is_some())
            .map(|attribute| attribute.key.into_inner().trim_start_matches("xmlns").trim_start_matches(':').to_owned())
            .collect();
        // Without a declaration, names that have no prefix are of no namespace.
        let mut found = vec![(String::new(), String::new())];
        for (prefix, space) in self.nodes.bindings() {
            found.retain(|(name, _)| name != prefix);
            found.push((prefix.to_owned(), space.to_owned()));
        }
        // What is written around it has the document's own namespace without a prefix.
        let is_document = |prefix: &str, space: &str| prefix.is_empty() && space == self.namespace;
        found.retain(|(prefix, space)| !own.contains(prefix) && !is_document(prefix, space));
        found
    }

    /// An attribute that the table does not name.
    pub(super) fn other_attribute(
        &mut self,
        key: Name,
        allowed: Foreign,
        attribute: Attribute<'_>,
        at: usize,
        other: &mut Members,
    ) -> Result<(), ReadError> {
        let local = attribute.name.local_name().into_inner();
        let name = match self.nodes.attribute_space(attribute.name) {
            // A hint for validators about where schemas are.
            Space::Of(SCHEMA_INSTANCE) if matches!(local, "schemaLocation" | "noNamespaceSchemaLocation") => {
                return Ok(());
            }
            _ if !is_name(local) => None,
            Space::Of(SCHEMA_INSTANCE) => None,
            Space::Of(space) if allowed.attributes => Some(Cow::Owned(format!("{{{space}}}{local}"))),
            Space::None if allowed.any_attribute => Some(Cow::Borrowed(local)),
            _ => None,
        };
        let Some(name) = name else {
            self.unknown_attribute(&attribute, at);
            return Ok(());
        };
        self.spend(name.len().saturating_add(attribute.value.len()), at)?;
        if !other.has(&key) {
            other.push(key.clone(), Value::Object(Members::new()));
        }
        if let Some(members) = other.get_mut(&key).and_then(Value::as_object_mut) {
            members.set(name.into_owned(), Value::text(attribute.value));
        }
        Ok(())
    }

    /// An attribute that must not be there, unless it is about schemas.
    pub(super) fn unknown_attribute(&mut self, attribute: &Attribute<'_>, at: usize) {
        let local = attribute.name.local_name().into_inner();
        let hint = self.nodes.attribute_space(attribute.name) == Space::Of(SCHEMA_INSTANCE)
            && matches!(local, "schemaLocation" | "noNamespaceSchemaLocation");
        if !hint {
            let name = quoted(attribute.name.into_inner());
            self.fault(FaultKind::Unknown, at, format!("{name} is no attribute here"));
        }
    }

    fn spend(&mut self, bytes: usize, at: usize) -> Result<(), ReadError> {
        match self.keep.checked_sub(bytes) {
            Some(left) => {
                self.keep = left;
                Ok(())
            }
            None => Err(self.nodes.limit(at, "more of other namespaces than is kept")),
        }
    }
}
