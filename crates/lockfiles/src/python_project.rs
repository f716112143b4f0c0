//! `pyproject.toml` beside a lockfile: what the project is called and what it needs directly.
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/>
//!
//! A lockfile that lists packages without saying which of them the project asked for is completed from here. The
//! dependencies of the standard tables are read, and those of the tables that Poetry, PDM and uv had before them.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::pep508::Requirement;
use syntax::toml::{Kind, Table, Value};

use crate::dependency_scope::{Node, ScopeGraph};
use crate::pypi::{Names, is_conditional, normalise};
use crate::python_version;

/// The name of the file.
pub(crate) const NAME: &str = "pyproject.toml";

/// A project file larger than this is none.
const MAX_BYTES: u64 = 4 << 20;

/// Keeps a `pyproject.toml` for [`join`].
pub(crate) fn keep(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    if file.len() > MAX_BYTES {
        return Err(ExtractError::malformed("too large to be a project file"));
    }
    out.keep(file.bytes()?.into_owned());
    Ok(())
}

/// Completes each lockfile that has a `pyproject.toml` beside it. What the lockfile kept is its [`ScopeGraph`].
pub(crate) fn join(files: &mut Resolver<'_>) {
    for lock in files.files() {
        let is_project = files.path(lock).is_some_and(|path| path.name() == NAME.as_bytes());
        if let (false, Some(project)) = (is_project, files.find_beside(lock, NAME)) {
            join_one(files, lock, project);
        }
    }
}

fn join_one(files: &mut Resolver<'_>, lock: FileHandle, project_file: FileHandle) {
    let bytes = files.kept(project_file).to_vec();
    let text = syntax::text::decode(&bytes).text;
    let (document, fault) = syntax::toml::parse_partial(&text, &plimsoll_model::Limits::DEFAULT);
    if let (Some(fault), Some(mut sink)) = (fault, files.sink(project_file)) {
        sink.diagnose(fault.code(), fault.line().unwrap_or_default(), fault.to_string());
    }
    let root = document.root();
    let needs = needs(root);
    let project = project(files, project_file, root);
    let mut graph = ScopeGraph::from_kept(&files.take_kept(lock));
    let locked: Vec<(Handle, String, Option<String>)> = files
        .components(lock)
        .map(|(handle, component)| {
            (handle, component.name.to_string(), component.version.as_deref().map(str::to_owned))
        })
        .collect();
    let mut names = Names::default();
    for (at, (_, name, version)) in locked.iter().enumerate() {
        names.insert(name, version.as_deref(), at);
    }
    let nodes = graph.component_nodes();
    let extras: HashMap<(Node, String), Node> =
        graph.extras().map(|(of, name, node)| ((of, normalise(name).into_owned()), node)).collect();
    for need in &needs {
        let found = names.find(need.name, None);
        let version = |at: &usize| locked.get(*at).and_then(|(_, _, version)| version.as_deref());
        for at in python_version::matching(found, version, need.range) {
            let (Some((target, ..)), Some(&node)) = (locked.get(at), nodes.get(at)) else { continue };
            match project {
                Some(project) => files.relate(project, *target, RelationshipKind::DependsOn, need.scope),
                None => {
                    if let Some(mut sink) = files.sink(lock) {
                        sink.direct(target.component, need.scope);
                    }
                }
            }
            graph.start(node, need.scope);
            let asked = need.extras.iter().filter_map(|extra| extras.get(&(node, normalise(extra).into_owned())));
            asked.for_each(|extra| graph.start(*extra, need.scope));
        }
    }
    for ((handle, ..), scope) in locked.iter().zip(graph.scopes()) {
        if let (Some(component), Some(scope)) = (files.get_mut(*handle), scope) {
            // Where the lock itself tells development from run time, it knows best.
            if matches!(component.scope, Scope::Unspecified | Scope::Optional) {
                component.scope = scope;
            }
        }
    }
}

/// The project as a component, in the facts of its own file; `None` when it has no name.
fn project(files: &mut Resolver<'_>, file: FileHandle, root: Table<'_>) -> Option<Handle> {
    if let Some((handle, _)) = files.components(file).next() {
        return Some(handle);
    }
    let path = files.path(file)?.clone();
    let standard = root.table("project");
    let poetry = root.table("tool").and_then(|tool| tool.table("poetry"));
    let text = |key: &str| [standard, poetry].into_iter().flatten().find_map(|table| table.get_str(key));
    let name = text("name").filter(|name| !name.is_empty())?;
    let mut component = Component::new(ComponentKind::Application, name);
    component.version = text("version").filter(|version| !version.is_empty()).map(Into::into);
    component.description = text("description").filter(|text| !text.is_empty()).map(Into::into);
    let license = text("license").or_else(|| standard?.table("license")?.get_str("text"));
    component.licenses.extend(license.and_then(License::declared));
    component.location = Some(path);
    component.scope = Scope::Runtime;
    let line = standard.or(poetry).map_or(0, Table::line);
    let at = files.sink(file)?.project(component, line);
    Some(Handle { file, component: at })
}

