//! Attestations: what was said of artifacts and signed, whether the signature was verified, and by whom it is.
//!
//! An attestation is about digests. It is kept by them, as it may come before any document about the artifact does.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::answer::time;
use crate::artifact::{ArtifactId, Claim, DocumentId};
use crate::error::InventoryError;
use crate::ingest::Counter;
use crate::intake::shorten;
use crate::inventory::Inventory;
use crate::segments;
use crate::store::{Database, Value};

/// The most bytes of an attestation that are given back.
const MAX_BYTES: usize = 1 << 30;

/// How hard attestations are compressed.
const COMPRESSION: i32 = 3;

/// Whether a signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verification {
    /// It does, and who signed is who was expected.
    Verified {
        /// Who signed: the identity in the certificate, or the fingerprint of the key.
        signer: String,
        /// Who vouches for the identity; empty for a key.
        issuer: String,
    },
    /// It does not, or nobody asked.
    Unverified {
        /// Why.
        reason: String,
    },
}

/// An attestation to be kept.
#[derive(Debug, Clone)]
pub struct NewAttestation {
    /// The type of what it says.
    pub predicate: String,
    /// The digests that it is about, `sha256:…`.
    pub subjects: Vec<String>,
    /// Whether its signature holds.
    pub verification: Verification,
    /// Who built, as provenance says; empty for none.
    pub builder: String,
    /// The level of the build (SLSA Build 0 to 3) that provenance proves, by signer and builder; 0 for what is not verified.
    pub level: u8,
    /// The document that it says, where it is an SBOM.
    pub document: Option<DocumentId>,
    /// It, as it came.
    pub bytes: Vec<u8>,
}

/// An attestation, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttestationRow {
    /// Its number here.
    pub number: u64,
    /// The type of what it says.
    pub predicate: String,
    /// Whether its signature holds.
    pub verification: Verification,
    /// Who built, as provenance says; empty for none.
    pub builder: String,
    /// The level of the build (SLSA Build 0 to 3) that provenance proves; 0 for what is not verified, and what is no provenance.
    pub level: u8,
    /// SHA-256 of it: `sha256:…`.
    pub digest: String,
    /// When it was added.
    pub added: Option<Timestamp>,
}

