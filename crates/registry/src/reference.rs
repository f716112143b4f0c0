//! Names of images: `[HOST/]REPOSITORY[:TAG][@DIGEST]`.
//!
//! The grammar is that of `github.com/distribution/reference`, which every tool follows: the first part is a host when it
//! holds a dot or a colon, or is `localhost`; else the image is one of Docker Hub, whose official images live below
//! `library/`. Without tag and digest `latest` is meant. With both, the digest counts and the tag is a label.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use plimsoll_model::{Digest, DigestAlgorithm};

use crate::{Engine, Host, RegistryError};

/// The image that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    host: Host,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Docker Hub has three names, and its API a fourth.
const HUB: &str = "docker.io";
const HUB_ALIASES: &[&str] = &["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

impl ImageReference {
    /// The registry; `docker.io` for Docker Hub.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Path of the repository in the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, `latest` when neither tag nor digest is named.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, when the image is pinned.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What manifests are asked for by: the digest, else the tag.
    pub(crate) fn identifier(&self) -> String {
        let digest = self.digest.as_ref().map(ToString::to_string);
        digest.unwrap_or_else(|| self.tag.clone().unwrap_or_else(|| "latest".to_owned()))
    }

    /// `HOST/REPOSITORY`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// `HOST/REPOSITORY:TAG`, when there is a tag.
    #[must_use]
    pub fn tagged(&self) -> Option<String> {
        self.tag.as_ref().map(|tag| format!("{}/{}:{tag}", self.host, self.repository))
    }
}

impl FromStr for ImageReference {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let bad = |reason| RegistryError::Reference { text: text.to_owned(), reason };
        if text.contains("://") {
            return Err(bad("it is a URL; leave https:// out"));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(parse_digest(digest).ok_or_else(|| bad("its digest is malformed"))?)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') && !rest.is_empty() && !is_bare_host(name) => (rest, Some(tag)),
            _ => (name, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(bad("its tag is malformed"));
        }
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (first, rest),
            _ => (HUB, name),
        };
        let mut host: Host = host.parse().map_err(|_| bad("its host is malformed"))?;
        if HUB_ALIASES.contains(&host.to_string().as_str()) {
            host = HUB.parse()?;
        }
        let mut repository = path.to_owned();
        if host.to_string() == HUB && !path.contains('/') {
            repository = format!("library/{path}");
        }
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(bad("a repository is written in lower case"));
        }
        if !is_repository(&repository) {
            return Err(bad("its repository is malformed"));
        }
        let tag = tag.or(if digest.is_none() { Some("latest") } else { None }).map(str::to_owned);
        Ok(Self { host, repository, tag, digest })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// A digest in the one spelling that the specification allows.
pub(crate) fn parse_digest(text: &str) -> Option<Digest> {
    Digest::from_prefixed(text).ok().filter(|digest| {
        matches!(digest.algorithm(), DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512) && digest.to_string() == text
    })
}

fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first.eq_ignore_ascii_case("localhost")
}

/// `[::1]:5000`, which is no name of an image, but would look like one with a tag.
fn is_bare_host(name: &str) -> bool {
    name.starts_with('[') && !name.contains('/')
}

pub(crate) fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// `path-component *("/" path-component)`: words of `[a-z0-9]` joined by `.`, `_`, `__` or dashes.
pub(crate) fn is_repository(path: &str) -> bool {
    let word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let component = |part: &str| {
        word(part.bytes().next())
            && word(part.bytes().last())
            && part.bytes().all(|byte| word(Some(byte)) || matches!(byte, b'.' | b'_' | b'-'))
            && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].iter().any(|pair| part.contains(pair))
    };
    path.len() <= 255 && path.split('/').all(component)
}

/// A source that is reached over a connection, as the user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteReference {
    /// `registry:`
    Registry(ImageReference),
    /// `docker:` or `podman:`, and the image as the engine knows it.
    Engine(Engine, String),
}

impl RemoteReference {
    /// Reads `registry:…`, `docker:…` and `podman:…`; `None` for any other source.
    ///
    /// # Errors
    /// The prefix is one of these, and what follows is not the name of an image.
    pub fn parse(text: &OsStr) -> Option<Result<Self, RegistryError>> {
        let text = text.to_string_lossy();
        let (scheme, name) = text.split_once(':')?;
        let engine = match scheme {
            "registry" => return Some(name.parse().map(Self::Registry)),
            "docker" => Engine::Docker,
            "podman" => Engine::Podman,
            _ => return None,
        };
        Some(engine.check_name(name).map(|()| Self::Engine(engine, name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn names_are_completed_as_docker_does() {
        for (text, full) in [
            ("debian", "docker.io/library/debian:latest"),
            ("debian:12", "docker.io/library/debian:12"),
            ("bitnami/redis", "docker.io/bitnami/redis:latest"),
            ("index.docker.io/debian", "docker.io/library/debian:latest"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a:1", "localhost:5000/a:1"),
            ("GHCR.io/acme/app:V1", "ghcr.io/acme/app:V1"),
            ("[::1]:5000/a/b__c:1", "[::1]:5000/a/b__c:1"),
            ("registry.example/a-b/c.d:x_y.z-1", "registry.example/a-b/c.d:x_y.z-1"),
        ] {
            assert_eq!(text.parse::<ImageReference>().unwrap().to_string(), full, "{text}");
        }
        let pinned: ImageReference = format!("ghcr.io/a/b:1@{HEX}").parse().unwrap();
        assert_eq!((pinned.tag(), pinned.digest().unwrap().to_string().as_str()), (Some("1"), HEX));
        let bare: ImageReference = format!("ghcr.io/a/b@{HEX}").parse().unwrap();
        assert_eq!((bare.tag(), bare.tagged(), bare.name().as_str()), (None, None, "ghcr.io/a/b"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "https://ghcr.io/a",
            "ghcr.io/",
            "ghcr.io/A",
            "ghcr.io/a:",
            "ghcr.io/a:.x",
            "ghcr.io/a/../b",
            "ghcr.io/a//b",
            "ghcr.io/a?x=1",
            "ghcr.io/a#b",
            "user@ghcr.io/a",
            "ghcr.io/a@sha256:../..",
            "ghcr.io/a@sha256:00",
            "ghcr.io/a@md5:d41d8cd98f00b204e9800998ecf8427e",
            "ghcr.io:x/a",
            "[::1]:5000",
            "ghcr.io/a b",
            // To others a host, but its name in full would be read as one of Docker Hub's.
            "Acme/app",
            "ghcr.io/a%2fb",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_three_prefixes_are_remote() {
        let parse = |text: &str| RemoteReference::parse(OsStr::new(text));
        assert!(matches!(parse("registry:a/b"), Some(Ok(RemoteReference::Registry(_)))));
        assert!(matches!(parse("docker:debian:12"), Some(Ok(RemoteReference::Engine(Engine::Docker, _)))));
        assert!(matches!(parse("podman:x"), Some(Ok(RemoteReference::Engine(Engine::Podman, _)))));
        assert!(parse("registry:").unwrap().is_err() && parse("docker:../x").unwrap().is_err());
        assert!(parse("dir:x").is_none() && parse("x").is_none());
    }
}
