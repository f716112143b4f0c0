//! What the formats of Python share: names, where a package comes from, its files, and how it is found again.
//!
//! Names are compared as the packaging specifications say (<https://packaging.python.org/en/latest/specifications/name-normalization/>):
//! `Foo_Bar`, `foo.bar` and `foo-bar` are one package.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::locator::without_password;
use plimsoll_extract::prelude::*;
use syntax::pep508::{Environment, Marker, Truth};

/// Entries of one name that a dependency may mean; real locks have one per platform at most.
const MAX_SAME_NAME: usize = 64;

/// The property for the environment marker of a component, or of one of its dependencies (then `NAME ; MARKER`).
pub(crate) const MARKER: &str = "plimsoll:python:marker";

/// The newest Python. What a marker asks of the version of Python is no condition when this one meets it.
static NEWEST: LazyLock<Environment> =
    LazyLock::new(|| Environment::unknown().with("python_version", "3.14").with("python_full_version", "3.14.0"));

/// Whether a marker may leave a package out where these extras are asked for: on another platform, or on the Python of
/// today.
pub(crate) fn is_conditional(marker: &str, extras: &[&str]) -> bool {
    Marker::parse(marker).map_or(true, |marker| marker.evaluate(&NEWEST, extras) != Truth::True)
}

/// The name as indexes compare it.
pub(crate) fn normalise(name: &str) -> Cow<'_, str> {
    let bytes = name.as_bytes();
    let separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let doubled = bytes.windows(2).any(|pair| pair.iter().all(|&byte| separator(byte)));
    if !doubled && !bytes.iter().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'.')) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            other => out.push(other.to_ascii_lowercase()),
        }
    }
    Cow::Owned(out)
}

/// The version that a specifier pins; `None` when it is a range.
///
/// # Errors
/// It is not one. PEP 440: only `==` and `!=` take a wildcard, and only at the end.
pub(crate) fn pin(specifier: &str) -> Result<Option<&str>, &'static str> {
    for clause in specifier.split(',').map(str::trim) {
        let trailing = clause.ends_with(".*") && (clause.starts_with("==") || clause.starts_with("!="));
        if clause.matches('*').count() > usize::from(trailing) {
            return Err("version specifier has a wildcard where none may be");
        }
    }
    // PEP 440: a leading v is not part of the version.
    Ok(syntax::pep508::exact_version(specifier).map(|version| match version.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => rest,
        _ => version,
    }))
}

/// Where a package comes from, as far as its purl tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// A package index; `None` for the default one, PyPI.
    Index(Option<&'a str>),
    /// A version control system.
    Vcs(Vcs<'a>),
    /// A file somewhere else.
    Url(&'a str),
    /// A file or directory of the project; no registry knows it.
    Local(&'a str),
}

/// A place in a version control system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vcs<'a> {
    /// `git`, `hg`, `bzr` or `svn`.
    pub(crate) tool: &'a str,
    /// The repository, without `git+`.
    pub(crate) url: &'a str,
    /// The commit, or failing that the tag or branch.
    pub(crate) revision: Option<&'a str>,
    /// The directory in the repository that holds the package.
    pub(crate) subdirectory: Option<&'a str>,
}

impl Vcs<'_> {
    /// As SPDX and the purl qualifier `vcs_url` write it: `git+https://…@commit#directory`.
    pub(crate) fn locator(&self) -> String {
        let mut out = format!("{}+{}", self.tool, self.url);
        if let Some(revision) = self.revision {
            out.push('@');
            out.push_str(revision);
        }
        if let Some(subdirectory) = self.subdirectory {
            out.push('#');
            out.push_str(subdirectory);
        }
        out
    }
}

/// Whether this index is PyPI, which a purl means when it names none.
pub(crate) fn is_pypi(index: &str) -> bool {
    let rest = index.split_once("://").map_or(index, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    matches!(host, "pypi.org" | "pypi.python.org" | "files.pythonhosted.org")
}

/// An index as an [`Origin`].
pub(crate) fn index(url: &str) -> Origin<'_> {
    Origin::Index(Some(url).filter(|url| !url.is_empty() && !is_pypi(url)))
}

/// A component for a package of this name, version and origin; `None`, with a diagnostic, when they make no purl.
/// `file` is the lockfile, which local paths are relative to.
pub(crate) fn component(
    sink: &mut Sink<'_>,
    file: &SourcePath,
    (name, version): (&str, Option<&str>),
    origin: Origin<'_>,
    line: u32,
) -> Option<Component> {
    let builder = Purl::builder("pypi", name).version(version.unwrap_or_default());
    let (builder, reference) = match origin {
        Origin::Local(path) => return local(sink, file, (name, version), path, line),
        Origin::Index(None) => (builder, None),
        Origin::Index(Some(url)) => (builder.qualifier("repository_url", without_password(url)), None),
        Origin::Url(url) => {
            let url = without_password(url);
            (builder.qualifier("download_url", url.clone()), Some((ReferenceKind::Distribution, url.into_owned())))
        }
        Origin::Vcs(vcs) => {
            let locator = vcs.locator();
            let locator = without_password(&locator).into_owned();
            (builder.qualifier("vcs_url", locator.clone()), Some((ReferenceKind::Vcs, locator)))
        }
    };
    let mut component = Component::from_purl(sink.purl(builder, line)?);
    if let Some((kind, url)) = reference {
        component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
    }
    Some(component)
}

fn local(
    sink: &mut Sink<'_>,
    file: &SourcePath,
    (name, version): (&str, Option<&str>),
    path: &str,
    line: u32,
) -> Option<Component> {
    if name.is_empty() {
        sink.malformed_entry(line, "entry left out: it has no name");
        return None;
    }
    let mut component = Component::new(ComponentKind::Library, name);
    component.version = version.filter(|version| !version.is_empty()).map(Into::into);
    // The directory of the lockfile itself may be the top of the source, which has no path.
    let here = path.split('/').all(|part| matches!(part, "" | "."));
    component.location = file.sibling(if here { "pyproject.toml" } else { path });
    component.properties.push((Cow::Borrowed("plimsoll:python:path"), path.into()));
    Some(component)
}

/// A file of a package.
#[derive(Debug, Clone)]
pub(crate) struct Artifact<'a> {
    /// Its URL, or its name when no URL is known; empty when not even that.
    pub(crate) url: &'a str,
    /// Its digests.
    pub(crate) digests: Vec<Digest>,
}

