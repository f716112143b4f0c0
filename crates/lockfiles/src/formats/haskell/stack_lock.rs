//! `stack.yaml.lock` and the `extra-deps` of `stack.yaml`. <https://docs.haskellstack.org/en/stable/topics/lock_files/>,
//! <https://docs.haskellstack.org/en/stable/topics/package_location/>
//!
//! Both list only what is not in the snapshot that the project builds on. A package of Hackage is
//! `name-1.0@sha256:…,size`, with the digest of its `.cabal` file, not of its archive; the lock adds one of its tree, so
//! both are properties. What comes from a repository or archive is not known to Hackage and has a generic purl. The lock
//! knows names that `stack.yaml` does not, so where there is one `stack.yaml` adds nothing.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::locator::without_password;
use crate::vcs::{git_url, host_and_path, reference};

/// Reads the lockfile of Stack.
pub(crate) struct StackLock;

const LOCK: &str = "stack.yaml.lock";

impl Extractor for StackLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("haskell/stack-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Stack stack.yaml.lock, stack.yaml",
            specification: "https://docs.haskellstack.org/en/stable/topics/lock_files/",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Name("stack.yaml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let root = documents.first();
        if let Some(wrong) = root.filter(|root| root.as_map().is_none() && !root.is_null()) {
            out.malformed_entry(wrong.line(), "not a mapping");
        }
        let lock = file.path().name() == LOCK.as_bytes();
        let list = root.and_then(|root| root.get(if lock { "packages" } else { "extra-deps" }));
        for entry in list.into_iter().flat_map(Node::items) {
            if lock {
                match entry.get("completed").or_else(|| entry.get("original")) {
                    Some(location) => package(location, file.path(), out),
                    None => out.malformed_entry(entry.line(), "neither 'completed' nor 'original'"),
                }
            } else {
                package(entry, file.path(), out);
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for lock in files.named(LOCK) {
            let complete = files.components(lock).next().is_some();
            if let Some(manifest) = files.find_beside(lock, "stack.yaml").filter(|_| complete) {
                files.retain(manifest, |_| false);
            }
        }
    }
}

fn package(location: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let line = location.line();
    if let Some(text) = location.get_str("hackage").or_else(|| location.as_str()) {
        let tree = location.get("pantry-tree").and_then(|tree| tree.get_str("sha256"));
        return named(text, tree, path, line, out);
    }
    let text = |key: &str| location.get_str(key).filter(|text| !text.is_empty());
    let github = text("github").map(|place| format!("https://github.com/{place}"));
    let subdirectories: Vec<&str> = match location.get("subdirs").and_then(Node::as_seq) {
        Some(list) => list.iter().filter_map(Node::as_str).collect(),
        None => vec![text("subdir").unwrap_or_default()],
    };
    for subdirectory in subdirectories {
        let stated = (text("name"), text("version"));
        if let Some(remote) =
            text("git").or_else(|| text("hg")).or(github.as_deref().filter(|_| text("commit").is_some()))
        {
            repository(remote, text("commit"), subdirectory, stated, line, out);
        } else if let Some(url) = text("archive").or_else(|| text("url")) {
            archive(url, text("sha256"), stated, line, out);
        } else {
            out.malformed_entry(line, "package left out: its location is of an unknown kind");
        }
    }
}

/// `name-1.0`, `name-1.0@sha256:…,size`, `name-1.0@rev:1`, an archive, or a directory.
fn named(text: &str, tree: Option<&str>, path: &SourcePath, line: u32, out: &mut Sink<'_>) {
    if text.starts_with("http://") || text.starts_with("https://") {
        return archive(text, None, (None, None), line, out);
    }
    let (identifier, revision) = text.split_once('@').unwrap_or((text, ""));
    let Some((name, version)) = split_identifier(identifier) else {
        // A directory, of the project or beside it.
        let mut component = Component::new(ComponentKind::Library, identifier.rsplit('/').next().unwrap_or(identifier));
        component.location = Some(path.sibling(identifier).unwrap_or_else(|| path.clone()));
        out.component(component, line);
        return;
    };
    let Some(purl) = out.purl(Purl::builder("hackage", name).version(version), line) else { return };
    let mut component = Component::from_purl(purl);
    let digest = revision.strip_prefix("sha256:").map(|rest| rest.split(',').next().unwrap_or_default());
    for (key, value) in [("plimsoll:hackage:cabal-sha256", digest), ("plimsoll:hackage:tree-sha256", tree)] {
        component.properties.extend(value.map(|value| (key.into(), value.into())));
    }
    let url = format!("https://hackage.haskell.org/package/{name}-{version}/{name}-{version}.tar.gz");
    component.references.push(reference(ReferenceKind::SourceDistribution, url));
    out.component(component, line);
}

/// Splits `name-1.0` at the last dash before a version.
fn split_identifier(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.rsplit_once('-')?;
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_version && !name.is_empty() && !text.contains('/')).then_some((name, version))
}

fn repository(
    remote: &str,
    commit: Option<&str>,
    subdirectory: &str,
    (name, version): (Option<&str>, Option<&str>),
    line: u32,
    out: &mut Sink<'_>,
) {
    let mut url = git_url(remote, commit);
    let directory = subdirectory.trim_matches('/');
    if !matches!(directory, "" | ".") {
        url = format!("{url}#{directory}");
    }
    let place = host_and_path(remote).map_or(remote, |(_, path)| path);
    let repository = place.rsplit('/').next().unwrap_or(place);
    // Until the lock is written, the directory is the best name there is.
    let in_directory = directory.rsplit('/').next().filter(|name| !matches!(*name, "" | "."));
    let name = name.or(in_directory).unwrap_or(repository);
    let version = version.or(commit).unwrap_or_default();
    let builder = Purl::builder("generic", name).version(version).qualifier("vcs_url", url.as_str());
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.references.push(reference(ReferenceKind::Vcs, url));
    out.component(component, line);
}

fn archive(
    url: &str,
    sha256: Option<&str>,
    (name, version): (Option<&str>, Option<&str>),
    line: u32,
    out: &mut Sink<'_>,
) {
    let url = without_password(url);
    let file = url.rsplit('/').next().unwrap_or_default();
    let stem = [".tar.gz", ".tgz", ".zip"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let parts = split_identifier(stem);
    let name = name.or(parts.map(|(name, _)| name)).unwrap_or(stem);
    let version = version.or(parts.map(|(_, version)| version)).unwrap_or_default();
    let builder = Purl::builder("generic", name).version(version).qualifier("download_url", url.clone());
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    let digest = sha256.and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex).ok());
    component.hashes.extend(digest.clone());
    let hashes = digest.into_iter().collect();
    component.references.push(ExternalReference {
        kind: ReferenceKind::SourceDistribution,
        url: url.into_owned().into(),
        hashes,
    });
    out.component(component, line);
}