/// A direct dependency of the project.
struct Need<'d> {
    name: &'d str,
    extras: Vec<&'d str>,
    /// As written; Poetry's `^1.2` is one too.
    range: &'d str,
    scope: Scope,
}

fn needs(root: Table<'_>) -> Vec<Need<'_>> {
    let mut out = Vec::new();
    let project = root.table("project");
    let tool = |name: &str| root.table("tool").and_then(|tool| tool.table(name));
    for requirement in
        project.and_then(|project| project.array("dependencies")).into_iter().flat_map(|list| list.strs())
    {
        requirement_need(requirement, Scope::Runtime, &mut out);
    }
    lists(project.and_then(|project| project.table("optional-dependencies")), Scope::Optional, &mut out);
    lists(root.table("dependency-groups"), Scope::Dev, &mut out);
    lists(tool("pdm").and_then(|pdm| pdm.table("dev-dependencies")), Scope::Dev, &mut out);
    let uv = tool("uv").and_then(|uv| uv.array("dev-dependencies"));
    uv.into_iter().flat_map(|list| list.strs()).for_each(|text| requirement_need(text, Scope::Dev, &mut out));
    if let Some(poetry) = tool("poetry") {
        poetry_needs(poetry.table("dependencies"), Scope::Runtime, &mut out);
        poetry_needs(poetry.table("dev-dependencies"), Scope::Dev, &mut out);
        for (_, group) in poetry.table("group").into_iter().flat_map(Table::iter) {
            poetry_needs(group.as_table().and_then(|group| group.table("dependencies")), Scope::Dev, &mut out);
        }
    }
    out
}

/// A table of lists of requirements. A table in a list (`{ include-group = "x" }`) names another list of the same table.
fn lists<'d>(table: Option<Table<'d>>, scope: Scope, out: &mut Vec<Need<'d>>) {
    for (_, list) in table.into_iter().flat_map(Table::iter) {
        for text in list.as_array().into_iter().flat_map(|list| list.strs()) {
            requirement_need(text, scope, out);
        }
    }
}

fn requirement_need<'d>(text: &'d str, scope: Scope, out: &mut Vec<Need<'d>>) {
    let Ok(requirement) = Requirement::parse(text) else { return };
    let marker = text.rsplit_once(';').map(|(_, marker)| marker).filter(|_| requirement.marker.is_some());
    let conditional = marker.is_some_and(|marker| is_conditional(marker, &[]));
    let scope = if conditional { scope.min(Scope::Optional) } else { scope };
    out.push(Need { name: requirement.name, extras: requirement.extras, range: requirement.specifier, scope });
}

/// `name = "^1"`, `name = { version = "^1", optional = true, extras = ["x"] }`, or an array of such tables.
fn poetry_needs<'d>(table: Option<Table<'d>>, scope: Scope, out: &mut Vec<Need<'d>>) {
    for (name, value) in table.into_iter().flat_map(Table::iter) {
        if normalise(name) == "python" {
            continue;
        }
        let single = std::iter::once(value).filter(|value| value.kind() != Kind::Array);
        for value in single.chain(value.as_array().into_iter().flat_map(|list| list.iter())) {
            out.push(poetry_need(name, value, scope));
        }
    }
}

fn poetry_need<'d>(name: &'d str, value: Value<'d>, scope: Scope) -> Need<'d> {
    let Some(table) = value.as_table() else {
        return Need { name, extras: Vec::new(), range: value.as_str().unwrap_or_default(), scope };
    };
    let optional = table.get("optional").and_then(Value::as_bool) == Some(true);
    let conditional = ["markers", "python", "platform"].iter().any(|key| table.get(key).is_some());
    Need {
        name,
        extras: table.array("extras").into_iter().flat_map(|list| list.strs()).collect(),
        range: table.get_str("version").unwrap_or_default(),
        scope: if optional || conditional { scope.min(Scope::Optional) } else { scope },
    }
}
