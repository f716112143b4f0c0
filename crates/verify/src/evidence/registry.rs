//! What registries answer: a list of attestations, each a bundle.
//!
//! - npm, `GET /-/npm/v1/attestations/NAME@VERSION`: `{attestations: [{predicateType, bundle}]}`.
//! - GitHub, `GET /repos/OWNER/NAME/attestations/DIGEST`: `{attestations: [{bundle, bundle_url, repository_id}]}`.
//! - RubyGems, `GET /api/v1/attestations/NAME-VERSION.json`: a list, or an object, whose bundle is JSON within a string.
//!
//! What stands beside the bundle is a word of the registry. npm's type of the predicate has to be that of the statement, or a
//! reader that goes by one would take the evidence for what it is not.

use plimsoll_attest::refuse_duplicates;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::Capped;
use super::{Evidence, EvidenceKind, MAX_PIECES, bundle, numbered};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    attestations: Capped<&'a RawValue, MAX_PIECES>,
}

#[derive(Deserialize)]
struct Attestation<'a> {
    #[serde(rename = "predicateType")]
    predicate_type: Option<String>,
    #[serde(borrow)]
    bundle: Option<&'a RawValue>,
    bundle_url: Option<String>,
}

/// A list of attestations.
pub(super) fn read(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let answer: Answer<'_> = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    Ok(numbered(EvidenceKind::Bundle, answer.attestations.0.into_iter(), place, |attestation, place| {
        one(attestation.get().as_bytes(), place)
    }))
}

/// One attestation.
pub(super) fn one(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let wire: Attestation<'_> = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    let Some(raw) = wire.bundle else {
        return Err(match wire.bundle_url {
            Some(url) => format!("its bundle is not here but at {url}"),
            None => "it has no bundle".into(),
        });
    };
    if raw.get().starts_with('"') {
        return encoded_twice(raw.get().as_bytes(), place);
    }
    let evidence = bundle::read(raw.get().as_bytes(), place)?;
    let Some(said) = wire.predicate_type else { return Ok(vec![evidence]) };
    if let Some(statement) = evidence.unverified_statement()
        && statement.predicate_type() != said
    {
        return Err(format!("the registry calls it {said}, and it says that it is {}", statement.predicate_type()));
    }
    Ok(vec![evidence.of_kind(EvidenceKind::Npm)])
}

/// A bundle that is JSON within a string.
pub(super) fn encoded_twice(string: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let text: String = serde_json::from_slice(string).map_err(|error| error.to_string())?;
    refuse_duplicates(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(vec![bundle::read(text.trim_ascii().as_bytes(), place)?.of_kind(EvidenceKind::RubyGems)])
}
