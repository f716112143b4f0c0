//! What is asked of the licences of each component.

use plimsoll_model::{Acknowledgement, License};

use super::Outcome;
use crate::document::{LicenseClaim, LicenseStatement, Slot};
use crate::licenses;
use crate::score::facts::{Item, is_value, stands_for_unknown};

const LICENSE: &[&str] = &["license", "licenses", "licence", "licences"];

fn claimed<'a>(item: &'a Item<'_>, claims: &'a [LicenseClaim]) -> impl Iterator<Item = &'a LicenseStatement> {
    item.element.licenses.iter().filter(|held| claims.contains(&held.claim))
}

/// A licence of these claims; that there is none is an answer too.
fn stated(item: &Item<'_>, claims: &[LicenseClaim], slots: &[Slot]) -> Outcome {
    let known = claimed(item, claims).any(|held| is_value(&held.text)) || slots.iter().any(|slot| item.is_none(*slot));
    Outcome::of(known, || {
        item.is_unknown(slots, LICENSE) || claimed(item, claims).any(|held| stands_for_unknown(&held.text))
    })
}

pub(super) fn any(item: &Item<'_>) -> Outcome {
    let claims = [LicenseClaim::Unsaid, LicenseClaim::Declared, LicenseClaim::Concluded];
    stated(item, &claims, &[Slot::LicenseDeclared, Slot::LicenseConcluded])
}

pub(super) fn concluded(item: &Item<'_>) -> Outcome {
    stated(item, &[LicenseClaim::Concluded], &[Slot::LicenseConcluded])
}

pub(super) fn declared(item: &Item<'_>) -> Outcome {
    stated(item, &[LicenseClaim::Unsaid, LicenseClaim::Declared], &[Slot::LicenseDeclared])
}

pub(super) fn effective(item: &Item<'_>) -> Outcome {
    let names = ["bsi:component:effectiveLicense", "bsi:component:effectiveLicence"];
    Outcome::is(names.iter().any(|name| item.property(name).is_some_and(is_value)))
}

/// The expression of a concluded licence, when it is one of SPDX.
fn expression(held: &LicenseStatement) -> Option<String> {
    let license = License::new(&held.text, Acknowledgement::Concluded)?;
    licenses::expression(&license).map(str::to_owned)
}

pub(super) fn valid(item: &Item<'_>) -> Outcome {
    Outcome::is(claimed(item, &[LicenseClaim::Concluded]).any(|held| expression(held).is_some()))
}

/// Whether no concluded licence has an id that is so; as in sbomqs, a document without concluded licences fails.
fn none_is(item: &Item<'_>, is: fn(spdx::LicenseId) -> bool) -> Outcome {
    let named = |held: &LicenseStatement| {
        let text = expression(held).unwrap_or_default();
        let mut words = text.split([' ', '(', ')']);
        words.any(|word| spdx::license_id(word.trim_end_matches('+')).is_some_and(is))
    };
    Outcome::is(item.facts.any_concluded && !claimed(item, &[LicenseClaim::Concluded]).any(named))
}

pub(super) fn not_deprecated(item: &Item<'_>) -> Outcome {
    none_is(item, spdx::LicenseId::is_deprecated)
}

pub(super) fn not_restrictive(item: &Item<'_>) -> Outcome {
    none_is(item, spdx::LicenseId::is_copyleft)
}
