//! What a policy calls things: `pkg:npm/%40acme/app@1.2.3`, `file:app-1.2.3.tar.gz`, `oci:ghcr.io/acme/app`, `sha256:…`.
//!
//! In a pattern `*` and `?` do not cross a `/`, `**` does, and `{version}` stands for a version and says which it is. A `file:`
//! pattern without a `/` is about the name of the file in whatever directory it is. A pattern without a version (`@…` of a
//! package, `:…` of an image) takes any.

use std::fmt;

use plimsoll_model::Purl;
use plimsoll_verify::Subject;
use regex::{Regex, RegexBuilder};

use crate::words::quote;

/// One of the names of a thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Name {
    /// A file, by its path as it was given.
    File(String),
    /// A package: type, namespace and name as text without escapes, and its version.
    Package {
        /// Such as `npm/@acme/app`.
        name: String,
        /// Its version.
        version: Option<String>,
    },
    /// An image.
    Image {
        /// Host and path: `ghcr.io/acme/app`.
        repository: String,
        /// Its tag.
        tag: Option<String>,
    },
    /// The digest of anything: algorithm, colon and lower-case hex.
    Digest(String),
}

impl Name {
    /// Reads a name; the reason why it is none is a fragment.
    ///
    /// # Errors
    /// It begins with none of the known prefixes, or what follows is not what the prefix says.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path.to_owned()));
        }
        if text.starts_with("pkg:") {
            let purl = Purl::parse(text).map_err(|error| format!("{}: {error}", quote(text)))?;
            return Ok(Self::package(&purl));
        }
        if let Some(image) = text.strip_prefix("oci:") {
            let (repository, tag) = split_tag(image);
            return Ok(Self::Image { repository: repository.to_owned(), tag: tag.map(str::to_owned) });
        }
        if text.starts_with("sha256:") || text.starts_with("sha384:") || text.starts_with("sha512:") {
            return Subject::digest(text).map(|_| Self::Digest(text.to_owned())).map_err(|error| error.to_string());
        }
        Err(format!("{} has none of the prefixes pkg:, file:, oci:, sha256:, sha384:, sha512:", quote(text)))
    }

    /// The name of a package.
    #[must_use]
    pub fn package(purl: &Purl) -> Self {
        let parts = [Some(purl.kind()), purl.namespace(), Some(purl.name())];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
        Self::Package { name, version: purl.version().map(str::to_owned) }
    }

    /// All digests of a subject.
    pub fn digests(subject: &Subject) -> impl Iterator<Item = Self> {
        subject.digests().map(|(algorithm, hex)| Self::Digest(format!("{}:{hex}", algorithm.token())))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, name, mark, version) = match self {
            Self::File(path) => ("file:", path, "", &None),
            Self::Package { name, version } => ("pkg:", name, "@", version),
            Self::Image { repository, tag } => ("oci:", repository, ":", tag),
            Self::Digest(text) => ("", text, "", &None),
        };
        write!(f, "{prefix}{name}")?;
        version.iter().try_for_each(|version| write!(f, "{mark}{version}"))
    }
}

/// A colon in the last part begins a tag; one before it is that of a port.
fn split_tag(image: &str) -> (&str, Option<&str>) {
    let last = image.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    match image.get(last..).and_then(|part| part.find(':')).and_then(|colon| last.checked_add(colon)) {
        Some(colon) => (image.get(..colon).unwrap_or(image), image.get(colon.saturating_add(1)..)),
        None => (image, None),
    }
}

/// At most one `@`, which does not begin a scope as in `npm/@acme/app`, begins a version.
fn split_version(package: &str) -> (&str, Option<&str>) {
    match package.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !name.ends_with('/') => (name, Some(version)),
        _ => (package, None),
    }
}

/// Which names are meant.
#[derive(Debug, Clone)]
pub struct NamePattern {
    text: String,
    kind: Kind,
    name: Regex,
    version: Option<Regex>,
    broad: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Path,
    Package,
    Image,
    Digest,
}

impl NamePattern {
    /// Reads a pattern; the reason why it is none is a fragment.
    ///
    /// # Errors
    /// It begins with none of the known prefixes, or is malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, name, version) = if let Some(path) = text.strip_prefix("file:") {
            (if path.contains('/') { Kind::Path } else { Kind::File }, path.to_owned(), None)
        } else if let Some(package) = text.strip_prefix("pkg:") {
            let (name, version) = split_version(package);
            (Kind::Package, canonical(name), version)
        } else if let Some(image) = text.strip_prefix("oci:") {
            let (name, version) = split_tag(image);
            (Kind::Image, name.to_owned(), version)
        } else {
            Name::parse(text)?;
            (Kind::Digest, text.to_owned(), None)
        };
        if name.is_empty() {
            return Err(format!("{} names nothing", quote(text)));
        }
        let last = name.rsplit('/').next().unwrap_or_default().replace("{version}", "");
        let broad = !last.contains(char::is_alphanumeric) || (kind == Kind::Package && !name.contains('/'));
        if text.matches("{version}").count() > 1 {
            return Err(format!("{} has {{version}} more than once", quote(text)));
        }
        let version = version.map(compile).transpose()?;
        Ok(Self { text: text.to_owned(), kind, name: compile(&name)?, version, broad })
    }

    /// Whether a name is meant, and which version it has.
    #[must_use]
    pub fn matches(&self, name: &Name) -> Option<Matched> {
        let (text, version) = match (self.kind, name) {
            (Kind::File, Name::File(path)) => (path.rsplit('/').next().unwrap_or_default(), None),
            (Kind::Path, Name::File(path)) => (path.strip_prefix("./").unwrap_or(path), None),
            (Kind::Package, Name::Package { name, version }) => (name.as_str(), version.as_deref()),
            (Kind::Image, Name::Image { repository, tag }) => (repository.as_str(), tag.as_deref()),
            (Kind::Digest, Name::Digest(digest)) => (digest.as_str(), None),
            _ => return None,
        };
        let captured = |regex: &Regex, text: &str| {
            let captures = regex.captures(text)?;
            Some(captures.name("version").map(|found| found.as_str().to_owned()))
        };
        let mut found = captured(&self.name, text)?;
        if let Some(wanted) = &self.version {
            found = found.or(captured(wanted, version?)?);
        }
        // The version of a package is one; the tag of an image need not be.
        let version = found.or_else(|| version.filter(|_| self.kind == Kind::Package).map(str::to_owned));
        Some(Matched { version })
    }

    /// Whether it says which version is meant.
    #[must_use]
    pub fn captures_version(&self) -> bool {
        self.text.contains("{version}") || self.kind == Kind::Package
    }

    /// Whether it names nothing but a kind or a place.
    #[must_use]
    pub fn is_broad(&self) -> bool {
        self.broad
    }

    /// Whether it is a digest: one thing and no other.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        self.kind == Kind::Digest
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// That a name is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The version of what has that name, where it says it.
    pub version: Option<String>,
}

