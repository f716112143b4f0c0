//! `[licenses]`: under which licences components may be.
//!
//! ```toml
//! [licenses]
//! allow = ["MIT", "Apache-2.0", "BSD-*", "GPL-2.0-only WITH Classpath-exception-2.0"]
//! deny = ["AGPL-*", "group:copyleft"]
//! unknown = "warn"
//! except = ["pkg:npm/%40acme/*"]
//! ```
//!
//! Licences are SPDX expressions (SPDX 2.3 Annex D): of a choice one allowed licence is enough, of a sum all have to be. What was concluded
//! goes before what was declared. `deny` goes before `allow`, but for a licence `WITH` an exception that `allow` writes out.
//! What surprises: who allows `Apache-1.1` allows `Apache-1.1+` too, as that is a choice with it in it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Acknowledgement, License, Purl};
use plimsoll_sbom::document::{Element, LicenseClaim, LicenseForm, LicenseStatement};
use plimsoll_verify::Pattern;

use super::{Choice, Keys, Rule, RuleKind, listed, package_patterns};
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};
use crate::words::{nearest, quote};
use crate::{Name, NamePattern, PolicyError};

const KEYS: &[&str] = &["allow", "deny", "unknown", "except"];
pub(super) const KIND: RuleKind = RuleKind { name: "licenses", keys: KEYS, within: &[], read };

const GROUPS: &[&str] = &["copyleft", "osi-approved", "fsf-free"];

#[derive(Debug)]
struct Licenses {
    /// What is allowed; anything that is not denied when it is empty.
    allow: Vec<Wanted>,
    deny: Vec<Wanted>,
    unknown: Choice,
    except: Vec<NamePattern>,
}

/// Which licences are meant.
#[derive(Debug)]
enum Wanted {
    Named { text: String, pattern: Pattern },
    Group(&'static str),
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let (allow, deny) = (wanted(fields, "allow")?, wanted(fields, "deny")?);
    if allow.is_empty() && deny.is_empty() {
        return Err(fields.fault("allow", "[licenses] neither allows nor denies anything"));
    }
    let unknown = Choice::read(fields, "unknown", Choice::Deny)?;
    Ok(Box::new(Licenses { allow, deny, unknown, except: package_patterns(fields, "except")? }))
}

fn wanted(fields: &Fields<'_>, key: &str) -> Result<Vec<Wanted>, PolicyError> {
    let mut all = Vec::new();
    for text in fields.texts(key)? {
        if let Some(group) = text.strip_prefix("group:") {
            let known = GROUPS.iter().find(|known| **known == group);
            let problem = || format!("{} is no group of licences{}", quote(group), nearest(group, GROUPS));
            all.push(Wanted::Group(known.ok_or_else(|| fields.fault(key, problem()))?));
            continue;
        }
        if text.contains(" AND ") || text.contains(" OR ") {
            let problem = format!("{} is more than one licence: each is named by itself", quote(text));
            return Err(fields.fault(key, problem));
        }
        let pattern =
            Pattern::glob(&text.to_ascii_lowercase()).map_err(|error| fields.fault(key, error.to_string()))?;
        all.push(Wanted::Named { text: text.to_owned(), pattern });
    }
    Ok(all)
}

impl Wanted {
    fn has(&self, names: &[String]) -> bool {
        names.iter().any(|name| match self {
            Self::Named { pattern, .. } => pattern.matches(&name.to_ascii_lowercase()),
            Self::Group(group) => License::is_in_group(name, group) == Some(true),
        })
    }

    /// Whether it writes out a licence with its exception.
    fn is_written_out(&self, term: &str) -> bool {
        matches!(self, Self::Named { text, pattern } if text.contains(" WITH ") && pattern.matches(&term.to_ascii_lowercase()))
    }

