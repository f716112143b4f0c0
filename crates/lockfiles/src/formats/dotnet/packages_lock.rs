//! NuGet's `packages.lock.json`, versions 1 to 3.
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies>
//!
//! One closed graph for each target framework; a graph for a framework and a runtime (`net8.0/linux-x64`) holds only
//! what differs from the framework's. Ranges of dependencies are not names of entries: an entry is found by its id.
//! `Project` entries are projects beside this one, which no registry knows. The project of the lock is not named.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Map, Text};
use syntax::text::LineIndex;

use crate::nuget::{self, Version};

/// Reads the lockfile of NuGet.
pub(crate) struct PackagesLock;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(default)]
    version: Lenient<u64>,
    #[serde(borrow, default)]
    dependencies: Map<'a, Map<'a, Lenient<Entry<'a>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow)]
    requested: Option<Text<'a>>,
    #[serde(borrow)]
    resolved: Option<Text<'a>>,
    #[serde(borrow)]
    content_hash: Option<Text<'a>>,
    #[serde(borrow, default)]
    dependencies: Map<'a, Lenient<Text<'a>>>,
}

/// The entries of one graph by id in lower case.
type Graph = HashMap<String, ComponentRef>;

impl Extractor for PackagesLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/packages-lock")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet packages.lock.json 1 to 3",
            specification: "https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies",
            facts: &[Fact::Edges, Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        // A lock for each of several projects in one directory is named after the project.
        &[Interest::Name("packages.lock.json"), Interest::Path("packages.*.lock.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let lock: Lock<'_> = json::from_slice(&bytes, file.budget().limits())?;
        match lock.version.get() {
            Some(1..=3) => {}
            Some(version) => {
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("lockfile version {version}"))
            }
            None => out.malformed_entry(1, "no lockfile version"),
        }
        let mut graphs: HashMap<&str, Graph> = HashMap::new();
        for (target, entries) in &lock.dependencies {
            let graph = components(entries, &lines, out);
            graphs.insert(target, graph);
        }
        for (target, entries) in &lock.dependencies {
            let Some(own) = graphs.get(target.as_str()) else { continue };
            let base = target.split_once('/').and_then(|(framework, _)| graphs.get(framework));
            edges(entries, own, base, out);
        }
        Ok(())
    }
}

fn components(entries: &Map<'_, Lenient<Entry<'_>>>, lines: &LineIndex<'_>, out: &mut Sink<'_>) -> Graph {
    let mut graph = Graph::with_capacity(entries.len());
    for (id, entry) in entries {
        let line = lines.line_of(id).unwrap_or_default();
        let Some(entry) = entry.get() else {
            out.malformed_entry(line, format!("entry {id} is not an object of the expected shape"));
            continue;
        };
        let Some(component) = component(id, entry, line, out) else { continue };
        let at = out.component(component, line);
        if entry.kind == "Direct" {
            out.direct(at, Scope::Unspecified);
        }
        graph.insert(id.to_ascii_lowercase(), at);
    }
    graph
}

fn component(id: &str, entry: &Entry<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    if entry.kind == "Project" {
        return Some(Component::new(ComponentKind::Library, id));
    }
    let version = match (&entry.resolved, &entry.requested) {
        (Some(resolved), _) if !resolved.trim().is_empty() => Some(Version::Exact(resolved.trim())),
        (_, requested) => {
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{id} is locked to no version"));
            requested.as_ref().map(|requested| Version::Range(requested.trim()))
        }
    };
    let mut component = nuget::package(id, version, line, out)?;
    nuget::add_sha512(&mut component, entry.content_hash.as_deref(), line, out);
    Some(component)
}

fn edges(entries: &Map<'_, Lenient<Entry<'_>>>, own: &Graph, base: Option<&Graph>, out: &mut Sink<'_>) {
    for (id, entry) in entries {
        let Some((from, entry)) = own.get(&id.to_ascii_lowercase()).zip(entry.get()) else { continue };
        for (needed, _) in &entry.dependencies {
            let needed = needed.to_ascii_lowercase();
            // One that is not in the graph is part of the framework.
            if let Some(to) = own.get(&needed).or_else(|| base?.get(&needed)) {
                out.depends(*from, *to, Scope::Unspecified);
            }
        }
    }
}
