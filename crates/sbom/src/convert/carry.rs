//! Facts that travel in a document which has no place for them.

use std::collections::HashMap;
use std::io::{Read, Write};

use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use plimsoll_model::Limits;

use super::loss::{self, LossKind, Losses};
use crate::Document;
use crate::document::{Element, ElementIndex, Property};
use crate::encoding::{Encoding, Parsed};
use crate::json;
use crate::map::{self, StandardKind};
use crate::patch;
use crate::restrict::restrict;
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Members, Value};

/// The property of a document that holds what it carries.
pub(super) const RESIDUE: &str = "plimsoll:residue:v1";

/// How the properties of single carried values start; the pointer within the element follows.
const CARRIED: &str = "plimsoll:carried:";

/// Bytes that carried facts may unpack to.
const MAX_UNPACKED: u64 = 1 << 30;

/// The difference between what a document converts back to and what it was.
pub(super) struct Residue {
    standard: StandardKind,
    version: VersionIndex,
    /// Names that elements got, and had.
    renamed: Vec<(String, String)>,
    patch: Option<Value>,
}

impl Residue {
    pub(super) fn new(
        standard: StandardKind,
        version: VersionIndex,
        renamed: &[(String, String)],
        back: &Value,
        original: &Value,
    ) -> Self {
        Self { standard, version, renamed: renamed.to_vec(), patch: patch::between(back, original) }
    }

