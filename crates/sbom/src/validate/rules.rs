//! Rules that the tables only name, each over the texts of one object.

use std::borrow::Cow;

use super::scalar::Wrong;

/// The members of an object whose values are text, in their order.
pub(super) type Texts<'a> = [(&'static str, Cow<'a, str>)];

/// What a rule finds wrong.
pub(super) type Check = fn(&Texts<'_>) -> Option<Wrong>;

/// Every rule by its name.
const RULES: &[(&str, Check)] = &[];

/// The rule of a name.
pub(super) fn named(name: &str) -> Option<Check> {
    RULES.iter().find(|(held, _)| *held == name).map(|(_, check)| *check)
}
