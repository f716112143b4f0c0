//! `go.mod`, and the components that modules become.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::modfile::{self, Statement};

/// The module that a replacement stands for, as `path@version`.
pub(super) const REPLACES: &str = "plimsoll:go:replaces";
/// The language version that a project asks for.
pub(super) const GO_VERSION: &str = "plimsoll:go:version";

/// What a `replace` puts in a module's place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Target {
    /// Another module.
    Module { path: String, version: String },
    /// A directory.
    Directory(String),
}

/// The replacements of a file, by path and version; of every version when that is empty.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Replacements(BTreeMap<String, BTreeMap<String, Target>>);

impl Replacements {
    /// Adds `path [version] => target [version]`.
    pub(super) fn add(&mut self, statement: &Statement<'_>) -> Result<(), &'static str> {
        let arrow = statement.arguments.iter().position(|word| word == "=>").ok_or("replace without =>")?;
        let path = statement.argument(0).filter(|_| arrow > 0).ok_or("replace without a module")?;
        let version = statement.argument(1).filter(|_| arrow > 1).unwrap_or_default();
        let target = statement.argument(arrow.saturating_add(1)).ok_or("replace without a replacement")?;
        let target = match statement.argument(arrow.saturating_add(2)) {
            Some(version) => Target::Module { path: target.to_owned(), version: version.to_owned() },
            None => Target::Directory(target.to_owned()),
        };
        self.0.entry(path.to_owned()).or_default().insert(version.to_owned(), target);
        Ok(())
    }

    /// What stands in the place of this module.
    pub(super) fn get(&self, path: &str, version: &str) -> Option<&Target> {
        let versions = self.0.get(path)?;
        versions.get(version).or_else(|| versions.get(""))
    }
}

/// A `require`.
struct Require {
    path: String,
    version: String,
    indirect: bool,
    line: u32,
}

/// Reads a `go.mod`.
pub(super) fn read(text: &str, path: &SourcePath, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    if let Some((module, version)) = of_module_cache(path) {
        // What a fetched module requires is not what is built with it; that it was fetched is.
        if let Some(component) = published(&module, &version, 1, out) {
            out.component(component, 1);
        }
        return Ok(());
    }
    let mut project = Component::new(ComponentKind::Application, "");
    project.location = Some(path.clone());
    let mut project_line = 0;
    let mut requires: Vec<Require> = Vec::new();
    let mut replacements = Replacements::default();
    let mut tools: Vec<(String, u32)> = Vec::new();
    let outcome = modfile::read(text, out, |statement, _| {
        let first = || statement.argument(0);
        match statement.verb {
            "module" => {
                project.name = first().ok_or("module without a path")?.into();
                project_line = statement.line;
            }
            "require" => requires.push(Require {
                path: first().ok_or("require without a module")?.to_owned(),
                version: statement.argument(1).ok_or("require without a version")?.to_owned(),
                indirect: statement.is_indirect(),
                line: statement.line,
            }),
            "replace" => replacements.add(statement)?,
            "tool" => tools.push((first().ok_or("tool without a package")?.to_owned(), statement.line)),
            "go" => note(&mut project, GO_VERSION, statement),
            "toolchain" => note(&mut project, "plimsoll:go:toolchain", statement),
            "exclude" => note(&mut project, "plimsoll:go:excludes", statement),
            "retract" => note(&mut project, "plimsoll:go:retracts", statement),
            // `godebug`, `ignore` and what is to come say nothing about modules.
            _ => {}
        }
        Ok(())
    });
    // A tool of the project itself has no other module to point at.
    let own =
        |tool: &str| tool.strip_prefix(&*project.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    tools.retain(|(tool, _)| !own(tool));
    if !project.name.is_empty() {
        out.project(project, project_line);
    }
    let mut modules: HashMap<String, ComponentRef> = HashMap::new();
    for Require { path: module, version, indirect, line } in requires {
        let Some(mut component) = required(&module, &version, &replacements, path, line, out) else { continue };
        if indirect {
            component.properties.push(("plimsoll:go:indirect".into(), "true".into()));
        }
        let at = out.component(component, line);
        if !indirect {
            out.direct(at, Scope::Unspecified);
        }
        modules.insert(module, at);
    }
    for (tool, line) in tools {
        relate_tool(&tool, line, &modules, out);
    }
    outcome
}

/// Keeps the words of a directive as a property of the project.
fn note(project: &mut Component, name: &'static str, statement: &Statement<'_>) {
    project.properties.push((name.into(), statement.arguments.join(" ").into()));
}

/// A tool is a package of the module whose path is its longest prefix; it is run while developing.
fn relate_tool(tool: &str, line: u32, modules: &HashMap<String, ComponentRef>, out: &mut Sink<'_>) {
    let prefixes = std::iter::successors(Some(tool), |path| path.rsplit_once('/').map(|(parent, _)| parent));
    match prefixes.filter_map(|prefix| modules.get(prefix)).next() {
        Some(&at) => {
            out.direct(at, Scope::Dev);
            if let Some(component) = out.get_mut(at) {
                component.properties.push(("plimsoll:go:tool".into(), tool.into()));
            }
        }
        None => out.malformed_entry(line, format!("tool {tool} is in no required module")),
    }
}

/// The component that a required module becomes, its replacement considered.
pub(super) fn required(
    module: &str,
    version: &str,
    replacements: &Replacements,
    file: &SourcePath,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    match replacements.get(module, version) {
        Some(target) => replaced(module, version, target, file, line, out),
        None => published(module, version, line, out),
    }
}

/// The component that stands in the place of a module.
pub(super) fn replaced(
    module: &str,
    version: &str,
    target: &Target,
    file: &SourcePath,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let mut component = match target {
        Target::Module { path, version } => published(path, version, line, out)?,
        Target::Directory(directory) => match file.sibling(format!("{directory}/go.mod")) {
            Some(location) => {
                let mut component = Component::new(ComponentKind::Library, module);
                component.location = Some(location);
                component
            }
            None => {
                let message = format!("{module} is replaced by {directory}, which is not in the source");
                out.diagnose(DiagnosticCode::LOCAL_COMPONENT, line, message);
                published(module, "", line, out)?
            }
        },
    };
    component.properties.push((REPLACES.into(), format!("{module}@{version}").into()));
    Some(component)
}

/// A module that a proxy knows. A version that is none (a branch) is kept as the range that was asked for.
pub(super) fn published(module: &str, version: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (namespace, name) = module.rsplit_once('/').unwrap_or(("", module));
    let is_version = version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let builder = Purl::builder("golang", name).namespace(namespace);
    let purl = out.purl(if is_version { builder.version(version) } else { builder }, line)?;
    let mut component = Component::from_purl(purl);
    // The package URL is in lower case; the path is not.
    component.name = module.into();
    if !is_version && !version.is_empty() {
        component.version_range = Some(version.into());
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{module} asks for {version}, which is no version"));
    }
    Some(component)
}

/// The module and version of a `go.mod` in the module cache, `…/pkg/mod/example.com/!upper@v1.2.3/go.mod`.
/// <https://go.dev/ref/mod#module-cache>
fn of_module_cache(path: &SourcePath) -> Option<(String, String)> {
    let directory = path.as_str()?.strip_suffix("/go.mod")?;
    let directory = directory.rsplit_once("pkg/mod/").map(|(_, directory)| directory)?;
    let (module, version) = directory.rsplit_once("@v")?;
    let plain = |text: &str| !text.contains(['/', '@']);
    if !plain(version) {
        return None;
    }
    Some((unescape(module), unescape(&format!("v{version}"))))
}

/// `!a` stands for `A`.
fn unescape(text: &str) -> String {
    let mut upper = false;
    let letters = text.chars().filter_map(|letter| {
        let raise = std::mem::replace(&mut upper, letter == '!');
        (letter != '!').then(|| if raise { letter.to_ascii_uppercase() } else { letter })
    });
    letters.collect()
}
