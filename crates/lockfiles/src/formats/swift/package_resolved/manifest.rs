//! `Package.swift`: the packages that a project asks for. It is a program; calls of `.package(…)` with literals are read.
//! <https://docs.swift.org/package-manager/PackageDescription/PackageDescription.html>

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, Dialect, Quote, Tree, parts};
use plimsoll_model::Limits;

use crate::project_manifest::{Layout, Manifest, Need};
use crate::vcs::host_and_path;

pub(super) const NAME: &str = "Package.swift";

/// Below these are the packages that were fetched.
pub(super) const LAYOUT: Layout = Layout {
    is_lock: |name| name.ends_with(b"ackage.resolved"),
    manifests: &[NAME],
    fetched: &[".build", "SourcePackages/checkouts", "Carthage/Checkouts", "Pods"],
};

const SWIFT: Dialect = Dialect {
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    quotes: &[Quote::escaped("\"\"\"", "\"\"\""), Quote::escaped("\"", "\"")],
    word: "",
};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Manifest {
    let text = syntax::text::decode(bytes).text;
    // A program has more brackets and quotes than its literals.
    let (trees, _) = trees::parse_partial(&text, &SWIFT, limits);
    let arguments = call(&trees, "Package").unwrap_or_default();
    let name = argument(arguments, "name").and_then(|value| Some((value.first()?.text()?, value.first()?.line())));
    let mut needs = Vec::new();
    let list = argument(arguments, "dependencies").and_then(|value| value.first()?.group('['));
    for entry in parts(list.unwrap_or_default(), &[","]) {
        needs.extend(call(entry, "package").and_then(need));
    }
    let (name, line) = name.unzip();
    Manifest { name: name.map(str::to_owned), line: line.unwrap_or_default(), needs, ..Manifest::default() }
}

/// The arguments of the first call of this name.
fn call<'t, 'a>(trees: &'t [Tree<'a>], name: &str) -> Option<&'t [Tree<'a>]> {
    trees.windows(2).find_map(|window| match window {
        [function, arguments] if function.word() == Some(name) => arguments.group('('),
        _ => None,
    })
}

/// What follows `label:` in a list of arguments.
fn argument<'t, 'a>(arguments: &'t [Tree<'a>], label: &str) -> Option<&'t [Tree<'a>]> {
    parts(arguments, &[","]).find_map(|part| match part {
        [held, colon, value @ ..] if held.word() == Some(label) && colon.is_mark(":") => Some(value),
        _ => None,
    })
}

/// `.package(url: "https://host/owner/name.git", from: "1.0.0")`.
fn need(arguments: &[Tree<'_>]) -> Option<Need> {
    let first = arguments.first()?;
    if argument(arguments, "path").is_some() {
        return None;
    }
    let (namespace, name) = match argument(arguments, "url") {
        Some(url) => {
            let (host, path) = host_and_path(url.first()?.text()?)?;
            let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
            (format!("{host}/{owner}"), name.to_owned())
        }
        None => {
            let (scope, name) = argument(arguments, "id")?.first()?.text()?.split_once('.')?;
            (scope.to_owned(), name.to_owned())
        }
    };
    // The requirement in the words of the file: `from: "1.0.0"`, `.upToNextMajor(from: "1.0.0")`, `"1.0.0"..<"2.0.0"`.
    let mut range = String::new();
    for part in parts(arguments, &[","]) {
        let label = part.first().and_then(Tree::word);
        if !matches!(label, Some("url" | "id" | "name")) {
            show(part, &mut range);
        }
    }
    Some(Need { name, id: namespace, range, line: first.line(), ..Need::default() })
}

/// Words and texts as they stand, apart from blanks.
fn show(trees: &[Tree<'_>], out: &mut String) {
    for tree in trees {
        match tree.kind() {
            trees::Kind::Text(text) => out.push_str(text),
            trees::Kind::Word(word) => out.push_str(word),
            trees::Kind::Mark(":") => out.push_str(": "),
            trees::Kind::Mark(mark) => out.push_str(mark),
            trees::Kind::Group(_, inner) => {
                out.push('(');
                show(inner, out);
                out.push(')');
            }
            _ => {}
        }
    }
}
