//! What the custom sections tell.

use std::collections::BTreeSet;

use plimsoll_extract::prelude::*;

use crate::cursor::Cursor;

/// How everything here is seen.
pub(super) const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

/// Most values of the producers section.
const MAX_PRODUCERS: u64 = 1000;
/// Most bytes of a text that is kept.
const MAX_TEXT: usize = 4096;

/// What one module or component says about itself.
#[derive(Default)]
pub(super) struct Told {
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    authors: Option<String>,
    licenses: Option<String>,
    homepage: Option<String>,
    source: Option<String>,
    revision: Option<String>,
    /// `language=Rust`, `processed-by=rustc 1.79.0`
    producers: Vec<(String, String)>,
    pub(super) imports: BTreeSet<String>,
}

impl Told {
    /// Takes in a custom section.
    pub(super) fn section(&mut self, name: &str, content: &[u8]) {
        match name {
            "name" | "component-name" => self.name = self.name.take().or_else(|| own_name(content)),
            "producers" => drop(producers(content, &mut self.producers)),
            "version" => self.version = plain(content),
            "description" => self.description = plain(content),
            "authors" => self.authors = plain(content),
            "licenses" => self.licenses = plain(content),
            "homepage" => self.homepage = plain(content),
            "source" => self.source = plain(content),
            "revision" => self.revision = plain(content),
            _ => {}
        }
    }

    fn is_told(&self) -> bool {
        self.name.is_some() || self.version.is_some() || !self.producers.is_empty()
    }

    /// The component; the file's own name serves when it has none. `None` for an inner module without a name: part of
    /// the component around it.
    pub(super) fn component(&self, file: &File<'_>, depth: u32) -> Option<Component> {
        if depth > 0 && (self.name.is_none() || self.version.is_none()) || depth == 0 && !self.is_told() {
            return None;
        }
        let stem = String::from_utf8_lossy(file.path().name());
        let name = self.name.as_deref().unwrap_or_else(|| stem.strip_suffix(".wasm").unwrap_or(&stem));
        let kind = if depth == 0 { ComponentKind::Application } else { ComponentKind::Library };
        let mut component = Component::new(kind, name);
        component.version = self.version.as_deref().map(Into::into);
        component.location = Some(file.path().clone());
        self.complete(&mut component);
        Some(component)
    }

    /// Adds what is told to the component of the module.
    pub(super) fn complete(&self, component: &mut Component) {
        let text = |text: &Option<String>| text.as_deref().map(Into::into);
        component.description = component.description.take().or_else(|| text(&self.description));
        component.author = component.author.take().or_else(|| text(&self.authors));
        component.licenses.extend(self.licenses.as_deref().and_then(License::declared));
        for (kind, url) in [(ReferenceKind::Website, &self.homepage), (ReferenceKind::Vcs, &self.source)] {
            let url = url.as_deref().filter(|url| url.contains("://"));
            component.references.extend(url.map(|url| ExternalReference { kind, url: url.into(), hashes: Vec::new() }));
        }
        component
            .properties
            .extend(self.revision.as_deref().map(|value| ("plimsoll:wasm:revision".into(), value.into())));
        for (field, value) in &self.producers {
            component.properties.push((format!("plimsoll:wasm:{field}").into(), value.as_str().into()));
        }
        for import in &self.imports {
            component.properties.push(("plimsoll:wasm:import".into(), import.as_str().into()));
        }
    }
}

/// The first subsection of a name section: id 0, length, the name.
fn own_name(content: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(content);
    while !cursor.is_empty() {
        let id = cursor.u8()?;
        let subsection = cursor.sized()?;
        if id == 0 {
            return plain(Cursor::new(subsection).sized()?);
        }
    }
    None
}

/// Fields (`language`, `processed-by`, `sdk`), each with values of name and version.
fn producers(content: &[u8], into: &mut Vec<(String, String)>) -> Option<()> {
    let mut cursor = Cursor::new(content);
    for _ in 0..cursor.leb128()?.min(MAX_PRODUCERS) {
        let field = plain(cursor.sized()?)?;
        for _ in 0..cursor.leb128()?.min(MAX_PRODUCERS) {
            let name = plain(cursor.sized()?)?;
            let version = plain(cursor.sized()?).unwrap_or_default();
            if matches!(field.as_str(), "language" | "processed-by" | "sdk") {
                into.push((field.clone(), format!("{name} {version}").trim_end().to_owned()));
            }
        }
    }
    Some(())
}

/// Text; `None` when it is empty, binary or too long.
fn plain(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_TEXT)?.trim();
    (!text.is_empty() && !text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producers_are_fields_of_names_and_versions() {
        let mut found = Vec::new();
        producers(b"\x02\x08language\x01\x04Rust\0\x0cprocessed-by\x01\x05rustc\x061.79.0", &mut found).unwrap();
        assert_eq!(found, [("language".into(), "Rust".into()), ("processed-by".into(), "rustc 1.79.0".into())]);
        assert!(producers(b"\x02\x08lang", &mut found).is_none());
    }
}
