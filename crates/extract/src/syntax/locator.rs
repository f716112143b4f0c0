//! Locators of packages, as a bill of materials may hold them.

use std::borrow::Cow;

use plimsoll_model::Component;

/// The URL without what stands before the `@` of its host: a password or token is not for a bill of materials.
#[must_use]
pub fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // `git@` is a user that everyone has.
    match authority.rsplit_once('@') {
        Some((user, host)) if user != "git" => {
            let path = rest.get(authority.len()..).unwrap_or_default();
            Cow::Owned(format!("{scheme}://{host}{path}"))
        }
        _ => Cow::Borrowed(url),
    }
}

/// Takes passwords out of all places that a component names, whatever reader forgot to.
pub(crate) fn withhold_passwords(component: &mut Component) {
    for reference in &mut component.references {
        if let Cow::Owned(clean) = without_password(&reference.url) {
            reference.url = clean.into();
        }
    }
    if let Some(purl) = &mut component.purl {
        purl.rewrite_qualifiers(|value| match without_password(value) {
            Cow::Owned(clean) => Some(clean),
            Cow::Borrowed(_) => None,
        });
    }
}

/// `git+https://…@commit`, as the purl qualifier `vcs_url` has it; also from the short form of SSH, `git@host:path`.
#[must_use]
pub fn git_url(remote: &str, revision: Option<&str>) -> String {
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

/// The host of a remote and the path of the repository there, without `.git`; `None` of a local path.
#[must_use]
pub fn host_and_path(remote: &str) -> Option<(&str, &str)> {
    let remote = remote.split(['?', '#']).next().unwrap_or(remote);
    let (authority, path) = match remote.split_once("://") {
        Some((_, place)) => place.split_once('/')?,
        None if remote.starts_with(['.', '/', '~']) => return None,
        None => match remote.split_once('/') {
            Some((authority, path)) if !authority.contains(':') => (authority, path),
            _ => remote.split_once(':')?,
        },
    };
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = host.split(':').next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{ExternalReference, Purl, ReferenceKind};

    use super::*;

    #[test]
    fn remotes() {
        for (remote, url, place) in [
            ("https://github.com/a/b.git", "git+https://github.com/a/b.git@0", Some(("github.com", "a/b"))),
            ("git@github.com:a/b.git", "git+ssh://git@github.com/a/b.git@0", Some(("github.com", "a/b"))),
            ("ssh://git@host:22/a/b/c", "git+ssh://git@host:22/a/b/c@0", Some(("host", "a/b/c"))),
            ("git://host/a/b/", "git://host/a/b/@0", Some(("host", "a/b"))),
            ("https://u:p@host/a", "git+https://host/a@0", Some(("host", "a"))),
            ("https://host/a/b?c", "git+https://host/a/b?c@0", Some(("host", "a/b"))),
            ("host/a", "git+host/a@0", Some(("host", "a"))),
            ("../a.git", "git+../a.git@0", None),
            ("nothing", "git+nothing@0", None),
        ] {
            assert_eq!(git_url(remote, Some("0")), url);
            assert_eq!(host_and_path(remote), place, "{remote}");
        }
    }

    #[test]
    fn no_password_leaves_with_a_component() {
        let purl = Purl::builder("npm", "x").qualifier("vcs_url", "git+https://u:p@host/x@1").build().unwrap();
        let mut component = Component::from_purl(purl);
        let url = "https://u:p@host/x.tgz".into();
        component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url, hashes: Vec::new() });
        withhold_passwords(&mut component);
        assert_eq!(component.references[0].url.as_ref(), "https://host/x.tgz");
        assert_eq!(component.purl.unwrap().qualifier("vcs_url"), Some("git+https://host/x@1"));
    }

    #[test]
    fn passwords_do_not_get_into_a_url() {
        assert_eq!(without_password("https://u:p@host/simple"), "https://host/simple");
        assert_eq!(without_password("git+ssh://git@host/x"), "git+ssh://git@host/x");
        assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
    }
}
