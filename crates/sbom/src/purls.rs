//! One package URL a line.

use std::collections::BTreeSet;
use std::io::{self, Write};

use plimsoll_model::printable;

use crate::Document;

/// Writes the purls of the components, sorted, each once.
pub(crate) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let components = document.components().filter(|(at, _)| !document.roots.contains(at));
    let purls: BTreeSet<&str> = components.flat_map(|(_, component)| &component.purls).map(String::as_str).collect();
    for purl in purls {
        writeln!(out, "{}", printable(purl))?;
    }
    Ok(())
}
