//! Where a package comes from, as `resolved`, specifiers and resolutions say.

use std::borrow::Cow;

use plimsoll_model::{Digest, DigestAlgorithm, ExternalReference, PurlBuilder, ReferenceKind};

use crate::syntax::locator::git_url;

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A registry, or not said.
    Registry,
    /// The archive at a URL, with the digest that Yarn 1 and pnpm put behind `#`.
    Archive {
        /// The URL without fragment.
        url: &'a str,
        /// The SHA-1 of the fragment.
        sha1: Option<Digest>,
    },
    /// A repository, as `git+https://…@commit`.
    Git(Cow<'a, str>),
    /// An archive or a directory beside the project.
    Path(&'a str),
    /// A package of the same project.
    Workspace(&'a str),
}

/// Hosts that have a short form (npm package-spec, `<githosting>:<user>/<repo>`).
const HOSTS: &[(&str, &str)] = &[
    ("github:", "github.com"),
    ("gitlab:", "gitlab.com"),
    ("bitbucket:", "bitbucket.org"),
    ("gist:", "gist.github.com"),
];

impl<'a> Origin<'a> {
    /// Reads `resolved`, a specifier or the like.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        for prefix in ["file:", "link:", "portal:"] {
            if let Some(path) = text.strip_prefix(prefix) {
                return Self::Path(path);
            }
        }
        if let Some(path) = text.strip_prefix("workspace:") {
            return Self::Workspace(path);
        }
        if let Some((prefix, host)) = HOSTS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            let rest = text.get(prefix.len()..).unwrap_or_default();
            let (repository, commit) = split_fragment(rest);
            let end = if repository.ends_with(".git") { "" } else { ".git" };
            return Self::Git(at_commit(format!("git+https://{host}/{repository}{end}").into(), commit));
        }
        if is_git(text) {
            let (url, commit) = split_fragment(text);
            let url = git_url(url, None).into();
            return Self::Git(at_commit(url, commit));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            let (url, fragment) = split_fragment(text);
            let sha1 = fragment.and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha1, hex).ok());
            return Self::Archive { url, sha1 };
        }
        let path = ["./", "../", "/", "~/"].iter().any(|start| text.starts_with(start));
        if path || text.ends_with(".tgz") || text.ends_with(".tar.gz") { Self::Path(text) } else { Self::Registry }
    }

    /// Says on a purl what its name and version alone do not: that the package is not the registry's.
    #[must_use]
    pub fn qualify(&self, purl: PurlBuilder) -> PurlBuilder {
        match self {
            Self::Git(url) => purl.qualifier("vcs_url", url.as_ref()),
            Self::Path(path) => purl.qualifier("download_url", format!("file:{path}")),
            _ => purl,
        }
    }

    /// The reference to where it comes from.
    #[must_use]
    pub fn reference(&self) -> Option<ExternalReference> {
        let (kind, url): (_, &str) = match self {
            Self::Archive { url, .. } => (ReferenceKind::Distribution, url),
            Self::Git(url) => (ReferenceKind::Vcs, url),
            _ => return None,
        };
        Some(ExternalReference { kind, url: url.into(), hashes: Vec::new() })
    }
}

fn is_git(text: &str) -> bool {
    let schemes = ["git+", "git:", "git@", "ssh:"];
    if schemes.iter().any(|scheme| text.starts_with(scheme)) {
        return true;
    }
    let (url, _) = split_fragment(text);
    url.contains("://") && url.ends_with(".git")
}

fn split_fragment(text: &str) -> (&str, Option<&str>) {
    match text.split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (text, None),
    }
}

/// Yarn writes `#commit=…`, npm `#…`.
fn at_commit<'a>(url: Cow<'a, str>, fragment: Option<&str>) -> Cow<'a, str> {
    let commit = fragment.map(|fragment| {
        let named = fragment.split('&').find_map(|part| part.strip_prefix("commit="));
        named.unwrap_or(fragment)
    });
    match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => format!("{url}@{commit}").into(),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        let git = |url: &'static str| Origin::Git(url.into());
        for (text, want) in [
            ("^1.2.3", Origin::Registry),
            ("git+ssh://git@github.com/a/b.git#0123", git("git+ssh://git@github.com/a/b.git@0123")),
            ("https://github.com/a/b.git#commit=0123", git("git+https://github.com/a/b.git@0123")),
            ("github:a/b#0123", git("git+https://github.com/a/b.git@0123")),
            ("git@github.com:a/b.git", git("git+ssh://git@github.com/a/b.git")),
            ("git://h/a", git("git://h/a")),
            ("file:../x", Origin::Path("../x")),
            ("link:x", Origin::Path("x")),
            ("workspace:packages/x", Origin::Workspace("packages/x")),
            ("https://r/x-1.tgz", Origin::Archive { url: "https://r/x-1.tgz", sha1: None }),
            ("https://r/x#branch", Origin::Archive { url: "https://r/x", sha1: None }),
        ] {
            assert_eq!(Origin::parse(text), want, "{text}");
        }
        let with_digest = format!("https://r/x#{}", "ab".repeat(20));
        assert!(matches!(Origin::parse(&with_digest), Origin::Archive { sha1: Some(_), .. }));
    }
}
