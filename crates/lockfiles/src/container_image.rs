//! References to container images: `registry/path:tag@digest`, as Dockerfiles, manifests and pipelines write them.
//! <https://github.com/distribution/reference/blob/main/reference.go>, <https://github.com/package-url/purl-spec>
//!
//! - A reference with a digest is `pkg:oci`, whose version is the digest by definition. A tag alone is no such version,
//!   since it may move: that is `pkg:docker`, whose version may be a tag.
//! - The first part is a registry when it has a dot or a colon or is `localhost`; without one it is Docker Hub, where a
//!   name without a namespace lies in `library`.
//! - No tag means `latest`, which says nothing: such an image has no version.

use std::borrow::Cow;

use plimsoll_extract::prelude::*;

const DOCKER_HUB: &str = "docker.io";

/// The property of an image or action whose reference may mean something else tomorrow.
pub(crate) const MOVABLE: &str = "plimsoll:reference:movable";

/// A reference in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    pub(crate) registry: Option<&'a str>,
    /// What follows the registry: `library/nginx` is written `nginx`.
    pub(crate) path: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Reads a reference; `None` when it is none, as when a variable is left in it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| Digest::from_prefixed(digest).is_err()) {
            return None;
        }
        let path_start = name.rfind('/').map_or(0, |at| at.saturating_add(1));
        let colon = name.get(path_start..)?.find(':').and_then(|at| at.checked_add(path_start));
        let (name, tag) = match colon.and_then(|at| name.split_at_checked(at)) {
            Some((name, tag)) => (name, tag.strip_prefix(':')),
            None => (name, None),
        };
        let is_registry = |part: &str| part.contains(['.', ':']) || part == "localhost";
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if is_registry(first) => (Some(first), rest),
            _ => (None, name),
        };
        let in_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        let valid = !path.is_empty()
            && path.chars().all(in_path)
            && path.split('/').all(|part| !part.is_empty())
            && registry.is_none_or(|registry| registry.chars().all(|c| in_path(c) || c == ':'))
            && tag.is_none_or(|tag| !tag.is_empty() && tag.chars().all(|c| in_path(c) && c != '/'));
        valid.then_some(Self { registry, path, tag, digest })
    }

    fn hub(&self) -> bool {
        self.registry.is_none_or(|registry| matches!(registry, DOCKER_HUB | "index.docker.io" | "registry-1.docker.io"))
    }

    /// The component; `None`, with a diagnostic, when the parts make no purl.
    pub(crate) fn component(&self, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let path = if self.hub() { self.path.strip_prefix("library/").unwrap_or(self.path) } else { self.path };
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        let registry = if self.hub() { "" } else { self.registry.unwrap_or_default() };
        let builder = match self.digest {
            Some(digest) => Purl::builder("oci", name)
                .version(digest)
                .qualifier("repository_url", self.repository(path))
                .qualifier("tag", self.tag.unwrap_or_default()),
            None => Purl::builder("docker", name)
                .namespace(namespace)
                .version(self.tag.unwrap_or_default())
                .qualifier("repository_url", registry),
        };
        let mut component = Component::from_purl(out.purl(builder, line)?);
        component.kind = ComponentKind::Container;
        if self.digest.is_none() {
            component.properties.push((MOVABLE.into(), self.tag.unwrap_or("latest").into()));
        }
        Some(component)
    }

    fn repository(&self, path: &str) -> String {
        match (self.hub(), path.contains('/')) {
            (true, false) => format!("{DOCKER_HUB}/library/{path}"),
            (true, true) => format!("{DOCKER_HUB}/{path}"),
            (false, _) => format!("{}/{path}", self.registry.unwrap_or(DOCKER_HUB)),
        }
    }
}

