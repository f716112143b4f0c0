//! `plimsoll sbom redact`.

use std::path::PathBuf;

use clap::Args;
use plimsoll_sbom::redact::{ComponentPattern, FieldPattern};

use super::DocumentArgument;
use crate::args::OutputArgument;

/// Withhold components, fields and paths, and say in the document that they are withheld
///
/// A component keeps its place and relationships under a pseudonym, unless --remove is given. What is withheld is listed
/// on stderr and looked for in the rest of the document. Exits with 4 when a withheld text is still there because another
/// component is called so.
#[derive(Debug, Args)]
pub(crate) struct RedactArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Format and place of the result [default: the format of the document, to stdout]
    #[arg(short, long, value_name = "FORMAT[@VERSION][=PATH]", value_parser = OutputArgument::parse)]
    pub(crate) output: Option<OutputArgument>,
    /// Withhold components whose package URL or name matches, where `*` is any text. May be given several times
    #[arg(long, value_name = "PATTERN", value_parser = component)]
    pub(crate) component: Vec<ComponentPattern>,
    /// Leave components alone that match, whatever --component says
    #[arg(long, value_name = "PATTERN", value_parser = component)]
    pub(crate) keep: Vec<ComponentPattern>,
    /// Put pseudonyms in the place of components, so that the graph stays whole; this is the default
    #[arg(long, conflicts_with = "remove")]
    pub(crate) keep_graph: bool,
    /// Remove components with their relationships instead
    #[arg(long)]
    pub(crate) remove: bool,
    /// Withhold a field everywhere: supplier, author, manufacturer, publisher, copyright, description, evidence, hashes,
    /// externalReferences, license-text, `properties[PATTERN]`, or any field of the format
    #[arg(long, value_name = "NAME", value_parser = field)]
    pub(crate) field: Vec<FieldPattern>,
    /// Withhold where files lie: occurrences, call stacks, names of files
    #[arg(long)]
    pub(crate) internal_paths: bool,
    /// A file of at least 16 secret bytes that pseudonyms derive from: the same file gives the same pseudonyms
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonyms_salt: Option<PathBuf>,
    /// Write what was withheld to a file, as JSON. It holds what the document no longer does
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

fn component(text: &str) -> Result<ComponentPattern, String> {
    ComponentPattern::new(text).ok_or_else(|| "the pattern is too large".to_owned())
}

fn field(text: &str) -> Result<FieldPattern, String> {
    FieldPattern::new(text).ok_or_else(|| "not the name of a field, nor properties[PATTERN]".to_owned())
}
