//! Where nothing can be watched. It is said; nothing is pretended.

use std::ffi::OsString;

use super::{Launch, LaunchError, ObserveError, Setup, Trace};

/// Watching is not to be had here.
pub(super) fn trace(_: &Launch) -> Result<Trace, ObserveError> {
    Err(ObserveError::Unsupported)
}

/// Nobody can watch here.
pub(super) fn launch(_: &Setup, _: &[OsString]) -> LaunchError {
    LaunchError::Unwatched
}
