//! `NAME.nimble`: the assignments and requirements of a project, or of an installed package.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, Dialect, Quote, Tree};
use plimsoll_model::Limits;

use crate::project_manifest::{Manifest, Need, When};

const NIM: Dialect = Dialect {
    line_comments: &["#"],
    block_comments: &[("#[", "]#")],
    quotes: &[Quote::raw("\"\"\"", "\"\"\""), Quote::escaped("\"", "\"")],
    word: "",
};

pub(super) fn read(bytes: &[u8], limits: &Limits, path: &SourcePath, out: &mut Sink<'_>) {
    let text = syntax::text::decode(bytes).text;
    // A program has more brackets and quotes than its literals.
    let (trees, _) = trees::parse_partial(&text, &NIM, limits);
    let stem = path.name().strip_suffix(b".nimble").unwrap_or(path.name());
    let name = String::from_utf8_lossy(stem).into_owned();
    let (version, line) = assigned(&trees, "version").unzip();
    let text = |key: &str| assigned(&trees, key).map(|(text, _)| text.to_owned());
    let manifest = Manifest {
        name: Some(name),
        version: version.map(str::to_owned),
        description: text("description"),
        license: text("license"),
        line: line.unwrap_or(1),
        needs: needs(&trees),
    };
    match installed_version(path, manifest.name.as_deref().unwrap_or_default()) {
        Some(version) => installed(&manifest, &version, text("author").as_deref(), out),
        None => manifest.keep(out),
    }
}

/// The text of `name = "text"`.
fn assigned<'t>(trees: &'t [Tree<'_>], name: &str) -> Option<(&'t str, u32)> {
    trees.windows(3).find_map(|window| match window {
        [key, equals, value] if key.word() == Some(name) && (equals.is_mark("=") || equals.is_mark(":")) => {
            Some((value.text()?, key.line()))
        }
        _ => None,
    })
}

fn needs(trees: &[Tree<'_>]) -> Vec<Need> {
    let mut needs = Vec::new();
    for (at, tree) in trees.iter().enumerate() {
        let when = match tree.word() {
            Some("requires" | "Requires") => When::Runtime,
            Some("taskRequires") => When::Dev,
            _ => continue,
        };
        let rest = trees.get(at.saturating_add(1)..).unwrap_or_default();
        // `requires("a", "b")`; before Nim scripts, `Requires: "a, b"`.
        let list = rest.first().and_then(|first| first.group('(')).unwrap_or(rest);
        let skipped = usize::from(list.first().is_some_and(|tree| tree.is_mark(":")));
        let mut expected = true;
        for (position, tree) in list.iter().skip(skipped).enumerate() {
            match tree.text() {
                // The first text of `taskRequires` is the task.
                Some(_) if expected && when == When::Dev && position == 0 => expected = false,
                Some(text) if expected => {
                    needs.extend(text.split(", ").filter_map(|text| need(text, when, tree.line())));
                    expected = false;
                }
                _ if tree.is_mark(",") => expected = true,
                _ => break,
            }
        }
    }
    needs
}

/// `name >= 1.0`, `name#branch`, `https://host/owner/name >= 1.0`.
fn need(text: &str, when: When, line: u32) -> Option<Need> {
    let text = text.trim();
    let end = text.find([' ', '#', '=', '<', '>', '~', '^', '@']).unwrap_or(text.len());
    let (place, range) = text.split_at_checked(end)?;
    let name = place.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(name).to_owned();
    (!name.is_empty() && !name.eq_ignore_ascii_case("nim")).then(|| Need {
        name,
        range: range.trim().to_owned(),
        when,
        line,
        ..Need::default()
    })
}

/// The version of an installed package: `pkgs/NAME-VERSION/NAME.nimble`, in `pkgs2` with a checksum behind.
fn installed_version(path: &SourcePath, name: &str) -> Option<String> {
    let mut parts = path.parent().rsplit(|&byte| byte == b'/');
    let directory = String::from_utf8_lossy(parts.next()?).into_owned();
    if !matches!(parts.next()?, b"pkgs" | b"pkgs2") {
        return None;
    }
    let rest = directory.strip_prefix(name)?.strip_prefix('-')?;
    let version = match rest.rsplit_once('-') {
        Some((version, checksum)) if checksum.len() == 40 => version,
        _ => rest,
    };
    Some(version.to_owned())
}

fn installed(manifest: &Manifest, version: &str, author: Option<&str>, out: &mut Sink<'_>) {
    let name = manifest.name.as_deref().unwrap_or_default();
    let Some(purl) = out.purl(Purl::builder("nim", name).version(version), manifest.line) else { return };
    let mut component = Component::from_purl(purl);
    component.description = manifest.description.as_deref().map(Into::into);
    component.licenses.extend(manifest.license.as_deref().and_then(License::declared));
    component.author = author.map(Into::into);
    out.component(component, manifest.line);
}
