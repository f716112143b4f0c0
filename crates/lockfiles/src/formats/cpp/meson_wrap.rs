//! Meson wraps: `subprojects/*.wrap`. <https://mesonbuild.com/Wrap-dependency-system-manual.html>
//!
//! - The name of the file is that of the dependency. An archive has its version in the name of the directory that it
//!   makes, and when it comes from WrapDB in `wrapdb_version`, which ends with the revision of the wrap.
//! - The digest is that of the archive, whichever of its URLs it comes from. A patch, which brings the build files, is
//!   an archive of its own.
//! - `[wrap-redirect]` leads to the wrap of another subproject, which is read on its own.

use plimsoll_extract::prelude::*;

use crate::ini::{self, Section};
use crate::locator::without_password;
use crate::repository::Repository;

/// Reads wrap files.
pub(crate) struct MesonWrap;

impl Extractor for MesonWrap {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/meson-wrap")
    }

    fn about(&self) -> About {
        About {
            title: "Meson *.wrap",
            specification: "https://mesonbuild.com/Wrap-dependency-system-manual.html",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".wrap")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let sections = ini::sections(&text);
        let name = String::from_utf8_lossy(file.path().name()).into_owned();
        let name = name.strip_suffix(".wrap").unwrap_or(&name);
        let Some(wrap) = sections.iter().find(|section| section.name.starts_with("wrap-")) else {
            return Err(ExtractError::malformed("not a wrap: it has no section wrap-…"));
        };
        let component = match wrap.name {
            "wrap-file" => archive(name, wrap, out),
            "wrap-git" | "wrap-hg" | "wrap-svn" => checkout(name, wrap, out),
            "wrap-redirect" => return Ok(()),
            other => {
                out.malformed_entry(wrap.line, format!("{other} is no kind of wrap"));
                return Ok(());
            }
        };
        let Some(mut component) = component else { return Ok(()) };
        component.properties.push(("plimsoll:meson:wrap".into(), name.into()));
        if let Some(version) = wrap.get("wrapdb_version") {
            component.properties.push(("plimsoll:meson:wrapdb-version".into(), version.into()));
        }
        for (_, key, value) in sections.iter().filter(|held| held.name == "provide").flat_map(|held| &held.entries) {
            let provided = if *key == "dependency_names" { value } else { key };
            if *key != "program_names" {
                component.properties.push(("plimsoll:meson:provides".into(), (*provided).into()));
            }
        }
        let at = out.component(component, wrap.line);
        out.direct(at, Scope::Unspecified);
        Ok(())
    }
}

fn archive(name: &str, wrap: &Section<'_>, out: &mut Sink<'_>) -> Option<Component> {
    let wrapdb =
        wrap.get("wrapdb_version").map(|version| version.rsplit_once('-').map_or(version, |(version, _)| version));
    let directory = wrap.get("directory").unwrap_or_default();
    let stem = wrap.get("source_filename").map(without_extension).unwrap_or_default();
    let version = wrapdb.or_else(|| version_in(directory)).or_else(|| version_in(stem)).unwrap_or_default();
    let url = wrap.get("source_url").map(without_password).unwrap_or_default();
    let mut hashes = Vec::new();
    if let Some(hash) = wrap.get("source_hash") {
        match Digest::from_hex(DigestAlgorithm::Sha256, hash) {
            Ok(digest) => hashes.push(digest),
            Err(error) => out.malformed_entry(wrap.line, format!("digest left out: {error}")),
        }
    }
    let builder = Purl::builder("generic", name)
        .version(version)
        .qualifier("download_url", url.as_ref())
        .qualifier("checksum", hashes.first().map(ToString::to_string).unwrap_or_default());
    let mut component = Component::from_purl(out.purl(builder, wrap.line)?);
    if component.version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, wrap.line, format!("the wrap of {name} has no version"));
    }
    let sources = [url.as_ref(), wrap.get("source_fallback_url").unwrap_or_default()];
    for source in sources.into_iter().filter(|source| !source.is_empty()) {
        let (kind, url) = (ReferenceKind::SourceDistribution, without_password(source).as_ref().into());
        component.references.push(ExternalReference { kind, url, hashes: hashes.clone() });
    }
    component.hashes = hashes;
    if let Some(patch) = wrap.get("patch_url") {
        let hash = wrap.get("patch_hash").and_then(|hash| Digest::from_hex(DigestAlgorithm::Sha256, hash).ok());
        let (kind, url) = (ReferenceKind::Distribution, without_password(patch).as_ref().into());
        component.references.push(ExternalReference { kind, url, hashes: hash.into_iter().collect() });
    }
    Some(component)
}

fn checkout(name: &str, wrap: &Section<'_>, out: &mut Sink<'_>) -> Option<Component> {
    let Some(url) = wrap.get("url") else {
        out.malformed_entry(wrap.line, "wrap without a URL");
        return None;
    };
    let revision = wrap.get("revision").unwrap_or_default();
    if wrap.name == "wrap-git" {
        return Repository { url, revision, name, ..Repository::default() }.component(wrap.line, out);
    }
    let tool = wrap.name.strip_prefix("wrap-").unwrap_or_default();
    let locator = format!("{tool}+{}@{revision}", without_password(url));
    let builder = Purl::builder("generic", name).version(revision).qualifier("vcs_url", locator.as_str());
    let mut component = Component::from_purl(out.purl(builder, wrap.line)?);
    let url = locator.into();
    component.references.push(ExternalReference { kind: ReferenceKind::Vcs, url, hashes: Vec::new() });
    Some(component)
}

fn without_extension(name: &str) -> &str {
    let extensions = [".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tgz", ".zip"];
    extensions.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// The version at the end of `zlib-1.3.1`.
fn version_in(directory: &str) -> Option<&str> {
    let at = directory.match_indices(['-', '_']).find(|(at, _)| {
        let rest = directory.get(at.saturating_add(1)..).unwrap_or_default();
        rest.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
    });
    let rest = directory.get(at?.0.saturating_add(1)..)?;
    Some(rest.strip_prefix('v').unwrap_or(rest))
}
