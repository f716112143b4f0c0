//! Whether a document says what its standard allows.

mod spdx2;

use crate::encoding::Parsed;
use crate::fault::Fault;

/// What the text of SPDX 2 has against a document, beyond its schema.
#[must_use]
pub fn spdx2_rules(parsed: &Parsed) -> Vec<Fault> {
    let mut faults = spdx2::check(&parsed.tree, parsed.version);
    spdx2::soften(parsed.encoding, &mut faults);
    faults
}
