//! `vcpkg.spdx.json`, the SBOM that vcpkg writes beside the files of each package.
//!
//! It has a package for the port, one for the binary (`NAME:TRIPLET`) and one for each source that was fetched.

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Text};
use syntax::text::LineIndex;

use super::component;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    packages: Vec<Lenient<Package<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    #[serde(borrow, default)]
    name: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "SPDXID")]
    id: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version_info: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    download_location: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    homepage: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    license_concluded: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    license_declared: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    checksums: Vec<Lenient<Checksum<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'a> {
    #[serde(borrow)]
    algorithm: Text<'a>,
    #[serde(borrow)]
    checksum_value: Text<'a>,
}

impl Package<'_> {
    fn text<'p>(field: &'p Lenient<Text<'_>>) -> Option<&'p str> {
        field.get().map(Text::as_str).filter(|text| !matches!(*text, "" | "NONE" | "NOASSERTION"))
    }
}

/// Reads an SBOM: one component for the package that it is about.
pub(super) fn read(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let lines = LineIndex::new(&*bytes);
    let document: Document<'_> = json::from_slice(&bytes, file.budget().limits())?;
    let packages: Vec<&Package<'_>> = document.packages.iter().filter_map(Lenient::get).collect();
    let find = |id: &str| packages.iter().find(|package| package.id.get().is_some_and(|held| held == id));
    let Some(port) = find("SPDXRef-port").copied() else {
        return Err(ExtractError::malformed("no package for the port"));
    };
    let (Some(name), Some(version)) = (Package::text(&port.name), Package::text(&port.version_info)) else {
        return Err(ExtractError::malformed("port without name or version"));
    };
    let line = port.name.get().and_then(|name| lines.line_of(name)).unwrap_or_default();
    let (version, revision) = version.split_once('#').unwrap_or((version, "0"));
    // The binary has the triplet; where it is left out, the path has: `TRIPLET/share/PORT/vcpkg.spdx.json`.
    let binary = find("SPDXRef-binary").and_then(|binary| Package::text(&binary.name));
    let path = file.path().to_string();
    let triplet = binary.and_then(|name| name.split_once(':')).map(|(_, triplet)| triplet);
    let triplet = triplet.or_else(|| path.rsplit('/').nth(3)).unwrap_or_default();
    let Some(mut component) = component(name, version, revision, triplet, line, out) else { return Ok(()) };
    let license = Package::text(&port.license_declared).or_else(|| Package::text(&port.license_concluded));
    component.licenses.extend(license.and_then(License::declared));
    let mut refer = |kind, url: Option<&str>, hashes| {
        if let Some(url) = url {
            let url = syntax::locator::without_password(url).as_ref().into();
            component.references.push(ExternalReference { kind, url, hashes });
        }
    };
    refer(ReferenceKind::Website, Package::text(&port.homepage), Vec::new());
    for package in &packages {
        if !package.id.get().is_some_and(|id| id.starts_with("SPDXRef-resource")) {
            continue;
        }
        let line = package.id.get().and_then(|id| lines.line_of(id)).unwrap_or_default();
        let mut hashes = Vec::new();
        for checksum in package.checksums.iter().filter_map(Lenient::get) {
            match DigestAlgorithm::from_name(&checksum.algorithm)
                .map(|it| Digest::from_hex(it, &checksum.checksum_value))
            {
                Some(Ok(digest)) => hashes.push(digest),
                Some(Err(error)) => out.malformed_entry(line, format!("digest left out: {error}")),
                None => out.malformed_entry(line, "digest left out: its algorithm is not known"),
            }
        }
        let url = Package::text(&package.download_location);
        let git = url.is_some_and(|url| url.starts_with("git+"));
        refer(if git { ReferenceKind::Vcs } else { ReferenceKind::SourceDistribution }, url, hashes);
    }
    out.component(component, line);
    Ok(())
}
