//! A requirement as pip reads it: a logical line of a requirements file, or an entry of the `pip:` list of a conda
//! environment. <https://pip.pypa.io/en/stable/reference/requirements-file-format/>

use plimsoll_extract::prelude::*;
use syntax::pep508::Requirement;

use crate::pypi::{self, Artifact, Origin, Vcs};

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// A package is wanted.
    Package(Package<'a>),
    /// Another file of requirements (`-r`) or constraints (`-c`).
    Include {
        /// As it is written: relative to this file, or a URL.
        path: &'a str,
        /// It limits versions and asks for nothing.
        constraint: bool,
    },
    /// The index that all packages come from.
    Index(&'a str),
    /// Another option, or nothing.
    Nothing,
    /// No requirement.
    Malformed(&'static str),
}

/// A package that a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package<'a> {
    pub(crate) name: &'a str,
    pub(crate) extras: Vec<&'a str>,
    /// As written, when it names more than one version.
    pub(crate) range: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) marker: Option<&'a str>,
    pub(crate) origin: Origin<'a>,
    /// The values of `--hash`, and of a `#sha256=` in the URL.
    pub(crate) hashes: Vec<(&'a str, &'a str)>,
    pub(crate) editable: bool,
}

/// The schemes that pip installs from, besides `http`, `https` and `file`.
const VCS_TOOLS: [&str; 4] = ["git", "hg", "svn", "bzr"];

/// Reads a line without its comment.
pub(crate) fn parse(line: &str) -> Entry<'_> {
    if line.is_empty() {
        return Entry::Nothing;
    }
    if line.starts_with('-') {
        return option(line);
    }
    requirement(line, false)
}

fn option(line: &str) -> Entry<'_> {
    let value = |short: &str, long: &str| {
        let long = || line.strip_prefix(long).filter(|rest| rest.starts_with([' ', '\t', '=']));
        let short = if line.starts_with("--") { None } else { line.strip_prefix(short) };
        let rest = short.or_else(long)?.trim_start_matches([' ', '\t', '=']);
        Some(rest.trim().trim_matches(['"', '\''])).filter(|value| !value.is_empty())
    };
    if let Some(path) = value("-r", "--requirement") {
        Entry::Include { path, constraint: false }
    } else if let Some(path) = value("-c", "--constraint") {
        Entry::Include { path, constraint: true }
    } else if let Some(target) = value("-e", "--editable") {
        requirement(target, true)
    } else if let Some(url) = value("-i", "--index-url") {
        Entry::Index(url)
    } else {
        Entry::Nothing
    }
}

fn requirement(line: &str, editable: bool) -> Entry<'_> {
    let (text, options) = split_options(line);
    let mut package = match place(text) {
        Some(package) => package,
        None => match named(text) {
            Ok(package) => package,
            Err(message) => return Entry::Malformed(message),
        },
    };
    package.editable = editable;
    package.hashes.extend(hashes(options));
    Entry::Package(package)
}

/// The options of a requirement start at the first word with two dashes.
fn split_options(line: &str) -> (&str, &str) {
    let at = memchr::memmem::find_iter(line.as_bytes(), b"--")
        .find(|at| line.get(..*at).is_some_and(|before| before.ends_with([' ', '\t'])));
    let (text, options) = at.and_then(|at| line.split_at_checked(at)).unwrap_or((line, ""));
    (text.trim(), options)
}

fn hashes(options: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut expected = false;
    options.split_ascii_whitespace().filter_map(move |word| {
        let value = if std::mem::take(&mut expected) { Some(word) } else { word.strip_prefix("--hash=") };
        expected = word == "--hash";
        value?.split_once(':')
    })
}

/// `name[extra] ==1.0 ; marker`, or `name @ URL ; marker`.
fn named(text: &str) -> Result<Package<'_>, &'static str> {
    // pip takes `x==1#note` for a version; people mean a comment.
    let plain = if text.contains('@') { text } else { text.split('#').next().unwrap_or_default().trim() };
    let requirement = Requirement::parse(plain).map_err(|_| "not a requirement")?;
    let marker = match requirement.url {
        Some(url) => plain.split_once(url).and_then(|(_, rest)| rest.split_once(';')),
        None => plain.split_once(';'),
    };
    let marker = marker.map(|(_, marker)| marker.trim()).filter(|marker| !marker.is_empty());
    let mut package = match requirement.url {
        Some(url) => {
            let mut package = place(url).unwrap_or_else(|| local(url));
            package.name = requirement.name;
            package
        }
        None => versioned(requirement.name, requirement.specifier)?,
    };
    package.extras = requirement.extras;
    package.marker = marker;
    Ok(package)
}

fn versioned<'a>(name: &'a str, specifier: &'a str) -> Result<Package<'a>, &'static str> {
    let version = pypi::pin(specifier)?;
    let range = Some(specifier).filter(|specifier| !specifier.is_empty() && version.is_none());
    Ok(Package { range, version, ..bare(name, Origin::Index(None)) })
}

fn bare<'a>(name: &'a str, origin: Origin<'a>) -> Package<'a> {
    Package {
        name,
        extras: Vec::new(),
        range: None,
        version: None,
        marker: None,
        origin,
        hashes: Vec::new(),
        editable: false,
    }
}

