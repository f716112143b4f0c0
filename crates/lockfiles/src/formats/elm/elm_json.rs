//! `elm.json` of Elm applications and packages. <https://github.com/elm/compiler/blob/master/docs/elm.json/application.md>
//!
//! An application pins everything, what it names and what that brings, for run time and for tests; a package has ranges.
//! There are no edges.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Place, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

/// Reads the dependencies of Elm projects.
pub(crate) struct ElmJson;

type Versions<'a> = Vec<(Text<'a>, Loose<Text<'a>>)>;

loose_object! {
    struct Project<'a> {
        "type" => kind: Text<'a>,
        "name" => name: Text<'a>,
        "summary" => summary: Text<'a>,
        "license" => license: Text<'a>,
        "version" => version: Text<'a>,
        "dependencies" => dependencies: Dependencies<'a>,
        "test-dependencies" => test_dependencies: Dependencies<'a>,
    }
}

/// Names to versions: those that are named and those that follow, or all at once.
#[derive(Debug, Default)]
struct Dependencies<'a> {
    direct: Loose<Map<'a, Loose<Text<'a>>>>,
    indirect: Loose<Map<'a, Loose<Text<'a>>>>,
    ranges: Versions<'a>,
}

impl<'a> Fill<'a> for Dependencies<'a> {
    fn object<A: MapAccess<'a>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<Text<'a>>()? {
            match key.as_str() {
                "direct" => map.next_value_seed(Place(&mut self.direct))?,
                "indirect" => map.next_value_seed(Place(&mut self.indirect))?,
                _ => {
                    let mut range = Loose::Absent;
                    map.next_value_seed(Place(&mut range))?;
                    self.ranges.push((key, range));
                }
            }
        }
        Ok(true)
    }
}

impl Extractor for ElmJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("elm/elm-json")
    }

    fn about(&self) -> About {
        About {
            title: "Elm elm.json",
            specification: "https://github.com/elm/compiler/blob/master/docs/elm.json/application.md",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("elm.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        // What a project fetched holds the descriptions of packages.
        if file.path().parent().split(|&byte| byte == b'/').any(|part| matches!(part, b"elm-stuff" | b".elm")) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let mut root = Loose::<Project<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(project) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        let lines = LineIndex::new(&bytes);
        if let Some(name) = project.name.as_str() {
            let mut component = Component::new(ComponentKind::Application, name);
            component.version = project.version.as_str().map(Into::into);
            component.description = project.summary.as_str().map(Into::into);
            component.licenses.extend(project.license.as_str().and_then(License::declared));
            component.location = Some(file.path().clone());
            out.project(component, project.name.get().and_then(|name| lines.line_of(name)).unwrap_or(0));
        }
        for (dependencies, scope) in [(&project.dependencies, Scope::Runtime), (&project.test_dependencies, Scope::Dev)]
        {
            let Some(dependencies) = dependencies.get() else { continue };
            for (list, direct) in [
                (dependencies.direct.entries(), true),
                (dependencies.indirect.entries(), false),
                (dependencies.ranges.as_slice(), true),
            ] {
                for (name, version) in list {
                    package(name, version.as_str(), (scope, direct), lines.line_of(name).unwrap_or(0), out);
                }
            }
        }
        Ok(outcome?)
    }
}

fn package(name: &str, version: Option<&str>, (scope, direct): (Scope, bool), line: u32, out: &mut Sink<'_>) {
    let Some((author, project)) = name.split_once('/') else {
        return out.malformed_entry(line, format!("{name} is not 'author/project'"));
    };
    let exact = version.filter(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let builder = Purl::builder("elm", project).namespace(author).version(exact.unwrap_or_default());
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component { scope, ..Component::from_purl(purl) };
    match exact {
        // Packages are published from repositories of the same name.
        Some(version) => component.references.push(crate::vcs::reference(
            ReferenceKind::SourceDistribution,
            format!("https://github.com/{name}/archive/{version}.zip"),
        )),
        None => {
            component.version_range = version.map(Into::into);
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned to a version"));
        }
    }
    let at = out.component(component, line);
    if direct {
        out.direct(at, scope);
    }
}
