//! The YAML of Yarn 2 and later. A key lists descriptors; `resolution` is the locator, with the real name:
//! `name@npm:1.0.0`, `name@workspace:dir`, `name@patch:…`, `name@https://….git#commit=…`, `name@file:…`.

use std::borrow::Cow;
use std::collections::HashSet;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::{self, Origin};
use plimsoll_extract::syntax::yaml::{self, Node};
use plimsoll_model::Limits;

use super::locked::{Entry, Identity, Need};

/// Written for workspaces, whose version is in `package.json`.
const LOCAL_VERSION: &str = "0.0.0-use.local";

/// Reads the entries.
pub(super) fn read(text: &str, limits: &Limits, out: &mut Sink<'_>) -> (Vec<Entry<'static>>, Result<(), ExtractError>) {
    let (documents, fault) = yaml::parse_partial(text, limits);
    let mut entries = Vec::new();
    let nodes = || documents.iter().filter_map(Node::as_map).flatten();
    let locators: HashSet<&str> = nodes().filter_map(|(_, entry)| entry.get_str("resolution")).collect();
    for (key, entry) in nodes() {
        match key.as_str() {
            Some("__metadata") => {}
            Some(descriptors) if entry.as_map().is_some() => {
                entries.extend(read_entry(descriptors, entry, key.line(), &locators, out));
            }
            _ => out.malformed_entry(key.line(), "entry left out: not a mapping"),
        }
    }
    (entries, fault.map_or(Ok(()), |fault| Err(fault.into())))
}

fn read_entry(
    descriptors: &str,
    entry: &Node,
    line: u32,
    locators: &HashSet<&str>,
    out: &mut Sink<'_>,
) -> Option<Entry<'static>> {
    let descriptors: Vec<Cow<'static, str>> =
        descriptors.split(", ").map(|descriptor| descriptor.to_owned().into()).collect();
    let Some(locator) = entry.get_str("resolution").or(descriptors.first().map(|first| &**first)) else {
        out.malformed_entry(line, "entry left out: no resolution");
        return None;
    };
    let (name, reference) = npm::split_descriptor(locator);
    let reference = reference.unwrap_or_default();
    let mut properties = Vec::new();
    let identity = match reference.strip_prefix("patch:") {
        Some(patch) => {
            properties.push(("plimsoll:yarn:patch", patch_source(patch)));
            // What is patched has its own entry, and a purl that says all that a registry knows of it.
            let original = unescape(patch.split('#').next().unwrap_or_default());
            if locators.contains(original.as_str()) { Identity::package(Origin::Registry) } else { Identity::Local }
        }
        None => identity(reference),
    };
    let property = |key: &str| entry.get_str(key).map(str::to_owned);
    properties.extend(property("checksum").map(|text| ("plimsoll:yarn:checksum", text)));
    properties.extend(property("conditions").map(|text| ("plimsoll:npm:conditions", text)));
    let version = entry.get_str("version").filter(|version| *version != LOCAL_VERSION);
    if version.is_none() && !matches!(identity, Identity::Workspace(_)) {
        out.malformed_entry(line, format!("{locator} has no version"));
    }
    Some(Entry {
        name: name.to_owned().into(),
        version: version.map(|version| version.to_owned().into()),
        identity,
        integrity: None,
        properties,
        line,
        needs: needs(entry),
        descriptors,
    })
}

fn identity(reference: &str) -> Identity {
    let (reference, bindings) = match reference.split_once("::") {
        Some((reference, bindings)) => (reference, bindings),
        None => (reference, ""),
    };
    if reference.starts_with("npm:") {
        let archive = bindings.split('&').find_map(|binding| binding.strip_prefix("__archiveUrl=")).map(unescape);
        return Identity::Package { git: None, url: archive, sha1: None };
    }
    match Origin::parse(reference) {
        Origin::Registry => Identity::Local,
        // Only a repository has a commit.
        Origin::Archive { url, .. } if reference.contains("#commit=") => {
            let commit = reference.split_once("#commit=").map(|(_, commit)| commit).unwrap_or_default();
            Identity::Package { git: Some(crate::vcs::git_url(url, Some(commit))), url: None, sha1: None }
        }
        origin => Identity::package(origin),
    }
}

/// `typescript@npm%3A5.0.2#optional!builtin<compat/typescript>::version=5.0.2&hash=…`: what lies between `#` and `::`.
fn patch_source(patch: &str) -> String {
    let source = patch.split_once('#').map_or(patch, |(_, source)| source);
    source.split_once("::").map_or(source, |(source, _)| source).to_owned()
}

/// Takes percent escapes away.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escape = (byte == b'%').then(|| tail.get(..2)).flatten();
        let value = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(value.unwrap_or(byte));
        rest = if value.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn needs(entry: &Node) -> Vec<Need<'static>> {
    let meta = entry.get("dependenciesMeta");
    let optional: HashSet<&str> = meta
        .into_iter()
        .flat_map(Node::entries)
        .filter(|(_, meta)| meta.get("optional").and_then(Node::as_bool) == Some(true))
        .map(|(name, _)| name)
        .collect();
    let dependencies = entry.get("dependencies").into_iter().flat_map(Node::entries);
    dependencies
        .map(|(name, range)| Need {
            name: name.to_owned().into(),
            descriptor: descriptor(name, range.as_str().unwrap_or_default()),
            optional: optional.contains(name),
        })
        .collect()
}

/// The descriptor of a range; one without protocol means the registry (`defaultProtocol`).
pub(super) fn descriptor(name: &str, range: &str) -> String {
    let protocol = range.split_once(':').map(|(protocol, _)| protocol).unwrap_or_default();
    let has_one = !protocol.is_empty() && !protocol.contains([' ', '/', '<', '>', '=', '|', '^', '~', '*']);
    if has_one || range.contains("://") { format!("{name}@{range}") } else { format!("{name}@npm:{range}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_without_protocol_are_the_registrys() {
        assert_eq!(descriptor("a", "^1.0.0 || ^2"), "a@npm:^1.0.0 || ^2");
        assert_eq!(descriptor("a", "npm:^1"), "a@npm:^1");
        assert_eq!(descriptor("a", "workspace:*"), "a@workspace:*");
        assert_eq!(descriptor("a", "https://x/y.tgz"), "a@https://x/y.tgz");
    }

    #[test]
    fn locators() {
        let package = |git: Option<&str>, url: Option<&str>| Identity::Package {
            git: git.map(str::to_owned),
            url: url.map(str::to_owned),
            sha1: None,
        };
        assert_eq!(identity("npm:1.0.0"), package(None, None));
        assert_eq!(
            identity("npm:1.0.0::__archiveUrl=https%3A%2F%2Fr%2Fa-1.tgz"),
            package(None, Some("https://r/a-1.tgz"))
        );
        assert_eq!(
            identity("https://github.com/a/b.git#commit=0123"),
            package(Some("git+https://github.com/a/b.git@0123"), None)
        );
        assert_eq!(
            identity("git@github.com:a/b.git#commit=01"),
            package(Some("git+ssh://git@github.com/a/b.git@01"), None)
        );
        assert_eq!(identity("https://x/y.tgz"), package(None, Some("https://x/y.tgz")));
        assert_eq!(identity("workspace:packages/a"), Identity::Workspace("packages/a".into()));
        assert_eq!(identity("file:./x.tgz#./x.tgz::hash=1&locator=r%40workspace%3A."), Identity::Local);
        assert_eq!(identity("exec:./x"), Identity::Local);
    }
}
