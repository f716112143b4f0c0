//! Converts between standards, versions and encodings, and says what was lost.
//!
//! Within a standard the tree is kept and fitted to the version. Between standards it goes through the [`Document`]. What
//! that loses is found by going back: the tree that the result converts back to is compared with the original, so the report
//! is exact by construction, whatever the mappings do. The same difference, written into the result, lets the way back
//! restore everything (`--carry full`). It can only add what the result cannot say: a carried difference that would change a
//! component, edge, hash, purl or licence of the document that carries it is refused.

mod carry;
mod lift;
mod loss;
mod pairs;
mod refs;
mod reshape;

use std::collections::HashMap;

use crate::encoding::{Encoding, Parsed, cyclonedx_xml, protobuf};
use crate::map::{self, StandardKind};
use crate::restrict::{restrict, restrict_keeping};
use crate::standard::VersionIndex;
use crate::tree::{Pointer, Value};
use crate::{Document, Loss};

pub use loss::{LossKind, LossReason, LossRow, Losses};
pub(crate) use reshape::expressions_by_name;

/// What to do with facts that the target has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Carry {
    /// Leave them out, and report them.
    #[default]
    None,
    /// Write single values as properties or annotations of their element, for people to read.
    Properties,
    /// Write all of them in one piece that converts back without loss.
    Full,
}

/// A converted document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Conversion {
    /// The tree, for the target's writer.
    pub tree: Value,
    /// What was lost on the way.
    pub losses: Losses,
    /// Facts that an earlier conversion had carried were put back.
    pub restored: bool,
    /// Carried facts were not put back: they contradict the document.
    pub refused: bool,
}

/// Converts a document. The result follows the tables of the target's version.
#[must_use]
pub fn convert(parsed: &Parsed, encoding: Encoding, version: VersionIndex, carry: Carry) -> Conversion {
    if parsed.encoding.standard_kind() == encoding.standard_kind() {
        within(parsed, encoding, version)
    } else {
        between(parsed, encoding, version, carry)
    }
}

/// Writes a document that was not read from anywhere.
#[must_use]
pub fn tree_of(document: &Document, standard: StandardKind, version: VersionIndex) -> Value {
    let mut tree = map::tree(document, standard, version);
    restrict(&mut tree, standard.table(), version);
    tree
}

/// How much of the first order a document loses in a format.
#[must_use]
pub fn loss_of(document: &Document, encoding: Encoding, version: VersionIndex) -> Loss {
    let standard = encoding.standard_kind();
    let tree = tree_of(document, standard, version);
    let tree = loss::through(&tree, encoding, version).unwrap_or(tree);
    let mut back = map::document(&Parsed { encoding, version, tree, faults: Vec::new() });
    carry::rename(&mut back, &renamed(document, standard));
    let mut lost = Loss::default();
    loss::missing(document, &back).iter().for_each(|fact| lost.add(fact.kind().word(), 1));
    lost
}

/// The names that elements get in a standard, and have, where these differ.
fn renamed(document: &Document, standard: StandardKind) -> Vec<(String, String)> {
    let had = document.elements.iter().map(|element| element.id.clone());
    map::ids(document, standard).into_iter().zip(had).filter(|(now, then)| now != then).collect()
}

/// The start of the names of members that both encodings keep and no table knows.
fn kept(from: Encoding, to: Encoding) -> Option<&'static str> {
    match (from, to) {
        (Encoding::CycloneDxXml, Encoding::CycloneDxXml) => Some(cyclonedx_xml::OTHER),
        (from, to) if from.is_protobuf() && to.is_protobuf() => Some(protobuf::UNKNOWN_FIELDS),
        _ => None,
    }
}

/// To another version or encoding of the same standard.
fn within(parsed: &Parsed, encoding: Encoding, version: VersionIndex) -> Conversion {
    let standard = encoding.standard_kind();
    let mut tree = parsed.tree.clone();
    if version != parsed.version {
        reshape::reshape(&mut tree, standard, version);
    }
    restrict_keeping(&mut tree, standard.table(), version, kept(parsed.encoding, encoding));
    if encoding == Encoding::CycloneDxXml {
        refs::make_unique(&mut tree);
    }
    if encoding == parsed.encoding && tree == parsed.tree {
        return Conversion { tree, losses: Losses::default(), restored: false, refused: false };
    }
    // What the encoding itself cannot hold shows when the tree is read back.
    let mut written = match loss::through(&tree, encoding, version) {
        Some(read_back) => read_back,
        None => tree.clone(),
    };
    let document = map::document(parsed);
    let read = Parsed { encoding, version, tree: written, faults: Vec::new() };
    let mut after = map::document(&read);
    written = read.tree;
    loss::align(&document, &mut after);
    let names = loss::renamed(&document, &after);
    carry::rename(&mut after, &names);
    let missing = loss::missing(&document, &after);
    lift::lift(&mut written, &parsed.tree, standard);
    let mut losses = loss::compare(&parsed.tree, &written);
    losses.add_facts(missing, &places(&document, parsed));
    Conversion { tree, losses, restored: false, refused: false }
}

