//! Budgeted readers of syntaxes.
use plimsoll_model::DiagnosticCode;
/// Placeholder until the readers land.
#[derive(Debug, thiserror::Error)]
#[error("syntax")]
pub struct Error;
impl Error {
    pub(crate) fn code(&self) -> DiagnosticCode {
        DiagnosticCode::MALFORMED
    }
    pub(crate) fn line(&self) -> Option<u32> {
        None
    }
}
