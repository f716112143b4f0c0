//! Rows of the tables: what says a fact, and what the fact looks like.

use super::repository::{repository, same_repository, uri, without_credentials};

/// A fact that a platform tells.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in templates.
    pub(crate) key: &'static str,
    /// Its name in words, for errors.
    pub(crate) what: &'static str,
    /// The claim of the token that says it. With a slash in front, it is inside of others: `/kubernetes.io/namespace`.
    pub(crate) claim: &'static str,
    /// The variable that says it.
    pub(crate) variable: &'static str,
    /// What it looks like.
    pub(crate) kind: Kind,
    /// Whether there is no provenance without it.
    pub(crate) required: bool,
}

/// What a fact looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text of one line.
    Text,
    /// A commit: SHA-1 or SHA-256 in hex.
    Commit,
    /// The address of a repository, for git.
    Repository,
    /// Another address.
    Address,
    /// A URI, which stays as it is.
    Uri,
    /// A time: RFC 3339.
    Time,
}

/// Characters of a value. Longer ones are no names, addresses or commits.
const LONGEST: usize = 4096;

impl Kind {
    /// Brings a value into its form.
    pub(crate) fn read(self, text: &str) -> Result<String, &'static str> {
        if text.len() > LONGEST {
            return Err("is too long");
        }
        if text.chars().any(char::is_control) {
            return Err("holds a line break or another control character");
        }
        match self {
            Self::Text => Ok(text.to_owned()),
            Self::Commit => {
                commit(text).ok_or("is no commit (a digest in hex): what was built has to be known exactly")
            }
            Self::Repository => repository(text).ok_or("is no address of a repository"),
            Self::Address => without_credentials(text).ok_or("is no address"),
            Self::Uri => uri(text).ok_or("is no URI, or holds credentials"),
            Self::Time => time(text).ok_or("is no time (RFC 3339)"),
        }
    }

    /// Whether two values in their form name the same.
    pub(crate) fn same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Repository => same_repository(one, other),
            Self::Address => one.trim_end_matches('/') == other.trim_end_matches('/'),
            Self::Text | Self::Commit | Self::Uri | Self::Time => one == other,
        }
    }
}

/// A commit in lower-case hex.
fn commit(text: &str) -> Option<String> {
    let hex = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_lowercase())
}

/// A time in UTC, to the second where nothing finer is said.
fn time(text: &str) -> Option<String> {
    text.parse::<jiff::Timestamp>().ok().map(|time| time.to_string())
}

/// A fact that only the token tells.
pub(crate) const fn claimed(key: &'static str, what: &'static str, claim: &'static str) -> Field {
    Field { key, what, claim, variable: "", kind: Kind::Text, required: false }
}

/// A fact that only a variable tells.
pub(crate) const fn variable(key: &'static str, what: &'static str, variable: &'static str) -> Field {
    Field { key, what, claim: "", variable, kind: Kind::Text, required: false }
}

/// A fact that both tell.
pub(crate) const fn both(key: &'static str, what: &'static str, claim: &'static str, variable: &'static str) -> Field {
    Field { key, what, claim, variable, kind: Kind::Text, required: false }
}

impl Field {
    /// It looks like this.
    pub(crate) const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// There is no provenance without it.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What would say it, for errors.
    pub(crate) fn wanted(&self) -> String {
        match (self.claim.is_empty(), self.variable.is_empty()) {
            (false, false) => format!("neither the claim {:?} nor the variable {} is there", self.claim, self.variable),
            (false, true) => format!("the claim {:?} is not there", self.claim),
            _ => format!("the variable {} is not set", self.variable),
        }
    }
}
