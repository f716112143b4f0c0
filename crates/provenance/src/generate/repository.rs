//! Addresses of repositories, as CI services spell them: URLs, with or without credentials, and git's short form for SSH.

/// Hosts that have a repository under the same path for SSH and for the web.
const SAME_PATHS: &[&str] = &["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"];

/// An address without what is secret in it, and without what does not tell repositories apart: user and password, query and
/// fragment, `git+` in front, `.git` and slashes at the end. Text without a scheme is a host and a path, as in CircleCI's
/// `github.com/owner/name`. What is at one of the large hosts has one name, that of the web, however it was fetched.
pub(crate) fn repository(text: &str) -> Option<String> {
    let text = text.strip_prefix("git+").unwrap_or(text);
    let clean = match short_form(text) {
        Some((host, path)) => without_credentials(&format!("ssh://{host}/{}", path.trim_start_matches('/')))?,
        None if text.contains("://") => without_credentials(text)?,
        None => without_credentials(&format!("https://{text}"))?,
    };
    let clean = clean.trim_end_matches('/');
    let clean = clean.strip_suffix(".git").unwrap_or(clean).trim_end_matches('/');
    let (_, place) = clean.split_once("://")?;
    let (host, path) = place.split_once('/')?;
    if path.is_empty() {
        return None;
    }
    Some(if SAME_PATHS.contains(&host) { format!("https://{place}") } else { clean.to_owned() })
}

/// An address without user and password, query and fragment; its scheme and host in lower case.
pub(crate) fn without_credentials(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !is_scheme(scheme) || text.contains(char::is_whitespace) {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then(|| format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// A URI as it is, if it is one and holds no credentials.
pub(crate) fn uri(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let authority = rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let plain =
        is_scheme(scheme) && !rest.is_empty() && !authority.contains('@') && !text.contains(char::is_whitespace);
    plain.then(|| text.to_owned())
}

/// Whether two addresses name one repository: the same host and path, whatever the way there.
pub(crate) fn same_repository(one: &str, other: &str) -> bool {
    let place = |text: &str| Some(repository(text)?.split_once("://")?.1.to_owned());
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Host and path of `user@host:path`, which is no URL.
fn short_form(text: &str) -> Option<(&str, &str)> {
    if text.contains("://") {
        return None;
    }
    let (before, path) = text.split_once(':')?;
    let (user, host) = before.split_once('@')?;
    (!host.contains('/') && !user.contains('/') && !path.is_empty()).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_is_secret_and_what_a_clone_does_not_need() {
        for (written, meant) in [
            ("https://github.com/acme/app.git", "https://github.com/acme/app"),
            ("https://GitHub.com/Acme/app/", "https://github.com/Acme/app"),
            ("https://x-access-token:ghs_secret@github.com/acme/app", "https://github.com/acme/app"),
            ("https://host/acme/app?token=secret#part", "https://host/acme/app"),
            ("https://a@b:secret@host/acme/app", "https://host/acme/app"),
            ("git@github.com:acme/app.git", "https://github.com/acme/app"),
            ("git@git.example.org:acme/app.git", "ssh://git.example.org/acme/app"),
            ("ssh://git:secret@host:22/acme/app.git", "ssh://host:22/acme/app"),
            ("github.com/acme/app", "https://github.com/acme/app"),
            ("git+https://host/acme/app", "https://host/acme/app"),
        ] {
            assert_eq!(repository(written).as_deref(), Some(meant), "{written}");
        }
        for bad in ["", "https://", "https:///acme", "https://host", "://x/y", "not an address", "https://host/a b"] {
            assert_eq!(repository(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_way_to_a_repository_is_not_its_name() {
        assert!(same_repository("https://github.com/acme/app", "ssh://git@github.com/acme/app"));
        for other in ["https://github.com/Acme/app", "https://github.com/acme/app2", "https://github.com.evil/acme/app"]
        {
            assert!(!same_repository("https://github.com/acme/app", other), "{other}");
        }
    }
}
