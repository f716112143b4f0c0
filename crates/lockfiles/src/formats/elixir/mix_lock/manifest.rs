//! `mix.exs`: the lists of literals that `project` and `deps` of a usual one are.

use plimsoll_extract::syntax::trees::{Tree, parts};

use crate::project_manifest::{Layout, Manifest, Need, When};

pub(super) const LAYOUT: Layout =
    Layout { is_lock: |name| name == b"mix.lock", manifests: &["mix.exs"], fetched: &["deps", "_build"] };

pub(super) fn read(trees: &[Tree<'_>]) -> Manifest {
    let project = body(trees, "project").unwrap_or_default();
    let text = |key: &str| option(project, key).and_then(|value| value.name()).map(str::to_owned);
    let mut needs = Vec::new();
    for part in parts(body(trees, "deps").unwrap_or_default(), &[","]) {
        needs.extend(part.first().and_then(need));
    }
    Manifest {
        name: text("app"),
        version: text("version"),
        description: text("description"),
        license: None,
        line: option(project, "app").map_or(0, Tree::line),
        needs,
    }
}

/// The list that `def NAME do [ … ] end` or `def NAME, do: [ … ]` gives, with or without parentheses.
fn body<'t, 'a>(trees: &'t [Tree<'a>], name: &str) -> Option<&'t [Tree<'a>]> {
    trees.iter().enumerate().filter(|(_, tree)| tree.word() == Some(name)).find_map(|(at, _)| {
        let rest = trees.get(at.saturating_add(1)..)?;
        let before = |tree: &&Tree<'_>| {
            tree.group('(').is_some() || tree.is_mark(",") || tree.is_mark(":") || tree.word() == Some("do")
        };
        // As many as there can be before the list.
        rest.iter().take(5).find(|tree| !before(tree))?.group('[')
    })
}

/// The last tree of `key: value`.
fn option<'t, 'a>(list: &'t [Tree<'a>], key: &str) -> Option<&'t Tree<'a>> {
    parts(list, &[","]).find(|part| part.first().and_then(Tree::word) == Some(key))?.last()
}

/// `{:name, "~> 1.0", only: [:dev, :test]}`.
fn need(tree: &Tree<'_>) -> Option<Need> {
    let fields = tree.group('{')?;
    let mut all = parts(fields, &[","]);
    let name = all.next()?.last()?.name()?.to_owned();
    let range = all.next().filter(|part| part.len() == 1).and_then(|part| part.first()?.text());
    let given = |key: &str| option(fields, key);
    let only = given("only").is_some_and(|value| match value.group('[') {
        Some(list) => !list.iter().any(|tree| tree.word() == Some("prod")),
        None => value.word() != Some("prod"),
    });
    let is = |key: &str, word: &str| given(key).and_then(Tree::word) == Some(word);
    let when = match (only, is("optional", "true"), is("runtime", "false")) {
        (true, ..) => When::Dev,
        (_, true, _) => When::Optional,
        (.., true) => When::Build,
        _ => When::Runtime,
    };
    Some(Need {
        name,
        range: range.unwrap_or_default().to_owned(),
        when,
        local: given("path").is_some() || given("in_umbrella").is_some(),
        line: tree.line(),
        ..Need::default()
    })
}
