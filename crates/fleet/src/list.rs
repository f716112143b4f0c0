//! What is to be scanned: a list of names, or what a registry has.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use globset::GlobBuilder;
use plimsoll_registry::{Host, ImageReference, NetworkOptions, RemoteReference, built, repositories, tags};
use plimsoll_source::SourceReference;

use crate::FleetError;

/// Reads a list: a target each line, as `scan` takes them; a bare name is one of an image in a registry. Blank lines and what
/// follows `#` do not count. Each target is given once, in order of names.
///
/// # Errors
/// A line is neither.
pub fn from_text(text: &str) -> Result<Vec<String>, FleetError> {
    let mut targets = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let name = line.split_once(" #").map_or(line, |(name, _)| name).trim();
        if name.is_empty() || name.starts_with('#') {
            continue;
        }
        targets.insert(target(name).map_err(|reason| FleetError::Line { line: number, reason })?);
    }
    Ok(targets.into_iter().collect())
}

/// A name with its kind before it.
fn target(name: &str) -> Result<String, String> {
    if let Some(remote) = RemoteReference::parse(OsStr::new(name)) {
        return remote.map(|_| name.to_owned()).map_err(|error| error.to_string());
    }
    let prefixed = ["dir:", "file:", "archive:", "docker-archive:", "oci-archive:", "oci-layout:", "disk:", "sbom:"];
    if prefixed.iter().any(|prefix| name.starts_with(prefix)) {
        return SourceReference::parse(OsStr::new(name)).map(|_| name.to_owned()).map_err(|error| error.to_string());
    }
    let image: ImageReference = name.parse().map_err(|error: plimsoll_registry::RegistryError| error.to_string())?;
    Ok(format!("registry:{image}"))
}

/// Which images of a registry.
#[derive(Debug, Clone, Default)]
pub struct RegistryList {
    /// `HOST`, or `HOST/PATH` for what is below a path.
    pub place: String,
    /// Tags that match this pattern; all of them without one.
    pub tag_glob: Option<String>,
    /// Of each repository only so many, those built last.
    pub newest: Option<usize>,
}

/// The images that a registry has now. Tags that cosign and others use for signatures are none.
///
/// # Errors
/// The registry does not list its repositories, or cannot be reached.
pub fn from_registry(list: &RegistryList, network: &NetworkOptions) -> Result<Vec<String>, FleetError> {
    let (host, prefix) = list
        .place
        .split_once('/')
        .map_or((list.place.as_str(), None), |(host, path)| (host, (!path.is_empty()).then_some(path)));
    let host: Host = host.parse()?;
    let matcher = list
        .tag_glob
        .as_deref()
        .map(|pattern| GlobBuilder::new(pattern).build().map(|glob| glob.compile_matcher()))
        .transpose()
        .map_err(|error| FleetError::Pattern(error.to_string()))?;
    let mut targets = Vec::new();
    for repository in repositories(&host, prefix, network)? {
        let reference: ImageReference = format!("{host}/{repository}").parse()?;
        let mut images = Vec::new();
        for tag in tags(&reference, network)? {
            if is_attachment(&tag) || matcher.as_ref().is_some_and(|matcher| !matcher.is_match(&tag)) {
                continue;
            }
            images.push(format!("{host}/{repository}:{tag}"));
        }
        if let Some(newest) = list.newest.filter(|newest| *newest < images.len()) {
            images = newest_of(images, newest, network)?;
        }
        targets.extend(images.into_iter().map(|image| format!("registry:{image}")));
    }
    Ok(targets)
}

/// The images that say they were built last; those that do not say come after all that do.
fn newest_of(images: Vec<String>, count: usize, network: &NetworkOptions) -> Result<Vec<String>, FleetError> {
    let mut dated = Vec::with_capacity(images.len());
    for image in images {
        let reference: ImageReference = image.parse()?;
        // One that is damaged is scanned, so that it is reported.
        dated.push((built(&reference, network).ok().flatten().unwrap_or_default(), image));
    }
    dated.sort_by(|left, right| right.cmp(left));
    dated.truncate(count);
    let mut images: Vec<String> = dated.into_iter().map(|(_, image)| image).collect();
    images.sort_unstable();
    Ok(images)
}

/// Tags under which something is attached to an image: `sha256-HEX`, `sha256-HEX.sig`.
fn is_attachment(tag: &str) -> bool {
    let rest = tag.strip_prefix("sha256-").or_else(|| tag.strip_prefix("sha512-"));
    rest.is_some_and(|rest| {
        rest.len() >= 64 && rest.bytes().take(64).all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let text = "# ours\nghcr.io/acme/app:1 # the shop\n\noci-layout:build/app\nregistry:ghcr.io/acme/app:1\nghcr.io/acme/b\n";
        let read = from_text(text).unwrap();
        assert_eq!(read, ["oci-layout:build/app", "registry:ghcr.io/acme/app:1", "registry:ghcr.io/acme/b:latest"]);
        assert!(matches!(from_text("ok/ok\n::\n"), Err(FleetError::Line { line: 2, .. })));
    }

    #[test]
    fn signatures_are_no_images() {
        let hex = "a".repeat(64);
        assert!(is_attachment(&format!("sha256-{hex}.sig")) && is_attachment(&format!("sha256-{hex}")));
        assert!(!is_attachment("sha256-1.0") && !is_attachment("1.0"));
    }
}
