//! `vcpkg.json`, the manifest of a project or port that uses vcpkg.
//! <https://learn.microsoft.com/vcpkg/reference/vcpkg-json>
//!
//! - A dependency names a port and at most the least version that will do (`version>=`). What is taken is the version of
//!   the baseline, a commit of the registry: it is not in this file, so only an override pins.
//! - A version may end with `#N`, a change of the port alone; overrides may say it as `port-version`.
//! - `host: true` is a tool of the build.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Map, RawValue, Text};
use syntax::text::LineIndex;

/// Reads manifests of vcpkg.
pub(crate) struct VcpkgManifest;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest<'a> {
    #[serde(borrow, default)]
    name: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version_semver: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version_date: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version_string: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    license: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    homepage: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    builtin_baseline: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    dependencies: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    overrides: Vec<Lenient<Override<'a>>>,
    #[serde(borrow, default)]
    features: Map<'a, Lenient<Feature<'a>>>,
}

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(borrow, default)]
    dependencies: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Override<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "version-semver")]
    semver: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "version-date")]
    date: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "version-string")]
    string: Lenient<Text<'a>>,
    #[serde(default, rename = "port-version")]
    port_version: Lenient<u64>,
}

#[derive(Deserialize)]
struct Dependency<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "version>=")]
    least: Lenient<Text<'a>>,
    #[serde(default)]
    host: Lenient<bool>,
    #[serde(borrow, default)]
    platform: Lenient<Text<'a>>,
}

impl Extractor for VcpkgManifest {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/vcpkg-manifest")
    }

    fn about(&self) -> About {
        About {
            title: "vcpkg.json",
            specification: "https://learn.microsoft.com/vcpkg/reference/vcpkg-json",
            facts: &[Fact::Scope, Fact::License, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("vcpkg.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let manifest: Manifest<'_> = json::from_slice(&bytes, file.budget().limits())?;
        project(&manifest, file.path(), &lines, out);
        let mut reader = Reader { lines: &lines, pinned: HashMap::new(), baseline: manifest.builtin_baseline.get() };
        for entry in &manifest.overrides {
            match entry.get() {
                Some(entry) => drop(reader.pinned.insert(entry.name.as_str(), entry)),
                None => out.malformed_entry(0, "override left out: it has no name"),
            }
        }
        for raw in &manifest.dependencies {
            reader.dependency(raw, Scope::Runtime, out);
        }
        for raw in manifest.features.iter().filter_map(|(_, feature)| feature.get()).flat_map(|held| &held.dependencies)
        {
            reader.dependency(raw, Scope::Optional, out);
        }
        Ok(())
    }
}

fn project(manifest: &Manifest<'_>, path: &SourcePath, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let Some(name) = manifest.name.get() else { return };
    let versions = [&manifest.version, &manifest.version_semver, &manifest.version_date, &manifest.version_string];
    let mut component = Component::new(ComponentKind::Application, name.as_str());
    component.version = versions.into_iter().find_map(|version| version.get()).map(|version| version.as_str().into());
    component.location = Some(path.clone());
    component.licenses.extend(manifest.license.get().and_then(|license| License::declared(license)));
    if let Some(url) = manifest.homepage.get() {
        let url = url.as_str().into();
        component.references.push(ExternalReference { kind: ReferenceKind::Website, url, hashes: Vec::new() });
    }
    out.project(component, lines.line_of(name).unwrap_or_default());
}

struct Reader<'m, 'a> {
    lines: &'m LineIndex<'a>,
    pinned: HashMap<&'m str, &'m Override<'a>>,
    baseline: Option<&'m Text<'a>>,
}

impl Reader<'_, '_> {
    /// A name, or an object with one.
    fn dependency(&mut self, raw: &RawValue, scope: Scope, out: &mut Sink<'_>) {
        let line = self.lines.line_of(raw.get()).unwrap_or_default();
        let simple: Option<Text<'_>> = serde_json::from_str(raw.get()).ok();
        let full: Option<Dependency<'_>> = if simple.is_some() { None } else { serde_json::from_str(raw.get()).ok() };
        let Some(name) = simple.as_ref().or(full.as_ref().map(|full| &full.name)) else {
            return out.malformed_entry(line, "dependency left out: it has no name");
        };
        let host = full.as_ref().is_some_and(|full| full.host.get() == Some(&true));
        let limited = full.as_ref().is_some_and(|full| full.platform.get().is_some());
        let scope = match (host, limited) {
            (true, _) => Scope::Build,
            (false, true) => scope.min(Scope::Optional),
            (false, false) => scope,
        };
        let pin = self.pinned.get(name.as_str());
        let version =
            pin.and_then(|pin| [&pin.version, &pin.semver, &pin.date, &pin.string].into_iter().find_map(|v| v.get()));
        let (version, port) = split_port(version.map(Text::as_str).unwrap_or_default());
        let port = pin.and_then(|pin| pin.port_version.get()).map(u64::to_string).or(port.map(ToOwned::to_owned));
        let builder = Purl::builder("vcpkg", name.as_str())
            .version(version)
            .qualifier("port_version", port.filter(|port| port != "0").unwrap_or_default())
            .qualifier("repository_revision", self.baseline.map(Text::as_str).unwrap_or_default());
        let Some(purl) = out.purl(builder, line) else { return };
        let mut component = Component::from_purl(purl);
        component.scope = scope;
        if component.version.is_none() {
            let least = full.as_ref().and_then(|full| full.least.get());
            component.version_range = least.map(|least| format!(">={least}").into());
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
        }
        let at = out.component(component, line);
        out.direct(at, scope);
    }
}

/// `1.3.1#2` is version 1.3.1 of the software, and the second change of its port.
fn split_port(version: &str) -> (&str, Option<&str>) {
    version.split_once('#').map_or((version, None), |(version, port)| (version, Some(port)))
}
