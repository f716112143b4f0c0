//! Edges between locked packages: from `.dart_tool/package_graph.json`, or from the `pubspec.yaml` of packages in a
//! pub cache.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text, fill};
use plimsoll_model::Limits;
use serde::{Deserialize, Serialize};

use super::{GRAPH, LOCK, MANIFEST};
use crate::project_manifest::{Manifest, When};

loose_object! {
    struct Graph<'a> {
        "packages" => packages: Vec<Loose<Package<'a>>>,
    }
}

loose_object! {
    struct Package<'a> {
        "name" => name: Text<'a>,
        "dependencies" => dependencies: Vec<Loose<Text<'a>>>,
    }
}

/// Edges of the package of one name.
#[derive(Serialize, Deserialize)]
struct Kept {
    from: String,
    to: Vec<String>,
}

pub(super) fn keep(bytes: &[u8], limits: &Limits, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let mut root = Loose::<Graph<'_>>::Absent;
    let outcome = fill(bytes, limits, &mut root);
    let packages = root.get().map(|graph| graph.packages.items()).unwrap_or_default();
    let text = |text: &Loose<Text<'_>>| text.as_str().map(str::to_owned);
    let kept: Vec<Kept> = packages
        .iter()
        .filter_map(Loose::get)
        .filter_map(|package| {
            let to = package.dependencies.items().iter().filter_map(text).collect();
            Some(Kept { from: text(&package.name)?, to })
        })
        .collect();
    if let Ok(kept) = serde_json::to_vec(&kept) {
        out.keep(kept);
    }
    Ok(outcome?)
}

pub(super) fn join(files: &mut Resolver<'_>) {
    let cached = cached(files);
    for lock in files.named(LOCK) {
        let beside = files.find_beside(lock, &format!(".dart_tool/{GRAPH}"));
        let stated: Vec<Kept> =
            beside.and_then(|graph| serde_json::from_slice(files.kept(graph)).ok()).unwrap_or_default();
        let mut by_name: HashMap<String, ComponentRef> = HashMap::new();
        let mut edges: Vec<(ComponentRef, Vec<String>)> = Vec::new();
        for (handle, component) in files.components(lock) {
            by_name.insert(component.name.to_string(), handle.component);
            let version = component.version.as_deref().unwrap_or_default();
            if let Some(needs) = cached.get(&(component.name.to_string(), version.to_owned())) {
                edges.push((handle.component, needs.clone()));
            }
        }
        if !stated.is_empty() {
            edges = stated.into_iter().filter_map(|package| Some((*by_name.get(&package.from)?, package.to))).collect();
        }
        let Some(mut sink) = files.sink(lock) else { continue };
        for (from, needs) in edges {
            for to in needs.iter().filter_map(|name| by_name.get(name)) {
                sink.depends(from, *to, Scope::Runtime);
            }
        }
    }
}

/// What the packages of a cache ask for, by name and version.
fn cached(files: &Resolver<'_>) -> HashMap<(String, String), Vec<String>> {
    let mut out = HashMap::new();
    for file in files.named(MANIFEST) {
        let Some(manifest) = Manifest::kept(files, file) else { continue };
        let (Some(name), Some(version)) = (manifest.name, manifest.version) else { continue };
        let directory = files.path(file).map(SourcePath::parent).unwrap_or_default();
        if directory.ends_with(format!("/{name}-{version}").as_bytes()) {
            let needs = manifest.needs.into_iter().filter(|need| need.when == When::Runtime);
            out.insert((name, version), needs.map(|need| need.name).collect());
        }
    }
    out
}