/// Emits the image that a text refers to. A text with a variable that nothing sets is diagnosed: the name is kept, when
/// only its tag is not known.
pub(crate) fn emit(text: &str, line: u32, scope: Scope, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let text = text.trim().trim_start_matches("docker://");
    let mut known_tag = true;
    let image = match Image::parse(text) {
        Some(image) => image,
        None => {
            let message = format!("the image {text} depends on a value that is not in the file");
            let known = has_variable(text).then(|| known_part(text)).flatten();
            let Some(image) = known else {
                match has_variable(text) {
                    true => out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, message),
                    false => out.malformed_entry(line, format!("image left out: {text} is no reference")),
                }
                return None;
            };
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, message);
            known_tag = false;
            image
        }
    };
    let mut component = image.component(line, out)?;
    if !known_tag {
        component.properties.clear();
    }
    component.scope = scope;
    Some(out.component(component, line))
}

fn has_variable(text: &str) -> bool {
    text.contains(['$', '{', '%', '<'])
}

/// The image without its tag, when only the tag has a variable.
fn known_part(text: &str) -> Option<Image<'_>> {
    let variable = text.find(['$', '{', '%', '<'])?;
    let name = text.get(..variable)?;
    let name = name.get(..name.rfind([':', '@'])?)?;
    Image::parse(name).filter(|image| image.tag.is_none())
}

/// Puts values in for `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}` and `${NAME:+other}`, as Dockerfiles and
/// compose files have them. What nothing is known of stays as it is.
pub(crate) fn substitute<'a>(text: &'a str, value: impl Fn(&str) -> Option<String>) -> Cow<'a, str> {
    if !text.contains('$') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (whole, name, alternative) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((inner, _)) => {
                let end = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
                let (name, operator) = inner.split_at_checked(end).unwrap_or((inner, ""));
                (inner.len().saturating_add(2), name, operator)
            }
            None => {
                let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
                (end, after.get(..end).unwrap_or_default(), "")
            }
        };
        let found = value(name).filter(|found| !found.is_empty());
        let default = alternative.strip_prefix(":-").or_else(|| alternative.strip_prefix('-'));
        let replacement = match (found, alternative.strip_prefix(":+")) {
            (Some(_), Some(other)) => Some(other.to_owned()),
            (None, Some(_)) => Some(String::new()),
            (found, None) => found.or_else(|| default.map(ToOwned::to_owned)),
        };
        match replacement {
            Some(replacement) if !name.is_empty() => out.push_str(&replacement),
            _ => {
                out.push('$');
                out.push_str(after.get(..whole).unwrap_or_default());
            }
        }
        rest = after.get(whole..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_reference() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let text = format!("ghcr.io:443/org/app/x:1.2@{digest}");
        let image = Image::parse(&text).unwrap();
        assert_eq!((image.registry, image.path), (Some("ghcr.io:443"), "org/app/x"));
        assert_eq!((image.tag, image.digest), (Some("1.2"), Some(digest.as_str())));
        let plain = Image::parse("nginx").unwrap();
        assert_eq!((plain.registry, plain.path, plain.tag), (None, "nginx", None));
        assert_eq!(Image::parse("org/app").unwrap().registry, None);
        for text in ["", "a b", "${X}", "x:", "x@sha256:12", "a//b", "{{ .Values.x }}"] {
            assert_eq!(Image::parse(text), None, "{text}");
        }
        assert_eq!(known_part("org/app:${TAG}").map(|image| image.path), Some("org/app"));
        assert_eq!(known_part("${REGISTRY}/app:1"), None);
    }

    #[test]
    fn variables() {
        let value = |name: &str| (name == "A").then(|| "1".to_owned());
        for (text, want) in [
            ("x:$A-y", "x:1-y"),
            ("x:${A}", "x:1"),
            ("x:${B:-2}", "x:2"),
            ("x:${B-2}$", "x:2$"),
            ("x${A:+-slim}${B:+-no}", "x-slim"),
            ("$B/${B}", "$B/${B}"),
            ("${", "${"),
        ] {
            assert_eq!(substitute(text, value), want, "{text}");
        }
    }
}
