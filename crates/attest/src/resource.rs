//! Descriptions of artifacts within predicates.
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md>

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::DigestSet;

/// An artifact that a predicate speaks of: a dependency, a byproduct, a tool. At least one of `uri`, `digest` and `content` is
/// there in one that says something ([`ResourceDescriptor::says_something`]).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceDescriptor {
    /// A name within the predicate.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What identifies it anywhere: often a purl, or where a repository is.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub uri: String,
    /// Its digests, by the algorithm's name in in-toto.
    #[serde(deserialize_with = "digests", skip_serializing_if = "DigestSet::is_empty")]
    pub digest: DigestSet,
    /// Its bytes, in base64.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// Where it was fetched from, when that is not the `uri`.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub download_location: String,
    /// Its media type.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub media_type: String,
    /// What else is said of it; what the keys mean is left to the predicate.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
}

impl ResourceDescriptor {
    /// Whether it identifies anything, as the specification asks for.
    #[must_use]
    pub fn says_something(&self) -> bool {
        !self.uri.is_empty() || !self.digest.is_empty() || !self.content.is_empty()
    }
}

/// Reads digests, of which any may be `null`.
pub(crate) fn digests<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DigestSet, D::Error> {
    let read = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(read.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value?))).collect())
}

/// Reads a text that some write as a number: GitLab its `invocationId`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("neither a text nor a number")),
    }
}

/// Reads a field for which `null` is the same as nothing.
pub(crate) fn absent<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
