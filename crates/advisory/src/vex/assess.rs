//! What the statements about one component and one vulnerability come to.
//!
//! Only statements that somebody answers for are weighed: added locally, signed by the maker, a vendor's feed, signed by
//! others, in this order of standing. Of one speaker the newest statement counts. Where two of equal standing, or one
//! speaker at one time, say different things, the more cautious holds and both are shown. The result does not depend on
//! the order of the statements.

use super::matching::{self, Match};
use super::{Heard, Subject, Trust, VexStatement, VexStatus};

/// What is asked: a component, and an advisory that affects it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Case<'a> {
    /// The component, and where it was found.
    pub subject: &'a Subject,
    /// The id of the advisory and its aliases, all of one vulnerability. The vulnerabilities that a distributor's update
    /// mends are not: who clears one of them has not cleared the others ([`VexBook`](super::VexBook) takes them apart).
    pub ids: &'a [&'a str],
    /// Whether the package is an attack itself.
    pub malicious: bool,
}

impl<'a> Case<'a> {
    /// A case. It is malicious when an id says so (`MAL-…`).
    #[must_use]
    pub fn new(subject: &'a Subject, ids: &'a [&'a str]) -> Self {
        let malicious = ids.iter().any(|id| id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("MAL-")));
        Self { subject, ids, malicious }
    }

    /// Says that the package is an attack itself, whatever the ids.
    #[must_use]
    pub fn malicious(mut self, malicious: bool) -> Self {
        self.malicious |= malicious;
        self
    }
}

/// A statement that is about the case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Voice<'a> {
    /// The statement.
    pub statement: &'a VexStatement,
    /// Whose word it is.
    pub trust: Trust,
}

impl Voice<'_> {
    /// What it says.
    #[must_use]
    pub fn status(&self) -> VexStatus {
        self.statement.status
    }
}

/// Why a statement that would clear the component was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Unheard {
    /// Nobody answers for it.
    Claimed,
    /// Who signed it signed it about something else.
    Elsewhere,
    /// The feed speaks of packages that are not its own.
    NotItsOwn,
    /// It was not read in full, or lacks the reason that its format asks for.
    Unsound,
    /// Whether it means this component cannot be told.
    Unclear,
    /// It says "fixed" without the version that is.
    FixedWithoutVersion,
    /// The package is malicious, and this is a third party.
    Malware,
}

impl Unheard {
    /// The reason in words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Claimed => "a claim that nobody trusted has signed",
            Self::Elsewhere => "it is signed about another artifact",
            Self::NotItsOwn => "the feed speaks of packages that are not its own",
            Self::Unsound => "the statement is not valid in its format",
            Self::Unclear => "whether it means this component cannot be told",
            Self::FixedWithoutVersion => "it says fixed and not in which version",
            Self::Malware => "a third party cannot clear a malicious package",
        }
    }
}

/// What follows for the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nobody who counts said anything: the advisory holds.
    AdvisoryHolds,
    /// Somebody who counts says so.
    Status(VexStatus),
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment<'a> {
    /// What follows.
    pub effect: Effect,
    /// Whose word decided.
    pub decided_by: Option<Voice<'a>>,
    /// Who has the same standing and says otherwise.
    pub conflicts: Vec<Voice<'a>>,
    /// Who says otherwise and was overruled, by standing or by a newer statement.
    pub overruled: Vec<Voice<'a>>,
    /// Who was not heard, and why.
    pub unheard: Vec<(Voice<'a>, Unheard)>,
}

impl<'a> Assessment<'a> {
    /// Whether the finding is taken away.
    #[must_use]
    pub fn suppresses(&self) -> bool {
        matches!(self.effect, Effect::Status(status) if status.clears())
    }

    /// What nobody answers for: "claimed `not_affected`".
    pub fn claims(&self) -> impl Iterator<Item = &Voice<'a>> {
        self.unheard.iter().filter(|(_, why)| *why == Unheard::Claimed).map(|(voice, _)| voice)
    }
}

