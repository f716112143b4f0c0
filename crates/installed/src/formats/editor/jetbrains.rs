//! Plugins of JetBrains IDEs: `META-INF/plugin.xml` in a jar of `plugins/NAME/lib`, or in a jar that is the plugin.
//! <https://plugins.jetbrains.com/docs/intellij/plugin-configuration-file.html>
//!
//! No purl type is registered; the id of the marketplace is the name of a `generic` one. Plugins name what they need by id:
//! `<depends optional="true">ID</depends>`, and since 2020.2 `<dependencies><plugin id="ID"/></dependencies>`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::xml::Element;
use zip::Zip;

/// Reads plugins of JetBrains IDEs.
pub(crate) struct Jetbrains;

/// Where a plugin describes itself.
const DESCRIPTOR: &[u8] = b"META-INF/plugin.xml";
/// Larger descriptors are none.
const MAX_DESCRIPTOR: u64 = 8 << 20;

impl Extractor for Jetbrains {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("editor/jetbrains")
    }

    fn about(&self) -> About {
        About {
            title: "JetBrains IDE plugins",
            specification: "https://plugins.jetbrains.com/docs/intellij/plugin-configuration-file.html",
            facts: &[Fact::Edges, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("plugins/*/lib/*.jar"), Interest::Path("plugins/*.jar")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        // What is wrong with the archive the reader of Java archives tells.
        let Ok(zip) = Zip::open(file.body(), file.budget()) else { return Ok(()) };
        let Some(entry) = zip.entries().find(|entry| entry.name() == DESCRIPTOR) else { return Ok(()) };
        let bytes = match entry.read(MAX_DESCRIPTOR) {
            Ok(bytes) => bytes,
            Err(error) => {
                out.diagnose(error.code(), 0, error.to_string());
                return Ok(());
            }
        };
        let text = syntax::text::decode(&bytes).text;
        let root = syntax::xml::parse(&text, file.budget().limits())?;
        if root.name() == "idea-plugin" {
            emit(&root, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_id: HashMap<String, Handle> = HashMap::new();
        for file in files.files() {
            for (at, component) in files.components(file) {
                let id = component.purl.as_ref().map(|purl| purl.name().to_owned());
                by_id.entry(id.unwrap_or_default()).or_insert(at);
            }
        }
        for file in files.files() {
            let kept = files.take_kept(file);
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for line in String::from_utf8_lossy(&kept).lines() {
                let (scope, id) = match line.strip_prefix('?') {
                    Some(id) => (Scope::Optional, id),
                    None => (Scope::Runtime, line),
                };
                if let Some(&to) = by_id.get(id) {
                    files.relate(from, to, RelationshipKind::DependsOn, scope);
                }
            }
        }
    }
}

fn emit(root: &Element<'_>, out: &mut Sink<'_>) {
    let text = |name: &str| root.text_of(name).map(str::trim).filter(|text| !text.is_empty());
    // Without an id the name is one.
    let Some(id) = text("id").or_else(|| text("name")) else {
        return out.malformed_entry(0, "META-INF/plugin.xml has neither id nor name");
    };
    let version = text("version");
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, 0, format!("plugin {id} has no version"));
    }
    let Some(purl) = out.purl(Purl::builder("generic", id).version(version.unwrap_or_default()), 0) else { return };
    let mut component = Component::from_purl(purl);
    component.name = text("name").unwrap_or(id).into();
    component.supplier = text("vendor").map(Into::into);
    let url = root.attribute("url").or_else(|| root.child("vendor")?.attribute("url"));
    component.references.extend(url.filter(|url| url.contains("://")).map(|url| ExternalReference {
        kind: ReferenceKind::Website,
        url: url.into(),
        hashes: Vec::new(),
    }));
    component.properties.push(("plimsoll:jetbrains:plugin".into(), id.into()));
    let how = Observation { member: Some(DESCRIPTOR), ..Observation::default() };
    out.observed(component, how);
    let mut needs: Vec<String> = Vec::new();
    for depends in root.children("depends") {
        let mark = if depends.attribute("optional") == Some("true") { "?" } else { "" };
        needs.push(format!("{mark}{}", depends.text().trim()));
    }
    for dependencies in root.children("dependencies") {
        needs.extend(dependencies.children("plugin").filter_map(|plugin| plugin.attribute("id").map(str::to_owned)));
    }
    out.keep(needs.join("\n"));
}
