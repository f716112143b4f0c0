//! VEX: who says which product is, or is not, affected by which vulnerability, and what that is worth.
//!
//! [`read`] reads OpenVEX 0.0.1 to 0.2.0, the VEX profile of CSAF 2.0 and 2.1, the `vulnerabilities` of CycloneDX 1.4 to
//! 1.7 (JSON), and any of them as the predicate of an in-toto statement. [`write()`] writes OpenVEX 0.2.0 and CycloneDX 1.6.
//! [`assess`] decides what the statements about one component come to.
//!
//! The one decision that shaped all of it: a statement can only take a finding away when everything that narrows it was
//! understood. A product whose identifiers are in a form that is not known, a range that cannot be read, a status without
//! the reason its format asks for, a document that breaks off: what was read of them is shown and never suppresses.
//! Signatures are not looked at here: whoever calls says with [`Trust`] what was verified.

mod assess;
mod book;
mod cyclonedx;
mod document;
mod fault;
pub(crate) mod format;
mod matching;
mod merge;
mod openvex;
mod platform;
mod pointer;
mod product;
mod trust;
mod words;
mod write;

pub use assess::{Assessment, Case, Effect, Unheard, Voice, assess};
pub use book::VexBook;
pub use document::{VexDocument, VexStatement, VexVulnerability};
pub use fault::{FaultLevel, VexError, VexFault};
pub use format::{VexFormat, read};
pub use matching::{Identity, Subject};
pub use merge::merge;
pub use product::{Identifiers, VexProduct};
pub use trust::{Heard, Party, Trust};
pub use words::{Justification, Nuance, VexResponse, VexStatus};
pub use write::{Loss, OutputFormat, Written, write};
