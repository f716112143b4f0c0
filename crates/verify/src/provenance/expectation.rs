//! What is expected of a build.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::{BuilderRule, Repository};
use crate::{LogRule, Pattern};

/// What provenance has to prove: by whom it may be signed, and what it has to say.
#[derive(Debug, Clone)]
pub struct ProvenanceExpectation {
    /// Who may sign for which builder, and how much that is worth. Nobody else is recognised.
    pub builders: Vec<BuilderRule>,
    /// What the build has to be.
    pub build: BuildExpectation,
    /// Whether there has to be a log entry.
    pub log: LogRule,
    /// How many distinct transparency logs have to vouch for the signature.
    pub logs: usize,
    /// How many distinct timestamp authorities or logs have to vouch for its time.
    pub times: usize,
    /// The latest time at which it may have been signed.
    pub at: Timestamp,
}

/// What a build has to be. What is left out is not checked, and is reported as such; parameters that the type of build does not
/// have are never left out.
#[derive(Debug, Clone, Default)]
pub struct BuildExpectation {
    /// The repository it has to be built from.
    pub source: Option<Repository>,
    /// The number of the repository on its platform, which stays when it is renamed.
    pub source_id: Option<String>,
    /// The refs it has to be built from; all of these.
    pub references: Vec<RefExpectation>,
    /// The commit it has to be built from, in lower-case hex.
    pub commit: Option<String>,
    /// Who has to have built it; one of these. Empty takes any that is recognised.
    pub builder: Vec<Pattern>,
    /// The file of the workflow within its repository.
    pub workflow: Option<Pattern>,
    /// The types that the build may have. Empty takes any.
    pub build_types: Vec<Pattern>,
    /// What has to have been passed along by whoever started it by hand.
    pub inputs: BTreeMap<String, String>,
    /// Parameters by their paths; one that ends in `.*` is for all below.
    pub parameters: BTreeMap<String, ParameterRule>,
    /// The least level of the build, 0 to 3.
    pub level: u8,
}

/// A ref that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefExpectation {
    /// The ref in full, such as `refs/tags/v1.2.3`.
    Exact(String),
    /// A branch, by its name without `refs/heads/`. A tag that was made from it is on it, where the builder says so.
    Branch(String),
    /// A tag, by its name without `refs/tags/`.
    Tag(String),
    /// A version, of which trailing parts may be left out: `v1.2` is satisfied by the tag `v1.2.3`.
    VersionedTag(String),
}

impl fmt::Display for RefExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => f.write_str(text),
            Self::Branch(name) => write!(f, "branch {name}"),
            Self::Tag(name) => write!(f, "tag {name}"),
            Self::VersionedTag(version) => write!(f, "a tag of version {version}"),
        }
    }
}

/// What a parameter has to be.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ParameterRule {
    /// It may be anything.
    Any,
    /// It has to be this.
    Equal(Value),
    /// It has to be a text that matches.
    Matches(Pattern),
}
