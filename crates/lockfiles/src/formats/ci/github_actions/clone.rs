//! Clones of actions that lie in the source: which tags a commit has.
//! <https://git-scm.com/docs/gitrepository-layout>, <https://git-scm.com/docs/git-pack-refs>
//!
//! `git clone` writes the refs of the server into `packed-refs`: the commit and the name of a ref a line, and after an
//! annotated tag a line `^commit` with what it points at.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use super::uses::{ORIGIN, Origin, TAG};
use crate::ini;
use crate::repository::is_commit;
use crate::vcs::host_and_path;

pub(super) const CONFIG: &str = ".git/config";
pub(super) const PACKED_REFS: &str = ".git/packed-refs";

/// Whether this is one of the two files of a clone.
pub(super) fn is_of_git(path: &SourcePath) -> bool {
    let path = path.as_bytes();
    path.ends_with(CONFIG.as_bytes()) || path.ends_with(PACKED_REFS.as_bytes())
}

/// `owner/repository` of the remote, in lower case; empty when it is not on GitHub.
pub(super) fn keep_config(text: &str) -> String {
    let sections = ini::sections(text);
    let remotes = sections.iter().filter(|section| section.name.starts_with("remote "));
    let url = remotes.filter_map(|section| section.get("url")).next().unwrap_or_default();
    match host_and_path(url) {
        Some(("github.com" | "www.github.com", path)) => path.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// The tags: commit, space and name a line.
pub(super) fn keep_tags(text: &str) -> String {
    let mut out = String::new();
    let mut last: Option<(&str, &str)> = None;
    let mut put = |entry: Option<(&str, &str)>| {
        if let Some((commit, tag)) = entry {
            out.push_str(&format!("{commit} {tag}\n"));
        }
    };
    for (_, line) in syntax::text::lines(text) {
        if let Some(commit) = line.strip_prefix('^') {
            last = last.map(|(_, tag)| (commit.trim(), tag));
            continue;
        }
        put(last.take());
        let tag = line.split_once(' ').and_then(|(commit, name)| Some((commit, name.strip_prefix("refs/tags/")?)));
        last = tag.filter(|(commit, _)| is_commit(commit));
    }
    put(last);
    out
}

/// The tags of the clones in a source.
pub(super) struct Tags {
    /// By repository and commit: the most exact tag.
    tags: HashMap<(String, String), String>,
}

impl Tags {
    /// Reads what the clones kept.
    pub(super) fn gather(files: &mut Resolver<'_>) -> Self {
        let mut tags: HashMap<(String, String), String> = HashMap::new();
        for file in files.named("packed-refs") {
            let config = files.find_beside(file, "config").map(|config| files.kept(config).to_vec());
            let Some(repository) = config.and_then(|kept| String::from_utf8(kept).ok()).filter(|name| !name.is_empty())
            else {
                continue;
            };
            let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            for (commit, tag) in kept.lines().filter_map(|line| line.split_once(' ')) {
                let held = tags.entry((repository.clone(), commit.to_ascii_lowercase())).or_default();
                if rank(tag) > rank(held) {
                    *held = tag.to_owned();
                }
            }
        }
        Self { tags }
    }

    /// Gives the pinned actions of a file their tag, or says that it is not known.
    pub(super) fn complete(&self, files: &mut Resolver<'_>, file: FileHandle) {
        let handles: Vec<Handle> = files.components(file).map(|(at, _)| at).collect();
        for at in handles {
            let Some(component) = files.get_mut(at) else { continue };
            let Some(purl) = component.purl.as_ref().filter(|purl| purl.kind() == "github") else { continue };
            let Some(commit) = purl.version().filter(|version| is_commit(version)) else { continue };
            let repository = format!("{}/{}", purl.namespace().unwrap_or_default(), purl.name()).to_ascii_lowercase();
            let found = self.tags.get(&(repository, commit.to_ascii_lowercase())).cloned();
            let named = component.properties.iter().any(|(name, _)| name == TAG);
            match found {
                // What the repository says weighs more than what a comment claims; both are kept when they differ.
                Some(tag) => {
                    component.properties.push((TAG.into(), tag.into()));
                    component.properties.push((ORIGIN.into(), Origin::Clone.word().into()));
                }
                None if !named => component.properties.push((ORIGIN.into(), Origin::Nowhere.word().into())),
                None => {}
            }
        }
    }
}

/// Of several tags of a commit the one with the most parts is the release: `v4.1.2`, not `v4`.
fn rank(tag: &str) -> (usize, usize, &str) {
    (tag.matches('.').count(), tag.len(), tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_peeled() {
        let (one, two, three) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
        let text = format!(
            "# pack-refs with: peeled\n{one} refs/heads/main\n{two} refs/tags/v1\n^{three}\n{one} refs/tags/v2\n"
        );
        assert_eq!(keep_tags(&text), format!("{three} v1\n{one} v2\n"));
        assert!(rank("v4.1.2") > rank("v4"));
    }

    #[test]
    fn the_repository_of_a_clone() {
        let text = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = git@github.com:Org/Repo.git\n";
        assert_eq!(keep_config(text), "org/repo");
        assert_eq!(keep_config("[remote \"origin\"]\nurl = https://github.com/a/b\n"), "a/b");
        assert_eq!(keep_config("[remote \"origin\"]\nurl = https://example.com/a/b\n"), "");
    }
}
