//! `deps.json` of .NET programs, as far as it tells which package an assembly came with, and what packages need.
//! <https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md#sections-depsjson>
//!
//! The file beside a program is a format of its own, read as a manifest; here it names the assemblies in the same
//! directory, or is within a single-file program.

use std::collections::HashMap;

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{self, IgnoredAny, Lenient, Map, Text};
use serde::Deserialize;

/// What the host calls the packages of the runtime of a self-contained program.
const RUNTIME_PACK: &str = "runtimepack.";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    #[serde(borrow, default)]
    runtime_target: Lenient<RuntimeTarget<'a>>,
    #[serde(borrow, default)]
    targets: Map<'a, Map<'a, Lenient<Entry<'a>>>>,
    #[serde(borrow, default)]
    libraries: Map<'a, Lenient<Described<'a>>>,
}

#[derive(Deserialize)]
struct RuntimeTarget<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, default)]
    dependencies: Map<'a, Lenient<Text<'a>>>,
    #[serde(borrow, default)]
    runtime: Map<'a, IgnoredAny>,
    #[serde(borrow, default)]
    runtime_targets: Map<'a, IgnoredAny>,
    #[serde(borrow, default)]
    native: Map<'a, IgnoredAny>,
    #[serde(borrow, default)]
    resources: Map<'a, IgnoredAny>,
}

#[derive(Deserialize)]
struct Described<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow)]
    sha512: Option<Text<'a>>,
}

/// A package or project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Library {
    pub(crate) id: String,
    pub(crate) version: String,
    /// Whether a registry may know it.
    pub(crate) is_package: bool,
    pub(crate) sha512: String,
    /// Positions of the libraries that it needs.
    pub(crate) needs: Vec<usize>,
    /// Names of its files, without directories.
    pub(crate) files: Vec<String>,
}

impl Library {
    /// Whether it brings a file to the program; old packages of packages do not.
    pub(crate) fn is_delivered(&self) -> bool {
        !self.files.is_empty() || !self.is_package
    }

    /// Its component: a package, or for a project, which no registry knows, a thing of this kind at a place.
    pub(crate) fn component(&self, kind: ComponentKind, place: &SourcePath, out: &mut Sink<'_>) -> Option<Component> {
        if !self.is_package {
            let mut component = Component::new(kind, self.id.as_str());
            component.version = Some(self.version.as_str().into());
            component.location = Some(place.clone());
            return Some(component);
        }
        let purl = out.purl(Purl::builder("nuget", self.id.as_str()).version(self.version.as_str()), 0)?;
        let mut component = Component::from_purl(purl);
        let digest = self.sha512.trim().trim_start_matches("sha512-");
        if !digest.is_empty() {
            component.hashes.extend(Digest::from_base64(DigestAlgorithm::Sha512, digest).ok());
        }
        Some(component)
    }
}

/// Reads the libraries of the target that the program runs on.
pub(crate) fn read(bytes: &[u8], file: &File<'_>) -> Result<Vec<Library>, ExtractError> {
    let manifest: Manifest<'_> = json::from_slice(bytes, file.budget().limits())?;
    let named = manifest.runtime_target.get().map(|target| target.name.as_str()).unwrap_or_default();
    let is_named = manifest.targets.iter().any(|(name, _)| name == named);
    let mut libraries: Vec<Library> = Vec::with_capacity(manifest.libraries.len());
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(manifest.libraries.len());
    for (key, described) in &manifest.libraries {
        let Some((id, version)) = key.rsplit_once('/').filter(|(id, _)| !id.is_empty() && !id.contains('/')) else {
            continue;
        };
        let kind = described.get().map(|held| held.kind.as_str()).unwrap_or_default();
        places.insert(key.as_str(), libraries.len());
        libraries.push(Library {
            id: id.strip_prefix(RUNTIME_PACK).unwrap_or(id).to_owned(),
            version: version.to_owned(),
            is_package: matches!(kind, "package" | "runtimepack"),
            sha512: described.get().and_then(|held| held.sha512.as_deref()).unwrap_or_default().to_owned(),
            needs: Vec::new(),
            files: Vec::new(),
        });
    }
    for (_, entries) in manifest.targets.iter().filter(|(name, _)| !is_named || name == named) {
        let by_id: HashMap<String, usize> = entries
            .iter()
            .filter_map(|(key, _)| Some((key.rsplit_once('/')?.0.to_ascii_lowercase(), *places.get(key.as_str())?)))
            .collect();
        for (key, entry) in entries {
            let (Some(&at), Some(entry)) = (places.get(key.as_str()), entry.get()) else { continue };
            let Some(library) = libraries.get_mut(at) else { continue };
            let needs = entry.dependencies.iter().filter_map(|(id, _)| by_id.get(&id.to_ascii_lowercase()).copied());
            library.needs.extend(needs.filter(|&need| need != at));
            let files = [&entry.runtime, &entry.runtime_targets, &entry.native, &entry.resources];
            let name = |path: &Text<'_>| path.rsplit('/').next().unwrap_or_default().to_owned();
            library.files.extend(files.into_iter().flatten().map(|(path, _)| name(path)));
        }
    }
    Ok(libraries)
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Budget;

    use super::*;

    #[test]
    fn libraries_have_files_and_needs() {
        let text = br#"{"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"}, "targets": {
            ".NETCoreApp,Version=v8.0": {
                "app/1.0.0": {"dependencies": {"newtonsoft.json": "13.0.3"}, "runtime": {"app.dll": {}}},
                "Newtonsoft.Json/13.0.3": {"runtime": {"lib/net6.0/Newtonsoft.Json.dll": {"fileVersion": "13.0.3.27908"}}}},
            "other": {"Newtonsoft.Json/13.0.3": {"runtime": {"x.dll": {}}}}},
            "libraries": {"app/1.0.0": {"type": "project"}, "Newtonsoft.Json/13.0.3": {"type": "package", "sha512": "x"}, "odd": 1}}"#;
        let (path, budget, body) = (SourcePath::new("x").unwrap(), Budget::default(), text.as_slice());
        let libraries = read(text, &File::new(&path, None, &body, &budget)).unwrap();
        assert_eq!(libraries.len(), 2);
        assert_eq!((libraries[0].is_package, libraries[0].needs.as_slice()), (false, [1].as_slice()));
        assert_eq!(libraries[1].files, ["Newtonsoft.Json.dll"]);
    }
}
