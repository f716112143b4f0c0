//! `deno.json`, `deno.jsonc` and `jsr.json`: the project, and what it imports.
//! <https://docs.deno.com/runtime/fundamentals/configuration/>

use std::collections::{HashMap, HashSet};

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::npm;
use plimsoll_extract::syntax::text::LineIndex;
use plimsoll_model::Limits;
use serde::{Deserialize, Serialize};

use super::{jsr, remote};

loose_object! {
    struct Json<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "license" => license: Text<'a>,
        "imports" => imports: Map<'a, Loose<Text<'a>>>,
        "scopes" => scopes: Map<'a, Loose<Map<'a, Loose<Text<'a>>>>>,
    }
}

/// What is kept of a configuration.
#[derive(Serialize, Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    license: Option<String>,
    line: u32,
    /// Specifiers, each with its line.
    imports: Vec<(String, u32)>,
}

/// Keeps what a configuration says.
pub(super) fn keep(bytes: &[u8], limits: &Limits, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let mut root = Loose::<Json<'_>>::Absent;
    let outcome = fill(bytes, limits, &mut root);
    let Some(json) = root.into_option() else {
        outcome?;
        return Err(ExtractError::malformed("not an object"));
    };
    let lines = LineIndex::new(bytes);
    let scoped = json.scopes.entries().iter().flat_map(|(_, imports)| imports.entries());
    let imports = json.imports.entries().iter().chain(scoped).filter_map(|(name, target)| {
        let target = target.as_str()?;
        let outside = ["jsr:", "npm:", "https://", "http://"].iter().any(|start| target.starts_with(start));
        outside.then(|| (target.to_owned(), lines.line_of(name).unwrap_or(0)))
    });
    let text = |value: &Loose<Text<'_>>| value.as_str().map(str::to_owned);
    let line = json.name.as_str().and_then(|name| lines.line_of(name)).unwrap_or(1);
    let (name, version, license) = (text(&json.name), text(&json.version), text(&json.license));
    let manifest = Manifest { name, version, license, line, imports: imports.collect() };
    if let Ok(kept) = serde_json::to_vec(&manifest) {
        out.keep(kept);
    }
    Ok(outcome?)
}

/// Emits the projects, and what they import where no lock file tells better.
pub(super) fn join(files: &mut Resolver<'_>) {
    let locks = files.named("deno.lock");
    let locked: HashSet<Vec<u8>> = locks.iter().filter_map(|lock| Some(files.path(*lock)?.parent().to_vec())).collect();
    let members = members(&locks, files);
    for file in files.files() {
        let kept = files.take_kept(file);
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&kept) else { continue };
        let directory = files.path(file).map(|path| path.parent().to_vec()).unwrap_or_default();
        if let Some(member) = members.get(&directory).and_then(|at| files.get_mut(*at)) {
            name(member, &manifest);
            continue;
        }
        let lock = files.find_beside(file, "deno.lock");
        let is_locked = files.path(file).is_some_and(|path| is_below(path.parent(), &locked));
        let Some(project) = project(&manifest, file, files) else {
            if !is_locked {
                imports(&manifest, file, files);
            }
            continue;
        };
        if let Some(lock) = lock {
            let direct: Vec<Handle> = files
                .edges_mut(lock)
                .filter(|edge| edge.from.is_none())
                .map(|edge| Handle { file: lock, component: edge.to })
                .collect();
            for to in direct {
                files.relate(project, to, RelationshipKind::DependsOn, Scope::Unspecified);
            }
        } else if !is_locked {
            imports(&manifest, file, files);
        }
    }
}

/// The members of workspaces that lock files name, by directory.
fn members(locks: &[FileHandle], files: &Resolver<'_>) -> HashMap<Vec<u8>, Handle> {
    let held = locks.iter().flat_map(|lock| files.components(*lock));
    held.filter_map(|(at, component)| Some((component.location.as_ref()?.parent().to_vec(), at))).collect()
}

/// Gives a member the name and version that its own configuration says.
fn name(member: &mut Component, manifest: &Manifest) {
    if let Some((group, name)) = manifest.name.as_deref().and_then(npm::split_name) {
        member.group = group.map(Into::into);
        member.name = name.into();
    }
    member.version = manifest.version.as_deref().map(Into::into);
    member.licenses.extend(manifest.license.as_deref().and_then(License::declared));
}

