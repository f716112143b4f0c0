//! `MODULE.bazel.lock`.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use super::repository::{self, Repository};
use super::selected;

/// The registry that is meant when none is named.
const CENTRAL: &str = "https://bcr.bazel.build";

/// The newest version that is known.
const NEWEST: u64 = 26;

/// Platforms of an extension, each with its repositories.
type Platforms<'a> = Map<'a, Loose<Evaluation<'a>>>;

loose_object! {
    struct Lock<'a> {
        "lockFileVersion" => version: u64,
        "moduleDepGraph" => graph: Map<'a, Loose<Module<'a>>>,
        "registryFileHashes" => registry_files: Map<'a, Loose<Text<'a>>>,
        "moduleExtensions" => extensions: Map<'a, Loose<Platforms<'a>>>,
    }
}

loose_object! {
    struct Module<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "deps" => dependencies: Map<'a, Loose<Text<'a>>>,
        "repoSpec" => repository: Spec<'a>,
    }
}

loose_object! {
    struct Evaluation<'a> {
        "generatedRepoSpecs" => repositories: Map<'a, Loose<Spec<'a>>>,
    }
}

loose_object! {
    struct Spec<'a> {
        "attributes" => attributes: Attributes<'a>,
    }
}

loose_object! {
    struct Attributes<'a> {
        "url" => url: Text<'a>,
        "urls" => urls: Vec<Loose<Text<'a>>>,
        "sha256" => sha256: Text<'a>,
        "integrity" => integrity: Text<'a>,
        "importpath" => import_path: Text<'a>,
        "version" => version: Text<'a>,
        "sum" => sum: Text<'a>,
        "package" => package: Text<'a>,
        "requirement" => requirement: Text<'a>,
        "artifact" => artifact: Text<'a>,
        "artifacts" => artifacts: Vec<Loose<Text<'a>>>,
        "remote" => remote: Text<'a>,
        "commit" => commit: Text<'a>,
        "tag" => tag: Text<'a>,
    }
}

loose_object! {
    /// What the Maven extension writes as text within `artifacts`.
    struct Wanted<'a> {
        "group" => group: Text<'a>,
        "artifact" => name: Text<'a>,
        "version" => version: Text<'a>,
    }
}

/// Reads a lockfile.
pub(super) fn read(bytes: &[u8], file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let lines = LineIndex::new(bytes);
    let mut lock = Loose::<Lock<'_>>::default();
    let outcome = fill(bytes, file.budget().limits(), &mut lock);
    match (lock.get(), &outcome) {
        (Some(lock), _) => emit(lock, &lines, file, out),
        (None, Ok(())) => return Err(ExtractError::malformed("not an object")),
        (None, Err(_)) => {}
    }
    Ok(outcome?)
}

fn emit(lock: &Lock<'_>, lines: &LineIndex<'_>, file: &File<'_>, out: &mut Sink<'_>) {
    match lock.version.get() {
        Some(1..=NEWEST) => {}
        Some(version) => out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("lockfile version {version}")),
        None => out.malformed_entry(1, "no lockfile version"),
    }
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    graph(lock.graph.entries(), lines, file.path(), &mut versions, out);
    selected_modules(lock.registry_files.entries(), lines, &mut versions, out);
    selected::keep(&versions, out);
    for (_, platforms) in lock.extensions.entries() {
        for (_, evaluation) in platforms.entries() {
            let Some(evaluation) = evaluation.get() else { continue };
            for (name, spec) in evaluation.repositories.entries() {
                let Some(attributes) = spec.get().and_then(|spec| spec.attributes.get()) else { continue };
                let line = lines.line_of(name).unwrap_or_default();
                wanted_artifacts(attributes, file, line, out);
                if let Some(component) = repository::component(&of(name, attributes), line, out) {
                    out.component(component, line);
                }
            }
        }
    }
}

fn of<'r>(name: &'r str, held: &'r Attributes<'_>) -> Repository<'r> {
    fn text<'r>(field: &'r Loose<Text<'_>>) -> &'r str {
        field.as_str().unwrap_or_default()
    }
    let urls = held.url.as_str().into_iter().chain(held.urls.items().iter().filter_map(Loose::as_str));
    Repository {
        name,
        urls: urls.collect(),
        sha256: text(&held.sha256),
        integrity: text(&held.integrity),
        import_path: text(&held.import_path),
        version: text(&held.version),
        sum: text(&held.sum),
        package: text(&held.package),
        requirement: text(&held.requirement),
        artifact: text(&held.artifact),
        remote: text(&held.remote),
        commit: text(&held.commit),
        tag: text(&held.tag),
    }
}

