//! Joins projects with the files above them.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use super::model::{Item, ItemKind, Model};
use super::solution::{self, Member};
use crate::nuget::{self, Version};

/// Properties within properties that are followed, expressions that one text may hold, and bytes of the result.
const MAX_NESTING: usize = 16;
const MAX_STEPS: u32 = 1000;
const MAX_TEXT: usize = 4096;

/// The files, each with its path.
struct Files {
    models: Vec<(FileHandle, SourcePath, Model)>,
    /// By directory.
    central: HashMap<Vec<u8>, usize>,
    build: HashMap<Vec<u8>, usize>,
    versions: HashMap<Vec<u8>, usize>,
    /// What each central file says, by id in lower case.
    lists: HashMap<usize, HashMap<String, usize>>,
}

pub(super) fn emit(files: &mut Resolver<'_>) {
    let solutions = solutions(files);
    let all = Files::read(files);
    let mut projects: HashMap<SourcePath, Handle> = HashMap::new();
    for (at, (file, path, model)) in all.models.iter().enumerate() {
        let Some(mut sink) = files.sink(*file) else { continue };
        if all.is_project(at) {
            let component = sink.project(all.project(at, path), model.line);
            projects.insert(path.clone(), Handle { file: *file, component });
        }
        all.emit_packages(at, &mut sink);
    }
    for (file, path, model) in &all.models {
        let Some(&from) = projects.get(path) else { continue };
        for item in model.items.iter().filter(|item| item.kind == ItemKind::ProjectReference) {
            let place = path.sibling(item.name.replace('\\', "/"));
            match place.and_then(|place| projects.get(&place)) {
                Some(&to) => files.relate(from, to, RelationshipKind::DependsOn, Scope::Unspecified),
                None => {
                    let message = format!("project {} is not in the source", item.name);
                    if let Some(mut sink) = files.sink(*file) {
                        sink.diagnose(DiagnosticCode::INCLUDE_MISSING, item.line, message);
                    }
                }
            }
        }
    }
    contain(solutions, &projects, files);
}

/// The solutions with their members.
fn solutions(files: &mut Resolver<'_>) -> Vec<(FileHandle, SourcePath, Vec<Member>)> {
    let mut solutions = Vec::new();
    for file in files.files() {
        let Some(path) = files.path(file).filter(|path| solution::is_solution(path)).cloned() else { continue };
        let members = serde_json::from_slice(&files.take_kept(file)).unwrap_or_default();
        solutions.push((file, path, members));
    }
    solutions
}

/// A solution contains its projects. One of another language, or that is not there, is no loss of packages.
fn contain(
    solutions: Vec<(FileHandle, SourcePath, Vec<Member>)>,
    projects: &HashMap<SourcePath, Handle>,
    files: &mut Resolver<'_>,
) {
    for (file, path, members) in solutions {
        let Some(mut sink) = files.sink(file) else { continue };
        let from = Handle { file, component: sink.project(solution::component(&path), 0) };
        for (member, line) in members {
            let place = path.sibling(member.replace('\\', "/"));
            match place.and_then(|place| projects.get(&place)) {
                Some(&to) => files.relate(from, to, RelationshipKind::Contains, Scope::Unspecified),
                None => {
                    if let Some(mut sink) = files.sink(file) {
                        let message = format!("project {member} is not in the source");
                        sink.diagnose(DiagnosticCode::INCLUDE_MISSING, line, message);
                    }
                }
            }
        }
    }
}

impl Files {
    fn read(files: &mut Resolver<'_>) -> Self {
        let mut all = Self {
            models: Vec::new(),
            central: HashMap::new(),
            build: HashMap::new(),
            versions: HashMap::new(),
            lists: HashMap::new(),
        };
        for file in files.files() {
            let kept = files.take_kept(file);
            let Some(path) = files.path(file).cloned() else { continue };
            let Ok(model) = serde_json::from_slice::<Model>(&kept) else { continue };
            let at = all.models.len();
            let directory = path.parent().to_vec();
            match path.name() {
                b"Directory.Build.props" => drop(all.build.insert(directory, at)),
                b"Versions.props" => {
                    let above = directory.strip_suffix(b"eng").unwrap_or_default();
                    all.versions.insert(above.strip_suffix(b"/").unwrap_or(above).to_vec(), at);
                }
                name if name.to_ascii_lowercase().ends_with(b"packages.props") => {
                    all.lists.insert(at, central_list(&model));
                    all.central.insert(directory, at);
                }
                _ => {}
            }
            all.models.push((file, path, model));
        }
        all
    }

    fn is_project(&self, at: usize) -> bool {
        self.models.get(at).is_some_and(|(_, path, _)| path.name().ends_with(b"proj"))
    }

    /// A project, named after its file.
    fn project(&self, at: usize, path: &SourcePath) -> Component {
        let name = String::from_utf8_lossy(path.name());
        let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        let (context, _) = self.context(at);
        let stated = ["$(Version)", "$(VersionPrefix)"].iter().find_map(|text| expand(text, &context));
        Component {
            version: stated.as_deref().and_then(nuget::project_version),
            location: Some(path.clone()),
            ..Component::new(ComponentKind::Application, stem)
        }
    }

