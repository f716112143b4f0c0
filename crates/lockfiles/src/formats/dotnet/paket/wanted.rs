//! `paket.dependencies`: what a project asks for. <https://fsprojects.github.io/Paket/dependencies-file.html>

use std::collections::HashSet;

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::{MAIN, scope_of};
use crate::nuget::{self, Version};

/// A `nuget` line.
#[derive(Debug, Serialize, Deserialize)]
struct Wish {
    group: String,
    id: String,
    version: String,
    line: u32,
}

/// Keeps the wishes for the second phase.
pub(super) fn keep(text: &str, out: &mut Sink<'_>) {
    let mut group = MAIN;
    let mut wishes = Vec::new();
    for (line, content) in syntax::text::lines(text) {
        let content = content.split(" //").next().unwrap_or_default().trim();
        let (word, rest) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
        match word {
            "group" => group = rest.trim(),
            "nuget" | "clitool" => {
                let (id, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
                // Files of before 2015 are F# and have quotes.
                let id = id.trim_matches('"');
                if id.is_empty() {
                    out.malformed_entry(line, "a package without name");
                    continue;
                }
                wishes.push(Wish { group: group.to_owned(), id: id.to_owned(), version: version(rest), line });
            }
            _ => {}
        }
    }
    if let Ok(kept) = serde_json::to_vec(&wishes) {
        out.keep(kept);
    }
}

/// The words before the first option, `name: value`: `~> 1.0`, `>= 1.0 < 2.0`, `1.0 prerelease`.
fn version(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.trim_matches('"'));
    let mut words: Vec<&str> = words.take_while(|word| !word.ends_with(':')).collect();
    words.retain(|word| word.starts_with(|c: char| c.is_ascii_digit() || "<>=~@!".contains(c)));
    words.join(" ")
}

/// Marks what the project asks for among what is locked; without a lock, lists it.
pub(super) fn apply(files: &mut Resolver<'_>) {
    for file in files.named("paket.dependencies") {
        let kept = files.take_kept(file);
        let wishes: Vec<Wish> = serde_json::from_slice(&kept).unwrap_or_default();
        match files.find_beside(file, "paket.lock") {
            Some(lock) => mark(&wishes, lock, files),
            None => {
                if let Some(mut sink) = files.sink(file) {
                    wishes.iter().for_each(|wish| list(wish, &mut sink));
                }
            }
        }
    }
}

fn mark(wishes: &[Wish], lock: FileHandle, files: &mut Resolver<'_>) {
    let key = |group: &str, id: &str| (group.to_ascii_lowercase(), id.to_ascii_lowercase());
    let wanted: HashSet<(String, String)> = wishes.iter().map(|wish| key(&wish.group, &wish.id)).collect();
    let is_wanted = |component: &Component| {
        let group = component.properties.iter().find(|(name, _)| name == "plimsoll:paket:group");
        group.is_some_and(|(_, group)| wanted.contains(&key(group, &component.name)))
    };
    let direct: Vec<(ComponentRef, Scope)> = files
        .components(lock)
        .filter(|(_, component)| is_wanted(component))
        .map(|(at, component)| (at.component, component.scope))
        .collect();
    if let Some(mut sink) = files.sink(lock) {
        direct.into_iter().for_each(|(at, scope)| sink.direct(at, scope));
    }
}

fn list(wish: &Wish, out: &mut Sink<'_>) {
    let pinned = wish.version.trim_start_matches('=').trim();
    let version = match wish.version.as_str() {
        "" => None,
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '=') && !pinned.contains(' ') => {
            Some(Version::Exact(pinned))
        }
        text => Some(Version::Range(text)),
    };
    let Some(mut component) = nuget::package(&wish.id, version, wish.line, out) else { return };
    if !matches!(version, Some(Version::Exact(_))) {
        out.diagnose(DiagnosticCode::UNPINNED, wish.line, format!("{} is not pinned", wish.id));
    }
    component.scope = scope_of(&wish.group);
    let scope = component.scope;
    let at = out.component(component, wish.line);
    out.direct(at, scope);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_end_where_options_start() {
        for (text, want) in [
            ("~> 4.7 framework: net5.0", "~> 4.7"),
            (">= 1.0 < 2.0", ">= 1.0 < 2.0"),
            ("6.0.1 prerelease storage: none", "6.0.1"),
            ("copy_local: false", ""),
            ("\"~> 1.0\"", "~> 1.0"),
            ("", ""),
        ] {
            assert_eq!(version(text), want, "{text}");
        }
    }
}
