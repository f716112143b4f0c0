//! Where a document goes whose format is that of its source when none is asked for.

use std::path::Path;

use plimsoll_sbom::Format;
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_sbom::standard::VersionIndex;
use plimsoll_sbom::tree::Value;

use crate::args::OutputArgument;
use crate::failure::Failure;
use crate::output::{Target, write_json};

/// A format of a standard, and a place.
pub(super) struct Written {
    pub(super) encoding: Encoding,
    pub(super) version: VersionIndex,
    target: Target,
}

/// What was asked for, else the format of the document to stdout.
pub(super) fn written(asked: Option<&OutputArgument>, document: &Parsed) -> Result<Written, Failure> {
    let target = asked.map_or(Target::Stdout, |asked| asked.target.clone());
    let (encoding, version) = match asked.map(|asked| asked.format) {
        Some(Format::Standard(encoding, version)) => (encoding, version),
        Some(other) => return Err(Failure::usage(format!("{other} is no format of a standard"))),
        // What is only read becomes the JSON of its standard.
        None if !document.encoding.is_written() => (Encoding::SpdxJson, document.version),
        None => (document.encoding, document.version),
    };
    Ok(Written { encoding, version, target })
}

impl Written {
    /// The format, as it is typed.
    pub(super) fn name(&self) -> String {
        Format::Standard(self.encoding, self.version).to_string()
    }

    /// Writes a tree that is in the standard and version.
    pub(super) fn write(&self, tree: &Value) -> Result<(), Failure> {
        self.target.write(|out| Ok(encoding::write(tree, self.encoding, self.version, out)?))
    }
}

/// Writes a report to a file, if one is asked for.
pub(super) fn report(path: Option<&Path>, report: &serde_json::Value) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let target = if path == Path::new("-") { Target::Stdout } else { Target::File(path.to_owned()) };
    target.write::<Failure>(|out| Ok(write_json(out, report)?))
}
