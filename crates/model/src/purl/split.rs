//! Cuts the text of a purl into its parts, as they are written, and finds the part that a fault is about.

use std::ops::Range;

use super::rules::{Rule, rule};
use super::{PurlError, PurlFault};

/// The parts of a purl as they are written: slices of one text.
#[derive(Debug)]
pub(super) struct Raw<'a> {
    text: &'a str,
    pub(super) kind: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    /// `key=value`, not yet taken apart; empty ones are left out.
    pub(super) qualifiers: Vec<&'a str>,
    pub(super) subpath: Option<&'a str>,
}

/// Cuts from the right, as ECMA-427 §5.7 says: subpath, qualifiers, scheme, type, version, name.
pub(super) fn split(text: &str) -> Result<Raw<'_>, PurlFault> {
    let (rest, subpath) = cut(text, '#');
    let (rest, qualifiers) = cut(rest, '?');
    let Some((scheme, rest)) = rest.split_once(':') else {
        let first = rest.split('/').next().unwrap_or_default();
        return Err(PurlFault { error: PurlError::Scheme, at: range(text, first) });
    };
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Err(PurlFault { error: PurlError::Scheme, at: range(text, scheme) });
    }
    let rest = rest.trim_start_matches('/').trim_end_matches('/');
    let (kind, rest) = rest
        .split_once('/')
        .ok_or_else(|| PurlFault { error: PurlError::Type(rest.to_owned()), at: range(text, rest) })?;
    // An '@' that starts a part with another part after it (an npm scope left unencoded) is not the version's.
    let scope = |path: &str, version: &str| (path.is_empty() || path.ends_with('/')) && version.contains('/');
    let (path, version) = match rest.rsplit_once('@').filter(|(path, version)| !scope(path, version)) {
        Some((path, version)) => (path, Some(version)),
        None => (rest, None),
    };
    let path = path.trim_start_matches('/');
    // What is left of `…/@1.0` has no name.
    let path = if version.is_none() { path.trim_end_matches('/') } else { path };
    let whole = rule(&kind.to_ascii_lowercase()).has(Rule::PathName);
    let (namespace, name) = match if whole { path.split_once('/') } else { path.rsplit_once('/') } {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, path),
    };
    let qualifiers = qualifiers.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).collect();
    Ok(Raw { text, kind, namespace, name, version, qualifiers, subpath })
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(head, tail)| (head, Some(tail)))
}

/// Where a slice of a text lies in it.
fn range(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr()).min(text.len());
    start..start.saturating_add(part.len()).min(text.len())
}

impl Raw<'_> {
    /// Where a part lies in the text.
    pub(super) fn range(&self, part: &str) -> Range<usize> {
        range(self.text, part)
    }

    /// Finds the part that an error is about.
    pub(super) fn fault(&self, error: PurlError) -> PurlFault {
        let name = self.range(self.name);
        let at = match &error {
            PurlError::Scheme | PurlError::Type(_) => self.range(self.kind),
            PurlError::NamespaceRequired(_) => name.start..name.start,
            PurlError::NamespaceProhibited(_) => self.namespace.map_or(name, |namespace| self.range(namespace)),
            PurlError::VersionNotPermitted(_) => self.version.map_or(name, |version| self.range(version)),
            PurlError::Qualifier(key) | PurlError::QualifierCase(key) => {
                // Of a doubled key the last one.
                let found = self.qualifiers.iter().rev().find(|pair| {
                    pair.split_once('=').is_some_and(|(held, _)| held.eq_ignore_ascii_case(key)) || **pair == *key
                });
                found.map_or(name, |pair| self.range(pair))
            }
            PurlError::QualifierRequired(_) => {
                let end = self.subpath.map_or(self.text.len(), |subpath| self.range(subpath).start.saturating_sub(1));
                end..end
            }
            PurlError::Name | PurlError::NameNotPermitted(_) | PurlError::Encoding => name,
        };
        PurlFault { error, at }
    }
}
