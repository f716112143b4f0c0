//! Repositories that packages are taken from.

use plimsoll_extract::prelude::*;
pub(crate) use plimsoll_extract::syntax::locator::{git_url, host_and_path};

/// The purl of a repository at a revision: of the type of its host when that has one, else `pkg:generic` of a name that
/// the caller knows, with `vcs_url`.
pub(crate) fn purl(remote: &str, name: &str, revision: &str) -> PurlBuilder {
    let hosted = host_and_path(remote).and_then(|(host, path)| {
        let kind = match host {
            "github.com" | "www.github.com" => "github",
            "bitbucket.org" => "bitbucket",
            _ => return None,
        };
        let (owner, name) = path.split_once('/').filter(|(owner, name)| !owner.is_empty() && !name.contains('/'))?;
        Some(Purl::builder(kind, name).namespace(owner))
    });
    let other = || Purl::builder("generic", name).qualifier("vcs_url", git_url(remote, Some(revision)));
    hosted.unwrap_or_else(other).version(revision)
}

/// A reference without digests.
pub(crate) fn reference(kind: ReferenceKind, url: impl Into<Box<str>>) -> ExternalReference {
    ExternalReference { kind, url: url.into(), hashes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_a_type() {
        for (remote, want) in [
            ("git@github.com:a/b.git", "pkg:github/a/b@1"),
            ("https://bitbucket.org/a/b", "pkg:bitbucket/a/b@1"),
            ("https://gitlab.com/a/b", "pkg:generic/x@1?vcs_url=git%2Bhttps:%2F%2Fgitlab.com%2Fa%2Fb%401"),
            ("https://github.com/a", "pkg:generic/x@1?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fa%401"),
        ] {
            assert_eq!(purl(remote, "x", "1").build().unwrap().to_string(), want);
        }
    }
}