impl Inventory {
    /// Keeps attestations. One that is there already is not added again, but one that was not verified becomes so.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn add_attestations(&mut self, attestations: &[NewAttestation], now: Timestamp) -> Result<u64, InventoryError> {
        if attestations.is_empty() {
            return Ok(0);
        }
        let shard = self.shard;
        self.database.write(shard, |database| {
            let mut counter = Counter::open(database, shard, "attestation")?;
            let mut new = 0_u64;
            for attestation in attestations {
                if keep(database, shard, &mut counter, attestation, now)? {
                    new = new.saturating_add(1);
                }
            }
            counter.close(database, shard)?;
            Ok(new)
        })
    }

    /// What was attested of an artifact, in the order in which it was added.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn attestations(&mut self, artifact: ArtifactId) -> Result<Vec<AttestationRow>, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let mut subjects = vec![crate::lookup::summary(database, shard, artifact.number)?.digest];
            let sql = "SELECT value FROM alias WHERE shard = ?1 AND artifact = ?2 AND kind IN ('manifest', 'index', 'config')";
            database.query(sql, &[Value::Int(shard), Value::Int(i64::from(artifact.number))], |row| {
                subjects.push(row.text(0)?);
                Ok(())
            })?;
            let mut rows = std::collections::BTreeMap::new();
            for subject in subjects.iter().filter(|subject| !subject.is_empty()) {
                let sql = "SELECT t.id, t.predicate, t.verified, t.reason, t.signer, t.issuer, t.builder, t.content, t.added, t.level \
                           FROM attested s JOIN attestation t ON t.shard = s.shard AND t.id = s.attestation \
                           WHERE s.shard = ?1 AND s.subject = ?2";
                database.query(sql, &[Value::Int(shard), Value::Text(subject)], |row| {
                    let number = row.int(0)?;
                    let verification = match row.int(2)? {
                        1 => Verification::Verified { signer: row.text(4)?, issuer: row.text(5)? },
                        _ => Verification::Unverified { reason: row.text(3)? },
                    };
                    let held = AttestationRow {
                        number: u64::try_from(number).unwrap_or_default(),
                        predicate: row.text(1)?,
                        verification,
                        builder: row.text(6)?,
                        digest: format!("sha256:{}", data_encoding::HEXLOWER.encode(&row.blob(7)?)),
                        added: time(row.int(8)?),
                        level: u8::try_from(row.int(9)?).unwrap_or_default(),
                    };
                    rows.insert(number, held);
                    Ok(())
                })?;
            }
            Ok(rows.into_values().collect())
        })
    }

    /// An attestation as it came, by its number.
    ///
    /// # Errors
    /// There is none, or the store cannot be read.
    pub fn attestation(&mut self, number: u64) -> Result<Vec<u8>, InventoryError> {
        let key = [Value::Int(self.shard), Value::Int(i64::try_from(number).unwrap_or(i64::MAX))];
        let sql = "SELECT data FROM attestation WHERE shard = ?1 AND id = ?2";
        let unknown = || InventoryError::Unknown { what: "attestation", reference: number.to_string() };
        let data = self.database.one(sql, &key, |row| row.blob(0))?.ok_or_else(unknown)?;
        let damaged = |_| InventoryError::Damaged { table: "attestation", reason: "not what was compressed" };
        let mut bytes = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(data.as_slice()).map_err(damaged)?;
        std::io::Read::read_to_end(&mut std::io::Read::take(decoder, MAX_BYTES as u64), &mut bytes).map_err(damaged)?;
        Ok(bytes)
    }
}

/// Whether it was not there.
fn keep(
    database: &mut Database,
    shard: i64,
    counter: &mut Counter,
    attestation: &NewAttestation,
    now: Timestamp,
) -> Result<bool, InventoryError> {
    let content: [u8; 32] = Sha256::digest(&attestation.bytes).into();
    let kept = |text: &str| shorten(&text.replace('\0', "\u{fffd}"));
    let (verified, reason, signer, issuer) = match &attestation.verification {
        Verification::Verified { signer, issuer } => (1, String::new(), kept(signer), kept(issuer)),
        Verification::Unverified { reason } => (0, kept(reason), String::new(), String::new()),
    };
    // What nobody proved has no level, whatever it says.
    let level = if verified == 1 { i64::from(attestation.level) } else { 0 };
    let document = attestation.document.map_or(0, |id| i64::from(id.number));
    if let (1, Some(id)) = (verified, attestation.document) {
        raise(database, shard, id)?;
    }
    let sql = "SELECT id FROM attestation WHERE shard = ?1 AND content = ?2";
    let held = database.one(sql, &[Value::Int(shard), Value::Blob(&content)], |row| row.int(0))?;
    let id = match held {
        Some(id) => {
            let sql = "UPDATE attestation SET verified = ?3, reason = ?4, signer = ?5, issuer = ?6, level = ?7 \
                       WHERE shard = ?1 AND id = ?2 AND verified = 0";
            let values = [
                Value::Int(shard),
                Value::Int(id),
                Value::Int(verified),
                Value::Text(&reason),
                Value::Text(&signer),
                Value::Text(&issuer),
                Value::Int(level),
            ];
            database.execute(sql, &values)?;
            id
        }
        None => {
            let id = i64::from(counter.take()?);
            let data = zstd::bulk::compress(&attestation.bytes, COMPRESSION)
                .map_err(|error| InventoryError::store("compress", error))?;
            let sql = "INSERT INTO attestation (shard, id, content, predicate, verified, reason, signer, issuer, builder, level, \
                       document, added, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
            let (predicate, builder) = (kept(&attestation.predicate), kept(&attestation.builder));
            let values = [
                Value::Int(shard),
                Value::Int(id),
                Value::Blob(&content),
                Value::Text(&predicate),
                Value::Int(verified),
                Value::Text(&reason),
                Value::Text(&signer),
                Value::Text(&issuer),
                Value::Text(&builder),
                Value::Int(level),
                Value::Int(document),
                Value::Int(now.as_second()),
                Value::Blob(&data),
            ];
            database.execute(sql, &values)?;
            id
        }
    };
    for subject in &attestation.subjects {
        let subject = kept(subject);
        let sql = "INSERT INTO attested (shard, subject, attestation) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        database.execute(sql, &[Value::Int(shard), Value::Text(&subject), Value::Int(id)])?;
    }
    Ok(held.is_none())
}

