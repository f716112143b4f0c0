//! `pixi.lock`: what each environment holds on each platform.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::conda::{self, Archive};
use crate::pypi::{self, Artifact, Origin};

/// Platforms and environments whose edges are looked at for one package; the needs of a package do not differ in them.
const MAX_PLACES: usize = 64;

/// Reads a lock.
pub(super) fn read(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let text = syntax::text::decode(&bytes).text;
    let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
    let Some(root) = documents.first() else { return fault.map_or(Ok(()), |fault| Err(fault.into())) };
    match root.get("version").map(|version| (version.as_str(), version.line())) {
        Some((Some("1" | "2" | "3" | "4" | "5" | "6"), _)) => {}
        Some((version, line)) => {
            let message = format!("pixi.lock version {}", version.unwrap_or("of another type"));
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, line, message);
        }
        None => out.malformed_entry(1, "no lockfile version"),
    }
    let mut lock = Lock::default();
    for entry in root.get("packages").or_else(|| root.get("package")).into_iter().flat_map(Node::items) {
        lock.package(entry, file.path(), out);
    }
    lock.edges(root, out);
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

struct Package<'d> {
    at: ComponentRef,
    name: String,
    needs: Vec<&'d str>,
    platform: Option<&'d str>,
    /// Places looked at so far.
    places: usize,
}

#[derive(Default)]
struct Lock<'d> {
    packages: Vec<Package<'d>>,
    by_url: HashMap<&'d str, usize>,
}

impl<'d> Lock<'d> {
    fn package(&mut self, entry: &'d Node, path: &SourcePath, out: &mut Sink<'_>) {
        let line = entry.line();
        let (conda_url, pypi_url) = (entry.get_str("conda"), entry.get_str("pypi"));
        let kind = entry.get_str("kind").or_else(|| entry.get_str("manager"));
        let is_pypi = pypi_url.is_some() || conda_url.is_none() && matches!(kind, Some("pypi" | "pip"));
        let url = conda_url.or(pypi_url).or_else(|| entry.get_str("url")).or_else(|| entry.get_str("path"));
        let url = url.unwrap_or_default();
        let parsed = Archive::parse(url).filter(|_| !is_pypi).unwrap_or_default();
        let name = entry.get_str("name").unwrap_or(parsed.name);
        let version = entry.get_str("version").unwrap_or(parsed.version);
        if name.is_empty() {
            return out.malformed_entry(line, "package left out: it has no name");
        }
        let hashes = digests(entry, out);
        let component = if is_pypi {
            let local = !url.contains("://");
            let origin = if local { Origin::Local(url) } else { Origin::Index(None) };
            let version = Some(version).filter(|version| !version.is_empty());
            let component = pypi::component(out, path, (name, version), origin, line);
            component.map(|mut component| {
                if !local {
                    pypi::add_artifacts(&mut component, vec![Artifact { url, digests: hashes }]);
                }
                component
            })
        } else {
            let or = |key: &str, held: &'d str| entry.get_str(key).unwrap_or(held);
            let (build, subdir) = (or("build", parsed.build), or("subdir", parsed.subdir));
            conda::component(&Archive { name, version, build, subdir, ..parsed }, url, hashes, line, out)
        };
        let Some(mut component) = component else { return };
        component.licenses.extend(entry.get_str("license").and_then(License::declared));
        let list = |key: &str| entry.get(key).into_iter().flat_map(Node::items).filter_map(Node::as_str);
        let older = entry.get("dependencies").into_iter().flat_map(Node::items).filter_map(Node::as_str);
        let older_map = entry.get("dependencies").into_iter().flat_map(Node::entries).map(|(name, _)| name);
        let needs = list("depends").chain(list("requires_dist")).chain(older).chain(older_map).collect();
        let at = out.component(component, line);
        self.by_url.insert(url, self.packages.len());
        let name = pypi::normalise(name).into_owned();
        self.packages.push(Package { at, name, needs, platform: entry.get_str("platform"), places: 0 });
    }

    fn edges(&mut self, root: &'d Node, out: &mut Sink<'_>) {
        let mut places: Vec<Vec<usize>> = Vec::new();
        for (_, environment) in root.get("environments").into_iter().flat_map(Node::entries) {
            for (_, packages) in environment.get("packages").into_iter().flat_map(Node::entries) {
                let urls =
                    packages.items().filter_map(|entry| entry.get_str("conda").or_else(|| entry.get_str("pypi")));
                places.push(urls.filter_map(|url| self.by_url.get(url).copied()).collect());
            }
        }
        if places.is_empty() {
            let mut platforms: Vec<Option<&str>> = self.packages.iter().map(|package| package.platform).collect();
            platforms.sort_unstable();
            platforms.dedup();
            let mut by_platform: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
            for (at, package) in self.packages.iter().enumerate() {
                by_platform.entry(package.platform).or_default().push(at);
            }
            places.extend(platforms.into_iter().filter_map(|platform| by_platform.remove(&platform)));
        }
        let mut done = HashSet::new();
        for place in places {
            self.edges_in(&place, &mut done, out);
        }
    }

    fn edges_in(&mut self, place: &[usize], done: &mut HashSet<(ComponentRef, ComponentRef)>, out: &mut Sink<'_>) {
        let held = place.iter().filter_map(|at| self.packages.get(*at));
        let names: HashMap<String, ComponentRef> = held.map(|package| (package.name.clone(), package.at)).collect();
        for at in place {
            let Some(package) = self.packages.get_mut(*at).filter(|package| package.places < MAX_PLACES) else {
                continue;
            };
            package.places = package.places.saturating_add(1);
            for need in &package.needs {
                let end = need.find([' ', '=', '<', '>', '!', '~', '[', ';', '(', '@']).unwrap_or(need.len());
                let name = pypi::normalise(need.get(..end).unwrap_or(need));
                if let Some(&to) = names.get(name.as_ref())
                    && to != package.at
                    && done.insert((package.at, to))
                {
                    out.depends(package.at, to, Scope::Unspecified);
                }
            }
        }
    }
}

fn digests(entry: &Node, out: &mut Sink<'_>) -> Vec<Digest> {
    let mut hashes = Vec::new();
    let nested = entry.get("hash").into_iter().flat_map(Node::entries);
    let own = ["sha256", "md5"].into_iter().filter_map(|key| entry.get(key).map(|value| (key, value)));
    for (key, value) in own.chain(nested) {
        if let (Some(algorithm), Some(hex)) = (DigestAlgorithm::from_name(key), value.as_str()) {
            hashes.extend(conda::digest(algorithm, hex, value.line(), out));
        }
    }
    hashes
}
