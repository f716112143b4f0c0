//! NuGet package ids and versions, and the components they name.
//!
//! Ids are compared without regard to case (<https://learn.microsoft.com/nuget/reference/nuspec#id>). Versions:
//! <https://learn.microsoft.com/nuget/concepts/package-versioning>. What surprises: a plain `1.0` in a project means
//! "1.0 or later", of which restore takes the lowest, so it is a pin in practice; `[1.0]` is one by the letter.

use plimsoll_extract::prelude::*;

/// What a version text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version<'a> {
    /// One version.
    Exact(&'a str),
    /// Any of several: an interval, or floating as in `1.*`.
    Range(&'a str),
}

impl<'a> Version<'a> {
    /// Reads a version text; `None` when it is empty.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim);
        match inner {
            Some(inner) if !inner.is_empty() && !inner.contains([',', '*']) => Some(Self::Exact(inner)),
            _ if text.is_empty() => None,
            _ if text.contains(['[', ']', '(', ')', ',', '*']) => Some(Self::Range(text)),
            _ => Some(Self::Exact(text)),
        }
    }
}

/// The package that an id and a version name; `None`, with a diagnostic, when they name none.
pub(crate) fn package(id: &str, version: Option<Version<'_>>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let id = id.trim();
    if id.contains('/') {
        out.malformed_entry(line, "a package id has no slash");
        return None;
    }
    let exact = match version {
        Some(Version::Exact(version)) => version,
        Some(Version::Range(_)) | None => "",
    };
    let purl = out.purl(Purl::builder("nuget", id).version(exact), line)?;
    let mut component = Component::from_purl(purl);
    if let Some(Version::Range(range)) = version {
        component.version_range = Some(range.into());
    }
    Some(component)
}

/// Adds the digest in `contentHash` or `sha512`: base64, perhaps with `sha512-` before it; empty when there is none.
///
/// It is taken of the package as its author made it, so it differs from that of a file which a server has signed.
pub(crate) fn add_sha512(component: &mut Component, text: Option<&str>, line: u32, out: &mut Sink<'_>) {
    let text = text.map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return;
    }
    match Digest::from_base64(DigestAlgorithm::Sha512, text.strip_prefix("sha512-").unwrap_or(text)) {
        Ok(digest) => component.hashes.push(digest),
        Err(error) => out.malformed_entry(line, format!("SHA-512 of {}: {error}", component.name)),
    }
}

/// The version of a project; the one that projects get when they state none is left out, since it says nothing and
/// would tell the project from itself in files that do not repeat it.
pub(crate) fn project_version(text: &str) -> Option<Box<str>> {
    Some(text.trim()).filter(|text| !text.is_empty() && *text != "1.0.0").map(Into::into)
}

/// `id/version`, as the keys of `libraries` and `targets` are written.
pub(crate) fn split_key(key: &str) -> Option<(&str, &str)> {
    key.rsplit_once('/').filter(|(id, version)| !id.is_empty() && !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_ranges() {
        for (text, want) in [
            ("1.0.0", Some(Version::Exact("1.0.0"))),
            (" [1.0.0] ", Some(Version::Exact("1.0.0"))),
            ("[1.0,2.0)", Some(Version::Range("[1.0,2.0)"))),
            ("(,1.0)", Some(Version::Range("(,1.0)"))),
            ("1.*", Some(Version::Range("1.*"))),
            ("*", Some(Version::Range("*"))),
            ("[]", Some(Version::Range("[]"))),
            (" ", None),
        ] {
            assert_eq!(Version::read(text), want, "{text}");
        }
    }
}
