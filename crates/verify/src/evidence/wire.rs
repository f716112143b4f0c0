//! The JSON of protocol buffers, as far as bundles use it. <https://protobuf.dev/programming-guides/json/>
//!
//! Bytes are base64 of either alphabet, with or without padding; a 64-bit integer is a string or a number; null is absent; a
//! field may have its name in lowerCamelCase or as in the `.proto` file; an unknown field is refused. None of the integers of a
//! bundle may be negative.

use std::fmt;
use std::marker::PhantomData;

use plimsoll_attest::decode_base64;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::parts::{Entry, Proof};
use super::{MAX_ENTRIES, MAX_HASHES};

/// Bytes in base64.
pub(super) struct Bytes(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                decode_base64(text.as_bytes()).map(Bytes).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// An integer that is not negative.
#[derive(Clone, Copy, Default)]
pub(super) struct Integer(pub(super) i64);

impl Integer {
    pub(super) fn unsigned(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer that is not negative")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Integer, E> {
                i64::try_from(number).map(Integer).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Integer, E> {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|_| digits);
                number.map(Integer).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// A list of at most `N`: the rest is not even read.
pub(super) struct Capped<T, const N: usize>(pub(super) Vec<T>);

impl<T, const N: usize> Default for Capped<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Capped<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
            type Value = Capped<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    if list.len() >= N {
                        return Err(de::Error::custom(format_args!("it has more than {N}")));
                    }
                    list.push(item);
                }
                Ok(Capped(list))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// Entries of transparency logs.
pub(super) type Entries = Capped<TransparencyLogEntry, MAX_ENTRIES>;

/// `dev.sigstore.rekor.v1.TransparencyLogEntry`.
/// <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_rekor.proto>
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TransparencyLogEntry {
    #[serde(alias = "log_index")]
    log_index: Option<Integer>,
    #[serde(alias = "log_id")]
    log_id: Option<LogId>,
    #[serde(alias = "kind_version")]
    kind_version: Option<KindVersion>,
    #[serde(alias = "integrated_time")]
    integrated_time: Option<Integer>,
    #[serde(alias = "inclusion_promise")]
    inclusion_promise: Option<InclusionPromise>,
    #[serde(alias = "inclusion_proof")]
    inclusion_proof: Option<InclusionProof>,
    #[serde(alias = "canonicalized_body")]
    canonicalized_body: Option<Bytes>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LogId {
    #[serde(alias = "key_id")]
    key_id: Option<Bytes>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KindVersion {
    kind: Option<String>,
    version: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InclusionPromise {
    #[serde(alias = "signed_entry_timestamp")]
    signed_entry_timestamp: Option<Bytes>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InclusionProof {
    #[serde(alias = "log_index")]
    log_index: Option<Integer>,
    #[serde(alias = "root_hash")]
    root_hash: Option<Bytes>,
    #[serde(alias = "tree_size")]
    tree_size: Option<Integer>,
    hashes: Option<Capped<Bytes, MAX_HASHES>>,
    checkpoint: Option<Checkpoint>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    envelope: Option<String>,
}

impl TransparencyLogEntry {
    /// The entry, when it has all that an entry must have.
    pub(super) fn into_entry(self) -> Result<Entry, String> {
        let missing = |what: &str| format!("a log entry has no {what}");
        let kind = self.kind_version.ok_or_else(|| missing("kind"))?;
        Ok(Entry {
            log_index: self.log_index.unwrap_or_default().unsigned(),
            log_id: present(self.log_id.and_then(|id| id.key_id)).ok_or_else(|| missing("log"))?,
            kind: kind.kind.filter(|kind| !kind.is_empty()).ok_or_else(|| missing("kind"))?,
            version: kind.version.filter(|version| !version.is_empty()).ok_or_else(|| missing("version"))?,
            integrated_time: self.integrated_time.map(|time| time.0).filter(|time| *time != 0),
            promise: present(self.inclusion_promise.and_then(|promise| promise.signed_entry_timestamp)),
            proof: self.inclusion_proof.map(InclusionProof::into_proof).transpose()?,
            body: present(self.canonicalized_body).ok_or_else(|| missing("body"))?,
        })
    }
}

impl InclusionProof {
    fn into_proof(self) -> Result<Proof, String> {
        Ok(Proof {
            log_index: self.log_index.unwrap_or_default().unsigned(),
            root_hash: present(self.root_hash).ok_or("an inclusion proof has no root")?,
            tree_size: self.tree_size.unwrap_or_default().unsigned(),
            hashes: self.hashes.unwrap_or_default().0.into_iter().map(|hash| hash.0).collect(),
            checkpoint: self.checkpoint.and_then(|checkpoint| checkpoint.envelope).unwrap_or_default(),
        })
    }
}

/// What is there; an empty value is none (proto3).
fn present(bytes: Option<Bytes>) -> Option<Vec<u8>> {
    bytes.map(|bytes| bytes.0).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{"logIndex":"7","logId":{"keyId":"-_8"},"kindVersion":{"kind":"intoto","version":"0.0.1"},
        "integratedTime":1700000000,"inclusionPromise":null,"canonicalizedBody":"e30="}"#;

    fn read(text: &str) -> Result<Entry, String> {
        let wire: TransparencyLogEntry = serde_json::from_str(text).map_err(|error| error.to_string())?;
        wire.into_entry()
    }

    #[test]
    fn an_entry_is_read_in_either_spelling() {
        let entry = read(ENTRY).unwrap();
        assert_eq!((entry.log_index, entry.log_id.as_slice()), (7, &[0xfb, 0xff][..]));
        assert_eq!(
            (entry.integrated_time, entry.promise, entry.body.as_slice()),
            (Some(1_700_000_000), None, &b"{}"[..])
        );
        let snake = ENTRY.replace("logIndex", "log_index").replace("logId", "log_id").replace("\"7\"", "7");
        assert_eq!(read(&snake).unwrap().log_index, 7);
    }

    #[test]
    fn what_the_mapping_does_not_allow_is_refused() {
        for (from, to) in [
            (r#""logIndex":"7""#, r#""logIndex":"-7""#),
            (r#""logIndex":"7""#, r#""logIndex":-7"#),
            (r#""logIndex":"7""#, r#""logIndex":7.5"#),
            (r#""logIndex":"7""#, r#""logIndex":"+7""#),
            (r#""logIndex":"7""#, r#""logIndex":"9223372036854775808""#),
            (r#""logIndex":"7""#, r#""logIndex":"7","more":1"#),
            (r#""-_8""#, r#""-_8 ""#),
            (r#""e30=""#, r#""""#),
            (r#""0.0.1""#, "null"),
        ] {
            let broken = ENTRY.replace(from, to);
            assert_ne!(broken, ENTRY);
            assert!(read(&broken).is_err(), "{to}");
        }
    }

    #[test]
    fn a_list_ends_at_its_limit() {
        assert_eq!(serde_json::from_str::<Capped<u8, 2>>("[1,2]").unwrap().0, [1, 2]);
        assert!(serde_json::from_str::<Capped<u8, 2>>("[1,2,3").is_err());
    }
}
