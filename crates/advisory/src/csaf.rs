//! CSAF 2.0 and 2.1, the Common Security Advisory Framework of OASIS.
//! <https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html>
//!
//! A document has a tree of products and, for each vulnerability, the products in each state. What surprises: a product
//! is often a relationship of two ("this package as a component of that platform"), and only the parts have package URLs
//! and CPEs; flags, threats and remediations name their products, or groups of them, one by one; a package URL may have no
//! version where the branch it hangs from has one.

mod advisory;
mod tree;
mod vex;
mod wire;

use plimsoll_model::{Budget, Limits};
use plimsoll_syntax::json::{self, Loose};

use crate::record::Advisory;
use crate::vex::format::{add_lines, finish};
use crate::vex::{VexDocument, VexError, VexFault, VexFormat};

/// The versions that are read.
const VERSIONS: [&str; 2] = ["2.0", "2.1"];

/// Reads what a document says of its products. What breaks off is read so far.
pub(crate) fn read_vex(bytes: &[u8], version: &str, limits: &Limits) -> Result<VexDocument, VexError> {
    let mut root = Loose::<wire::Root<'_>>::default();
    let outcome = json::fill(bytes, limits, &mut root);
    let root = root.into_option().ok_or(VexError::Unknown)?;
    let document = document(&root, version, limits)?;
    Ok(finish(document, outcome))
}

/// Reads the advisories that a document makes: one for each vulnerability, or one in all where they are about the same
/// packages. What could not be read, or has no place in an ecosystem that we know, is among the faults.
///
/// # Errors
/// It is no CSAF document, or not of a version that is read.
pub fn read_advisories(bytes: &[u8], limits: &Limits) -> Result<(Vec<Advisory>, Vec<VexFault>), VexError> {
    Budget::new(limits.clone()).check_member(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    let mut root = Loose::<wire::Root<'_>>::default();
    let outcome = json::fill(bytes, limits, &mut root);
    let Some(root) = root.into_option() else {
        return Err(outcome.err().map_or(VexError::Unknown, VexError::from));
    };
    let Some(version) = root.document.get().and_then(|document| document.csaf_version.as_str()) else {
        return Err(outcome.err().map_or(VexError::Unknown, VexError::from));
    };
    let document = document(&root, version, limits)?;
    let mut document = finish(document, outcome);
    let advisories = advisory::advisories(&root, &document.statements, &mut document.faults);
    add_lines(&mut document, bytes);
    Ok((advisories, document.faults))
}

fn document(root: &wire::Root<'_>, version: &str, limits: &Limits) -> Result<VexDocument, VexError> {
    if !VERSIONS.contains(&version) {
        return Err(VexError::Version { format: "CSAF", version: version.to_owned() });
    }
    let mut document = VexDocument::new(VexFormat::Csaf, version);
    vex::head(root, &mut document);
    let mut faults: Vec<VexFault> = std::mem::take(&mut document.faults);
    let tree = tree::Tree::read(root, limits, &mut faults);
    vex::statements(root, &tree, limits, &mut document, &mut faults);
    document.faults = faults;
    Ok(document)
}

#[cfg(test)]
mod tests;
