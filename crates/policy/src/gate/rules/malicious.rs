//! `[malicious]`: that no component is known to be an attack.
//!
//! ```toml
//! [malicious]
//! max_age_days = 1
//! ```
//!
//! Attacks are advisories whose id, or one of whose aliases, begins with `MAL-`, and what sources of advisories mark so. VEX takes none of
//! them away; an exception has to name the advisory. Whether a version is affected for sure does not matter: one that may be is
//! refused too.

use std::collections::BTreeSet;

use super::{Keys, Rule, RuleKind};
use crate::PolicyError;
use crate::audit::{AuditRow, RowSort};
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};

const KEYS: &[&str] = &["max_age_days"];
pub(super) const KIND: RuleKind = RuleKind { name: "malicious", keys: KEYS, within: &[], read };

#[derive(Debug)]
struct Malicious {
    max_age_days: Option<u32>,
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    Ok(Box::new(Malicious { max_age_days: super::days(fields, "max_age_days")? }))
}

impl Rule for Malicious {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let (searched, mut checks) = context.searched(self.max_age_days);
        let mut seen = BTreeSet::new();
        let rows = searched.iter().flat_map(|one| one.audit.rows.iter().map(move |row| (one, row)));
        for (one, row) in rows.filter(|(_, row)| row.sort == RowSort::Malicious) {
            if seen.insert((row.component.clone(), row.advisory.clone())) {
                checks.push(found(row).at(one.place));
            }
        }
        if checks.is_empty() {
            let count: u64 = searched.iter().map(|one| one.audit.denominator.checked).sum();
            checks.push(GateCheck::passed("malicious", format!("none of {count} components is known to be an attack")));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let mut sentences = vec!["No component may be known to be an attack.".to_owned()];
        if let Some(days) = self.max_age_days {
            sentences.push(format!("The advisories may be {days} days old."));
        }
        (sentences, Vec::new())
    }

    fn needs_advisories(&self) -> bool {
        true
    }

    fn needs_contents(&self) -> bool {
        true
    }
}

/// That a component is an attack.
pub(super) fn found(row: &AuditRow) -> GateCheck {
    let summary = if row.summary.is_empty() { String::new() } else { format!(": {}", row.summary) };
    let message = format!("{} ({}){summary}", GateCode::Malicious.means(), row.claim);
    let mut check = GateCheck::failed("malicious", GateCode::Malicious, message)
        .about(format!("{} {}", row.component, row.advisory))
        .between("no attack", format!("{} ({})", row.advisory, row.rule));
    // Who lets an attack pass names it.
    check.ids = row.ids().filter(|id| id.starts_with("MAL-")).map(str::to_owned).collect();
    if check.ids.is_empty() {
        check.ids.push(row.advisory.clone());
    }
    check
}