    fn told(&self) -> String {
        match self {
            Self::Named { text, .. } => text.clone(),
            Self::Group(group) => format!("group:{group}"),
        }
    }
}

/// All that a term may be called: without its exception, and with what older ids and `+` mean.
fn names(term: &str) -> Vec<String> {
    let base = term.split(" WITH ").next().unwrap_or(term);
    let mut all = vec![term.to_owned(), base.to_owned()];
    let is_gnu = ["GPL-", "LGPL-", "AGPL-", "GFDL-"].iter().any(|prefix| base.starts_with(prefix));
    match base.strip_suffix('+') {
        Some(plain) => all.extend([plain.to_owned(), format!("{plain}-or-later")]),
        None if is_gnu && !base.ends_with("-only") && !base.ends_with("-or-later") => all.push(format!("{base}-only")),
        None => {}
    }
    all
}

/// What is known of a component from everywhere.
#[derive(Default)]
struct Known<'a> {
    about: String,
    purl: Option<Purl>,
    /// What is said of it, by whom and where.
    said: Vec<(&'a Element, &'a str, &'static str)>,
}

impl Rule for Licenses {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let (contents, mut checks) = context.contents();
        let mut components: BTreeMap<String, Known<'_>> = BTreeMap::new();
        for contents in &contents {
            for element in listed(contents.document) {
                let purl = element.purls.iter().find_map(|text| Purl::parse(text).ok());
                let version = element.version.as_deref().unwrap_or_default();
                let about =
                    element.purls.first().cloned().unwrap_or_else(|| format!("{} {version}", element.full_name()));
                let name = match &purl {
                    // What a package is qualified by does not change its licence.
                    Some(purl) => Name::package(purl).to_string(),
                    None => about.clone(),
                };
                let known = components.entry(name).or_default();
                if known.said.is_empty() {
                    (known.about, known.purl) = (about, purl);
                }
                known.said.push((element, contents.place, contents.claim));
            }
        }
        let failed = checks.len();
        let total = components.len();
        for known in components.values() {
            let name = known.purl.as_ref().map(Name::package);
            if name.is_some_and(|name| self.except.iter().any(|except| except.matches(&name).is_some())) {
                continue;
            }
            checks.extend(self.of(known));
        }
        if checks.len() == failed && failed == 0 {
            checks.push(GateCheck::passed(
                "licenses",
                format!("all of {total} components have licences that are allowed"),
            ));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let told = |all: &[Wanted]| all.iter().map(Wanted::told).collect::<Vec<_>>().join(", ");
        let mut sentences = Vec::new();
        if !self.allow.is_empty() {
            sentences.push(format!("Components have to be under one of these licences: {}.", told(&self.allow)));
        }
        if !self.deny.is_empty() {
            sentences.push(format!("No component may be under one of these licences: {}.", told(&self.deny)));
        }
        sentences.push(format!("A licence that is not known {}.", self.unknown.verb()));
        if !self.except.is_empty() {
            let names: Vec<&str> = self.except.iter().map(NamePattern::as_str).collect();
            sentences.push(format!("It does not look at {}.", names.join(" or ")));
        }
        let weak = self.unknown == Choice::Allow;
        (
            sentences,
            weak.then(|| "a component of which nobody says the licence passes".to_owned()).into_iter().collect(),
        )
    }

