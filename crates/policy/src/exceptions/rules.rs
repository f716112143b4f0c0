//! `[exceptions]` of a policy: where exceptions are, how long they may live, who may approve them and who has to have signed them.
//!
//! ```toml
//! [exceptions]
//! file = "exceptions.toml"
//! max_days = 90
//! max_break_glass_hours = 24
//! approvers = ["security@acme.example"]
//! signer = { key = "release" }
//! ```

use std::collections::BTreeMap;

use plimsoll_verify::{PublicKey, SignerExpectation};

use crate::PolicyError;
use crate::file::Fields;

pub(crate) const EXCEPTIONS: &[&str] = &["file", "max_days", "max_break_glass_hours", "approvers", "signer"];

/// For how many hours the glass stays broken where the policy does not say.
pub(super) const BREAK_GLASS_HOURS: u32 = 72;

/// What a policy says of exceptions.
#[derive(Debug, Clone)]
pub struct ExceptionRules {
    /// The file they are in, as the policy names it.
    pub file: Option<String>,
    /// The longest that one may live.
    pub max_days: Option<u32>,
    /// The longest that one may live that breaks the glass.
    pub max_break_glass_hours: u32,
    /// Who may approve them; anybody, when it is empty.
    pub approvers: Vec<String>,
    /// Who has to have signed their file: one of these. Nobody, when it is empty.
    pub signers: Vec<SignerExpectation>,
}

impl Default for ExceptionRules {
    fn default() -> Self {
        let max_break_glass_hours = BREAK_GLASS_HOURS;
        Self { file: None, max_days: None, max_break_glass_hours, approvers: Vec::new(), signers: Vec::new() }
    }
}

/// Reads the table out of a policy.
pub(crate) fn read(root: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<ExceptionRules, PolicyError> {
    let mut rules = ExceptionRules::default();
    let Some(table) = root.table("exceptions", EXCEPTIONS)? else { return Ok(rules) };
    let number = |key: &str, unit: &str| {
        let number = table.integer(key)?.map(|number| u32::try_from(number).ok().filter(|number| *number > 0));
        match number {
            Some(None) => Err(table.fault(key, format!("{key} has to be a number of {unit}"))),
            number => Ok(number.flatten()),
        }
    };
    rules.file = table.text("file")?.map(str::to_owned);
    rules.max_days = number("max_days", "days")?;
    rules.max_break_glass_hours = number("max_break_glass_hours", "hours")?.unwrap_or(BREAK_GLASS_HOURS);
    rules.approvers = table.texts("approvers")?.into_iter().map(str::to_owned).collect();
    for signer in table.one_or_more("signer", crate::builders::SIGNER)? {
        rules.signers.push(crate::builders::fixed_signer(&signer, keys)?);
    }
    Ok(rules)
}
