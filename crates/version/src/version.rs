//! A version that is ready to be compared.

use std::cmp::Ordering;
use std::fmt;

use crate::key::Key;
use crate::scheme::Scheme;

/// A version of one scheme, read once and compared cheaply.
///
/// Equality is that of the scheme: `1.0` equals `1.0.0` on PyPI. Versions of two schemes are never equal; they are
/// ordered by the names of the schemes.
#[derive(Debug, Clone)]
pub struct Version {
    scheme: Scheme,
    text: Box<str>,
    key: Key,
}

impl Version {
    pub(crate) fn new(scheme: Scheme, text: &str) -> Self {
        Self { scheme, text: text.into(), key: scheme.key(text) }
    }

    /// The scheme it is read by.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text follows the grammar of its scheme.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.scheme.is_valid(&self.text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.scheme.cmp(&other.scheme).then_with(|| self.key.compare(&other.key))
    }
}
