//! Entries of transparency logs: that the log has them, or promised to, and when.
//!
//! Rekor v1 signs a promise over body, time and index (its "signed entry timestamp"); only that makes its time a time. Rekor
//! v2 has no times. Both prove that an entry is in the tree by its path (RFC 9162 §2.1.3) and a signed state of the tree, the
//! checkpoint (<https://c2sp.org/tlog-checkpoint>): a note (<https://c2sp.org/signed-note>) whose lines of strangers and
//! witnesses are ignored. Root and size are those of the checkpoint; what the proof repeats of them has to agree.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use sigstore_crypto::VerificationKey;
use sigstore_merkle::{hash_leaf, verify_inclusion_proof};
use sigstore_trust_root::{TransparencyLog, TrustedRoot as Material};
use sigstore_types::checkpoint::CheckpointSignature;
use sigstore_types::{Checkpoint, Sha256Hash, SignatureBytes};

use crate::Code;
use crate::engine::Refused;
use crate::evidence::{PartsEntry, PartsProof};

/// A state of the log by itself has a few lines; with witnesses, some more.
const MAX_CHECKPOINT: usize = 64 << 10;
/// A tree of 2^64 leaves has paths of this length.
const MAX_PATH: usize = 64;

/// The time that the log promises, when it promises one. A promise that is there has to hold.
pub(super) fn promised_time(entry: &PartsEntry, material: &Material) -> Result<Option<Timestamp>, Refused> {
    let Some(promise) = &entry.promise else { return Ok(None) };
    let refused = |reason: &str| Refused::new(Code::Promise, reason);
    let time = match entry.integrated_time {
        None | Some(0) => None,
        Some(seconds) => {
            Some(Timestamp::from_second(seconds).map_err(|_| refused("the time of the log entry is out of range"))?)
        }
    };
    let log = find(entry, material)?;
    if let (Some(time), Some(window)) = (time, log.public_key.valid_for)
        && !window.contains(time)
    {
        return Err(Refused::new(Code::Promise, format!("the log is not trusted for {time}")));
    }
    // Canonical JSON (RFC 8785) of numbers and texts that need no escapes.
    let payload = format!(
        r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
        BASE64.encode(&entry.body),
        entry.integrated_time.unwrap_or_default(),
        HEXLOWER.encode(&entry.log_id),
        entry.log_index,
    );
    key(log)?
        .verify(payload, &SignatureBytes::from_bytes(promise))
        .map_err(|_| refused("the log did not sign the promise"))?;
    Ok(time.filter(|_| !is_v2(entry)))
}

/// That the log has the entry, by its proof, or else by a promise that was verified before. `latest` is the latest time that
/// is proven.
pub(super) fn verify(entry: &PartsEntry, material: &Material, latest: Option<Timestamp>) -> Result<(), Refused> {
    let log = find(entry, material)?;
    // A signature may be logged long after it was made, so that the end of the log says nothing about it; its start does.
    if let (Some(latest), Some(window)) = (latest, log.public_key.valid_for)
        && !window.has_started_by(latest)
    {
        return Err(Refused::new(Code::UnknownLog, format!("the log is not trusted for {latest}")));
    }
    match &entry.proof {
        Some(proof) => included(entry, proof, log),
        None if entry.promise.is_some() && !is_v2(entry) => Ok(()),
        None => Err(Refused::new(Code::Inclusion, "the log entry has no proof")),
    }
}

/// What the library leaves unsaid about the entries of a bundle: that each brings a proof or a promise, that the log it names
/// is the one that signed, and that what the proof repeats of the checkpoint agrees with it. Signatures are the library's
/// work, but where several trusted logs seem to have signed, as it takes any of them.
pub(crate) fn agrees(entry: &PartsEntry, material: &Material) -> Result<(), Refused> {
    let log = find(entry, material)?;
    let proof = match &entry.proof {
        Some(proof) => proof,
        None if entry.promise.is_some() => return Ok(()),
        None => return Err(Refused::new(Code::Inclusion, "the log entry has neither proof nor promise")),
    };
    let note = note(proof)?;
    agrees_with(entry, proof, &note, log)?;
    let is_of = |log: &TransparencyLog, line: &CheckpointSignature| {
        log.log_id.key_id.as_bytes().starts_with(line.key_id.as_bytes())
    };
    let trusted = |line: &&CheckpointSignature| material.tlogs.iter().any(|log| is_of(log, line));
    let mut lines = note.signatures().iter().filter(trusted).peekable();
    if lines.peek().is_some()
        && lines.all(|line| is_of(log, line) && is_name_of(&line.name, note.origin()))
        && material.tlogs.iter().filter(|other| note.signatures().iter().any(|line| is_of(other, line))).count() == 1
    {
        return Ok(());
    }
    signed(&note, &entry.log_id, &key(log)?)
}

