//! `shard.lock` of Crystal's Shards, versions 1 and 2, with `shard.yml`.
//! <https://github.com/crystal-lang/shards/blob/master/docs/shard.lock.adoc>
//!
//! Shards come from repositories alone. Version 1 says `github: owner/name`, version 2 `git: URL`. What surprises: a
//! version without a tag is the last one with the commit behind it, `0.1.0+git.commit.HASH`; the lock lists no edges.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::project_manifest::{self, Layout, Manifest, Need, When};
use crate::vcs::{git_url, reference};

/// Reads the lockfile of Crystal.
pub(crate) struct ShardLock;

const LOCK: &str = "shard.lock";
const PROJECT: &str = "shard.yml";

const LAYOUT: Layout =
    Layout { is_lock: |name| name == LOCK.as_bytes(), manifests: &[PROJECT], fetched: &["lib", ".shards"] };

/// What a place is called, and the address that stands for.
const HOSTS: [(&str, &str); 4] = [
    ("github", "https://github.com/"),
    ("gitlab", "https://gitlab.com/"),
    ("bitbucket", "https://bitbucket.org/"),
    ("codeberg", "https://codeberg.org/"),
];

impl Extractor for ShardLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("crystal/shard-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Crystal shard.lock 1 and 2, shard.yml",
            specification: "https://github.com/crystal-lang/shards/blob/master/docs/shard.lock.adoc",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Name(PROJECT)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        match documents.first() {
            Some(root) if file.path().name() == PROJECT.as_bytes() => manifest(root).keep(out),
            Some(root) => emit(root, file.path(), out),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &LAYOUT, |need| Purl::builder("crystal", need.name.as_str()));
    }
}

fn emit(root: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let format = root.get("version");
    if let Some(version) = format.and_then(Node::as_str).filter(|version| !version.starts_with(['1', '2'])) {
        let line = format.map_or(0, Node::line);
        out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, line, format!("shard.lock version {version}"));
    }
    for (key, entry) in root.get("shards").and_then(Node::as_map).unwrap_or_default() {
        let line = key.line();
        let Some(name) = key.as_str().filter(|_| entry.as_map().is_some()) else {
            out.malformed_entry(line, "not a shard");
            continue;
        };
        if let Some(component) = shard(name, entry, path, line, out) {
            out.component(component, line);
        }
    }
}

fn shard(name: &str, entry: &Node, path: &SourcePath, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let stated = entry.get_str("version").or_else(|| entry.get_str("commit"));
    let Some(stated) = stated.filter(|version| !version.is_empty()) else {
        out.malformed_entry(line, format!("{name} has no version"));
        return None;
    };
    if let Some(place) = entry.get_str("path") {
        let mut component = Component::new(ComponentKind::Library, name);
        component.version = Some(stated.into());
        component.location = Some(path.sibling(place).unwrap_or_else(|| path.clone()));
        return Some(component);
    }
    let commit = stated.split_once(".commit.").map(|(_, commit)| commit).or_else(|| entry.get_str("commit"));
    let hosted = HOSTS.iter().find_map(|(key, host)| Some(format!("{host}{}.git", entry.get_str(key)?)));
    let remote = entry.get_str("git").or_else(|| entry.get_str("hg")).or_else(|| entry.get_str("fossil"));
    let remote = remote.map(str::to_owned).or(hosted);
    let url = remote.map(|remote| git_url(&remote, Some(commit.unwrap_or(&format!("v{stated}")))));
    // There is no registry: the repository is what tells namesakes apart.
    let builder = Purl::builder("crystal", name).version(stated).qualifier("vcs_url", url.clone().unwrap_or_default());
    let mut component = Component::from_purl(out.purl(builder, line)?);
    component.references.extend(url.map(|url| reference(ReferenceKind::Vcs, url)));
    Some(component)
}

fn manifest(root: &Node) -> Manifest {
    let text = |key: &str| root.get_str(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut needs = Vec::new();
    for (section, when) in [("dependencies", When::Runtime), ("development_dependencies", When::Dev)] {
        for (key, value) in root.get(section).and_then(Node::as_map).unwrap_or_default() {
            let Some(name) = key.as_str() else { continue };
            let range = value.get_str("version").unwrap_or_default().to_owned();
            let local = value.get("path").is_some();
            needs.push(Need { name: name.to_owned(), range, when, local, line: key.line(), ..Need::default() });
        }
    }
    Manifest {
        name: text("name"),
        version: text("version"),
        description: text("description"),
        license: text("license"),
        line: root.get("name").map_or(0, Node::line),
        needs,
    }
}
