//! What is known of a build, and who says so.

use std::collections::BTreeMap;
use std::fmt;

use super::GenerateError;
use super::field::Kind;

/// How a field was authenticated, the best first. Combined, the weakest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Authentication {
    /// The identity token of the job claims it. Who signed with that token is in the certificate, and so is this.
    Oidc,
    /// A variable says it, which the build could have changed.
    Environment,
    /// Whoever made the provenance states it.
    Stated,
}

impl Authentication {
    /// As documents write it: `oidc`, `env`, `stated`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Environment => "env",
            Self::Stated => "stated",
        }
    }
}

impl fmt::Display for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A value, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) from: Authentication,
    /// For errors: `the claim "sha"`.
    pub(crate) origin: String,
}

/// Values by the names of the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known(BTreeMap<&'static str, Value>, BTreeMap<&'static str, String>);

impl Known {
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.value(key).map(|value| value.text.as_str())
    }

    pub(crate) fn set(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }

    /// A value that is the same for every build: nobody has to vouch for it, so templates do not count it.
    pub(crate) fn set_plain(&mut self, key: &'static str, text: String) {
        self.1.insert(key, text);
    }

    /// A value of either sort, and who vouches for it.
    pub(crate) fn text(&self, key: &str) -> Option<(&str, Option<Authentication>)> {
        let plain = || self.1.get(key).map(|text| (text.as_str(), None));
        self.value(key).map(|value| (value.text.as_str(), Some(value.from))).or_else(plain)
    }

    /// Whether a value says yes. CI systems write `true`, some `True` or `1`.
    pub(crate) fn is(&self, key: &str, wanted: &str) -> bool {
        self.get(key).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
    }

    /// A value made of others: as good as the weakest of them. Those that are not known are passed over.
    pub(crate) fn made_of(&self, text: impl Into<String>, from: &[&str]) -> Option<Value> {
        let parts: Vec<&Value> = from.iter().filter_map(|key| self.value(key)).collect();
        let weakest = parts.iter().map(|part| part.from).max()?;
        let origin = parts.first().map(|part| part.origin.clone()).unwrap_or_default();
        Some(Value { text: text.into(), from: weakest, origin })
    }

    /// One of the values that name the same thing; all of them have to.
    pub(crate) fn settle(
        &mut self,
        key: &'static str,
        what: &'static str,
        kind: Kind,
        candidates: impl IntoIterator<Item = Option<Value>>,
    ) -> Result<(), GenerateError> {
        for candidate in candidates.into_iter().flatten() {
            match self.0.get(key) {
                None => self.set(key, candidate),
                Some(held) if !kind.same(&held.text, &candidate.text) => {
                    return Err(GenerateError::Contradiction {
                        what,
                        one: held.origin.clone(),
                        other: candidate.origin,
                    });
                }
                Some(held) if candidate.from < held.from => self.set(key, candidate),
                Some(_) => {}
            }
        }
        Ok(())
    }
}