/// A requirement that is a URL or a path; `None` when it is neither.
fn place(text: &str) -> Option<Package<'_>> {
    let (text, marker) = match text.split_once(" ;").or_else(|| text.split_once("; ")) {
        Some((text, marker)) => (text.trim(), Some(marker.trim())),
        None => (text, None),
    };
    if text.contains(char::is_whitespace) {
        return None;
    }
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let value = |key: &str| fragment.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key);
    let mut package = if let Some((scheme, rest)) = address.split_once("://") {
        match scheme.split_once('+') {
            Some((tool, _)) if VCS_TOOLS.contains(&tool) => {
                vcs(tool, address.get(tool.len().saturating_add(1)..)?, value("subdirectory").map(|(_, value)| value))
            }
            _ if scheme == "file" => local(rest.trim_start_matches("localhost")),
            _ if matches!(scheme, "http" | "https") => archive(address),
            _ => return None,
        }
    } else if is_path(address) {
        local(address)
    } else {
        return None;
    };
    if let Some((_, egg)) = value("egg") {
        let (name, extras) = egg.split_once('[').unwrap_or((egg, ""));
        package.name = name;
        package.extras = extras.trim_end_matches(']').split(',').map(str::trim).filter(|x| !x.is_empty()).collect();
    }
    let digests = ["sha256", "sha512", "sha384", "sha1", "md5"];
    package.hashes.extend(digests.iter().filter_map(|algorithm| value(algorithm)));
    package.marker = marker;
    Some(package)
}

fn is_path(text: &str) -> bool {
    let archive = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|suffix| text.ends_with(suffix));
    archive || text.starts_with(['.', '/', '~']) || text.contains('/') || text.contains('\\')
}

/// `https://host/repository@revision`, after the tool.
fn vcs<'a>(tool: &'a str, address: &'a str, subdirectory: Option<&'a str>) -> Package<'a> {
    let path_start = address.find("://").map_or(0, |at| at.saturating_add(3));
    let path_start =
        address.get(path_start..).and_then(|rest| rest.find('/')).map_or(0, |at| at.saturating_add(path_start));
    let revision_at = address.rfind('@').filter(|at| *at > path_start);
    let (url, revision) = match revision_at.and_then(|at| address.split_at_checked(at)) {
        Some((url, revision)) => (url, revision.strip_prefix('@').filter(|revision| !revision.is_empty())),
        None => (address, None),
    };
    let name = last_part(url);
    let name = name.strip_suffix(".git").unwrap_or(name);
    bare(name, Origin::Vcs(Vcs { tool, url, revision, subdirectory }))
}

/// A file at a URL; name and version are in its own name.
fn archive(url: &str) -> Package<'_> {
    let (name, version) = file_name(last_part(url.split('?').next().unwrap_or_default()));
    Package { version, ..bare(name, Origin::Url(url)) }
}

fn local(path: &str) -> Package<'_> {
    // `./directory[extra]`
    let (path, extras) = path.strip_suffix(']').and_then(|path| path.rsplit_once('[')).unwrap_or((path, ""));
    let (name, version) = file_name(last_part(path));
    let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).collect();
    Package { version, extras, ..bare(name, Origin::Local(path)) }
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default()
}

/// `name-1.0-py3-none-any.whl` and `name-1.0.tar.gz`; the name alone for anything else.
fn file_name(name: &str) -> (&str, Option<&str>) {
    if let Some(stem) = name.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        return (parts.next().unwrap_or_default(), parts.next());
    }
    let suffixes = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"];
    let Some(stem) = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)) else { return (name, None) };
    match stem.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => (name, Some(version)),
        _ => (stem, None),
    }
}

/// Emits the package that a requirement asks for; `index` is where it comes from when the requirement does not say.
pub(crate) fn component(
    package: &Package<'_>,
    index: Origin<'_>,
    path: &SourcePath,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<ComponentRef> {
    let origin = if package.origin == Origin::Index(None) { index } else { package.origin };
    // `.` is the directory of the file.
    let name = match package.name.trim_matches('.') {
        "" => "project",
        _ => package.name,
    };
    let mut component = pypi::component(out, path, (name, package.version), origin, line)?;
    component.version_range = package.range.map(Into::into);
    if let Some(marker) = package.marker {
        component.properties.push((pypi::MARKER.into(), marker.into()));
        if pypi::is_conditional(marker, &[]) {
            component.scope = Scope::Optional;
        }
    }
    if !package.extras.is_empty() {
        component.properties.push(("plimsoll:python:extras".into(), package.extras.join(",").into()));
    }
    if package.editable {
        component.properties.push(("plimsoll:python:editable".into(), "true".into()));
    }
    if matches!(origin, Origin::Local(_)) {
        out.diagnose(DiagnosticCode::LOCAL_COMPONENT, line, format!("{name} comes from a local path"));
    }
    let mut artifacts = Vec::new();
    for (algorithm, value) in &package.hashes {
        if let Some(digest) = pypi::digest(out, &format!("{algorithm}:{value}"), line) {
            let url = if let Origin::Url(url) = origin { url } else { "" };
            artifacts.push(Artifact { url, digests: vec![digest] });
        }
    }
    pypi::add_artifacts(&mut component, artifacts);
    Some(out.component(component, line))
}

#[cfg(test)]
mod tests;
