//! `[rego]` where the program was built without it: an error that says so.

use super::{Keys, Rule, RuleKind};
use crate::PolicyError;
use crate::file::Fields;

pub(super) const KIND: RuleKind = RuleKind {
    name: "rego",
    keys: &["files", "data", "signer", "type"],
    within: &[("signer", crate::builders::SIGNER)],
    read,
};

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    Err(fields.fault("", "this program was built without Rego: build it with the feature `rego`"))
}
