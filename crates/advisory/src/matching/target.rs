//! What advisories are looked for: a component, and what is known of where it comes from.

use plimsoll_model::{Purl, PurlError};

use super::distribution::Distribution;
use super::name::normalise_name;
use crate::ecosystem::ECOSYSTEMS;
use crate::vex::Identity;

/// A component to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    purl: Purl,
    version: Option<String>,
    source: Option<(String, Option<String>)>,
    distribution: Option<Distribution>,
    module: Option<String>,
    owner: Option<Box<Self>>,
}

/// A name to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) ecosystem: &'static str,
    /// As it is compared.
    pub(crate) name: String,
    /// The version that is compared with.
    pub(crate) version: Option<String>,
}

impl Target {
    /// Of the text of a package URL.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(purl: &str) -> Result<Self, PurlError> {
        Ok(Self::new(Purl::parse(purl)?))
    }

    /// Of a package URL. Its qualifiers `distro`, `upstream`, `epoch` and `rpmmod` are taken into account.
    #[must_use]
    pub fn new(purl: Purl) -> Self {
        let qualifier = |key: &str| purl.qualifiers().find(|(held, _)| *held == key).map(|(_, value)| value.to_owned());
        let distribution = qualifier("distro").map(|text| Distribution::parse(&text, purl.namespace()));
        let mut version = purl.version().map(str::to_owned);
        if let (Some(text), Some(epoch), "rpm") = (&mut version, qualifier("epoch"), purl.kind())
            && !text.contains(':')
        {
            text.insert_str(0, &format!("{epoch}:"));
        }
        let source = qualifier("upstream").and_then(|text| source(purl.kind(), &text, version.as_deref()));
        let module = qualifier("rpmmod");
        Self { purl, version, source, distribution, module, owner: None }
    }

    /// The package URL.
    #[must_use]
    pub const fn purl(&self) -> &Purl {
        &self.purl
    }

    /// The version that is compared, with the epoch of an rpm when it is known.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The release of its distribution, when it is known.
    #[must_use]
    pub const fn distribution(&self) -> Option<&Distribution> {
        self.distribution.as_ref()
    }

    /// All that it is known as: its package URL, and that of the source package it was built from.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let mut identity = Identity::from(self.purl.clone());
        if let Some((name, version)) = &self.source {
            let mut source = Purl::builder(self.purl.kind(), name.as_str());
            if let Some(namespace) = self.purl.namespace() {
                source = source.namespace(namespace);
            }
            if let Some(version) = version.as_ref().or(self.version.as_ref()) {
                source = source.version(version.as_str());
            }
            for (key, value) in self.purl.qualifiers().filter(|(key, _)| matches!(*key, "distro" | "epoch")) {
                source = source.qualifier(key, value);
            }
            identity.purls.extend(source.build().ok().filter(|source| source.name() != self.purl.name()));
        }
        identity
    }

    /// The package of the distribution that its files belong to.
    #[must_use]
    pub fn owner(&self) -> Option<&Self> {
        self.owner.as_deref()
    }

    /// Sets a version where the package URL has none.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Self {
        self.version = self.version.take().or_else(|| Some(version.to_owned()).filter(|text| !text.is_empty()));
        self
    }

    /// Sets the release that a document is about where the package URL has none: `debian-12`.
    #[must_use]
    pub fn with_distribution(mut self, distro: &str) -> Self {
        if self.distribution.is_none() && is_system(self.purl.kind()) {
            self.distribution = Some(Distribution::parse(distro, self.purl.namespace()));
        }
        self
    }

    /// Sets the source package where the package URL has none.
    #[must_use]
    pub fn with_source(mut self, name: &str, version: Option<&str>) -> Self {
        self.source = self.source.take().or_else(|| Some((name.to_owned(), version.map(str::to_owned))));
        self
    }

    /// Says that its files belong to a package of a distribution, which mends it in its own way.
    #[must_use]
    pub fn owned_by(mut self, owner: Self) -> Self {
        self.owner = Some(Box::new(owner));
        self
    }

    pub(crate) fn module(&self) -> Option<&str> {
        self.module.as_deref()
    }

    /// Whether it is a package of a distribution.
    pub(crate) fn is_system(&self) -> bool {
        is_system(self.purl.kind())
    }

    /// The names that advisories may have for it, the one that says most first.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        if self.is_system() { self.system_candidates() } else { self.registry_candidates() }
    }

    fn system_candidates(&self) -> Vec<Candidate> {
        let own = (self.purl.name().to_owned(), self.version.clone());
        let source = self.source.clone().map(|(name, version)| (name, version.or_else(|| self.version.clone())));
        // Debian, Ubuntu and the users of apk speak of source packages; of those with rpm some do and some do not.
        let names = match (self.purl.kind(), source) {
            ("rpm", Some(source)) if source.0 == own.0 => vec![own],
            ("rpm", Some(source)) => vec![own, source],
            (_, Some(source)) => vec![source],
            (_, None) => vec![own],
        };
        let feeds = self.distribution.as_ref().map(Distribution::feeds).unwrap_or_default();
        let rebuilt = REBUILDERS.iter().filter(|(_, mark)| {
            self.version.as_ref().is_some_and(|version| version.to_ascii_lowercase().contains(mark))
        });
        let ecosystems: Vec<&'static str> = rebuilt.map(|(name, _)| *name).chain(feeds.iter().copied()).collect();
        let of = |ecosystem| {
            let candidate = move |(name, version): (String, Option<String>)| Candidate { ecosystem, name, version };
            names.clone().into_iter().map(candidate)
        };
        ecosystems.into_iter().flat_map(of).collect()
    }

    fn registry_candidates(&self) -> Vec<Candidate> {
        let (kind, name) = (self.purl.kind(), self.purl.name());
        let joined = |separator: &str| match self.purl.namespace() {
            Some(namespace) => format!("{namespace}{separator}{name}"),
            None => name.to_owned(),
        };
        let mut found = Vec::new();
        let mut add = |ecosystem: &'static str, name: &str| {
            let name = normalise_name(ecosystem, "", name);
            found.push(Candidate { ecosystem, name, version: self.version.clone() });
        };
        for (ecosystem, place) in ECOSYSTEMS {
            match place {
                Some((held, "*")) if held == kind && kind == "maven" => add(ecosystem, &joined(":")),
                Some((held, "*")) if held == kind => add(ecosystem, &joined("/")),
                Some((held, "")) if held == kind => add(ecosystem, name),
                _ => {}
            }
        }
        match kind {
            "github" => {
                add("GitHub Actions", &joined("/"));
                add("GIT", &format!("github.com/{}", joined("/")));
            }
            "bitbucket" => add("GIT", &format!("bitbucket.org/{}", joined("/"))),
            "gitlab" => add("GIT", &format!("gitlab.com/{}", joined("/"))),
            _ => {}
        }
        if let Some((_, url)) = self.purl.qualifiers().find(|(key, _)| *key == "vcs_url") {
            let (url, commit) = url.strip_prefix("git+").unwrap_or(url).rsplit_once('@').unwrap_or((url, ""));
            let version = Some(commit.to_owned()).filter(|text| !text.is_empty()).or_else(|| self.version.clone());
            found.push(Candidate { ecosystem: "GIT", name: normalise_name("GIT", "", url), version });
        }
        found
    }
}

