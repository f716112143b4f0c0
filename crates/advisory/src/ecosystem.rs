//! Where a package is published: the ecosystems of OSV. <https://ossf.github.io/osv-schema/#defined-ecosystems>
//!
//! The table follows schema 1.7.5: 48 ecosystems. The part after the first `:` says which release, repository or stream
//! is meant (`Debian:12`, `Maven:https://repo.example/`, `Red Hat:enterprise_linux:9::appstream`). An ecosystem that is
//! not in the table is kept as it is.

use std::fmt;

use plimsoll_version::Scheme;
use serde::{Deserialize, Serialize};

/// The ecosystems of schema 1.7.5, and the type and namespace of package URLs of their packages. Without a type there
/// is no package URL that would name such a package. A namespace of `*` is part of the package's name.
pub(crate) const ECOSYSTEMS: [(&str, Option<(&str, &str)>); 48] = [
    ("AlmaLinux", Some(("rpm", "almalinux"))),
    ("Alpaquita", Some(("apk", "alpaquita"))),
    ("Alpine", Some(("apk", "alpine"))),
    ("Android", None),
    ("Azure Linux", Some(("rpm", "azurelinux"))),
    ("BellSoft Hardened Containers", Some(("apk", "bellsoft-hardened-containers"))),
    ("Bioconductor", Some(("bioconductor", ""))),
    ("Bitnami", Some(("bitnami", ""))),
    ("CRAN", Some(("cran", ""))),
    ("Chainguard", Some(("apk", "chainguard"))),
    ("CleanStart", Some(("apk", "cleanstart"))),
    ("ConanCenter", Some(("conan", ""))),
    ("Debian", Some(("deb", "debian"))),
    ("Docker Hardened Images", Some(("dhi", ""))),
    ("Echo", Some(("deb", "echo"))),
    ("FreeBSD", Some(("freebsd", ""))),
    ("GHC", None),
    ("GitHub Actions", Some(("githubactions", "*"))),
    ("Go", Some(("golang", "*"))),
    ("Hackage", Some(("hackage", ""))),
    ("Hex", Some(("hex", "*"))),
    ("Julia", Some(("julia", ""))),
    ("Kubernetes", None),
    ("Linux", None),
    ("Mageia", Some(("rpm", "mageia"))),
    ("Maven", Some(("maven", "*"))),
    ("MinimOS", Some(("apk", "minimos"))),
    ("NuGet", Some(("nuget", ""))),
    ("OSS-Fuzz", None),
    ("Packagist", Some(("composer", "*"))),
    ("Photon OS", Some(("rpm", "photon"))),
    ("Pub", Some(("pub", ""))),
    ("PyPI", Some(("pypi", ""))),
    ("Red Hat", Some(("rpm", "redhat"))),
    ("Rocky Linux", Some(("rpm", "rocky"))),
    ("Root", None),
    ("RubyGems", Some(("gem", ""))),
    ("SUSE", Some(("rpm", "suse"))),
    ("SwiftURL", Some(("swift", "*"))),
    ("TuxCare", None),
    ("Ubuntu", Some(("deb", "ubuntu"))),
    ("VSCode", Some(("vscode-extension", "*"))),
    ("Wolfi", Some(("apk", "wolfi"))),
    ("crates.io", Some(("cargo", ""))),
    ("npm", Some(("npm", "*"))),
    ("opam", Some(("opam", ""))),
    ("openEuler", Some(("rpm", "openeuler"))),
    ("openSUSE", Some(("rpm", "opensuse"))),
];

/// An ecosystem, and which release or repository of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ecosystem {
    name: String,
    suffix: String,
}

impl Ecosystem {
    /// Reads `NAME` or `NAME:SUFFIX`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (name, suffix) = text.split_once(':').unwrap_or((text, ""));
        Self { name: name.to_owned(), suffix: suffix.to_owned() }
    }

    /// An ecosystem and a suffix, which may be empty.
    #[must_use]
    pub fn new(name: impl Into<String>, suffix: impl Into<String>) -> Self {
        Self { name: name.into(), suffix: suffix.into() }
    }

    /// The name without the suffix: `Debian`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The release, repository or stream: `12`; empty when there is none.
    #[must_use]
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Whether OSV defines it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        ECOSYSTEMS.iter().any(|(name, _)| *name == self.name)
    }

    /// How its versions are compared; `None` when they have no order.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        if self.suffix.is_empty() {
            Scheme::from_osv_ecosystem(&self.name)
        } else {
            Scheme::from_osv_ecosystem(&self.to_string())
        }
    }

    /// The type of package URLs of its packages, when they have one.
    #[must_use]
    pub fn purl_type(&self) -> Option<&'static str> {
        self.purl_place().map(|(kind, _)| kind)
    }

    /// The type and namespace of package URLs of its packages; `*` stands for a namespace that is part of the name.
    pub(crate) fn purl_place(&self) -> Option<(&'static str, &'static str)> {
        ECOSYSTEMS.iter().find(|(name, _)| *name == self.name).and_then(|(_, place)| *place)
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.suffix.is_empty() { Ok(()) } else { write!(f, ":{}", self.suffix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_ordered() {
        assert!(ECOSYSTEMS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let unordered: Vec<_> =
            ECOSYSTEMS.iter().map(|(name, _)| *name).filter(|name| Ecosystem::parse(name).scheme().is_none()).collect();
        assert_eq!(unordered, ["OSS-Fuzz", "Root"]);
    }

    #[test]
    fn suffixes_survive() {
        let red_hat = Ecosystem::parse("Red Hat:enterprise_linux:9::appstream");
        assert_eq!((red_hat.name(), red_hat.suffix()), ("Red Hat", "enterprise_linux:9::appstream"));
        assert_eq!(red_hat.to_string(), "Red Hat:enterprise_linux:9::appstream");
        assert_eq!(red_hat.scheme(), Some(Scheme::RPM));
        assert!(!Ecosystem::parse("Nowhere:1").is_known());
        assert_eq!(Ecosystem::parse("Nowhere:1").to_string(), "Nowhere:1");
        assert_eq!(Ecosystem::parse("Root:Alpine:3.18").scheme(), Some(Scheme::APK));
    }
}
