//! Snaps: `meta/snap.yaml`, what one is built from (`snap/snapcraft.yaml`), what snapcraft put into one (`snap/manifest.yaml`), and the packages of a base snap
//! (`usr/share/snappy/dpkg.yaml`). <https://snapcraft.io/docs/snap-format>
//!
//! - `primed-stage-packages` and the list in `dpkg.yaml` are `NAME=VERSION`, of the Ubuntu packages whose files are in the
//!   snap: it contains them. `stage-packages` of parts may hold more, of which nothing was kept.
//! - A base snap (`base: core22`) is needed, in no particular version.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::annotate;
use crate::faults::Faults;

/// Reads snaps.
pub(in crate::formats) struct Snap;

impl Extractor for Snap {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/snap")
    }

    fn about(&self) -> About {
        About {
            title: "snaps: snap.yaml, manifest.yaml, dpkg.yaml",
            specification: "https://snapcraft.io/docs/snap-format",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("meta/snap.yaml"),
            Interest::Path("snap/snapcraft.yaml"),
            Interest::Path("snap/manifest.yaml"),
            Interest::Path("usr/share/snappy/dpkg.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (documents, fault) = yaml::parse_partial(&text.text, file.budget().limits());
        if let Some(root) = documents.first() {
            let mut faults = Faults::default();
            let snap = match file.path().name() {
                b"dpkg.yaml" => None,
                name => snap(root, name != b"snapcraft.yaml", out),
            };
            let direct = root.get("primed-stage-packages").or_else(|| root.get("packages"));
            for item in direct.map(|list| list.items()).into_iter().flatten() {
                let package = debian(item, &mut faults, out);
                if let (Some(snap), Some(package)) = (snap, package) {
                    out.contains(snap, package);
                }
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// The snap of a manifest is that of the `snap.yaml` beside it, which knows more.
    fn resolve(&self, files: &mut Resolver<'_>) {
        for manifest in files.named("manifest.yaml") {
            let Some(yaml) = files.find_beside(manifest, "../meta/snap.yaml") else { continue };
            let Some(known) = files.components(yaml).next().and_then(|(_, found)| found.purl.clone()) else { continue };
            let Some(handle) = files.components(manifest).next().map(|(handle, _)| handle) else { continue };
            if let Some(component) = files.get_mut(handle) {
                component.purl = Some(known);
            }
        }
    }
}

fn snap(root: &Node, is_built: bool, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let name = root.get_str("name")?;
    let line = root.get("name").map(Node::line).unwrap_or_default();
    // What is yet to be built may take its version from elsewhere (`adopt-info`, `version: git`).
    let version = root.get_str("version").filter(|version| is_built || *version != "git").unwrap_or_default();
    if version.is_empty() && is_built {
        out.malformed_entry(line, format!("snap {name:?} has no version; left out"));
        return None;
    }
    let architectures: Vec<&str> =
        root.get("architectures").map(|list| list.items().filter_map(Node::as_str).collect()).unwrap_or_default();
    let architecture = match architectures.as_slice() {
        [one] => one,
        _ => "",
    };
    let purl = Purl::builder("snap", name).version(version).qualifier("arch", architecture);
    let mut component = Component::from_purl(out.purl(purl, line)?);
    component.kind = ComponentKind::Application;
    component.description = root.get_str("summary").map(Into::into);
    annotate::license(&mut component, root.get_str("license"));
    let links = root.get("links");
    let link = |key: &str| links.and_then(|links| links.get(key)).and_then(|list| list.items().next()?.as_str());
    let website = root.get_str("website").or_else(|| link("website"));
    annotate::refer(&mut component, ReferenceKind::Website, website);
    annotate::refer(&mut component, ReferenceKind::Vcs, root.get_str("source-code").or_else(|| link("source-code")));
    annotate::refer(&mut component, ReferenceKind::IssueTracker, root.get_str("issues").or_else(|| link("issues")));
    annotate::property(&mut component, "plimsoll:snap:base", root.get_str("base"));
    annotate::property(&mut component, "plimsoll:snap:grade", root.get_str("grade"));
    annotate::property(&mut component, "plimsoll:snap:type", root.get_str("type"));
    Some(out.component(component, line))
}

/// `NAME=VERSION` or `NAME:ARCHITECTURE=VERSION`.
fn debian(item: &Node, faults: &mut Faults, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let line = item.line();
    let Some((name, version)) = item.as_str().and_then(|text| text.split_once('=')) else {
        faults.entry(out, Span::Line(line), "a package is not NAME=VERSION; left out");
        return None;
    };
    let (name, architecture) = name.split_once(':').unwrap_or((name, ""));
    let purl = Purl::builder("deb", name).namespace("ubuntu").version(version).qualifier("arch", architecture);
    let purl = out.purl(purl, line)?;
    Some(out.component(Component::from_purl(purl), line))
}
