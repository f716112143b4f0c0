//! Package URLs: ECMA-427 (purl-spec 1.0).
//!
//! There are two ways to read one. [`Purl::parse`] reads what scans and documents hold and puts it in canonical form.
//! [`Purl::parse_strict`] holds the text to the standard: a namespace that the type requires must be there, and keys of
//! qualifiers must be in lower case. The tests of purl-spec draw that line themselves: of one and the same text they want
//! it put in canonical form when they ask for that, and refused when they ask for its parts. Only the keys that the
//! standard itself names (`repository_url`, …) they read in any case.

mod explain;
mod locations;
mod percent;
mod rules;
mod split;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

use percent::{Encoded, decode};
use rules::rule;
use split::split;

pub use explain::{PartNote, PurlExplanation, PurlPart};
pub use rules::{Letters, Presence, PurlType, QualifierRule, Rule, purl_types};

/// A package URL in canonical form. Building or parsing one applies the rules of its type, so two purls that name the
/// same package are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Purl {
    kind: Box<str>,
    namespace: Option<Box<str>>,
    name: Box<str>,
    version: Option<Box<str>>,
    qualifiers: Qualifiers,
    subpath: Option<Box<str>>,
}

/// Keys and values, sorted by key.
type Qualifiers = Vec<(Box<str>, Box<str>)>;

/// Why parts do not make a package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PurlError {
    /// The text does not start with `pkg:`.
    #[error("package URL does not start with 'pkg:'")]
    Scheme,
    /// The type is missing or has a character that is not allowed (ECMA-427 §5.6.2).
    #[error("package URL type {0:?} is not valid")]
    Type(String),
    /// The name is missing.
    #[error("package URL has no name")]
    Name,
    /// The type requires a namespace.
    #[error("package URL type {0:?} requires a namespace")]
    NamespaceRequired(String),
    /// The type has no namespaces.
    #[error("package URL type {0:?} has no namespace")]
    NamespaceProhibited(String),
    /// The name is not one that the type can have.
    #[error("package URL name {0:?} is not valid for its type")]
    NameNotPermitted(String),
    /// The version is not one that the type can have.
    #[error("package URL version {0:?} is not valid for its type")]
    VersionNotPermitted(String),
    /// The type requires a qualifier.
    #[error("package URL lacks the qualifier {0:?}")]
    QualifierRequired(&'static str),
    /// A qualifier key is empty, doubled, or has a character that is not allowed.
    #[error("package URL qualifier {0:?} is not valid")]
    Qualifier(String),
    /// A qualifier key is not in lower case (only where the text is held to the standard).
    #[error("package URL qualifier {0:?} is not in lower case")]
    QualifierCase(String),
    /// A percent-encoded part is not UTF-8.
    #[error("package URL is not UTF-8 once decoded")]
    Encoding,
}

/// Why a text is not a package URL, and which part of it is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct PurlFault {
    error: PurlError,
    at: Range<usize>,
}

impl PurlFault {
    /// Why.
    #[must_use]
    pub fn error(&self) -> &PurlError {
        &self.error
    }

    /// The bytes of the text at fault; an empty range where something is missing.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.at.clone()
    }
}

/// How closely a purl is held to the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Generous,
    Strict,
}

/// Collects the parts of a [`Purl`].
#[derive(Debug, Clone, Default)]
pub struct PurlBuilder {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: Vec<(String, String)>,
    subpath: Option<String>,
}

impl Purl {
    /// Starts a purl of this type and name.
    #[must_use]
    pub fn builder(kind: &str, name: impl Into<String>) -> PurlBuilder {
        PurlBuilder { kind: kind.to_owned(), name: name.into(), ..PurlBuilder::default() }
    }

    /// A purl of just type, name and version.
    ///
    /// # Errors
    /// The parts are not valid for the type.
    pub fn new(kind: &str, name: &str, version: &str) -> Result<Self, PurlError> {
        Self::builder(kind, name).version(version).build()
    }

