//! Repositories of source code, as manifests name them.
//!
//! Manifests and SBOMs write the same repository in many ways (`git+https://….git`, `git@host:owner/name`, a page within it);
//! certificates write it in one, which is the one of [`Repository`].

use plimsoll_verify::Repository;

/// Reads a URL as manifests write it, generously: what it names is a hint, and expects nothing. `None` when it names no
/// repository on a host.
pub(super) fn stated(text: &str) -> Option<Repository> {
    let text = text.trim();
    let text = text.strip_prefix("scm:").unwrap_or(text);
    let text = text.strip_prefix("git:").filter(|rest| !rest.starts_with("//")).unwrap_or(text);
    let text = text.strip_prefix("git+").unwrap_or(text);
    let rest = match text.split_once("://") {
        Some(("https" | "http" | "git" | "ssh", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => match text.split_once(':') {
            // git@host:owner/name
            Some((host, path)) if host.contains('@') => format!("{host}/{path}"),
            Some(("github", path)) => format!("github.com/{path}"),
            Some(("gitlab", path)) => format!("gitlab.com/{path}"),
            Some(_) => return None,
            None => text.to_owned(),
        },
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().trim_start_matches("www.");
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.split('@').next().unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(name);
    // Of other hosts the path may go on: groups of GitLab are nested.
    let more: Vec<&str> = parts.take_while(|part| *part != "-").collect();
    let nested = if host.eq_ignore_ascii_case("github.com") || more.is_empty() || name.is_empty() {
        name.to_owned()
    } else {
        format!("{name}/{}", more.join("/"))
    };
    let found = format!("{host}/{owner}/{nested}");
    if host.contains('.') { Repository::parse(&found) } else { None }
}

/// Owner and name of a repository on GitHub.
pub(super) fn on_github(repository: &Repository) -> Option<(&str, &str)> {
    let (owner, name) = repository.as_str().strip_prefix("github.com/")?.split_once('/')?;
    if name.contains('/') { None } else { Some((owner, name)) }
}

/// Whether both name the same, for a hint: GitHub does not tell capital letters from small ones.
pub(super) fn is_same(one: &Repository, other: &Repository) -> bool {
    one == other
        || (on_github(one).is_some() && on_github(other).is_some() && one.as_str().eq_ignore_ascii_case(other.as_str()))
}

/// Who vouches for the workflows of a repository's host in certificates, where that is known.
pub(super) fn usual_issuer(repository: &Repository) -> Option<&'static str> {
    match repository.as_str().split('/').next().unwrap_or_default() {
        "github.com" => Some("https://token.actions.githubusercontent.com"),
        "gitlab.com" => Some("https://gitlab.com"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_repository() {
        for text in [
            "https://github.com/Acme/app",
            "git+https://github.com/Acme/app.git#readme",
            "git://github.com/Acme/app.git",
            "ssh://git@github.com/Acme/app.git",
            "git@github.com:Acme/app.git",
            "github:Acme/app",
            "github.com/Acme/app/tree/main/packages/a",
            "scm:git:https://github.com/Acme/app.git",
            "https://www.github.com/Acme/app/",
            "git+ssh://git@github.com:22/Acme/app.git@v1",
        ] {
            assert_eq!(stated(text).unwrap().as_str(), "github.com/Acme/app", "{text}");
        }
        let (one, other) = (stated("github.com/acme/APP").unwrap(), stated("github.com/Acme/app").unwrap());
        assert!(is_same(&one, &other) && one != other);
        assert_eq!(stated("https://gitlab.com/a/b/c/-/tree/main").unwrap().as_str(), "gitlab.com/a/b/c");
    }

    #[test]
    fn what_is_none() {
        for text in ["", "acme/app", "https://github.com/acme", "https://github.com/../app", "file:///a/b/c", "x y"] {
            assert_eq!(stated(text), None, "{text}");
        }
        let github = stated("https://github.com/acme/app").unwrap();
        for other in ["https://github.com.evil.test/acme/app", "https://gitlab.com/acme/app", "github.com/acme/app2"] {
            assert!(!is_same(&github, &stated(other).unwrap()), "{other}");
        }
    }
}