/// What nobody vouched for is now signed for.
fn raise(database: &mut Database, shard: i64, document: DocumentId) -> Result<(), InventoryError> {
    let sql = "UPDATE document SET claim = ?3 WHERE shard = ?1 AND id = ?2 AND claim = ?4";
    let (signed, unsigned) = (Claim::Signed.number(), Claim::Unsigned.number());
    let values = [Value::Int(shard), Value::Int(i64::from(document.number)), Value::Int(signed), Value::Int(unsigned)];
    if database.execute(sql, &values)? > 0 {
        let mut set = segments::mark(database, shard, "signed")?;
        set.insert(document.number);
        segments::set_mark(database, shard, "signed", &set)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Store, intake, sbom};
    use crate::{Page, Query};

    #[test]
    fn what_was_unverified_becomes_verified() {
        let store = Store::new("attested");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        let added = inventory.add(&[intake(&sbom("shop", 1, &["pkg:npm/a@1"]))], Timestamp::UNIX_EPOCH).unwrap();
        let id = added[0].artifact;
        let digest = inventory.find(&Query::Everything, Page::default()).unwrap().rows[0].artifact.digest.clone();
        assert!(digest.is_empty());
        let mut attestation = NewAttestation {
            predicate: "https://cyclonedx.org/bom".to_owned(),
            subjects: vec!["sha256:aa".to_owned()],
            verification: Verification::Unverified { reason: "nobody asked".to_owned() },
            builder: String::new(),
            level: 3,
            document: Some(added[0].document),
            bytes: b"{}".to_vec(),
        };
        let sql = "INSERT INTO alias (shard, artifact, kind, value) VALUES (0, ?1, 'manifest', 'sha256:aa')";
        inventory.database.execute(sql, &[Value::Int(i64::from(id.number))]).unwrap();
        let now = Timestamp::from_second(5).unwrap();
        assert_eq!(inventory.add_attestations(&[attestation.clone()], now).unwrap(), 1);
        let claim =
            |inventory: &mut Inventory| inventory.find(&Query::Everything, Page::default()).unwrap().rows[0].claim;
        assert_eq!(claim(&mut inventory), Claim::Unsigned);
        assert_eq!(inventory.attestations(id).unwrap()[0].level, 0);
        attestation.verification = Verification::Verified { signer: "me".to_owned(), issuer: "it".to_owned() };
        assert_eq!(inventory.add_attestations(&[attestation.clone()], now).unwrap(), 0);
        assert_eq!(claim(&mut inventory), Claim::Signed);
        let held = inventory.attestations(id).unwrap();
        assert_eq!((held.len(), &held[0].verification, held[0].level), (1, &attestation.verification, 3));
        assert_eq!(inventory.attestation(held[0].number).unwrap(), b"{}");
        // Verified once, it stays so.
        attestation.verification = Verification::Unverified { reason: "another key".to_owned() };
        inventory.add_attestations(&[attestation], now).unwrap();
        assert!(matches!(inventory.attestations(id).unwrap()[0].verification, Verification::Verified { .. }));
    }
}
