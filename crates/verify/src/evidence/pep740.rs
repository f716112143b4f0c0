//! Attestations of package indexes for Python (PEP 740), and the provenance that an index serves of them.
//! <https://packaging.python.org/en/latest/specifications/index-hosted-attestations/>
//!
//! An attestation is a bundle with other names: the statement is the payload of an envelope, the entries are those of a bundle.
//! The statement is about one distribution, which it names by file name and SHA-256. `publisher` is a word of the index, which
//! nobody signed: it is not read.

use plimsoll_attest::{Envelope, EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE, Statement};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::parts::{Content, Parts, Signer};
use super::wire::{Bytes, Capped, Entries, TransparencyLogEntry};
use super::{Evidence, EvidenceKind, MAX_PIECES, hold, numbered};

#[derive(Deserialize)]
struct Attestation {
    version: u64,
    verification_material: Material,
    envelope: Wrapped,
}

#[derive(Deserialize)]
struct Material {
    certificate: Bytes,
    transparency_entries: Entries,
}

#[derive(Deserialize)]
struct Wrapped {
    statement: Bytes,
    signature: Bytes,
}

#[derive(Deserialize)]
struct Provenance<'a> {
    version: u64,
    #[serde(borrow)]
    attestation_bundles: Capped<AttestationBundle<'a>, MAX_PIECES>,
}

#[derive(Deserialize)]
struct AttestationBundle<'a> {
    #[serde(borrow)]
    attestations: Capped<&'a RawValue, MAX_PIECES>,
}

/// One attestation.
pub(super) fn read(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let wire: Attestation = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    known(wire.version)?;
    let entries = wire.verification_material.transparency_entries.0;
    if entries.is_empty() || wire.verification_material.certificate.0.is_empty() {
        return Err("it has no certificate or no log entry".into());
    }
    let parts = Parts {
        content: Content::Envelope(Envelope {
            payload_type: IN_TOTO_PAYLOAD_TYPE.to_owned(),
            payload: wire.envelope.statement.0,
            signatures: vec![EnvelopeSignature { keyid: String::new(), signature: wire.envelope.signature.0 }],
        }),
        signer: Signer::Certificates(vec![wire.verification_material.certificate.0]),
        entries: entries.into_iter().map(TransparencyLogEntry::into_entry).collect::<Result<_, _>>()?,
        timestamps: Vec::new(),
    };
    Ok(vec![Evidence::new(EvidenceKind::Pep740, place, hold::form(parts)?)])
}

/// All attestations of a provenance object.
pub(super) fn provenance(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let wire: Provenance<'_> = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    known(wire.version)?;
    let all = wire.attestation_bundles.0.into_iter().flat_map(|bundle| bundle.attestations.0);
    Ok(numbered(EvidenceKind::Pep740, all, place, |attestation, place| read(attestation.get().as_bytes(), place)))
}

fn known(version: u64) -> Result<(), String> {
    if version == 1 { Ok(()) } else { Err(format!("version {version} is not known")) }
}

/// What a statement has to be besides: about one distribution, with a valid name. `file` is the name that the artifact has
/// here; one of a distribution has to be the same, as names are normalised.
pub(crate) fn distribution(statement: &Statement, file: Option<&str>) -> Result<String, String> {
    let [subject] = statement.subjects() else {
        return Err("an attestation of an index is about one distribution".into());
    };
    if !subject.digest.contains_key("sha256") {
        return Err("an attestation of an index names a distribution by SHA-256".into());
    }
    let named = normalized(&subject.name).ok_or_else(|| format!("{:?} is no name of a distribution", subject.name))?;
    match file.and_then(normalized) {
        Some(here) if here != named => Err(format!("it is about {:?}, and the file has another name", subject.name)),
        _ => Ok(subject.name.clone()),
    }
}

/// A file name of a distribution in one spelling: wheels (`name-version[-build]-python-abi-platform.whl`, where tags are sets)
/// and source distributions (`name-version.tar.gz`, `.zip`).
fn normalized(file: &str) -> Option<Vec<String>> {
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts: Vec<String> = stem.split('-').map(str::to_owned).collect();
        if !(5..=6).contains(&parts.len()) || parts.iter().any(String::is_empty) {
            return None;
        }
        let first_tag = parts.len().saturating_sub(3);
        for (index, part) in parts.iter_mut().enumerate() {
            if index == 0 {
                *part = name(part)?;
            } else if index >= first_tag {
                let mut tags: Vec<&str> = part.split('.').collect();
                tags.sort_unstable();
                *part = tags.join(".");
            } else {
                *part = version(part)?;
            }
        }
        parts.push("whl".to_owned());
        return Some(parts);
    }
    let (stem, kind) = [".tar.gz", ".zip"].iter().find_map(|kind| Some((file.strip_suffix(kind)?, *kind)))?;
    let (project, number) = stem.rsplit_once('-')?;
    Some(vec![name(project)?, version(number)?, kind.to_owned()])
}

/// Runs of `-`, `_` and `.` are one `-`, letters are small.
fn name(text: &str) -> Option<String> {
    let words: Vec<String> =
        text.split(['-', '_', '.']).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let plain = |word: &String| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (!words.is_empty() && words.iter().all(plain)).then(|| words.join("-"))
}

fn version(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'!');
    let starts = text.strip_prefix('v').unwrap_or(text).starts_with(|first: char| first.is_ascii_digit());
    (starts && text.bytes().all(plain)).then(|| text.to_ascii_lowercase().replace('_', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_they_are_normalised() {
        for (one, other) in [
            ("Foo.Bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
            ("foo-1.0-py2.py3-none-any.whl", "FOO-1.0-py3.py2-none-any.whl"),
            ("foo-1.0_LOCAL-1-py3-none-any.whl", "foo-1.0.local-1-py3-none-any.whl"),
        ] {
            assert_eq!(normalized(one).unwrap(), normalized(other).unwrap());
        }
        assert_ne!(normalized("foo-1.0.tar.gz"), normalized("foo-1.0.zip"));
        assert_ne!(normalized("foo-1.0.tar.gz"), normalized("foo-1.1.tar.gz"));
        assert_ne!(normalized("foo-1.0-py3-none-any.whl"), normalized("foo-1.0-py2-none-any.whl"));
        for bad in ["foo", "foo.tar.gz", "foo-bar.tar.gz", "-1.0.tar.gz", "foo-1.0-none-any.whl", "a/b-1.0.tar.gz", ""]
        {
            assert_eq!(normalized(bad), None, "{bad}");
        }
    }
}
