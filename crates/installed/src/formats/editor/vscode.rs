//! Extensions of Visual Studio Code and its kin: installed (`extensions/ID-VERSION/package.json`), listed
//! (`extensions/extensions.json`) and as archives (`.vsix`).
//! <https://code.visualstudio.com/api/references/extension-manifest>
//!
//! - The manifest is a `package.json` with `publisher` and `engines.vscode`; the id is `PUBLISHER.NAME`, the same in any
//!   case, so the purl has both in lower case.
//! - An extension that is built for one platform says so in `__metadata` or in the archive's `extension.vsixmanifest`.
//! - `extensionDependencies` are needed; an `extensionPack` is installed along and can be removed again.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text, fill};
use plimsoll_extract::syntax::npm::{LicenseField, UrlField};
use zip::Zip;

/// Reads extensions of Visual Studio Code.
pub(crate) struct VsCode;

/// Larger manifests are none.
const MAX_MANIFEST: u64 = 8 << 20;

loose_object! {
    struct Manifest<'a> {
        "name" => name: Text<'a>,
        "publisher" => publisher: Text<'a>,
        "version" => version: Text<'a>,
        "displayName" => display_name: Text<'a>,
        "description" => description: Text<'a>,
        "license" => license: LicenseField<'a>,
        "repository" => repository: UrlField<'a>,
        "engines" => engines: Engines<'a>,
        "extensionDependencies" => dependencies: Vec<Loose<Text<'a>>>,
        "extensionPack" => pack: Vec<Loose<Text<'a>>>,
        "__metadata" => metadata: Metadata<'a>,
    }
}

loose_object! {
    struct Engines<'a> {
        "vscode" => vscode: Text<'a>,
    }
}

loose_object! {
    struct Metadata<'a> {
        "targetPlatform" => platform: Text<'a>,
    }
}

loose_object! {
    /// An entry of `extensions.json`.
    struct Listed<'a> {
        "identifier" => identifier: Identifier<'a>,
        "version" => version: Text<'a>,
        "metadata" => metadata: Metadata<'a>,
    }
}

loose_object! {
    struct Identifier<'a> {
        "id" => id: Text<'a>,
    }
}

impl Extractor for VsCode {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("editor/vscode")
    }

    fn about(&self) -> About {
        About {
            title: "Visual Studio Code extensions, installed or .vsix",
            specification: "https://code.visualstudio.com/api/references/extension-manifest",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("extensions/*/package.json"),
            Interest::Path("extensions/extensions.json"),
            Interest::Suffix(".vsix"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            b"extensions.json" => listed(file, out),
            b"package.json" => {
                let bytes = file.bytes()?;
                // Other things lie in directories of this name, and other readers tell what is wrong with them.
                let mut root = Loose::<Manifest<'_>>::Absent;
                let outcome = fill(&bytes, file.budget().limits(), &mut root);
                if let Some(manifest) = root.into_option().filter(is_extension) {
                    emit(&manifest, None, None, out);
                    outcome?;
                }
                Ok(())
            }
            _ => archive(file, out),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_id: HashMap<String, Handle> = HashMap::new();
        for file in files.files() {
            for (at, component) in files.components(file) {
                by_id.entry(id(component)).or_insert(at);
            }
        }
        for file in files.files() {
            let kept = files.take_kept(file);
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for line in String::from_utf8_lossy(&kept).lines() {
                let (scope, wanted) = match line.strip_prefix('?') {
                    Some(wanted) => (Scope::Optional, wanted),
                    None => (Scope::Runtime, line),
                };
                if let Some(&to) = by_id.get(&wanted.to_ascii_lowercase()) {
                    files.relate(from, to, RelationshipKind::DependsOn, scope);
                }
            }
        }
    }
}

fn id(component: &Component) -> String {
    let purl = component.purl.as_ref();
    purl.map(|purl| format!("{}.{}", purl.namespace().unwrap_or_default(), purl.name())).unwrap_or_default()
}

fn is_extension(manifest: &Manifest<'_>) -> bool {
    let engines = manifest.engines.get().is_some_and(|engines| engines.vscode.as_str().is_some());
    engines && manifest.publisher.as_str().is_some() && manifest.name.as_str().is_some()
}

/// The platform, unless the extension runs on all.
fn platform(text: Option<&str>) -> &str {
    text.filter(|text| !matches!(*text, "undefined" | "universal" | "unknown")).unwrap_or_default()
}

fn builder(publisher: &str, name: &str, version: &str, target: Option<&str>) -> PurlBuilder {
    Purl::builder("vscode-extension", name.to_ascii_lowercase())
        .namespace(publisher.to_ascii_lowercase())
        .version(version)
        .qualifier("platform", platform(target))
}

fn emit(manifest: &Manifest<'_>, target: Option<&str>, member: Option<&[u8]>, out: &mut Sink<'_>) {
    let (Some(name), Some(publisher)) = (manifest.name.as_str(), manifest.publisher.as_str()) else { return };
    let target = target.or_else(|| manifest.metadata.get()?.platform.as_str());
    let version = manifest.version.as_str();
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, 0, format!("{publisher}.{name} has no version"));
    }
    let Some(purl) = out.purl(builder(publisher, name, version.unwrap_or_default(), target), 0) else { return };
    let mut component = Component::from_purl(purl);
    component.licenses.extend(manifest.license.get().into_iter().flat_map(LicenseField::statements));
    // `%description%` stands for a text in a file of its own.
    let words = [&manifest.description, &manifest.display_name].into_iter().filter_map(Loose::as_str);
    component.description = words.into_iter().find(|text| !text.starts_with('%')).map(Into::into);
    component.references.extend(manifest.repository.get().and_then(UrlField::repository));
    component.supplier = Some(publisher.into());
    out.observed(component, Observation { member, ..Observation::default() });
    let needs = manifest.dependencies.items().iter().filter_map(Loose::as_str).map(str::to_owned);
    let pack = manifest.pack.items().iter().filter_map(Loose::as_str).map(|id| format!("?{id}"));
    out.keep(needs.chain(pack).collect::<Vec<_>>().join("\n"));
}

