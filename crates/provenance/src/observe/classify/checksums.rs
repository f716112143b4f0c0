//! What lockfiles say of the content of packages, as they were delivered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_attest::DigestSet;
use plimsoll_model::{Digest, Limits, Purl};
use plimsoll_syntax::toml;
use serde_json::Value;

use super::super::{FileKind, Places, Trace};
use super::packages::read;
use super::{Class, Inventory};

/// Adds to the packages of an inventory what the lockfiles say that the build read, and those beside the source.
pub(super) fn add(inventory: &mut Inventory, trace: &Trace, places: &Places) {
    let mut known = BTreeMap::new();
    for path in lockfiles(trace, places) {
        let Some(bytes) = read(&path) else { continue };
        match path.file_name().and_then(|name| name.to_str()) {
            Some("Cargo.lock") => cargo(&String::from_utf8_lossy(&bytes), &mut known),
            Some("package-lock.json" | ".package-lock.json" | "npm-shrinkwrap.json") => npm(&bytes, &mut known),
            Some("go.sum") => go(&String::from_utf8_lossy(&bytes), &mut known),
            _ => {}
        }
    }
    for (key, group) in &mut inventory.groups {
        let Some(said) = known.get(key).filter(|_| group.class == Class::Dependency) else { continue };
        group.digest.extend(said.digest.clone());
        group.facts.extend(said.facts.clone());
    }
}

/// What a lockfile says of one package.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    digest: DigestSet,
    facts: BTreeMap<String, String>,
}

/// The lockfiles that the build opened, in the source tree or in a directory of modules.
fn lockfiles(trace: &Trace, places: &Places) -> Vec<PathBuf> {
    let names = ["Cargo.lock", "package-lock.json", ".package-lock.json", "npm-shrinkwrap.json", "go.sum"];
    let of_name = |path: &&Path| path.file_name().is_some_and(|name| names.iter().any(|known| name == *known));
    let regular = trace.files.iter().filter(|(_, record)| record.kind == FileKind::Regular);
    let opened =
        regular.map(|(path, _)| path.as_path()).filter(|path| path.starts_with(&places.source)).filter(of_name);
    let mut paths: Vec<PathBuf> = opened.map(Path::to_owned).collect();
    paths.extend(names.iter().map(|name| places.source.join(name)));
    paths.push(places.source.join("node_modules/.package-lock.json"));
    paths.sort();
    paths.dedup();
    paths
}

fn cargo(text: &str, known: &mut BTreeMap<String, Said>) {
    let (document, _) = toml::parse_partial(text, &Limits::default());
    for package in document.root().tables("package") {
        let (Some(name), Some(version)) = (package.get_str("name"), package.get_str("version")) else { continue };
        let Ok(purl) = Purl::new("cargo", name, version) else { continue };
        let said = known.entry(purl.to_string()).or_default();
        if let Some(checksum) = package.get_str("checksum").filter(|checksum| is_sha256(checksum)) {
            said.digest.insert("sha256".to_owned(), checksum.to_owned());
        }
        if let Some(source) = package.get_str("source") {
            said.facts.insert("registry".to_owned(), source.to_owned());
        }
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn npm(bytes: &[u8], known: &mut BTreeMap<String, Said>) {
    let Ok(lock) = serde_json::from_slice::<Value>(bytes) else { return };
    let Some(packages) = lock.get("packages").and_then(Value::as_object) else { return };
    for (place, package) in packages {
        let text = |field: &str| package.get(field).and_then(Value::as_str);
        let named = text("name").or_else(|| Some(place.rsplit_once("node_modules/")?.1));
        let (Some(name), Some(version), Some(integrity)) = (named, text("version"), text("integrity")) else {
            continue;
        };
        let purl = match name.split_once('/') {
            Some((scope, name)) => Purl::builder("npm", name).namespace(scope).version(version).build(),
            None => Purl::new("npm", name, version),
        };
        let Ok(purl) = purl else { continue };
        let said = known.entry(purl.to_string()).or_default();
        for digest in Digest::from_sri(integrity) {
            let algorithm = digest.algorithm().token().to_owned();
            said.digest.insert(algorithm, digest.hex());
        }
    }
}

/// `MODULE VERSION h1:…`; the line for `go.mod` alone says nothing of the module.
fn go(text: &str, known: &mut BTreeMap<String, Said>) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(module), Some(version), Some(sum)) = (words.next(), words.next(), words.next()) else { continue };
        if version.ends_with("/go.mod") {
            continue;
        }
        let (start, name) = module.rsplit_once('/').map_or((None, module), |(start, name)| (Some(start), name));
        let mut purl = Purl::builder("golang", name).version(version);
        if let Some(start) = start {
            purl = purl.namespace(start);
        }
        let Ok(purl) = purl.build() else { continue };
        known.entry(purl.to_string()).or_default().facts.insert("goSum".to_owned(), sum.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn lockfiles_give_checksums() {
        let mut known = BTreeMap::new();
        let text = format!(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"{SHA256}\"\n\
             [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"short\"\n"
        );
        cargo(&text, &mut known);
        assert_eq!(known["pkg:cargo/a@1.0.0"].digest["sha256"], SHA256);
        assert!(known["pkg:cargo/b@2.0.0"].digest.is_empty());
        npm(
            br#"{"packages":{"":{"name":"x"},"node_modules/@s/c":{"version":"3.0.0","integrity":"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="}}}"#,
            &mut known,
        );
        assert_eq!(known["pkg:npm/%40s/c@3.0.0"].digest["sha512"].len(), 128);
        go("golang.org/x/text v0.3.0 h1:abc=\ngolang.org/x/text v0.3.0/go.mod h1:def=\n", &mut known);
        assert_eq!(known["pkg:golang/golang.org/x/text@v0.3.0"].facts["goSum"], "h1:abc=");
    }

    #[test]
    fn broken_lockfiles_say_nothing() {
        let mut known = BTreeMap::new();
        cargo("[[package]\nname = ", &mut known);
        npm(b"{\"packages\": [1]}", &mut known);
        npm(b"\xff", &mut known);
        go("one two\n\n", &mut known);
        assert!(known.is_empty());
    }
}
