//! Whether a document tells the truth about an artifact.
//!
//! What a document claims is held against what a scan finds, package by package, under names from which the habits of
//! tools are taken away (`name`). Each difference is a [`Row`] with a [`Reason`]; a difference for which a reason is known
//! does not make the document wrong, but it is listed all the same. A scan that could not read everything proves less, and
//! says so: what it may have missed is not held against the document.

mod binding;
mod name;
mod reason;
mod side;
mod source;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use binding::{Binding, DigestClaim, DigestOf};
pub use reason::Reason;
pub use source::{Source, Unread};

use crate::Document;
use crate::document::Element;
use crate::identity::label;
use crate::pairing::{pairs, rehashed};
use name::{Name, kind_word};
use reason::{Because, ClaimedOnly};
use side::{Entry, Side, align};

/// What became of a component. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RowKind {
    /// Claimed and found with another digest of one algorithm: the alarm.
    OtherHash,
    /// Claimed and found in another version.
    OtherVersion,
    /// Claimed and not found.
    ClaimedOnly,
    /// Found and not claimed.
    FoundOnly,
    /// Claimed and found.
    Confirmed,
}

impl RowKind {
    /// All of them, the alarm first.
    pub const ALL: [Self; 5] =
        [Self::OtherHash, Self::OtherVersion, Self::ClaimedOnly, Self::FoundOnly, Self::Confirmed];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OtherHash => "other-hash",
            Self::OtherVersion => "other-version",
            Self::ClaimedOnly => "claimed-only",
            Self::FoundOnly => "found-only",
            Self::Confirmed => "confirmed",
        }
    }
}

/// A component as one side has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its purl, else its name and version.
    pub label: String,
    /// Its version.
    pub version: Option<String>,
    /// Where it was seen.
    pub places: Vec<String>,
}

/// What became of one component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// What.
    pub kind: RowKind,
    /// As the document has it.
    pub claimed: Option<Named>,
    /// As the scan found it.
    pub found: Option<Named>,
    /// Why; always there for what is on one side only.
    pub reason: Option<Reason>,
    /// What more there is to say, in few words.
    pub detail: Option<String>,
}

impl Row {
    /// Whether it speaks against the document.
    #[must_use]
    pub fn counts_against(&self) -> bool {
        match self.kind {
            RowKind::Confirmed => false,
            RowKind::OtherHash | RowKind::OtherVersion => true,
            RowKind::ClaimedOnly | RowKind::FoundOnly => self.reason == Some(Reason::Unexplained),
        }
    }

    /// The component, as the document has it where it does.
    #[must_use]
    pub fn label(&self) -> &str {
        self.claimed.as_ref().or(self.found.as_ref()).map_or("", |named| &named.label)
    }
}

/// What a document as a whole is. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Judgement {
    /// Nothing speaks against it.
    True,
    /// It names another artifact.
    FalseBound,
    /// It has digests of other content.
    Altered,
    /// It has other versions.
    Stale,
    /// It claims what is not there.
    Padded,
    /// It leaves out what is there, and does not say so.
    Trimmed,
}

impl Judgement {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::FalseBound => "false-bound",
            Self::Altered => "altered",
            Self::Stale => "stale",
            Self::Padded => "padded",
            Self::Trimmed => "trimmed",
        }
    }
}

/// How many of how many. Each version of a package counts once on each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// What the document claims.
    pub claimed: usize,
    /// What the scan found.
    pub found: usize,
    /// What is on both sides in the same version.
    pub confirmed: usize,
    /// Files, services and snippets that the document lists; they are not compared.
    pub not_compared: usize,
}

/// What holding a document against an artifact gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    binding: Binding,
    digests: Vec<DigestClaim>,
    rows: Vec<Row>,
    coverage: Coverage,
    unread: Vec<Unread>,
}

impl Check {
    /// Whether the document names this artifact.
    #[must_use]
    pub const fn binding(&self) -> Binding {
        self.binding
    }

    /// The digests by which it does or does not.
    #[must_use]
    pub fn digests(&self) -> &[DigestClaim] {
        &self.digests
    }

