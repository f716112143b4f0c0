//! `pack.pl` of SWI-Prolog packs. <https://www.swi-prolog.org/howto/Pack.html>
//!
//! Facts: `name(pcre).`, `version('0.1.0').`, `requires(regex >= '0.3').`. A pack needs the pack of that name which is
//! in the source; `prolog` and features of it (`prolog:threads`) are none.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, PROLOG, Tree};

/// Reads the descriptions of Prolog packs.
pub(crate) struct Pack;

impl Extractor for Pack {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("prolog/pack")
    }

    fn about(&self) -> About {
        About {
            title: "SWI-Prolog pack.pl",
            specification: "https://www.swi-prolog.org/howto/Pack.html",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("pack.pl")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &PROLOG, file.budget().limits());
        let first = |key: &str| facts(&trees, key).next();
        let text = |key: &str| first(key).and_then(|arguments| arguments.first()?.name());
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            return match fault {
                Some(fault) => Err(fault.into()),
                None => Err(ExtractError::malformed("no name and version")),
            };
        };
        let line = first("name").and_then(<[Tree<'_>]>::first).map_or(0, Tree::line);
        let Some(purl) = out.purl(Purl::builder("swiplpack", name).version(version), line) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        component.description = text("title").map(Into::into);
        component.author = text("author").map(Into::into);
        component.supplier = text("packager").or_else(|| text("maintainer")).map(Into::into);
        component.licenses.extend(text("license").and_then(License::declared));
        for (key, kind) in [("home", ReferenceKind::Website), ("download", ReferenceKind::SourceDistribution)] {
            // A star in the address stands for the version.
            let url = text(key).map(|url| url.replace('*', version)).filter(|url| url.contains("://"));
            component.references.extend(url.map(|url| ExternalReference { kind, url: url.into(), hashes: Vec::new() }));
        }
        out.component(component, line);
        // `prolog:feature` and `prolog` itself are not packs.
        let needs: Vec<&str> = facts(&trees, "requires")
            .filter(|arguments| !arguments.get(1).is_some_and(|mark| mark.is_mark(":")))
            .filter_map(|arguments| arguments.first()?.name())
            .collect();
        if let Ok(kept) = serde_json::to_vec(&needs) {
            out.keep(kept);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_name: HashMap<Box<str>, Handle> = HashMap::new();
        for file in files.files() {
            if let Some((at, component)) = files.components(file).next() {
                by_name.entry(component.name.clone()).or_insert(at);
            }
        }
        for file in files.files() {
            let Ok(needs) = serde_json::from_slice::<Vec<String>>(files.kept(file)) else { continue };
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for to in needs.iter().filter_map(|name| by_name.get(name.as_str()).copied()) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
            }
        }
    }
}

/// The arguments of every fact of this name.
fn facts<'t, 'a>(trees: &'t [Tree<'a>], name: &str) -> impl Iterator<Item = &'t [Tree<'a>]> {
    trees.windows(2).filter_map(move |window| match window {
        [functor, arguments] if functor.word() == Some(name) => arguments.group('('),
        _ => None,
    })
}
