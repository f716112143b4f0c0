//! Maven coordinates as Maven and Gradle write them, and the components they name.
//!
//! Versions: <https://maven.apache.org/pom.html#dependency-version-requirement-specification> and
//! <https://docs.gradle.org/current/userguide/dependency_versions.html>. What surprises: `[1.0]` is a pin and `1.0` only
//! a wish, which resolution nearly always grants; `LATEST`, `1.+` and `latest.release` are ranges.

use plimsoll_extract::prelude::*;

/// What a version text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version<'a> {
    /// One version.
    Exact(&'a str),
    /// Any of several.
    Range(&'a str),
    /// It is not known here.
    Unknown,
}

impl<'a> Version<'a> {
    /// Reads a version text; empty text is unknown.
    pub(crate) fn read(text: &'a str) -> Self {
        let text = text.trim();
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match inner {
            Some(inner) if !inner.contains([',', '[', '(', ']', ')']) && !inner.trim().is_empty() => {
                Self::Exact(inner.trim())
            }
            _ if text.is_empty() => Self::Unknown,
            _ if is_range(text) => Self::Range(text),
            _ => Self::Exact(text),
        }
    }

    /// The version, when it is one.
    pub(crate) fn exact(self) -> Option<&'a str> {
        match self {
            Self::Exact(version) => Some(version),
            Self::Range(_) | Self::Unknown => None,
        }
    }
}

/// Gradle also turns the brackets of an open end around: `]1.0,2.0[`.
fn is_range(text: &str) -> bool {
    text.contains([',', '[', ']', '(', ')'])
        || text.ends_with('+')
        || text.starts_with("latest.")
        || matches!(text, "LATEST" | "RELEASE")
}

/// What names an artifact, without its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Artifact<'a> {
    /// groupId.
    pub(crate) group: &'a str,
    /// artifactId.
    pub(crate) name: &'a str,
    /// Which of several files of one project; empty for the main one.
    pub(crate) classifier: &'a str,
    /// The type or extension; empty for `jar`.
    pub(crate) kind: &'a str,
}

impl<'a> Artifact<'a> {
    /// The main jar of a project.
    pub(crate) fn jar(group: &'a str, name: &'a str) -> Self {
        Self { group, name, classifier: "", kind: "" }
    }
}

/// Whether text can be a groupId or artifactId: what Maven itself accepts. That of a template cannot.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// The library that an artifact and a version name; `None`, with a diagnostic, when they name none.
pub(crate) fn library(
    artifact: Artifact<'_>,
    version: Version<'_>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let kind = if artifact.kind == "jar" { "" } else { artifact.kind };
    if !is_id(artifact.group) || !is_id(artifact.name) {
        out.malformed_entry(line, format!("{}:{} names no artifact", artifact.group, artifact.name));
        return None;
    }
    let builder = Purl::builder("maven", artifact.name)
        .namespace(artifact.group)
        .version(version.exact().unwrap_or_default())
        .qualifier("classifier", artifact.classifier)
        .qualifier("type", kind);
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if let Version::Range(range) = version {
        component.version_range = Some(range.into());
    }
    Some(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_ranges() {
        for (text, want) in [
            ("1.0", Version::Exact("1.0")),
            (" [1.0] ", Version::Exact("1.0")),
            ("[1.0,2.0)", Version::Range("[1.0,2.0)")),
            ("(,1.0],[1.2,)", Version::Range("(,1.0],[1.2,)")),
            ("]1.0,2.0[", Version::Range("]1.0,2.0[")),
            ("1.+", Version::Range("1.+")),
            ("latest.release", Version::Range("latest.release")),
            ("RELEASE", Version::Range("RELEASE")),
            ("RELEASE90", Version::Exact("RELEASE90")),
            ("[]", Version::Range("[]")),
            ("", Version::Unknown),
        ] {
            assert_eq!(Version::read(text), want, "{text}");
        }
    }
}
