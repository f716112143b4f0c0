//! Wrong spellings that an official example has, and that documents have from it.
//!
//! The examples of BSI TR-03183-2 v2.1.0 write `externalIdentifers`, `simpleLicensing_LicenseExpression`, a list as
//! `metadata.manufacturer`, and an element of the abstract class `software_SoftwareArtifact`. Validation refuses them; scores
//! read what was meant.

use std::borrow::Cow;

use crate::tree::{Members, Name, Value};

const NAMES: &[(&str, &str)] = &[
    ("externalIdentifers", "externalIdentifier"),
    ("externalIdentifiers", "externalIdentifier"),
    ("simpleLicensing_LicenseExpression", "simplelicensing_licenseExpression"),
    ("simpleLicensing_licenseExpression", "simplelicensing_licenseExpression"),
];

const CLASSES: &[(&str, &str)] = &[
    ("software_SoftwareArtifact", "software_Package"),
    ("simpleLicensing_LicenseExpression", "simplelicensing_LicenseExpression"),
];

/// The tree with such spellings put right; places stay what they are.
pub(super) fn corrected(tree: &Value) -> Cow<'_, Value> {
    let manufacturer = tree.get("metadata").and_then(|metadata| metadata.get("manufacturer"));
    if !matches!(manufacturer, Some(Value::Array(_))) && !is_misspelt(tree) {
        return Cow::Borrowed(tree);
    }
    let mut tree = respelt(tree);
    let metadata = tree.as_object_mut().and_then(|members| members.get_mut("metadata"));
    let manufacturer = metadata.and_then(Value::as_object_mut).and_then(|members| members.get_mut("manufacturer"));
    if let Some(held) = manufacturer
        && let Some(first) = held.as_array().and_then(|list| list.first().cloned())
    {
        *held = first;
    }
    Cow::Owned(tree)
}

fn right<'a>(pairs: &[(&str, &'a str)], word: &str) -> Option<&'a str> {
    pairs.iter().find(|(wrong, _)| *wrong == word).map(|(_, right)| *right)
}

/// Readers bound how deep a tree is, so the recursion is bounded too.
fn is_misspelt(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_misspelt),
        Value::Object(members) => members.iter().any(|(name, value)| {
            let class = || name == "type" && value.as_str().is_some_and(|class| right(CLASSES, class).is_some());
            right(NAMES, name).is_some() || class() || is_misspelt(value)
        }),
        _ => false,
    }
}

fn respelt(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(respelt).collect()),
        Value::Object(members) => {
            let one = |(name, value): (&str, &Value)| -> (Name, Value) {
                let class = value.as_str().filter(|_| name == "type").and_then(|class| right(CLASSES, class));
                let value = class.map_or_else(|| respelt(value), Value::text);
                (right(NAMES, name).map_or_else(|| name.to_owned(), str::to_owned).into(), value)
            };
            Value::Object(members.iter().map(one).collect::<Members>())
        }
        other => other.clone(),
    }
}
