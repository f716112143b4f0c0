//! Facts that travel in a document which has no place for them.

use std::collections::{HashMap, HashSet};
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
const MAX_UNPACKED: u64 = Limits::DEFAULT.member_bytes;

/// Values that carried facts may have whatever their size, and for each byte that they are packed in.
const FREE_VALUES: usize = 1 << 20;
const VALUES_PER_BYTE: usize = 16;

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

    /// The text of the property: JSON, deflated, in base64url. None when it is more than a reader takes.
    fn encode(&self) -> Option<String> {
        let mut members = Members::new();
        let table = self.standard.table();
        members.set_text("standard", table.name());
        members.set_text("version", table.version_name(self.version));
        let names = self.renamed.iter().map(|(now, then)| (now.clone().into(), Value::text(then.as_str())));
        members.set("names", Value::Object(names.collect()));
        members.set("patch", self.patch.clone().unwrap_or_default());
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        json::write(&Value::Object(members), &mut packer).ok()?;
        packer.flush().ok()?;
        let fits = packer.total_in() <= MAX_UNPACKED;
        let packed = packer.finish().ok()?;
        fits.then(|| BASE64URL_NOPAD.encode(&packed))
    }

    fn decode(text: &str) -> Option<Self> {
        let packed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        // One byte more than may be, to tell the limit from what is beyond it.
        DeflateDecoder::new(packed.as_slice()).take(MAX_UNPACKED.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > MAX_UNPACKED {
            return None;
        }
        // A value takes much more memory than the bytes that start it.
        let values = bytes.iter().filter(|byte| b",[{:".contains(byte)).count();
        if values > FREE_VALUES.max(packed.len().saturating_mul(VALUES_PER_BYTE)) {
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
        encoding: Encoding,
        version: VersionIndex,
    ) -> Option<Value> {
        let target = encoding.standard_kind();
        let mut document = document.clone();
        rename(&mut document, &self.renamed);
        if document.ids().len() < document.elements.len() {
            // Two elements of one name would be one.
            return None;
        }
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
        if encoding == Encoding::CycloneDxXml {
            super::refs::make_unique(&mut tree);
        }
        let parsed = Parsed { encoding, version, tree, faults: Vec::new() };
        let restored = map::document(&parsed);
        let agrees = loss::agrees(&document, &restored) && loss::covers(&shown(&restored, carrier), &document);
        agrees.then_some(parsed.tree)
    }
}

/// What a standard shows of a document, its elements named as the document names them.
fn shown(document: &Document, (encoding, version): (Encoding, VersionIndex)) -> Document {
    let standard = encoding.standard_kind();
    let tree = super::tree_of(document, standard, version);
    let mut shown = map::document(&Parsed { encoding, version, tree, faults: Vec::new() });
    rename(&mut shown, &super::renamed(document, standard));
    shown
}

/// What a document carried.
pub(super) enum Taken {
    /// Nothing for this standard.
    Nothing,
    /// Facts.
    Residue(Residue),
    /// Something that is not what was written.
    Unreadable,
}

/// Takes out of a document what it carries for a standard.
pub(super) fn take(document: &mut Document, target: StandardKind) -> Taken {
    let Some(held) = document.properties.iter().find(|property| property.name == RESIDUE) else {
        return Taken::Nothing;
    };
    match Residue::decode(&held.value) {
        Some(residue) if residue.standard == target => {
            document.properties.retain(|property| property.name != RESIDUE);
            Taken::Residue(residue)
        }
        Some(_) => Taken::Nothing,
        None => Taken::Unreadable,
    }
}

/// The document with what it cannot say; none when that is too much.
pub(super) fn with_residue(document: &Document, residue: &Residue) -> Option<Document> {
    let value = residue.encode()?;
    let mut document = document.clone();
    document.properties.push(Property { name: RESIDUE.to_owned(), value });
    Some(document)
}

/// Whether a tree holds what was to be carried; not every version has a place for it.
pub(super) fn holds_residue(tree: &Value) -> bool {
    match tree {
        Value::String(text) => text.contains(RESIDUE),
        // It stands near the end.
        Value::Array(items) => items.iter().rev().any(holds_residue),
        Value::Object(members) => members.iter().rev().any(|(_, held)| holds_residue(held)),
        _ => false,
    }
}

/// The places whose values a tree carries as properties.
pub(super) fn carried_in(tree: &Value, encoding: Encoding, version: VersionIndex) -> HashSet<String> {
    let document = map::document(&Parsed { encoding, version, tree: tree.clone(), faults: Vec::new() });
    let elements = document.elements.iter().flat_map(|element| &element.properties);
    let places = elements.chain(&document.properties).filter_map(|property| property.name.strip_prefix(CARRIED));
    places.map(str::to_owned).collect()
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
