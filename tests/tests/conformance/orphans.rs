//! Images as their package managers leave them, one for each ecosystem: how many of the components that we find there
//! hang together. A component without an edge to or from any other, the subject of the document included, is an orphan
//! (<https://github.com/anchore/syft/issues/5173>). One that only the subject points at is counted as well: it is right
//! for what nothing needs, and wrong for everything else.

mod images;
mod more_images;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_tests::{Outcome, TemporaryDirectory, docker_archive_of_bytes, plimsoll};
use serde_json::Value;

/// Paths and contents.
type Files = Vec<(String, Vec<u8>)>;

/// What a document says of how its components hang together.
struct Census {
    components: BTreeSet<String>,
    orphans: BTreeSet<String>,
    root_only: BTreeSet<String>,
    edges: BTreeSet<(String, String)>,
}

impl Census {
    fn of(files: &Files) -> Self {
        let directory = TemporaryDirectory::new();
        let layer: Vec<(&str, &[u8])> =
            files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
        directory.write("image.tar", docker_archive_of_bytes("harbour:1", &[layer]));
        let command = ["scan", "docker-archive:image.tar", "-o", "cyclonedx-json"];
        let outcome = Outcome::from(plimsoll(command).current_dir(directory.path()).output().unwrap());
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let root = document["metadata"]["component"]["bom-ref"].as_str().unwrap().to_owned();
        let mut components = BTreeSet::new();
        list(&document["components"], &mut components);
        let mut edges = BTreeSet::new();
        nested(&document["components"], &mut edges);
        for row in document["dependencies"].as_array().unwrap() {
            let targets = ["dependsOn", "provides"].into_iter().filter_map(|key| row[key].as_array()).flatten();
            let from = row["ref"].as_str().unwrap();
            edges.extend(targets.map(|to| (from.to_owned(), to.as_str().unwrap().to_owned())));
        }
        let mut degrees: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (from, to) in &edges {
            for end in [from, to] {
                let (all, others) = degrees.entry(end).or_default();
                *all += 1;
                *others += usize::from(*from != root && *to != root);
            }
        }
        let with = |test: &dyn Fn((usize, usize)) -> bool| {
            let held = components.iter().filter(|name| test(degrees.get(name.as_str()).copied().unwrap_or_default()));
            held.cloned().collect()
        };
        let (orphans, root_only) = (with(&|(all, _)| all == 0), with(&|(all, others)| all > 0 && others == 0));
        Self { components, orphans, root_only, edges }
    }

    /// Fewer than one in a hundred is an orphan, and only these hang on the image alone.
    fn assert(&self, least: usize, alone: &[&str]) {
        assert!(self.components.len() >= least, "found {}: {:?}", self.components.len(), self.components);
        assert!(self.orphans.len() * 100 < self.components.len(), "orphans: {:?}", self.orphans);
        let root_only: Vec<&str> = self.root_only.iter().map(String::as_str).collect();
        assert_eq!(root_only, alone);
    }

    fn assert_edges(&self, wanted: &[(&str, &str)]) {
        for (from, to) in wanted {
            let held = self.edges.contains(&((*from).to_owned(), (*to).to_owned()));
            let near: Vec<_> = self.edges.iter().filter(|(start, end)| start == from || end == to).collect();
            assert!(held, "{from} -> {to} is missing; there are {near:?}");
        }
    }
}

fn list(components: &Value, out: &mut BTreeSet<String>) {
    for component in components.as_array().into_iter().flatten() {
        out.insert(component["bom-ref"].as_str().unwrap().to_owned());
        list(&component["components"], out);
    }
}

/// A component within another is contained in it.
fn nested(components: &Value, out: &mut BTreeSet<(String, String)>) {
    for component in components.as_array().into_iter().flatten() {
        for inner in component["components"].as_array().into_iter().flatten() {
            let name = |value: &Value| value["bom-ref"].as_str().unwrap().to_owned();
            out.insert((name(component), name(inner)));
        }
        nested(&component["components"], out);
    }
}

