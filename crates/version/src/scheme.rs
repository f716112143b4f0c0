//! Which rules a version follows, and how to find them.

use std::cmp::Ordering;
use std::fmt;

use crate::error::{VersionError, excerpt};
use crate::intervals::Intervals;
use crate::key::Key;
use crate::schemes::ALL_SCHEMES;
use crate::version::Version;

/// A row of the table of schemes.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Its name in VERS.
    pub(crate) name: &'static str,
    /// Other names that people write in VERS.
    pub(crate) aliases: &'static [&'static str],
    /// The purl types whose versions follow it.
    pub(crate) purl: &'static [&'static str],
    /// The OSV ecosystems whose versions follow it, without suffix.
    pub(crate) osv: &'static [&'static str],
    /// Whether the ecosystem accepts a version.
    pub(crate) valid: fn(&str) -> bool,
    /// What a version is compared by, whether valid or not.
    pub(crate) key: fn(&str) -> Key,
    /// Reads a range in the syntax of the ecosystem.
    pub(crate) native: Option<NativeReader>,
}

/// Reads a range, or says what is wrong with it.
pub(crate) type NativeReader = fn(Scheme, &str) -> Result<Intervals, &'static str>;

/// How versions of one ecosystem are read and ordered.
///
/// ```
/// use plimsoll_version::Scheme;
/// let deb = Scheme::for_purl_type("deb").unwrap();
/// assert!(deb.order("1.0~rc1-1", "1.0-1").is_lt());
/// ```
#[derive(Clone, Copy)]
pub struct Scheme(pub(crate) &'static Rules);

impl Scheme {
    /// All schemes, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL_SCHEMES.iter().copied()
    }

    /// The scheme that versions of a purl type follow. `None` for types without an order, as `oci` or `git`.
    #[must_use]
    pub fn for_purl_type(kind: &str) -> Option<Self> {
        let kind = kind.to_ascii_lowercase();
        Self::all().find(|scheme| scheme.0.purl.contains(&kind.as_str()))
    }

    /// The scheme of a VERS name, as in `vers:NAME/…`. Some former and common names are known too (`debian`).
    #[must_use]
    pub fn from_vers_name(name: &str) -> Option<Self> {
        Self::all().find(|scheme| scheme.0.name == name || scheme.0.aliases.contains(&name))
    }

    /// The scheme that versions of an OSV ecosystem follow. A suffix (`Debian:12`) does not matter, case does.
    #[must_use]
    pub fn from_osv_ecosystem(ecosystem: &str) -> Option<Self> {
        let (name, suffix) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
        // Rebuilders name whose packages they rebuild: `Root:Alpine:3.18`, `Docker Hardened Images:Debian:13`.
        if ["Docker Hardened Images", "Echo", "Root", "TuxCare"].contains(&name) {
            let (rebuilt, _) = suffix.split_once(':').unwrap_or((suffix, ""));
            if let Some(scheme) = Self::all().find(|scheme| scheme.0.osv.contains(&rebuilt)) {
                return Some(scheme);
            }
        }
        Self::all().find(|scheme| scheme.0.osv.contains(&name))
    }

    /// The name in VERS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The purl types whose versions follow this scheme.
    #[must_use]
    pub const fn purl_types(self) -> &'static [&'static str] {
        self.0.purl
    }

    /// The OSV ecosystems whose versions follow this scheme.
    #[must_use]
    pub const fn osv_ecosystems(self) -> &'static [&'static str] {
        self.0.osv
    }

    /// Whether a text follows the grammar of the scheme.
    #[must_use]
    pub fn is_valid(self, text: &str) -> bool {
        (self.0.valid)(text)
    }

    /// Reads a version that follows the grammar of the scheme.
    ///
    /// # Errors
    /// The text does not.
    pub fn parse(self, text: &str) -> Result<Version, VersionError> {
        if self.is_valid(text) {
            Ok(self.read(text))
        } else {
            Err(VersionError::Version { scheme: self, text: excerpt(text) })
        }
    }

    /// Reads any text as a version. What does not follow the grammar is read as far as it goes.
    #[must_use]
    pub fn read(self, text: &str) -> Version {
        Version::new(self, text)
    }

    /// The order of two versions that both follow the grammar of the scheme.
    ///
    /// # Errors
    /// One of them does not.
    pub fn compare(self, left: &str, right: &str) -> Result<Ordering, VersionError> {
        Ok(self.parse(left)?.cmp(&self.parse(right)?))
    }

    /// The order of any two texts. It agrees with [`Scheme::compare`] and is total, so it may be sorted by.
    #[must_use]
    pub fn order(self, left: &str, right: &str) -> Ordering {
        self.key(left).compare(&self.key(right))
    }

    pub(crate) fn key(self, text: &str) -> Key {
        (self.0.key)(text)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name)
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scheme({})", self.0.name)
    }
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Scheme {}

