//! Specifications of installed gems: `specifications/*.gemspec`, written by RubyGems 1 to 4.
//! <https://guides.rubygems.org/specification-reference/>
//!
//! - The file is Ruby, and is never run. RubyGems writes one assignment of literals a line, which is all that is read.
//! - `# stub: name version platform paths` in the second line says the same for RubyGems itself; it stands in for an
//!   assignment that is no literal.
//! - Older files say their dependencies twice: once for a RubyGems that knows development dependencies, and after `else`
//!   all in one kind. Only the first counts.
//! - A dependency leads to the highest version that is installed and satisfies it, in the same directory before others.

mod literal;
mod requirement;
mod specification;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use requirement::{compare, satisfies};
use specification::{Dependency, Specification};

/// Reads the specifications of installed gems.
pub(crate) struct Gemspec;

impl Extractor for Gemspec {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ruby/gemspec")
    }

    fn about(&self) -> About {
        About {
            title: "specifications of installed gems",
            specification: "https://guides.rubygems.org/specification-reference/",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("specifications/*.gemspec"), Interest::Path("specifications/default/*.gemspec")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let found = Specification::read(&text);
        let (Some(name), Some(version)) = (found.name.as_deref(), found.version.as_deref()) else {
            return Err(ExtractError::malformed("specification without a literal name and version"));
        };
        let platform = found.platform.as_deref().filter(|&platform| platform != "ruby").unwrap_or_default();
        let builder = Purl::builder("gem", name).version(version).qualifier("platform", platform);
        let Some(purl) = out.purl(builder, found.line) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        component.licenses = found.licenses.iter().filter_map(|text| License::declared(text)).collect();
        component.author = (!found.authors.is_empty()).then(|| found.authors.join(", ").into());
        component.description = found.summary.as_deref().map(Into::into);
        for (kind, url) in found.urls() {
            component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
        }
        out.component(component, found.line);
        if let Ok(kept) = serde_json::to_vec(&found.dependencies) {
            out.keep(kept);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate(files);
    }
}

/// An installed gem, for those that depend on it.
struct Installed {
    at: Handle,
    version: Box<str>,
    root: Box<[u8]>,
}

/// The directory of specifications that a file is in, that of the default gems counted in.
fn root(path: &SourcePath) -> &[u8] {
    path.parent().strip_suffix(b"/default").unwrap_or(path.parent())
}

fn relate(files: &mut Resolver<'_>) {
    let mut by_name: HashMap<Box<str>, Vec<Installed>> = HashMap::new();
    for file in files.files() {
        let Some(path) = files.path(file) else { continue };
        for (at, component) in files.components(file) {
            let version = component.version.clone().unwrap_or_default();
            let installed = Installed { at, version, root: root(path).into() };
            by_name.entry(component.name.clone()).or_default().push(installed);
        }
    }
    for installed in by_name.values_mut() {
        installed.sort_by(|one, other| compare(&other.version, &one.version));
        // Many versions of one gem are a mistake or an attack; edges to the newest are enough.
        installed.truncate(256);
    }
    for file in files.files() {
        let Some(from) = files.components(file).map(|(at, _)| at).next() else { continue };
        let Ok(dependencies) = serde_json::from_slice::<Vec<Dependency>>(files.kept(file)) else { continue };
        let here: Box<[u8]> = files.path(file).map(root).unwrap_or_default().into();
        for dependency in dependencies {
            let Some(candidates) = by_name.get(&*dependency.name) else { continue };
            let mut fitting = candidates.iter().filter(|gem| satisfies(&gem.version, &dependency.requirements));
            let best = fitting.clone().find(|gem| gem.root == here).or_else(|| fitting.next());
            if let Some(to) = best {
                let scope = if dependency.development { Scope::Dev } else { Scope::Runtime };
                files.relate(from, to.at, RelationshipKind::DependsOn, scope);
            }
        }
    }
}

#[cfg(test)]
mod tests;
