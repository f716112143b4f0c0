//! `project.json` of .NET before 2017. <https://learn.microsoft.com/nuget/archive/project-json>
//!
//! Versions are the lowest that will do, `1.0.0-*` floats. Packages that only some frameworks need are listed with the
//! others. Nx has files of this name, too: without `frameworks`, or with `targets`, it is none of ours.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::text::LineIndex;

use crate::nuget::{self, Version};

/// Reads the project files of early .NET Core.
pub(crate) struct ProjectJson;

type Packages<'a> = Map<'a, Loose<Wish<'a>>>;

loose_object! {
    struct Project<'a> {
        "version" => version: Text<'a>,
        "description" => description: Text<'a>,
        "dependencies" => dependencies: Packages<'a>,
        "tools" => tools: Packages<'a>,
        "frameworks" => frameworks: Map<'a, Loose<Framework<'a>>>,
        "targets" => targets: Nothing,
    }
}

loose_object! {
    struct Framework<'a> {
        "dependencies" => dependencies: Packages<'a>,
    }
}

/// Any object.
#[derive(Debug, Default)]
struct Nothing;

impl<'de> Fill<'de> for Nothing {
    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut entries = Map::<'de, Loose<Text<'de>>>::default();
        entries.object(map)
    }
}

/// A version, or an object with one.
#[derive(Debug, Default)]
struct Wish<'a> {
    version: Text<'a>,
    kind: Text<'a>,
}

loose_object! {
    struct WishObject<'a> {
        "version" => version: Text<'a>,
        "type" => kind: Text<'a>,
        "target" => target: Text<'a>,
    }
}

impl<'de> Fill<'de> for Wish<'de> {
    fn string(&mut self, text: std::borrow::Cow<'de, str>) -> bool {
        self.version.string(text)
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut object = WishObject::default();
        object.object(map)?;
        self.version = object.version.into_option().unwrap_or_default();
        self.kind = object.target.into_option().or(object.kind.into_option()).unwrap_or_default();
        Ok(true)
    }
}

impl Extractor for ProjectJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/project-json")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet project.json",
            specification: "https://learn.microsoft.com/nuget/archive/project-json",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("project.json"), Interest::Path("*.project.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let bytes = strip_jsonc(&bytes);
        let lines = LineIndex::new(&*bytes);
        let mut project = Loose::<Project<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut project);
        let Some(project) =
            project.get().filter(|held| held.targets.get().is_none() && held.frameworks.get().is_some())
        else {
            // Not ours, so not ours to complain of.
            return Ok(());
        };
        emit_project(project, file.path(), out);
        emit(&project.dependencies, Scope::Unspecified, &lines, out);
        emit(&project.tools, Scope::Build, &lines, out);
        for (_, framework) in project.frameworks.entries() {
            if let Some(framework) = framework.get() {
                emit(&framework.dependencies, Scope::Unspecified, &lines, out);
            }
        }
        Ok(outcome?)
    }
}

/// The project has the name of its directory.
fn emit_project(project: &Project<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let directory = String::from_utf8_lossy(path.parent()).into_owned();
    let name = directory.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("project");
    let version = project.version.as_str().map(|version| version.trim_end_matches("-*"));
    out.project(
        Component {
            version: version.and_then(nuget::project_version),
            description: project.description.as_str().map(Into::into),
            location: Some(path.clone()),
            ..Component::new(ComponentKind::Application, name)
        },
        0,
    );
}

fn emit(packages: &Loose<Packages<'_>>, scope: Scope, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    for (id, wish) in packages.entries() {
        let line = lines.line_of(id).unwrap_or_default();
        let Some(wish) = wish.get() else {
            out.malformed_entry(line, format!("package {id} is not what is expected"));
            continue;
        };
        if wish.kind == "project" {
            continue;
        }
        let version = Version::read(&wish.version);
        let Some(component) = nuget::package(id, version, line, out) else { continue };
        match version {
            Some(Version::Exact(_)) => {}
            Some(Version::Range(range)) => {
                out.diagnose(DiagnosticCode::UNPINNED, line, format!("{id} is not pinned: {range}"));
            }
            // A project beside this one, or part of the framework.
            None => out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {id} is not known")),
        }
        let scope = if wish.kind == "build" { Scope::Build } else { scope };
        let at = out.component(Component { scope, ..component }, line);
        out.direct(at, scope);
    }
}
