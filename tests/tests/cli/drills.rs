//! The drills of the design: what is looked for is found, with the whole path that leads to it.

use std::collections::{HashMap, VecDeque};
use std::fs;

use plimsoll_tests::{TemporaryDirectory, docker_archive_of_bytes, workspace, zip};
use serde_json::Value;

use crate::run::run_in;

fn drill(file: &str) -> Vec<u8> {
    fs::read(workspace().join("testdata/drills").join(file)).unwrap()
}

fn scan(directory: &TemporaryDirectory, source: &str) -> Value {
    let outcome = run_in(directory, ["scan", source, "-o", "cyclonedx-json"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn component<'a>(document: &'a Value, purl: &str) -> &'a Value {
    let components = document["components"].as_array().unwrap();
    components.iter().find(|held| held["purl"] == purl).unwrap_or_else(|| panic!("{purl} is not there"))
}

/// The names from what the document is about to this component, the shortest way.
fn way(document: &Value, purl: &str) -> Vec<String> {
    let root = document["metadata"]["component"]["bom-ref"].as_str().unwrap();
    let target = component(document, purl)["bom-ref"].as_str().unwrap();
    let mut from: HashMap<&str, &str> = HashMap::new();
    let mut queue = VecDeque::from([root]);
    while let Some(at) = queue.pop_front() {
        let entry = document["dependencies"].as_array().unwrap().iter().find(|entry| entry["ref"] == at);
        for next in entry.and_then(|entry| entry["dependsOn"].as_array()).into_iter().flatten() {
            let next = next.as_str().unwrap();
            if next != root && !from.contains_key(next) {
                from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    let mut way = vec![target.to_owned()];
    while let Some(at) = from.get(way.last().unwrap().as_str()) {
        way.push((*at).to_owned());
    }
    way.reverse();
    way
}

fn locations(component: &Value) -> Vec<&str> {
    let occurrences = component["evidence"]["occurrences"].as_array().unwrap();
    occurrences.iter().map(|seen| seen["location"].as_str().unwrap()).collect()
}

fn properties<'a>(component: &'a Value, name: &str) -> Vec<&'a str> {
    let held = component["properties"].as_array().into_iter().flatten();
    held.filter(|held| held["name"] == name).filter_map(|held| held["value"].as_str()).collect()
}

/// A war in the second layer of an image, with the jar in it.
#[test]
fn log4shell_is_found_in_a_jar_in_a_war_in_a_layer() {
    let jar = |name: &str, pom: bool| {
        let place = format!("META-INF/maven/org.apache.logging.log4j/{name}");
        let properties = drill(&format!("log4shell/{name}/pom.properties"));
        let project = if pom { drill(&format!("log4shell/{name}/pom.xml")) } else { Vec::new() };
        let (properties_path, project_path) = (format!("{place}/pom.properties"), format!("{place}/pom.xml"));
        let mut members: Vec<(&str, &[u8])> = vec![(&properties_path, &properties)];
        if pom {
            members.push((&project_path, &project));
        }
        zip(&members)
    };
    let (core, api, manifest) = (jar("log4j-core", true), jar("log4j-api", false), drill("log4shell/MANIFEST.MF"));
    let war = zip(&[
        ("META-INF/MANIFEST.MF", &manifest),
        ("WEB-INF/lib/log4j-api-2.14.1.jar", &api),
        ("WEB-INF/lib/log4j-core-2.14.1.jar", &core),
    ]);
    let release = drill("log4shell/os-release");
    let image = docker_archive_of_bytes(
        "acme/billing:4.2.0",
        &[vec![("etc/os-release", &release)], vec![("srv/billing.war", &war)]],
    );
    let directory = TemporaryDirectory::new();
    fs::write(directory.path().join("image.tar"), image).unwrap();
    let document = scan(&directory, "docker-archive:image.tar");
    let core = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";
    let found = component(&document, core);
    assert_eq!(
        locations(found)[0].split("!/").take(2).collect::<Vec<_>>(),
        ["srv/billing.war", "WEB-INF/lib/log4j-core-2.14.1.jar"]
    );
    assert_eq!(properties(found, "plimsoll:layer:introduced").len(), 1);
    let way = way(&document, core);
    assert_eq!(way.len(), 3, "image, war, jar: {way:?}");
    assert!(way[1].contains("billing"), "{way:?}");
    let entries = document["dependencies"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["ref"] == found["bom-ref"]).unwrap();
    assert_eq!(entry["dependsOn"], serde_json::json!(["pkg:maven/org.apache.logging.log4j/log4j-api@2.14.1"]));
}

/// The library as a package of the system, and linked into a program that no package owns.
#[test]
fn xz_is_found_as_a_package_and_inside_a_program() {
    let status =
        b"Package: liblzma5\nStatus: install ok installed\nArchitecture: amd64\nSource: xz-utils\nVersion: 5.6.1-1\n\n";
    let program = fs::read(workspace().join("testdata/binaries/binary/classifier/linked/usr/sbin/logd")).unwrap();
    let release = b"ID=debian\nVERSION_CODENAME=sid\n".as_slice();
    let image = docker_archive_of_bytes(
        "acme/logs:1",
        &[vec![("etc/os-release", release), ("var/lib/dpkg/status", status)], vec![("usr/local/sbin/logd", &program)]],
    );
    let directory = TemporaryDirectory::new();
    fs::write(directory.path().join("image.tar"), image).unwrap();
    let document = scan(&directory, "docker-archive:image.tar");
    let components = document["components"].as_array().unwrap();
    let package = components.iter().find(|held| held["name"] == "liblzma5").unwrap();
    assert!(package["purl"].as_str().unwrap().starts_with("pkg:deb/debian/liblzma5@5.6.1-1?"), "{package}");
    let linked = component(&document, "pkg:generic/xz@5.6.1");
    assert_eq!(locations(linked), ["usr/local/sbin/logd"]);
    assert!(linked["evidence"]["occurrences"][0]["offset"].as_u64().unwrap() > 0, "{linked}");
    let layers = |held| properties(held, "plimsoll:layer:introduced").concat();
    assert_ne!(layers(package), layers(linked));
    let way = way(&document, "pkg:generic/xz@5.6.1");
    assert_eq!(way.len(), 3, "image, program, library: {way:?}");
    assert!(way[1].contains("logd"), "{way:?}");
}

/// A package that a package of a package needs, and where it is downloaded from.
#[test]
fn event_stream_is_found_with_what_brings_it_in() {
    let directory = TemporaryDirectory::new();
    for file in ["package.json", "package-lock.json"] {
        directory.write(file, String::from_utf8(drill(&format!("event-stream/{file}"))).unwrap());
    }
    let document = scan(&directory, "dir:.");
    let way = way(&document, "pkg:npm/flatmap-stream@0.1.1");
    let names: Vec<&str> = way.iter().skip(way.len() - 3).map(String::as_str).collect();
    assert_eq!(names, ["pkg:npm/ps-tree@1.1.0", "pkg:npm/event-stream@3.3.6", "pkg:npm/flatmap-stream@0.1.1"]);
    let found = component(&document, "pkg:npm/flatmap-stream@0.1.1");
    assert_eq!(found["scope"], "required");
    assert_eq!(
        found["externalReferences"][0]["url"],
        "https://registry.npmjs.org/flatmap-stream/-/flatmap-stream-0.1.1.tgz"
    );
    assert_eq!(found["evidence"]["occurrences"][0]["line"], 30);
}

/// The gate of the drills refuses what was hit and passes what was mended; no rule of it is idle.
#[test]
fn the_gate_refuses_what_was_hit() {
    let root = workspace().join("testdata/drills/gate");
    let outcome = plimsoll_tests::Outcome::from(
        plimsoll_tests::plimsoll(["policy", "test"]).current_dir(&root).output().unwrap(),
    );
    assert_eq!(outcome.status, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("9 of 9 cases are as expected"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("no case is denied by"), "{}", outcome.stdout);
}
