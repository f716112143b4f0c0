//! Who publishes what: one file a service, one line of [`SOURCES`].
//!
//! A source asks a service about a dependency and gives [`Item`]s: files, each with the digest that binds it, and the evidence
//! that was found. It judges nothing.

mod crates;
mod github;
mod maven;
mod npm;
mod oci;
mod pypi;
mod rubygems;

use std::sync::OnceLock;

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_verify::{Evidence, PublicKey, Subject, read_evidence};

use super::fetch::{Answer, Fetch, FetchError, Request, Service};
use super::report::{Asserted, Binding};
use super::{Dependency, What};

/// How one service is asked.
pub(super) struct Source {
    pub(super) service: Service,
    /// Types of package URLs that it answers about.
    pub(super) types: &'static [&'static str],
    pub(super) look_up: fn(&Asker<'_>, &Dependency) -> Result<Lookup, Trouble>,
    /// What counts as its provenance; other evidence is told.
    pub(super) counts: &'static [What],
}

/// All of them, by name. GitHub answers about any type, where the SBOM names a repository and a digest.
pub(super) const SOURCES: &[Source] =
    &[crates::SOURCE, github::SOURCE, maven::SOURCE, npm::SOURCE, oci::SOURCE, pypi::SOURCE, rubygems::SOURCE];

/// The source for a type of package URL.
pub(super) fn source_of(kind: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.types.contains(&kind))
}

/// GitHub's attestations, for what its own registry has nothing about.
pub(super) fn github_for(dependency: &Dependency) -> Option<&'static Source> {
    let applies = github::applies(dependency);
    SOURCES.iter().find(|source| source.service == Service::GitHub).filter(|_| applies)
}

/// Why a type of package URL is not asked about.
pub(super) fn why_not(kind: &str) -> &'static str {
    match kind {
        "golang" => "the checksum database binds names to contents, and holds no provenance",
        "deb" | "rpm" | "apk" | "alpm" | "opkg" => "the distribution signs its index; no provenance is published",
        _ => "no service is known that publishes provenance for this type",
    }
}

/// Why a source could not say.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No answer was had.
    Unreachable(String),
    /// The dependency cannot be asked about.
    NotApplicable(String),
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::Unreachable(error.chain())
    }
}

/// What a source found out about a dependency.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) items: Vec<Item>,
    pub(super) notes: Vec<String>,
    pub(super) asserted: Option<Asserted>,
    /// Files that there are besides and that were not asked about.
    pub(super) not_asked: usize,
}

/// A file, and what is published about it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) file: Option<String>,
    pub(super) subject: Subject,
    pub(super) binding: Binding,
    pub(super) found: Found,
    /// The keys of the registry, where it signs statements of its own.
    pub(super) keys: Keys,
}

/// What is published.
#[derive(Debug)]
pub(super) enum Found {
    Evidence(Vec<Evidence>),
    Nothing,
    Malformed(String),
}

/// The keys that a registry signs with.
#[derive(Debug)]
pub(super) enum Keys {
    NotUsed,
    Known(Vec<PublicKey>),
    Unavailable(String),
}

impl Lookup {
    pub(super) fn of(item: Item) -> Self {
        Self { items: vec![item], ..Self::default() }
    }

    /// Nothing is published, and this is why or what there is instead.
    pub(super) fn nothing(note: impl Into<Option<String>>) -> Self {
        Self { notes: note.into().into_iter().collect(), ..Self::default() }
    }

    /// Whether nothing is published about any file.
    pub(super) fn is_empty(&self) -> bool {
        self.items.iter().all(|item| matches!(item.found, Found::Nothing))
    }
}

impl Item {
    pub(super) fn new(subject: Subject, binding: Binding, found: Found) -> Self {
        Self { file: None, subject, binding, found, keys: Keys::NotUsed }
    }
}

/// Asks, for all sources.
pub(super) struct Asker<'a> {
    fetch: &'a dyn Fetch,
    npm_keys: OnceLock<Result<Vec<PublicKey>, String>>,
}

const JSON: &str = "application/json";

impl<'a> Asker<'a> {
    pub(super) fn new(fetch: &'a dyn Fetch) -> Self {
        Self { fetch, npm_keys: OnceLock::new() }
    }

    /// The answer to a request; `None` when there is nothing.
    fn get(&self, service: Service, path: String, accept: &'static str) -> Result<Option<Vec<u8>>, FetchError> {
        self.ask(&Request::new(service, path, accept))
    }

    fn ask(&self, request: &Request) -> Result<Option<Vec<u8>>, FetchError> {
        match self.fetch.fetch(request)? {
            Answer::Found(bytes) => Ok(Some(bytes)),
            Answer::Absent => Ok(None),
        }
    }
}

/// The evidence of an answer.
fn evidence(answer: Option<Vec<u8>>, place: &str) -> Found {
    let Some(answer) = answer else { return Found::Nothing };
    // An empty list is an answer here, and a mistake in a file.
    if matches!(answer.trim_ascii(), b"" | b"[]" | b"{}") {
        return Found::Nothing;
    }
    match read_evidence(&answer, place) {
        Ok(found) if found.is_empty() => Found::Nothing,
        Ok(found) => Found::Evidence(found),
        Err(error) => Found::Malformed(error.to_string()),
    }
}

/// The digests of a dependency that evidence may name it by.
fn stated(digests: &[Digest]) -> Option<Subject> {
    Subject::from_digests(digests)
}

/// A digest that a registry says, in hex.
fn said(algorithm: DigestAlgorithm, hex: Option<&str>) -> Option<Subject> {
    Subject::from_digests(&[Digest::from_hex(algorithm, hex?).ok()?])
}
