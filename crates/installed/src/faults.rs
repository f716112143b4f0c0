//! Diagnostics of broken entries, as many as help.

use plimsoll_extract::prelude::*;

/// A file with more broken entries than this is broken as a whole; a list of them helps nobody, and could fill memory.
const MAX_FAULTS: u32 = 200;

/// Counts the broken entries of one file.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    count: u32,
}

impl Faults {
    /// An entry that is broken, at a line or byte range. The first ones are listed, and that there are more.
    pub(crate) fn entry(&mut self, out: &mut Sink<'_>, span: Span, message: impl AsRef<str>) {
        self.count = self.count.saturating_add(1);
        if self.count <= MAX_FAULTS {
            out.diagnose_at(DiagnosticCode::MALFORMED_ENTRY, Some(span), message);
        } else if self.count == MAX_FAULTS.saturating_add(1) {
            let message = format!("more than {MAX_FAULTS} entries are broken; the others are not listed");
            out.diagnose(DiagnosticCode::MALFORMED, 0, message);
        }
    }
}