/// Weighs what was heard about a case. Statements about anything else are passed over.
#[must_use]
pub fn assess<'h, 'a: 'h>(case: &Case<'_>, heard: impl IntoIterator<Item = &'h Heard<'a>>) -> Assessment<'a> {
    let mut voices = Vec::new();
    let mut unheard = Vec::new();
    for next in heard {
        if !case.ids.iter().any(|id| next.statement.vulnerability.is(id)) {
            continue;
        }
        let matched = matching::statement(next.statement, case.subject);
        if matched == Match::No {
            continue;
        }
        let voice = Voice { statement: next.statement, trust: next.trust.clone() };
        let elsewhere = next.attested.is_some_and(|subjects| !matching::is_any(subjects, case.subject));
        match refuse(case, &voice, matched, elsewhere) {
            Some(why) => unheard.push((voice, why)),
            None => voices.push(voice),
        }
    }
    unheard.sort_by(|(left, why), (right, other)| key(left).cmp(&key(right)).then(why.cmp(other)));
    // The highest standing first; then speaker by speaker, each with the newest first.
    voices.sort_by(|left, right| key(left).cmp(&key(right)));
    weigh(voices, unheard)
}

/// Why a voice is not weighed.
fn refuse(case: &Case<'_>, voice: &Voice<'_>, matched: Match, elsewhere: bool) -> Option<Unheard> {
    match &voice.trust {
        Trust::Unverified => return Some(Unheard::Claimed),
        // An attestation that was made for one image is not carried over to the next.
        _ if elsewhere => return Some(Unheard::Elsewhere),
        Trust::VendorFeed { covers, .. } if !covered(covers, case.subject) => return Some(Unheard::NotItsOwn),
        _ => {}
    }
    // What asks for caution is heard even where it is not sure to be meant.
    if !voice.status().clears() {
        return None;
    }
    match matched {
        _ if case.malicious && !voice.trust.may_clear_malware() => Some(Unheard::Malware),
        _ if !voice.statement.sound => Some(Unheard::Unsound),
        Match::No | Match::Possible => Some(Unheard::Unclear),
        Match::Yes { versioned: false } if voice.status() == VexStatus::Fixed => Some(Unheard::FixedWithoutVersion),
        Match::Yes { .. } => None,
    }
}

/// Whether a feed speaks for the component.
fn covered(covers: &[Box<str>], subject: &Subject) -> bool {
    subject.component.purls.iter().any(|purl| {
        let namespace = purl.namespace().unwrap_or_default();
        covers.iter().any(|cover| cover.split_once('/').unwrap_or((cover, "")) == (purl.kind(), namespace))
    })
}

/// An order in which nothing depends on where a statement stood: standing, speaker, time, caution, and what it says.
fn key<'v>(voice: &'v Voice<'_>) -> impl Ord + use<'v> {
    use std::cmp::Reverse;
    let Voice { statement, trust } = voice;
    let texts = [&statement.document, &statement.id, &statement.impact, &statement.action, &statement.notes];
    (
        (Reverse(trust.rank()), trust.speaker(), Reverse(statement.effective()), Reverse(statement.status)),
        (&statement.vulnerability, &statement.justification, &statement.pointer, texts, trust),
    )
}

/// Decides between voices in the order of [`key`].
fn weigh<'a>(voices: Vec<Voice<'a>>, unheard: Vec<(Voice<'a>, Unheard)>) -> Assessment<'a> {
    let Some(rank) = voices.first().map(|voice| voice.trust.rank()) else {
        let (conflicts, overruled) = (Vec::new(), Vec::new());
        return Assessment { effect: Effect::AdvisoryHolds, decided_by: None, conflicts, overruled, unheard };
    };
    let mut current = Vec::new();
    let mut past = Vec::new();
    let mut newest = None;
    for voice in voices {
        let speaker = (voice.trust.rank(), voice.trust.speaker().to_owned());
        let time = voice.statement.effective();
        let (of, at) = newest.get_or_insert_with(|| (speaker.clone(), time));
        if *of != speaker {
            (*of, *at) = (speaker, time);
        }
        let is_current = *at == time && voice.trust.rank() == rank;
        if is_current { current.push(voice) } else { past.push(voice) }
    }
    // The first of the most cautious: `current` is not empty, since the very first voice is in it.
    let status = current.iter().map(Voice::status).max().unwrap_or(VexStatus::Affected);
    let (mut agreed, conflicts): (Vec<_>, Vec<_>) = current.into_iter().partition(|voice| voice.status() == status);
    let overruled = past.into_iter().filter(|voice| voice.status() != status).collect();
    agreed.truncate(1);
    Assessment { effect: Effect::Status(status), decided_by: agreed.pop(), conflicts, overruled, unheard }
}

#[cfg(test)]
mod tests;
