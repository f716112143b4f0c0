//! From claims and variables to facts.

use super::field::{Field, Kind};
use super::known::{Authentication, Known, Value};
use super::platform::{Lookup, look_up};
use super::{GenerateError, PLATFORMS, Platform, Stated, TokenClaims};

/// What is known of the build: claims first, variables second; both are compared where both are there. Then what follows,
/// and what is stated.
pub(super) fn resolve(
    platform: &Platform,
    variables: &Lookup<'_>,
    claims: Option<&TokenClaims>,
    stated: &Stated,
) -> Result<Known, GenerateError> {
    if let Some(issuer) = claims.and_then(TokenClaims::issuer) {
        check_issuer(platform, issuer)?;
    }
    let mut known = Known::default();
    for field in platform.fields {
        let found = [claimed(field, claims)?, set(field, variables)?];
        known.settle(field.key, field.what, field.kind, found)?;
        if field.required && known.value(field.key).is_none() {
            return Err(missing(platform, field.what, &[field], ""));
        }
    }
    (platform.derive)(&mut known)?;
    state(&mut known, stated)?;
    if platform.needs_source {
        for (key, what, kind, flag) in [
            ("source_uri", "repository of the source", Kind::Repository, "--source-uri states it"),
            ("commit", "commit that was built", Kind::Commit, "--source-digest states it"),
        ] {
            if known.value(key).is_none() {
                let fields: Vec<&Field> = platform.fields.iter().filter(|field| field.kind == kind).collect();
                return Err(missing(platform, what, &fields, flag));
            }
        }
    }
    Ok(known)
}

fn claimed(field: &Field, claims: Option<&TokenClaims>) -> Result<Option<Value>, GenerateError> {
    let Some(claims) = claims.filter(|_| !field.claim.is_empty()) else { return Ok(None) };
    let Some(text) = claims.text(field.claim)? else { return Ok(None) };
    read(field, &text, Authentication::Oidc, format!("the claim {:?}", field.claim)).map(Some)
}

fn set(field: &Field, variables: &Lookup<'_>) -> Result<Option<Value>, GenerateError> {
    if field.variable.is_empty() {
        return Ok(None);
    }
    let Some(text) = look_up(variables, field.variable) else { return Ok(None) };
    read(field, &text, Authentication::Environment, format!("the variable {}", field.variable)).map(Some)
}

fn read(field: &Field, text: &str, from: Authentication, origin: String) -> Result<Value, GenerateError> {
    match field.kind.read(text) {
        Ok(text) => Ok(Value { text, from, origin }),
        Err(reason) => Err(GenerateError::malformed(origin, reason)),
    }
}

/// What the user states. It may add, and take the place of what only the environment says; it never contradicts a token.
fn state(known: &mut Known, stated: &Stated) -> Result<(), GenerateError> {
    for (key, what, kind, flag, text) in [
        ("source_uri", "repository of the source", Kind::Repository, "--source-uri", &stated.source_uri),
        ("source_ref", "ref that was built", Kind::Text, "--source-ref", &stated.source_ref),
        ("commit", "commit that was built", Kind::Commit, "--source-digest", &stated.source_digest),
        ("started_on", "time at which it began", Kind::Time, "--started-on", &stated.started_on),
        ("finished_on", "time at which it ended", Kind::Time, "--finished-on", &stated.finished_on),
    ] {
        let Some(text) = text else { continue };
        put_stated(known, key, what, kind, flag, text)?;
    }
    Ok(())
}

/// Takes over one thing that the user states.
pub(super) fn put_stated(
    known: &mut Known,
    key: &'static str,
    what: &'static str,
    kind: Kind,
    flag: &'static str,
    text: &str,
) -> Result<(), GenerateError> {
    let text = match kind {
        // As in-toto names it: `gitCommit:…`, `sha1:…`.
        Kind::Commit => text.rsplit_once(':').map_or(text, |(_, hex)| hex),
        _ => text,
    };
    let text = kind.read(text).map_err(|reason| GenerateError::malformed(flag, reason))?;
    match known.value(key) {
        Some(held) if kind.same(&held.text, &text) => {}
        Some(held) if held.from == Authentication::Oidc => {
            return Err(GenerateError::Contradiction { what, one: held.origin.clone(), other: flag.to_owned() });
        }
        _ => known.set(key, Value { text, from: Authentication::Stated, origin: flag.to_owned() }),
    }
    Ok(())
}

/// A token of one platform says nothing about a build on another, though claims have the same names.
fn check_issuer(platform: &Platform, issuer: &str) -> Result<(), GenerateError> {
    let is_of =
        |known: &&'static str| issuer.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let owner = PLATFORMS.iter().find(|other| other.issuers.iter().any(is_of));
    match owner {
        Some(owner) if owner.id != platform.id => {
            Err(GenerateError::Issuer { platform: platform.name, issuer: issuer.to_owned(), other: owner.name })
        }
        _ => Ok(()),
    }
}

fn missing(platform: &Platform, what: &'static str, fields: &[&Field], hint: &str) -> GenerateError {
    let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
    let wanted: Vec<String> = fields.iter().map(|field| field.wanted()).chain(hint).collect();
    GenerateError::Missing { platform: platform.name, what, wanted: wanted.join("; ") }
}
