//! Whether a summary of somebody else's verification proves what is expected. <https://slsa.dev/spec/v1.2/verification_summary>
//!
//! The order is that of the specification ("How to verify"): the signature of somebody who may sign for the verifier, the
//! subject, the type, the verifier, the resource, the result, the levels; then what else is asked for. Summaries of commits (the
//! Source track, `verifying-source`) are the same with a commit as the subject and the refs that it was on. Simple verification
//! results of in-toto have neither resource nor result: what they list has passed.

mod expectation;
mod judgement;
mod levels;
mod outcome;
mod source;
mod view;

pub use expectation::{PolicyExpectation, ResourceRule, SummaryExpectation, SummaryKind, VerifierRule};
pub use judgement::verify_summary;
pub use outcome::{ProvenSummary, SummaryOutcome, SummaryRefusal};
pub use source::{SourceTrust, verify_source_level};
pub use view::SummaryView;

#[cfg(test)]
mod tests;
