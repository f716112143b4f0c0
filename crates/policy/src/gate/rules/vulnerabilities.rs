//! `[vulnerabilities]`: which vulnerabilities of components are refused. `plimsoll audit` reads the same table.
//!
//! ```toml
//! [vulnerabilities]
//! fail_on = ["high", "kev"]
//! ignore_unfixed = true
//! max_age_days = 3
//! unsearched = "warn"
//! ```
//!
//! What is said by VEX counts as it does in an audit: only of those whom the policy names. What is known to be an attack is left to
//! `[malicious]` where that is about the artifact, and is refused here where it is not.

use std::collections::BTreeSet;

use plimsoll_advisory::Rating;

use super::{Choice, Keys, Rule, RuleKind, malicious};
use crate::PolicyError;
use crate::audit::{self, AuditRow, RowSort, RowState, VulnerabilityRules};
use crate::file::Fields;
use crate::gate::context::{Context, Searched};
use crate::gate::{GateCheck, GateCode};

pub(super) const KIND: RuleKind =
    RuleKind { name: "vulnerabilities", keys: audit::VULNERABILITIES, within: &[("grace_days", audit::GRACE)], read };

#[derive(Debug)]
struct Vulnerabilities {
    rules: VulnerabilityRules,
    unsearched: Choice,
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let unsearched = Choice::read(fields, "unsearched", Choice::Warn)?;
    Ok(Box::new(Vulnerabilities { rules: audit::read_table(fields)?, unsearched }))
}

impl Rule for Vulnerabilities {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let (searched, mut checks) = context.searched(self.rules.max_age_days);
        let names = context.input.names;
        let mut rules = context.input.policy.gate_rules();
        let elsewhere = rules.any(|rule| rule.name() == malicious::KIND.name && rule.concerns(names));
        let mut seen = BTreeSet::new();
        let (mut total, mut open) = (0_u64, 0_u64);
        for one in &searched {
            total = total.saturating_add(one.audit.denominator.checked);
            for row in &one.audit.rows {
                if row.sort == RowSort::Malicious && elsewhere
                    || !seen.insert((row.component.as_str(), row.advisory.as_str(), row.state))
                {
                    continue;
                }
                open = open.saturating_add(u64::from(row.state == RowState::Open));
                checks.extend(self.of(row, context).map(|check| check.at(one.place)));
            }
            checks.extend(self.unsearched(one));
        }
        if !checks.iter().any(|check| check.code().is_some()) {
            let message = format!("of {open} vulnerabilities in {total} components none is refused");
            checks.push(GateCheck::passed("vulnerabilities", message));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let rules = &self.rules;
        let mut refused: Vec<String> = rules.fail_on.iter().map(ToString::to_string).collect();
        refused
            .extend(rules.min_epss.map(|least| format!("a probability of exploitation of {}% or more", least / 1000)));
        let mut sentences = Vec::new();
        let mut warnings = Vec::new();
        if refused.is_empty() {
            warnings.push("nothing is refused: fail_on is missing".to_owned());
        } else {
            sentences.push(format!(
                "No component may have a vulnerability that is {}, or is an attack.",
                refused.join(" or ")
            ));
        }
        if rules.ignore_unfixed {
            sentences.push("What no version mends is not refused.".to_owned());
        }
        for (sort, days) in &rules.grace_days {
            sentences.push(format!("There are {days} days of grace for {sort}."));
        }
        if let Some(days) = rules.max_age_days {
            sentences.push(format!("The advisories may be {days} days old."));
        }
        sentences.push(format!("A component that no source of advisories covers {}.", self.unsearched.verb()));
        (sentences, warnings)
    }

    fn needs_advisories(&self) -> bool {
        true
    }

    fn needs_contents(&self) -> bool {
        true
    }
}

impl Vulnerabilities {
    fn of(&self, row: &AuditRow, context: &Context<'_>) -> Option<GateCheck> {
        let at = context.input.at;
        if row.sort == RowSort::Malicious {
            return Some(malicious::found(row));
        }
        let about = format!("{} {}", row.component, row.advisory);
        if row.state == RowState::Vexed {
            let open = AuditRow { state: RowState::Open, ..row.clone() };
            self.rules.refuses(&open, at)?;
            return Some(
                GateCheck::passed("vulnerabilities", format!("it does not matter: {}", row.said)).about(about),
            );
        }
        let why = self.rules.refuses(row, at)?;
        let summary = if row.summary.is_empty() { String::new() } else { format!(": {}", row.summary) };
        let message = format!("{} ({why}, {}){summary}", GateCode::Vulnerable.means(), row.claim);
        let mended = if row.fixed.is_empty() { "no version mends it".to_owned() } else { row.fixed.join(" or ") };
        let exploited = if row.kev.is_empty() { "" } else { ", known to be exploited" };
        let rating = row.rating().map_or("no rating", Rating::as_str);
        let mut check = GateCheck::failed("vulnerabilities", GateCode::Vulnerable, message)
            .about(about)
            .between(mended, format!("{} ({rating}{exploited}, {})", row.installed, row.rule));
        check.ids = row.ids().map(str::to_owned).collect();
        Some(check)
    }

    fn unsearched(&self, one: &Searched<'_>) -> Option<GateCheck> {
        let denominator = &one.audit.denominator;
        let mut told: Vec<String> =
            denominator.not_searched.iter().map(|(kind, count)| format!("{count} of {kind}")).collect();
        for (count, what) in [(denominator.without_purl, "purl"), (denominator.without_release, "release")] {
            if count > 0 {
                told.push(format!("{count} without a {what}"));
            }
        }
        if told.is_empty() {
            return None;
        }
        let message = format!("{}: {}", GateCode::NotSearched.means(), told.join(", "));
        self.unsearched.check("coverage", GateCode::NotSearched, &message).map(|check| check.at(one.place))
    }
}
