//! CSAF 2.0 and 2.1, the Common Security Advisory Framework of OASIS.
//! <https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html>
//!
//! A document has a tree of products and, for each vulnerability, the products in each state. What surprises: a product
//! is often a relationship of two ("this package as a component of that platform"), and only the parts have package URLs
//! and CPEs; flags, threats and remediations name their products, or groups of them, one by one; a package URL may have no
//! version where the branch it hangs from has one.

mod tree;
mod vex;
mod wire;

use plimsoll_model::Limits;
use plimsoll_syntax::json::{self, Loose};

use crate::vex::format::finish;
use crate::vex::{VexDocument, VexError, VexFault, VexFormat};

/// The versions that are read.
const VERSIONS: [&str; 2] = ["2.0", "2.1"];

/// Reads what a document says of its products. What breaks off is read so far.
pub(crate) fn read_vex(bytes: &[u8], version: &str, limits: &Limits) -> Result<VexDocument, VexError> {
    if !VERSIONS.contains(&version) {
        return Err(VexError::Version { format: "CSAF", version: version.to_owned() });
    }
    let mut root = Loose::<wire::Root<'_>>::default();
    let outcome = json::fill(bytes, limits, &mut root);
    let root = root.into_option().ok_or(VexError::Unknown)?;
    let mut document = VexDocument::new(VexFormat::Csaf, version);
    vex::head(&root, &mut document);
    let mut faults: Vec<VexFault> = std::mem::take(&mut document.faults);
    let tree = tree::Tree::read(&root, limits, &mut faults);
    vex::statements(&root, &tree, limits, &mut document, &mut faults);
    document.faults = faults;
    Ok(finish(document, outcome))
}

#[cfg(test)]
mod tests;