    /// What became of each component, the alarms first.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many of how many.
    #[must_use]
    pub const fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// What the scan could not read.
    #[must_use]
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// How many rows of each kind there are: all, and those that speak against the document.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<RowKind, (usize, usize)> {
        let mut counts: BTreeMap<RowKind, (usize, usize)> = RowKind::ALL.map(|kind| (kind, (0, 0))).into();
        for row in &self.rows {
            let (all, against) = counts.entry(row.kind).or_default();
            *all = all.saturating_add(1);
            *against = against.saturating_add(usize::from(row.counts_against()));
        }
        counts
    }

    /// What the document is: [`Judgement::True`] alone, or all that it is instead.
    #[must_use]
    pub fn judgements(&self) -> BTreeSet<Judgement> {
        let against = self.rows.iter().filter(|row| row.counts_against());
        let mut out: BTreeSet<Judgement> = against
            .filter_map(|row| match row.kind {
                RowKind::OtherHash => Some(Judgement::Altered),
                RowKind::OtherVersion => Some(Judgement::Stale),
                RowKind::ClaimedOnly => Some(Judgement::Padded),
                RowKind::FoundOnly => Some(Judgement::Trimmed),
                RowKind::Confirmed => None,
            })
            .collect();
        if self.binding == Binding::Contradicted {
            out.insert(Judgement::FalseBound);
        }
        if out.is_empty() {
            out.insert(Judgement::True);
        }
        out
    }
}

/// What else is known about the artifact.
pub struct Context<'a> {
    /// Whether a path was left out of the scan on purpose.
    pub excluded: &'a dyn Fn(&str) -> bool,
    /// What all layers of an image hold, also what later ones remove.
    pub all_layers: Option<&'a Source>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { excluded: &|_| false, all_layers: None }
    }
}

/// What all layers hold.
struct Earlier(HashSet<(String, String)>);

impl Earlier {
    fn of(source: &Source) -> Self {
        let names = source.document.elements.iter().map(Name::of);
        Self(names.map(|name| (name.key(), name.version)).collect())
    }

    fn has(&self, name: &Name) -> bool {
        self.0.contains(&(name.key(), name.version.clone()))
    }
}

/// Holds a document against what was found.
#[must_use]
pub fn check(claimed: &Document, source: &Source, context: &Context<'_>) -> Check {
    let (mut left, mut right) = (Side::of(claimed), Side::of(&source.document));
    let not_compared = left.others;
    align(&mut left, &mut right);
    let (old, new) = (left.items(), right.items());
    let (claims, finds) = (left.index(), right.index());
    let mut matched: Vec<(Option<&Entry<'_>>, Option<&Entry<'_>>)> = Vec::new();
    for (one, other) in pairs(&old, &new) {
        let claim = one.and_then(|item| claims.get(&(item.key.as_str(), item.version.as_str()))).copied();
        let find = other.and_then(|item| finds.get(&(item.key.as_str(), item.version.as_str()))).copied();
        matched.push((claim, find));
    }
    let mut rows = Judge::new(claimed, source, context, &right, &matched).rows(&matched);
    rows.sort();
    let (binding, digests) = binding::binding(claimed, source);
    let confirmed = rows.iter().filter(|row| row.kind == RowKind::Confirmed).count();
    let coverage = Coverage { claimed: left.entries.len(), found: right.entries.len(), confirmed, not_compared };
    Check { binding, digests, rows, coverage, unread: source.unread.clone() }
}

type Match<'e, 'a> = (Option<&'e Entry<'a>>, Option<&'e Entry<'a>>);

/// Finds the reasons.
struct Judge<'a> {
    claimed: &'a Document,
    source: &'a Source,
    context: &'a Context<'a>,
    earlier: Option<Earlier>,
    found_kinds: HashSet<String>,
    unrequired: Vec<bool>,
    unrequired_found: Vec<bool>,
    /// What is left on each side by name and version: type and label.
    left_claims: HashMap<(String, String), (String, String)>,
    left_finds: HashMap<(String, String), (String, String)>,
}

