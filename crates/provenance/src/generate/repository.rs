//! Addresses of repositories, as CI services spell them: URLs, with or without credentials, and git's short form for SSH.

/// An address without what is secret in it, and without what a clone does not need: user and password, query and fragment,
/// `.git` and slashes at the end. Text without a scheme is a host and a path, as in CircleCI's `github.com/owner/name`. What is
/// at one of the large hosts has one name, that of the web, however it was fetched.
pub(crate) fn repository(text: &str) -> Option<String> {
    let clean = match scp(text) {
        Some((user, host, path)) => format!("ssh://{}{host}/{}", user_part(user), path.trim_start_matches('/')),
        None if text.contains("://") => without_credentials(text)?,
        None => without_credentials(&format!("https://{text}"))?,
    };
    let clean = clean.trim_end_matches('/');
    let clean = clean.strip_suffix(".git").unwrap_or(clean).trim_end_matches('/');
    let (host, path) = host_and_path(clean)?;
    if path.is_empty() {
        return None;
    }
    Some(if SAME_PATHS.contains(&host) { format!("https://{host}/{path}") } else { clean.to_owned() })
}

/// Hosts that have a repository under the same path for SSH and for the web.
const SAME_PATHS: &[&str] = &["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"];

/// An address without credentials, query and fragment. The user of SSH stays: it is part of how the host is addressed, and
/// no secret.
pub(crate) fn without_credentials(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let named = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !named || text.contains(char::is_whitespace) {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    if host.is_empty() {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let user = if scheme == "ssh" || scheme == "git+ssh" { user.split(':').next().unwrap_or_default() } else { "" };
    Some(format!("{scheme}://{}{}{path}", user_part(user), host.to_ascii_lowercase()))
}

/// Whether two addresses name one repository: the same host and path, whatever the way there.
pub(crate) fn same_repository(one: &str, other: &str) -> bool {
    let place = |text: &str| {
        let clean = repository(text)?;
        host_and_path(&clean).map(|(host, path)| (host.to_owned(), path.to_owned()))
    };
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// `user@host:path`, which is no URL.
fn scp(text: &str) -> Option<(&str, &str, &str)> {
    if text.contains("://") || text.contains(char::is_whitespace) {
        return None;
    }
    let (before, path) = text.split_once(':')?;
    let (user, host) = before.split_once('@')?;
    let plain = !host.is_empty() && !host.contains('/') && !user.contains('/') && !path.is_empty();
    plain.then_some((user, host, path))
}

fn user_part(user: &str) -> String {
    if user.is_empty() { String::new() } else { format!("{user}@") }
}

/// Host with port, and path, of an address without credentials.
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    let (_, rest) = address.split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then_some((host, path.trim_matches('/')))
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
            ("git@git.example.org:acme/app.git", "ssh://git@git.example.org/acme/app"),
            ("ssh://git:secret@host:22/acme/app.git", "ssh://git@host:22/acme/app"),
            ("github.com/acme/app", "https://github.com/acme/app"),
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
