//! `pixi.toml`: what is asked for. <https://pixi.sh/latest/reference/pixi_manifest/>

use plimsoll_extract::prelude::*;
use syntax::toml::{Table, Value};

use crate::conda::channel_name;
use crate::pypi::{self, Origin, Vcs};

/// Reads a manifest.
pub(super) fn read(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let text = syntax::text::decode(&bytes).text;
    let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
    let root = document.root();
    if let Some(workspace) = root.table("workspace").or_else(|| root.table("project")) {
        project(workspace, file.path(), out);
    }
    tables(root, Scope::Runtime, file.path(), out);
    for (name, feature) in root.table("feature").into_iter().flat_map(Table::iter) {
        let scope = match name {
            "dev" | "test" | "lint" | "docs" => Scope::Dev,
            _ => Scope::Optional,
        };
        if let Some(feature) = feature.as_table() {
            tables(feature, scope, file.path(), out);
        }
    }
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

fn project(workspace: Table<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let Some(name) = workspace.get_str("name") else { return };
    let mut component = Component::new(ComponentKind::Application, name);
    component.version = workspace.get_str("version").map(Into::into);
    component.description = workspace.get_str("description").map(Into::into);
    component.location = Some(path.clone());
    component.licenses.extend(workspace.get_str("license").and_then(License::declared));
    out.project(component, workspace.line());
}

/// The tables of dependencies of a workspace, a feature or one platform of it.
fn tables(holder: Table<'_>, scope: Scope, path: &SourcePath, out: &mut Sink<'_>) {
    let targets = holder.table("target").into_iter().flat_map(Table::iter).filter_map(|(_, target)| target.as_table());
    let all = std::iter::once((holder, scope)).chain(targets.map(|target| (target, scope.min(Scope::Optional))));
    for (table, scope) in all {
        for (key, scope) in
            [("dependencies", scope), ("host-dependencies", Scope::Build), ("build-dependencies", Scope::Build)]
        {
            for (name, value) in table.table(key).into_iter().flat_map(Table::iter) {
                conda(name, value, scope, path, out);
            }
        }
        for (name, value) in table.table("pypi-dependencies").into_iter().flat_map(Table::iter) {
            pypi(name, value, scope, path, out);
        }
    }
}

fn conda(name: &str, value: Value<'_>, scope: Scope, path: &SourcePath, out: &mut Sink<'_>) {
    let line = value.line();
    let table = value.as_table();
    let text = |key: &str| table.and_then(|table| table.get_str(key));
    if let Some(directory) = text("path") {
        let mut local = Component::new(ComponentKind::Library, name);
        local.location = path.sibling(directory);
        local.scope = scope;
        let at = out.component(local, line);
        return out.direct(at, scope);
    }
    let Some(range) = value.as_str().or_else(|| text("version")).or(table.map(|_| "*")) else {
        return out.malformed_entry(line, format!("dependency {name} left out: it has no version"));
    };
    let version = range.strip_prefix("==").map(str::trim).filter(|version| is_exact(version));
    let builder = Purl::builder("conda", name)
        .version(version.unwrap_or_default())
        .qualifier("build", text("build").filter(|build| !build.contains('*')).unwrap_or_default())
        .qualifier("channel", channel_name(text("channel").unwrap_or_default(), ""));
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.version_range = version.is_none().then_some(range).filter(|range| *range != "*").map(Into::into);
    component.scope = scope;
    let at = out.component(component, line);
    out.direct(at, scope);
}

fn pypi(name: &str, value: Value<'_>, scope: Scope, path: &SourcePath, out: &mut Sink<'_>) {
    let line = value.line();
    let table = value.as_table();
    let text = |key: &str| table.and_then(|table| table.get_str(key));
    let origin = match (text("git"), text("path"), text("url")) {
        (Some(url), _, _) => Origin::Vcs(Vcs {
            tool: "git",
            url,
            revision: text("rev").or_else(|| text("tag")).or_else(|| text("branch")),
            subdirectory: text("subdirectory"),
        }),
        (_, Some(place), _) => Origin::Local(place),
        (_, _, Some(url)) => Origin::Url(url),
        _ => Origin::Index(None),
    };
    let range = value.as_str().or_else(|| text("version")).unwrap_or("*");
    let version = range.strip_prefix("==").map(str::trim).filter(|version| is_exact(version));
    let Some(mut component) = pypi::component(out, path, (name, version), origin, line) else { return };
    component.version_range = version.is_none().then_some(range).filter(|range| *range != "*").map(Into::into);
    component.scope = scope;
    let at = out.component(component, line);
    out.direct(at, scope);
}

fn is_exact(version: &str) -> bool {
    !version.is_empty() && !version.contains(['*', ',', '|', ' ', '<', '>'])
}
