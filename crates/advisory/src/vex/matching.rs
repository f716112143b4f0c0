//! Whether a statement is about a component.
//!
//! Package URLs match as OpenVEX 0.2.0 has it: one without a version stands for all versions, and its qualifiers are a
//! subset of those of the component. Digests match exactly, and those that disagree refute everything else. What can be
//! neither confirmed nor refuted is [`Match::Possible`]: good enough to warn, not to give the all-clear.

use plimsoll_model::{Digest, Purl};
use plimsoll_version::{Range, Scheme};

use super::platform::is_platform;
use super::{Identifiers, VexProduct, VexStatement};

/// All that something is known as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its package URLs: its own, and that of the source package it was built from.
    pub purls: Vec<Purl>,
    /// Digests of its bytes; of an image the digests of its manifest and of the index that lists it.
    pub digests: Vec<Digest>,
    /// Its CPEs.
    pub cpes: Vec<Box<str>>,
    /// Of an image, the CPE of its operating system (`CPE_NAME` of `os-release`).
    pub platforms: Vec<Box<str>>,
    /// Other names that mean just this.
    pub names: Vec<Box<str>>,
}

impl From<Purl> for Identity {
    fn from(purl: Purl) -> Self {
        let identifiers = Identifiers::from(purl);
        Self { purls: identifiers.purls, digests: identifiers.digests, ..Self::default() }
    }
}

/// A component, and the artifact it was found in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The component.
    pub component: Identity,
    /// What it is part of; `None` when it is looked at on its own.
    pub artifact: Option<Identity>,
}

/// How well something matches. The order is that of certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// It is something else.
    No,
    /// It may be it.
    Possible,
    /// It is it.
    Yes {
        /// Whether just this version, or these bytes, were named.
        versioned: bool,
    },
}

impl Match {
    /// Where both have to hold: a product and a component in it.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Possible, _) | (_, Self::Possible) => Self::Possible,
            (Self::Yes { versioned: one }, Self::Yes { versioned: other }) => Self::Yes { versioned: one || other },
        }
    }
}

/// How well a statement matches: as well as the best of its products.
pub(crate) fn statement(statement: &VexStatement, subject: &Subject) -> Match {
    statement.products.iter().map(|next| product(next, subject)).max().unwrap_or(Match::No)
}

/// Whether the case is about one of these, for sure: the component, or what it is part of.
pub(crate) fn is_any(products: &[VexProduct], subject: &Subject) -> bool {
    products.iter().any(|next| matches!(product(next, subject), Match::Yes { .. }))
}

/// A product is the component, the artifact, or the artifact with the component in it.
fn product(product: &VexProduct, subject: &Subject) -> Match {
    let named = &product.identifiers;
    let artifact = subject.artifact.as_ref().map_or(Match::No, |artifact| identifiers(named, artifact));
    // The platform of an artifact is not the artifact: it only says what its packages are packages of.
    let platform = || subject.artifact.as_ref().is_some_and(|artifact| runs_on(named, artifact));
    if product.subcomponents.is_empty() {
        let whole = if artifact == Match::No && platform() { Match::Possible } else { artifact };
        return whole.max(identifiers(named, &subject.component));
    }
    let whole = match artifact {
        Match::No if platform() && named.understood => Match::Yes { versioned: false },
        Match::No if platform() => Match::Possible,
        Match::No => return Match::No,
        whole => whole,
    };
    let parts = product.subcomponents.iter().map(|part| identifiers(part, &subject.component));
    whole.and(parts.max().unwrap_or(Match::No))
}

/// Whether what is named is a platform by CPE alone, and the artifact is of it.
fn runs_on(named: &Identifiers, artifact: &Identity) -> bool {
    named.purls.is_empty()
        && named.digests.is_empty()
        && named.cpes.iter().any(|cpe| artifact.platforms.iter().any(|held| is_platform(cpe, held)))
}

fn identifiers(named: &Identifiers, identity: &Identity) -> Match {
    let same_bytes = named.digests.iter().any(|digest| identity.digests.contains(digest));
    let comparable = |digest: &&Digest| identity.digests.iter().any(|held| held.algorithm() == digest.algorithm());
    if !same_bytes && named.digests.iter().any(|digest| comparable(&digest)) {
        return Match::No;
    }
    let mut best = identity.purls.iter().map(|held| purls(named, held)).max().unwrap_or(Match::No);
    if same_bytes {
        best = Match::Yes { versioned: true };
    }
    // Weaker identifiers only count where there is no stronger one that could have said no.
    let cpe = || named.cpes.iter().any(|cpe| identity.cpes.iter().any(|held| held.eq_ignore_ascii_case(cpe)));
    let name = || named.names.iter().any(|name| identity.names.contains(name));
    if (named.purls.is_empty() && named.digests.is_empty() && cpe()) || (named.is_only_named() && name()) {
        best = Match::Yes { versioned: false };
    }
    match best {
        Match::Yes { .. } if !named.understood => Match::Possible,
        best => best,
    }
}

/// How a package URL matches those that a statement has. Several of one package, with and without a version, narrow
/// each other; those of different packages are names for the same thing.
fn purls(named: &Identifiers, held: &Purl) -> Match {
    let same = |pattern: &&Purl| {
        (pattern.kind(), pattern.namespace(), pattern.name()) == (held.kind(), held.namespace(), held.name())
    };
    let matches = named.purls.iter().filter(same).map(|pattern| purl(pattern, named.range.as_ref(), held));
    matches.reduce(Match::and).unwrap_or(Match::No)
}

/// How a package URL matches one of the same package.
fn purl(pattern: &Purl, range: Option<&Range>, held: &Purl) -> Match {
    if pattern.subpath().is_some_and(|subpath| held.subpath() != Some(subpath)) {
        return Match::No;
    }
    qualifiers(pattern, held).and(versions(pattern, range, held))
}

fn qualifiers(pattern: &Purl, held: &Purl) -> Match {
    let mut outcome = Match::Yes { versioned: false };
    for (key, value) in pattern.qualifiers().filter(|(key, _)| *key != "vers") {
        outcome = match held.qualifiers().find(|(name, _)| *name == key) {
            Some((_, found)) if found == value => outcome,
            Some(_) => return Match::No,
            None => Match::Possible,
        };
    }
    outcome
}

fn versions(pattern: &Purl, range: Option<&Range>, held: &Purl) -> Match {
    let asked = pattern.qualifiers().find(|(key, _)| *key == "vers").map(|(_, text)| Range::parse_lenient(text));
    let range = match (&asked, range) {
        (Some(Err(_)), _) => return Match::Possible,
        (Some(Ok(range)), _) => Some(range),
        (None, range) => range,
    };
    if pattern.version().is_none() && range.is_none() {
        return Match::Yes { versioned: false };
    }
    let Some(version) = held.version() else { return Match::Possible };
    if let Some(wanted) = pattern.version() {
        let scheme = Scheme::for_purl_type(held.kind());
        let equal =
            || scheme.is_some_and(|scheme| scheme.compare(wanted, version).is_ok_and(std::cmp::Ordering::is_eq));
        return if wanted == version || equal() { Match::Yes { versioned: true } } else { Match::No };
    }
    let Some(range) = range else { return Match::Yes { versioned: false } };
    if range.scheme() != Scheme::ALL && Scheme::for_purl_type(held.kind()) != Some(range.scheme()) {
        return if range.is_empty() { Match::No } else { Match::Possible };
    }
    if range.contains(version) { Match::Yes { versioned: range.scheme() != Scheme::ALL } } else { Match::No }
}

#[cfg(test)]
mod tests;
