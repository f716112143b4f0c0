//! `app.asar`, the archive of an Electron application. <https://github.com/electron/asar#format>
//!
//! A Chromium pickle of four numbers of 32 bits, then a JSON tree of directories with the size and offset of each file, then
//! the files. The `package.json` at the top is the application, those in `node_modules` are what it brings along. Files
//! that are marked `unpacked` lie beside the archive, in `app.asar.unpacked`, where they are found as installed packages.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::npm::{self, LicenseField, PersonField};

use super::node_modules::{Manifest, Place, look_up, needs, package, place_of, split_need};

/// Reads the archive of an Electron application.
pub(crate) struct Asar;

/// Bytes before the JSON: the size of a number, then the sizes of the header, of its payload and of the text.
const PREFIX: u64 = 16;
/// Where the size of the header ends, from which the offsets of files count on.
const HEADER: u64 = 8;
/// Larger manifests are none.
const MAX_MANIFEST: u64 = 8 << 20;
/// Manifests of one archive that are read.
const MAX_PACKAGES: usize = 65_536;

loose_object! {
    /// A directory or a file.
    struct Node<'a> {
        "files" => files: Map<'a, Loose<Node<'a>>>,
        "size" => size: u64,
        "offset" => offset: Text<'a>,
        "unpacked" => unpacked: bool,
    }
}

/// A manifest in the archive.
struct Found {
    path: Vec<u8>,
    offset: u64,
    size: u64,
}

/// A package that was emitted, or the application.
struct Placed {
    at: ComponentRef,
    directory: Vec<u8>,
    needs: Vec<u8>,
}

impl Extractor for Asar {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/asar")
    }

    fn about(&self) -> About {
        About {
            title: "Electron app.asar",
            specification: "https://github.com/electron/asar#format",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".asar")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let prefix = file.range(0, PREFIX)?;
        let number = |at: usize| {
            let word = prefix.get(at..at.checked_add(4)?)?;
            Some(u64::from(u32::from_le_bytes(word.try_into().ok()?)))
        };
        let truncated = || ExtractError::Truncated { message: "the file ends within its header".into() };
        let (word, header) = number(0).zip(number(4)).ok_or_else(truncated)?;
        let length = number(12).ok_or_else(truncated)?;
        if word != 4 || length.saturating_add(HEADER) > header {
            return Err(ExtractError::malformed("the sizes at the start are not those of an asar"));
        }
        file.budget().check_member(length)?;
        let json = file.range(PREFIX, length)?;
        let mut root = Loose::<Node<'_>>::Absent;
        let outcome = fill(&json, file.budget().limits(), &mut root);
        let base = header.saturating_add(HEADER);
        let mut found = Vec::new();
        if let Some(root) = root.get() {
            collect(root, &mut Vec::new(), base, &mut found, out);
        }
        if found.len() > MAX_PACKAGES {
            found.truncate(MAX_PACKAGES);
            out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, format!("more than {MAX_PACKAGES} manifests"));
        }
        read(file, &found, out);
        Ok(outcome?)
    }
}

/// Collects the manifests of a directory and those below it; the JSON reader bounds the depth.
fn collect(node: &Node<'_>, path: &mut Vec<u8>, base: u64, found: &mut Vec<Found>, out: &mut Sink<'_>) {
    for (name, child) in node.files.entries() {
        let Some(child) = child.get() else {
            out.malformed_entry(0, format!("{name} is no file and no directory"));
            continue;
        };
        let length = path.len();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        if child.files.get().is_some() {
            collect(child, path, base, found, out);
        } else if name == "package.json" && !child.unpacked.is_true() {
            let offset = child.offset.as_str().and_then(|text| text.parse::<u64>().ok());
            match (offset, child.size.get()) {
                (Some(offset), Some(&size)) => {
                    found.push(Found { path: path.clone(), offset: offset.saturating_add(base), size });
                }
                _ => out.malformed_entry(0, format!("{} has no place", String::from_utf8_lossy(path))),
            }
        }
        path.truncate(length);
    }
}

fn read(file: &File<'_>, found: &[Found], out: &mut Sink<'_>) {
    let mut placed: Vec<Placed> = Vec::new();
    // Each byte is read once: an archive cannot make more work than its length allows.
    let mut left = file.len();
    for one in found {
        let Ok(path) = SourcePath::new(&one.path) else { continue };
        let place = place_of(&path);
        let is_application = place == Place::Project && path.parent().is_empty();
        if place != Place::Package && !is_application {
            continue;
        }
        let name = String::from_utf8_lossy(&one.path);
        if one.size > MAX_MANIFEST.min(left) {
            out.malformed_entry(0, format!("{name} is larger than can be"));
            continue;
        }
        left = left.saturating_sub(one.size);
        let bytes = match file.range(one.offset, one.size) {
            Ok(bytes) => bytes,
            Err(ReadError::Truncated(_)) => {
                out.diagnose(DiagnosticCode::TRUNCATED, 0, format!("the file ends before {name}"));
                continue;
            }
            Err(error) => {
                out.diagnose(DiagnosticCode::UNREADABLE, 0, format!("{name}: {error}"));
                continue;
            }
        };
        let mut root = Loose::<Manifest<'_>>::Absent;
        if let Err(error) = fill(&bytes, file.budget().limits(), &mut root) {
            out.diagnose(error.code(), 0, format!("{name}: {error}"));
        }
        let Some(manifest) = root.into_option() else { continue };
        let at = match is_application {
            true => application(&manifest, &one.path, file, out),
            false => package(&manifest, Some(&one.path), out),
        };
        placed.extend(at.map(|at| Placed { at, directory: path.parent().to_vec(), needs: needs(&manifest) }));
    }
    relate(&placed, out);
}

fn application(manifest: &Manifest<'_>, member: &[u8], file: &File<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let mut component = npm::local(ComponentKind::Application, manifest.name.as_str()?)?;
    component.version = manifest.version.as_str().map(Into::into);
    component.location = Some(file.path().member(member));
    component.licenses.extend(manifest.license.get().into_iter().flat_map(LicenseField::statements));
    component.author = manifest.author.get().and_then(PersonField::text).map(Into::into);
    component.description = manifest.description.as_str().map(Into::into);
    Some(out.observed(component, Observation { member: Some(member), ..Observation::default() }))
}

fn relate(placed: &[Placed], out: &mut Sink<'_>) {
    let packages = placed.iter().filter(|one| !one.directory.is_empty());
    let directories: HashMap<Vec<u8>, ComponentRef> = packages.map(|one| (one.directory.clone(), one.at)).collect();
    for one in placed {
        let mut seen = std::collections::HashSet::new();
        for (scope, name) in one.needs.split(|&byte| byte == b'\n').filter_map(split_need) {
            if seen.insert(name)
                && let Some(to) = look_up(&directories, &one.directory, name)
            {
                out.depends(one.at, to, scope);
            }
        }
    }
}