    fn needs_contents(&self) -> bool {
        true
    }
}

/// What is said of the licence of a component at one place.
enum Said {
    /// It may be used.
    Allowed,
    /// It may not: what of it, and all of it.
    Denied(BTreeSet<String>, String),
    /// It cannot be read: as it is written, empty for nothing.
    Unknown(String),
}

impl Licenses {
    fn of(&self, known: &Known<'_>) -> Option<GateCheck> {
        let mut is_known = false;
        let mut unread = None;
        for (element, place, claim) in &known.said {
            match self.weigh(element) {
                // That an unsigned document says so takes no reason away.
                Said::Allowed => is_known |= *claim != "unsigned claim",
                Said::Unknown(text) => {
                    unread = unread.or(Some((text, *place)));
                }
                Said::Denied(terms, text) => {
                    let terms: Vec<String> = terms.into_iter().collect();
                    let message = format!("{} ({claim}): {}", GateCode::LicenseDenied.means(), terms.join(", "));
                    let check = GateCheck::failed("licenses", GateCode::LicenseDenied, message);
                    return Some(check.about(&known.about).between(self.expected(), text).at(*place));
                }
            }
        }
        if is_known {
            return None;
        }
        let (text, place) = unread.unwrap_or_default();
        let actual = if text.is_empty() { "nothing".to_owned() } else { text };
        let check = self.unknown.check("licenses", GateCode::LicenseUnknown, GateCode::LicenseUnknown.means())?;
        Some(check.about(&known.about).between("an SPDX expression", actual).at(place))
    }

    fn expected(&self) -> String {
        let told = |all: &[Wanted]| all.iter().map(Wanted::told).collect::<Vec<_>>().join(", ");
        match (self.allow.is_empty(), self.deny.is_empty()) {
            (false, true) => format!("one of {}", told(&self.allow)),
            (true, _) => format!("none of {}", told(&self.deny)),
            (false, false) => format!("one of {}, and none of {}", told(&self.allow), told(&self.deny)),
        }
    }

    /// All statements of the strongest sort have to hold: several of one sort are a sum.
    fn weigh(&self, element: &Element) -> Said {
        let of = |claim: &[LicenseClaim]| -> Vec<&LicenseStatement> {
            element.licenses.iter().filter(|statement| claim.contains(&statement.claim)).collect()
        };
        let sorts: [&[LicenseClaim]; 3] =
            [&[LicenseClaim::Concluded], &[LicenseClaim::Declared, LicenseClaim::Unsaid], &[LicenseClaim::Observed]];
        let Some(statements) = sorts.into_iter().map(of).find(|found| !found.is_empty()) else {
            return Said::Unknown(String::new());
        };
        let text = statements.iter().map(|statement| statement.text.as_str()).collect::<Vec<_>>().join(" AND ");
        let (mut denied, mut unknown) = (BTreeSet::new(), false);
        for statement in statements {
            match self.allows(statement) {
                Some(Ok(())) => {}
                Some(Err(terms)) => denied.extend(terms),
                None => unknown = true,
            }
        }
        match (denied.is_empty(), unknown) {
            (false, _) => Said::Denied(denied, text),
            (true, true) => Said::Unknown(text),
            (true, false) => Said::Allowed,
        }
    }

    /// Whether one statement holds, with the terms that do not; `None` when nobody can say.
    fn allows(&self, statement: &LicenseStatement) -> Option<Result<(), BTreeSet<String>>> {
        let mut bad = BTreeSet::new();
        let mut term = |term: &str| {
            let holds = self.allows_term(term);
            if !holds {
                bad.insert(term.to_owned());
            }
            holds
        };
        let read = License::new(&statement.text, Acknowledgement::Declared);
        let held = match read.as_ref().and_then(|license| license.holds(&mut term)) {
            Some(held) => held,
            // A licence by a name that the policy has: the name is the term.
            None if statement.form == LicenseForm::Name && self.names(&statement.text) => term(&statement.text),
            None => return None,
        };
        Some(if held { Ok(()) } else { Err(bad) })
    }

    fn names(&self, text: &str) -> bool {
        let names = [text.to_owned()];
        self.allow.iter().chain(&self.deny).any(|wanted| wanted.has(&names))
    }

    fn allows_term(&self, term: &str) -> bool {
        let names = names(term);
        if self.allow.iter().any(|wanted| wanted.is_written_out(term)) {
            return true;
        }
        !self.deny.iter().any(|wanted| wanted.has(&names))
            && (self.allow.is_empty() || self.allow.iter().any(|wanted| wanted.has(&names)))
    }
}