    /// The text of the property: JSON, deflated, in base64url.
    fn encode(&self) -> String {
        let mut members = Members::new();
        let table = self.standard.table();
        members.set_text("standard", table.name());
        members.set_text("version", table.version_name(self.version));
        let names = self.renamed.iter().map(|(now, then)| (now.clone().into(), Value::text(then.as_str())));
        members.set("names", Value::Object(names.collect()));
        members.set("patch", self.patch.clone().unwrap_or_default());
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail.
        let _ = json::write(&Value::Object(members), &mut packer);
        let _ = packer.flush();
        BASE64URL_NOPAD.encode(&packer.finish().unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        let packed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        // One byte more than may be, to tell the limit from what is beyond it.
        DeflateDecoder::new(packed.as_slice()).take(MAX_UNPACKED.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > MAX_UNPACKED {
            return None;
        }
        let text = json::lexer::text(&bytes).ok()?;
        let tree = json::tree(&text, Standard::cyclonedx(), &Limits::DEFAULT, &mut Vec::new()).ok()?;
        let standard = [StandardKind::CycloneDx, StandardKind::Spdx2, StandardKind::Spdx3]
            .into_iter()
            .find(|standard| Some(standard.table().name()) == tree.text_of("standard"))?;
        let version = standard.table().version(tree.text_of("version")?)?;
        let names = tree.get("names")?.as_object()?;
        let renamed =
            names.iter().filter_map(|(now, then)| Some((now.to_owned(), then.as_str()?.to_owned()))).collect();
        let patch = tree.get("patch").filter(|patch| patch.as_array().is_some()).cloned();
        Some(Self { standard, version, renamed, patch })
    }

    /// The names that restoring gives to elements of the document, and those they have in it.
    pub(super) fn names_back(&self, document: &Document) -> Vec<(String, String)> {
        let ids = document.ids();
        let named = self.renamed.iter().filter(|(now, _)| ids.contains_key(now.as_str()));
        named.map(|(now, then)| (then.clone(), now.clone())).collect()
    }

    /// The tree of the document with what it carries; `None` when that contradicts the document.
    ///
    /// It contradicts it when a fact of the first order that the document shows is gone, and when one appears that the
    /// document does not show though its own standard (`carrier`) could: that would be a component in hiding.
    pub(super) fn restore(
        &self,
        document: &Document,
        carrier: (Encoding, VersionIndex),
        target: StandardKind,
        version: VersionIndex,
    ) -> Option<Value> {
        let mut document = document.clone();
        rename(&mut document, &self.renamed);
        let mut tree = map::tree(&document, target, self.version);
        restrict(&mut tree, target.table(), self.version);
        if let Some(patch) = &self.patch {
            // What no longer fits belongs to what was edited away.
            patch::apply(&mut tree, patch);
        }
        if version != self.version {
            super::reshape::reshape(&mut tree, target, version);
            restrict(&mut tree, target.table(), version);
        }
        let encoding = match target {
            StandardKind::CycloneDx => Encoding::CycloneDxJson,
            StandardKind::Spdx2 => Encoding::SpdxJson,
            StandardKind::Spdx3 => Encoding::Spdx3Json,
        };
        let parsed = Parsed { encoding, version, tree, faults: Vec::new() };
        let restored = map::document(&parsed);
        let agree = loss::covers(&document, &restored) && loss::covers(&shown(&restored, carrier), &document);
        agree.then_some(parsed.tree)
    }
}

/// What a standard shows of a document, its elements named as the document names them.
fn shown(document: &Document, (encoding, version): (Encoding, VersionIndex)) -> Document {
    let standard = encoding.standard_kind();
    let tree = super::tree_of(document, standard, version);
    let had = document.elements.iter().map(|element| element.id.clone());
    let renamed: Vec<(String, String)> = map::ids(document, standard).into_iter().zip(had).collect();
    let mut shown = map::document(&Parsed { encoding, version, tree, faults: Vec::new() });
    rename(&mut shown, &renamed);
    shown
}

/// Takes out of a document what it carries for a standard.
pub(super) fn take(document: &mut Document, target: StandardKind) -> Option<Residue> {
    let held = document.properties.iter().find(|property| property.name == RESIDUE)?;
    let residue = Residue::decode(&held.value).filter(|residue| residue.standard == target)?;
    document.properties.retain(|property| property.name != RESIDUE);
    Some(residue)
}

/// The document with what it cannot say.
pub(super) fn with_residue(document: &Document, residue: &Residue) -> Document {
    let mut document = document.clone();
    document.properties.push(Property { name: RESIDUE.to_owned(), value: residue.encode() });
    document
}

/// The document with each lost value as a property of its element, or of itself.
pub(super) fn with_properties(document: &Document, losses: &Losses, tree: &Value) -> Document {
    let mut document = document.clone();
    let places: HashMap<String, ElementIndex> =
        document.ids().into_iter().map(|(id, at)| (id.to_owned(), at)).collect();
    for row in losses.rows().iter().filter(|row| row.kind == LossKind::Detail) {
        let value = match tree.at(&row.pointer) {
            Some(Value::String(text)) => text.to_string(),
            Some(Value::Number(text)) => text.to_string(),
            Some(Value::Boolean(value)) => value.to_string(),
            _ => continue,
        };
        let property = Property { name: format!("{CARRIED}{}", row.pointer), value };
        let at = row.element.as_ref().and_then(|element| places.get(element));
        match at.and_then(|at| document.elements.get_mut(at.get())) {
            Some(Element { properties, .. }) => properties.push(property),
            None => document.properties.push(property),
        }
    }
    document
}

/// Gives elements other names, wherever they are named.
pub(super) fn rename(document: &mut Document, renamed: &[(String, String)]) {
    let names: HashMap<&str, &str> = renamed.iter().map(|(now, then)| (now.as_str(), then.as_str())).collect();
    for element in &mut document.elements {
        if let Some(name) = names.get(element.id.as_str()) {
            element.id = (*name).to_owned();
            // Names that the first reader made up were never in the document.
            element.unnamed = element.id.starts_with('#');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::{Carry, convert};
    use crate::open;

    const BOM: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component":
        {"type": "application", "bom-ref": "app", "name": "app", "version": "1"}}, "components": [{"type": "library",
        "bom-ref": "rope", "name": "rope", "version": "2", "hashes": [{"alg": "MD5", "content": "0123456789abcdef0123456789abcdef"}],
        "purl": "pkg:npm/rope@2", "pedigree": {"notes": "patched"}}], "dependencies": [{"ref": "app", "dependsOn": ["rope"]}]}"#;

    fn parsed(text: &str) -> Parsed {
        open(text.as_bytes(), &Limits::DEFAULT).unwrap()
    }

    /// What comes back of the document when somebody changes what it carries.
    fn forged(original: &str, pretended: &str) -> (bool, bool, Value) {
        let (original, pretended) = (parsed(original), parsed(pretended));
        let spdx = (Encoding::SpdxJson, StandardKind::Spdx2.table().latest());
        let document = map::document(&original);
        let plain = super::super::tree_of(&document, StandardKind::Spdx2, spdx.1);
        let names: Vec<(String, String)> = map::ids(&document, StandardKind::Spdx2)
            .into_iter()
            .zip(document.elements.iter().map(|e| e.id.clone()))
            .collect();
        let mut shown = map::document(&Parsed { encoding: spdx.0, version: spdx.1, tree: plain, faults: Vec::new() });
        rename(&mut shown, &names);
        let mut back = map::tree(&shown, StandardKind::CycloneDx, original.version);
        restrict(&mut back, StandardKind::CycloneDx.table(), original.version);
        let residue = Residue::new(StandardKind::CycloneDx, original.version, &names, &back, &pretended.tree);
        let tree = super::super::tree_of(&with_residue(&document, &residue), StandardKind::Spdx2, spdx.1);
        let held = Parsed { encoding: spdx.0, version: spdx.1, tree, faults: Vec::new() };
        let back = convert(&held, original.encoding, original.version, Carry::None);
        (back.restored, back.refused, back.tree)
    }

    #[test]
    fn what_is_honest_is_restored() {
        let (restored, refused, tree) = forged(BOM, BOM);
        assert!(restored && !refused);
        assert_eq!(tree, parsed(BOM).tree);
        assert!(forged(BOM, &BOM.replace("patched", "patched twice")).0);
    }

    #[test]
    fn what_contradicts_the_document_is_refused() {
        for (from, to) in [
            ("0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"),
            ("pkg:npm/rope@2", "pkg:npm/other@2"),
            (r#""version": "2""#, r#""version": "3""#),
            (r#""dependsOn": ["rope"]"#, r#""dependsOn": []"#),
            (r#""purl": "pkg:npm/rope@2", "#, ""),
        ] {
            let (restored, refused, tree) = forged(BOM, &BOM.replace(from, to));
            assert!(!restored && refused, "{from} to {to}: {tree:?}");
        }
    }

    #[test]
    fn what_the_document_could_show_and_does_not_is_refused() {
        for (from, to) in [
            (r#""components": ["#, r#""components": [{"type": "library", "bom-ref": "x", "name": "stowaway"}, "#),
            (r#""pedigree""#, r#""licenses": [{"license": {"id": "MIT"}}], "pedigree""#),
            (
                r#""hashes": ["#,
                r#""hashes": [{"alg": "SHA-1", "content": "0123456789abcdef0123456789abcdef01234567"}, "#,
            ),
            (r#""dependencies": ["#, r#""dependencies": [{"ref": "rope", "dependsOn": ["app"]}, "#),
        ] {
            let (restored, refused, tree) = forged(BOM, &BOM.replace(from, to));
            assert!(!restored && refused, "{from} to {to}: {tree:?}");
        }
    }
}