/// Adds the files of a package: each is a reference, and when there is just one its digests are the component's.
pub(crate) fn add_artifacts(component: &mut Component, artifacts: Vec<Artifact<'_>>) {
    if let [only] = artifacts.as_slice() {
        component.hashes.clone_from(&only.digests);
        if only.url.is_empty() {
            return;
        }
    }
    let stated = component.references.len();
    for Artifact { url, digests } in artifacts {
        let url: Box<str> = match digests.first() {
            _ if !url.is_empty() => without_password(url).into(),
            Some(digest) => match checksum_purl(component, digest) {
                Some(url) => url.into(),
                None => continue,
            },
            None => continue,
        };
        // The download URL of the origin, which is there already.
        let held = component.references.iter_mut().take(stated).find(|held| held.url == url && held.hashes.is_empty());
        if let Some(held) = held {
            held.hashes = digests;
            continue;
        }
        component.references.push(ExternalReference { kind: distribution(&url), url, hashes: digests });
    }
}

/// How to name one of several files of which only the digest is known: the purl with its `checksum` qualifier.
fn checksum_purl(component: &Component, digest: &Digest) -> Option<String> {
    let purl = component.purl.as_ref()?;
    let mut builder = Purl::builder(purl.kind(), purl.name()).version(purl.version().unwrap_or_default());
    for (key, value) in purl.qualifiers() {
        builder = builder.qualifier(key, value);
    }
    Some(builder.qualifier("checksum", digest.to_string()).build().ok()?.to_string())
}

/// Wheels and eggs are installed as they are; anything else is the source.
fn distribution(url: &str) -> ReferenceKind {
    let name = url.split(['?', '#']).next().unwrap_or_default();
    let source = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"].iter().any(|suffix| name.ends_with(suffix));
    if source { ReferenceKind::SourceDistribution } else { ReferenceKind::Distribution }
}

/// A digest of a locked file; one that cannot be read is diagnosed, the file stays.
pub(crate) fn digest(sink: &mut Sink<'_>, text: &str, line: u32) -> Option<Digest> {
    // Poetry and Pipenv write md5 of old locks the same way.
    match Digest::from_prefixed(text) {
        Ok(digest) => Some(digest),
        Err(error) => {
            sink.malformed_entry(line, format!("digest left out: {error}"));
            None
        }
    }
}

/// Entries of a lock by name, and by name and version.
#[derive(Debug, Default)]
pub(crate) struct Names<'d> {
    by_name: HashMap<Cow<'d, str>, Vec<usize>>,
    by_version: HashMap<(Cow<'d, str>, &'d str), Vec<usize>>,
}

impl<'d> Names<'d> {
    /// Enters the package at this position.
    pub(crate) fn insert(&mut self, name: &'d str, version: Option<&'d str>, at: usize) {
        let name = normalise(name);
        if let Some(version) = version {
            self.by_version.entry((name.clone(), version)).or_default().push(at);
        }
        self.by_name.entry(name).or_default().push(at);
    }

    /// The packages of this name, and of this version when one is given.
    pub(crate) fn find(&self, name: &'d str, version: Option<&'d str>) -> &[usize] {
        let name = normalise(name);
        let found = match version {
            Some(version) => self.by_version.get(&(name, version)),
            None => self.by_name.get(&name),
        };
        let found = found.map(Vec::as_slice).unwrap_or_default();
        found.get(..MAX_SAME_NAME).unwrap_or(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_as_pep_503_says() {
        assert_eq!(normalise("Foo__Bar.-baz"), "foo-bar-baz");
        assert!(matches!(normalise("foo-bar"), Cow::Borrowed("foo-bar")));
        assert_eq!(normalise("foo--bar"), "foo-bar");
    }

    #[test]
    fn only_what_may_leave_a_package_out_is_a_condition() {
        assert!(!is_conditional("python_version >= '3.6'", &[]));
        assert!(is_conditional("python_version < '3.11'", &[]));
        assert!(is_conditional("sys_platform == 'win32'", &[]));
        assert!(is_conditional("extra == 'socks'", &[]));
        assert!(!is_conditional("extra == 'socks'", &["socks"]));
        assert!(is_conditional("not a marker", &[]));
    }

    #[test]
    fn only_pypi_is_pypi() {
        assert!(is_pypi("https://pypi.org/simple"));
        assert!(!is_pypi("https://pypi.org.example.com/simple"));
        assert!(!is_pypi("https://test.pypi.org/simple"));
    }
}
