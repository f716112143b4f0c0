//! Which package an external repository of Bazel is, told from its rule and its addresses.

use plimsoll_extract::prelude::*;

use crate::locator::without_password;
use crate::maven::{self, Artifact, Version};
use crate::vcs::git_url;

/// The attributes of a repository that tell what it is; empty where there is none.
#[derive(Debug, Default)]
pub(super) struct Repository<'r> {
    pub(super) name: &'r str,
    pub(super) urls: Vec<&'r str>,
    pub(super) sha256: &'r str,
    pub(super) integrity: &'r str,
    /// Go.
    pub(super) import_path: &'r str,
    pub(super) version: &'r str,
    pub(super) sum: &'r str,
    /// npm.
    pub(super) package: &'r str,
    /// Python: `name==version --hash=…`.
    pub(super) requirement: &'r str,
    /// Maven: `group:artifact:version`.
    pub(super) artifact: &'r str,
    /// Git.
    pub(super) remote: &'r str,
    pub(super) commit: &'r str,
    pub(super) tag: &'r str,
}

/// The component of a repository; `None` when it downloads nothing.
pub(super) fn component(repository: &Repository<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let mut component = named(repository, line, out)?;
    let hashes = digests(repository, line, out);
    if let [url] = repository.urls.as_slice() {
        // The digest is that of what lies there.
        component.references.push(distribution(url, hashes.clone()));
    } else {
        component.references.extend(repository.urls.iter().map(|url| distribution(url, hashes.clone())));
    }
    if !repository.remote.is_empty() {
        component.references.push(ExternalReference {
            kind: ReferenceKind::Vcs,
            url: vcs_url(repository).into(),
            hashes: Vec::new(),
        });
    }
    component.hashes.extend(hashes);
    if !repository.sum.is_empty() {
        component.properties.push(("plimsoll:go:sum".into(), repository.sum.into()));
    }
    component.properties.push(("plimsoll:bazel:repository".into(), repository.name.into()));
    Some(component)
}

fn named(repository: &Repository<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let of = |builder: PurlBuilder, out: &mut Sink<'_>| out.purl(builder, line).map(Component::from_purl);
    let commit = [repository.commit, repository.tag].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    if !repository.import_path.is_empty() {
        let version = if repository.version.is_empty() { commit } else { repository.version };
        let (namespace, name) = split_name(repository.import_path);
        return of(Purl::builder("golang", name).namespace(namespace).version(version), out);
    }
    if !repository.package.is_empty() && !repository.version.is_empty() {
        return of(npm(repository.package, repository.version), out);
    }
    if let Some((name, version)) = requirement(repository.requirement) {
        return of(Purl::builder("pypi", &*crate::pypi::normalise(name)).version(version), out);
    }
    if let Some((artifact, version)) = coordinates(repository.artifact) {
        return maven::library(artifact, Version::read(version), line, out);
    }
    if let Some(builder) = repository.urls.iter().find_map(|url| from_url(url)) {
        return of(builder, out);
    }
    if !repository.remote.is_empty() {
        let builder = hosted(repository.remote, commit).unwrap_or_else(|| {
            Purl::builder("generic", repository.name).version(commit).qualifier("vcs_url", vcs_url(repository))
        });
        return of(builder, out);
    }
    let url = without_password(repository.urls.first()?).into_owned();
    let mut builder = Purl::builder("generic", repository.name).version(version_in(&url).unwrap_or_default());
    if !repository.sha256.is_empty() {
        builder = builder.qualifier("checksum", format!("sha256:{}", repository.sha256.to_ascii_lowercase()));
    }
    of(builder.qualifier("download_url", url), out)
}

/// `group:artifact:version`, or with packaging and classifier before the version.
pub(super) fn coordinates(text: &str) -> Option<(Artifact<'_>, &str)> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let (group, name, kind, classifier, version) = match parts.as_slice() {
        [group, name] => (*group, *name, "", "", ""),
        [group, name, version] => (*group, *name, "", "", *version),
        [group, name, kind, version] => (*group, *name, *kind, "", *version),
        [group, name, kind, classifier, version] => (*group, *name, *kind, *classifier, *version),
        _ => return None,
    };
    (!group.is_empty() && !name.is_empty()).then_some((Artifact { group, name, classifier, kind }, version))
}

