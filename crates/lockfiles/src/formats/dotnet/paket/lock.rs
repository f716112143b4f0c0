//! `paket.lock`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use super::{MAIN, scope_of};
use crate::nuget::{self, Version};
use crate::vcs;

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Nuget,
    Github,
    Git,
    /// `HTTP` and `GIST`.
    File,
    Unknown,
}

/// Where the reader is.
struct Reader<'a> {
    group: &'a str,
    source: Source,
    remote: &'a str,
    /// The package that indented lines belong to.
    owner: Option<ComponentRef>,
    /// Packages by group and id in lower case.
    packages: HashMap<(String, String), ComponentRef>,
    /// Owner, group and id.
    edges: Vec<(ComponentRef, &'a str, &'a str)>,
}

/// Reads a lock.
pub(super) fn read(text: &str, out: &mut Sink<'_>) {
    let mut reader = Reader {
        group: MAIN,
        source: Source::Unknown,
        remote: "",
        owner: None,
        packages: HashMap::new(),
        edges: Vec::new(),
    };
    for (number, line) in syntax::text::lines(text) {
        let content = line.trim_start();
        let indent = line.len().saturating_sub(content.len());
        let content = content.trim_end();
        match indent {
            _ if content.is_empty() => {}
            0 => reader.header(content),
            _ => reader.indented(indent, content, number, out),
        }
    }
    for (from, group, id) in reader.edges {
        // What is not locked is part of the framework.
        if let Some(&to) = reader.packages.get(&(group.to_ascii_lowercase(), id.to_ascii_lowercase())) {
            out.depends(from, to, Scope::Unspecified);
        }
    }
}

impl<'a> Reader<'a> {
    fn header(&mut self, content: &'a str) {
        self.owner = None;
        self.remote = "";
        if let Some(group) = content.strip_prefix("GROUP ") {
            self.group = group.trim();
            self.source = Source::Unknown;
            return;
        }
        self.source = match content {
            "NUGET" => Source::Nuget,
            "GITHUB" => Source::Github,
            "GIT" => Source::Git,
            "HTTP" | "GIST" => Source::File,
            // `RESTRICTION: …`, `STORAGE: NONE` and other settings of the group.
            _ => return,
        };
    }

    fn indented(&mut self, indent: usize, content: &'a str, line: u32, out: &mut Sink<'_>) {
        if let Some(remote) = content.strip_prefix("remote:").filter(|_| indent <= 2) {
            self.remote = remote.trim();
            self.owner = None;
            return;
        }
        let name = content.split(" (").next().unwrap_or_default().split(" - ").next().unwrap_or_default().trim();
        // The entry of a Git repository has no name, so that it starts with the space before the bracket.
        if indent > 4 && !content.starts_with('(') {
            let edge = self.owner.filter(|_| !name.ends_with(':') && !name.contains(": "));
            self.edges.extend(edge.map(|owner| (owner, self.group, name)));
            return;
        }
        if indent < 4 {
            // `protocol: NuGet3` and the like.
            return;
        }
        let version =
            content.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(version, _)| version.trim());
        self.owner = None;
        let Some(version) = version.filter(|version| !version.is_empty()) else {
            return out.malformed_entry(line, "not 'name (version)'");
        };
        let component = match self.source {
            Source::Nuget => {
                nuget::package(name, Some(Version::Exact(version)), line, out).map(|component| self.fed(component))
            }
            Source::Github => self.github(name, version, line, out),
            Source::Git => self.git(version, line, out),
            Source::File => Some(self.file(name, version)),
            Source::Unknown => return out.malformed_entry(line, "a package outside of a source"),
        };
        let Some(mut component) = component else { return };
        component.scope = scope_of(self.group);
        component.properties.push(("plimsoll:paket:group".into(), self.group.into()));
        let at = out.component(component, line);
        self.owner = Some(at);
        self.packages.insert((self.group.to_ascii_lowercase(), name.to_ascii_lowercase()), at);
    }

    /// A package of a feed other than the public one says where it is from.
    fn fed(&self, mut component: Component) -> Component {
        let public = self.remote.is_empty()
            || self.remote.contains("://api.nuget.org/")
            || self.remote.contains("nuget.org/api/");
        if !public {
            let feed = crate::locator::without_password(self.remote);
            component.properties.push(("plimsoll:nuget:feed".into(), feed.into()));
        }
        component
    }

    /// One file of a repository, or all of it.
    fn github(&self, file: &str, commit: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let Some((user, name)) = self.remote.split_once('/') else {
            out.malformed_entry(line, "a source 'user/repository' is wanted");
            return None;
        };
        let subpath = if file == "FULLPROJECT" { "" } else { file };
        let builder = Purl::builder("github", name).namespace(user).version(commit).subpath(subpath);
        let mut component = Component::from_purl(out.purl(builder, line)?);
        let url = format!("git+https://github.com/{user}/{name}.git@{commit}").into();
        component.references.push(ExternalReference { kind: ReferenceKind::Vcs, url, hashes: Vec::new() });
        Some(component)
    }

    fn git(&self, commit: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let stem = self.remote.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
        let name = stem.strip_suffix(".git").unwrap_or(stem);
        let mut component = Component::from_purl(out.purl(vcs::purl(self.remote, name, commit), line)?);
        let url = vcs::git_url(self.remote, Some(commit));
        component.references.push(vcs::reference(ReferenceKind::Vcs, url));
        Some(component)
    }

    /// A file at an address; what stands between the brackets is its path there.
    fn file(&self, name: &str, path: &str) -> Component {
        let mut component = Component::new(ComponentKind::File, name);
        let base = crate::locator::without_password(self.remote);
        let url = if path.contains("://") { path.to_owned() } else { format!("{base}{path}") };
        component.references.push(ExternalReference {
            kind: ReferenceKind::Distribution,
            url: url.into(),
            hashes: Vec::new(),
        });
        component
    }
}
