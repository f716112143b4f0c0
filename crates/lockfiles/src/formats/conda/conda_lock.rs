//! `conda-lock.yml`, version 1, of conda-lock. <https://conda.github.io/conda-lock/output/#unified-lockfile>
//!
//! One list for all platforms: a package of several platforms stands there once for each, with the dependencies by name
//! that it has there. `manager: pip` entries are of PyPI; what they need may be of either kind, under names that agree
//! once they are written as PyPI does.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::conda::{self, Archive};
use crate::pypi::{self, Artifact, Origin};

/// Reads the lockfile of conda-lock.
pub(crate) struct CondaLock;

impl Extractor for CondaLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/conda-lock")
    }

    fn about(&self) -> About {
        About {
            title: "conda-lock.yml version 1",
            specification: "https://conda.github.io/conda-lock/output/#unified-lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("*conda-lock.yml"), Interest::Path("*conda-lock.yaml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let Some(root) = documents.first() else { return fault.map_or(Ok(()), |fault| Err(fault.into())) };
        match root.get("version") {
            Some(version) if matches!(version.as_str(), Some("1")) => {}
            Some(version) => {
                let message = format!("conda-lock version {}", version.as_str().unwrap_or("of another type"));
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, version.line(), message);
            }
            None => out.malformed_entry(1, "no lockfile version"),
        }
        let mut found = Vec::new();
        let mut names: HashMap<(&str, String), ComponentRef> = HashMap::new();
        for entry in root.get("package").into_iter().flat_map(Node::items) {
            let Some(at) = package(entry, file.path(), out) else { continue };
            let platform = entry.get_str("platform").unwrap_or_default();
            let name = entry.get_str("name").unwrap_or_default();
            names.entry((platform, pypi::normalise(name).into_owned())).or_insert(at);
            found.push((entry, platform, at));
        }
        let mut done = HashSet::new();
        for (entry, platform, from) in found {
            for (name, _) in entry.get("dependencies").into_iter().flat_map(Node::entries) {
                if let Some(to) = names.get(&(platform, pypi::normalise(name).into_owned()))
                    && done.insert((from, *to))
                {
                    out.depends(from, *to, Scope::Runtime);
                }
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn package(entry: &Node, path: &SourcePath, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let line = entry.line();
    let (Some(name), Some(version)) = (entry.get_str("name"), entry.get_str("version")) else {
        out.malformed_entry(line, "package left out: it has no name or no version");
        return None;
    };
    let url = entry.get_str("url").unwrap_or_default();
    let mut hashes = Vec::new();
    for (key, value) in entry.get("hash").into_iter().flat_map(Node::entries) {
        match (DigestAlgorithm::from_name(key), value.as_str()) {
            (Some(algorithm), Some(hex)) => hashes.extend(conda::digest(algorithm, hex, value.line(), out)),
            _ => out.malformed_entry(value.line(), "digest left out: its algorithm is not known"),
        }
    }
    let mut component = if entry.get_str("manager") == Some("pip") {
        let mut component = pypi::component(out, path, (name, Some(version)), Origin::Index(None), line)?;
        pypi::add_artifacts(&mut component, vec![Artifact { url, digests: hashes }]);
        component
    } else {
        let parsed = Archive::parse(url).unwrap_or_default();
        let subdir =
            if parsed.subdir.is_empty() { entry.get_str("platform").unwrap_or_default() } else { parsed.subdir };
        let archive = Archive { name, version, subdir, ..parsed };
        conda::component(&archive, url, hashes, line, out)?
    };
    // `category` is `main` or the name of an optional set such as `dev`.
    let category = entry.get_str("category").unwrap_or("main");
    let optional = entry.get("optional").and_then(Node::as_bool) == Some(true);
    component.scope = match (category, optional) {
        ("main", false) => Scope::Runtime,
        ("dev" | "test" | "lint" | "docs", _) => Scope::Dev,
        _ => Scope::Optional,
    };
    Some(out.component(component, line))
}
