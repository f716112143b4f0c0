//! Which components are meant.

use plimsoll_model::Purl;
use plimsoll_version::{Range, Scheme};

use crate::error::InventoryError;
use crate::ingest::split_purl;

/// A set of components.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentQuery {
    /// The purl type; `None` for any, and for what has no purl.
    pub kind: Option<String>,
    /// Namespace and name.
    pub name: NamePattern,
    /// The versions.
    pub version: VersionQuery,
    /// Qualifiers that the purl has to have.
    pub qualifiers: Vec<(String, String)>,
}

/// Which names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamePattern {
    /// This namespace and name, as a purl without version.
    Purl(String),
    /// A name that matches this pattern, with or without its namespace.
    Glob(String),
    /// Namespace and name, as one text, that match this pattern: that of a purl.
    PurlGlob(String),
}

/// Which versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionQuery {
    /// Any, or none.
    Any,
    /// Just this, as it is written.
    Exactly(String),
    /// A range. A version that its ecosystem's grammar does not know is compared as far as it goes.
    Range(Range),
}

impl ComponentQuery {
    /// Reads `pkg:npm/lodash`, `pkg:npm/lodash@4.17.20`, `pkg:npm/lodash@<4.17.21`, `pkg:npm/lodash@vers:npm/>=4|<4.17.21`,
    /// `pkg:npm/@acme/*` or the pattern of a name.
    ///
    /// # Errors
    /// The purl or the range cannot be read.
    pub fn parse(text: &str) -> Result<Self, InventoryError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InventoryError::Query("a package is asked for, and none is named".to_owned()));
        }
        if !text.starts_with("pkg:") {
            // A name may begin with the sign, and versions have an order only within an ecosystem.
            if text.char_indices().skip(1).any(|(_, c)| c == '@') {
                let hint = "a version is asked for with a package URL: pkg:npm/NAME@VERSION";
                return Err(InventoryError::Query(format!("{text}: {hint}")));
            }
            let name = NamePattern::Glob(text.to_owned());
            return Ok(Self { kind: None, name, version: VersionQuery::Any, qualifiers: Vec::new() });
        }
        let (head, range) = match text.find(|c: char| c.is_whitespace()) {
            Some(at) => {
                let (head, range) = text.split_at_checked(at).unwrap_or((text, ""));
                (head, range.trim())
            }
            None => match text.rfind('@').filter(|at| is_range(text.get(at.saturating_add(1)..).unwrap_or_default())) {
                Some(at) => (text.get(..at).unwrap_or(text), text.get(at.saturating_add(1)..).unwrap_or_default()),
                // The range may hold an `@` no more than a version may.
                None => (text, ""),
            },
        };
        let wrong = |error: &dyn std::fmt::Display| InventoryError::Query(format!("{head}: {error}"));
        let purl = Purl::parse(head).map_err(|error| wrong(&error))?;
        let split = split_purl(&purl);
        let version = match purl.version() {
            _ if !range.is_empty() => VersionQuery::Range(range_of(purl.kind(), range)?),
            None => VersionQuery::Any,
            // No version is written like this; some ecosystems write ranges so.
            Some(version) if version.contains('*') => VersionQuery::Range(range_of(purl.kind(), version)?),
            Some(version) => VersionQuery::Exactly(version.to_owned()),
        };
        let qualifiers: Vec<(String, String)> =
            purl.qualifiers().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let starred = qualifiers.iter().find(|(_, value)| value.contains('*'));
        if let Some((key, value)) = starred.filter(|_| head.contains('*')) {
            let hint = "a * stands for anything in namespace and name, not in qualifiers";
            return Err(InventoryError::Query(format!("{key}={value}: {hint}")));
        }
        let name = if split.name.contains(['*', '{', '[']) {
            super::glob(&split.name)?;
            NamePattern::PurlGlob(split.name)
        } else {
            NamePattern::Purl(split.prefix)
        };
        Ok(Self { kind: Some(split.kind), name, version, qualifiers })
    }

    /// Whether a purl is meant.
    #[must_use]
    pub fn is(&self, purl: &Purl) -> bool {
        let split = split_purl(purl);
        let named = match &self.name {
            NamePattern::Purl(prefix) => *prefix == split.prefix,
            NamePattern::Glob(pattern) => {
                super::glob(pattern).is_ok_and(|glob| glob.is_match(&split.name) || glob.is_match(purl.name()))
            }
            NamePattern::PurlGlob(pattern) => super::glob(pattern).is_ok_and(|glob| glob.is_match(&split.name)),
        };
        named
            && self.kind.as_ref().is_none_or(|kind| kind == purl.kind())
            && self.has(purl.version().unwrap_or_default(), &split.tail)
    }

    /// Whether a component is meant by its text: a purl, or a name and version.
    pub(crate) fn is_text(&self, text: &str) -> bool {
        if let Ok(purl) = Purl::parse(text) {
            return self.is(&purl);
        }
        let at = text.rfind('@').filter(|at| *at > 0).unwrap_or(text.len());
        let (name, tail) = text.split_at_checked(at).unwrap_or((text, ""));
        let last = name.rsplit('/').next().unwrap_or(name);
        let NamePattern::Glob(pattern) = &self.name else { return false };
        self.kind.is_none()
            && super::glob(pattern).is_ok_and(|glob| glob.is_match(name) || glob.is_match(last))
            && self.has(tail.trim_start_matches('@'), tail)
    }

    /// Whether a component's rest of a purl, from the version on, is meant.
    pub(crate) fn has(&self, version: &str, tail: &str) -> bool {
        let versions = match &self.version {
            VersionQuery::Any => true,
            VersionQuery::Exactly(wanted) => wanted == version,
            VersionQuery::Range(range) => !version.is_empty() && range.contains(version),
        };
        versions && self.qualifiers.iter().all(|(key, value)| qualifier(tail, key).as_deref() == Some(value))
    }
}

