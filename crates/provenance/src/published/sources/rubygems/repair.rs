//! What rubygems.org leaves broken in the bundles that it serves (rubygems.org#6098), repaired without taking its word.
//!
//! The certificate is base64 twice over, and a log entry does not say of which kind it is. Both follow from what is there: what
//! is base64 of base64 is no certificate, and the entry's body names its kind. Whether the repaired bundle proves anything is
//! for verification; a wrong guess here proves nothing.

use data_encoding::BASE64;
use plimsoll_attest::refuse_duplicates;
use serde_json::{Value, json};

/// The answer with its bundles repaired, and what was repaired. The answer as it is, where it is no list.
pub(super) fn repaired(answer: Vec<u8>) -> (Vec<u8>, Vec<String>) {
    // A reader has to see that a key is there twice; a value forgets it.
    if refuse_duplicates(&answer).is_err() {
        return (answer, Vec::new());
    }
    let Ok(Value::Array(mut bundles)) = serde_json::from_slice(&answer) else { return (answer, Vec::new()) };
    let (mut certificates, mut kinds) = (false, false);
    for bundle in &mut bundles {
        if let Some(text) = bundle.as_str().filter(|text| refuse_duplicates(text.as_bytes()).is_ok())
            && let Ok(inner) = serde_json::from_str(text)
        {
            *bundle = inner;
        }
        certificates |= certificate(bundle);
        kinds |= kind(bundle);
    }
    let mut notes = Vec::new();
    if certificates {
        notes.push("RubyGems encodes the certificate twice, which was undone".to_owned());
    }
    if kinds {
        notes.push("RubyGems leaves out the kind of the log entry, which was taken from its body".to_owned());
    }
    if notes.is_empty() {
        return (answer, notes);
    }
    (serde_json::to_vec(&bundles).unwrap_or(answer), notes)
}

/// Undoes the second encoding of certificates.
fn certificate(bundle: &mut Value) -> bool {
    let mut undone = false;
    let mut undo = |certificate: Option<&mut Value>| {
        let Some(Value::String(text)) = certificate.and_then(|certificate| certificate.get_mut("rawBytes")) else {
            return;
        };
        let once = BASE64.decode(text.as_bytes()).ok().and_then(|once| String::from_utf8(once).ok());
        let Some(once) = once.map(|once| once.split_ascii_whitespace().collect::<String>()) else { return };
        // A certificate is a sequence of DER.
        if BASE64.decode(once.as_bytes()).is_ok_and(|twice| twice.first() == Some(&0x30)) {
            *text = once;
            undone = true;
        }
    };
    undo(bundle.pointer_mut("/verificationMaterial/certificate"));
    let chain = bundle.pointer_mut("/verificationMaterial/x509CertificateChain/certificates");
    for certificate in chain.and_then(Value::as_array_mut).into_iter().flatten() {
        undo(Some(certificate));
    }
    undone
}

/// Says of which kind a log entry is, as its body does.
fn kind(bundle: &mut Value) -> bool {
    let mut added = false;
    let entries = bundle.pointer_mut("/verificationMaterial/tlogEntries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter(|entry| entry.get("kindVersion").is_none_or(Value::is_null)) {
        let body = entry.get("canonicalizedBody").and_then(Value::as_str);
        let body = body.and_then(|body| BASE64.decode(body.as_bytes()).ok());
        let body: Option<Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
        let text = |key: &str| body.as_ref().and_then(|body| body.get(key)?.as_str()).map(str::to_owned);
        if let (Some(kind), Some(version), Some(members)) = (text("kind"), text("apiVersion"), entry.as_object_mut()) {
            members.insert("kindVersion".into(), json!({ "kind": kind, "version": version }));
            added = true;
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_repaired_and_all_else_is_left() {
        let der = [0x30, 0x03, 0x02, 0x01, 0x01];
        let twice = BASE64.encode(BASE64.encode(&der).as_bytes());
        let body = BASE64.encode(br#"{"apiVersion":"0.0.1","kind":"dsse","spec":{}}"#);
        let bundle = json!({ "verificationMaterial": {
            "certificate": { "rawBytes": twice },
            "tlogEntries": [{ "logIndex": "1", "canonicalizedBody": body }],
        } });
        for answer in [json!([bundle]), json!([bundle.to_string()])] {
            let (repaired, notes) = repaired(answer.to_string().into_bytes());
            let read: Value = serde_json::from_slice(&repaired).unwrap();
            assert_eq!(read[0]["verificationMaterial"]["certificate"]["rawBytes"], BASE64.encode(&der));
            assert_eq!(read[0]["verificationMaterial"]["tlogEntries"][0]["kindVersion"]["kind"], "dsse");
            assert_eq!(notes.len(), 2);
        }
        for answer in ["garbage", "{}", "[]", r#"[{"a":1,"a":2}]"#, r#"["not json"]"#] {
            assert_eq!(repaired(answer.as_bytes().to_vec()), (answer.as_bytes().to_vec(), Vec::new()));
        }
    }
}
