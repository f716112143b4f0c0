//! `spago.lock` of PureScript's Spago. <https://github.com/purescript/spago#the-lock-file>
//!
//! `packages` has each package with what it needs, and for those of the registry the digest of their archive. What the
//! members of the workspace name is under `workspace`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::vcs::{git_url, reference};

/// Reads the lockfile of Spago.
pub(crate) struct SpagoLock;

/// PureScript has no registered type of purl; this tells its registry from others.
const REGISTRY: &str = "https://registry.purescript.org";

impl Extractor for SpagoLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("purescript/spago-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Spago spago.lock",
            specification: "https://github.com/purescript/spago#the-lock-file",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("spago.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        match documents.first().filter(|root| root.as_map().is_some()) {
            Some(root) => emit(root, file.path(), out),
            None if fault.is_none() => return Err(ExtractError::malformed("not a mapping")),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn emit(root: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let mut by_name: HashMap<&str, ComponentRef> = HashMap::new();
    let mut needs: Vec<(ComponentRef, &str, Scope)> = Vec::new();
    for (key, entry) in root.get("packages").and_then(Node::as_map).unwrap_or_default() {
        let line = key.line();
        let Some(name) = key.as_str().filter(|_| entry.as_map().is_some()) else {
            out.malformed_entry(line, "not a package");
            continue;
        };
        let Some(component) = package(name, entry, path, line, out) else { continue };
        let at = out.component(component, line);
        by_name.insert(name, at);
        let list = entry.get("dependencies").into_iter().flat_map(Node::items);
        needs.extend(list.filter_map(|node| Some((at, node.as_str()?, Scope::Runtime))));
    }
    let members = root.get("workspace").and_then(|workspace| workspace.get("packages"));
    for (key, member) in members.and_then(Node::as_map).unwrap_or_default() {
        let Some(name) = key.as_str() else { continue };
        let mut component = Component::new(ComponentKind::Application, name);
        let place = member.get_str("path").filter(|place| !matches!(*place, "" | "." | "./"));
        component.location = Some(place.and_then(|place| path.sibling(place)).unwrap_or_else(|| path.clone()));
        let at = out.component(component, key.line());
        by_name.entry(name).or_insert(at);
        for (section, scope) in [("core", Scope::Runtime), ("test", Scope::Dev)] {
            // Before Spago 0.93 there were no sections.
            let list = member.get(section).unwrap_or(member).get("dependencies");
            for dependency in list.into_iter().flat_map(Node::items) {
                // `name`, or `name: range`.
                let named = dependency.as_str().or_else(|| dependency.entries().next().map(|(name, _)| name));
                needs.extend(named.map(|name| (at, name, scope)));
            }
        }
    }
    for (from, name, scope) in needs {
        if let Some(&to) = by_name.get(name) {
            out.depends(from, to, scope);
        }
    }
}

fn package(name: &str, entry: &Node, path: &SourcePath, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    match entry.get_str("type") {
        Some("local") => {
            let mut component = Component::new(ComponentKind::Library, name);
            let place = entry.get_str("path").and_then(|place| path.sibling(place));
            component.location = Some(place.unwrap_or_else(|| path.clone()));
            Some(component)
        }
        Some("git") => {
            let revision = entry.get_str("rev").unwrap_or_default();
            let url = git_url(entry.get_str("url").unwrap_or_default(), Some(revision));
            let builder = Purl::builder("generic", name).version(revision).qualifier("vcs_url", url.as_str());
            let mut component = Component::from_purl(out.purl(builder, line)?);
            component.references.push(reference(ReferenceKind::Vcs, url));
            Some(component)
        }
        _ => {
            let Some(version) = entry.get_str("version").filter(|version| !version.is_empty()) else {
                out.malformed_entry(line, format!("{name} has no version"));
                return None;
            };
            let builder = Purl::builder("generic", name).version(version).qualifier("repository_url", REGISTRY);
            let mut component = Component::from_purl(out.purl(builder, line)?);
            let hashes: Vec<Digest> = entry.get_str("integrity").into_iter().flat_map(Digest::from_sri).collect();
            if hashes.is_empty() {
                out.malformed_entry(line, format!("{name} has no digest that can be read"));
            }
            component.hashes.clone_from(&hashes);
            let url = format!("https://packages.registry.purescript.org/{name}/{version}.tar.gz").into();
            component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url, hashes });
            Some(component)
        }
    }
}