    /// The files that set properties for this one, nearest first, itself at the front; and the nearest central file.
    fn context(&self, at: usize) -> (Vec<&Model>, Option<usize>) {
        let model = |at: usize| self.models.get(at).map(|(_, _, model)| model);
        let mut context: Vec<&Model> = model(at).into_iter().collect();
        let mut central = None;
        let Some((_, path, _)) = self.models.get(at) else { return (context, central) };
        for directory in ancestors(path.parent()) {
            let nearest = self.central.get(directory).copied().filter(|_| central.is_none());
            central = central.or(nearest);
            let others = [self.build.get(directory).copied(), self.versions.get(directory).copied()];
            let found = [nearest].into_iter().chain(others).flatten().filter(|&found| found != at);
            context.extend(found.filter_map(model));
        }
        (context, central)
    }

    fn emit_packages(&self, at: usize, out: &mut Sink<'_>) {
        let Some((_, _, model)) = self.models.get(at) else { return };
        let (context, central) = self.context(at);
        let is_project = self.is_project(at);
        let list = central.filter(|_| is_project).and_then(|central| Some((central, self.lists.get(&central)?)));
        let central_version = |id: &str| {
            let (central, list) = list?;
            let item = self.models.get(central)?.2.items.get(*list.get(&id.to_lowercase())?)?;
            Some((item.name.as_str(), item.version.as_str()))
        };
        for item in model.items.iter().filter(|item| item.kind != ItemKind::ProjectReference) {
            // In a project, `Update` completes a reference that the SDK or an import makes; without version it says nothing.
            if is_project && item.update && item.version.is_empty() {
                continue;
            }
            let Some(id) = expand(&item.name, &context) else {
                out.malformed_entry(item.line, format!("the package id {} is not known", item.name));
                continue;
            };
            // Ids differ in case only; the central file's spelling makes both one component.
            let listed = central_version(&id);
            let id = listed.map_or(id.as_str(), |(id, _)| id);
            let own = Some(item.version.as_str()).filter(|version| !version.is_empty());
            let text = own.or(listed.map(|(_, version)| version)).unwrap_or_default();
            emit_package(item, id, expand(text, &context).as_deref(), is_project, out);
        }
    }
}

fn emit_package(item: &Item, id: &str, text: Option<&str>, is_project: bool, out: &mut Sink<'_>) {
    let version = text.and_then(Version::read);
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, item.line, format!("the version of {id} is not known"));
        // An entry of the central list without version is no use of the package.
        if !is_project && item.kind != ItemKind::GlobalPackageReference {
            return;
        }
    }
    let Some(mut component) = nuget::package(id, version, item.line, out) else { return };
    if let Some(Version::Range(range)) = version {
        out.diagnose(DiagnosticCode::UNPINNED, item.line, format!("{id} is not pinned: {range}"));
    }
    component.scope = if item.build { Scope::Build } else { Scope::Unspecified };
    let at = out.component(component, item.line);
    if is_project {
        out.direct(at, if item.build { Scope::Build } else { Scope::Unspecified });
    }
}

/// The items of a central file that set versions, by id in lower case. The last of an id holds.
fn central_list(model: &Model) -> HashMap<String, usize> {
    let sets_version = |item: &Item| item.kind != ItemKind::ProjectReference && !item.version.is_empty();
    let items = model.items.iter().enumerate().filter(|(_, item)| sets_version(item));
    items.map(|(at, item)| (item.name.to_lowercase(), at)).collect()
}

/// A directory, its parent, and so on to the top.
fn ancestors(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(directory), |directory| match directory.iter().rposition(|&byte| byte == b'/') {
        Some(at) => directory.get(..at),
        None if directory.is_empty() => None,
        None => directory.get(..0),
    })
}

/// Replaces `$(…)`. `None` when one of them is not known, is a function, or leads back to itself.
fn expand(text: &str, context: &[&Model]) -> Option<String> {
    let mut out = String::new();
    let mut steps = 0;
    expand_into(text, context, &mut Vec::new(), &mut steps, &mut out)?;
    Some(out)
}

fn expand_into(
    text: &str,
    context: &[&Model],
    open: &mut Vec<String>,
    steps: &mut u32,
    out: &mut String,
) -> Option<()> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        out.push_str(before);
        let (name, after) = after.split_once(')')?;
        let name = name.trim().to_lowercase();
        *steps = steps.checked_add(1).filter(|&steps| steps <= MAX_STEPS)?;
        if open.len() >= MAX_NESTING || open.contains(&name) {
            return None;
        }
        let value = context.iter().find_map(|model| model.property(&name)).filter(|value| value.len() <= MAX_TEXT)?;
        open.push(name);
        expand_into(value, context, open, steps, out)?;
        open.pop();
        rest = after;
    }
    out.push_str(rest);
    (out.len() <= MAX_TEXT).then_some(())
}
