//! .NET programs published as a single file: the host, and after it a bundle of assemblies with a manifest, versions 1
//! (.NET Core 3), 2 (.NET 5) and 6 (.NET 6 and later).
//! <https://github.com/dotnet/designs/blob/main/accepted/2020/single-file/bundler.md>
//!
//! The host has a mark, 32 bytes, in its data, and before it the offset of the manifest; zero when it is no bundle. The
//! manifest lists the files: `deps.json` tells the packages. What surprises: the files may be compressed one by one, the
//! offset is at a place that only the mark tells, and a bundle without `deps.json` has its assemblies to tell.

mod manifest;

use flate2::read::DeflateDecoder;
use plimsoll_extract::prelude::*;
use std::io::Read as _;

use crate::assembly::Found;
use crate::deps_json::{self, Library};
use crate::object::{self, Format, Object};
use manifest::{Kind, Manifest, Member};

/// Reads the packages in single-file programs.
pub(crate) struct DotnetBundle;

/// SHA-256 of `.net core bundle\n`.
const MARK: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13, 0xf5, 0xb9,
    0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];
/// Most bytes of data that are searched; that of the largest host is below 1 MiB.
const SEARCH: u64 = 2 << 20;
/// Most bytes of `deps.json`.
const MAX_DEPS: u64 = 32 << 20;
/// How everything here is seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

impl Extractor for DotnetBundle {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/bundle")
    }

    fn about(&self) -> About {
        About {
            title: ".NET single-file programs, bundle versions 1, 2 and 6",
            specification: "https://github.com/dotnet/designs/blob/main/accepted/2020/single-file/bundler.md",
            facts: &[Fact::Edges, Fact::Hashes],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        crate::formats::OBJECTS
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            let Some(offset) = manifest_offset(file, &object)? else { continue };
            let (manifest, fault) = Manifest::read(file, offset)?;
            bundle(&manifest, file, out)?;
            if let Some(error) = fault {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The offset before the mark.
fn manifest_offset(file: &File<'_>, object: &Object) -> Result<Option<u64>, ExtractError> {
    let name = if object.format == Format::MachO { "__data" } else { ".data" };
    // Programs written in Go have large data, and are no hosts.
    let is_go = object.section(".go.buildinfo").or_else(|| object.section("__go_buildinfo")).is_some();
    let Some(section) = object.section(name).filter(|_| !is_go) else { return Ok(None) };
    let data = section.bytes(file, SEARCH)?;
    let offset = memchr::memmem::find(&data, &MARK)
        .and_then(|at| data.get(at.checked_sub(8)?..at)?.first_chunk().copied())
        .map(u64::from_le_bytes);
    Ok(offset.filter(|&offset| offset > 0))
}

/// Emits the program and its packages.
fn bundle(manifest: &Manifest, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let deps = manifest.members.iter().find(|member| member.kind == Kind::DepsJson);
    let libraries = match deps {
        Some(member) => deps_json::read(&content(member, MAX_DEPS, file)?, file)?,
        None => Vec::new(),
    };
    let stem = deps.map(|member| member.path.trim_end_matches(".deps.json").to_ascii_lowercase());
    let program = libraries
        .iter()
        .position(|library| !library.is_package && Some(library.id.to_ascii_lowercase()) == stem)
        .or_else(|| libraries.iter().position(|library| !library.is_package));
    let mut own = match program.and_then(|at| libraries.get(at)) {
        Some(library) => library.component(ComponentKind::Application, file.path(), out),
        None => {
            let name = String::from_utf8_lossy(file.path().name());
            let mut component = Component::new(ComponentKind::Application, name);
            component.location = Some(file.path().clone());
            Some(component)
        }
    };
    if let Some(component) = own.as_mut() {
        let version = format!("{}.{}", manifest.major, manifest.minor);
        component.properties.push(("plimsoll:dotnet:bundle-version".into(), version.into()));
    }
    let Some(own) = own.map(|component| out.observed(component, RECORDED)) else { return Ok(()) };
    if libraries.is_empty() {
        assemblies(manifest, own, file, out)
    } else {
        packages(&libraries, program, own, file, out)
    }
    Ok(())
}

/// Emits the packages that `deps.json` lists, and what needs what.
fn packages(libraries: &[Library], program: Option<usize>, own: ComponentRef, file: &File<'_>, out: &mut Sink<'_>) {
    let places: Vec<Option<ComponentRef>> = libraries
        .iter()
        .enumerate()
        .map(|(at, library)| {
            if Some(at) == program {
                return Some(own);
            }
            let component = library.component(ComponentKind::Library, file.path(), out)?;
            library.is_delivered().then(|| out.observed(component, RECORDED))
        })
        .collect();
    let mut needed = vec![false; libraries.len()];
    for (library, from) in libraries.iter().zip(&places) {
        for &need in &library.needs {
            if let Some(flag) = needed.get_mut(need) {
                *flag = true;
            }
            if let (Some(from), Some(Some(to))) = (*from, places.get(need).copied()) {
                out.depends(from, to, Scope::Runtime);
            }
        }
    }
    // What nothing needs is in the program all the same: the runtime of a self-contained one.
    for (place, needed) in places.iter().zip(needed) {
        if let Some(place) = place.filter(|place| !needed && *place != own) {
            out.depends(own, place, Scope::Runtime);
        }
    }
}

/// Emits the assemblies of a bundle that has no `deps.json`.
fn assemblies(manifest: &Manifest, own: ComponentRef, file: &File<'_>, out: &mut Sink<'_>) {
    for member in manifest.members.iter().filter(|member| member.kind == Kind::Assembly) {
        let limit = file.budget().limits().member_bytes;
        let Ok(path) = SourcePath::new(member.path.as_str()) else { continue };
        let found = content(member, limit, file).and_then(|bytes| {
            let body = bytes.as_slice();
            let inner = File::new(&path, file.layer(), &body, file.budget());
            Ok(Found::read(&inner)?
                .filter(|found| !found.is_satellite())
                .and_then(|found| found.component(&inner, out)))
        });
        match found {
            Ok(Some(component)) => {
                let how =
                    Observation { confidence: Confidence::HIGH, member: Some(member.path.as_bytes()), ..RECORDED };
                let at = out.observed(component, how);
                out.contains(own, at);
            }
            Ok(None) => {}
            Err(error) => out.malformed_entry(0, format!("{} in the bundle: {error}", member.path)),
        }
    }
}

/// The bytes of a member, decompressed.
fn content(member: &Member, limit: u64, file: &File<'_>) -> Result<Vec<u8>, ExtractError> {
    if member.size > limit {
        return Err(ExtractError::malformed(format!("{} is too large", member.path)));
    }
    if member.compressed == 0 {
        return Ok(file.range(member.offset, member.size)?);
    }
    let packed = file.range(member.offset, member.compressed)?;
    file.budget().spend_bytes(member.size)?;
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(packed.as_slice()).take(member.size).read_to_end(&mut bytes);
    match read {
        Ok(count) if count as u64 == member.size => Ok(bytes),
        _ => Err(ExtractError::malformed(format!("{} in the bundle is not valid compressed data", member.path))),
    }
}
