//! What the encodings of SPDX 2 share.

use crate::encoding::{Encoding, Omissions, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Pointer, Value};

/// Faults that one reader reports.
const MOST_FAULTS: usize = 1000;

/// The faults of one reading. Past a thousand they are not worth their memory.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, kind: FaultKind, pointer: Pointer, line: u32, message: impl Into<String>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault::new(kind, pointer, message).on_line(line));
        }
    }
}

/// The version that a tree names in `spdxVersion`.
fn version(tree: &Value) -> Result<VersionIndex, ReadError> {
    let standard = Standard::spdx2();
    let said = tree.text_of("spdxVersion").ok_or(ReadError::Unknown { looked_for: vec!["spdxVersion"] })?;
    let name = said.strip_prefix("SPDX-").unwrap_or(said);
    let unknown = || ReadError::UnknownVersion { standard: standard.name(), version: said.chars().take(40).collect() };
    standard.version(name).ok_or_else(unknown)
}

/// A document whose tree is whole.
pub(super) fn parsed(encoding: Encoding, tree: Value, faults: Faults) -> Result<Parsed, ReadError> {
    Ok(Parsed { encoding, version: version(&tree)?, tree, faults: faults.0 })
}

/// What the reader of a syntax says, as ours.
pub(super) fn syntax_error(error: &plimsoll_syntax::Error) -> ReadError {
    use plimsoll_syntax::Error;
    let limit = matches!(error, Error::TooDeep { .. } | Error::TooManyNodes);
    let kind = if limit { FaultKind::Limit } else { FaultKind::Syntax };
    let mut fault = Fault::new(kind, Pointer::root(), error.to_string());
    fault.line = error.line();
    if limit { ReadError::Limit(Box::new(fault)) } else { ReadError::Syntax(Box::new(fault)) }
}

/// Text of the document in a message: cut short, and harmless on a terminal.
pub(super) fn quote(text: &str) -> String {
    const MOST: usize = 60;
    let cut: String = text.chars().take(MOST).collect();
    if cut.len() < text.len() { format!("{cut:?}…") } else { format!("{cut:?}") }
}

/// Text without the control characters that a text format cannot hold; they become U+FFFD.
pub(super) fn without_controls(text: &str, omissions: &mut Omissions) -> String {
    let forbidden =
        |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(forbidden) {
        omissions.note("control characters become U+FFFD");
        text.replace(forbidden, "\u{fffd}")
    } else {
        text.to_owned()
    }
}