/// The graph of old lockfiles. The key of a module that an override replaces is `name@_`.
fn graph(
    modules: &[(Text<'_>, Loose<Module<'_>>)],
    lines: &LineIndex<'_>,
    path: &SourcePath,
    versions: &mut BTreeMap<String, String>,
    out: &mut Sink<'_>,
) {
    let mut by_key: HashMap<&str, ComponentRef> = HashMap::new();
    for (key, module) in modules {
        let line = lines.line_of(key).unwrap_or_default();
        let Some(module) = module.get() else {
            out.malformed_entry(line, format!("module {key} is not an object"));
            continue;
        };
        if key == "<root>" {
            if let Some(name) = module.name.as_str() {
                let project = Component::new(ComponentKind::Application, name);
                // The same as `MODULE.bazel` is about.
                let location = path.sibling("MODULE.bazel");
                out.project(Component { version: module.version.as_str().map(Into::into), location, ..project }, line);
            }
            continue;
        }
        let (name, version) = key.split_once('@').unwrap_or((key, ""));
        let name = module.name.as_str().unwrap_or(name);
        let version = module.version.as_str().unwrap_or(version);
        let version = if version == "_" { "" } else { version };
        let Some(purl) = out.purl(Purl::builder("bazel", name).version(version), line) else { continue };
        let mut component = Component::from_purl(purl);
        if let Some(attributes) = module.repository.get().and_then(|spec| spec.attributes.get()) {
            let held = of(name, attributes);
            if let Some(source) = repository::component(&held, line, out) {
                (component.references, component.hashes) = (source.references, source.hashes);
            }
        }
        if !version.is_empty() {
            versions.insert(name.to_owned(), version.to_owned());
        }
        by_key.insert(key.as_str(), out.component(component, line));
    }
    for (key, module) in modules {
        let needed = module.get().into_iter().flat_map(|module| module.dependencies.entries());
        for to in needed.filter_map(|(_, needed)| by_key.get(needed.as_str()?).copied()) {
            match by_key.get(key.as_str()) {
                Some(&from) => out.depends(from, to, Scope::Unspecified),
                None => out.direct(to, Scope::Unspecified),
            }
        }
    }
}

/// The modules of newer lockfiles: `REGISTRY/modules/NAME/VERSION/source.json`.
fn selected_modules(
    files: &[(Text<'_>, Loose<Text<'_>>)],
    lines: &LineIndex<'_>,
    versions: &mut BTreeMap<String, String>,
    out: &mut Sink<'_>,
) {
    for (url, digest) in files {
        // A file that a registry does not have is listed with null.
        let there = digest.as_str().is_some_and(|digest| digest != "not found");
        let Some(path) = url.strip_suffix("/source.json").filter(|_| there) else { continue };
        let Some((registry, module)) = path.rsplit_once("/modules/") else { continue };
        let line = lines.line_of(url).unwrap_or_default();
        let Some((name, version)) = module.split_once('/').filter(|(_, version)| !version.contains('/')) else {
            out.malformed_entry(line, format!("{url} names no module"));
            continue;
        };
        let registry = if registry == CENTRAL { "" } else { registry };
        let builder = Purl::builder("bazel", name).version(version).qualifier("repository_url", registry);
        if let Some(purl) = out.purl(builder, line) {
            out.component(Component::from_purl(purl), line);
            versions.insert(name.to_owned(), version.to_owned());
        }
    }
}

/// The Maven extension's own list, an object written as text for each artifact. A lockfile of its own says more.
fn wanted_artifacts(attributes: &Attributes<'_>, file: &File<'_>, line: u32, out: &mut Sink<'_>) {
    for text in attributes.artifacts.items().iter().filter_map(Loose::as_str) {
        let mut wanted = Loose::<Wanted<'_>>::default();
        if fill(text.as_bytes(), file.budget().limits(), &mut wanted).is_err() {
            continue;
        }
        let Some(wanted) = wanted.get() else { continue };
        let (Some(group), Some(name)) = (wanted.group.as_str(), wanted.name.as_str()) else { continue };
        let version = crate::maven::Version::read(wanted.version.as_str().unwrap_or_default());
        let artifact = crate::maven::Artifact::jar(group, name);
        if let Some(component) = crate::maven::library(artifact, version, line, out) {
            out.component(component, line);
        }
    }
}