    /// Reads the text of a purl (ECMA-427 §5.7), as generously as can be done without guessing.
    ///
    /// # Errors
    /// The text is not a purl, or breaks a rule of its type.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        read(text, Reading::Generous).map_err(|fault| fault.error)
    }

    /// Reads the text of a purl and holds it to the standard.
    ///
    /// # Errors
    /// As for [`Purl::parse`]; moreover a namespace that the standard requires is missing, or the key of a qualifier is
    /// not in lower case and none that the standard itself names.
    pub fn parse_strict(text: &str) -> Result<Self, PurlFault> {
        read(text, Reading::Strict)
    }

    /// The type, in lower case: `npm`, `deb`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The namespace: npm scope, Maven group, distribution, …
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The qualifiers, sorted by key.
    pub fn qualifiers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.qualifiers.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Writes values of qualifiers anew; `None` and an empty text leave one as it is.
    pub fn rewrite_qualifiers(&mut self, rewrite: impl Fn(&str) -> Option<String>) {
        for (_, value) in &mut self.qualifiers {
            if let Some(new) = rewrite(value).filter(|new| !new.is_empty()) {
                *value = new.into();
            }
        }
    }

    /// The subpath.
    #[must_use]
    pub fn subpath(&self) -> Option<&str> {
        self.subpath.as_deref()
    }
}

impl PurlBuilder {
    /// Sets the namespace; empty means none.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets the version; empty means none.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a qualifier; an empty value means none.
    #[must_use]
    pub fn qualifier(mut self, key: &str, value: impl Into<String>) -> Self {
        self.qualifiers.push((key.to_owned(), value.into()));
        self
    }

    /// Sets the subpath.
    #[must_use]
    pub fn subpath(mut self, subpath: impl Into<String>) -> Self {
        self.subpath = Some(subpath.into());
        self
    }

    /// Applies the rules of the type.
    ///
    /// # Errors
    /// A part is missing or not valid for the type.
    pub fn build(self) -> Result<Purl, PurlError> {
        self.build_as(Reading::Generous)
    }

    /// Applies the rules of the type, and holds the parts to the standard.
    ///
    /// # Errors
    /// As for [`Purl::parse_strict`].
    pub fn build_strict(self) -> Result<Purl, PurlError> {
        self.build_as(Reading::Strict)
    }

    fn build_as(self, reading: Reading) -> Result<Purl, PurlError> {
        let kind = self.kind.to_ascii_lowercase();
        let starts_well = kind.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
        if !starts_well || !kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
            return Err(PurlError::Type(self.kind));
        }
        let rule = rule(&kind);
        let namespace = self.namespace.map(|text| normalise_parts(&text)).filter(|text| !text.is_empty());
        match (rule.namespace, &namespace, reading) {
            (Presence::Required, None, _) | (Presence::Wanted, None, Reading::Strict) => {
                return Err(PurlError::NamespaceRequired(kind));
            }
            (Presence::Prohibited, Some(_), _) => return Err(PurlError::NamespaceProhibited(kind)),
            _ => {}
        }
        let qualifiers = qualifiers(self.qualifiers, reading)?;
        let held = |key: &str| qualifiers.iter().any(|(held, _)| **held == *key);
        if let Some(missing) = rule.qualifiers.iter().find(|rule| rule.required && !held(rule.key)) {
            return Err(PurlError::QualifierRequired(missing.key));
        }
        let name = rule.respell(apply(rule.name_letters, self.name.trim_matches('/'), &qualifiers));
        if name.is_empty() {
            return Err(PurlError::Name);
        }
        if !rule.permits_name(&name) {
            return Err(PurlError::NameNotPermitted(name));
        }
        let version = self.version.filter(|text| !text.is_empty());
        let version = version.map(|text| apply(rule.version_letters, &text, &qualifiers));
        if let Some(version) = version.as_ref().filter(|version| !rule.permits_version(version)) {
            return Err(PurlError::VersionNotPermitted(version.clone()));
        }
        Ok(Purl {
            namespace: namespace.map(|text| apply(rule.namespace_letters, &text, &qualifiers).into()),
            qualifiers,
            name: name.into(),
            version: version.map(Into::into),
            subpath: self.subpath.map(|text| subpath_parts(&text)).filter(|text| !text.is_empty()).map(Into::into),
            kind: kind.into(),
        })
    }
}

