//! What a bundle relies on, piece by piece: the oracle for changed bundles.
//!
//! A changed bundle may be verified only when each of its pieces is one of the unchanged bundle's: it says the same, or less.
//! What is in no piece, nobody signs and nothing relies on: hints about keys, the media type, the lines of witnesses,
//! certificates beyond the signer's, the index of an entry without promise, what a timestamp brings beside what it signs.

use std::collections::BTreeSet;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use serde_json::Value;

/// The pieces; `None` when it is no bundle.
pub(crate) fn pieces(bundle: &Value) -> Option<BTreeSet<String>> {
    let mut pieces = BTreeSet::new();
    let material = &bundle["verificationMaterial"];
    if let Some(message) = bundle.get("messageSignature").filter(|value| !value.is_null()) {
        pieces.insert(format!("signature {:?}", decode(&message["signature"])?));
        if let Some(digest) = message.get("messageDigest").filter(|value| !value.is_null()) {
            pieces.insert(format!("digest {} {:?}", digest["algorithm"], decode(&digest["digest"])?));
        }
    }
    if let Some(envelope) = bundle.get("dsseEnvelope").filter(|value| !value.is_null()) {
        let signatures = envelope["signatures"].as_array()?;
        for signature in signatures {
            pieces.insert(format!(
                "envelope {} {:?} {:?}",
                envelope["payloadType"],
                decode(&envelope["payload"])?,
                decode(&signature["sig"])?
            ));
        }
    }
    for certificate in [&material["certificate"], &material["x509CertificateChain"]["certificates"][0]] {
        if !certificate.is_null() {
            pieces.insert(format!("certificate {:?}", decode(&certificate["rawBytes"])?));
        }
    }
    for entry in material["tlogEntries"].as_array().into_iter().flatten() {
        entry_pieces(entry, &mut pieces)?;
    }
    let tokens = &material["timestampVerificationData"]["rfc3161Timestamps"];
    for token in tokens.as_array().into_iter().flatten() {
        pieces.insert(format!("token {:?}", signed(&decode(&token["signedTimestamp"])?)?));
    }
    Some(pieces)
}

fn entry_pieces(entry: &Value, pieces: &mut BTreeSet<String>) -> Option<()> {
    let log = decode(&entry["logId"]["keyId"])?;
    let kind = &entry["kindVersion"];
    let of = format!("{} {} {log:?} {:?}", kind["kind"], kind["version"], decode(&entry["canonicalizedBody"])?);
    let promise = &entry["inclusionPromise"];
    if !promise.is_null() {
        pieces.insert(format!(
            "promise {of} {:?} {} {}",
            decode(&promise["signedEntryTimestamp"])?,
            number(&entry["integratedTime"])?,
            number(&entry["logIndex"])?
        ));
    }
    let proof = &entry["inclusionProof"];
    if !proof.is_null() {
        let hashes: Option<Vec<Vec<u8>>> = proof["hashes"].as_array().into_iter().flatten().map(decode).collect();
        let note = proof["checkpoint"]["envelope"].as_str().unwrap_or_default();
        let (body, lines) = note.split_once("\n\n").unwrap_or_default();
        // The lines of the log by their hints; those of others do not count.
        let own: BTreeSet<_> = lines
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace().skip(1);
                let (name, signature) = (words.next()?, decode(&words.next()?.into())?);
                log.starts_with(signature.get(..4)?).then(|| format!("{name} {signature:?}"))
            })
            .collect();
        // A log may sign one state more than once; which of these signatures there is makes no difference.
        let state: Vec<&str> = body.lines().take(3).collect();
        pieces.insert(format!(
            "proof {of} {} {} {:?} {hashes:?} {state:?}",
            number(&proof["logIndex"])?,
            number(&proof["treeSize"])?,
            decode(&proof["rootHash"])?,
        ));
        pieces.insert(format!("note {body} {own:?}"));
    }
    Some(())
}

/// An integer as proto3 JSON has it: a number or a text; absent is zero.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

/// Base64 in any of its spellings.
pub(crate) fn decode(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?.as_bytes();
    [&BASE64, &BASE64URL, &BASE64_NOPAD, &BASE64URL_NOPAD].into_iter().find_map(|encoding| encoding.decode(text).ok())
}

/// What a timestamp token signs and who signs it: the content and the signers, without certificates.
fn signed(token: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut outer = children(whole(token, 0x30)?)?;
    if outer.first()?.first() != Some(&6) {
        // A response: status, token.
        outer = children(whole(outer.get(1)?, 0x30)?)?;
    }
    let data = children(whole(whole(outer.get(1)?, 0xa0)?, 0x30)?)?;
    Some(vec![data.get(2)?.clone(), data.last()?.clone()])
}

/// The content of one value with this tag.
fn whole(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (value, rest) = value(bytes)?;
    (bytes.first() == Some(&tag) && rest.is_empty()).then_some(value)
}

/// All values in a row, with their tags.
fn children(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (_, rest) = value(bytes)?;
        out.push(bytes[..bytes.len() - rest.len()].to_vec());
        bytes = rest;
    }
    Some(out)
}

/// The content of the first value, and what follows it.
fn value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, header) = match *bytes.get(1)? {
        short @ 0..128 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 127);
            let digits = bytes.get(2..2 + count.min(4))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), 2 + count)
        }
    };
    bytes.get(header..)?.split_at_checked(length)
}
