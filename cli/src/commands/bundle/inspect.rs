//! `plimsoll bundle inspect`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_verify::{Claim, Evidence, InspectedCertificate, InspectedEntry, Inspection};
use serde_json::{Map, Value, json};

use crate::args::{BundleInspectArguments, DataFormat};
use crate::commands::evidence;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

const SCHEMA: &str = "plimsoll.bundle.inspect/1";
/// Subjects of a statement that are shown; the report for programs has all.
const SHOWN: usize = 10;

pub(super) fn run(arguments: &BundleInspectArguments) -> Result<u8, Failure> {
    let found: Vec<Inspection> = evidence::read(&arguments.path)?.iter().map(Evidence::inspect).collect();
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, &found))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&found)))?,
    }
    Ok(exit::DONE)
}

fn text(out: &mut dyn Write, found: &[Inspection]) -> io::Result<()> {
    writeln!(out, "nothing of this is verified")?;
    for piece in found {
        piece_text(out, piece)?;
    }
    Ok(())
}

fn piece_text(out: &mut dyn Write, piece: &Inspection) -> io::Result<()> {
    let place = printable(&piece.place);
    if let Some(reason) = &piece.unreadable {
        return writeln!(out, "{place}: cannot be read: {}", printable(reason));
    }
    writeln!(out, "{place}: {}", piece.kind.name())?;
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<12}{}", printable(value));
    if let Some(media_type) = &piece.media_type {
        line("media type", media_type)?;
    }
    match &piece.certificate {
        Some(certificate) => {
            line("signer", certificate.claims.identity().unwrap_or("not stated"))?;
            line("issuer", certificate.claims.get(Claim::Issuer).unwrap_or("not stated"))?;
            line("certificate", &format!("from {} to {}", certificate.not_before, certificate.not_after))?;
        }
        None => match piece.key_hint.as_deref().unwrap_or_default() {
            "" => line("signer", "a key that is not named")?,
            hint => line("signer", &format!("the key {hint:?}"))?,
        },
    }
    for entry in &piece.entries {
        let time = entry.time.map(|time| format!(" at {time}")).unwrap_or_default();
        let held = match (entry.proof, entry.promise) {
            (true, true) => "proof and promise",
            (true, false) => "proof",
            (false, true) => "promise",
            (false, false) => "neither proof nor promise",
        };
        let InspectedEntry { log, index, kind, version, .. } = entry;
        line("log entry", &format!("{index} of log {log}, {kind} {version}{time}, {held}"))?;
    }
    line("timestamps", &piece.timestamps.to_string())?;
    if let Some(payload_type) = &piece.payload_type {
        line("payload", payload_type)?;
    }
    if let Some((algorithm, hex)) = &piece.digest {
        line("digest", &format!("{algorithm}:{hex}"))?;
    }
    if let Some(statement) = &piece.statement {
        line("says", statement.predicate_type())?;
        for subject in statement.subjects().iter().take(SHOWN) {
            let digests: Vec<String> = subject.digest.iter().map(|(name, hex)| format!("{name}:{hex}")).collect();
            line("about", &format!("{} {}", subject.name, digests.join(" ")))?;
        }
        let more = statement.subjects().len().saturating_sub(SHOWN);
        if more > 0 {
            line("", &format!("and {more} more"))?;
        }
    }
    Ok(())
}

fn report(found: &[Inspection]) -> Value {
    json!({ "schema": SCHEMA, "verified": false, "evidence": found.iter().map(piece_json).collect::<Vec<_>>() })
}

fn piece_json(piece: &Inspection) -> Value {
    let statement = piece.statement.as_ref().map(|statement| {
        let subject = |subject: &plimsoll_attest::Subject| json!({ "name": subject.name, "digest": subject.digest });
        json!({
            "type": statement.version().uri(),
            "predicateType": statement.predicate_type(),
            "subjects": statement.subjects().iter().map(subject).collect::<Vec<_>>(),
        })
    });
    json!({
        "place": piece.place,
        "kind": piece.kind.name(),
        "unreadable": piece.unreadable,
        "mediaType": piece.media_type,
        "content": piece.content,
        "signatures": piece.signatures,
        "certificate": piece.certificate.as_ref().map(certificate_json),
        "keyHint": piece.key_hint,
        "logEntries": piece.entries.iter().map(entry_json).collect::<Vec<_>>(),
        "timestamps": piece.timestamps,
        "payloadType": piece.payload_type,
        "digest": piece.digest.as_ref().map(|(algorithm, hex)| format!("{algorithm}:{hex}")),
        "statement": statement,
    })
}

fn certificate_json(certificate: &InspectedCertificate) -> Value {
    let claims: Map<String, Value> =
        certificate.claims.iter().map(|(claim, value)| (claim.name().to_owned(), value.into())).collect();
    json!({
        "identity": certificate.claims.identity(),
        "claims": claims,
        "notBefore": certificate.not_before.to_string(),
        "notAfter": certificate.not_after.to_string(),
    })
}

fn entry_json(entry: &InspectedEntry) -> Value {
    json!({
        "log": entry.log,
        "index": entry.index,
        "kind": entry.kind,
        "version": entry.version,
        "time": entry.time.map(|time| time.to_string()),
        "promise": entry.promise,
        "proof": entry.proof,
    })
}
