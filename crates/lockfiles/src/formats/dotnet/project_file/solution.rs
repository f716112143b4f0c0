//! Solutions, `.sln` and `.slnx`: which projects belong together.
//! <https://learn.microsoft.com/visualstudio/extensibility/internals/solution-dot-sln-file>

use plimsoll_extract::prelude::*;

/// A project of a solution, as the path from the solution to it.
pub(super) type Member = (String, u32);

/// Whether a file is a solution.
pub(super) fn is_solution(path: &SourcePath) -> bool {
    path.name().ends_with(b".sln") || path.name().ends_with(b".slnx")
}

/// Reads a solution and keeps its members.
pub(super) fn keep(text: &str, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let (members, fault) = if file.path().name().ends_with(b"x") { xml(text, file) } else { (classic(text), None) };
    if let Ok(kept) = serde_json::to_vec(&members) {
        out.keep(kept);
    }
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

/// `Project("{TYPE}") = "Name", "Directory\Name.csproj", "{ID}"`. A folder has its name for a path.
fn classic(text: &str) -> Vec<Member> {
    let mut members = Vec::new();
    for (number, line) in syntax::text::lines(text) {
        let Some(rest) = line.trim_start().strip_prefix("Project(") else { continue };
        let path = rest.split('"').nth(5).unwrap_or_default();
        members.extend(is_project(path).then(|| (path.to_owned(), number)));
    }
    members
}

/// `<Solution><Folder><Project Path="…"/></Folder></Solution>`.
fn xml(text: &str, file: &File<'_>) -> (Vec<Member>, Option<syntax::Error>) {
    let (root, fault) = syntax::xml::parse_partial(text, file.budget().limits());
    let folders = root.iter().flat_map(|root| root.children("Folder"));
    let projects = folders.chain(&root).flat_map(|held| held.children("Project"));
    let paths = projects.filter_map(|project| Some((project.attribute("Path")?.to_owned(), project.line())));
    (paths.filter(|(path, _)| is_project(path)).collect(), fault)
}

fn is_project(path: &str) -> bool {
    path.ends_with("proj") && !path.contains("://")
}

/// A solution as a component, named after its file.
pub(super) fn component(path: &SourcePath) -> Component {
    let name = String::from_utf8_lossy(path.name());
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    Component { location: Some(path.clone()), ..Component::new(ComponentKind::Application, stem) }
}
