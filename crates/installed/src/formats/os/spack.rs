//! `.spack/spec.json` in each installation prefix of Spack: the package and all that it was built from.
//! <https://spack.readthedocs.io/en/latest/specs.html>
//!
//! - The first of the `nodes` is what is installed in this prefix; the others are its dependencies, down to the compiler,
//!   by the hash of their specs. They lie in prefixes of their own, or are external to Spack.
//! - `deptypes` says why one is there: `link` and `run` hold at run time, `build` and `test` do not.
//! - Before version 4 of the file a dependency has `type` instead of `parameters.deptypes`.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Loose, Text, fill};

use crate::annotate;
use crate::faults::Faults;

/// Reads specs of Spack.
pub(in crate::formats) struct Spack;

loose_object! {
    struct File4<'a> {
        "spec" => spec: Spec<'a>,
    }
}

loose_object! {
    struct Spec<'a> {
        "nodes" => nodes: Vec<Loose<Node<'a>>>,
    }
}

loose_object! {
    struct Node<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "hash" => hash: Text<'a>,
        "namespace" => namespace: Text<'a>,
        "arch" => arch: Arch<'a>,
        "dependencies" => dependencies: Vec<Loose<Dependency<'a>>>,
        "external" => external: External<'a>,
    }
}

loose_object! {
    struct Arch<'a> {
        "platform" => platform: Text<'a>,
        "platform_os" => os: Text<'a>,
        "target" => target: Text<'a>,
    }
}

loose_object! {
    struct External<'a> {
        "path" => path: Text<'a>,
    }
}

loose_object! {
    struct Dependency<'a> {
        "name" => name: Text<'a>,
        "hash" => hash: Text<'a>,
        "type" => kinds: Vec<Loose<Text<'a>>>,
        "parameters" => parameters: Parameters<'a>,
    }
}

loose_object! {
    struct Parameters<'a> {
        "deptypes" => kinds: Vec<Loose<Text<'a>>>,
    }
}

impl Extractor for Spack {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/spack")
    }

    fn about(&self) -> About {
        About {
            title: "Spack installed specs (spec.json)",
            specification: "https://spack.readthedocs.io/en/latest/specs.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(".spack/spec.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut root: Loose<File4<'_>> = Loose::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let nodes = root.get().and_then(|root| root.spec.get()).map(|spec| spec.nodes.items()).unwrap_or_default();
        let lines = syntax::text::LineIndex::new(&*bytes);
        let mut faults = Faults::default();
        let mut by_hash: HashMap<&str, ComponentRef> = HashMap::new();
        let mut held: Vec<(ComponentRef, &Node<'_>)> = Vec::new();
        for node in nodes {
            let named = node.get().and_then(|node| Some((node, node.name.as_str()?, node.version.as_str()?)));
            let Some((node, name, version)) = named else {
                faults.entry(out, Span::Line(1), "a node lacks its name or version; left out");
                continue;
            };
            let line = lines.line_of(name).unwrap_or(0);
            let Some(at) = package(node, name, version, line, out) else { continue };
            if held.is_empty() {
                out.direct(at, Scope::Runtime);
            }
            if let Some(hash) = node.hash.as_str() {
                by_hash.insert(hash, at);
            }
            held.push((at, node));
        }
        for (from, node) in &held {
            for dependency in node.dependencies.items().iter().filter_map(Loose::get) {
                let to = dependency.hash.as_str().and_then(|hash| by_hash.get(hash));
                if let Some(&to) = to.filter(|to| *to != from) {
                    out.depends(*from, to, scope(dependency));
                }
            }
        }
        outcome?;
        if held.is_empty() {
            return Err(ExtractError::malformed("no node with a name and a version"));
        }
        Ok(())
    }
}

fn package(node: &Node<'_>, name: &str, version: &str, line: u32, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let arch = node.arch.get();
    let words = arch.map(|arch| [arch.platform.as_str(), arch.os.as_str(), arch.target.as_str()]);
    let arch = words.into_iter().flatten().flatten().collect::<Vec<_>>().join("-");
    let purl = Purl::builder("spack", name).version(version).qualifier("arch", arch);
    let mut component = Component::from_purl(out.purl(purl, line)?);
    annotate::property(&mut component, "plimsoll:spack:hash", node.hash.as_str());
    annotate::property(&mut component, "plimsoll:spack:repository", node.namespace.as_str());
    let external = node.external.get().and_then(|external| external.path.as_str());
    annotate::property(&mut component, "plimsoll:spack:external", external);
    Some(out.component(component, line))
}

fn scope(dependency: &Dependency<'_>) -> Scope {
    let kinds = dependency.parameters.get().map(|parameters| parameters.kinds.items()).unwrap_or_default();
    let kinds = if kinds.is_empty() { dependency.kinds.items() } else { kinds };
    let has = |wanted: &str| kinds.iter().filter_map(Loose::as_str).any(|kind| kind == wanted);
    match () {
        () if kinds.is_empty() => Scope::Unspecified,
        () if has("run") || has("link") => Scope::Runtime,
        () if has("build") => Scope::Build,
        () => Scope::Dev,
    }
}