#[test]
fn npm() {
    let census = Census::of(&images::npm());
    census.assert(17, &["pkg:npm/corepack@0.28.0"]);
    census.assert_edges(&[
        ("pkg:npm/express@4.19.2", "pkg:npm/debug@2.6.9"),
        ("pkg:npm/debug@2.6.9", "pkg:npm/ms@2.0.0"),
        ("pkg:npm/%40harbour/chart@3.1.0", "pkg:npm/ms@2.1.3"),
        ("pkg:npm/npm@10.7.0", "pkg:npm/semver@7.6.2"),
        ("pkg:npm/left@1.0.0", "pkg:npm/right@2.0.0"),
    ]);
}

#[test]
fn gems() {
    let census = Census::of(&images::gems());
    census.assert(12, &["pkg:gem/json@2.7.1", "pkg:gem/stringio@3.1.0"]);
    census.assert_edges(&[
        ("pkg:gem/sinatra@4.0.0", "pkg:gem/rack@3.0.11"),
        ("pkg:gem/rack-session@2.0.0", "pkg:gem/rack@3.0.11"),
        ("pkg:gem/old@1.0.0", "pkg:gem/rack@2.2.9"),
        ("pkg:gem/nokogiri@1.16.5?platform=x86_64-linux", "pkg:gem/racc@1.7.3"),
        ("pkg:gem/irb@1.13.1", "pkg:gem/reline@0.5.7"),
    ]);
}

#[test]
fn composer() {
    let census = Census::of(&images::composer());
    census.assert(7, &[]);
    census.assert_edges(&[
        ("pkg:composer/monolog/monolog@3.6.0", "pkg:composer/psr/log@3.0.0"),
        ("pkg:composer/symfony/console@v7.0.7", "pkg:composer/symfony/string@v7.0.7"),
        ("pkg:composer/symfony/string@v7.0.7", "pkg:composer/symfony/polyfill-mbstring@v1.29.0"),
    ]);
}

#[test]
fn python() {
    let census = Census::of(&more_images::python());
    census.assert(12, &["pkg:pypi/pip@24.0"]);
    census.assert_edges(&[
        ("pkg:pypi/requests@2.32.2", "pkg:pypi/urllib3@2.2.1"),
        ("pkg:pypi/requests@2.32.2", "pkg:pypi/pysocks@1.7.1"),
        ("pkg:pypi/flask@3.0.3", "pkg:pypi/markupsafe@2.1.5"),
        ("pkg:pypi/legacy@1.0", "pkg:pypi/click@8.1.7"),
    ]);
    let windows = ("pkg:pypi/click@8.1.7".to_owned(), "pkg:pypi/colorama@0.4.6".to_owned());
    assert!(!census.edges.contains(&windows), "its marker is false on Linux");
}

#[test]
fn maven() {
    let census = Census::of(&more_images::maven());
    census.assert(9, &["pkg:maven/org.lone/lone@9.0"]);
    census.assert_edges(&[
        ("pkg:maven/com.harbour/app@1.0.0", "pkg:maven/com.harbour/tides@2.0.0"),
        ("pkg:maven/com.harbour/tides@2.0.0", "pkg:maven/org.slf4j/slf4j-api@2.0.13"),
        ("pkg:maven/com.harbour/web@1.0.0", "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"),
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "pkg:maven/org.apache.logging.log4j/log4j-api@2.14.1"),
    ]);
}

#[test]
fn debian() {
    let census = Census::of(&more_images::debian());
    census.assert(9, &["operating-system:debian@12", "pkg:deb/debian/tzdata@2024a-0?arch=all&distro=debian-12"]);
    census.assert_edges(&[
        (
            "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12",
            "pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&distro=debian-12",
        ),
        // `mail-transport-agent` is virtual: exim provides it.
        (
            "pkg:deb/debian/mutt@2.2.9-1?arch=amd64&distro=debian-12",
            "pkg:deb/debian/exim4@4.96-15?arch=amd64&distro=debian-12",
        ),
    ]);
}
