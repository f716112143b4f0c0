//! Repositories of source code in one spelling.
//!
//! Manifests and SBOMs write the same repository in many ways (`git+https://….git`, `git@host:owner/name`, a page within it);
//! certificates write it in one. Only the ones that have an owner and a name on a host are known here.

use std::fmt;

/// `https://HOST/OWNER/NAME`, where the host tells capital letters from small ones or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    host: String,
    owner: String,
    name: String,
}

impl Repository {
    /// Reads a URL as manifests write it. `None` when it names no repository on a host.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
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
        let host = host.split(':').next().unwrap_or_default().trim_start_matches("www.").to_ascii_lowercase();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (owner, name) = (parts.next()?, parts.next()?);
        let name = name.split('@').next().unwrap_or_default();
        let name = name.strip_suffix(".git").unwrap_or(name);
        let plain = |text: &str| {
            !text.is_empty()
                && !matches!(text, "." | "..")
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        if !host.contains('.') || !plain(&host) || !plain(owner) || !plain(name) {
            return None;
        }
        Some(Self { host, owner: owner.to_owned(), name: name.to_owned() })
    }

    /// Whether it is on GitHub; then owner and name.
    #[must_use]
    pub fn on_github(&self) -> Option<(&str, &str)> {
        (self.host == "github.com").then_some((&self.owner, &self.name))
    }

    /// Whether both name the same. GitHub does not tell capital letters from small ones.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        if self.host != other.host {
            return false;
        }
        if self.host == "github.com" {
            return self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name);
        }
        self.owner == other.owner && self.name == other.name
    }

    /// Who vouches for the workflows of this host in certificates, where that is known.
    #[must_use]
    pub fn usual_issuer(&self) -> Option<&'static str> {
        match self.host.as_str() {
            "github.com" => Some("https://token.actions.githubusercontent.com"),
            "gitlab.com" => Some("https://gitlab.com"),
            _ => None,
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/{}/{}", self.host, self.owner, self.name)
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
            assert_eq!(Repository::parse(text).unwrap().to_string(), "https://github.com/Acme/app", "{text}");
        }
        let (one, other) = (Repository::parse("github.com/acme/APP"), Repository::parse("github.com/Acme/app"));
        assert!(one.unwrap().is_same(&other.unwrap()));
    }

    #[test]
    fn what_is_none() {
        for text in ["", "acme/app", "https://github.com/acme", "https://github.com/../app", "file:///a/b/c", "x y"] {
            assert_eq!(Repository::parse(text), None, "{text}");
        }
        let github = Repository::parse("https://github.com/acme/app").unwrap();
        for other in ["https://github.com.evil.test/acme/app", "https://gitlab.com/acme/app", "github.com/acme/app2"] {
            assert!(!github.is_same(&Repository::parse(other).unwrap()), "{other}");
        }
    }
}
