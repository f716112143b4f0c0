//! .NET assemblies: the metadata of `*.dll` and `*.exe` names the assembly and those that it needs.
//! <https://ecma-international.org/publications-and-standards/standards/ecma-335/>
//!
//! What surprises: an assembly does not say which package it came with. A `*.deps.json` beside it does, and then the
//! component is that package. Otherwise it is named as the assembly is, which is right for most packages, with the
//! version of the product, as the assembly's own version stays the same over many releases. Assemblies for a language
//! (`de/App.resources.dll`) are part of the one they are for. References lead to assemblies of the same directory.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;

use crate::assembly::Found;
use crate::{deps_json, model};

/// Reads the metadata of .NET assemblies.
pub(crate) struct DotnetAssembly;

impl Extractor for DotnetAssembly {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/assembly")
    }

    fn about(&self) -> About {
        About {
            title: ".NET assemblies (CLR metadata, with the package from deps.json)",
            specification: "https://ecma-international.org/publications-and-standards/standards/ecma-335/",
            facts: &[Fact::Edges],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".dll"), Interest::Suffix(".exe"), Interest::Suffix(".deps.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name().ends_with(b".deps.json") {
            // What is wrong with it is said by the reader of the manifest.
            let libraries = deps_json::read(&file.bytes()?, file).unwrap_or_default();
            out.keep(packages(&libraries));
            return Ok(());
        }
        let mut head = [0; 2];
        let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
        if count < head.len() || head != *b"MZ" {
            return Ok(());
        }
        let Some(found) = Found::read(file)?.filter(|found| !found.is_satellite()) else { return Ok(()) };
        let Some(component) = found.component(file, out) else { return Ok(()) };
        out.observed(component, RECORDED);
        let names = std::iter::once(&found.metadata.own).chain(&found.metadata.references);
        out.keep(names.map(|name| name.name.as_str()).collect::<Vec<_>>().join("\n"));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut directories: BTreeMap<Option<SourcePath>, Directory> = BTreeMap::new();
        for file in files.files() {
            let Some(path) = files.path(file) else { continue };
            let directory = directories.entry(model::directory(path)).or_default();
            if path.name().ends_with(b".deps.json") {
                directory.manifests.push(file);
            } else {
                directory.assemblies.push(file);
            }
        }
        for (place, directory) in &directories {
            let manifests = manifests(place.as_ref(), &directories);
            if !manifests.is_empty() {
                directory.name_packages(&manifests, files);
            }
            directory.link(files);
        }
    }
}

/// How assemblies are seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::HIGH, member: None };

/// The files of one directory.
#[derive(Default)]
struct Directory {
    manifests: Vec<FileHandle>,
    assemblies: Vec<FileHandle>,
}

/// The manifests that tell about the assemblies of a directory: its own, or those of the nearest above it, as in
/// `runtimes/win/lib/net8.0`.
fn manifests(place: Option<&SourcePath>, directories: &BTreeMap<Option<SourcePath>, Directory>) -> Vec<FileHandle> {
    let mut place = place.cloned();
    for _ in 0..5 {
        let found = directories.get(&place).map(|directory| directory.manifests.as_slice()).unwrap_or_default();
        match &place {
            _ if !found.is_empty() => return found.to_vec(),
            Some(path) => place = model::directory(path),
            None => break,
        }
    }
    Vec::new()
}

impl Directory {
    /// Makes components of the packages that the assemblies came with.
    fn name_packages(&self, manifests: &[FileHandle], files: &mut Resolver<'_>) {
        let mut packages: HashMap<String, (FileHandle, String)> = HashMap::new();
        for &manifest in manifests {
            let kept = String::from_utf8_lossy(files.kept(manifest)).into_owned();
            for (file, package) in kept.lines().filter_map(|line| line.split_once('\t')) {
                packages.entry(file.to_ascii_lowercase()).or_insert_with(|| (manifest, package.to_owned()));
            }
        }
        for &assembly in &self.assemblies {
            let name = files.path(assembly).map(|path| String::from_utf8_lossy(path.name()).to_ascii_lowercase());
            let Some((manifest, package)) = name.and_then(|name| packages.get(&name)) else { continue };
            let manifest = files.path(*manifest).cloned();
            let Some(at) = files.components(assembly).next().map(|(at, _)| at) else { continue };
            let (Some(component), Some(manifest)) = (files.get_mut(at), manifest) else { continue };
            rename(component, package, manifest);
        }
    }

    /// Relates the assemblies of the directory.
    fn link(&self, files: &mut Resolver<'_>) {
        let mut by_name: HashMap<String, Handle> = HashMap::new();
        let mut needs: Vec<(Handle, String)> = Vec::new();
        for &assembly in &self.assemblies {
            let Some((at, _)) = files.components(assembly).next() else { continue };
            let kept = String::from_utf8_lossy(&files.take_kept(assembly)).into_owned();
            let mut names = kept.lines();
            if let Some(own) = names.next() {
                by_name.entry(own.to_ascii_lowercase()).or_insert(at);
            }
            needs.extend(names.map(|name| (at, name.to_ascii_lowercase())));
        }
        for (from, name) in needs {
            if let Some(&to) = by_name.get(&name).filter(|to| **to != from) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
            }
        }
    }
}

/// A line of file, tab, id, tab, version and whether it is a package for each file of a package.
fn packages(libraries: &[deps_json::Library]) -> String {
    let mut lines = String::new();
    for library in libraries {
        let kind = if library.is_package { "package" } else { "project" };
        for file in library.files.iter().filter(|file| !file.contains(['\t', '\n'])) {
            lines.push_str(&format!("{file}\t{}\t{}\t{kind}\n", library.id, library.version));
        }
    }
    lines
}

/// Gives the component of an assembly the name of the package that it came with, or of the project it was built from.
fn rename(component: &mut Component, package: &str, manifest: SourcePath) {
    let mut parts = package.split('\t');
    let (Some(id), Some(version), kind) = (parts.next(), parts.next(), parts.next()) else { return };
    if kind == Some("package") {
        let Ok(purl) = Purl::new("nuget", id, version) else { return };
        component.kind = ComponentKind::Library;
        component.location = None;
        component.purl = Some(purl);
    } else {
        // Named as the reader of the manifest names it, to be one with it.
        let stem = manifest.name().strip_suffix(b".deps.json").unwrap_or_default();
        let is_program = id.as_bytes().eq_ignore_ascii_case(stem);
        component.kind = if is_program { ComponentKind::Application } else { ComponentKind::Library };
        component.location = Some(manifest);
        component.purl = None;
    }
    component.name = id.into();
    component.version = Some(version.into());
    for evidence in &mut component.evidence {
        evidence.confidence = Confidence::STATED;
    }
}
