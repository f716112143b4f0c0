//! `[age]`: how long a version of a package has to be out before it may be used.
//!
//! ```toml
//! [age]
//! min_days = 7
//! types = ["npm", "pypi"]
//! except = ["pkg:npm/%40acme/*"]
//! unknown = "warn"
//! ```
//!
//! Since when a version is out is taken from what whoever asks knows (what was fetched, the inventory), and from the documents: there from
//! properties, as neither CycloneDX nor what is kept of SPDX has a field for it. Of several days the latest counts. What an unsigned
//! document says can only make a component too new. Without `types` it is about the packages of programming languages: versions of a
//! distribution are dated by nobody.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_model::Purl;
use plimsoll_sbom::document::Element;

use super::{Choice, Keys, Rule, RuleKind, listed, package_patterns};
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};
use crate::{Name, NamePattern, PolicyError};

const KEYS: &[&str] = &["min_days", "types", "except", "unknown"];
pub(super) const KIND: RuleKind = RuleKind { name: "age", keys: KEYS, within: &[], read };

/// Types of packages whose registries say since when a version is out.
const TYPES: &[&str] =
    &["cargo", "composer", "conda", "cpan", "gem", "golang", "hackage", "hex", "maven", "npm", "nuget", "pub", "pypi"];
/// Names of properties that say since when a version is out.
const PROPERTIES: &[&str] = &["plimsoll:releaseDate", "releaseDate", "release_date", "cdx:package:releaseDate"];

#[derive(Debug)]
struct Age {
    min_days: u32,
    /// Types of purls.
    types: Vec<String>,
    except: Vec<NamePattern>,
    unknown: Choice,
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let min_days = super::days(fields, "min_days")?.ok_or_else(|| fields.missing("min_days"))?;
    let types = match fields.texts("types")? {
        none if none.is_empty() => TYPES.iter().map(|kind| (*kind).to_owned()).collect(),
        own => own.into_iter().map(str::to_ascii_lowercase).collect(),
    };
    let except = package_patterns(fields, "except")?;
    Ok(Box::new(Age { min_days, types, except, unknown: Choice::read(fields, "unknown", Choice::Deny)? }))
}

/// What is known of a version of a package.
#[derive(Default)]
struct Known<'a> {
    about: String,
    /// The latest day that something believed says, and where it does.
    since: Option<(Timestamp, &'a str)>,
    /// The latest day that an unsigned document says.
    claimed: Option<(Timestamp, &'a str)>,
    place: &'a str,
}

impl Rule for Age {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let (contents, mut checks) = context.contents();
        let mut versions: BTreeMap<String, Known<'_>> = BTreeMap::new();
        for contents in &contents {
            for element in listed(contents.document) {
                let Some(purl) = element.purls.iter().find_map(|text| Purl::parse(text).ok()) else { continue };
                let name = Name::package(&purl);
                let excepted = || self.except.iter().any(|except| except.matches(&name).is_some());
                if !self.types.iter().any(|kind| kind == purl.kind()) || excepted() {
                    continue;
                }
                let known = versions.entry(name.to_string()).or_default();
                if known.about.is_empty() {
                    (known.about, known.place) = (purl.to_string(), contents.place);
                    known.since = (context.input.published)(&purl).map(|since| (since, "published"));
                }
                let stated = stated(element).map(|since| (since, contents.place));
                let held = if contents.claim == "unsigned claim" { &mut known.claimed } else { &mut known.since };
                // The later of two is the more careful.
                *held = (*held).max(stated);
            }
        }
        let total = versions.len();
        checks.extend(versions.values().filter_map(|known| self.of(known, context.input.at)));
        if checks.is_empty() {
            let message = format!("all of {total} versions have been out for {} days", self.min_days);
            checks.push(GateCheck::passed("age", message));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let types: BTreeSet<&str> = self.types.iter().map(String::as_str).collect();
        let types = types.into_iter().collect::<Vec<_>>().join(", ");
        let mut sentences = vec![
            format!("Versions of components have to be out for {} days: those of {types}.", self.min_days),
            format!("A version of which nobody says since when it is out {}.", self.unknown.verb()),
        ];
        if !self.except.is_empty() {
            let names: Vec<&str> = self.except.iter().map(NamePattern::as_str).collect();
            sentences.push(format!("It does not look at {}.", names.join(" or ")));
        }
        let weak = self.unknown == Choice::Allow;
        (sentences, weak.then(|| "a version of which nobody knows the age passes".to_owned()).into_iter().collect())
    }

    fn needs_contents(&self) -> bool {
        true
    }
}

impl Age {
    fn of(&self, known: &Known<'_>, at: Timestamp) -> Option<GateCheck> {
        let least = SignedDuration::from_hours(i64::from(self.min_days).saturating_mul(24));
        let is_new = |held: Option<(Timestamp, _)>| held.filter(|(since, _)| at.duration_since(*since) < least);
        if let Some((since, place)) = is_new(known.since).or(is_new(known.claimed)) {
            let days = at.duration_since(since).as_hours().div_euclid(24);
            let check = GateCheck::failed("age", GateCode::TooNew, GateCode::TooNew.means());
            let actual = format!("{days} days, since {since}");
            return Some(check.about(&known.about).between(format!("{} days", self.min_days), actual).at(place));
        }
        if known.since.is_some() {
            return None;
        }
        let check = self.unknown.check("age", GateCode::AgeUnknown, GateCode::AgeUnknown.means())?;
        Some(check.about(&known.about).between(format!("{} days", self.min_days), "no date").at(known.place))
    }
}

/// Since when a version is out, as a document says: a day counts from its end, which is the later.
fn stated(element: &Element) -> Option<Timestamp> {
    let named = element.properties.iter().filter(|property| PROPERTIES.contains(&property.name.as_str()));
    let read = |text: &str| {
        let day = || text.parse::<Date>().ok()?.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok();
        text.parse::<Timestamp>().ok().or_else(|| day().map(|day| day.timestamp()))
    };
    named.filter_map(|property| read(property.value.trim())).max()
}
