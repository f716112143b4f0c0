//! One package URL a line.

use std::collections::BTreeSet;
use std::io::{self, Write};

use plimsoll_model::printable;

use crate::{Document, Observation};

/// Writes the purls of the components, sorted, each once.
pub(crate) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let components = document.components().filter(|(at, _)| !document.roots.contains(at));
    lines(components.flat_map(|(_, component)| &component.purls).map(String::as_str).collect(), out)
}

/// Writes the purls of the components of a scan.
pub(crate) fn write_observation(observation: &Observation, out: &mut dyn Write) -> io::Result<()> {
    let components = observation.graph.components();
    lines(components.filter_map(|(_, component)| component.purl.as_ref()).map(ToString::to_string).collect(), out)
}

fn lines<T: AsRef<str>>(purls: BTreeSet<T>, out: &mut dyn Write) -> io::Result<()> {
    for purl in purls {
        writeln!(out, "{}", printable(purl.as_ref()))?;
    }
    Ok(())
}