fn split_name(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn npm(package: &str, version: &str) -> PurlBuilder {
    let (scope, name) = split_name(package);
    Purl::builder("npm", name).namespace(scope).version(version)
}

fn requirement(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once("==")?;
    let name = name.split('[').next()?.trim();
    let version = rest.split([' ', ';', '\\', '\n', ',']).next()?.trim();
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// What the address of a registry or host says. Mirrors that keep the path of the original host are seen through.
fn from_url(url: &str) -> Option<PurlBuilder> {
    let after = |mark: &str| url.find(mark).and_then(|at| url.get(at.saturating_add(mark.len())..));
    if let Some(path) = after("static.crates.io/crates/").or_else(|| after("crates.io/api/v1/crates/")) {
        let (name, file) = path.split_once('/')?;
        let version = file
            .strip_suffix("/download")
            .or_else(|| file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".crate"))?;
        return Some(Purl::builder("cargo", name).version(version));
    }
    if let Some((package, file)) = after("registry.npmjs.org/").and_then(|path| path.split_once("/-/")) {
        let version = file.strip_prefix(split_name(package).1)?.strip_prefix('-')?.strip_suffix(".tgz")?;
        return Some(npm(package, version));
    }
    if let Some(path) = after("/maven2/") {
        let (directory, _) = path.rsplit_once('/')?;
        let (directory, version) = directory.rsplit_once('/')?;
        let (group, name) = directory.rsplit_once('/')?;
        return Some(Purl::builder("maven", name).namespace(group.replace('/', ".")).version(version));
    }
    if let Some(path) = after("files.pythonhosted.org/packages/") {
        let file = path.rsplit('/').next()?;
        let mut words = file.strip_suffix(".whl")?.split('-');
        let (name, version) = (words.next()?, words.next()?);
        return Some(Purl::builder("pypi", &*crate::pypi::normalise(name)).version(version));
    }
    let mut parts = after("github.com/")?.split('/');
    let (owner, name, kind) = (parts.next()?, parts.next()?, parts.next()?);
    let rest: Vec<&str> = parts.collect();
    let version = match (kind, rest.as_slice()) {
        ("releases", ["download", tag, _]) => tag,
        ("archive", ["refs", "tags", file @ ..]) | ("archive", file) => without_extension(file.last()?),
        _ => return None,
    };
    Some(Purl::builder("github", name).namespace(owner).version(version))
}

/// A repository on a host that has a type of its own.
pub(super) fn hosted(remote: &str, version: &str) -> Option<PurlBuilder> {
    let path = remote.split_once("github.com").map(|(_, path)| path.trim_start_matches([':', '/']))?;
    let (owner, name) = path.split_once('/')?;
    let name = name.trim_end_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!name.contains('/') && !name.is_empty()).then(|| Purl::builder("github", name).namespace(owner).version(version))
}

fn without_extension(file: &str) -> &str {
    let known = [".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar", ".zip", ".jar", ".gz"];
    known.iter().find_map(|extension| file.strip_suffix(extension)).unwrap_or(file)
}

/// What follows the last hyphen before a digit in the name of a file, when it looks like a version.
fn version_in(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let stem = without_extension(path.rsplit('/').next()?);
    let (_, version) = stem.rsplit_once('-')?;
    let version = version.strip_prefix('v').unwrap_or(version);
    (version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')).then_some(version)
}

fn vcs_url(repository: &Repository<'_>) -> String {
    let revision = [repository.commit, repository.tag].into_iter().find(|text| !text.is_empty());
    git_url(repository.remote, revision)
}

fn distribution(url: &str, hashes: Vec<Digest>) -> ExternalReference {
    ExternalReference { kind: ReferenceKind::Distribution, url: without_password(url).into(), hashes }
}

fn digests(repository: &Repository<'_>, line: u32, out: &mut Sink<'_>) -> Vec<Digest> {
    let mut digests: Vec<Digest> = Digest::from_sri(repository.integrity).collect();
    if !repository.sha256.is_empty() {
        match Digest::from_hex(DigestAlgorithm::Sha256, repository.sha256) {
            Ok(digest) => digests.push(digest),
            Err(error) => out.malformed_entry(line, format!("sha256 of {}: {error}", repository.name)),
        }
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_packages() {
        for (url, want) in [
            ("https://static.crates.io/crates/blake3/1.8.2/download", Some("pkg:cargo/blake3@1.8.2")),
            ("https://static.crates.io/crates/a-b/a-b-1.0.crate", Some("pkg:cargo/a-b@1.0")),
            ("https://registry.npmjs.org/@a/b/-/b-1.2.3.tgz", Some("pkg:npm/%40a/b@1.2.3")),
            ("https://repo1.maven.org/maven2/org/x/y/1.0/y-1.0.jar", Some("pkg:maven/org.x/y@1.0")),
            ("https://files.pythonhosted.org/packages/a/b/c/My_Pkg-1.0-py3-none-any.whl", Some("pkg:pypi/my-pkg@1.0")),
            ("https://github.com/a/b/archive/refs/tags/v1.2.tar.gz", Some("pkg:github/a/b@v1.2")),
            ("https://mirror.bazel.build/github.com/a/b/releases/download/v1/b.zip", Some("pkg:github/a/b@v1")),
            ("https://example.org/x.tgz", None),
        ] {
            let found = from_url(url).map(|builder| builder.build().unwrap().to_string());
            assert_eq!(found.as_deref(), want, "{url}");
        }
        assert_eq!(version_in("https://zlib.net/fossils/zlib-1.2.13.tar.gz"), Some("1.2.13"));
        assert_eq!(version_in("https://x/y-master.zip"), None);
    }
}
