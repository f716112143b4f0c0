//! What `uses:` says, and the tag in the comment behind a commit.

use plimsoll_extract::prelude::*;

use crate::container_image::MOVABLE;
use crate::locator::without_password;
use crate::repository::is_commit;

/// The property that says where the tag of a pinned commit was found.
pub(super) const ORIGIN: &str = "plimsoll:github:resolved-by";
/// The property for the tag of a pinned commit.
pub(super) const TAG: &str = "plimsoll:github:tag";

/// Where something about a reference was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// In the comment behind it.
    Comment,
    /// In a clone of the repository.
    Clone,
    /// Nowhere: a commit whose tag is not known.
    Nowhere,
    /// A path in the repository of the workflow.
    Local,
}

impl Origin {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Clone => "clone",
            Self::Nowhere => "unresolved",
            Self::Local => "local",
        }
    }
}

/// What `uses:` names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Uses<'a> {
    /// A path beside the workflow.
    Local(&'a str),
    /// An image.
    Image(&'a str),
    /// Something in another repository.
    Remote(Remote<'a>),
}

/// `owner/repository/path@reference`; with a host when it is not GitHub's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Remote<'a> {
    /// The URL of the server, without a slash at its end.
    server: Option<&'a str>,
    owner: &'a str,
    repository: &'a str,
    path: &'a str,
    reference: &'a str,
}

/// Reads the text of `uses:`.
pub(super) fn parse(text: &str) -> Option<Uses<'_>> {
    let text = text.trim();
    if let Some(image) = text.strip_prefix("docker://") {
        return Some(Uses::Image(image));
    }
    if text.starts_with("./") || text.starts_with("../") {
        return Some(Uses::Local(text.trim_end_matches('/')));
    }
    let (place, reference) = text.rsplit_once('@')?;
    let (server, place) = match place.strip_prefix("https://").or_else(|| place.strip_prefix("http://")) {
        Some(rest) => {
            let path = rest.split_once('/')?.1;
            let server = place.strip_suffix(path)?.trim_end_matches('/');
            (Some(server).filter(|server| *server != "https://github.com"), path)
        }
        None => (None, place),
    };
    let mut parts = place.splitn(3, '/');
    let (owner, repository, path) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    let plain = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '$' | '{'));
    let valid = [owner, repository, reference].into_iter().all(plain);
    valid.then_some(Uses::Remote(Remote { server, owner, repository, path: path.trim_matches('/'), reference }))
}

impl Remote<'_> {
    /// The component; `comment` is what stands behind the reference.
    pub(super) fn component(&self, comment: Option<&str>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let server = without_password(self.server.unwrap_or("https://github.com")).into_owned();
        let url = format!("git+{server}/{}/{}@{}", self.owner, self.repository, self.reference);
        let builder = match self.server {
            None => Purl::builder("github", self.repository).namespace(self.owner),
            Some(_) => {
                Purl::builder("generic", self.repository).namespace(self.owner).qualifier("vcs_url", url.as_str())
            }
        };
        let mut component = Component::from_purl(out.purl(builder.version(self.reference).subpath(self.path), line)?);
        if !self.path.is_empty() {
            // An action in a subdirectory is another one than that of the repository.
            component.name = format!("{}/{}", component.name, self.path).into();
        }
        component.scope = Scope::Build;
        component.references.push(ExternalReference { kind: ReferenceKind::Vcs, url: url.into(), hashes: Vec::new() });
        if is_commit(self.reference) {
            if let Some(tag) = comment.and_then(tag_in) {
                component.properties.push((TAG.into(), tag.into()));
                component.properties.push((ORIGIN.into(), Origin::Comment.word().into()));
            }
        } else {
            component.properties.push((MOVABLE.into(), self.reference.into()));
        }
        Some(component)
    }
}

/// The comment on a line behind the text of a reference.
pub(super) fn comment_after<'a>(line: &'a str, reference: &str) -> Option<&'a str> {
    let (_, after) = line.split_once(reference)?;
    let after = after.trim_start_matches(['"', '\'']);
    // YAML: a comment needs a space before it.
    Some(after.trim_start().strip_prefix('#').filter(|_| after.starts_with([' ', '\t']))?.trim())
}

/// The tag that a comment names: `v4.1.2`, `tag=v4`, `pin@v4`, `ratchet:actions/checkout@v4`, `renovate: tag=v4`.
fn tag_in(comment: &str) -> Option<&str> {
    comment.split_whitespace().find_map(|word| {
        let word = word.rsplit(['@', '=']).next().unwrap_or(word).trim_matches([',', ';', '(', ')', ':', '"']);
        let last = word.rsplit(['/', '-']).find(|part| is_version(part));
        (is_version(word) || last.is_some()).then_some(word)
    })
}

/// `v4`, `4.1.2`, `v1.2.3-beta`. A lone number is none: it may be an issue or a year.
fn is_version(text: &str) -> bool {
    let number = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let digit = number.starts_with(|c: char| c.is_ascii_digit());
    let plain = number.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'));
    digit && plain && (number.len() < text.len() || number.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used() {
        assert_eq!(parse("./.github/actions/x/"), Some(Uses::Local("./.github/actions/x")));
        assert_eq!(parse("docker://alpine:3.20"), Some(Uses::Image("alpine:3.20")));
        let Some(Uses::Remote(remote)) = parse("Org/repo/a/b@v1") else { panic!() };
        assert_eq!((remote.owner, remote.repository, remote.path, remote.reference), ("Org", "repo", "a/b", "v1"));
        let Some(Uses::Remote(remote)) = parse("https://code.forgejo.org/actions/checkout@v4") else { panic!() };
        assert_eq!((remote.server, remote.owner), (Some("https://code.forgejo.org"), "actions"));
        for text in ["", "actions/checkout", "x@v1", "${{ x }}/y@v1", "a/b@"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn tags_in_comments() {
        let line = "      - uses: \"a/b@0123\"  # v4.1.2 (latest)";
        assert_eq!(comment_after(line, "a/b@0123").and_then(tag_in), Some("v4.1.2"));
        assert_eq!(comment_after("uses: a/b@0123#v4", "a/b@0123"), None);
        for (comment, want) in [
            ("tag=v3", Some("v3")),
            ("ratchet:actions/checkout@v4", Some("v4")),
            ("pin@v2.1", Some("v2.1")),
            ("renovate: tag=1.2.3", Some("1.2.3")),
            ("codeql-bundle-v2.20.1", Some("codeql-bundle-v2.20.1")),
            ("release/v1", Some("release/v1")),
            ("main as of 2024", None),
            ("see 123", None),
        ] {
            assert_eq!(tag_in(comment), want, "{comment}");
        }
    }
}
