//! In-toto statements, v0.1 and v1. <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>
//!
//! The parsing rules of the framework: unknown fields are ignored, a field that is null is one that is absent. The digests of
//! a subject are a map from algorithm to lower-case hex; a subject is matched by any one digest that both sides have.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::resource::{absent, digests};
use crate::{AttestError, refuse_duplicates};

const WHAT: &str = "in-toto statement";
/// More subjects than this in one statement are refused, as sigstore-go does.
pub const MAX_SUBJECTS: usize = 1024;
/// More digests than this of one subject are refused.
pub const MAX_DIGESTS: usize = 32;

/// Digests of one thing: name of the algorithm, as in-toto writes it, to the value in lower-case hex.
pub type DigestSet = BTreeMap<String, String>;

/// Which shape of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementVersion {
    /// `https://in-toto.io/Statement/v0.1`
    V0_1,
    /// `https://in-toto.io/Statement/v1`
    V1,
}

impl StatementVersion {
    /// The `_type`.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::V0_1 => "https://in-toto.io/Statement/v0.1",
            Self::V1 => "https://in-toto.io/Statement/v1",
        }
    }
}

/// What somebody states about artifacts.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    version: StatementVersion,
    subjects: Vec<Subject>,
    predicate_type: String,
    predicate: Predicate,
}

/// What is stated: the text that was read, and its value once somebody asks. A predicate may be an SBOM of megabytes, which its own
/// reader takes from the text.
#[derive(Debug, Clone)]
struct Predicate {
    /// `None` for one that was not read.
    text: Option<Box<RawValue>>,
    value: OnceLock<Value>,
}

impl From<Value> for Predicate {
    fn from(value: Value) -> Self {
        Self { text: None, value: OnceLock::from(value) }
    }
}

impl Predicate {
    /// Its text was read as a whole when duplicate keys were looked for, so that it is a value. Nobody takes null for anything.
    fn value(&self) -> &Value {
        let read = || self.text.as_ref().and_then(|text| serde_json::from_str(text.get()).ok());
        self.value.get_or_init(|| read().unwrap_or(Value::Null))
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

/// An artifact that a statement is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// A name within the statement, empty when there is none. Nothing authenticates it.
    pub name: String,
    /// Where a human finds out more, empty when there is nothing. Nothing is decided by it.
    pub uri: String,
    /// Its digests. At least one.
    pub digest: DigestSet,
    /// What else is said of it; what the keys mean is left to the predicate.
    pub annotations: Map<String, Value>,
}

impl Statement {
    /// Reads a statement from the payload of an envelope.
    ///
    /// # Errors
    /// It is not JSON of this shape, has a key twice, is of an unknown version, or has no subject, a subject without digest,
    /// a digest that is no lower-case hex, too many of either, or no predicate type.
    pub fn parse(payload: &[u8]) -> Result<Self, AttestError> {
        let malformed = |source| AttestError::Malformed { what: WHAT, source };
        refuse_duplicates(payload).map_err(malformed)?;
        let wire: Wire = serde_json::from_slice(payload).map_err(malformed)?;
        let version = [StatementVersion::V0_1, StatementVersion::V1]
            .into_iter()
            .find(|version| version.uri() == wire.type_)
            .ok_or_else(|| AttestError::invalid(WHAT, format!("{:?} is not a known type", wire.type_)))?;
        let subjects = wire.subject.unwrap_or_default().into_iter().map(|subject| Subject {
            name: subject.name,
            uri: subject.uri,
            digest: subject.digest,
            annotations: subject.annotations,
        });
        Self {
            version,
            subjects: subjects.collect(),
            predicate_type: wire.predicate_type,
            predicate: match wire.predicate {
                Some(text) => Predicate { text: Some(text), value: OnceLock::new() },
                None => Predicate::from(Value::Object(Map::new())),
            },
        }
        .checked()
    }

