//! `pnpm-lock.yaml`, versions 5.x, 6.x and 9.x. <https://github.com/pnpm/spec/tree/master/lockfile>
//!
//! Packages are keyed by dependency path: `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6), `name@1.0.0` (9, with the
//! peers in `snapshots`, which hold the edges). One version with several sets of peers is one component. What a
//! dependency is called may differ from what it is: its value is then a whole path.
//!
//! Version 9 no longer says which packages are for development: that follows from the importers. A file may hold a
//! second document, with pnpm itself and what configures it. The names of importers are in their `package.json`.
//!
//! `node_modules/.pnpm/lock.yaml` says the same of what is installed. Its importers are those of the lock file of the
//! project, so only their edges are taken from it.

mod importers;
mod packages;
mod path;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::text;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::npm_manifest::{Manifest, is_installed};
use crate::npm_package::Missing;

/// Reads the lock file of pnpm.
pub(crate) struct PnpmLock;

/// The newest major version that is known.
const NEWEST: u32 = 9;

impl Extractor for PnpmLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/pnpm-lock")
    }

    fn about(&self) -> About {
        About {
            title: "pnpm pnpm-lock.yaml 5, 6 and 9, node_modules/.pnpm/lock.yaml",
            specification: "https://github.com/pnpm/spec/tree/master/lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("pnpm-lock.yaml"),
            Interest::Path("node_modules/.pnpm/lock.yaml"),
            Interest::Name("package.json"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let hidden = file.path().name() == b"lock.yaml";
        if is_installed(file.path()) && !hidden {
            return Ok(());
        }
        if file.path().name() == b"package.json" {
            return Manifest::keep(file, out);
        }
        let bytes = file.bytes()?;
        let decoded = text::decode(&bytes);
        let (documents, fault) = yaml::parse_partial(&decoded.text, file.budget().limits());
        for document in &documents {
            read(file, document, hidden, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        importers::join_manifests(files);
    }
}

fn read(file: &File<'_>, document: &Node, hidden: bool, out: &mut Sink<'_>) {
    if document.as_map().is_none() {
        out.malformed_entry(document.line(), "not a mapping");
        return;
    }
    let stated = document.get("lockfileVersion");
    let major = stated.and_then(Node::as_str).and_then(|text| text.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major > NEWEST => {
            let message = format!("version {major} is read as version {NEWEST}");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, document.line(), message);
        }
        Some(_) => {}
        None => out.malformed_entry(stated.map_or(0, Node::line), "lockfileVersion is missing or not a number"),
    }
    let mut missing = Missing::default();
    let mut graph = packages::read(document, major.unwrap_or(NEWEST), out);
    graph.relate(&mut missing, out);
    importers::read(file, document, hidden, &mut graph, &mut missing, out);
    missing.report(out);
}
