//! What statements may be about besides artifacts: what only digests of other kinds name, such as a commit.

use std::fmt;

use crate::{Subject, VerifyError};

/// What a statement has to be about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AnySubject {
    /// An artifact.
    Artifact(Subject),
    /// What one subject of the statement names by all of these digests: a commit, an image in a cloud.
    Named(Vec<NamedDigest>),
}

/// A digest of an algorithm that nothing is computed with here: name and value are compared as they are.
///
/// Who gives it says that it names one thing and no other. Digests for which this is known to be false (MD5, and SHA-1 but for
/// commits) are refused, and those that are computed (SHA-2) are those of a [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedDigest {
    algorithm: String,
    value: String,
}

const MAX_ALGORITHM: usize = 64;
const MAX_VALUE: usize = 1024;

impl AnySubject {
    /// Reads `sha256:…`, which is an artifact, or a digest of another algorithm: `gitCommit:…`, `gce_image_id:…`.
    ///
    /// # Errors
    /// It is no digest, or one that names nothing for sure.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        match text.split_once(':') {
            Some(("sha256" | "sha384" | "sha512", _)) => Subject::digest(text).map(Self::Artifact),
            _ => Ok(Self::Named(vec![NamedDigest::parse(text)?])),
        }
    }

    /// A commit, in lower-case hex.
    ///
    /// # Errors
    /// It is no whole commit.
    pub fn commit(hex: &str) -> Result<Self, VerifyError> {
        Ok(Self::Named(vec![NamedDigest::parse(&format!("gitCommit:{hex}"))?]))
    }
}

impl fmt::Display for AnySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Artifact(subject) => subject.fmt(f),
            Self::Named(digests) => f.write_str(&NamedDigest::list(digests)),
        }
    }
}

impl NamedDigest {
    /// Reads `algorithm:value`; the value begins behind the first colon.
    ///
    /// # Errors
    /// It is not that, is of an algorithm that is computed or too weak, or is a commit that is not whole.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let bad = || VerifyError::NamedDigest { text: text.to_owned() };
        let (algorithm, value) = text.split_once(':').ok_or_else(bad)?;
        let word = |c: char| c.is_ascii_alphanumeric() || "_-+.".contains(c);
        let fits = (1..=MAX_ALGORITHM).contains(&algorithm.len())
            && algorithm.chars().all(word)
            && (1..=MAX_VALUE).contains(&value.len())
            && value.chars().all(|c| c.is_ascii_graphic());
        // In any spelling: a name that only looks like a strong algorithm is not to be compared as one that is not known.
        let known = algorithm.to_ascii_lowercase().replace(['-', '_'], "");
        let taken = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"].contains(&known.as_str());
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let of_git = ["gitCommit", "gitTree", "gitBlob", "gitTag"].contains(&algorithm);
        let whole = !of_git || ([40, 64].contains(&value.len()) && value.bytes().all(hex));
        if !fits || taken || !whole {
            return Err(bad());
        }
        Ok(Self { algorithm: algorithm.to_owned(), value: value.to_owned() })
    }

    /// The name of the algorithm, as in-toto or whoever made it writes it.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    pub(crate) fn list(digests: &[Self]) -> String {
        digests.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for NamedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_one_thing_is_taken() {
        let commit = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";
        assert_eq!(AnySubject::commit(commit).unwrap().to_string(), format!("gitCommit:{commit}"));
        for good in
            ["gce_image_id:8970095005306000053", "svn_revision_id:svn+https://svn.example/trunk@2019", "goModuleH1:x="]
        {
            assert_eq!(AnySubject::parse(good).unwrap().to_string(), good);
        }
        assert!(matches!(AnySubject::parse(&format!("sha256:{}", "0".repeat(64))), Ok(AnySubject::Artifact(_))));
        for bad in [
            "",
            ":",
            "gce_image_id:",
            ":1",
            "a b:1",
            "a:1 2",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            &format!("sha1:{commit}"),
            &format!("SHA-1:{commit}"),
            &format!("SHA256:{}", "0".repeat(64)),
            &format!("sha256:{commit}"),
            &format!("gitCommit:{}", &commit[..12]),
            &format!("gitCommit:{}", commit.to_uppercase()),
            &format!("{}:1", "a".repeat(MAX_ALGORITHM + 1)),
        ] {
            assert!(AnySubject::parse(bad).is_err(), "{bad}");
        }
    }
}
