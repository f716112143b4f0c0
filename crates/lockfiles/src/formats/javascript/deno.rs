//! Deno: `deno.lock` versions 1 to 5, `deno.json` and `jsr.json`. <https://docs.deno.com/runtime/fundamentals/modules/>
//!
//! One graph of three worlds: packages of JSR and of npm, and modules that are imported by URL.
//!
//! - Version 1 is a map of URLs to SHA-256 digests. Version 2 adds `npm`, version 3 `packages` with JSR; version 4 lifts
//!   its parts to the top and shortens them: a dependency is a bare name where the file holds one version of it.
//! - A key of `npm` ends with the peers that the package was resolved with: `a@1.0.0_b@2.0.0__c@3.0.0`.
//! - The digest of a JSR package is that of its `VERSION_meta.json`, which holds those of its files.
//! - Modules of one package at one version are one component, see [`remote`]. Which module imports which the file does not
//!   say.
//! - `deno.json` without a lock file names ranges: these are listed unpinned.

mod graph;
mod manifest;
mod remote;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Place, SeqAccess, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::text::LineIndex;

use crate::npm_manifest::is_installed;

/// Reads the lock file and the configuration of Deno.
pub(crate) struct Deno;

/// The newest version that is known.
const NEWEST: u64 = 5;

loose_object! {
    /// A lock file; `packages` is of version 3, which has `specifiers`, `jsr` and `npm` within.
    struct Lock<'a> {
        "version" => version: Text<'a>,
        "packages" => packages: Parts<'a>,
        "specifiers" => specifiers: Map<'a, Loose<Text<'a>>>,
        "jsr" => jsr: Map<'a, Loose<Package<'a>>>,
        "npm" => npm: NpmPart<'a>,
        "redirects" => redirects: Map<'a, Loose<Text<'a>>>,
        "remote" => remote: Map<'a, Loose<Text<'a>>>,
        "workspace" => workspace: Workspace<'a>,
    }
}

loose_object! {
    struct Parts<'a> {
        "specifiers" => specifiers: Map<'a, Loose<Text<'a>>>,
        "jsr" => jsr: Map<'a, Loose<Package<'a>>>,
        "npm" => npm: NpmPart<'a>,
    }
}

loose_object! {
    /// A package of JSR or npm.
    struct Package<'a> {
        "integrity" => integrity: Text<'a>,
        "tarball" => tarball: Text<'a>,
        "dependencies" => dependencies: Needs<'a>,
        "optionalDependencies" => optional_dependencies: Needs<'a>,
        "optionalPeers" => optional_peers: Needs<'a>,
    }
}

loose_object! {
    /// A project, or a member of a workspace.
    struct Workspace<'a> {
        "dependencies" => dependencies: Vec<Loose<Text<'a>>>,
        "packageJson" => package_json: PackageJson<'a>,
        "members" => members: Map<'a, Loose<Workspace<'a>>>,
    }
}

loose_object! {
    struct PackageJson<'a> {
        "dependencies" => dependencies: Vec<Loose<Text<'a>>>,
    }
}

/// `npm`: the packages, or in version 2 an object that holds them beside the specifiers.
#[derive(Debug, Default)]
struct NpmPart<'a> {
    specifiers: Map<'a, Loose<Text<'a>>>,
    packages: Map<'a, Loose<Package<'a>>>,
}

impl<'de> Fill<'de> for NpmPart<'de> {
    fn object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        let mut packages = Vec::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.as_str() {
                // No package is called so: keys have an `@` with a version.
                "specifiers" => {
                    let mut held = Loose::<Map<'de, Loose<Text<'de>>>>::Absent;
                    map.next_value_seed(Place(&mut held))?;
                    self.specifiers = held.into_option().unwrap_or_default();
                }
                "packages" => {
                    let mut held = Loose::<Map<'de, Loose<Package<'de>>>>::Absent;
                    map.next_value_seed(Place(&mut held))?;
                    packages.extend(held.into_option().unwrap_or_default().into_entries());
                }
                _ => {
                    let mut held = Loose::<Package<'de>>::Absent;
                    map.next_value_seed(Place(&mut held))?;
                    packages.push((key, held));
                }
            }
        }
        self.packages = Map::from(packages);
        Ok(true)
    }
}

/// Dependencies: a list, or before version 4 a map whose values are what each name leads to.
#[derive(Debug, Default)]
struct Needs<'a>(Vec<Loose<Text<'a>>>);

impl<'de> Fill<'de> for Needs<'de> {
    fn array<A: SeqAccess<'de>>(&mut self, items: A) -> Result<bool, A::Error> {
        self.0.array(items)
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut entries = Map::<'de, Loose<Text<'de>>>::default();
        entries.object(map)?;
        self.0 = entries.into_entries().into_iter().map(|(_, target)| target).collect();
        Ok(true)
    }
}

impl Extractor for Deno {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/deno")
    }

    fn about(&self) -> About {
        About {
            title: "Deno deno.lock 1 to 5, deno.json, jsr.json",
            specification: "https://docs.deno.com/runtime/fundamentals/modules/",
            facts: &[Fact::Edges, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("deno.lock"),
            Interest::Name("deno.json"),
            Interest::Name("deno.jsonc"),
            Interest::Name("jsr.json"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if is_installed(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        if file.path().name() != b"deno.lock" {
            return manifest::keep(&strip_jsonc(&bytes), file.budget().limits(), out);
        }
        let mut root = Loose::<Lock<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(lock) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        let lines = LineIndex::new(&*bytes);
        match lock.version.as_str().map(str::parse::<u64>) {
            Some(Ok(version)) => {
                if version > NEWEST {
                    let message = format!("version {version} is read as version {NEWEST}");
                    out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
                }
                graph::emit(file, &lock, &lines, out);
            }
            Some(Err(_)) => {
                out.malformed_entry(0, "the version is no number");
                graph::emit(file, &lock, &lines, out);
            }
            None => {
                let mut urls = Loose::<Map<'_, Loose<Text<'_>>>>::Absent;
                // The same bytes: what is wrong with them is told below.
                let _ = fill(&bytes, file.budget().limits(), &mut urls);
                remote::emit(urls.entries(), &lines, out);
            }
        }
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        manifest::join(files);
    }
}

/// The name and version of a key: `@std/assert@1.0.0`, `react@18.2.0_peer@1.0.0`.
fn split_key(key: &str) -> Option<(&str, &str)> {
    let from = usize::from(key.starts_with('@'));
    let at = key.get(from..)?.find('@')?.checked_add(from)?;
    let (name, rest) = key.split_at_checked(at)?;
    let version = rest.get(1..)?;
    let version = version.split('_').next().unwrap_or(version);
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// The purl of a JSR package: its scope, with the `@`, is the namespace, as with npm.
fn jsr(name: &str) -> Option<PurlBuilder> {
    let (scope, name) = name.split_once('/')?;
    let plain = scope.len() > 1 && scope.starts_with('@') && !name.is_empty() && !name.contains('/');
    plain.then(|| Purl::builder("jsr", name).namespace(scope))
}