/// Whether a directory, or one that it lies in, has a lock file.
fn is_below(mut directory: &[u8], locked: &HashSet<Vec<u8>>) -> bool {
    while !locked.contains(directory) {
        let Some(slash) = directory.iter().rposition(|&byte| byte == b'/') else { return locked.contains(&b""[..]) };
        directory = directory.get(..slash).unwrap_or_default();
    }
    true
}

fn project(manifest: &Manifest, file: FileHandle, files: &mut Resolver<'_>) -> Option<Handle> {
    let mut component = npm::local(ComponentKind::Application, manifest.name.as_deref()?)?;
    component.version = manifest.version.as_deref().map(Into::into);
    component.licenses.extend(manifest.license.as_deref().and_then(License::declared));
    component.location = files.path(file).cloned();
    Some(Handle { file, component: files.sink(file)?.project(component, manifest.line) })
}

/// Emits what a project without a lock imports.
fn imports(manifest: &Manifest, file: FileHandle, files: &mut Resolver<'_>) {
    let Some(mut sink) = files.sink(file) else { return };
    for (specifier, line) in &manifest.imports {
        let Some((builder, range)) = import(specifier) else {
            sink.malformed_entry(*line, format!("import left out: {specifier:?} names no package"));
            continue;
        };
        let Some(purl) = sink.purl(builder, *line) else { continue };
        let mut component = Component::from_purl(purl);
        if component.version.is_none() && !specifier.starts_with("http") {
            component.version_range = Some(range.unwrap_or("*").into());
            sink.diagnose(DiagnosticCode::UNPINNED, *line, format!("{specifier} is asked for by a range"));
        }
        let at = sink.component(component, *line);
        sink.direct(at, Scope::Runtime);
    }
}

/// The purl of a specifier, and its range when that names no single version. `jsr:/@a/b` and a subpath are allowed.
fn import(specifier: &str) -> Option<(PurlBuilder, Option<&str>)> {
    let (name, builder): (&str, fn(&str) -> Option<PurlBuilder>) =
        match (specifier.strip_prefix("jsr:"), specifier.strip_prefix("npm:")) {
            (Some(name), _) => (name, jsr),
            (_, Some(name)) => (name, npm::purl),
            _ => return remote::builder(specifier).map(|builder| (builder, None)),
        };
    let (name, rest) = npm::split_descriptor(name.trim_start_matches('/'));
    // Without a range the subpath follows the name.
    let slashes = usize::from(name.starts_with('@'));
    let end = name.match_indices('/').nth(slashes).map(|(at, _)| at);
    let name = end.and_then(|end| name.get(..end)).unwrap_or(name);
    let range = rest.and_then(|rest| rest.split('/').next()).filter(|range| !range.is_empty());
    let builder = builder(name)?;
    match range {
        Some(range) if is_exact(range) => Some((builder.version(range), None)),
        range => Some((builder, range)),
    }
}

/// `1.2.3` and `1.2.3-rc.1`: three numbers.
fn is_exact(range: &str) -> bool {
    let numbers = range.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers() {
        for (specifier, want, range) in [
            ("jsr:@std/assert@^1.0.0", "pkg:jsr/%40std/assert", Some("^1.0.0")),
            ("jsr:@std/assert@1.0.0/equals", "pkg:jsr/%40std/assert@1.0.0", None),
            ("jsr:/@std/assert", "pkg:jsr/%40std/assert", None),
            ("npm:chalk", "pkg:npm/chalk", None),
            ("npm:chalk/lib", "pkg:npm/chalk", None),
            ("npm:@types/node@20", "pkg:npm/%40types/node", Some("20")),
            ("https://esm.sh/ms@2.1.3", "pkg:npm/ms@2.1.3", None),
        ] {
            let (builder, found) = import(specifier).unwrap();
            assert_eq!((builder.build().unwrap().to_string().as_str(), found), (want, range), "{specifier}");
        }
        assert!(import("jsr:nothing").is_none());
    }
}
