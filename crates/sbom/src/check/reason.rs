//! Why a component is on one side only.

use super::Earlier;
use super::name::{Name, kind_word};
use super::source::{Source, places};
use crate::Document;
use crate::document::{EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex};

/// Why a component is claimed but not found, or found but not claimed. Their words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No reason is known.
    Unexplained,
    /// It serves development, building or tests, or is optional: it need not be installed.
    NotRequired,
    /// The document says that it is expected from elsewhere.
    External,
    /// A later layer removed or replaced it.
    RemovedByLayer,
    /// Its place was left out of the scan.
    Excluded,
    /// The file that would tell could not be read.
    Unread,
    /// Nobody looks for things of its kind.
    NotLookedFor,
    /// Packages of its type leave no record in what is built from them.
    LeavesNoRecord,
    /// It has neither a purl nor a version nor a digest: nothing to look for.
    NoIdentity,
    /// The document itself says that it guessed.
    WeakClaim,
    /// It is there under another name.
    OtherName,
    /// It is what the document is about.
    Subject,
    /// The document says that its list is not complete.
    DeclaredIncomplete,
    /// The scan itself is not sure of it.
    WeakFind,
    /// It is a project or system without a purl, which many tools leave out.
    NoPurl,
    /// It is paired by its name alone: the document gives it no purl.
    ByName,
    /// One of the two gives no version.
    NoVersion,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Unexplained,
        Self::NotRequired,
        Self::External,
        Self::RemovedByLayer,
        Self::Excluded,
        Self::Unread,
        Self::NotLookedFor,
        Self::LeavesNoRecord,
        Self::NoIdentity,
        Self::WeakClaim,
        Self::OtherName,
        Self::Subject,
        Self::DeclaredIncomplete,
        Self::WeakFind,
        Self::NoPurl,
        Self::ByName,
        Self::NoVersion,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::NotRequired => "not-required",
            Self::External => "external",
            Self::RemovedByLayer => "removed-by-layer",
            Self::Excluded => "excluded",
            Self::Unread => "unread",
            Self::NotLookedFor => "not-looked-for",
            Self::LeavesNoRecord => "leaves-no-record",
            Self::NoIdentity => "no-identity",
            Self::WeakClaim => "weak-claim",
            Self::OtherName => "other-name",
            Self::Subject => "subject",
            Self::DeclaredIncomplete => "declared-incomplete",
            Self::WeakFind => "weak-find",
            Self::NoPurl => "no-purl",
            Self::ByName => "by-name",
            Self::NoVersion => "no-version",
        }
    }
}

/// A reason and what more there is to say.
pub(super) type Because = (Reason, Option<String>);

/// Types whose packages are compiled in, without a record of them.
const COMPILED_IN: &[&str] = &["bitbucket", "cargo", "conan", "generic", "github", "gitlab", "swift", "cocoapods"];

/// Kinds of components that no scan looks for.
const UNSOUGHT: &[&str] = &[
    "container",
    "cryptographic-asset",
    "data",
    "device",
    "device-driver",
    "firmware",
    "machine-learning-model",
    "platform",
];

/// Below this many percent a tool says that it guesses.
const SURE: u8 = 50;

/// Why something is claimed and not found.
pub(super) struct ClaimedOnly<'a> {
    pub(super) claimed: &'a Document,
    pub(super) source: &'a Source,
    pub(super) excluded: &'a dyn Fn(&str) -> bool,
    pub(super) earlier: Option<&'a Earlier>,
    /// The types of what was found.
    pub(super) found_kinds: &'a dyn Fn(&str) -> bool,
    /// The elements that something needs, and only for what need not be installed.
    pub(super) unrequired: &'a [bool],
}