    fn checked(self) -> Result<Self, AttestError> {
        let invalid = |reason: String| Err(AttestError::invalid(WHAT, reason));
        if self.subjects.is_empty() {
            return invalid("it has no subject".into());
        }
        if self.subjects.len() > MAX_SUBJECTS {
            return invalid(format!("it has {} subjects; {MAX_SUBJECTS} are read", self.subjects.len()));
        }
        if self.predicate_type.is_empty() {
            return invalid("its predicate has no type".into());
        }
        for subject in &self.subjects {
            if subject.digest.is_empty() {
                return invalid(format!("subject {:?} has no digest", subject.name));
            }
            if subject.digest.len() > MAX_DIGESTS {
                return invalid(format!("subject {:?} has more than {MAX_DIGESTS} digests", subject.name));
            }
            if let Some((algorithm, value)) =
                subject.digest.iter().find(|(algorithm, value)| !is_digest(algorithm, value))
            {
                return invalid(format!("subject {:?} has the {algorithm} digest {value:?}", subject.name));
            }
        }
        Ok(self)
    }

    /// The version of the statement.
    #[must_use]
    pub fn version(&self) -> StatementVersion {
        self.version
    }

    /// What it is about.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// What the predicate is: a URI.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// What is stated. An empty object when there is nothing.
    #[must_use]
    pub fn predicate(&self) -> &Value {
        self.predicate.value()
    }

    /// What is stated, as JSON: byte for byte as it was in the payload, where the statement was read from one.
    #[must_use]
    pub fn predicate_text(&self) -> Cow<'_, str> {
        match &self.predicate.text {
            Some(text) => Cow::Borrowed(text.get()),
            None => Cow::Owned(self.predicate().to_string()),
        }
    }

    /// The first subject with this digest.
    #[must_use]
    pub fn subject(&self, algorithm: &str, hex: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.digest.get(algorithm).is_some_and(|value| value == hex))
    }
}

