//! Names of repositories, compared in one spelling.

use std::fmt;

/// Where source is kept, in one spelling: host in lower case, no scheme, no `git+`, no `.git`, no ref. An object in a bucket
/// keeps its scheme: `gs://bucket/object`.
///
/// What is left of it is compared byte for byte: on most hosts `Acme/app` and `acme/app` are two repositories, and where they
/// are one, the platform writes only one of the spellings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(String);

/// Google Cloud Build builds from archives in buckets.
const BUCKET: &str = "gs://";
/// How SSH is spelled where everybody is `git`.
const SSH_USER: &str = "ssh://git@";
const SCHEMES: &[&str] = &["https://", "http://", "ssh://", "git://"];

impl Repository {
    /// Reads a name such as `github.com/acme/app`, `https://github.com/acme/app.git` or `git+https://github.com/acme/app`.
    /// `None` for what is not a host and a path, has a part that is `.` or `..` or empty, or is written with `%`, `?`, `#` or
    /// `@`, behind which something else could hide. A space (`%20`) hides nothing, and projects of Azure have some.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(BUCKET) {
            let plain = rest.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
                && rest.chars().all(|c| c.is_ascii_graphic() && !"%?#@\\\"'<>:".contains(c));
            return (plain && rest.contains('/')).then(|| Self(text.to_owned()));
        }
        let text = text.strip_prefix("git+").unwrap_or(text);
        let text = match text.strip_prefix(SSH_USER) {
            Some(rest) => rest,
            None => SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text),
        };
        let text = text.strip_suffix('/').unwrap_or(text);
        let text = text.strip_suffix(".git").unwrap_or(text);
        let (host, path) = text.split_once('/')?;
        let plain = |c: char| c.is_ascii_graphic() && !"%?#@\\\"'<>:".contains(c);
        let host_ok = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
        let path_ok = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
            && path.replace("%20", "").chars().all(plain);
        (host_ok && path_ok).then(|| Self(format!("{}/{path}", host.to_ascii_lowercase())))
    }

    /// Reads a URI with a ref, as provenance has it: `git+https://github.com/acme/app@refs/tags/v1`. The ref begins after the
    /// first `@` behind the host, as refs may hold more of them.
    #[must_use]
    pub fn with_ref(text: &str) -> Option<(Self, Option<&str>)> {
        // Behind the user of SSH, who is the same everywhere and says nothing.
        let user = text.strip_prefix("git+").unwrap_or(text).strip_prefix(SSH_USER);
        let begins = user.map_or(0, |rest| text.len().saturating_sub(rest.len()));
        let (before, behind) = text.split_at_checked(begins)?;
        let cut = behind.split_once('@').map(|(rest, reference)| (before.len().saturating_add(rest.len()), reference));
        let cut = cut.and_then(|(end, reference)| Some((text.get(..end)?, reference)));
        match cut {
            Some((repository, reference)) if !reference.is_empty() => Some((Self::parse(repository)?, Some(reference))),
            Some(_) => None,
            None => Some((Self::parse(text)?, None)),
        }
    }

    /// The one spelling, such as `github.com/acme/app`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As certificates have it: `https://github.com/acme/app`.
    #[must_use]
    pub fn to_uri(&self) -> String {
        if self.0.starts_with(BUCKET) { self.0.clone() } else { format!("https://{}", self.0) }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_repository_are_one() {
        for text in [
            "github.com/acme/app",
            "https://github.com/acme/app",
            "git+https://github.com/acme/app",
            "https://GitHub.com/acme/app.git",
            "git+ssh://github.com/acme/app.git",
            "ssh://git@github.com/acme/app.git",
            "git+ssh://git@github.com/acme/app",
            "github.com/acme/app/",
        ] {
            assert_eq!(Repository::parse(text).unwrap().as_str(), "github.com/acme/app", "{text}");
        }
        assert_ne!(Repository::parse("github.com/Acme/app"), Repository::parse("github.com/acme/app"));
        let spaced = Repository::parse("git+https://dev.azure.com/acme/A%20B/_git/app").unwrap();
        assert_eq!(spaced.as_str(), "dev.azure.com/acme/A%20B/_git/app");
        assert_ne!(Repository::parse("github.com/acme/app.git.git"), Repository::parse("github.com/acme/app"));
    }

    #[test]
    fn what_could_hide_something_is_no_repository() {
        for text in [
            "",
            "github.com",
            "github.com/",
            "acme",
            "/acme/app",
            "github.com//app",
            "github.com/acme/../evil",
            "github.com/acme%2Fapp",
            "github.com/acme/app?x",
            "github.com/acme/app#x",
            "https://user@github.com/acme/app",
            "https://git@github.com/acme/app",
            "ssh://root@github.com/acme/app",
            "ssh://git@evil.example@github.com/acme/app",
            "ssh://git@https://github.com/acme/app",
            "ssh://git@ssh://git@github.com/acme/app",
            "github.com/acme/app@v1",
            "github.com/acme/app\n",
        ] {
            assert_eq!(Repository::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn refs_may_hold_an_at_sign() {
        let (repository, reference) =
            Repository::with_ref("git+https://github.com/acme/app@refs/tags/@acme/app@1.0").unwrap();
        assert_eq!((repository.as_str(), reference), ("github.com/acme/app", Some("refs/tags/@acme/app@1.0")));
        assert_eq!(Repository::with_ref("git+https://github.com/acme/app@"), None);
        let (repository, reference) = Repository::with_ref("git+ssh://git@github.com/acme/app@refs/tags/v1").unwrap();
        assert_eq!((repository.as_str(), reference), ("github.com/acme/app", Some("refs/tags/v1")));
        assert_eq!(Repository::with_ref("ssh://git@evil.example@github.com/acme/app"), None);
    }
}
