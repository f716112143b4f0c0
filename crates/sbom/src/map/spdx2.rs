//! SPDX 2.2 and 2.3. <https://spdx.github.io/spdx-spec/v2.3/>
//!
//! What SPDX has a field for goes there, in the way that its readers expect; what it has none for goes into annotations
//! of our own (`notes.rs`), so that it comes back. What surprises:
//!
//! - `NOASSERTION` says that nothing is said, and 2.2 and 2.3 demand fields that a document may not know. Read, it is a
//!   declared unknown; a document that left such a field out has it declared unknown after a round trip.
//! - Ids may hold little, so the ids of other standards are digested into `SPDXRef-KIND-name-digest`. A digest that fits the
//!   purl gives the id back.
//! - SPDX knows packages and files. Services, files without digests and snippets without a file are packages that say so.
//! - `filesAnalyzed` is always false: a document does not hold the verification code that true demands. Licences found in
//!   the files of a package are annotations therefore.
//! - Names have no group. It is joined to the name as the ecosystem does it, and taken off again where the purl has it.
//! - An ordered document has packages, then files, then snippets; annotations are with what they are about.

mod agents;
mod dates;
mod elements;
mod files;
mod licenses;
mod notes;
mod read;
mod references;
mod relationships;
mod words;
mod write;

#[cfg(test)]
mod tests;

use plimsoll_model::Purl;

use crate::Document;
use crate::standard::VersionIndex;
use crate::tree::{Pointer, Value};

/// The property that holds the range of a snippet in its file: `offset 310 420` or `line 5 23`.
const RANGE: &str = "spdx:snippet-range";

/// What an SPDX 2 tree says.
#[must_use]
pub fn read(tree: &Value) -> Document {
    read::read(tree)
}

/// Where the elements stand, in the order in which they are read.
pub(super) fn places(tree: &Value) -> Vec<(&Value, Pointer)> {
    read::places(tree)
}

/// The SPDX ids of the elements, in their order.
pub(super) fn ids(document: &Document) -> Vec<String> {
    words::ids(document)
}

/// A document as an SPDX 2 tree of a version.
#[must_use]
pub fn write(document: &Document, version: VersionIndex) -> Value {
    write::write(document, version)
}

/// The id that scans give a file of this path.
fn file_key(path: &str) -> String {
    format!("path:{path}")
}

/// Group and name of a whole name, where the type of the purl has groups and the purl agrees.
fn group(whole: &str, purl: Option<&str>) -> Option<(String, String)> {
    let purl = Purl::parse(purl?).ok()?;
    let mark = match purl.kind() {
        "maven" => ':',
        "npm" | "composer" => '/',
        _ => return None,
    };
    let (group, name) = (purl.namespace()?, purl.name());
    let rest = whole.strip_prefix(group)?.strip_prefix(mark)?;
    (rest == name).then(|| (group.to_owned(), name.to_owned()))
}

/// Group and name as one name: `group:name` for Maven, else `group/name`.
fn joined(group: &str, name: &str, purl: Option<&str>) -> String {
    let maven = purl.is_some_and(|purl| purl.starts_with("pkg:maven/"));
    format!("{group}{}{name}", if maven { ':' } else { '/' })
}
