//! Makes one document of several.

use std::collections::BTreeSet;

use super::{VexDocument, VexFormat, VexStatement};

/// Joins documents into one: every statement once, ordered by time, then vulnerability, then place.
///
/// Each statement keeps its time, its author and where it is from. Faults are those of all documents. Name, author and
/// time of the new document are for the caller to set.
#[must_use]
pub fn merge(documents: &[VexDocument]) -> VexDocument {
    let mut out = VexDocument::new(VexFormat::OpenVex, "0.2.0");
    let mut statements: Vec<&VexStatement> = documents.iter().flat_map(|document| &document.statements).collect();
    statements.sort_by_cached_key(|statement| order(statement));
    let mut seen = BTreeSet::new();
    for statement in statements {
        if seen.insert(said(statement)) {
            out.statements.push(statement.clone());
        }
    }
    out.faults = documents.iter().flat_map(|document| document.faults.iter().cloned()).collect();
    out.faults.sort();
    out
}

fn order(statement: &VexStatement) -> impl Ord + use<> {
    (statement.effective(), statement.vulnerability.clone(), said(statement), statement.document.clone())
}

/// Everything that a statement says, without where it stands.
fn said(statement: &VexStatement) -> String {
    let plain = VexStatement { pointer: "".into(), document: None, id: None, ..statement.clone() };
    format!("{plain:?}")
}
