//! What image builders write beside an image: Yocto's `license.manifest`, and Buildroot's `legal-info/manifest.csv`.
//! <https://docs.yoctoproject.org/dev-manual/licenses.html>, <https://buildroot.org/downloads/manual/manual.html#legal-info>
//!
//! - Yocto's are paragraphs: `PACKAGE NAME`, `PACKAGE VERSION`, `RECIPE NAME`, `LICENSE`. `license.manifest` lists each
//!   package in the image. Licences join with `&` and `|`.
//! - Buildroot's is CSV with a heading: `PACKAGE,VERSION,LICENSE,LICENSE FILES,SOURCE ARCHIVE,SOURCE SITE,DEPENDENCIES WITH
//!   LICENSES`, where the last lists packages with their licences in brackets: `zlib [Zlib] skeleton [unknown]`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::annotate::{self, SOURCE_PACKAGE, text};
use crate::control::Paragraphs;
use crate::faults::Faults;

/// Reads manifests of image builders.
pub(in crate::formats) struct ImageManifest;

impl Extractor for ImageManifest {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/image-manifest")
    }

    fn about(&self) -> About {
        About {
            title: "image manifests of Yocto (license.manifest) and Buildroot (manifest.csv)",
            specification: "https://docs.yoctoproject.org/dev-manual/licenses.html",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("license.manifest"),
            Interest::Path("legal-info/manifest.csv"),
            Interest::Path("legal-info/host-manifest.csv"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        match file.path().name() {
            b"license.manifest" => {
                yocto(&bytes, out);
                Ok(())
            }
            name => buildroot(&bytes, name == b"host-manifest.csv", out),
        }
    }
}

fn yocto(bytes: &[u8], out: &mut Sink<'_>) {
    let mut faults = Faults::default();
    for paragraph in Paragraphs::new(bytes) {
        let (mut name, mut version, mut recipe, mut license) = (None, None, None, None);
        for (field, value) in paragraph.fields() {
            match field {
                b"PACKAGE NAME" => name = text(value),
                b"PACKAGE VERSION" => version = text(value),
                b"RECIPE NAME" => recipe = text(value),
                b"LICENSE" => license = text(value),
                _ => {}
            }
        }
        let line = paragraph.line;
        let (Some(name), Some(version)) = (name, version) else {
            faults.entry(out, Span::Line(line), "package lacks its name or version; left out");
            continue;
        };
        let Some(purl) = out.purl(Purl::builder("generic", name).namespace("yocto").version(version), line) else {
            continue;
        };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        let license = license.map(|license| license.replace('&', " AND ").replace('|', " OR "));
        annotate::license(&mut component, license.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")));
        annotate::property(&mut component, SOURCE_PACKAGE, recipe);
        out.component(component, line);
    }
}

fn buildroot(bytes: &[u8], is_host: bool, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let decoded = syntax::text::decode(bytes);
    let mut lines = syntax::text::lines(&decoded.text);
    if !lines.next().is_some_and(|(_, line)| line.replace('"', "").starts_with("PACKAGE,VERSION,LICENSE")) {
        return Err(ExtractError::malformed_at(1, "no heading of a Buildroot manifest"));
    }
    let mut faults = Faults::default();
    let mut packages: HashMap<String, ComponentRef> = HashMap::new();
    let mut needs: Vec<(ComponentRef, String)> = Vec::new();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let cells = cells(row);
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let Some(name) = cell(0) else {
            faults.entry(out, Span::Line(line), "package has no name; left out");
            continue;
        };
        // `unknown` and the like stand where Buildroot builds something without a source of its own.
        let version = cell(1).filter(|version| *version != "unknown").unwrap_or_default();
        let purl = Purl::builder("generic", name).namespace("buildroot").version(version);
        let Some(purl) = out.purl(purl, line) else { continue };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        if is_host {
            component.scope = Scope::Build;
        }
        let license = cell(2).filter(|license| *license != "unknown");
        annotate::license(&mut component, license.map(|license| license.replace(", ", " AND ")));
        let archive = cell(4).filter(|archive| *archive != "not saved" && *archive != "no source");
        let url = cell(5).zip(archive).map(|(site, archive)| format!("{}/{archive}", site.trim_end_matches('/')));
        annotate::refer(&mut component, ReferenceKind::SourceDistribution, url);
        let at = out.component(component, line);
        packages.insert(name.to_owned(), at);
        needs.extend(cell(6).map(|list| (at, list.to_owned())));
    }
    for (from, list) in needs {
        // The names are outside the brackets.
        for piece in list.split(']') {
            let name = piece.split('[').next().unwrap_or_default().trim();
            if let Some(&to) = packages.get(name).filter(|to| **to != from) {
                out.depends(from, to, if is_host { Scope::Build } else { Scope::Runtime });
            }
        }
    }
    Ok(())
}

/// The cells of a row (RFC 4180, without cells of several lines).
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for character in row.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(character);
                }
            }
        }
    }
    cells
}
