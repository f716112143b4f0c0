//! Applications of macOS: `Contents/Info.plist` of a bundle, XML or binary.
//! <https://developer.apple.com/documentation/bundleresources/information-property-list>
//!
//! `CFBundleShortVersionString` is the version that people see, `CFBundleVersion` the build. A bundle within a bundle (a
//! helper, a framework) is a component of its own, contained in the outer one.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::annotate;
use syntax::plist::{self, Value};

/// Reads application bundles.
pub(in crate::formats) struct MacApp;

impl Extractor for MacApp {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/mac-app")
    }

    fn about(&self) -> About {
        About {
            title: "macOS application bundles (Info.plist)",
            specification: "https://developer.apple.com/documentation/bundleresources/information-property-list",
            facts: &[Fact::Edges],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("*.app/Contents/Info.plist")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let (value, fault) = plist::parse_partial(&file.bytes()?, file.budget().limits());
        if let Some(value) = value {
            bundle(&value, file.path(), out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut bundles: BTreeMap<Vec<u8>, Handle> = BTreeMap::new();
        for file in files.files() {
            let Some((handle, _)) = files.components(file).next() else { continue };
            let Some(path) = files.path(file) else { continue };
            let root = path.as_bytes().strip_suffix(b"Contents/Info.plist").unwrap_or_default();
            bundles.insert(root.to_vec(), handle);
        }
        // In order of paths a bundle comes before what is in it.
        let mut open: Vec<(&[u8], Handle)> = Vec::new();
        for (root, handle) in &bundles {
            while open.last().is_some_and(|(outer, _)| !root.starts_with(outer)) {
                open.pop();
            }
            if let Some((_, outer)) = open.last() {
                files.relate(*outer, *handle, RelationshipKind::Contains, Scope::Unspecified);
            }
            open.push((root, *handle));
        }
    }
}

fn bundle(value: &Value, path: &SourcePath, out: &mut Sink<'_>) {
    let directory = path.parent().strip_suffix(b".app/Contents").unwrap_or_default();
    let directory = String::from_utf8_lossy(directory.rsplit(|&byte| byte == b'/').next().unwrap_or_default());
    let name = value.text_of("CFBundleName").or_else(|| value.text_of("CFBundleDisplayName"));
    let name = name.filter(|name| !name.starts_with('$')).unwrap_or(&directory);
    let version = value.text_of("CFBundleShortVersionString").or_else(|| value.text_of("CFBundleVersion"));
    let Some(version) = version else {
        out.malformed_entry(0, format!("application {name:?} has no version; left out"));
        return;
    };
    let Some(purl) = out.purl(Purl::builder("macapps", name).version(version), 0) else { return };
    let mut component = Component { kind: ComponentKind::Application, ..Component::from_purl(purl) };
    annotate::property(&mut component, "plimsoll:macos:bundle-id", value.text_of("CFBundleIdentifier"));
    let build = value.text_of("CFBundleVersion").filter(|build| *build != version);
    annotate::property(&mut component, "plimsoll:macos:build", build);
    component.copyright = value.text_of("NSHumanReadableCopyright").map(Into::into);
    out.component(component, 0);
}
