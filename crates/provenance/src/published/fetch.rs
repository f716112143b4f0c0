//! The boundary between asking a registry and what is made of its answer.
//!
//! A request names a service and a path, never a host: which host that is, is decided where requests are made. So what was
//! recorded of one mirror is found again whatever mirror, or none, is used later.

use std::fmt;

use plimsoll_registry::RegistryError;

/// A service that publishes provenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// crates.io
    Crates,
    /// rubygems.org
    RubyGems,
    /// GitHub's attestations, by digest.
    GitHub,
    /// Maven Central
    Maven,
    /// npmjs.com
    Npm,
    /// Registries of images.
    Oci,
    /// PyPI
    PyPi,
}

impl Service {
    /// All of them, by name.
    pub const ALL: &'static [Self] =
        &[Self::Crates, Self::RubyGems, Self::GitHub, Self::Maven, Self::Npm, Self::Oci, Self::PyPi];

    /// Its name on the command line and in reports: the type of its package URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crates => "cargo",
            Self::RubyGems => "gem",
            Self::GitHub => "github",
            Self::Maven => "maven",
            Self::Npm => "npm",
            Self::Oci => "oci",
            Self::PyPi => "pypi",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|service| service.name() == name)
    }

    /// Where it is, unless a mirror is named. Images say themselves where they are.
    #[must_use]
    pub fn base(self) -> Option<&'static str> {
        Some(match self {
            Self::Crates => "https://crates.io",
            Self::RubyGems => "https://rubygems.org",
            Self::GitHub => "https://api.github.com",
            Self::Maven => "https://repo.maven.apache.org/maven2",
            Self::Npm => "https://registry.npmjs.org",
            Self::PyPi => "https://pypi.org",
            Self::Oci => return None,
        })
    }

    /// Other names of the same place, as they stand in package URLs.
    pub(crate) fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Crates => &["index.crates.io", "github.com/rust-lang/crates.io-index", "static.crates.io"],
            Self::RubyGems => &["index.rubygems.org"],
            Self::Maven => &["repo1.maven.org/maven2", "repo.maven.apache.org/maven2"],
            Self::PyPi => &["pypi.org/simple", "pypi.python.org", "pypi.python.org/simple", "files.pythonhosted.org"],
            Self::GitHub | Self::Npm | Self::Oci => &[],
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A question to a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    service: Service,
    path: String,
    accept: &'static str,
}

impl Request {
    /// Asks for a path, which starts with `/` and is encoded already.
    pub(crate) fn new(service: Service, path: String, accept: &'static str) -> Self {
        Self { service, path, accept }
    }

    /// Asks what is attached to an image: `HOST/REPOSITORY@DIGEST`.
    pub(crate) fn image(reference: String) -> Self {
        Self { service: Service::Oci, path: reference, accept: "" }
    }

    /// Who is asked.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    /// What for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The media type that is asked for.
    pub(crate) fn accept(&self) -> &'static str {
        self.accept
    }

    /// The name of the request in records.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.service, self.path)
    }
}

/// What a service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// This.
    Found(Vec<u8>),
    /// That there is nothing of that name.
    Absent,
}

/// Why there is no answer. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Connections cannot be made at all.
    #[error("cannot set up connections")]
    Client(#[source] reqwest::Error),
    /// What the SBOM names is not asked.
    #[error("{target} is not asked: {reason}")]
    Refused {
        /// The host, or what stands in its place.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// Nobody answers.
    #[error("cannot reach {host}")]
    Connection {
        /// Host and port.
        host: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer does not come to its end.
    #[error("the answer of {host} was cut: {reason}")]
    Cut {
        /// Host and port.
        host: String,
        /// How.
        reason: String,
    },
    /// The answer is another status.
    #[error("{host} answers with status {status}")]
    Status {
        /// Host and port.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is too large.
    #[error("{host} answers with more than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// How much is read.
        limit: u64,
    },
    /// The answer is a page for people.
    #[error("{host} answers with {content_type:?}, which is not what was asked for")]
    ContentType {
        /// Host and port.
        host: String,
        /// What it says that it is.
        content_type: String,
    },
    /// It points elsewhere, where nothing is asked.
    #[error("{host} points to {target}, which is not followed: {reason}")]
    Redirect {
        /// Host and port.
        host: String,
        /// Scheme, host and port of the target.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// The answer is not of the shape that the service promises.
    #[error("{service} answers what is not understood: {reason}")]
    Malformed {
        /// Which one.
        service: Service,
        /// What is wrong with it.
        reason: String,
    },
    /// The service failed too often in this run.
    #[error("{service} is not asked any more: it failed {failures} times in a row")]
    GaveUp {
        /// Which one.
        service: Service,
        /// How often.
        failures: u32,
    },
    /// An image's registry.
    #[error("cannot ask what is attached to the image")]
    Image(#[source] RegistryError),
    /// A record has no answer to this.
    #[error("the evidence holds no answer to this (`plimsoll provenance fetch` records them)")]
    NotRecorded,
    /// It could not be had when the answers were recorded.
    #[error("it could not be had when the evidence was recorded: {reason}")]
    Recorded {
        /// Why not.
        reason: String,
    },
}

impl FetchError {
    /// The error with its causes, in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(error) = next {
            let more = error.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            next = error.source();
        }
        text
    }
}

/// Answers requests: from the network, or from a record.
pub trait Fetch: Sync {
    /// The answer to a request.
    ///
    /// # Errors
    /// There is none; that something does not exist is an answer.
    fn fetch(&self, request: &Request) -> Result<Answer, FetchError>;
}

/// An address without what is written differently: scheme, `www.`, a slash at the end.
pub(crate) fn bare(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.trim_end_matches('/').trim_start_matches("www.").to_ascii_lowercase()
}

/// One segment of a path, encoded. `None` for what changes the path: nothing, `.`, `..`.
pub(crate) fn segment(text: &str) -> Option<String> {
    use std::fmt::Write as _;
    if matches!(text, "" | "." | "..") || text.len() > 1024 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@+!".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02x}").ok()?;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stay_segments() {
        assert_eq!(segment("@scope/name").unwrap(), "@scope%2fname");
        assert_eq!(segment("a b?c#d%2e").unwrap(), "a%20b%3fc%23d%252e");
        assert!(segment("..").is_none() && segment(".").is_none() && segment("").is_none());
    }

    #[test]
    fn services_have_one_name() {
        for service in Service::ALL {
            assert_eq!(Service::named(service.name()), Some(*service));
        }
        assert!(Service::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
    }
}