impl PartialOrd for Scheme {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheme {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name.cmp(other.0.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        let names: Vec<_> = Scheme::all().map(Scheme::name).collect();
        assert!(names.is_sorted());
        let lists: [fn(&Rules) -> Vec<&'static str>; 3] =
            [|rules| [&[rules.name], rules.aliases].concat(), |rules| rules.purl.to_vec(), |rules| rules.osv.to_vec()];
        for list in lists {
            let mut seen = BTreeSet::new();
            for name in Scheme::all().flat_map(|scheme| list(scheme.0)) {
                assert!(seen.insert(name), "{name} twice");
            }
        }
    }

    #[test]
    fn found_by_every_name() {
        let name = |found: Option<Scheme>| found.map(Scheme::name);
        assert_eq!(name(Scheme::for_purl_type("PyPI")), Some("pypi"));
        assert_eq!(name(Scheme::for_purl_type("bitnami")), Some("semver"));
        assert_eq!(name(Scheme::for_purl_type("oci")), None);
        assert_eq!(name(Scheme::from_vers_name("debian")), Some("deb"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Debian:12")), Some("deb"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Ubuntu:Pro:22.04:LTS")), Some("deb"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Red Hat:cpe:/o:redhat:enterprise_linux:9::baseos")), Some("rpm"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Root:Alpine:3.18")), Some("apk"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Docker Hardened Images:Debian:13")), Some("deb"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Docker Hardened Images")), Some("semver"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Echo")), Some("deb"));
        assert_eq!(name(Scheme::from_osv_ecosystem("Echo:PyPI")), Some("pypi"));
        assert_eq!(name(Scheme::from_osv_ecosystem("GIT")), None);
    }

    #[test]
    fn ecosystems_of_osv() {
        let without_an_order = ["GIT", "OSS-Fuzz"];
        let ecosystems = "AlmaLinux,Alpaquita,Alpine,Android,Azure Linux,BellSoft Hardened Containers,Bioconductor,\
            Bitnami,CRAN,Chainguard,CleanStart,ConanCenter,Debian,Docker Hardened Images,Echo,FreeBSD,GHC,\
            GitHub Actions,Go,Hackage,Hex,Julia,Kubernetes,Linux,Mageia,Maven,MinimOS,NuGet,Packagist,Photon OS,Pub,\
            PyPI,Red Hat,Rocky Linux,Root:Debian:12,RubyGems,SUSE,SwiftURL,TuxCare,Ubuntu,VSCode,Wolfi,crates.io,npm,\
            opam,openEuler,openSUSE,GIT,OSS-Fuzz";
        for ecosystem in ecosystems.split(',') {
            let known = Scheme::from_osv_ecosystem(ecosystem).is_some();
            assert_eq!(known, !without_an_order.contains(&ecosystem), "{ecosystem}");
        }
    }

    #[test]
    fn strict_and_total() {
        let pypi = Scheme::PYPI;
        assert_eq!(pypi.compare("1.0", "1.0.0"), Ok(Ordering::Equal));
        assert!(pypi.compare("1.0", "bulbasaur").is_err());
        assert_eq!(pypi.order("1.0", "bulbasaur"), Ordering::Greater);
    }
}
