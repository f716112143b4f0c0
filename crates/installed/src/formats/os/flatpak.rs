//! Installed Flatpaks: `metadata` of apps and runtimes, with the version from their AppStream data.
//! <https://docs.flatpak.org/en/latest/flatpak-command-reference.html#flatpak-metadata>
//!
//! - They are deployed to `flatpak/app/ID/ARCHITECTURE/BRANCH/COMMIT/`, runtimes to `flatpak/runtime/…`; `metadata` is a key
//!   file with `[Application]` or `[Runtime]`, and names the runtime as `ID/ARCHITECTURE/BRANCH`.
//! - The version of an app is that of the first `<release>` of its `metainfo.xml`; without one the branch stands for it.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;
use syntax::xml;

use crate::annotate::{self, text};
use crate::control::split_line;

/// Reads installed Flatpaks.
pub(in crate::formats) struct Flatpak;

impl Extractor for Flatpak {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/flatpak")
    }

    fn about(&self) -> About {
        About {
            title: "installed Flatpaks: apps and runtimes",
            specification: "https://docs.flatpak.org/en/latest/flatpak-command-reference.html#flatpak-metadata",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("flatpak/app/*/*/*/*/metadata"),
            Interest::Path("flatpak/runtime/*/*/*/*/metadata"),
            Interest::Path("export/share/metainfo/*.metainfo.xml"),
            Interest::Path("export/share/metainfo/*.appdata.xml"),
            Interest::Path("files/share/metainfo/*.metainfo.xml"),
            Interest::Path("files/share/appdata/*.appdata.xml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let parts: Vec<&[u8]> = file.path().as_bytes().split(|&byte| byte == b'/').collect();
        if file.path().name() != b"metadata" {
            // AppStream data also lies in packages of distributions.
            if parts.contains(&&b"flatpak"[..]) {
                out.keep(appstream(&bytes, file)?);
            }
            return Ok(());
        }
        let [.., id, architecture, branch, commit, _] = parts.as_slice() else { return Ok(()) };
        let (Some(id), Some(branch)) = (text(id), text(branch)) else { return Ok(()) };
        let lossy = String::from_utf8_lossy;
        let purl = Purl::builder("flatpak", id)
            .version(branch.clone())
            .qualifier("arch", lossy(architecture))
            .qualifier("branch", branch);
        let Some(purl) = out.purl(purl, 0) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        let is_application =
            bytes.starts_with(b"[Application]") || memchr::memmem::find(&bytes, b"\n[Application]").is_some();
        if is_application {
            component.kind = ComponentKind::Application;
        }
        annotate::property(&mut component, "plimsoll:flatpak:commit", text(commit));
        out.component(component, 0);
        let fields = ["runtime", "runtime-version"].map(|name| field(&bytes, name.as_bytes()).unwrap_or_default());
        out.keep(fields.first().copied().unwrap_or_default());
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        describe(files);
        let mut deployed: BTreeMap<Vec<u8>, Handle> = BTreeMap::new();
        for file in files.named("metadata") {
            let Some((handle, _)) = files.components(file).next() else { continue };
            let Some(path) = files.path(file) else { continue };
            let parts: Vec<&[u8]> = path.as_bytes().split(|&byte| byte == b'/').collect();
            if let [.., id, architecture, branch, _, _] = parts.as_slice() {
                deployed.insert([*id, *architecture, *branch].join(&b'/'), handle);
            }
        }
        for file in files.named("metadata") {
            let runtime = files.take_kept(file);
            let Some((from, _)) = files.components(file).next() else { continue };
            if let Some(&to) = deployed.get(&runtime).filter(|to| **to != from) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
            }
        }
    }
}

/// The first value of a key in a key file.
fn field<'a>(bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = bytes;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        let value = line.strip_prefix(name).map(<[u8]>::trim_ascii_start).and_then(|line| line.strip_prefix(b"="));
        if let Some(value) = value {
            return Some(value.trim_ascii());
        }
    }
    None
}

/// Version, licence, summary, developer and home page of AppStream data, one a line.
fn appstream(bytes: &[u8], file: &File<'_>) -> Result<String, ExtractError> {
    let text = syntax::text::decode(bytes);
    let root = xml::parse(&text.text, file.budget().limits())?;
    let version = root.child("releases").and_then(|list| list.child("release")?.attribute("version"));
    let developer = root.child("developer").and_then(|developer| developer.text_of("name"));
    let website = root.children("url").find(|url| url.attribute("type") == Some("homepage")).map(|url| url.text());
    let lines = [
        version,
        root.text_of("project_license"),
        root.text_of("summary"),
        developer.or_else(|| root.text_of("developer_name")),
        website,
    ];
    Ok(lines.map(|line| line.unwrap_or_default().replace('\n', " ")).join("\n"))
}

/// Puts AppStream data into the apps in whose directory it lies.
fn describe(files: &mut Resolver<'_>) {
    let all: Vec<FileHandle> = files.files().collect();
    for file in all {
        let Some(path) = files.path(file).cloned() else { continue };
        if path.name() == b"metadata" {
            continue;
        }
        let Some(metadata) = path.sibling("../../../metadata").and_then(|path| files.find(&path)) else { continue };
        let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
        let mut lines = kept.split('\n').map(|line| Some(line.trim()).filter(|line| !line.is_empty()));
        let mut next = || lines.next().flatten();
        let (version, license, summary, developer, website) = (next(), next(), next(), next(), next());
        let Some(handle) = files.components(metadata).next().map(|(handle, _)| handle) else { continue };
        let Some(component) = files.get_mut(handle) else { continue };
        // Of a doubled description the first one counts.
        if component.description.is_some() {
            continue;
        }
        if let (Some(version), Some(purl)) = (version, &component.purl) {
            let mut builder = Purl::builder("flatpak", purl.name()).version(version);
            for (key, value) in purl.qualifiers() {
                builder = builder.qualifier(key, value);
            }
            if let Ok(purl) = builder.build() {
                component.version = Some(version.into());
                component.purl = Some(purl);
            }
        }
        component.description = summary.map(Into::into);
        component.author = developer.map(Into::into);
        annotate::license(component, license);
        annotate::refer(component, ReferenceKind::Website, website);
    }
}