/// The algorithms that are known have values of their length, in lower-case hex. Others are ignored, whatever they say.
fn is_digest(algorithm: &str, value: &str) -> bool {
    let bytes = match algorithm {
        "sha1" | "gitCommit" => 20,
        "sha224" | "sha512_224" | "sha3_224" => 28,
        "sha256" | "sha512_256" | "sha3_256" => 32,
        "sha384" | "sha3_384" => 48,
        "sha512" | "sha3_512" | "blake2b" => 64,
        _ => return true,
    };
    let length = value.len().checked_div(2) == Some(bytes) && value.len().is_multiple_of(2)
        || (algorithm == "gitCommit" && value.len() == 64);
    length && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Puts a statement (v1) together.
#[derive(Debug, Clone)]
pub struct StatementBuilder {
    statement: Statement,
}

impl StatementBuilder {
    /// A statement with a predicate and, as yet, no subject.
    #[must_use]
    pub fn new(predicate_type: impl Into<String>, predicate: Value) -> Self {
        let (version, subjects) = (StatementVersion::V1, Vec::new());
        Self {
            statement: Statement {
                version,
                subjects,
                predicate_type: predicate_type.into(),
                predicate: predicate.into(),
            },
        }
    }

    /// One more artifact that it is about.
    #[must_use]
    pub fn subject(self, name: impl Into<String>, digest: DigestSet) -> Self {
        self.about(Subject { name: name.into(), digest, ..Subject::default() })
    }

    /// One more artifact that it is about, with all that is said of it.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.statement.subjects.push(subject);
        self
    }

    /// The statement, and the bytes to sign: compact JSON, fields in the order of the specification.
    ///
    /// # Errors
    /// It would not be read back.
    pub fn build(self) -> Result<(Statement, Vec<u8>), AttestError> {
        let statement = self.statement.checked()?;
        let malformed = |source| AttestError::Malformed { what: WHAT, source };
        let wire = Wire {
            type_: statement.version.uri().to_owned(),
            subject: Some(
                statement
                    .subjects
                    .iter()
                    .map(|subject| WireSubject {
                        name: subject.name.clone(),
                        uri: subject.uri.clone(),
                        digest: subject.digest.clone(),
                        annotations: subject.annotations.clone(),
                    })
                    .collect(),
            ),
            predicate_type: statement.predicate_type.clone(),
            predicate: Some(to_raw_value(statement.predicate()).map_err(malformed)?),
        };
        let bytes = serde_json::to_vec(&wire).map_err(malformed)?;
        Ok((statement, bytes))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "_type")]
    type_: String,
    #[serde(default)]
    subject: Option<Vec<WireSubject>>,
    predicate_type: String,
    #[serde(default)]
    predicate: Option<Box<RawValue>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WireSubject {
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    uri: String,
    #[serde(deserialize_with = "digests")]
    digest: DigestSet,
    #[serde(deserialize_with = "absent", skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn statement(subject: &str) -> Result<Statement, AttestError> {
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subject},"predicateType":"https://x/y","predicate":null,"new":1}}"#
        );
        Statement::parse(text.as_bytes())
    }

    #[test]
    fn reads_what_it_writes() {
        let digest = DigestSet::from([("sha256".to_owned(), SHA256.to_owned())]);
        let builder = StatementBuilder::new("https://x/y", serde_json::json!({"b": 1, "a": [2]}));
        let (built, bytes) = builder.subject("a.tar", digest).build().unwrap();
        assert_eq!(Statement::parse(&bytes).unwrap(), built);
        assert!(built.subject("sha256", SHA256).is_some() && built.subject("sha512", SHA256).is_none());
        assert!(StatementBuilder::new("t", Value::Null).build().is_err());
    }

    #[test]
    fn the_text_of_a_predicate_is_that_of_the_payload() {
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicate": {{ "b":1.0,  "a" : "\u0041" }} ,"subject":[{{"digest":{{"sha256":"{SHA256}"}}}}],"predicateType":"t"}}"#
        );
        let read = Statement::parse(text.as_bytes()).unwrap();
        assert_eq!(read.predicate_text(), r#"{ "b":1.0,  "a" : "\u0041" }"#);
        assert_eq!(read.predicate(), &serde_json::json!({ "a": "A", "b": 1.0 }));
        assert_eq!(read, read.clone());
        for bad in [r#"{"a":1e999}"#, r#"{"a":1,"a":2}"#, r#"{"a":"\ud800"}"#, "[1,]"] {
            let text = text.replace(r#"{ "b":1.0,  "a" : "\u0041" }"#, bad);
            assert!(Statement::parse(text.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn null_is_absent_and_unknown_fields_are_ignored() {
        let read =
            statement(&format!(r#"[{{"name":null,"digest":{{"sha256":"{SHA256}","goModuleH1":"x="}}}}]"#)).unwrap();
        assert_eq!((read.subjects()[0].name.as_str(), read.predicate()), ("", &serde_json::json!({})));
    }

    #[test]
    fn refuses_subjects_that_prove_nothing() {
        for subject in [
            "null".to_owned(),
            "[]".to_owned(),
            r#"[{"name":"a"}]"#.to_owned(),
            r#"[{"name":"a","digest":{}}]"#.to_owned(),
            r#"[{"digest":{"sha256":""}}]"#.to_owned(),
            format!(r#"[{{"digest":{{"sha256":"{}"}}}}]"#, SHA256.to_uppercase()),
            format!(r#"[{{"digest":{{"sha256":"{SHA256}00"}}}}]"#),
            format!(r#"[{{"digest":{{"sha256":"{SHA256}","sha256":"{SHA256}"}}}}]"#),
            format!(r#"[{{"digest":{{"sha256":"{SHA256}"}}}},{{"digest":{{}}}}]"#),
            format!("[{}]", vec![format!(r#"{{"digest":{{"sha256":"{SHA256}"}}}}"#); MAX_SUBJECTS + 1].join(",")),
        ] {
            assert!(statement(&subject).is_err(), "{}", &subject[..subject.len().min(100)]);
        }
    }
}