/// Those who rebuild packages of others, and what they leave in versions.
pub(crate) const REBUILDERS: [(&str, &str); 2] = [("Root", "root.io"), ("TuxCare", "tuxcare")];

/// The types of package URLs of packages of distributions.
fn is_system(kind: &str) -> bool {
    matches!(kind, "deb" | "rpm" | "apk" | "alpm")
}

/// The source package that `upstream` names: `bzip2@1.0.8-5` for Debian, `bzip2` for Alpine, for rpm the name of a file,
/// `bzip2-1.0.8-8.el9.src.rpm`, which says nothing of the epoch.
fn source(kind: &str, text: &str, own: Option<&str>) -> Option<(String, Option<String>)> {
    if kind != "rpm" {
        let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        return (!name.is_empty()).then(|| (name.to_owned(), version.map(str::to_owned)));
    }
    let stem = text.strip_suffix(".src.rpm").or_else(|| text.strip_suffix(".nosrc.rpm"));
    let Some(stem) = stem else { return Some((text.to_owned(), None)) };
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let epoch = own.and_then(|own| own.split_once(':')).map(|(epoch, _)| format!("{epoch}:")).unwrap_or_default();
    (!name.is_empty()).then(|| (name.to_owned(), Some(format!("{epoch}{version}-{release}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(purl: &str) -> Vec<String> {
        let candidates = Target::parse(purl).unwrap().candidates();
        let shown = |found: Candidate| {
            format!("{} {} {}", found.ecosystem, found.name, found.version.unwrap_or_default()).trim().to_owned()
        };
        candidates.into_iter().map(shown).collect()
    }

    #[test]
    fn what_a_package_is_called() {
        for (purl, expected) in [
            ("pkg:npm/%40scope/name@1.0.0", "npm @scope/name 1.0.0"),
            ("pkg:pypi/Zope.Interface@5", "PyPI zope-interface 5"),
            ("pkg:cargo/serde_json@1.0.0", "crates.io serde-json 1.0.0"),
            ("pkg:golang/github.com/Masterminds/goutils@v1.1.0", "Go github.com/masterminds/goutils v1.1.0"),
            ("pkg:golang/stdlib@1.21.0", "Go stdlib 1.21.0"),
            ("pkg:maven/org.x/y@1", "Maven org.x:y 1"),
            ("pkg:composer/symfony/http-kernel@5", "Packagist symfony/http-kernel 5"),
            ("pkg:nuget/Newtonsoft.Json@12", "NuGet newtonsoft.json 12"),
            ("pkg:swift/github.com/vapor/vapor@4", "SwiftURL github.com/vapor/vapor 4"),
            (
                "pkg:deb/debian/libbz2-1.0@1.0.8-5%2Bb1?distro=debian-12&upstream=bzip2%401.0.8-5",
                "Debian bzip2 1.0.8-5",
            ),
            ("pkg:apk/alpine/libssl3@3.1.0-r4?distro=alpine-3.18.4&upstream=openssl", "Alpine openssl 3.1.0-r4"),
            (
                "pkg:rpm/redhat/bash@5.1.8-6.el9?distro=rhel-9.4&epoch=1&upstream=bash-5.1.8-6.el9.src.rpm",
                "Red Hat bash 1:5.1.8-6.el9",
            ),
        ] {
            assert_eq!(names(purl), [expected], "{purl}");
        }
        assert_eq!(
            names(
                "pkg:rpm/redhat/openssl-libs@3.0.7-1.el9?distro=rhel-9.4&epoch=1&upstream=openssl-3.0.7-1.el9.src.rpm"
            ),
            ["Red Hat openssl-libs 1:3.0.7-1.el9", "Red Hat openssl 1:3.0.7-1.el9"]
        );
        assert_eq!(
            names("pkg:github/actions/checkout@v4"),
            ["GitHub Actions actions/checkout v4", "GIT github.com/actions/checkout v4"]
        );
        assert!(names("pkg:deb/debian/x@1").is_empty());
        assert!(names("pkg:oci/x@sha256:00").is_empty());
    }
}
