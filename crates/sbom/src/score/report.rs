//! What a profile finds in a document.

use super::check::Outcome;
use super::facts::Facts;
use super::fixes::fix;
use super::profile::{Among, Field, Group, Profile, Requirement};
use crate::document::ElementIndex;
use crate::tree::Pointer;

/// How often each outcome was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// It is there.
    pub present: u64,
    /// It is said to be unknown.
    pub unknown: u64,
    /// It is left out.
    pub missing: u64,
    /// It is left out, and whether there is such a thing cannot be told.
    pub cannot_tell: u64,
    /// The question does not arise.
    pub not_applicable: u64,
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Present => &mut self.present,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Missing => &mut self.missing,
            Outcome::CannotTell => &mut self.cannot_tell,
            Outcome::NotApplicable => &mut self.not_applicable,
        };
        *count = count.saturating_add(1);
    }

    /// Those that were asked and could be told.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.present.saturating_add(self.unknown).saturating_add(self.missing)
    }
}

/// A place where a field is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offender {
    /// What was found there.
    pub outcome: Outcome,
    /// The name of the element in its document; `None` for the document itself, or an element without one.
    pub id: Option<String>,
    /// Its name and version, for people; `None` for the document itself.
    pub name: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
    /// What to add there.
    pub fix: String,
}

/// What was found of one field.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FieldReport {
    /// The field.
    pub field: &'static Field,
    /// What was found.
    pub counts: Counts,
    /// How much of it is satisfied, from 0 to 1; `None` when nothing was asked.
    pub share: Option<f64>,
    /// How much of it is there, from 0 to 1; `None` when nothing was asked.
    pub known: Option<f64>,
    /// The first places where it is not there: those that left it out first, then those that say it is unknown.
    pub offenders: Vec<Offender>,
    /// How many more such places there are.
    pub more: u64,
}

/// What was found of one category.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GroupReport {
    /// The category.
    pub group: &'static Group,
    /// From 0 to 100.
    pub score: f64,
}

/// What a profile finds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The profile.
    pub profile: &'static Profile,
    /// From 0 to 100.
    pub score: f64,
    /// What the score would be if only what is there counted, and nothing that is said to be unknown.
    pub known: f64,
    /// Components in the document.
    pub components: u64,
    /// Its categories.
    pub groups: Vec<GroupReport>,
    /// Its fields, in the order of the profile.
    pub fields: Vec<FieldReport>,
}

impl Report {
    /// Whether everything that is required is there, or said to be unknown where that satisfies.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        let mut required = self.fields.iter().filter(|held| held.field.requirement == Requirement::Required);
        required.all(|held| held.share.is_none_or(|share| share >= 1.0))
    }

    /// The mean share of the fields of one requirement, from 0 to 100; `None` when there are none.
    #[must_use]
    pub fn share_of(&self, requirement: Requirement) -> Option<f64> {
        let fields = self.fields.iter().filter(|held| held.field.requirement == requirement);
        mean(fields.filter_map(|held| Some((1.0, held.share?)))).map(|share| share * 100.0)
    }
}

/// The letter for a score: A from 90, B from 80, C from 70, D from 50, else F.
#[must_use]
pub fn grade(score: f64) -> char {
    [(90.0, 'A'), (80.0, 'B'), (70.0, 'C'), (50.0, 'D')]
        .iter()
        .find(|(least, _)| score >= *least)
        .map_or('F', |(_, letter)| *letter)
}

/// A score with one decimal; rounded down, so that nothing seems better than it is.
#[must_use]
pub fn points(score: f64) -> f64 {
    // The mean of tenths may come out a hair below a tenth.
    ((score * 10.0) + 1e-6).floor() / 10.0
}

/// The weighted mean.
fn mean(shares: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weights) =
        shares.fold((0.0, 0.0), |(sum, weights), (weight, share)| (weight.mul_add(share, sum), weights + weight));
    (weights > 0.0).then(|| sum / weights)
}

pub(super) fn report(facts: &Facts<'_>, profile: &'static Profile, offenders: usize) -> Report {
    let fields: Vec<FieldReport> = profile.fields.iter().map(|field| of_field(facts, field, offenders)).collect();
    let groups = groups(profile, &fields, |held| held.share);
    let score = total(profile, &fields, |held| held.share);
    let known = total(profile, &fields, |held| held.known);
    let components = u64::try_from(facts.document.components().count()).unwrap_or(u64::MAX);
    Report { profile, score, known, components, groups, fields }
}

