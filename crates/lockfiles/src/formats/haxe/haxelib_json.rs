//! `haxelib.json` of Haxe libraries, installed below `.haxelib` or `haxelib/lib`, or of a project.
//! <https://lib.haxe.org/documentation/creating-a-haxelib-package/>
//!
//! An installed library lies in `NAME/1,0,2/`: a comma stands for a dot. What it needs leads to the library of that name
//! which is installed. Elsewhere the file is that of a project, whose versions are exact or empty.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::project_manifest::{self, Manifest, Need};
use crate::vcs::reference;

/// Reads the descriptions of Haxe libraries.
pub(crate) struct HaxelibJson;

loose_object! {
    struct Library<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "url" => url: Text<'a>,
        "license" => license: Text<'a>,
        "description" => description: Text<'a>,
        "dependencies" => dependencies: Map<'a, Loose<Text<'a>>>,
    }
}

impl Extractor for HaxelibJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("haxe/haxelib-json")
    }

    fn about(&self) -> About {
        About {
            title: "Haxe haxelib.json",
            specification: "https://lib.haxe.org/documentation/creating-a-haxelib-package/",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("haxelib.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut root = Loose::<Library<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(library) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        let lines = LineIndex::new(&bytes);
        let line = library.name.get().and_then(|name| lines.line_of(name)).unwrap_or(0);
        let (Some(name), Some(version)) = (library.name.as_str(), library.version.as_str()) else {
            outcome?;
            return Err(ExtractError::malformed("no name and version"));
        };
        if is_installed(file.path(), version)
            && let Some(purl) = out.purl(Purl::builder("haxe", name).version(version), line)
        {
            let mut component = Component::from_purl(purl);
            component.description = library.description.as_str().map(Into::into);
            component.licenses.extend(library.license.as_str().and_then(License::declared));
            component.references.extend(library.url.as_str().map(|url| reference(ReferenceKind::Website, url)));
            out.component(component, line);
        }
        let need = |(name, version): &(Text<'_>, Loose<Text<'_>>)| Need {
            name: name.to_string(),
            range: version.as_str().unwrap_or_default().to_owned(),
            line: lines.line_of(name).unwrap_or(0),
            ..Need::default()
        };
        let manifest = Manifest {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            description: library.description.as_str().map(str::to_owned),
            license: library.license.as_str().map(str::to_owned),
            line,
            needs: library.dependencies.entries().iter().map(need).collect(),
        };
        manifest.keep(out);
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_name: HashMap<String, Handle> = HashMap::new();
        let mut installed = Vec::new();
        for file in files.files() {
            if let Some((at, component)) = files.components(file).next() {
                by_name.entry(component.name.to_lowercase()).or_insert(at);
                installed.push((file, at));
            }
        }
        for (file, from) in installed {
            let kept = files.take_kept(file);
            let Ok(manifest) = serde_json::from_slice::<Manifest>(&kept) else { continue };
            for need in manifest.needs {
                if let Some(&to) = by_name.get(&need.name.to_lowercase()) {
                    files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
                }
            }
        }
        for file in files.files() {
            let Some(mut held) = Manifest::kept(files, file) else { continue };
            let project = held.project(files, file);
            held.needs.retain(|need| {
                let found = by_name.get(&need.name.to_lowercase()).copied();
                if let (Some(project), Some(to)) = (project, found) {
                    files.relate(project, to, RelationshipKind::DependsOn, Scope::Runtime);
                }
                found.is_none()
            });
            let purl = |need: &Need| Purl::builder("haxe", need.name.as_str());
            project_manifest::ranges(files, file, &held.needs, &purl);
        }
    }
}

fn is_installed(path: &SourcePath, version: &str) -> bool {
    let directory = path.parent().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    directory == version.replace('.', ",").as_bytes()
}
