//! Single values: texts and numbers.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;

use super::format;
use super::plan::{Plan, Slot};
use super::words::{nearest, quote};
use crate::encoding::Encoding;
use crate::fault::FaultKind;
use crate::licenses;
use crate::standard::Type;

/// What is wrong with a value.
pub(super) type Wrong = (FaultKind, String);

/// Checks text against a type that is one of texts; `item` when it is one of several in an array.
pub(super) fn check_text(plan: &Plan, kind: &Type, slot: Option<&Slot>, item: bool, text: &str) -> Result<(), Wrong> {
    let format = |fits: bool, what: &str| {
        if fits { Ok(()) } else { Err((FaultKind::Format, format!("{} is not {what}", quote(text)))) }
    };
    match kind {
        // The words of the field say what it may be.
        _ if slot.is_some_and(|slot| slot.any_text) => {}
        Type::Pattern(id) => {
            let pattern = plan.standard.pattern(*id);
            let fits = pattern.is_some_and(|pattern| pattern.matches(text));
            format(fits, &pattern.map(|pattern| format!("of the form {}", pattern.source)).unwrap_or_default())?;
        }
        // A time zone is optional in XML Schema (part 2, 3.2.7).
        Type::DateTime if plan.encoding == Encoding::CycloneDxXml && format::is_date_time(&format!("{text}Z")) => {}
        Type::DateTime => format(format::is_date_time(text), "an RFC 3339 date and time")?,
        Type::Date => format(format::is_date(text), "an RFC 3339 date")?,
        Type::Iri => format(format::is_iri_reference(text), "an IRI reference (RFC 3987)")?,
        Type::Uri => format(format::is_uri(text), "an absolute URI (RFC 3986)")?,
        Type::Email => format(format::is_email(text), "a mail address")?,
        Type::SpdxLicense if !is_spdx_license(text) => {
            let near = nearest(text, spdx_licenses().iter().copied());
            return Err((FaultKind::Value, format!("{} is not on the SPDX licence list{near}", quote(text))));
        }
        Type::Enum(id) if !plan.has_value(*id, text) => {
            let near = nearest(text, plan.values(*id));
            let version = plan.standard.version_name(plan.version);
            return Err((FaultKind::Value, format!("{} is not a value of {version}{near}", quote(text))));
        }
        Type::Ref | Type::Link if text.is_empty() && !slot.is_some_and(|slot| slot.empty) => {
            return Err((FaultKind::Range, "a name must not be empty".to_owned()));
        }
        _ => {}
    }
    slot.map_or(Ok(()), |slot| check_words(slot, item, text))
}

/// What the line of the field adds.
fn check_words(slot: &Slot, item: bool, text: &str) -> Result<(), Wrong> {
    let field = slot.field;
    if let Some(constant) = field.constant.filter(|constant| !item && *constant != text) {
        return Err((FaultKind::Value, format!("{} must be {}", quote(text), quote(constant))));
    }
    if let Some(pattern) = slot.pattern.filter(|pattern| !pattern.matches(text)) {
        return Err((FaultKind::Format, format!("{} is not of the form {}", quote(text), pattern.source)));
    }
    if slot.one_line && text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err((FaultKind::Format, format!("{} has a line break", quote(text))));
    }
    if item || (field.min.is_none() && field.max.is_none()) {
        return Ok(());
    }
    let length = length(text);
    if field.min.is_some_and(|min| length < min) {
        return Err((FaultKind::Range, format!("{} is too short", quote(text))));
    }
    if field.max.is_some_and(|max| length > max) {
        return Err((FaultKind::Range, format!("{} has {length} characters; that is too many", quote(text))));
    }
    Ok(())
}

fn length(text: &str) -> f64 {
    u32::try_from(text.chars().count()).map_or(f64::INFINITY, f64::from)
}

/// Checks a number against `integer` or `number`.
pub(super) fn check_number(kind: &Type, slot: Option<&Slot>, item: bool, text: &str) -> Result<(), Wrong> {
    let value: f64 = text.parse().unwrap_or(f64::NAN);
    // JSON has no integers: 1.0 is one.
    if *kind == Type::Integer && text.contains(['.', 'e', 'E']) && value.fract() != 0.0 {
        return Err((FaultKind::Type, format!("{} is not a whole number", quote(text))));
    }
    let Some(field) = slot.map(|slot| slot.field) else { return Ok(()) };
    let (min, max) = if item { (field.item_min, None) } else { (field.min, field.max) };
    if let Some(min) = min.filter(|min| value < *min) {
        return Err((FaultKind::Range, format!("{text} is less than {min}")));
    }
    if let Some(max) = max.filter(|max| value > *max) {
        return Err((FaultKind::Range, format!("{text} is more than {max}")));
    }
    Ok(())
}

/// The ids of the SPDX licence list, deprecated ones and exceptions too, which CycloneDX takes for licences as well.
fn spdx_licenses() -> &'static FxHashSet<&'static str> {
    static ALL: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    ALL.get_or_init(|| licenses::listed().collect())
}

/// Whether text is one of them, letter by letter.
fn is_spdx_license(text: &str) -> bool {
    spdx_licenses().contains(text)
}
