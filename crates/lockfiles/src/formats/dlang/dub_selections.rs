//! `dub.selections.json` of DUB, with `dub.json` or `dub.sdl`. <https://dub.pm/dub-guide/selections/>
//!
//! Packages by name with the version that was chosen, without edges. A version may be a branch (`~master`), a path, or
//! a commit of a repository. What surprises: a sub package (`vibe-d:core`) is chosen as its package; the project names
//! sub packages.

mod manifest;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Place, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::project_manifest::{self, Layout};
use crate::vcs::{git_url, reference};

/// Reads the lockfile of DUB.
pub(crate) struct DubSelections;

const LOCK: &str = "dub.selections.json";

const LAYOUT: Layout = Layout {
    is_lock: |name| name == LOCK.as_bytes(),
    manifests: &["dub.json", "dub.sdl"],
    fetched: &[".dub/packages"],
};

loose_object! {
    struct Selections<'a> {
        "fileVersion" => file_version: u64,
        "versions" => versions: Map<'a, Loose<Selected<'a>>>,
    }
}

/// A version, or an object that says where the package is.
#[derive(Debug, Default)]
struct Selected<'a> {
    version: Loose<Text<'a>>,
    path: Loose<Text<'a>>,
    repository: Loose<Text<'a>>,
}

impl<'a> Fill<'a> for Selected<'a> {
    fn string(&mut self, text: std::borrow::Cow<'a, str>) -> bool {
        let mut version = Text::default();
        let right = version.string(text);
        self.version = Loose::Read(version);
        right
    }

    fn object<A: MapAccess<'a>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<Text<'a>>()? {
            let mut ignored = Loose::<Text<'a>>::Absent;
            let place = match key.as_str() {
                "version" => &mut self.version,
                "path" => &mut self.path,
                "repository" => &mut self.repository,
                _ => &mut ignored,
            };
            map.next_value_seed(Place(place))?;
        }
        Ok(true)
    }
}

impl Extractor for DubSelections {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dlang/dub-selections")
    }

    fn about(&self) -> About {
        About {
            title: "DUB dub.selections.json, dub.json, dub.sdl",
            specification: "https://dub.pm/dub-guide/selections/",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Name("dub.json"), Interest::Name("dub.sdl")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if LAYOUT.is_fetched(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        match file.path().name() {
            b"dub.json" => return manifest::json(&bytes, file.budget().limits(), out),
            b"dub.sdl" => return manifest::sdl(&bytes, file.budget().limits(), out),
            _ => {}
        }
        let mut root = Loose::<Selections<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(selections) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        if let Some(version) = selections.file_version.get().filter(|&&version| version != 1) {
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, format!("version {version} is read as version 1"));
        }
        let lines = LineIndex::new(&bytes);
        for (name, selected) in selections.versions.entries() {
            let line = lines.line_of(name).unwrap_or(0);
            match selected.get() {
                Some(selected) => package(name, selected, file.path(), line, out),
                None => out.malformed_entry(line, format!("{name} is neither a version nor an object")),
            }
        }
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &LAYOUT, |need| Purl::builder("dub", need.name.as_str()));
    }
}

fn package(name: &str, selected: &Selected<'_>, path: &SourcePath, line: u32, out: &mut Sink<'_>) {
    if let Some(place) = selected.path.as_str() {
        let mut component = Component::new(ComponentKind::Library, name);
        component.location = Some(path.sibling(place).unwrap_or_else(|| path.clone()));
        out.component(component, line);
        return;
    }
    let Some(version) = selected.version.as_str() else {
        return out.malformed_entry(line, format!("{name} has no version"));
    };
    let mut builder = Purl::builder("dub", name).version(version);
    let repository = selected.repository.as_str().map(|remote| git_url(remote, Some(version)));
    if let Some(url) = &repository {
        builder = builder.qualifier("vcs_url", url.as_str());
    }
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.references.extend(match repository {
        Some(url) => Some(reference(ReferenceKind::Vcs, url)),
        // A branch moves, and has no archive of its own.
        None if version.starts_with('~') => None,
        None => {
            let url = format!("https://code.dlang.org/packages/{name}/{version}.zip");
            Some(reference(ReferenceKind::SourceDistribution, url))
        }
    });
    out.component(component, line);
}
