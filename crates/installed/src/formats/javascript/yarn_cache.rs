//! The cache that Yarn 2 and later keep beside a project, and run it from under Plug'n'Play: `.yarn/cache/*.zip`.
//! <https://yarnpkg.com/features/caching>
//!
//! Each archive has one package in `node_modules/NAME`, with what that bundles. What a package needs is in the same cache,
//! under its name; of several versions the lock file knows which, so without one there is no edge.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, fill};
use zip::Zip;

use super::node_modules::{Manifest, Place, needs, package, place_of, split_need};

/// Reads the cache of Yarn.
pub(crate) struct YarnCache;

/// Larger manifests are none.
const MAX_MANIFEST: u64 = 8 << 20;
/// Manifests of one archive that are read.
const MAX_PACKAGES: usize = 4096;

impl Extractor for YarnCache {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/yarn-cache")
    }

    fn about(&self) -> About {
        About {
            title: "Yarn cache archives, .yarn/cache/*.zip",
            specification: "https://yarnpkg.com/features/caching",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(".yarn/cache/*.zip"), Interest::Path(".yarn/berry/cache/*.zip")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let zip = match Zip::open(file.body(), file.budget()) {
            Ok(zip) => zip,
            Err(error) => {
                out.diagnose(error.code(), 0, error.to_string());
                return Ok(());
            }
        };
        let mut first = None;
        let is_manifest = |name: &[u8]| {
            name.ends_with(b"/package.json")
                && SourcePath::new(name).is_ok_and(|path| place_of(&path) == Place::Package)
        };
        for entry in zip.entries().filter(|entry| is_manifest(entry.name())).take(MAX_PACKAGES) {
            let bytes = match entry.read(MAX_MANIFEST) {
                Ok(bytes) => bytes,
                Err(error) => {
                    out.diagnose(error.code(), 0, error.to_string());
                    continue;
                }
            };
            let mut root = Loose::<Manifest<'_>>::Absent;
            if let Err(error) = fill(&bytes, file.budget().limits(), &mut root) {
                out.diagnose(error.code(), 0, format!("{}: {error}", String::from_utf8_lossy(entry.name())));
            }
            let Some(manifest) = root.into_option() else { continue };
            let Some(at) = package(&manifest, Some(entry.name()), out) else { continue };
            match first {
                None => {
                    first = Some(at);
                    out.keep(needs(&manifest));
                }
                Some(first) => out.contains(first, at),
            }
        }
        if first.is_none() {
            return Err(ExtractError::malformed("a cached archive without a package"));
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        // By cache and name; `None` when there are several versions.
        let mut by_name: HashMap<(Vec<u8>, String), Option<Handle>> = HashMap::new();
        for file in files.files() {
            let Some(cache) = files.path(file).map(|path| path.parent().to_vec()) else { continue };
            let Some((at, component)) = files.components(file).next() else { continue };
            let group = component.group.as_ref().map(|group| format!("{group}/")).unwrap_or_default();
            let name = format!("{group}{}", component.name);
            by_name.entry((cache, name)).and_modify(|held| *held = None).or_insert(Some(at));
        }
        for file in files.files() {
            let kept = files.take_kept(file);
            let Some(cache) = files.path(file).map(|path| path.parent().to_vec()) else { continue };
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for (scope, name) in kept.split(|&byte| byte == b'\n').filter_map(split_need) {
                let key = (cache.clone(), String::from_utf8_lossy(name).into_owned());
                if let Some(to) = by_name.get(&key).copied().flatten() {
                    files.relate(from, to, RelationshipKind::DependsOn, scope);
                }
            }
        }
    }
}
