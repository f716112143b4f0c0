//! A version of a repository as a component: submodules, sources of builds, parts of pipelines.
//!
//! What lies on GitHub or Bitbucket has a purl of its own type; anything else is `pkg:generic` with `vcs_url`. A
//! revision that is no whole commit may be moved, and is marked.

use plimsoll_extract::prelude::*;

use crate::container_image::MOVABLE;
use crate::vcs::git_url;

/// Something at a revision of a repository.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Repository<'a> {
    /// Its URL, in any of git's spellings.
    pub(crate) url: &'a str,
    /// The commit, tag or branch; empty when none is named.
    pub(crate) revision: &'a str,
    /// The file or directory in it; empty for all of it.
    pub(crate) path: &'a str,
    /// What to call it when the URL does not say.
    pub(crate) name: &'a str,
}

/// Whether a revision is a whole commit, which nothing can move.
pub(crate) fn is_commit(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Repository<'_> {
    /// The component; `None`, with a diagnostic, when there is no name.
    pub(crate) fn component(&self, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let url = self.url.trim();
        let locator = git_url(url, Some(self.revision));
        let builder = if url.is_empty() {
            let (owner, name) = self.name.rsplit_once('/').unwrap_or(("", self.name));
            Purl::builder("generic", name).namespace(owner)
        } else {
            let place = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
            let last = place.rsplit(['/', ':']).next().unwrap_or(place);
            let last = last.strip_suffix(".git").unwrap_or(last);
            crate::vcs::purl(url, if last.is_empty() { self.name } else { last }, self.revision)
        };
        let purl = out.purl(builder.version(self.revision).subpath(self.path), line)?;
        let mut component = Component::from_purl(purl);
        if !url.is_empty() {
            let url = locator.into();
            component.references.push(ExternalReference { kind: ReferenceKind::Vcs, url, hashes: Vec::new() });
        }
        if !is_commit(self.revision) {
            let revision = if self.revision.is_empty() { "HEAD" } else { self.revision };
            component.properties.push((MOVABLE.into(), revision.into()));
        }
        Some(component)
    }
}

/// Directories between a file and the root of its repository that are looked at.
const MAX_ANCESTORS: usize = 64;

/// A directory and those above it, the nearest first; the topmost is empty. All but the first end with a slash.
pub(crate) fn ancestors(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    let slashes = memchr::memrchr_iter(b'/', directory).take(MAX_ANCESTORS);
    let above = slashes.filter_map(|at| directory.get(..at.saturating_add(1)));
    let own = Some(directory).filter(|directory| !directory.is_empty());
    own.into_iter().chain(above).chain(std::iter::once(&b""[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_above() {
        let all = |path: &'static [u8]| ancestors(path).collect::<Vec<_>>();
        assert_eq!(all(b"a/b"), [&b"a/b"[..], b"a/", b""]);
        assert_eq!(all(b""), [b""]);
    }
}