fn included(entry: &PartsEntry, proof: &PartsProof, log: &TransparencyLog) -> Result<(), Refused> {
    let inclusion = |reason: String| Refused::new(Code::Inclusion, reason);
    let note = note(proof)?;
    signed(&note, &entry.log_id, &key(log)?)?;
    agrees_with(entry, proof, &note, log)?;
    let path: Result<Vec<Sha256Hash>, _> =
        proof.hashes.iter().map(|hash| Sha256Hash::try_from(hash.as_slice())).collect();
    let path = path.map_err(|error| inclusion(error.to_string()))?;
    verify_inclusion_proof(&hash_leaf(&entry.body), proof.log_index, note.tree_size(), &path, note.root_hash())
        .map_err(|error| inclusion(format!("the log entry is not in the log: {error}")))
}

fn agrees_with(
    entry: &PartsEntry,
    proof: &PartsProof,
    note: &Checkpoint,
    log: &TransparencyLog,
) -> Result<(), Refused> {
    if is_v2(entry) && !is_origin_of(note.origin(), &log.base_url) {
        let reason = format!("the checkpoint is of {}, and the log is that of {}", note.origin(), log.base_url);
        return Err(Refused::new(Code::Checkpoint, reason));
    }
    if proof.tree_size != note.tree_size() || proof.root_hash != note.root_hash().as_bytes() {
        return Err(Refused::new(Code::Checkpoint, "the proof is for another state of the log than the checkpoint"));
    }
    // In the shards of Rekor v1 the index of the promise counts all shards, and that of the proof its own.
    if proof.log_index > entry.log_index || (is_v2(entry) && proof.log_index != entry.log_index) {
        return Err(Refused::new(Code::Inclusion, "the index of the proof is not that of the entry"));
    }
    Ok(())
}

/// Reads a checkpoint.
fn note(proof: &PartsProof) -> Result<Checkpoint, Refused> {
    let refused = |reason: String| Refused::new(Code::Checkpoint, reason);
    if proof.checkpoint.len() > MAX_CHECKPOINT || proof.hashes.len() > MAX_PATH {
        return Err(refused("the proof is too large".into()));
    }
    // The reader stops at a second empty line; a note has one.
    if proof.checkpoint.matches("\n\n").count() != 1 {
        return Err(refused("the checkpoint is no signed note".into()));
    }
    Checkpoint::from_text(&proof.checkpoint).map_err(|error| refused(format!("the checkpoint is malformed: {error}")))
}

/// Whether this log signed a checkpoint.
fn signed(note: &Checkpoint, log_id: &[u8], key: &VerificationKey) -> Result<(), Refused> {
    let signed = note.signatures().iter().any(|line| {
        log_id.starts_with(line.key_id.as_bytes())
            && is_name_of(&line.name, note.origin())
            && key.verify(note.signed_data(), &line.signature).is_ok()
    });
    signed.then_some(()).ok_or_else(|| Refused::new(Code::Checkpoint, "the log did not sign the checkpoint"))
}

/// Rekor v1 signs as the first word of its origins `rekor.sigstore.dev - 2605736670972794746`; others as their origins.
fn is_name_of(name: &str, origin: &str) -> bool {
    origin.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" - "))
}

/// Logs of Rekor v2 are named by where they are, without the scheme; of the address the port and path may be left out.
fn is_origin_of(origin: &str, base_url: &str) -> bool {
    let address = base_url.split_once("://").map_or(base_url, |(_, rest)| rest).trim_end_matches('/');
    let host = address.split(['/', ':']).next().unwrap_or_default();
    let authority = address.split('/').next().unwrap_or_default();
    address.is_empty() || [address, authority, host].contains(&origin)
}

/// The log that an entry says it is of.
fn find<'a>(entry: &PartsEntry, material: &'a Material) -> Result<&'a TransparencyLog, Refused> {
    material.tlogs.iter().find(|log| log.log_id.key_id.as_bytes() == entry.log_id).ok_or_else(|| {
        let reason = format!("the log {} is not trusted", HEXLOWER.encode(&entry.log_id));
        Refused::new(Code::UnknownLog, reason)
    })
}

fn key(log: &TransparencyLog) -> Result<VerificationKey, Refused> {
    VerificationKey::from_spki(&log.public_key.raw_bytes)
        .map_err(|error| Refused::new(Code::UnknownLog, format!("the key of the log cannot be used: {error}")))
}

/// Rekor v2 has one kind of entry so far.
fn is_v2(entry: &PartsEntry) -> bool {
    (entry.kind.as_str(), entry.version.as_str()) == ("hashedrekord", "0.0.2")
}