/// A text after `@` that is no version.
fn is_range(text: &str) -> bool {
    text.starts_with(['<', '>', '=', '^', '~', '*', '!', '[', '(']) || text.starts_with("vers:")
}

fn range_of(kind: &str, text: &str) -> Result<Range, InventoryError> {
    let wrong = |error: &dyn std::fmt::Display| InventoryError::Query(format!("{text}: {error}"));
    if text.starts_with("vers:") {
        return Range::parse_lenient(text).map_err(|error| wrong(&error));
    }
    let Some(scheme) = Scheme::for_purl_type(kind) else {
        return Err(InventoryError::Query(format!("versions of {kind} have no order")));
    };
    // Every ecosystem compares; not all have a syntax for it.
    if text.starts_with(['<', '>', '=', '!']) {
        let parts: Vec<&str> = text.split([',', '|', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.iter().all(|part| part.starts_with(['<', '>', '=', '!'])) {
            let vers = format!("vers:{}/{}", scheme.name(), parts.join("|").replace("==", "="));
            if let Ok(range) = Range::parse_lenient(&vers) {
                return Ok(range);
            }
        }
    }
    Range::from_native(scheme, text).map_err(|error| wrong(&error))
}

/// The version of a purl's rest, decoded.
pub(crate) fn version(tail: &str) -> String {
    let Some(rest) = tail.strip_prefix('@') else { return String::new() };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    decode(rest.get(..end).unwrap_or_default())
}

pub(crate) fn qualifier(tail: &str, key: &str) -> Option<String> {
    let (_, rest) = tail.split_once('?')?;
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let pair = rest.split('&').find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == key));
    pair.map(|(_, value)| decode(value))
}

/// Undoes percent-encoding; what is not UTF-8 after it stays as it is.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| after.get(..2).and_then(|digits| data_encoding::HEXUPPER_PERMISSIVE.decode(digits).ok()))
            .flatten();
        match decoded {
            Some(byte) => {
                bytes.extend(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(query: &str, tail: &str) -> bool {
        ComponentQuery::parse(query).unwrap().has(&version(tail), tail)
    }

    #[test]
    fn versions_and_ranges() {
        assert!(has("pkg:npm/lodash", "@4.17.20") && has("pkg:npm/lodash", ""));
        assert!(has("pkg:npm/lodash@4.17.20", "@4.17.20") && !has("pkg:npm/lodash@4.17.20", "@4.17.2"));
        for query in ["pkg:npm/lodash@<4.17.21", "pkg:npm/lodash <4.17.21", "pkg:npm/lodash@vers:npm/>=4|<4.17.21"] {
            assert!(has(query, "@4.17.20") && !has(query, "@4.17.21") && !has(query, ""), "{query}");
        }
        assert!(has("pkg:npm/lodash@^4", "@4.17.21") && !has("pkg:npm/lodash@^4", "@5.0.0"));
        assert!(has("pkg:deb/debian/x@>=5.6.0,<=5.6.1-1", "@5.6.1-1?arch=amd64"));
        assert!(has("pkg:deb/debian/x?distro=debian-12", "@1?arch=amd64&distro=debian-12"));
        assert!(!has("pkg:deb/debian/x?distro=debian-11", "@1?arch=amd64&distro=debian-12"));
        assert!(has("pkg:npm/%40a/b@1", "@1") && ComponentQuery::parse("pkg:npm/").is_err());
    }

    #[test]
    fn patterns_in_purls() {
        let is = |query: &str, purl: &str| ComponentQuery::parse(query).unwrap().is(&Purl::parse(purl).unwrap());
        assert!(is("pkg:npm/lod*", "pkg:npm/lodash@4.17.20") && is("pkg:npm/lod*@<5", "pkg:npm/lodash@4.17.20"));
        assert!(!is("pkg:npm/lod*", "pkg:pypi/lodash@4.17.20") && !is("pkg:npm/lod*", "pkg:npm/%40types/lodash@4"));
        for scope in ["pkg:npm/@acme/*", "pkg:npm/%40acme/*"] {
            assert!(is(scope, "pkg:npm/%40acme/ui@1") && !is(scope, "pkg:npm/ui@1"), "{scope}");
        }
        assert!(
            is("pkg:npm/lodash@4.*", "pkg:npm/lodash@4.17.20") && !is("pkg:npm/lodash@4.*", "pkg:npm/lodash@5.0.0")
        );
        let said = |query: &str| ComponentQuery::parse(query).unwrap_err().to_string();
        assert!(said("pkg:deb/debian/x?distro=debian-*").contains("not in qualifiers"));
        assert!(ComponentQuery::parse("pkg:deb/debian/x@1.*").is_err() && ComponentQuery::parse("pkg:npm/a[").is_err());
    }

    #[test]
    fn names() {
        let query = ComponentQuery::parse("log4j*").unwrap();
        assert_eq!((query.name, query.kind), (NamePattern::Glob("log4j*".to_owned()), None));
        assert_eq!(version("@1%2B2?x=y"), "1+2");
    }
}
