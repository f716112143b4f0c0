//! `go.sum`: hashes of modules and, before Go 1.17, the only trace of what is needed indirectly.
//! <https://go.dev/ref/mod#go-sum-files>

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_extract::prelude::*;

use super::module::{GO_VERSION, REPLACES, published};

/// A line about the files of a module; those about its `go.mod` alone are no trace of its use.
struct Line<'a> {
    number: u32,
    module: &'a str,
    version: &'a str,
    hash: &'a str,
}

/// Joins every `go.sum` with the `go.mod` beside it.
pub(super) fn join(files: &mut Resolver<'_>) {
    for sum in files.named("go.sum") {
        let kept = files.take_kept(sum);
        let text = syntax::text::decode(&kept).text;
        let Some(lines) = read(&text, files, sum) else { continue };
        let Some(module) = files.find_beside(sum, "go.mod") else { continue };
        add_hashes(&lines, files, module);
        if lists_indirect(files, module) {
            continue;
        }
        let known: HashSet<Box<str>> = files.components(module).flat_map(|(_, held)| names(held)).collect();
        let mut highest: BTreeMap<&str, &Line<'_>> = BTreeMap::new();
        for line in lines.iter().filter(|line| !known.contains(line.module)) {
            let held = highest.entry(line.module).or_insert(line);
            if compare(line.version, held.version) == Ordering::Greater {
                *held = line;
            }
        }
        let Some(mut sink) = files.sink(sum) else { continue };
        for line in highest.into_values() {
            let Some(mut component) = published(line.module, line.version, line.number, &mut sink) else { continue };
            component.properties.push(("plimsoll:go:indirect".into(), "true".into()));
            component.properties.push((HASH.into(), line.hash.into()));
            let how = Observation {
                span: Some(Span::Line(line.number)),
                confidence: Confidence::MEDIUM,
                ..Observation::default()
            };
            sink.observed(component, how);
        }
    }
}

/// The hash of a module's files.
const HASH: &str = "plimsoll:go:h1";

/// The lines of a `go.sum`; the first one that is not one is diagnosed.
fn read<'a>(text: &'a str, files: &mut Resolver<'_>, sum: FileHandle) -> Option<Vec<Line<'a>>> {
    let mut lines = Vec::new();
    let mut fault = None;
    for (number, content) in syntax::text::lines(text) {
        let mut words = content.split_whitespace();
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(module), Some(version), Some(hash), None) if hash.contains(':') => {
                if !version.ends_with("/go.mod") {
                    lines.push(Line { number, module, version, hash });
                }
            }
            (None, ..) => {}
            _ => fault = fault.or(Some(number)),
        }
    }
    if let Some(number) = fault {
        files.sink(sum)?.malformed_entry(number, "not a module, its version and its hash");
    }
    Some(lines)
}

/// Puts the hashes on the modules of the `go.mod`.
fn add_hashes(lines: &[Line<'_>], files: &mut Resolver<'_>, module: FileHandle) {
    let hashes: HashMap<(&str, &str), &str> =
        lines.iter().map(|line| ((line.module, line.version), line.hash)).collect();
    let found: Vec<(Handle, &str)> = files
        .components(module)
        .filter_map(|(at, held)| Some((at, *hashes.get(&(&*held.name, held.version.as_deref()?))?)))
        .collect();
    for (at, hash) in found {
        if let Some(component) = files.get_mut(at) {
            component.properties.push((HASH.into(), hash.into()));
        }
    }
}

/// Whether the `go.mod` itself lists what is needed indirectly: since `go 1.17`. One without `go` counts as 1.16.
fn lists_indirect(files: &Resolver<'_>, module: FileHandle) -> bool {
    let mut properties = files.components(module).flat_map(|(_, held)| &held.properties);
    let version = properties.find(|(name, _)| name == GO_VERSION).map_or("1.16", |(_, version)| version);
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next()) >= (Some(1), Some(17))
}

/// The names under which a component is known: its own, and that of the module it replaces.
fn names(component: &Component) -> impl Iterator<Item = Box<str>> {
    let replaced = component.properties.iter().find(|(name, _)| name == REPLACES);
    let replaced = replaced.and_then(|(_, text)| text.split_once('@')).map(|(path, _)| path.into());
    std::iter::once(component.name.clone()).chain(replaced)
}

/// Orders versions as Semantic Versioning 2.0.0 §11 does.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| {
        let version = version.strip_prefix('v').unwrap_or(version).to_owned();
        let version = version.split('+').next().unwrap_or_default().to_owned();
        match version.split_once('-') {
            Some((release, rest)) => (release.to_owned(), Some(rest.to_owned())),
            None => (version, None),
        }
    };
    let (release, rest) = parts(one);
    let (other_release, other_rest) = parts(other);
    identifiers(&release, &other_release).then_with(|| match (rest, other_rest) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(rest), Some(other)) => identifiers(&rest, &other),
    })
}

/// Compares what lies between dots: numbers as numbers and before words.
fn identifiers(one: &str, other: &str) -> Ordering {
    let key = |text: &str| match text.parse::<u64>() {
        Ok(number) => (0_u8, number, String::new()),
        Err(_) => (1, 0, text.to_owned()),
    };
    one.split('.').map(key).cmp(other.split('.').map(key))
}
