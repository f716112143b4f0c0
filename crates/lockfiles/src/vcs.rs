//! Repositories that packages are taken from.

use plimsoll_extract::prelude::*;

use crate::locator::without_password;

/// `git+https://…@commit`, as the purl qualifier `vcs_url` has it; also from the short form of SSH, `git@host:path`.
pub(crate) fn git_url(remote: &str, revision: Option<&str>) -> String {
    let remote = remote.strip_prefix("git+").unwrap_or(remote);
    let url = match remote.split_once(':') {
        Some((host, path)) if !remote.contains("://") && !host.contains('/') => format!("git+ssh://{host}/{path}"),
        _ if remote.starts_with("git://") => without_password(remote).into_owned(),
        _ => format!("git+{}", without_password(remote)),
    };
    match revision.filter(|revision| !revision.is_empty()) {
        Some(revision) => format!("{url}@{revision}"),
        None => url,
    }
}

/// The host of a remote and the path of the repository there, without `.git`.
pub(crate) fn host_and_path(remote: &str) -> Option<(&str, &str)> {
    let (_, place) = remote.split_once("://").unwrap_or(("", remote));
    let (authority, path) = match place.split_once('/') {
        Some((authority, path)) if remote.contains("://") || !authority.contains(':') => (authority, path),
        _ => place.split_once(':')?,
    };
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = host.split(':').next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then_some((host, path))
}

/// A reference without digests.
pub(crate) fn reference(kind: ReferenceKind, url: impl Into<Box<str>>) -> ExternalReference {
    ExternalReference { kind, url: url.into(), hashes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes() {
        for (remote, url, place) in [
            ("https://github.com/a/b.git", "git+https://github.com/a/b.git@0", Some(("github.com", "a/b"))),
            ("git@github.com:a/b.git", "git+ssh://git@github.com/a/b.git@0", Some(("github.com", "a/b"))),
            ("ssh://git@host:22/a/b/c", "git+ssh://git@host:22/a/b/c@0", Some(("host", "a/b/c"))),
            ("git://host/a/b/", "git://host/a/b/@0", Some(("host", "a/b"))),
            ("https://u:p@host/a", "git+https://host/a@0", Some(("host", "a"))),
            ("../a", "git+../a@0", Some(("..", "a"))),
            ("nothing", "git+nothing@0", None),
        ] {
            assert_eq!(git_url(remote, Some("0")), url);
            assert_eq!(host_and_path(remote), place, "{remote}");
        }
    }
}
