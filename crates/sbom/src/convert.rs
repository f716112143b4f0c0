//! Converts between standards, versions and encodings, and says what was lost.
//!
//! Within a standard the tree is kept and fitted to the version. Between standards it goes through the [`Document`]. What
//! that loses is found by going back: the tree that the result converts back to is compared with the original, so the report
//! is exact by construction, whatever the mappings do. The same difference, written into the result, lets the way back
//! restore everything (`--carry full`). It can only add what the result cannot say: a carried difference that would change a
//! component, edge, hash, purl or licence of the document that carries it is refused.

mod carry;
mod loss;
mod reshape;

use crate::encoding::{Encoding, Parsed};
use crate::map::{self, StandardKind};
use crate::restrict::restrict;
use crate::standard::VersionIndex;
use crate::tree::{Pointer, Value};
use crate::{Document, Loss};

pub use loss::{LossKind, LossReason, LossRow, Losses};

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
    let had = document.elements.iter().map(|element| element.id.clone());
    let renamed: Vec<(String, String)> = map::ids(document, standard).into_iter().zip(had).collect();
    carry::rename(&mut back, &renamed);
    let mut lost = Loss::default();
    loss::missing(document, &back).iter().for_each(|fact| lost.add(fact.kind().word(), 1));
    lost
}

/// To another version or encoding of the same standard.
fn within(parsed: &Parsed, encoding: Encoding, version: VersionIndex) -> Conversion {
    let standard = encoding.standard_kind();
    let mut tree = parsed.tree.clone();
    if version != parsed.version {
        reshape::reshape(&mut tree, standard, version);
    }
    restrict(&mut tree, standard.table(), version);
    let mut written = tree.clone();
    if encoding != parsed.encoding || version != parsed.version {
        // What the encoding itself cannot hold shows when the tree is read back.
        if let Some(read_back) = loss::through(&tree, encoding, version) {
            written = read_back;
        }
    }
    let missing = if written == parsed.tree { Vec::new() } else { missing_within(parsed, encoding, version, &written) };
    let losses = loss::compare(&parsed.tree, &written, &missing);
    Conversion { tree, losses, restored: false, refused: false }
}

/// The facts of the first order that are gone in another version or encoding of the same standard.
fn missing_within(parsed: &Parsed, encoding: Encoding, version: VersionIndex, written: &Value) -> Vec<loss::Fact> {
    let before = map::document(parsed);
    let mut after = map::document(&Parsed { encoding, version, tree: written.clone(), faults: Vec::new() });
    let renamed = loss::renamed(&before, &after);
    carry::rename(&mut after, &renamed);
    loss::missing(&before, &after)
}

fn between(parsed: &Parsed, encoding: Encoding, version: VersionIndex, carry: Carry) -> Conversion {
    let (source, target) = (parsed.encoding.standard_kind(), encoding.standard_kind());
    let mut document = map::document(parsed);
    let carried = carry::take(&mut document, target);
    let plain = tree_of(&document, target, version);
    let written = map::ids(&document, target);
    let had = document.elements.iter().map(|element| element.id.clone());
    let renamed = written.into_iter().zip(had).filter(|(now, then)| now != then).collect();
    let back = way_back(&plain, (encoding, version), &document, parsed, renamed);
    let losses = loss::compare(&parsed.tree, &back.tree, &back.missing);
    let mut tree = match carry {
        Carry::None => plain,
        Carry::Properties => tree_of(&carry::with_properties(&document, &losses, &parsed.tree), target, version),
        Carry::Full => {
            let residue = carry::Residue::new(source, parsed.version, &back.renamed, &back.tree, &parsed.tree);
            tree_of(&carry::with_residue(&document, &residue), target, version)
        }
    };
    let mut losses = losses.carried(carry);
    let (mut restored, mut refused) = (false, false);
    if let Some(residue) = carried {
        match residue.restore(&document, target, version) {
            Some(held) => {
                let back = way_back(&held, (encoding, version), &document, parsed, residue.names_back(&document));
                losses = loss::compare(&parsed.tree, &back.tree, &back.missing).without_carrier(&parsed.tree);
                tree = held;
                restored = true;
            }
            None => refused = true,
        }
    }
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
    let read = Parsed { encoding, version, tree: tree.clone(), faults: Vec::new() };
    let mut document = map::document(&read);
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
