//! What `cargo auditable` records in a program, the content of `.dep-v0`: zlib around JSON.
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>
//!
//! Packages refer to each other by their place in the list. A package of kind `build` was needed to build (build scripts
//! and procedural macros), and is not in the program. `source` is `crates.io`, `git`, `local`, `registry`, or any other
//! name that later versions may add; it names no URL. A `local` package may or may not be published under its name, so it
//! keeps its purl, and a property says where it came from.

use flate2::{Decompress, FlushDecompress, Status};
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json;
use serde::Deserialize;

/// Most bytes of JSON; the limit of the reference reader. Real lists are below 100 kB.
const MAX_JSON: usize = 8 << 20;
/// Most bytes of the section.
pub(crate) const MAX_SECTION: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

#[derive(Deserialize, Default, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Build,
    #[default]
    #[serde(other)]
    Runtime,
}

/// Emits the packages that a section lists; returns the one that the program was built from.
pub(crate) fn emit(section: &[u8], file: &File<'_>, out: &mut Sink<'_>) -> Result<Option<ComponentRef>, ExtractError> {
    let json = inflate(section)?;
    let list: List = json::from_slice(&json, file.budget().limits())?;
    Ok(packages(&list.packages, out))
}

/// The program that a section lists first of all, as [`emit`] has it.
pub(crate) fn root<'a>(section: &[u8], file: &File<'_>) -> Option<(Component, Observation<'a>)> {
    let list: List = json::from_slice(&inflate(section).ok()?, file.budget().limits()).ok()?;
    let root = list.packages.iter().find(|package| package.root && package.kind == Kind::Runtime)?;
    Some((described(root, purl(root)?), SEEN))
}

/// How everything here is seen.
const SEEN: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

/// Decompresses up to the limit; a PE section is padded, so bytes after the stream are nothing.
fn inflate(section: &[u8]) -> Result<Vec<u8>, ExtractError> {
    let broken = || ExtractError::malformed("the section .dep-v0 is not valid zlib data");
    let mut inflater = Decompress::new(true);
    let mut out = Vec::with_capacity(section.len().saturating_mul(4).min(MAX_JSON));
    loop {
        let (consumed, made) = (inflater.total_in(), out.len());
        let input = usize::try_from(consumed).ok().and_then(|at| section.get(at..)).unwrap_or_default();
        let status = inflater.decompress_vec(input, &mut out, FlushDecompress::None).map_err(|_| broken())?;
        if status == Status::StreamEnd {
            return Ok(out);
        }
        if out.len() >= MAX_JSON {
            return Err(ExtractError::malformed("the list of packages decompresses to more than 8 MiB"));
        }
        if out.len() == out.capacity() {
            out.reserve_exact(out.len().max(4096).min(MAX_JSON.saturating_sub(out.len())));
        } else if inflater.total_in() == consumed && out.len() == made {
            return Err(ExtractError::Truncated { message: "the section .dep-v0 ends too early".into() });
        }
    }
}

/// Emits the packages that the executable holds. Those that were only needed to build it are not in it: the root names
/// them in a property.
/// Returns the root.
fn packages(packages: &[Package], out: &mut Sink<'_>) -> Option<ComponentRef> {
    let built_with: Vec<String> = packages
        .iter()
        .filter(|package| package.kind == Kind::Build)
        .filter_map(|package| Some(purl(package)?.to_string()))
        .collect();
    let places: Vec<Option<ComponentRef>> = packages
        .iter()
        .map(|package| {
            let mut component = component(package, out).filter(|_| package.kind == Kind::Runtime)?;
            if package.root {
                let names = built_with.iter().map(|purl| ("plimsoll:cargo:built-with".into(), purl.as_str().into()));
                component.properties.extend(names);
            }
            Some(out.observed(component, SEEN))
        })
        .collect();
    for (at, package) in packages.iter().enumerate() {
        let Some(from) = places.get(at).copied().flatten() else { continue };
        for &dependency in &package.dependencies {
            match (places.get(dependency), packages.get(dependency)) {
                (Some(&Some(to)), _) => out.depends(from, to, Scope::Runtime),
                (_, Some(needed)) if needed.kind == Kind::Build => {}
                _ => out.malformed_entry(0, format!("{} needs a package that is not in the list", package.name)),
            }
        }
    }
    let root = packages.iter().position(|package| package.root)?;
    places.get(root).copied().flatten()
}

fn purl(package: &Package) -> Option<Purl> {
    Purl::new("cargo", &package.name, &package.version).ok()
}

fn component(package: &Package, out: &mut Sink<'_>) -> Option<Component> {
    let purl = out.purl(Purl::builder("cargo", package.name.as_str()).version(package.version.as_str()), 0)?;
    Some(described(package, purl))
}

fn described(package: &Package, purl: Purl) -> Component {
    let mut component = Component::from_purl(purl);
    if package.root {
        component.kind = ComponentKind::Application;
    }
    component.scope = Scope::Runtime;
    if package.source != "crates.io" {
        component.properties.push(("plimsoll:cargo:source".into(), package.source.as_str().into()));
    }
    component
}
