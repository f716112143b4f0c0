//! `conan.lock`: a graph in format 0.4, lists in format 0.5.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Map, Text};
use syntax::text::LineIndex;

use crate::conan::Reference;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    graph_lock: Lenient<Graph<'a>>,
    #[serde(borrow, default)]
    requires: Vec<Lenient<Text<'a>>>,
    #[serde(borrow, default)]
    build_requires: Vec<Lenient<Text<'a>>>,
    #[serde(borrow, default)]
    python_requires: Vec<Lenient<Text<'a>>>,
    #[serde(borrow, default)]
    config_requires: Vec<Lenient<Text<'a>>>,
}

#[derive(Deserialize)]
struct Graph<'a> {
    #[serde(borrow, default)]
    nodes: Map<'a, Lenient<Node<'a>>>,
}

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow, default, rename = "ref")]
    reference: Lenient<Text<'a>>,
    /// As `ref`, in locks before Conan 1.28.
    #[serde(borrow, default)]
    pref: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    package_id: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    prev: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    context: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    requires: Lenient<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    build_requires: Lenient<Vec<Text<'a>>>,
}

/// Reads a lock.
pub(super) fn read(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let lines = LineIndex::new(&*bytes);
    if file.path().name() != b"conan.lock" && !bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    let lock: Lock<'_> = json::from_slice(&bytes, file.budget().limits())?;
    match lock.version.get().map(Text::as_str) {
        Some("0.1" | "0.2" | "0.3" | "0.4" | "0.5") => {}
        Some(version) => {
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("conan.lock version {version}"));
        }
        None => out.malformed_entry(1, "no lockfile version"),
    }
    if lock.graph_lock.is_wrong() {
        out.malformed_entry(1, "graph_lock left out: it is not a graph");
    }
    if let Some(graph) = lock.graph_lock.get() {
        read_graph(&graph.nodes, &lines, out);
    }
    let lists = [
        (&lock.requires, Scope::Runtime),
        (&lock.build_requires, Scope::Build),
        (&lock.python_requires, Scope::Build),
        (&lock.config_requires, Scope::Build),
    ];
    for (list, scope) in lists {
        for entry in list {
            read_entry(entry, scope, &lines, out);
        }
    }
    Ok(())
}

fn read_entry(entry: &Lenient<Text<'_>>, scope: Scope, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let line = entry.get().and_then(|text| lines.line_of(text)).unwrap_or_default();
    let Some(reference) = entry.get().and_then(|text| Reference::parse(text)) else {
        return out.malformed_entry(line, "requirement left out: it is no reference");
    };
    let Some(mut component) = reference.component(line, out) else { return };
    component.scope = scope;
    out.component(component, line);
}

fn read_graph(nodes: &Map<'_, Lenient<Node<'_>>>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    // `None` is the project of the lock.
    let mut places: HashMap<&str, Option<ComponentRef>> = HashMap::with_capacity(nodes.len());
    for (id, node) in nodes {
        let line = lines.line_of(id).unwrap_or_default();
        let Some(node) = node.get() else {
            out.malformed_entry(line, format!("node {id} left out: it is not an object of the expected shape"));
            continue;
        };
        let Some(text) = node.reference.get().or_else(|| node.pref.get()) else {
            places.insert(id, None);
            continue;
        };
        let Some(mut reference) = Reference::parse(text) else {
            out.malformed_entry(line, format!("node {id} left out: its ref is none"));
            continue;
        };
        if reference.version.is_empty() {
            places.insert(id, None);
            continue;
        }
        let given = |text: &'_ Lenient<Text<'_>>| text.get().is_some_and(|text| !matches!(text.as_str(), "" | "0"));
        if given(&node.package_id) && reference.package_id.is_none() {
            reference.package_id = node.package_id.get().map(Text::as_str);
        }
        if given(&node.prev) && reference.package_revision.is_none() {
            reference.package_revision = node.prev.get().map(Text::as_str);
        }
        let line = lines.line_of(text).unwrap_or(line);
        let Some(mut component) = reference.component(line, out) else { continue };
        let build = node.context.get().is_some_and(|context| context == "build");
        component.scope = if build { Scope::Build } else { Scope::Runtime };
        places.insert(id, Some(out.component(component, line)));
    }
    for (id, node) in nodes {
        let Some((from, node)) = places.get(id.as_str()).copied().zip(node.get()) else { continue };
        for (list, scope) in [(&node.requires, Scope::Runtime), (&node.build_requires, Scope::Build)] {
            for needed in list.get().into_iter().flatten() {
                match (from, places.get(needed.as_str())) {
                    (Some(from), Some(Some(to))) => out.depends(from, *to, scope),
                    (None, Some(Some(to))) => out.direct(*to, scope),
                    _ => {}
                }
            }
        }
    }
}
