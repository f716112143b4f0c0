//! `*.nuspec` in a NuGet package folder, with the `.nupkg.metadata` beside it.
//! <https://learn.microsoft.com/nuget/reference/nuspec>
//!
//! - A package is unpacked to `id/version/` (the global folder `~/.nuget/packages`, version in normal form) or to
//!   `id.version/` (`packages/` of a solution). A nuspec elsewhere is the template of a package to be made, and says
//!   nothing about what is here.
//! - Versions are normal (<https://learn.microsoft.com/nuget/concepts/package-versioning#normalized-version-numbers>):
//!   `1.0` is `1.0.0`, `1.0.0.0` too, and `+metadata` is dropped, so that all files mean one component.
//! - A dependency is a range. It leads to the package of its lowest version when that is in the folder, else to the only
//!   one of the id.

mod package;

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json;

use package::{Dependency, normal_version};

pub(in crate::formats) use package::Package;

/// Reads packages unpacked by NuGet.
pub(crate) struct Nuspec;

/// `.nupkg.metadata`, versions 1 and 2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    content_hash: Option<json::Text<'a>>,
    #[serde(borrow)]
    source: Option<json::Text<'a>>,
}

const METADATA: &str = ".nupkg.metadata";

impl Extractor for Nuspec {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/nuspec")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet package folders (nuspec)",
            specification: "https://learn.microsoft.com/nuget/reference/nuspec",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".nuspec"), Interest::Name(METADATA)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() == METADATA.as_bytes() {
            let _: Metadata<'_> = json::from_slice(&bytes, file.budget().limits())?;
            out.keep(bytes.into_owned());
            return Ok(());
        }
        let text = syntax::text::decode(&bytes);
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        let package = root.as_ref().and_then(|root| Package::read(root.child("metadata")?));
        match package {
            Some(package) if is_unpacked(file.path(), &package) => {
                if let Some(component) = package.component(out) {
                    out.component(component, package.line);
                    let kept = serde_json::to_vec(&package.dependencies);
                    out.keep(kept.map_err(|error| ExtractError::malformed(error.to_string()))?);
                }
            }
            None if fault.is_none() => return Err(ExtractError::malformed("no <metadata> with an id and a version")),
            _ => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let (metadata, packages): (Vec<FileHandle>, Vec<FileHandle>) =
            files.files().partition(|&file| files.path(file).is_some_and(|path| path.name() == METADATA.as_bytes()));
        add_metadata(files, &metadata, &packages);
        relate(files, &packages);
    }
}

/// Whether the directories say that this is an unpacked package.
fn is_unpacked(path: &SourcePath, package: &Package) -> bool {
    let mut directories = path.parent().rsplit(|&byte| byte == b'/');
    let mut next = || String::from_utf8_lossy(directories.next().unwrap_or_default()).to_ascii_lowercase();
    let (last, before) = (next(), next());
    let (id, version) = (package.id.to_ascii_lowercase(), package.version.to_ascii_lowercase());
    let version_of = |text: &str| normal_version(text).to_ascii_lowercase() == version;
    (before == id && version_of(&last))
        || last.strip_prefix(&id).and_then(|rest| rest.strip_prefix('.')).is_some_and(version_of)
}

/// Adds digests and feeds to the packages beside which they are.
fn add_metadata(files: &mut Resolver<'_>, metadata: &[FileHandle], packages: &[FileHandle]) {
    let mut beside: HashMap<Vec<u8>, FileHandle> = HashMap::new();
    for &file in packages {
        if let Some(path) = files.path(file) {
            beside.insert(path.parent().to_vec(), file);
        }
    }
    for &file in metadata {
        let kept = files.take_kept(file);
        let Ok(stated) = serde_json::from_slice::<Metadata<'_>>(syntax::text::strip_bom(&kept)) else { continue };
        let package = files.path(file).and_then(|path| beside.get(path.parent()).copied());
        let Some(at) = package.and_then(|package| files.components(package).next().map(|(at, _)| at)) else { continue };
        let Some(mut sink) = files.sink(at.file) else { continue };
        let Some(component) = sink.get_mut(at.component) else { continue };
        let hash = stated.content_hash.and_then(|hash| Digest::from_base64(DigestAlgorithm::Sha512, &hash).ok());
        component.hashes.extend(hash);
        if let Some(source) = stated.source.filter(|source| !source.is_empty()) {
            component.properties.push(("plimsoll:nuget:source".into(), source.as_str().into()));
        }
    }
}

/// The packages of one folder by id in lower case and version.
type Folder = HashMap<String, BTreeMap<String, Handle>>;

fn relate(files: &mut Resolver<'_>, packages: &[FileHandle]) {
    let mut folders: HashMap<Vec<u8>, Folder> = HashMap::new();
    for &file in packages {
        let Some(root) = files.path(file).map(folder_of) else { continue };
        for (at, component) in files.components(file) {
            let version = component.version.as_deref().unwrap_or_default().to_ascii_lowercase();
            let id = component.name.to_ascii_lowercase();
            folders.entry(root.clone()).or_default().entry(id).or_default().insert(version, at);
        }
    }
    for &file in packages {
        let kept = files.take_kept(file);
        let Ok(dependencies) = serde_json::from_slice::<Vec<Dependency>>(&kept) else { continue };
        let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
        let Some(folder) = files.path(file).and_then(|path| folders.get(&folder_of(path))) else { continue };
        for dependency in dependencies {
            let Some(versions) = folder.get(&dependency.id.to_ascii_lowercase()) else { continue };
            let only = versions.values().next().filter(|_| versions.len() == 1);
            if let Some(&to) = versions.get(&dependency.lowest.to_ascii_lowercase()).or(only) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Unspecified);
            }
        }
    }
}

/// The folder that a package was unpacked into: two directories up from `id/version/`, one from `id.version/`.
fn folder_of(path: &SourcePath) -> Vec<u8> {
    let up =
        |path: &[u8]| path.iter().rposition(|&byte| byte == b'/').and_then(|at| path.get(..at)).map(<[u8]>::to_vec);
    let parent = path.parent();
    let last = parent.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let above = up(parent).unwrap_or_default();
    if last.first().is_some_and(u8::is_ascii_digit) { up(&above).unwrap_or_default() } else { above }
}
