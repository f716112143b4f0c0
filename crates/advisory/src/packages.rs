//! From an advisory to the packages it affects: what is asked when a set of components is there already, and the advisory
//! is new.

use plimsoll_version::Range;

use crate::ecosystem::Ecosystem;
use crate::matching::normalise_name;
use crate::record::{Advisory, Affected, Status};

/// A package that an advisory affects, as package URLs name it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AffectedPackage {
    /// The advisory.
    pub advisory: String,
    /// Which entry of `affected` it is, counted from 0.
    pub entry: u32,
    /// Where it is published, and in which release.
    pub ecosystem: Ecosystem,
    /// The type of its package URLs; `None` when the ecosystem has none.
    pub kind: Option<&'static str>,
    /// The namespace of its package URLs.
    pub namespace: Option<String>,
    /// The name, normalised. For distributions it is that of a source package where they speak of those
    /// (`upstream` in package URLs).
    pub name: String,
    /// The versions that are affected; `None` when versions have no order, or only commits are named.
    pub versions: Option<Range>,
}

impl Advisory {
    /// The packages that it affects. One that is withdrawn affects none.
    #[must_use]
    pub fn packages(&self) -> Vec<AffectedPackage> {
        let counted = self.affected.iter().zip(0_u32..).filter(|_| self.withdrawn.is_none());
        let affects = |status| matches!(status, Status::Affected | Status::WontFix | Status::UnderInvestigation);
        let named = counted.filter(|(entry, _)| affects(entry.status) && !entry.name.is_empty());
        named.map(|(entry, number)| package(self, entry, number)).collect()
    }
}

fn package(advisory: &Advisory, entry: &Affected, number: u32) -> AffectedPackage {
    let name = normalise_name(entry.ecosystem.name(), entry.ecosystem.suffix(), &entry.name);
    let place = entry.ecosystem.purl_place();
    let split = match place {
        Some(("maven", _)) => name.split_once(':'),
        Some((_, "*")) => name.rsplit_once('/'),
        _ => None,
    };
    let (namespace, name) = match (split, place) {
        (Some((namespace, name)), _) => (Some(namespace.to_owned()), name.to_owned()),
        (None, Some((_, namespace))) if !matches!(namespace, "" | "*") => (Some(namespace.to_owned()), name),
        (None, _) => (None, name),
    };
    AffectedPackage {
        advisory: advisory.id.clone(),
        entry: number,
        ecosystem: entry.ecosystem.clone(),
        kind: place.map(|(kind, _)| kind),
        namespace,
        name,
        versions: entry.affected_versions(),
    }
}

impl Affected {
    /// The versions that are affected, by ranges and by name; `None` when they have no order or only commits are named.
    #[must_use]
    pub fn affected_versions(&self) -> Option<Range> {
        let scheme = self.scheme()?;
        let mut ranges: Vec<Range> = self.ranges.iter().filter_map(|range| range.to_range(scheme)).collect();
        if ranges.is_empty() && self.versions.is_empty() {
            // As Go has it: no ranges, all versions.
            return (self.ranges.is_empty() && self.ecosystem.name() == "Go").then(|| Range::all(scheme));
        }
        let single = self.versions.iter().map(String::as_str);
        ranges.push(Range::from_versions(scheme, single));
        Some(Range::any_of(scheme, &ranges))
    }
}

#[cfg(test)]
mod tests {
    use crate::osv;
    use plimsoll_model::Limits;

    #[test]
    fn from_an_advisory_to_packages() {
        let text = br#"{"id": "X-1", "affected": [
            {"package": {"ecosystem": "npm", "name": "@scope/Name"}, "versions": ["3.0.0"],
             "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]},
                        {"type": "SEMVER", "events": [{"introduced": "1.1.0"}, {"fixed": "2.0.0"}]}]},
            {"package": {"ecosystem": "Maven", "name": "org.x:y"},
             "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
            {"package": {"ecosystem": "Debian:12", "name": "bzip2"}, "versions": ["1.0"]},
            {"package": {"ecosystem": "Go", "name": "stdlib"}},
            {"package": {"ecosystem": "Linux", "name": "Kernel"}, "ranges": [{"type": "GIT", "events": []}]}]}"#;
        let packages = osv::read("x", text, &Limits::DEFAULT).advisory.unwrap().packages();
        let shown: Vec<_> = packages
            .iter()
            .map(|package| {
                let versions = package.versions.as_ref().map(ToString::to_string);
                let (kind, namespace) = (package.kind.unwrap_or("-"), package.namespace.as_deref().unwrap_or("-"));
                format!("{kind} {namespace} {} {}", package.name, versions.as_deref().unwrap_or("?"))
            })
            .collect();
        let expected = [
            "npm @scope name vers:npm/<2.0.0|3.0.0",
            "maven org.x y vers:maven/*",
            "deb debian bzip2 vers:deb/1.0",
            "golang - stdlib vers:golang/*",
            "- - Kernel ?",
        ];
        assert_eq!(shown, expected);
    }
}
