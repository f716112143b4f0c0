//! Packages that vcpkg installed: `vcpkg/status`, `vcpkg/info/*.list` and `TRIPLET/share/PORT/vcpkg.spdx.json`.
//! <https://learn.microsoft.com/vcpkg/reference/installation-tree-layout>,
//! <https://learn.microsoft.com/vcpkg/reference/software-bill-of-materials>
//!
//! - `status` has the paragraphs of dpkg. A paragraph with `Feature` adds to the package of the same name and
//!   architecture, which is the triplet. `Version` may be followed by `Port-Version`, a change of the port alone.
//! - `Depends` names packages of the same triplet, or says which: `vcpkg-cmake:x64-linux`.
//! - `Abi` is the digest of all that went into the build; it is no digest of a file.
//! - The SBOM beside the files has the licence, where the sources were fetched, and their SHA-512.

mod spdx;

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;

use crate::control::{Paragraph, Paragraphs};

const STATUS: &str = "vcpkg/status";

/// Reads what vcpkg installed.
pub(in crate::formats) struct Vcpkg;

impl Extractor for Vcpkg {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/vcpkg")
    }

    fn about(&self) -> About {
        About {
            title: "vcpkg installed packages (status, info, vcpkg.spdx.json)",
            specification: "https://learn.microsoft.com/vcpkg/reference/installation-tree-layout",
            facts: &[
                Fact::Edges,
                Fact::Scope,
                Fact::Hashes,
                Fact::License,
                Fact::SourceUrl,
                Fact::Position,
                Fact::OwnedFiles,
            ],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(STATUS), Interest::Path("vcpkg/info/*.list"), Interest::Path("share/*/vcpkg.spdx.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let name = file.path().name();
        if name == b"vcpkg.spdx.json" {
            return spdx::read(file, out);
        }
        let bytes = file.bytes()?;
        if name.ends_with(b".list") {
            out.keep(bytes.into_owned());
            return Ok(());
        }
        let mut needs = String::new();
        for paragraph in Paragraphs::new(&bytes) {
            package(&paragraph, &mut needs, out);
        }
        out.keep(needs);
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut described = HashSet::new();
        for status in files.named("status") {
            connect(files, status, &mut described);
        }
        // An SBOM that goes with a status has told what it knows.
        for file in described {
            files.retain(file, |_| false);
        }
    }
}

fn field<'a>(paragraph: &Paragraph<'a>, wanted: &str) -> String {
    let found = paragraph.fields().find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()));
    found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// Emits the package of a paragraph and adds its needs: name and triplet, then what is needed, with tabs.
fn package(paragraph: &Paragraph<'_>, needs: &mut String, out: &mut Sink<'_>) {
    let line = paragraph.line;
    let (name, triplet) = (field(paragraph, "Package"), field(paragraph, "Architecture"));
    if name.is_empty() {
        return out.malformed_entry(line, "package left out: it has no name");
    }
    // `purge ok not-installed` and `install ok half-installed` are not there.
    if !field(paragraph, "Status").ends_with(" installed") {
        return;
    }
    for need in field(paragraph, "Depends").split(',').map(str::trim).filter(|need| !need.is_empty()) {
        needs.push_str(&format!("{name}:{triplet}\t{need}\n"));
    }
    if !field(paragraph, "Feature").is_empty() {
        return;
    }
    let (version, port) = (field(paragraph, "Version"), field(paragraph, "Port-Version"));
    let (version, port) = match version.split_once('#') {
        Some((version, port)) => (version.to_owned(), port.to_owned()),
        None => (version, port),
    };
    let Some(mut component) = component(&name, &version, &port, &triplet, line, out) else { return };
    component.description = Some(field(paragraph, "Description")).filter(|text| !text.is_empty()).map(Into::into);
    let abi = field(paragraph, "Abi");
    if !abi.is_empty() {
        component.properties.push(("plimsoll:vcpkg:abi".into(), abi.into()));
    }
    out.component(component, line);
}

fn component(name: &str, version: &str, port: &str, triplet: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let builder = Purl::builder("vcpkg", name)
        .version(version)
        .qualifier("port_version", if port == "0" { "" } else { port })
        .qualifier("triplet", triplet);
    Some(Component::from_purl(out.purl(builder, line)?))
}

/// The name and the triplet of a component.
fn identity(component: &Component) -> String {
    let purl = component.purl.as_ref();
    let triplet = purl.and_then(|purl| purl.qualifiers().find(|(key, _)| *key == "triplet"));
    format!("{}:{}", component.name, triplet.map_or("", |(_, triplet)| triplet))
}

fn connect(files: &mut Resolver<'_>, status: FileHandle, described: &mut HashSet<FileHandle>) {
    let places: HashMap<String, Handle> =
        files.components(status).map(|(at, component)| (identity(component), at)).collect();
    let kept = String::from_utf8(files.take_kept(status)).unwrap_or_default();
    let mut edges = HashSet::new();
    for (from, need) in kept.lines().filter_map(|line| line.split_once('\t')) {
        // Features and platforms of a need do not matter: it is installed or not.
        let need = need.split(['[', ' ', '(']).next().unwrap_or(need);
        let whole = match (need.contains(':'), from.split_once(':')) {
            (false, Some((_, triplet))) => format!("{need}:{triplet}"),
            _ => need.to_owned(),
        };
        if let (Some(from), Some(to)) = (places.get(from), places.get(&whole))
            && from != to
            && edges.insert((*from, *to))
        {
            files.relate(*from, *to, RelationshipKind::DependsOn, Scope::Unspecified);
        }
    }
    let mut all: Vec<(&String, &Handle)> = places.iter().collect();
    all.sort_unstable();
    for (identity, at) in all {
        let Some((name, triplet)) = identity.split_once(':') else { continue };
        if let Some(found) = files.find_beside(status, &format!("../{triplet}/share/{name}/vcpkg.spdx.json")) {
            let known = files.components(found).next().map(|(_, component)| component.clone());
            if let (Some(known), Some(component)) = (known, files.get_mut(*at)) {
                component.licenses.extend(known.licenses);
                component.references.extend(known.references);
                component.properties.extend(known.properties);
                component.evidence.extend(known.evidence);
                described.insert(found);
            }
        }
        own_files(files, status, *at, name, triplet);
    }
}

/// `info/NAME_VERSION_TRIPLET.list`; the version is as `Version` has it, without the port's.
fn own_files(files: &mut Resolver<'_>, status: FileHandle, at: Handle, name: &str, triplet: &str) {
    let version = files.get_mut(at).and_then(|component| component.version.as_deref().map(ToOwned::to_owned));
    let list = format!("info/{name}_{}_{triplet}.list", version.unwrap_or_default());
    let Some(list) = files.find_beside(status, &list) else { return };
    let kept = files.take_kept(list);
    let Some(mut sink) = files.sink(status) else { return };
    sink.rooted_at(STATUS);
    for path in kept.split(|&byte| byte == b'\n') {
        let path = path.strip_suffix(b"\r").unwrap_or(path);
        if !path.is_empty() && !path.ends_with(b"/") {
            sink.owns(at.component, path);
        }
    }
}
