//! What a log can be asked for evidence that came without an entry, or with one that has no proof; and what is taken of its
//! answer.
//!
//! An answer is not believed: of an entry that is there already only the proof is taken, and an entry that was searched for
//! is only taken when it is about this signature *and* this certificate. An entry that names the same artifact is somebody
//! else's (CVE-2024-51746). Whether the log vouches for it is for [`crate::verify`] to say.

use data_encoding::HEXLOWER;
use plimsoll_model::DigestAlgorithm;
use sha2::{Digest as _, Sha256};

use super::parts::{Content, Entry, Parts, Signer};
use super::{Evidence, hold, rekor};
use crate::{VerifyError, engine};

/// What to ask a transparency log of version 1 for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryQuery {
    /// The entry at this place.
    Index(u64),
    /// All entries about something with this digest: `sha256:HEX`.
    Hash(String),
}

impl Evidence {
    /// What to ask a log for; `None` when every entry has its proof, and there is one.
    ///
    /// # Errors
    /// There is nothing to search for: no certificate to know the entry by, or no digest.
    pub fn missing_entry(&self) -> Result<Option<EntryQuery>, VerifyError> {
        self.parts().and_then(|parts| query(&parts)).map_err(|reason| VerifyError::Evidence { reason })
    }

    /// The same evidence with the entry that a log answered.
    ///
    /// # Errors
    /// The answer cannot be read, has no proof, or is about something else.
    pub fn with_fetched_entry(&self, answer: &[u8]) -> Result<Self, VerifyError> {
        self.take(answer).map_err(|reason| VerifyError::Evidence { reason: format!("the answer of the log: {reason}") })
    }

    fn take(&self, answer: &[u8]) -> Result<Self, String> {
        let fetched = rekor::read(answer)?;
        if unproven(&fetched) {
            return Err("the entry has no proof of inclusion".into());
        }
        let mut parts = self.parts()?;
        let is_bare = parts.entries.is_empty();
        match parts.entries.iter_mut().find(|entry| unproven(entry)) {
            Some(held) => {
                let same = held.body == fetched.body
                    && held.log_id == fetched.log_id
                    && held.log_index == fetched.log_index
                    && held.integrated_time == fetched.integrated_time;
                if !same {
                    return Err("the entry there is another one".into());
                }
                // The promise that was verified before stays.
                let promise = held.promise.take();
                *held = Entry { promise: promise.or(fetched.promise), ..fetched };
            }
            None if is_bare => {
                let subject = format!("sha256:{}", hash(&parts)?);
                engine::is_about(&parts, &fetched, &subject)?;
                parts.entries.push(fetched);
            }
            None => return Err("it has its entries already".into()),
        }
        Ok(Self { form: hold::form(parts)?, ..self.clone() })
    }
}

fn unproven(entry: &Entry) -> bool {
    entry.proof.as_ref().is_none_or(|proof| proof.checkpoint.is_empty())
}

fn query(parts: &Parts) -> Result<Option<EntryQuery>, String> {
    if let Some(entry) = parts.entries.iter().find(|entry| unproven(entry)) {
        return Ok(Some(EntryQuery::Index(entry.log_index)));
    }
    if !parts.entries.is_empty() {
        return Ok(None);
    }
    if !matches!(parts.signer, Signer::Certificates(_)) {
        return Err("it has no certificate to know its log entry by: supply it with --certificate, or the entry with \
                    --rekor-entry"
            .into());
    }
    Ok(Some(EntryQuery::Hash(format!("sha256:{}", hash(parts)?))))
}

/// What logs list entries under: of a statement the digest of the payload, else that of the artifact.
fn hash(parts: &Parts) -> Result<String, String> {
    match &parts.content {
        Content::Envelope(envelope) => Ok(HEXLOWER.encode(&Sha256::digest(&envelope.payload))),
        Content::Message { digest: Some((DigestAlgorithm::Sha256, digest)), .. } => Ok(HEXLOWER.encode(digest)),
        Content::Message { .. } => Err(
            "it does not say the SHA-256 digest of the artifact, to search for: supply the entry with --rekor-entry"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;
    use crate::read_evidence;

    const ID: &str = "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d";

    fn body() -> String {
        BASE64.encode(br#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}"#)
    }

    /// What cosign kept: the promise, and no proof.
    fn promised() -> Evidence {
        let text = format!(
            r#"{{"base64Signature":"c2ln","rekorBundle":{{"SignedEntryTimestamp":"c2V0","Payload":{{"body":"{}",
                "integratedTime":1700000000,"logIndex":7,"logID":"{ID}"}}}}}}"#,
            body()
        );
        read_evidence(text.as_bytes(), "test").unwrap().remove(0)
    }

    fn answer() -> String {
        let (root, text) = ("0".repeat(64), BASE64.encode(&[0; 32]));
        let checkpoint = format!(r"log\n1\n{text}\n\n\u2014 log AAAAAAAA\n");
        format!(
            r#"{{"uuid":{{"body":"{}","integratedTime":1700000000,"logID":"{ID}","logIndex":7,"verification":{{
                "inclusionProof":{{"checkpoint":"{checkpoint}","hashes":[],"logIndex":0,"rootHash":"{root}","treeSize":1}},
                "signedEntryTimestamp":"b3RoZXI="}}}}}}"#,
            body()
        )
    }

    #[test]
    fn a_proof_is_asked_for_by_the_place_of_the_entry() {
        let evidence = promised();
        assert_eq!(evidence.missing_entry().unwrap(), Some(EntryQuery::Index(7)));
        let proven = evidence.with_fetched_entry(answer().as_bytes()).unwrap();
        assert_eq!(proven.missing_entry().unwrap(), None);
        assert_eq!(proven.log_entries(), 1);
        // The promise stays the one that came with the evidence.
        let bundle = proven.to_bundle_json().unwrap();
        let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
        assert_eq!(entry["inclusionPromise"]["signedEntryTimestamp"], "c2V0");
        assert!(proven.with_fetched_entry(answer().as_bytes()).is_err());
    }

    #[test]
    fn an_answer_about_something_else_is_not_taken() {
        let evidence = promised();
        for (from, to) in [
            (r#""logIndex":7"#, r#""logIndex":8"#),
            ("1700000000", "1700000001"),
            ("c0d23d6a", "c0d23d6b"),
            (body().as_str(), BASE64.encode(br#"{"apiVersion":"0.0.1","kind":"dsse","spec":{}}"#).as_str()),
            ("inclusionProof", "other"),
            (r#"{"uuid""#, r#"[{"uuid""#),
        ] {
            let broken = answer().replace(from, to);
            assert_ne!(broken, answer());
            assert!(evidence.with_fetched_entry(broken.as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn nothing_is_searched_for_that_could_not_be_told_from_another() {
        let bare = read_evidence(br#"{"base64Signature":"c2ln"}"#, "test").unwrap().remove(0);
        assert!(bare.missing_entry().unwrap_err().to_string().contains("--certificate"));
        assert!(bare.with_fetched_entry(answer().as_bytes()).is_err());
    }
}
