//! `obj/project.assets.json`, versions 2 to 4: what `dotnet restore` worked out for one project. Before 2017 it was
//! `project.lock.json`, of the same form.
//! <https://learn.microsoft.com/nuget/concepts/dependency-resolution>
//!
//! `targets` holds a closed graph for each framework, and for each framework and runtime; `libraries` the digests; the
//! project's own wishes are in `projectFileDependencyGroups` as `Id >= 1.0.0`. A package that the project hides from
//! those that use it and does not compile against is for building only: that is how restore writes down a package
//! marked as development dependency.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Map, Text};
use syntax::text::LineIndex;

use crate::nuget::{self, Version};

/// Reads the result of `dotnet restore`.
pub(crate) struct ProjectAssets;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assets<'a> {
    #[serde(default)]
    version: Lenient<u64>,
    #[serde(borrow, default)]
    targets: Map<'a, Map<'a, Lenient<Target<'a>>>>,
    #[serde(borrow, default)]
    libraries: Map<'a, Lenient<Library<'a>>>,
    #[serde(borrow, default)]
    project_file_dependency_groups: Map<'a, Lenient<Vec<Text<'a>>>>,
    #[serde(borrow, default)]
    project: Lenient<Project<'a>>,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow, default)]
    dependencies: Map<'a, Lenient<Text<'a>>>,
}

#[derive(Deserialize)]
struct Library<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow)]
    sha512: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Project<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow, default)]
    restore: Lenient<Restore<'a>>,
    #[serde(borrow, default)]
    frameworks: Map<'a, Lenient<Framework<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restore<'a> {
    #[serde(borrow)]
    project_name: Option<Text<'a>>,
    #[serde(borrow)]
    project_path: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Framework<'a> {
    #[serde(borrow, default)]
    dependencies: Map<'a, Lenient<Reference<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(borrow)]
    include: Option<Text<'a>>,
    #[serde(borrow)]
    suppress_parent: Option<Text<'a>>,
}

impl Extractor for ProjectAssets {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/project-assets")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet project.assets.json 2 to 4, project.lock.json 1 and 2",
            specification: "https://learn.microsoft.com/nuget/concepts/dependency-resolution",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("project.assets.json"), Interest::Name("project.lock.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let assets: Assets<'_> = json::from_slice(&bytes, file.budget().limits())?;
        match assets.version.get() {
            Some(1..=4) => {}
            Some(version) => out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("version {version}")),
            None => out.malformed_entry(1, "no version"),
        }
        if assets.project.is_wrong() {
            out.malformed_entry(1, "the project is not what is expected");
        }
        if let Some(project) = assets.project.get() {
            emit_project(project, file.path(), out);
        }
        let by_key = libraries(&assets, &lines, file.path(), out);
        edges(&assets, &by_key, out);
        Ok(())
    }
}

/// The project, named after its file, which is two levels up when `obj` is where it is by default.
fn emit_project(project: &Project<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let Some(restore) = project.restore.get() else { return };
    let Some(name) = restore.project_name.as_deref().filter(|name| !name.is_empty()) else { return };
    let file = restore.project_path.as_deref().and_then(|path| path.rsplit(['/', '\\']).next()).unwrap_or_default();
    out.project(
        Component {
            version: project.version.as_deref().and_then(nuget::project_version),
            location: path.sibling(format!("../{file}")).or_else(|| Some(path.clone())),
            ..Component::new(ComponentKind::Application, name)
        },
        0,
    );
}

/// Emits the libraries; gives their places by `id/version` in lower case.
fn libraries(
    assets: &Assets<'_>,
    lines: &LineIndex<'_>,
    path: &SourcePath,
    out: &mut Sink<'_>,
) -> HashMap<String, ComponentRef> {
    let build = build_only(assets);
    let mut by_key = HashMap::with_capacity(assets.libraries.len());
    for (key, library) in &assets.libraries {
        let line = lines.line_of(key).unwrap_or_default();
        let (Some((id, version)), Some(library)) = (nuget::split_key(key), library.get()) else {
            out.malformed_entry(line, format!("library {key} is not what is expected"));
            continue;
        };
        let component = if library.kind == "project" {
            let place = library.path.as_deref().map(|path| path.replace('\\', "/"));
            Some(Component {
                version: nuget::project_version(version),
                location: place.and_then(|place| path.sibling(format!("../{place}"))),
                ..Component::new(ComponentKind::Application, id)
            })
        } else {
            nuget::package(id, Some(Version::Exact(version)), line, out)
        };
        let Some(mut component) = component else { continue };
        nuget::add_sha512(&mut component, library.sha512.as_deref(), line, out);
        if build.contains(&id.to_ascii_lowercase()) {
            component.scope = Scope::Build;
        }
        by_key.insert(key.to_ascii_lowercase(), out.component(component, line));
    }
    by_key
}

/// The ids, in lower case, that the project only builds with, under every framework that asks for them.
fn build_only(assets: &Assets<'_>) -> HashSet<String> {
    let mut build = HashSet::new();
    let mut other = HashSet::new();
    let frameworks = assets.project.get().into_iter().flat_map(|project| &project.frameworks);
    for (id, reference) in frameworks.filter_map(|(_, framework)| framework.get()).flat_map(|held| &held.dependencies) {
        let Some(reference) = reference.get() else { continue };
        let hidden = reference.suppress_parent.as_deref().is_some_and(|text| text.eq_ignore_ascii_case("all"));
        let compiled = reference.include.as_deref().is_none_or(|include| {
            include.split([',', ';']).any(|part| matches!(part.trim().to_ascii_lowercase().as_str(), "compile" | "all"))
        });
        let set = if hidden && !compiled { &mut build } else { &mut other };
        set.insert(id.to_ascii_lowercase());
    }
    build.retain(|id| !other.contains(id));
    build
}

fn edges(assets: &Assets<'_>, by_key: &HashMap<String, ComponentRef>, out: &mut Sink<'_>) {
    let build = build_only(assets);
    let groups: HashMap<&str, &Vec<Text<'_>>> = assets
        .project_file_dependency_groups
        .iter()
        .filter_map(|(framework, wishes)| Some((framework.as_str(), wishes.get()?)))
        .collect();
    for (target, entries) in &assets.targets {
        // In one target each id has one version.
        let by_id: HashMap<String, ComponentRef> = entries
            .iter()
            .filter_map(|(key, _)| {
                let (id, _) = nuget::split_key(key)?;
                Some((id.to_ascii_lowercase(), *by_key.get(&key.to_ascii_lowercase())?))
            })
            .collect();
        for (key, entry) in entries {
            let Some((from, entry)) = by_key.get(&key.to_ascii_lowercase()).zip(entry.get()) else { continue };
            for (needed, _) in &entry.dependencies {
                if let Some(to) = by_id.get(&needed.to_ascii_lowercase()) {
                    out.depends(*from, *to, Scope::Unspecified);
                }
            }
        }
        let framework = target.split_once('/').map_or(target.as_str(), |(framework, _)| framework);
        for wish in groups.get(framework).copied().into_iter().flatten() {
            // `Id >= 1.0.0`, or an id alone for a project.
            let id = wish.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            if let Some(to) = by_id.get(&id) {
                out.direct(*to, if build.contains(&id) { Scope::Build } else { Scope::Unspecified });
            }
        }
    }
}
