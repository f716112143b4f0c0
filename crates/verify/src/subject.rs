//! What evidence has to be about: an artifact, read once, or its digest.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use plimsoll_model::DigestAlgorithm;
use sha2::digest::DynDigest;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::VerifyError;

/// An artifact, by what is known of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    digests: BTreeMap<DigestAlgorithm, String>,
    content: Option<Content>,
    /// What its file is called elsewhere.
    name: Option<String>,
}

/// Where the bytes of an artifact are, for signatures that are over the bytes and not a digest.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A file, which is read again when it is needed.
    File(PathBuf),
    /// Bytes in memory.
    Bytes(Vec<u8>),
}

/// The algorithms that evidence may name an artifact by.
const ALGORITHMS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];

impl Subject {
    /// Reads a file once, whatever its size, and keeps its SHA-256 and what else the evidence asks for
    /// ([`crate::Evidence::digests`]).
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(path: &Path, digests: &[DigestAlgorithm]) -> Result<Self, VerifyError> {
        let digests = File::open(path).and_then(|file| hash(file, digests)).map_err(VerifyError::Read)?;
        Ok(Self { digests, content: Some(Content::File(path.to_owned())), name: None })
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let digests = hash(&*bytes, &ALGORITHMS).unwrap_or_default();
        Self { digests, content: Some(Content::Bytes(bytes)), name: None }
    }

    /// What is read to its end; the bytes are not kept.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn stream(reader: impl Read, digests: &[DigestAlgorithm]) -> Result<Self, VerifyError> {
        Ok(Self { digests: hash(reader, digests).map_err(VerifyError::Read)?, content: None, name: None })
    }

    /// An artifact of which only a digest is known: `sha256:…` or `sha512:…` and lower-case hex.
    ///
    /// # Errors
    /// It is no such digest.
    pub fn digest(text: &str) -> Result<Self, VerifyError> {
        let bad = || VerifyError::Digest { text: text.to_owned() };
        let (name, hex) = text.split_once(':').ok_or_else(bad)?;
        let algorithm = ALGORITHMS.into_iter().find(|algorithm| algorithm.token() == name).ok_or_else(bad)?;
        if !hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            || plimsoll_model::Digest::from_hex(algorithm, hex).is_err()
        {
            return Err(bad());
        }
        Ok(Self { digests: BTreeMap::from([(algorithm, hex.to_owned())]), content: None, name: None })
    }

    /// An artifact of which several digests are known. Those that evidence never names (MD5, SHA-1, …) are left out; `None`
    /// when no other is left, or two of one algorithm differ.
    #[must_use]
    pub fn from_digests<'a>(known: impl IntoIterator<Item = &'a plimsoll_model::Digest>) -> Option<Self> {
        let mut digests = BTreeMap::new();
        for digest in known.into_iter().filter(|digest| ALGORITHMS.contains(&digest.algorithm())) {
            let hex = digest.hex();
            if digests.insert(digest.algorithm(), hex.clone()).is_some_and(|before| before != hex) {
                return None;
            }
        }
        (!digests.is_empty()).then_some(Self { digests, content: None, name: None })
    }

    /// The same, with the name that its file has where it comes from. Evidence about a distribution of Python has to be about
    /// a file of that name.
    #[must_use]
    pub fn named(self, file: impl Into<String>) -> Self {
        Self { name: Some(file.into()), ..self }
    }

    /// Something of which no digest is known that signatures are over: what such a signature is over cannot be compared.
    pub(crate) fn unknown() -> Self {
        Self { digests: BTreeMap::new(), content: None, name: None }
    }

    /// Its digest of one algorithm in lower-case hex.
    #[must_use]
    pub fn hex(&self, algorithm: DigestAlgorithm) -> Option<&str> {
        self.digests.get(&algorithm).map(String::as_str)
    }

    /// All its digests: algorithm and lower-case hex.
    pub fn digests(&self) -> impl Iterator<Item = (DigestAlgorithm, &str)> {
        self.digests.iter().map(|(algorithm, hex)| (*algorithm, hex.as_str()))
    }

    /// The name of the file that it is, when it is one.
    pub(crate) fn file_name(&self) -> Option<&str> {
        match &self.content {
            Some(Content::File(path)) if self.name.is_none() => path.file_name()?.to_str(),
            _ => self.name.as_deref(),
        }
    }

    pub(crate) fn content(&self) -> Option<&Content> {
        self.content.as_ref()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digests.iter().next() {
            Some((algorithm, hex)) => write!(f, "{}:{hex}", algorithm.token()),
            None => f.write_str("nothing"),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({self})")
    }
}

/// What is read at a time: enough for the processor, little for the memory.
const CHUNK: usize = 1 << 17;

fn hash(mut reader: impl Read, wanted: &[DigestAlgorithm]) -> io::Result<BTreeMap<DigestAlgorithm, String>> {
    let mut hashes: Vec<(DigestAlgorithm, Box<dyn DynDigest>)> =
        vec![(DigestAlgorithm::Sha256, Box::new(Sha256::new()))];
    if wanted.contains(&DigestAlgorithm::Sha384) {
        hashes.push((DigestAlgorithm::Sha384, Box::new(Sha384::new())));
    }
    if wanted.contains(&DigestAlgorithm::Sha512) {
        hashes.push((DigestAlgorithm::Sha512, Box::new(Sha512::new())));
    }
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for (_, hash) in &mut hashes {
            hash.update(buffer.get(..count).unwrap_or_default());
        }
    }
    Ok(hashes.into_iter().map(|(algorithm, hash)| (algorithm, HEXLOWER.encode(&hash.finalize()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_digests_are_of_one_thing() {
        let digest = |text: &str| plimsoll_model::Digest::from_prefixed(text).unwrap();
        let (one, other) = (format!("sha256:{}", "ab".repeat(32)), format!("sha512:{}", "cd".repeat(64)));
        let weak = digest(&format!("md5:{}", "00".repeat(16)));
        let both = Subject::from_digests(&[digest(&one), weak.clone(), digest(&other)]).unwrap();
        assert_eq!(both.digests().count(), 2);
        assert!(Subject::from_digests(&[weak]).is_none());
        let differs = digest(&format!("sha256:{}", "ef".repeat(32)));
        assert!(Subject::from_digests(&[digest(&one), differs]).is_none());
        assert_eq!(both.named("a.whl").file_name(), Some("a.whl"));
    }

    #[test]
    fn digests_are_read_in_one_spelling() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Subject::bytes(Vec::new()).hex(DigestAlgorithm::Sha256), Some(hex));
        assert_eq!(Subject::digest(&format!("sha256:{hex}")).unwrap().to_string(), format!("sha256:{hex}"));
        let upper = hex.to_uppercase();
        for bad in ["", "sha256", "sha256:", "md5:00", &format!("sha256:{upper}"), &format!("sha512:{hex}"), hex] {
            assert!(Subject::digest(bad).is_err(), "{bad}");
        }
    }
}
