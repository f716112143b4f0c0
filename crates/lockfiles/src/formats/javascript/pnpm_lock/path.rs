//! Dependency paths, the keys of `packages` and `snapshots`.

use plimsoll_extract::syntax::npm;

/// What a dependency path says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DependencyPath<'a> {
    /// The name, when the path has one.
    pub(super) name: Option<&'a str>,
    /// What follows it, without peers: a version, or where the package comes from.
    pub(super) reference: &'a str,
}

/// The path without the peers that follow in parentheses (6, 9).
pub(super) fn without_peers(path: &str) -> &str {
    path.split_once('(').map_or(path, |(path, _)| path)
}

/// Reads a path. Version 5 has slashes between name and version; its paths of other registries start with a host.
pub(super) fn parse(path: &str, major: u32) -> DependencyPath<'_> {
    let plain = without_peers(path);
    let rest = plain.strip_prefix('/').unwrap_or(plain);
    if is_place(rest) {
        return DependencyPath { name: None, reference: rest };
    }
    if major < 6 || !plain.contains('@') || slash_form(plain) {
        let rest = if plain.starts_with('/') { rest } else { after_host(rest) };
        let (name, reference) = split_slash(rest);
        let reference = reference.split_once('_').map_or(reference, |(version, _)| version);
        return DependencyPath { name: Some(name), reference };
    }
    let (name, reference) = npm::split_descriptor(rest);
    match reference {
        Some(reference) if npm::split_name(name).is_some() => DependencyPath { name: Some(name), reference },
        _ => DependencyPath { name: None, reference: rest },
    }
}

/// `file:dir`, `https://…` and the `@host/…` that version 6 makes of the latter.
fn is_place(path: &str) -> bool {
    let protocols = ["file:", "link:", "http:", "https:", "git+", "git:", "ssh:"];
    protocols.iter().any(|protocol| path.starts_with(protocol))
        || path.strip_prefix('@').is_some_and(|rest| rest.matches('/').count() > 1 && !rest.contains('@'))
            && !slash_form(path)
}

/// `@scope/name/1.0.0`: the third part starts with a digit.
fn slash_form(path: &str) -> bool {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (name, reference) = split_slash(rest);
    !name.trim_start_matches('@').contains('@')
        && reference.starts_with(|first: char| first.is_ascii_digit())
        && !reference.contains('/')
}

fn split_slash(rest: &str) -> (&str, &str) {
    let from = if rest.starts_with('@') { rest.find('/').map_or(0, |at| at.saturating_add(1)) } else { 0 };
    let end = rest.get(from..).and_then(|tail| tail.find('/')).map_or(rest.len(), |at| at.saturating_add(from));
    (rest.get(..end).unwrap_or_default(), rest.get(end.saturating_add(1)..).unwrap_or_default())
}

fn after_host(rest: &str) -> &str {
    match rest.split_once('/') {
        Some((host, path)) if host.contains('.') && !host.starts_with('@') && path.contains('/') => path,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_all_versions() {
        let at = |name, reference| DependencyPath { name: Some(name), reference };
        let place = |reference| DependencyPath { name: None, reference };
        for (path, major, want) in [
            ("/acorn-jsx/5.3.2_acorn@8.8.0", 5, at("acorn-jsx", "5.3.2")),
            ("/@babel/core/7.0.0_abc123", 5, at("@babel/core", "7.0.0")),
            ("registry.npmjs.org/@a/b/1.0.0", 5, at("@a/b", "1.0.0")),
            ("file:packages/x", 5, place("file:packages/x")),
            ("/@a/b@1.0.0(c@2.0.0)(@d/e@3.0.0)", 6, at("@a/b", "1.0.0")),
            ("/a@1.0.0", 6, at("a", "1.0.0")),
            ("/a/1.0.0", 6, at("a", "1.0.0")),
            ("@github.com/debug-js/debug/tarball/4.3.4", 6, place("@github.com/debug-js/debug/tarball/4.3.4")),
            ("a@1.0.0(patch_hash=abc)", 9, at("a", "1.0.0")),
            ("@a/b@file:x.tgz", 9, at("@a/b", "file:x.tgz")),
            (
                "a@https://codeload.github.com/x/y/tar.gz/0123",
                9,
                at("a", "https://codeload.github.com/x/y/tar.gz/0123"),
            ),
            ("a@git+ssh://git@github.com/x/y.git#0123", 9, at("a", "git+ssh://git@github.com/x/y.git#0123")),
        ] {
            assert_eq!(parse(path, major), want, "{path}");
        }
    }

    #[test]
    fn odd_paths_do_no_harm() {
        for path in ["", "/", "@", "/@", "@/", "@a", "a@", "(", "/_", "@a/b/", "é@é(é"] {
            for major in [5, 6, 9] {
                let _ = parse(path, major);
            }
        }
    }
}
