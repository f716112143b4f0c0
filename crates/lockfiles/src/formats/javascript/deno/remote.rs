//! Modules that are imported by URL.
//!
//! The hosts that serve packages have name and version in their paths; the modules of one package at one version are one
//! component, and each module is a reference with its digest. What npm's mirrors serve is the npm package. A module of
//! another host is a component by itself, `pkg:generic/FILE?download_url=URL`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text};
use plimsoll_extract::syntax::npm;
use plimsoll_extract::syntax::text::LineIndex;

use super::{jsr, split_key};

/// Hosts that serve npm packages, and what stands before the name.
const NPM: &[(&str, &str)] = &[
    ("esm.sh", ""),
    ("cdn.skypack.dev", ""),
    ("unpkg.com", ""),
    ("cdn.esm.sh", ""),
    ("cdn.jsdelivr.net", "npm/"),
    ("ga.jspm.io", "npm:"),
    ("jspm.dev", "npm:"),
];

/// Emits what the URLs belong to.
pub(super) fn emit(modules: &[(Text<'_>, Loose<Text<'_>>)], lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let mut placed: HashMap<String, ComponentRef> = HashMap::new();
    for (url, digest) in modules {
        let line = lines.line_of(url).unwrap_or(0);
        let builder = builder(url);
        let Some(purl) = builder.and_then(|builder| out.purl(builder, line)) else {
            if !is_url(url) {
                out.malformed_entry(line, "module left out: its key is no URL");
            }
            continue;
        };
        let hash = digest.as_str().map(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex));
        if !matches!(hash, Some(Ok(_))) {
            out.malformed_entry(line, format!("{url} has no digest"));
        }
        let hashes: Vec<Digest> = hash.and_then(Result::ok).into_iter().collect();
        let single = purl.kind() == "generic" && purl.version().is_none();
        let at = *placed.entry(purl.to_string()).or_insert_with(|| out.component(Component::from_purl(purl), line));
        if let Some(component) = out.get_mut(at) {
            if single {
                component.hashes.extend(hashes.iter().cloned());
            }
            component.references.push(ExternalReference {
                kind: ReferenceKind::Distribution,
                url: url.as_str().into(),
                hashes,
            });
        }
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The purl of the package that a URL belongs to.
pub(super) fn builder(url: &str) -> Option<PurlBuilder> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or(path);
    packaged(host, path).or_else(|| {
        let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(host);
        Some(Purl::builder("generic", name).qualifier("download_url", url))
    })
}

fn packaged(host: &str, path: &str) -> Option<PurlBuilder> {
    if host == "deno.land" {
        return deno_land(path);
    }
    if host == "jsr.io" {
        let mut parts = path.splitn(4, '/');
        let (scope, name, version) = (parts.next()?, parts.next()?, parts.next()?);
        let version = version.strip_suffix("_meta.json").unwrap_or(version);
        return Some(jsr(&format!("{scope}/{name}"))?.version(version));
    }
    if host == "raw.githubusercontent.com" {
        let mut parts = path.splitn(4, '/');
        let (owner, repository, commit) = (parts.next()?, parts.next()?, parts.next()?);
        return Some(Purl::builder("github", repository).namespace(owner).version(commit));
    }
    let (_, prefix) = NPM.iter().find(|(held, _)| *held == host)?;
    npm_package(path.strip_prefix(prefix)?)
}

/// `x/NAME@VERSION/…` and `std@VERSION/…`.
fn deno_land(path: &str) -> Option<PurlBuilder> {
    let (directory, package) = match path.strip_prefix("x/") {
        Some(rest) => ("x/", rest),
        None => ("", path),
    };
    let package = package.split('/').next()?;
    let (name, version) = package.split_once('@')?;
    let known = !name.is_empty() && !version.is_empty() && (directory == "x/" || name == "std");
    let url = format!("https://deno.land/{directory}{package}");
    known.then(|| Purl::builder("generic", name).version(version).qualifier("download_url", url))
}

/// `NAME@VERSION/…`, behind the `v135`, `stable` or `pin/…` of esm.sh and Skypack.
fn npm_package(path: &str) -> Option<PurlBuilder> {
    let mut parts = path.split('/').map(|part| part.trim_start_matches('*')).filter(|part| !part.is_empty());
    let mut first = parts.next()?;
    let build = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if first == "gh" {
        let (owner, repository) = (parts.next()?, parts.next()?);
        let (repository, commit) = repository.split_once('@')?;
        return Some(Purl::builder("github", repository).namespace(owner).version(commit));
    }
    if first == "stable" || build(first) {
        first = parts.next()?;
    }
    let package = if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first.to_owned() };
    let (name, version) = split_key(&package)?;
    let exact = version.starts_with(|first: char| first.is_ascii_digit());
    exact.then(|| npm::purl(name).map(|builder| builder.version(version))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_their_packages() {
        for (url, want) in [
            (
                "https://deno.land/std@0.200.0/path/mod.ts",
                "pkg:generic/std@0.200.0?download_url=https:%2F%2Fdeno.land%2Fstd%400.200.0",
            ),
            (
                "https://deno.land/x/oak@v12.6.1/mod.ts",
                "pkg:generic/oak@v12.6.1?download_url=https:%2F%2Fdeno.land%2Fx%2Foak%40v12.6.1",
            ),
            ("https://esm.sh/v135/@preact/signals@1.2.1/dist/s.mjs", "pkg:npm/%40preact/signals@1.2.1"),
            ("https://esm.sh/stable/react@18.2.0/es2022/react.mjs", "pkg:npm/react@18.2.0"),
            ("https://esm.sh/*htm@3.1.1?target=es2022", "pkg:npm/htm@3.1.1"),
            ("https://cdn.jsdelivr.net/npm/ms@2.1.3/+esm", "pkg:npm/ms@2.1.3"),
            ("https://jsr.io/@std/path/1.0.0/mod.ts", "pkg:jsr/%40std/path@1.0.0"),
            ("https://raw.githubusercontent.com/a/b/0123/c.ts", "pkg:github/a/b@0123"),
            ("https://example.org/lib/a.ts", "pkg:generic/a.ts?download_url=https:%2F%2Fexample.org%2Flib%2Fa.ts"),
        ] {
            let purl = builder(url).unwrap().build().unwrap().to_string();
            assert_eq!(purl, want, "{url}");
        }
        assert!(builder("file:///a").is_none());
    }
}