fn listed(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let mut root = Loose::<Vec<Loose<Listed<'_>>>>::Absent;
    let outcome = fill(&bytes, file.budget().limits(), &mut root);
    for entry in root.items().iter().filter_map(Loose::get) {
        let id = entry.identifier.get().and_then(|identifier| identifier.id.as_str());
        let parts = id.and_then(|id| id.split_once('.')).zip(entry.version.as_str());
        let Some(((publisher, name), version)) = parts else {
            out.malformed_entry(0, "extension left out: it has no id or no version");
            continue;
        };
        let target = entry.metadata.get().and_then(|metadata| metadata.platform.as_str());
        if let Some(purl) = out.purl(builder(publisher, name, version, target), 0) {
            out.component(Component::from_purl(purl), 0);
        }
    }
    Ok(outcome?)
}

fn archive(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let zip = match Zip::open(file.body(), file.budget()) {
        Ok(zip) => zip,
        Err(error) => {
            out.diagnose(error.code(), 0, error.to_string());
            return Ok(());
        }
    };
    let mut member = |wanted: &[u8]| {
        let entry = zip.entries().find(|entry| entry.name() == wanted)?;
        entry.read(MAX_MANIFEST).map_err(|error| out.diagnose(error.code(), 0, error.to_string())).ok()
    };
    let (manifest, about) = (member(b"extension/package.json"), member(b"extension.vsixmanifest"));
    let target = about.and_then(|bytes| {
        let text = syntax::text::decode(&bytes).text;
        let root = syntax::xml::parse(&text, file.budget().limits()).ok()?;
        Some(root.child("Metadata")?.child("Identity")?.attribute("TargetPlatform")?.to_owned())
    });
    let bytes = manifest.unwrap_or_default();
    let mut root = Loose::<Manifest<'_>>::Absent;
    let outcome = fill(&bytes, file.budget().limits(), &mut root);
    match root.into_option().filter(is_extension) {
        Some(manifest) => emit(&manifest, target.as_deref(), Some(b"extension/package.json"), out),
        // Visual Studio itself uses the same name for its own extensions.
        None if bytes.is_empty() => return Ok(()),
        None => return Err(ExtractError::malformed("extension/package.json is not that of an extension")),
    }
    Ok(outcome?)
}
