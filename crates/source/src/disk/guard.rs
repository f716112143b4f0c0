//! The one place where a panic of a crate that reads file systems ends.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The reader of a file system panicked.
#[derive(Debug, thiserror::Error)]
#[error("the reader of {0} failed here; this is a bug")]
pub(super) struct Panicked(&'static str);

/// Runs a reader; a panic becomes an error. The state that it leaves behind is used on: at worst, later reads fail too.
pub(super) fn guarded<T>(what: &'static str, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(io::Error::other(Panicked(what))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_so() {
        let error = guarded::<()>("x", || panic!("as a test")).unwrap_err();
        assert_eq!(crate::disk::tree::code(&error), plimsoll_model::DiagnosticCode::INTERNAL);
        assert_eq!(guarded("x", || Ok(1)).unwrap(), 1);
    }
}