/// Reads a purl; a fault knows its place.
fn read(text: &str, reading: Reading) -> Result<Purl, PurlFault> {
    let raw = split(text)?;
    let part = |part: &str| decode(part).map_err(|error| PurlFault { error, at: raw.range(part) });
    let namespace = match raw.namespace {
        Some(namespace) => {
            let parts: Result<Vec<String>, _> =
                namespace.split('/').filter(|part| !part.is_empty()).map(part).collect();
            Some(parts?.join("/"))
        }
        None => None,
    };
    let mut builder = Purl::builder(raw.kind, part(raw.name)?);
    builder.namespace = namespace;
    builder.version = raw.version.map(part).transpose()?;
    builder.subpath = raw.subpath.map(part).transpose()?;
    for pair in &raw.qualifiers {
        let fault = || PurlFault { error: PurlError::Qualifier((*pair).to_owned()), at: raw.range(pair) };
        let (key, value) = pair.split_once('=').ok_or_else(fault)?;
        builder.qualifiers.push((key.to_owned(), part(value)?));
    }
    builder.build_as(reading).map_err(|error| raw.fault(error))
}

fn apply(letters: Letters, text: &str, qualifiers: &[(Box<str>, Box<str>)]) -> String {
    match letters {
        Letters::Kept => text.to_owned(),
        Letters::Lower => text.to_lowercase(),
        Letters::Upper => text.to_uppercase(),
        Letters::LowerAt(server) => {
            let there = |(key, value): &(Box<str>, Box<str>)| &**key == "repository_url" && value.contains(server);
            if qualifiers.iter().any(there) { text.to_lowercase() } else { text.to_owned() }
        }
    }
}

/// The qualifiers that the standard itself names, for packages of every type.
const KNOWN: [&str; 6] = ["checksum", "download_url", "file_name", "repository_url", "vcs_url", "vers"];

fn qualifiers(raw: Vec<(String, String)>, reading: Reading) -> Result<Qualifiers, PurlError> {
    let mut out: Qualifiers = Vec::with_capacity(raw.len());
    for (key, value) in raw {
        let lower = key.to_ascii_lowercase();
        let starts_well = lower.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
        if !starts_well || !lower.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            return Err(PurlError::Qualifier(key));
        }
        if reading == Reading::Strict && lower != key && !KNOWN.contains(&&*lower) {
            return Err(PurlError::QualifierCase(key));
        }
        out.push((lower.into(), value.into()));
    }
    out.sort_unstable();
    let doubled = out.windows(2).find(|pair| matches!(pair, [(one, _), (next, _)] if one == next));
    if let Some([(key, _), _]) = doubled {
        return Err(PurlError::Qualifier(key.to_string()));
    }
    out.retain(|(_, value)| !value.is_empty());
    Ok(out)
}

fn normalise_parts(text: &str) -> String {
    text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn subpath_parts(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            Encoded(namespace, b"/").fmt(f)?;
            f.write_char('/')?;
        }
        Encoded(&self.name, if rule(&self.kind).has(Rule::PathName) { b"/" } else { b"" }).fmt(f)?;
        if let Some(version) = &self.version {
            f.write_char('@')?;
            Encoded(version, b"").fmt(f)?;
        }
        for (position, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}=", if position == 0 { '?' } else { '&' })?;
            Encoded(value, b"").fmt(f)?;
        }
        if let Some(subpath) = &self.subpath {
            f.write_char('#')?;
            Encoded(subpath, b"/").fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests;
