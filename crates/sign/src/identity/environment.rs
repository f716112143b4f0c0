//! The variables of an environment, as whoever calls knows them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::secret::SecretText;

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Looks variables up. Its `Debug` shows none.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

impl Environment {
    /// From a function that knows the variables, such as `|name| std::env::var_os(name)`.
    pub fn new(variable: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(variable))
    }

    /// An environment without variables.
    #[must_use]
    pub fn empty() -> Self {
        Self::new(|_| None)
    }

    /// The value of a variable that is set, not empty, and text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        (self.0)(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// The same, for what must not be shown.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<SecretText> {
        self.text(name).map(SecretText::new)
    }

    /// The value of a variable that is set and not empty, as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        (self.0)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Whether a variable is set and not empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        (self.0)(name).is_some_and(|value| !value.is_empty())
    }

    /// Whether a variable says yes. CI systems write `true`; Azure DevOps writes `True`.
    #[must_use]
    pub fn says_yes(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(…)")
    }
}
