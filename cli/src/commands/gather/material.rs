//! One thing that a decision is made from.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use plimsoll_model::{DigestAlgorithm, Limits};
use plimsoll_verify::{MAX_EVIDENCE_BYTES, Subject};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::input;

/// What something is read for. The words are those of reports and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::commands) enum Role {
    Policy,
    PolicyKey,
    Rego,
    Exceptions,
    TrustedRoot,
    Advisories,
    Vex,
    Published,
    Artifact,
    ImageConfig,
    Evidence,
    Sbom,
    Observation,
}

impl Role {
    const WORDS: [(Self, &'static str); 13] = [
        (Self::Policy, "policy"),
        (Self::PolicyKey, "policy-key"),
        (Self::Rego, "rego"),
        (Self::Exceptions, "exceptions"),
        (Self::TrustedRoot, "trusted-root"),
        (Self::Advisories, "advisories"),
        (Self::Vex, "vex"),
        (Self::Published, "published"),
        (Self::Artifact, "artifact"),
        (Self::ImageConfig, "image-config"),
        (Self::Evidence, "evidence"),
        (Self::Sbom, "sbom"),
        (Self::Observation, "observation"),
    ];

    pub(in crate::commands) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }

    pub(in crate::commands) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(role, _)| *role)
    }
}

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(in crate::commands) enum Content {
    Bytes(Vec<u8>),
    /// Of what may be large.
    File(PathBuf),
    /// Only what the details say is known.
    Nothing,
}

/// One thing that a decision is made from.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Material {
    pub(in crate::commands) role: Role,
    /// As it was named, or where it was.
    pub(in crate::commands) name: String,
    pub(in crate::commands) content: Content,
    /// What has to be known beside the bytes to read it the same again.
    pub(in crate::commands) details: Map<String, Value>,
    sha256: OnceLock<String>,
}

impl Material {
    pub(in crate::commands) fn new(role: Role, name: impl Into<String>, content: Content) -> Self {
        Self { role, name: name.into(), content, details: Map::new(), sha256: OnceLock::new() }
    }

    pub(in crate::commands) fn bytes_of(role: Role, name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(role, name, Content::Bytes(bytes))
    }

    pub(in crate::commands) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    pub(in crate::commands) fn detail(&self, key: &str) -> Option<&str> {
        self.details.get(key)?.as_str()
    }

    pub(in crate::commands) fn says(&self, key: &str) -> bool {
        self.details.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether there are bytes, and not only a digest.
    pub(super) fn content_is_there(&self) -> bool {
        !matches!(self.content, Content::Nothing)
    }

    /// All of it, in memory.
    pub(in crate::commands) fn bytes(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(match &self.content {
            Content::Bytes(bytes) => Cow::Borrowed(bytes),
            Content::File(path) => {
                let mut limits = Limits::DEFAULT;
                limits.member_bytes = MAX_EVIDENCE_BYTES;
                Cow::Owned(input::bytes(path, &limits)?)
            }
            Content::Nothing => Cow::Borrowed(&[]),
        })
    }

    pub(in crate::commands) fn text(&self) -> Result<String, Failure> {
        let text = String::from_utf8(self.bytes()?.into_owned());
        text.map_err(|_| Failure::usage(format!("{}: it is not UTF-8", self.name)))
    }

    /// Its SHA-256 in hex; `None` for what has no bytes. A large file is read for it once.
    pub(in crate::commands) fn sha256(&self) -> Result<Option<&str>, Failure> {
        if let Some(known) = self.sha256.get() {
            return Ok(Some(known));
        }
        let hex = match &self.content {
            Content::Nothing => return Ok(None),
            Content::Bytes(bytes) => HEXLOWER.encode(&Sha256::digest(bytes)),
            Content::File(path) => {
                let file = Subject::file(path, &[])
                    .map_err(|error| Failure::failed(anyhow::Error::new(error).context(self.name.clone())))?;
                file.hex(DigestAlgorithm::Sha256).unwrap_or_default().to_owned()
            }
        };
        Ok(Some(self.sha256.get_or_init(|| hex)))
    }
}