impl ClaimedOnly<'_> {
    pub(super) fn reason(&self, element: &Element, at: ElementIndex, name: &Name) -> Because {
        let places = places(element);
        if let Some(word) = self.not_required(element, at) {
            return (Reason::NotRequired, Some(word));
        }
        if element.is_external == Some(true) {
            return (Reason::External, None);
        }
        if self.earlier.is_some_and(|earlier| earlier.has(name)) {
            return (Reason::RemovedByLayer, None);
        }
        if let Some(place) = places.iter().find(|place| (self.excluded)(place)) {
            return (Reason::Excluded, Some(place.clone()));
        }
        if let Some(unread) = self.source.hides(&name.kind, &places) {
            let file = unread.file.as_deref().unwrap_or("the source");
            return (Reason::Unread, Some(format!("{} {file}: {}", unread.code, unread.message)));
        }
        self.sought(element, name).unwrap_or((Reason::Unexplained, None))
    }

    /// Why it could not be found if it were there.
    fn sought(&self, element: &Element, name: &Name) -> Option<Because> {
        let found = |kind: &str| (self.found_kinds)(kind);
        if COMPILED_IN.contains(&name.kind.as_str()) && !found(&name.kind) {
            return Some((Reason::LeavesNoRecord, Some(format!("no {} package was found at all", name.kind))));
        }
        if !name.kind.is_empty() && !Source::looks_for(&name.kind) && !found(&name.kind) {
            return Some((Reason::NotLookedFor, Some(format!("packages of type {}", name.kind))));
        }
        let kind = kind_word(element);
        if name.kind.is_empty() && UNSOUGHT.contains(&kind) {
            return Some((Reason::NotLookedFor, Some(format!("components of type {kind}"))));
        }
        if name.kind.is_empty() && name.version.is_empty() && element.hashes.is_empty() {
            return Some((Reason::NoIdentity, None));
        }
        weak(element).map(|detail| (Reason::WeakClaim, Some(detail)))
    }

    /// What the document says it is needed for, when that is not running.
    fn not_required(&self, element: &Element, at: ElementIndex) -> Option<String> {
        if let Some(word) = not_required(element) {
            return Some(word);
        }
        let unrequired = self.claimed.element(at).is_some() && self.unrequired.get(at.get()).copied().unwrap_or(false);
        unrequired.then(|| "nothing needs it at run time".to_owned())
    }
}

/// What an element says it is needed for, when that is not running.
pub(super) fn not_required(element: &Element) -> Option<String> {
    let scope = element.scope.as_deref().filter(|scope| ["excluded", "optional"].contains(scope));
    let property =
        |name: &str| element.properties.iter().find(|held| held.name == name).map(|held| held.value.as_str());
    let word = property("plimsoll:scope").or_else(|| {
        // CycloneDX's own names of properties of npm.
        (property("cdx:npm:package:development") == Some("true")).then_some("development")
    });
    word.or(scope).map(|word| format!("scope {word}"))
}

/// How an element's own document doubts it.
pub(super) fn weak(element: &Element) -> Option<String> {
    let doubtful = |technique: &str, confidence: u8| technique == "filename" || (1..SURE).contains(&confidence);
    let all = !element.sightings.is_empty()
        && element.sightings.iter().all(|seen| doubtful(&seen.technique, seen.confidence));
    let seen = element.sightings.first().filter(|_| all)?;
    Some(format!("{}, {} % sure", seen.technique, seen.confidence))
}

/// For each element, whether something needs it and nothing needs it to run.
pub(super) fn unrequired(document: &Document) -> Vec<bool> {
    let mut needed: Vec<(bool, bool)> = vec![(false, false); document.elements.len()];
    for edge in &document.edges {
        // What contains a thing says nothing of why it is there.
        let EdgeEnd::Element(to) = edge.to else { continue };
        if edge.kind != EdgeKind::DependsOn {
            continue;
        }
        let Some((some, running)) = needed.get_mut(to.get()) else { continue };
        match edge.scope {
            EdgeScope::Unsaid | EdgeScope::Runtime => *running = true,
            _ => *some = true,
        }
    }
    needed.into_iter().map(|(some, running)| some && !running).collect()
}

/// Whether the document says that its list lacks something.
pub(super) fn declares_incomplete(document: &Document) -> Option<&str> {
    let aggregates = document.completeness.iter().map(|held| held.aggregate.as_str());
    aggregates.into_iter().find(|word| word.starts_with("incomplete"))
}