fn of_group(fields: &[FieldReport], group: Option<usize>, share: fn(&FieldReport) -> Option<f64>) -> f64 {
    let fields = fields.iter().filter(|held| held.field.group == group);
    mean(fields.filter_map(|held| Some((held.field.weight, share(held)?)))).unwrap_or_default() * 100.0
}

fn groups(
    profile: &'static Profile,
    fields: &[FieldReport],
    share: fn(&FieldReport) -> Option<f64>,
) -> Vec<GroupReport> {
    let groups = profile.groups.iter().enumerate();
    groups.map(|(at, group)| GroupReport { group, score: of_group(fields, Some(at), share) }).collect()
}

/// The weighted mean of the fields, or of the categories that they are in.
fn total(profile: &'static Profile, fields: &[FieldReport], share: fn(&FieldReport) -> Option<f64>) -> f64 {
    if profile.groups.is_empty() {
        return of_group(fields, None, share);
    }
    let groups = groups(profile, fields, share);
    mean(groups.iter().map(|held| (held.group.weight, held.score))).unwrap_or_default()
}

fn of_field(facts: &Facts<'_>, field: &'static Field, most: usize) -> FieldReport {
    let mut found = Found { facts, field, most, counts: Counts::default(), missing: Vec::new(), unknown: Vec::new() };
    let standard = facts.parsed.encoding.standard().name();
    if field.only.is_some_and(|only| only != standard) {
        found.counts.add(Outcome::NotApplicable);
    } else if !field.is_of_components() {
        found.add(field.check.of_document(facts), None);
    } else if field.among != Among::All && facts.document.roots.is_empty() {
        // Nobody can tell which components are meant.
        found.add(Outcome::Missing, None);
    } else {
        for (at, _) in facts.document.components() {
            let asked = match field.among {
                Among::All => true,
                Among::Direct => facts.said(at).direct,
                Among::Root => facts.said(at).root,
            };
            if let Some(item) = facts.item(at).filter(|_| asked) {
                found.add(field.check.of_component(&item), Some(at));
            }
        }
    }
    found.report()
}

/// Outcomes of one field as they are found.
struct Found<'f, 'a> {
    facts: &'f Facts<'a>,
    field: &'static Field,
    most: usize,
    counts: Counts,
    missing: Vec<(Outcome, Option<ElementIndex>)>,
    unknown: Vec<(Outcome, Option<ElementIndex>)>,
}

impl Found<'_, '_> {
    fn add(&mut self, outcome: Outcome, at: Option<ElementIndex>) {
        let if_exists = self.field.requirement == Requirement::IfExists;
        let outcome = if outcome == Outcome::Missing && if_exists { Outcome::CannotTell } else { outcome };
        self.counts.add(outcome);
        let list = match outcome {
            Outcome::Missing | Outcome::CannotTell => &mut self.missing,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Present | Outcome::NotApplicable => return,
        };
        if list.len() < self.most {
            list.push((outcome, at));
        }
    }

    fn report(self) -> FieldReport {
        let counts = self.counts;
        let satisfied =
            if self.field.unknown_counts { counts.present.saturating_add(counts.unknown) } else { counts.present };
        // Counts are of things in memory, far below 2^53.
        let share = |count: u64| (counts.asked() > 0).then(|| count as f64 / counts.asked() as f64);
        let (share, known) = (share(satisfied), share(counts.present));
        let offenders: Vec<Offender> = self
            .missing
            .iter()
            .chain(&self.unknown)
            .take(self.most)
            .map(|(outcome, at)| self.offender(*outcome, *at))
            .collect();
        let all = counts.missing.saturating_add(counts.cannot_tell).saturating_add(counts.unknown);
        let more = all.saturating_sub(u64::try_from(offenders.len()).unwrap_or(u64::MAX));
        FieldReport { field: self.field, counts, share, known, offenders, more }
    }

    fn offender(&self, outcome: Outcome, at: Option<ElementIndex>) -> Offender {
        let check = if self.field.is_of_components() && at.is_none() { "primary" } else { self.field.check.name };
        let text = fix(check, self.facts.parsed);
        let Some(element) = at.and_then(|at| self.facts.document.element(at)) else {
            return Offender { outcome, id: None, name: None, pointer: Pointer::root(), fix: text.to_owned() };
        };
        let pointer = at.map(|at| self.facts.pointer(at)).unwrap_or_default();
        let name = match &element.version {
            Some(version) => format!("{} {version}", element.full_name()),
            None => element.full_name(),
        };
        // The name comes last, so that nothing in it is taken for a mark.
        let fix = text.replace("{at}", pointer.as_str()).replace("{name}", &element.full_name());
        let id = (!element.unnamed).then(|| element.id.clone());
        Offender { outcome, id, name: Some(name), pointer, fix }
    }
}
