//! What makes two components the same thing, in one document or in two.

use plimsoll_model::Purl;
use plimsoll_version::Scheme;

use crate::document::{Element, ElementKind};

/// What a component is whatever its version: the purl without it, else kind, group and name.
#[must_use]
pub fn package_key(element: &Element) -> String {
    match purl(element) {
        Some(purl) => {
            let text = purl.to_string();
            // The version stands between `@` and whatever follows; a canonical purl has no other bare `@`.
            match (purl.version(), text.split_once('@')) {
                (Some(_), Some((before, after))) => {
                    let rest = after.find(['?', '#']).and_then(|at| after.get(at..)).unwrap_or_default();
                    format!("{before}{rest}")
                }
                _ => text,
            }
        }
        None => {
            let kind = match &element.kind {
                ElementKind::Component(kind) => kind.as_str(),
                ElementKind::Service => "service",
                ElementKind::File => "file",
                ElementKind::Snippet => "snippet",
            };
            format!("{kind}:{}", element.full_name())
        }
    }
}

/// The chief package URL of a component, when it is one.
#[must_use]
pub fn purl(element: &Element) -> Option<Purl> {
    element.purls.first().and_then(|text| Purl::parse(text).ok())
}

/// The version of a component; empty text is none.
#[must_use]
pub fn version(element: &Element) -> Option<&str> {
    element.version.as_deref().filter(|version| !version.is_empty())
}

/// How the versions of a component are ordered, by the type of its purl; `None` when nothing says.
#[must_use]
pub fn scheme(element: &Element) -> Option<Scheme> {
    Scheme::for_purl_type(purl(element)?.kind())
}

/// A component as people name it: its purl, else its name and version.
#[must_use]
pub fn label(element: &Element) -> String {
    match (element.purls.first(), version(element)) {
        (Some(purl), _) => purl.clone(),
        (None, Some(version)) => format!("{} {version}", element.full_name()),
        (None, None) => element.full_name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_version() {
        let mut element = Element::new(ElementKind::Component("library".into()), "x", "b");
        assert_eq!(package_key(&element), "library:b");
        for (purl, key) in [
            ("pkg:npm/%40a/b@1.0#sub", "pkg:npm/%40a/b#sub"),
            ("pkg:deb/debian/b@1.0?arch=amd64", "pkg:deb/debian/b?arch=amd64"),
            ("pkg:npm/b", "pkg:npm/b"),
        ] {
            element.purls = vec![purl.into()];
            assert_eq!(package_key(&element), key);
        }
    }
}