/// Where the elements stand in the source, by their names.
fn places(document: &Document, parsed: &Parsed) -> HashMap<String, Pointer> {
    let pointers = map::pointers(&parsed.tree, parsed.encoding.standard_kind());
    let mut places = HashMap::with_capacity(pointers.len());
    for (element, pointer) in document.elements.iter().zip(pointers) {
        places.entry(element.id.clone()).or_insert(pointer);
    }
    places
}

fn between(parsed: &Parsed, encoding: Encoding, version: VersionIndex, carry: Carry) -> Conversion {
    let (source, target) = (parsed.encoding.standard_kind(), encoding.standard_kind());
    let mut document = map::document(parsed);
    let places = places(&document, parsed);
    let carried = carry::take(&mut document, target);
    let (mut restored, mut refused) = (false, matches!(carried, carry::Taken::Unreadable));
    if let carry::Taken::Residue(residue) = carried {
        match residue.restore(&document, (parsed.encoding, parsed.version), encoding, version) {
            Some(tree) => {
                restored = true;
                let back = way_back(&tree, (encoding, version), &document, parsed, residue.names_back(&document));
                let mut losses = loss::compare(&parsed.tree, &back.tree).without_carrier(&parsed.tree);
                losses.add_facts(back.missing, &places);
                return Conversion { tree, losses, restored, refused };
            }
            None => refused = true,
        }
    }
    let plain = tree_of(&document, target, version);
    let back = way_back(&plain, (encoding, version), &document, parsed, renamed(&document, target));
    let mut losses = loss::compare(&parsed.tree, &back.tree);
    losses.add_names(&back.renamed, &places, source);
    losses.add_facts(back.missing, &places);
    let tree = match carry {
        Carry::None => plain,
        Carry::Properties => {
            let tree = tree_of(&carry::with_properties(&document, &losses, &parsed.tree), target, version);
            losses.mark_properties(&carry::carried_in(&tree, encoding, version));
            tree
        }
        Carry::Full => {
            let residue = carry::Residue::new(source, parsed.version, &back.renamed, &back.tree, &parsed.tree);
            match carry::with_residue(&document, &residue).map(|document| tree_of(&document, target, version)) {
                // Not every version has a place for it.
                Some(tree) if carry::holds_residue(&tree) => {
                    losses.mark_all();
                    tree
                }
                _ => plain,
            }
        }
    };
    Conversion { tree, losses, restored, refused }
}

/// What a converted tree converts back to.
struct WayBack {
    /// The tree, in the source's standard and version, its elements named as they were.
    tree: Value,
    /// Names that elements got, and had.
    renamed: Vec<(String, String)>,
    /// The facts of the first order that are gone.
    missing: Vec<loss::Fact>,
}

fn way_back(
    tree: &Value,
    (encoding, version): (Encoding, VersionIndex),
    from: &Document,
    parsed: &Parsed,
    renamed: Vec<(String, String)>,
) -> WayBack {
    let source = parsed.encoding.standard_kind();
    let tree = loss::through(tree, encoding, version).unwrap_or_else(|| tree.clone());
    let read = Parsed { encoding, version, tree, faults: Vec::new() };
    let mut document = map::document(&read);
    drop(read);
    carry::rename(&mut document, &renamed);
    let missing = loss::missing(from, &document);
    let mut back = map::tree(&document, source, parsed.version);
    restrict(&mut back, source.table(), parsed.version);
    WayBack { tree: back, renamed, missing }
}

/// The pointers of all leaves under a value; an empty object or array is a leaf.
fn leaves(value: &Value, at: &mut Pointer, out: &mut Vec<Pointer>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, held) in members.iter() {
                at.push_member(name);
                leaves(held, at, out);
                at.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, held) in items.iter().enumerate() {
                at.push_item(place);
                leaves(held, at, out);
                at.pop();
            }
        }
        _ => out.push(at.clone()),
    }
}
