//! `composer.json`: what the project itself needs.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Lenient, Text};
use plimsoll_extract::syntax::text::LineIndex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::package::{Links, PROVIDES, REPLACES, is_platform, licenses};

#[derive(Deserialize)]
struct Json<'a> {
    #[serde(borrow, default)]
    name: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    description: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    license: Option<&'a RawValue>,
    #[serde(borrow, default)]
    require: Links<'a>,
    #[serde(borrow, default, rename = "require-dev")]
    dev: Links<'a>,
}

/// What is kept for the second phase.
#[derive(Serialize, Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    licenses: Vec<String>,
    line: u32,
    needs: Vec<Need>,
}

#[derive(Serialize, Deserialize)]
struct Need {
    name: String,
    constraint: String,
    dev: bool,
    line: u32,
}

impl Need {
    fn scope(&self) -> Scope {
        if self.dev { Scope::Dev } else { Scope::Runtime }
    }
}

/// Reads a `composer.json` and keeps it.
pub(super) fn keep(bytes: &[u8], limits: &plimsoll_model::Limits, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let json: Json<'_> = syntax::json::from_slice(bytes, limits)?;
    let lines = LineIndex::new(bytes);
    let mut needs = Vec::new();
    for (map, dev) in [(&json.require, false), (&json.dev, true)] {
        if map.is_wrong() {
            out.malformed_entry(0, "what the project requires is no map");
        }
        for (name, constraint) in map.iter() {
            let line = lines.line_of(name).unwrap_or(0);
            needs.push(Need { name: name.to_string(), constraint: constraint.to_string(), dev, line });
        }
    }
    let text = |value: &Lenient<Text<'_>>| value.get().map(ToString::to_string);
    let manifest = Manifest {
        name: text(&json.name),
        version: text(&json.version),
        description: text(&json.description),
        licenses: licenses(json.license).iter().map(|license| license.text().to_owned()).collect(),
        line: json.name.get().and_then(|name| lines.line_of(name)).unwrap_or(1),
        needs,
    };
    if let Ok(kept) = serde_json::to_vec(&manifest) {
        out.keep(kept);
    }
    Ok(())
}

/// Joins every `composer.json` with the lock and the installed packages beside it.
pub(super) fn join(files: &mut Resolver<'_>) {
    let locked: HashSet<Vec<u8>> =
        files.named("composer.lock").into_iter().filter_map(|lock| Some(files.path(lock)?.parent().to_vec())).collect();
    for file in files.named("composer.json") {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(files.kept(file)) else { continue };
        let inventories: Vec<FileHandle> = ["composer.lock", "vendor/composer/installed.json"]
            .iter()
            .filter_map(|name| files.find_beside(file, name))
            .collect();
        if !inventories.is_empty() {
            let project = project(&manifest, file, files);
            for inventory in inventories {
                relate(&manifest, project, inventory, files);
            }
        } else if stands_alone(files.path(file), &locked) {
            project(&manifest, file, files);
            unpinned(&manifest, file, files);
        }
    }
}

/// Whether this is a project of its own: neither a package that was fetched, nor a part of a locked project.
fn stands_alone(path: Option<&SourcePath>, locked: &HashSet<Vec<u8>>) -> bool {
    let Some(path) = path else { return false };
    let mut directory = path.parent();
    let fetched = |part: &[u8]| matches!(part, b"vendor" | b"node_modules");
    if directory.split(|&byte| byte == b'/').any(fetched) {
        return false;
    }
    while let Some(slash) = directory.iter().rposition(|&byte| byte == b'/') {
        directory = directory.get(..slash).unwrap_or_default();
        if locked.contains(directory) {
            return false;
        }
    }
    !locked.contains(&b""[..])
}

fn project(manifest: &Manifest, file: FileHandle, files: &mut Resolver<'_>) -> Option<Handle> {
    let name = manifest.name.as_deref()?;
    let (vendor, name) = name.split_once('/').unwrap_or(("", name));
    let mut component = Component::new(ComponentKind::Application, name);
    component.group = (!vendor.is_empty()).then(|| vendor.into());
    component.version = manifest.version.as_deref().map(Into::into);
    component.description = manifest.description.as_deref().map(Into::into);
    component.licenses = manifest.licenses.iter().filter_map(|text| License::declared(text)).collect();
    component.location = files.path(file).cloned();
    Some(Handle { file, component: files.sink(file)?.project(component, manifest.line) })
}

/// Points at what the project needs of an inventory.
fn relate(manifest: &Manifest, project: Option<Handle>, inventory: FileHandle, files: &mut Resolver<'_>) {
    let mut by_name: HashMap<String, Handle> = HashMap::new();
    let mut stand_ins: HashMap<String, Handle> = HashMap::new();
    for (at, component) in files.components(inventory) {
        let vendor = component.group.as_deref().map(|vendor| format!("{vendor}/")).unwrap_or_default();
        by_name.insert(format!("{vendor}{}", component.name).to_ascii_lowercase(), at);
        for (property, value) in &component.properties {
            if let (REPLACES | PROVIDES, Some((name, _))) = (&**property, value.split_once(' ')) {
                stand_ins.entry(name.to_ascii_lowercase()).or_insert(at);
            }
        }
    }
    for need in &manifest.needs {
        let name = need.name.to_ascii_lowercase();
        let Some(&to) = by_name.get(&name).or_else(|| stand_ins.get(&name)) else { continue };
        if let Some(project) = project {
            files.relate(project, to, RelationshipKind::DependsOn, need.scope());
        } else if let Some(mut sink) = files.sink(inventory) {
            sink.direct(to.component, need.scope());
        }
    }
}

/// Emits the ranges of a project without a lock.
fn unpinned(manifest: &Manifest, file: FileHandle, files: &mut Resolver<'_>) {
    let Some(mut sink) = files.sink(file) else { return };
    for need in manifest.needs.iter().filter(|need| !is_platform(&need.name)) {
        let (vendor, name) = need.name.split_once('/').unwrap_or(("", &need.name));
        let Some(purl) = sink.purl(Purl::builder("composer", name).namespace(vendor), need.line) else { continue };
        let mut component = Component::from_purl(purl);
        component.version_range = Some(need.constraint.as_str().into());
        component.scope = need.scope();
        let at = sink.component(component, need.line);
        sink.direct(at, need.scope());
        sink.diagnose(DiagnosticCode::UNPINNED, need.line, format!("{} is asked for by a range", need.name));
    }
}
