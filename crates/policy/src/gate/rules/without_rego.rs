//! `[rego]` where the program was built without it: an error that says so.

use super::{Keys, Rule, RuleKind};
use crate::PolicyError;
use crate::file::Fields;

pub(super) const KIND: RuleKind = RuleKind {
    name: "rego",
    keys: &["files", "modules", "data", "signer", "type"],
    within: &[("signer", crate::builders::SIGNER)],
    read,
};

const MISSING: &str = "this program was built without Rego: build it with the feature `rego`";

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    Err(fields.fault("", MISSING))
}

/// As in the other one.
pub(crate) fn compliance_problem(_: &str) -> Option<String> {
    Some(MISSING.to_owned())
}

/// As in the other one.
pub(super) fn of(_: Vec<(String, String)>, _: Vec<(String, String)>) -> Result<Box<dyn Rule>, String> {
    Err(MISSING.to_owned())
}
