//! Platforms: `os/architecture[/variant]`, in the words of Go's `GOOS` and `GOARCH` (OCI image-spec, image-index.md).

use std::fmt;

use serde::Deserialize;

use crate::SourceError;

/// A platform as written in an index, or asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

/// What is taken when none is named.
pub(super) const DEFAULT: (&str, &str) = ("linux", "amd64");

impl Platform {
    pub(super) fn new(os: Option<&str>, architecture: Option<&str>, variant: Option<&str>) -> Self {
        Self {
            os: os.unwrap_or_default().to_owned(),
            architecture: architecture.unwrap_or_default().to_owned(),
            variant: variant.map(str::to_owned),
        }
    }

    /// Reads `os/arch` or `os/arch/variant`.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let parts: Vec<&str> = text.split('/').collect();
        match *parts.as_slice() {
            [os, architecture] if !os.is_empty() && !architecture.is_empty() => {
                Ok(Self::new(Some(os), Some(architecture), None))
            }
            [os, architecture, variant] if !os.is_empty() && !architecture.is_empty() && !variant.is_empty() => {
                Ok(Self::new(Some(os), Some(architecture), Some(variant)))
            }
            _ => Err(SourceError::Reference {
                text: text.to_owned(),
                reason: "a platform is written os/architecture or os/architecture/variant",
            }),
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// Whether this platform is what `wanted` asks for; a variant that is not asked for may be any.
    pub(super) fn is(&self, wanted: &Self) -> bool {
        let (own, wanted) = (self.normal(), wanted.normal());
        own.os == wanted.os
            && own.architecture == wanted.architecture
            && (wanted.variant.is_none() || own.variant == wanted.variant)
    }

    /// One spelling for one platform, as containerd normalises them.
    fn normal(&self) -> Self {
        let os = self.os.to_ascii_lowercase();
        let architecture = self.architecture.to_ascii_lowercase();
        let variant = self.variant.as_deref().map(str::to_ascii_lowercase).filter(|variant| !variant.is_empty());
        let (architecture, variant) = match (architecture.as_str(), variant.as_deref()) {
            ("x86_64" | "x86-64", _) => ("amd64", variant),
            ("i386" | "i486" | "i586" | "i686", _) => ("386", variant),
            ("aarch64" | "arm64", None | Some("v8" | "8")) => ("arm64", None),
            ("aarch64", _) => ("arm64", variant),
            ("armhf", None) => ("arm", Some("v7".to_owned())),
            ("armel", None) => ("arm", Some("v6".to_owned())),
            ("arm", None | Some("7")) => ("arm", Some("v7".to_owned())),
            (other, _) => (other, variant),
        };
        Self { os, architecture: architecture.to_owned(), variant }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_match_whatever_their_spelling() {
        let is = |own: &str, wanted: &str| Platform::parse(own).unwrap().is(&Platform::parse(wanted).unwrap());
        assert!(is("linux/amd64", "linux/x86_64"));
        assert!(is("linux/arm64/v8", "linux/arm64"));
        assert!(is("linux/arm64", "linux/arm64/v8"));
        assert!(!is("linux/arm/v6", "linux/arm/v7"));
        assert!(!is("windows/amd64", "linux/amd64"));
        assert!(Platform::parse("linux").is_err() && Platform::parse("linux//v8").is_err());
    }
}
