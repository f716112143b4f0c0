//! `MODULE.bazel` and `WORKSPACE`: what a project asks for.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use super::repository::{self, Repository};
use crate::maven::{self, Version};
use crate::starlark::{self, Call, Value};

/// Statements that cannot be read which are reported one by one.
const MAX_FAULTS: usize = 20;

/// Reads either file.
pub(super) fn read(text: &str, path: &SourcePath, out: &mut Sink<'_>) {
    let (calls, faults) = starlark::calls(text);
    for &line in faults.iter().take(MAX_FAULTS) {
        out.malformed_entry(line, "a statement could not be read");
    }
    if faults.len() > MAX_FAULTS {
        out.malformed_entry(0, format!("{} statements could not be read", faults.len()));
    }
    let overrides: HashMap<&str, &Call<'_>> = calls
        .iter()
        .filter(|call| call.name.ends_with("_override"))
        .filter_map(|call| Some((call.text("module_name")?, call)))
        .collect();
    for call in &calls {
        match call.name.as_str() {
            "module" => project(call, path, out),
            "workspace" => project(call, path, out),
            "bazel_dep" => dependency(call, &overrides, path, out),
            _ if call.get("artifacts").is_some() => artifacts(call, out),
            _ => other(call, out),
        }
    }
}

fn project(call: &Call<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let Some(name) = call.text("name") else { return };
    let version = call.text("version").map(Into::into);
    let project = Component::new(ComponentKind::Application, name);
    out.project(Component { version, location: Some(path.clone()), ..project }, call.line);
}

fn dependency(call: &Call<'_>, overrides: &HashMap<&str, &Call<'_>>, path: &SourcePath, out: &mut Sink<'_>) {
    let line = call.line;
    let Some(name) = call.text("name") else { return out.malformed_entry(line, "bazel_dep without a name") };
    let instead = overrides.get(name).copied();
    let version = instead.and_then(|call| call.text("version")).or(call.text("version")).unwrap_or_default();
    let kind = instead.map(|call| call.name.as_str()).unwrap_or_default();
    if version.is_empty() && matches!(kind, "" | "multiple_version_override") {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {name} is not stated"));
    }
    let registry = instead.and_then(|call| call.text("registry")).unwrap_or_default();
    let component = match (kind, instead) {
        ("local_path_override", Some(call)) => {
            let directory = call.text("path").unwrap_or_default();
            let location = path.sibling(format!("{directory}/MODULE.bazel"));
            Some(Component { location, ..Component::new(ComponentKind::Library, name) })
        }
        (_, Some(call)) => {
            let mut held = repository(call);
            held.name = name;
            let remote = without_hosts(&held);
            let builder = Purl::builder("bazel", name).version(version).qualifier("vcs_url", remote);
            completed(builder.qualifier("repository_url", registry), &held, line, out)
        }
        _ => out.purl(Purl::builder("bazel", name).version(version), line).map(Component::from_purl),
    };
    let Some(mut component) = component else { return };
    let scope = if call.is_true("dev_dependency") { Scope::Dev } else { Scope::Unspecified };
    component.scope = scope;
    let at = out.component(component, line);
    out.direct(at, scope);
}

/// Where a module from a version control system comes from, for its package URL.
fn without_hosts(held: &Repository<'_>) -> String {
    let commit = [held.commit, held.tag].into_iter().find(|text| !text.is_empty());
    match commit {
        Some(commit) if !held.remote.is_empty() => crate::vcs::git_url(held.remote, Some(commit)),
        _ => String::new(),
    }
}

fn completed(builder: PurlBuilder, held: &Repository<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if held.urls.is_empty() && held.remote.is_empty() {
        return Some(component);
    }
    if let Some(source) = repository::component(held, line, out) {
        component.references = source.references;
        component.hashes = source.hashes;
    }
    Some(component)
}

/// A repository rule or the tag of an extension, when it names something that can be downloaded.
fn other(call: &Call<'_>, out: &mut Sink<'_>) {
    if call.name.ends_with("_override") {
        return;
    }
    let name = call.text("name").unwrap_or_default();
    if call.function() == "artifact" {
        let (Some(group), Some(artifact)) = (call.text("group"), call.text("artifact")) else { return };
        let version = call.text("version").unwrap_or_default();
        return artifact_of(&format!("{group}:{artifact}:{version}"), call.line, out);
    }
    if call.function() == "module" && call.text("path").is_some() {
        // The Go extension: `go_deps.module(path, version, sum)`.
        let held = Repository { import_path: call.text("path").unwrap_or_default(), name, ..repository(call) };
        return emit(&held, call.line, out);
    }
    let held = repository(call);
    if !held.name.is_empty() {
        emit(&held, call.line, out);
    }
}

fn emit(held: &Repository<'_>, line: u32, out: &mut Sink<'_>) {
    if let Some(component) = repository::component(held, line, out) {
        let at = out.component(component, line);
        out.direct(at, Scope::Unspecified);
    }
}

fn repository<'c>(call: &'c Call<'_>) -> Repository<'c> {
    let text = |name: &str| call.text(name).unwrap_or_default();
    let urls = call.text("url").into_iter().chain(call.texts("urls")).chain(call.text("jar_urls"));
    Repository {
        name: text("name"),
        urls: urls.collect(),
        sha256: text("sha256"),
        integrity: text("integrity"),
        import_path: text("importpath"),
        version: text("version"),
        sum: text("sum"),
        package: text("package"),
        requirement: text("requirement"),
        artifact: text("artifact"),
        remote: text("remote"),
        commit: text("commit"),
        tag: text("tag"),
    }
}

/// `maven.install(artifacts = ["group:artifact:version", maven.artifact(…)])`.
fn artifacts(call: &Call<'_>, out: &mut Sink<'_>) {
    let listed = ["artifacts", "boms"].into_iter().filter_map(|name| call.get(name)).flat_map(Value::items);
    for item in listed {
        match item {
            Value::Text(text) => artifact_of(text, call.line, out),
            Value::Call(inner) => {
                let part = |at: usize, name: &str| {
                    let positional = || inner.positional.get(at).and_then(Value::as_str);
                    inner.text(name).or_else(positional).unwrap_or_default().to_owned()
                };
                let text = format!("{}:{}:{}", part(0, "group"), part(1, "artifact"), part(2, "version"));
                artifact_of(&text, inner.line, out);
            }
            Value::List(_) | Value::True | Value::Other => {}
        }
    }
}

fn artifact_of(text: &str, line: u32, out: &mut Sink<'_>) {
    let Some((artifact, version)) = repository::coordinates(text) else {
        return out.malformed_entry(line, format!("{text} is not 'group:artifact:version'"));
    };
    let version = Version::read(version);
    if let Version::Range(range) = version {
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{text} is not pinned: {range}"));
    }
    if let Some(component) = maven::library(artifact, version, line, out) {
        let at = out.component(component, line);
        out.direct(at, Scope::Unspecified);
    }
}