/// Types that say where something was had, not by which registry it is known.
const VAGUE: &[&str] = &["", "bitbucket", "generic", "github", "gitlab"];

impl<'a> Judge<'a> {
    fn new(
        claimed: &'a Document,
        source: &'a Source,
        context: &'a Context<'a>,
        found: &Side<'_>,
        matched: &[Match<'_, '_>],
    ) -> Self {
        let mut judge = Self {
            claimed,
            source,
            context,
            earlier: context.all_layers.map(Earlier::of),
            found_kinds: found.entries.iter().map(|entry| entry.name.kind.clone()).collect(),
            unrequired: reason::unrequired(claimed),
            unrequired_found: reason::unrequired(&source.document),
            left_claims: HashMap::new(),
            left_finds: HashMap::new(),
        };
        for pair in matched {
            let (map, entry) = match pair {
                (Some(entry), None) => (&mut judge.left_claims, entry),
                (None, Some(entry)) => (&mut judge.left_finds, entry),
                _ => continue,
            };
            let text = entry.elements.first().map(|(_, element)| label(element)).unwrap_or_default();
            map.entry(spoken(&entry.name)).or_insert((entry.name.kind.clone(), text));
        }
        judge
    }

    fn rows(&self, matched: &[Match<'_, '_>]) -> Vec<Row> {
        let mut rows = Vec::new();
        for pair in matched {
            match pair {
                (Some(claim), Some(find)) if claim.key == find.key => rows.push(both(claim, find)),
                (Some(claim), Some(find)) => {
                    // The same content under another name.
                    rows.push(one_sided(
                        claim,
                        true,
                        (Reason::OtherName, Some(format!("same digest as {}", text(find)))),
                    ));
                    rows.push(one_sided(
                        find,
                        false,
                        (Reason::OtherName, Some(format!("same digest as {}", text(claim)))),
                    ));
                }
                (Some(claim), None) => rows.push(one_sided(claim, true, self.claimed_only(claim))),
                (None, Some(find)) => rows.push(one_sided(find, false, self.found_only(find))),
                (None, None) => {}
            }
        }
        rows
    }

    fn claimed_only(&self, claim: &Entry<'_>) -> Because {
        let related = self.left_finds.get(&spoken(&claim.name));
        if let Some((_, text)) = related.filter(|(kind, _)| is_excused(&claim.name.kind, kind)) {
            return (Reason::OtherName, Some(format!("found as {text}")));
        }
        if is_subject(&self.source.document, &claim.name) {
            return (Reason::Subject, None);
        }
        let judge = ClaimedOnly {
            claimed: self.claimed,
            source: self.source,
            excluded: self.context.excluded,
            earlier: self.earlier.as_ref(),
            found_kinds: &|kind| self.found_kinds.contains(kind),
            unrequired: &self.unrequired,
        };
        let reasons = claim.elements.iter().map(|(at, element)| judge.reason(element, *at, &claim.name));
        let (reason, detail) = strongest(reasons);
        (reason, detail.or_else(|| related.map(|(_, text)| format!("the source has {text}"))))
    }

    fn found_only(&self, find: &Entry<'_>) -> Because {
        let related = self.left_claims.get(&spoken(&find.name));
        if let Some((_, text)) = related.filter(|(kind, _)| is_excused(kind, &find.name.kind)) {
            return (Reason::OtherName, Some(format!("claimed as {text}")));
        }
        if is_subject(self.claimed, &find.name) {
            return (Reason::Subject, None);
        }
        let reasons = find.elements.iter().map(|(at, element)| {
            let unrequired = self.unrequired_found.get(at.get()).copied().unwrap_or(false);
            let needless = unrequired.then(|| "nothing needs it at run time".to_owned());
            if let Some(word) = reason::not_required(element).or(needless) {
                (Reason::NotRequired, Some(word))
            } else if let Some(word) = reason::declares_incomplete(self.claimed) {
                (Reason::DeclaredIncomplete, Some(word.to_owned()))
            } else if element.purls.is_empty() {
                (Reason::NoPurl, None)
            } else if let Some(word) = reason::weak(element) {
                (Reason::WeakFind, Some(word))
            } else {
                (Reason::Unexplained, None)
            }
        });
        let (reason, detail) = strongest(reasons);
        (reason, detail.or_else(|| related.map(|(_, text)| format!("the document has {text}"))))
    }
}

