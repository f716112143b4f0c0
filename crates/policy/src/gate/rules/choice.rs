//! What several rules have: what comes of what is not known, and which components they look at.

use plimsoll_model::Purl;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{Element, ElementKind};

use crate::file::Fields;
use crate::gate::{GateCheck, GateCode};
use crate::words::{nearest, quote};
use crate::{NamePattern, PolicyError};

/// What comes of what is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is refused.
    Deny,
    /// It is told.
    Warn,
    /// It passes.
    Allow,
}

impl Choice {
    pub(super) fn read(fields: &Fields<'_>, key: &str, usual: Self) -> Result<Self, PolicyError> {
        match fields.text(key)? {
            None => Ok(usual),
            Some("deny") => Ok(Self::Deny),
            Some("warn") => Ok(Self::Warn),
            Some("allow") => Ok(Self::Allow),
            Some(other) => {
                let near = nearest(other, &["deny", "warn", "allow"]);
                Err(fields.fault(key, format!("{} is neither deny nor warn nor allow{near}", quote(other))))
            }
        }
    }

    /// A check that says so, if anything is to be said.
    pub(super) fn check(self, name: &'static str, code: GateCode, message: &str) -> Option<GateCheck> {
        match self {
            Self::Deny => Some(GateCheck::failed(name, code, message)),
            Self::Warn => Some(GateCheck::warned(name, code, message)),
            Self::Allow => None,
        }
    }

    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Deny => "is refused",
            Self::Warn => "is told",
            Self::Allow => "passes",
        }
    }
}

/// The components of a document: not what it is about, nor files and the operating system, where they are no packages.
pub(super) fn listed(document: &Document) -> impl Iterator<Item = &Element> {
    let components = document.components().filter(|(at, _)| !document.roots.contains(at));
    components.map(|(_, element)| element).filter(|element| {
        let ElementKind::Component(kind) = &element.kind else { return false };
        let no_package =
            ["operating-system", "operating_system", "file"].iter().any(|other| kind.eq_ignore_ascii_case(other));
        !no_package || element.purls.iter().any(|purl| Purl::parse(purl).is_ok())
    })
}

/// Patterns of packages.
pub(super) fn package_patterns(fields: &Fields<'_>, key: &str) -> Result<Vec<NamePattern>, PolicyError> {
    let mut all = Vec::new();
    for text in fields.texts(key)? {
        if !text.starts_with("pkg:") {
            return Err(fields.fault(key, format!("{} is no package: it begins with pkg:", quote(text))));
        }
        all.push(NamePattern::parse(text).map_err(|problem| fields.fault(key, problem))?);
    }
    Ok(all)
}