/// The name of a package in its one spelling; one with wildcards is taken as it is, but for escapes of `@`.
fn canonical(name: &str) -> String {
    let plain = !name.contains(['*', '?', '{', '[']);
    match Purl::parse(&format!("pkg:{name}")).map(|purl| Name::package(&purl)) {
        Ok(Name::Package { name, version: None }) if plain => name,
        _ => name.replace("%40", "@"),
    }
}

/// Bytes that a compiled pattern may take.
const MAX_REGEX: usize = 1 << 20;

/// A glob as a regular expression over all of a text.
fn compile(glob: &str) -> Result<Regex, String> {
    let mut out = String::from(r"\A(?s:");
    let mut rest = glob;
    while let Some(character) = rest.chars().next() {
        let (piece, taken): (&str, usize) = if rest.starts_with("{version}") {
            ("(?<version>[0-9A-Za-z][0-9A-Za-z.+_~-]*)", 9)
        } else if rest.starts_with("**") {
            (".*", 2)
        } else {
            match character {
                '*' => ("[^/]*", 1),
                '?' => ("[^/]", 1),
                '[' | ']' | '{' | '}' | '\\' => {
                    return Err(format!(
                        "{} may hold only *, ** and ? beside what it names, and {{version}}",
                        quote(glob)
                    ));
                }
                _ => ("", character.len_utf8()),
            }
        };
        let (this, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        if piece.is_empty() {
            out.push_str(&regex::escape(this));
        } else {
            out.push_str(piece);
        }
        rest = after;
    }
    out.push_str(r")\z");
    let built = RegexBuilder::new(&out).size_limit(MAX_REGEX).build();
    built.map_err(|_| format!("{} is too long", quote(glob)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns() {
        for (pattern, name, version) in [
            ("file:app-*.tar.gz", "file:dist/app-1.2.tar.gz", Some(None)),
            ("file:app-{version}.tar.gz", "file:/tmp/app-1.2.3.tar.gz", Some(Some("1.2.3"))),
            ("file:dist/*.gz", "file:./dist/a.gz", Some(None)),
            ("file:dist/*.gz", "file:dist/x/a.gz", None),
            ("file:dist/**.gz", "file:dist/x/a.gz", Some(None)),
            ("file:app", "file:app.evil", None),
            ("file:app", "file:evil\napp", None),
            ("pkg:npm/@acme/app", "pkg:npm/%40acme/app@1.2.3", Some(Some("1.2.3"))),
            ("pkg:npm/%40acme/app@1.*", "pkg:npm/%40acme/app@1.2.3", Some(Some("1.2.3"))),
            ("pkg:npm/%40acme/*", "pkg:npm/%40acme/app", Some(None)),
            ("pkg:npm/%40acme/app@2.*", "pkg:npm/%40acme/app@1.2.3", None),
            ("pkg:npm/%40acme/app@1.*", "pkg:npm/%40acme/app", None),
            ("pkg:pypi/My_App", "pkg:pypi/my-app@1", Some(Some("1"))),
            ("pkg:npm/app", "pkg:npm/%40acme/app", None),
            ("oci:ghcr.io/acme/app", "oci:ghcr.io/acme/app:v1", Some(None)),
            ("oci:localhost:5000/app:v{version}", "oci:localhost:5000/app:v1", Some(Some("1"))),
            ("oci:ghcr.io/acme/*", "oci:ghcr.io/acme/a/b", None),
            ("file:app", "oci:app", None),
        ] {
            let (pattern, name) = (NamePattern::parse(pattern).unwrap(), Name::parse(name).unwrap());
            let found = pattern.matches(&name).map(|found| found.version);
            assert_eq!(found, version.map(|version| version.map(str::to_owned)), "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for bad in ["", "*", "app", "file:", "pkg:", "file:[a]", "file:{a,b}", "file:{version}{version}", "sha256:00"] {
            assert!(NamePattern::parse(bad).is_err(), "{bad}");
        }
        for (pattern, broad) in [
            ("file:*", true),
            ("file:**", true),
            ("pkg:npm/*", true),
            ("pkg:**", true),
            ("pkg:npm", true),
            ("oci:ghcr.io/acme/*", true),
            ("pkg:npm/left-pad@*", false),
            ("file:app-*", false),
        ] {
            assert_eq!(NamePattern::parse(pattern).unwrap().is_broad(), broad, "{pattern}");
        }
    }
}