/// Of what is listed several times, the listing for which there is the least excuse counts.
fn strongest(reasons: impl Iterator<Item = Because>) -> Because {
    reasons.min().unwrap_or((Reason::Unexplained, None))
}

/// Name and version without type and namespace.
fn spoken(name: &Name) -> (String, String) {
    (name.name.to_lowercase(), name.version.clone())
}

/// Whether a package of one type may be meant by a claim of the other: where one names no registry, or by Maven, whose
/// groups tools guess from the names of files.
fn is_excused(claimed: &str, found: &str) -> bool {
    VAGUE.contains(&claimed) || VAGUE.contains(&found) || (claimed == "maven" && found == "maven")
}

/// Whether the subject of a document is called so.
fn is_subject(document: &Document, name: &Name) -> bool {
    let mut roots = document.roots.iter().filter_map(|at| document.element(*at)).map(Name::of);
    roots.any(|root| {
        root.spoken() == name.spoken()
            && (root.version.is_empty() || name.version.is_empty() || root.version == name.version)
    })
}

fn text(entry: &Entry<'_>) -> String {
    entry.elements.first().map(|(_, element)| label(element)).unwrap_or_default()
}

fn named(entry: &Entry<'_>) -> Named {
    let mut places: Vec<String> = entry.elements.iter().flat_map(|(_, element)| source::places(element)).collect();
    places.sort();
    places.dedup();
    let version = Some(entry.name.version.clone()).filter(|version| !version.is_empty());
    Named { label: text(entry), version, places }
}

fn one_sided(entry: &Entry<'_>, is_claim: bool, (reason, detail): Because) -> Row {
    let named = Some(named(entry));
    let (kind, claimed, found) =
        if is_claim { (RowKind::ClaimedOnly, named, None) } else { (RowKind::FoundOnly, None, named) };
    Row { kind, claimed, found, reason: Some(reason), detail }
}

fn both(claim: &Entry<'_>, find: &Entry<'_>) -> Row {
    let (old, new) = (&claim.name.version, &find.name.version);
    let claims: Vec<&Element> = claim.elements.iter().map(|(_, element)| *element).collect();
    let finds: Vec<&Element> = find.elements.iter().map(|(_, element)| *element).collect();
    let unversioned = old.is_empty() || new.is_empty();
    let (mut kind, mut reason, mut detail) = (RowKind::Confirmed, None, None);
    if old == new || unversioned || same_system(&finds, old, new) {
        let other = rehashed(&claims, &finds);
        if !other.is_empty() {
            kind = RowKind::OtherHash;
            let each =
                other.into_iter().map(|(algorithm, before, after)| format!("{algorithm} {before}, found {after}"));
            detail = Some(each.collect::<Vec<_>>().join("; "));
        } else if unversioned && old != new {
            reason = Some(Reason::NoVersion);
        } else if claim.by_name || find.by_name {
            reason = Some(Reason::ByName);
        }
    } else {
        kind = RowKind::OtherVersion;
        let scheme = find.name.scheme().or_else(|| claim.name.scheme());
        detail = Some(match scheme.map(|scheme| scheme.order(old, new)) {
            Some(Ordering::Less) => "the source is newer".to_owned(),
            Some(Ordering::Greater) => "the source is older".to_owned(),
            _ => "another version".to_owned(),
        });
    }
    Row { kind, claimed: Some(named(claim)), found: Some(named(find)), reason, detail }
}

/// Whether two texts are one version of an operating system: `12` of `os-release`, `12.15` of `debian_version`.
fn same_system(found: &[&Element], old: &str, new: &str) -> bool {
    let within = |whole: &str, part: &str| whole.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'));
    found.iter().any(|element| kind_word(element) == "operating-system") && (within(old, new) || within(new, old))
}

#[cfg(test)]
mod tests;
