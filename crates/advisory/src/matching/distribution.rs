//! Releases of distributions, as package URLs name them (`distro=debian-12`) and as advisories do (`Debian:12`).
//!
//! Releases are never mixed: what is mended in one says nothing about another, whatever the numbers of the versions. The
//! same holds for the streams that some distributors keep beside a release for years: Extended Update Support of Red Hat,
//! LTSS of SUSE, Pro of Ubuntu. A system is on the main stream unless its qualifier says otherwise (`rhel-9.2+eus`) or,
//! for Ubuntu, its versions do (`esm`, `fips`).

/// A release of a distribution, and perhaps a stream of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distribution {
    /// The `ID` of `os-release`: `debian`, `rhel`, `opensuse-leap`.
    id: String,
    /// The `VERSION_ID`, without a leading `v`; empty for what has no releases.
    version: String,
    /// The stream beside the main one, in lower case: `eus`, `ltss`, `pro`.
    stream: String,
}

/// How an advisory's release goes with that of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It is the release and the stream.
    Exact,
    /// It is the main stream, and the system is on another: it counts where that one is silent.
    Main,
    /// It is another stream of the release, and the system is on the main one: all that is known is that something is.
    OtherStream,
}

/// Names of releases that package URLs use in place of numbers.
const CODENAMES: [(&str, &str, &str); 22] = [
    ("debian", "stretch", "9"),
    ("debian", "buster", "10"),
    ("debian", "bullseye", "11"),
    ("debian", "bookworm", "12"),
    ("debian", "trixie", "13"),
    ("debian", "forky", "14"),
    ("debian", "jessie", "8"),
    ("debian", "wheezy", "7"),
    ("ubuntu", "trusty", "14.04"),
    ("ubuntu", "xenial", "16.04"),
    ("ubuntu", "bionic", "18.04"),
    ("ubuntu", "focal", "20.04"),
    ("ubuntu", "jammy", "22.04"),
    ("ubuntu", "kinetic", "22.10"),
    ("ubuntu", "lunar", "23.04"),
    ("ubuntu", "mantic", "23.10"),
    ("ubuntu", "noble", "24.04"),
    ("ubuntu", "oracular", "24.10"),
    ("ubuntu", "plucky", "25.04"),
    ("ubuntu", "questing", "25.10"),
    ("ubuntu", "resolute", "26.04"),
    ("ubuntu", "precise", "12.04"),
];

/// The ecosystems of distributions, the one that decides first, and whether they tell of vulnerabilities that are not
/// mended as well: only then does silence mean that a package is not affected.
const FEEDS: [(&str, &[&str], bool); 29] = [
    ("alma", &["AlmaLinux"], false),
    ("almalinux", &["AlmaLinux"], false),
    ("alpaquita", &["Alpaquita"], false),
    ("alpine", &["Alpine"], false),
    ("azurelinux", &["Azure Linux"], true),
    ("bellsoft-hardened-containers", &["BellSoft Hardened Containers"], false),
    ("centos", &["Red Hat"], true),
    ("chainguard", &["Chainguard", "Wolfi"], false),
    ("cleanstart", &["CleanStart"], false),
    ("debian", &["Debian"], true),
    ("echo", &["Echo"], false),
    ("mageia", &["Mageia"], false),
    ("mariner", &["Azure Linux"], true),
    ("minimos", &["MinimOS"], false),
    ("openeuler", &["openEuler"], false),
    ("opensuse", &["openSUSE"], false),
    ("opensuse-leap", &["openSUSE"], false),
    ("opensuse-tumbleweed", &["openSUSE"], false),
    ("photon", &["Photon OS"], false),
    ("redhat", &["Red Hat"], true),
    ("rhel", &["Red Hat"], true),
    ("rocky", &["Rocky Linux"], false),
    ("sl-micro", &["SUSE"], false),
    ("sle-micro", &["SUSE"], false),
    ("sled", &["SUSE"], false),
    ("sles", &["SUSE"], false),
    ("suse", &["SUSE"], false),
    ("ubuntu", &["Ubuntu"], true),
    ("wolfi", &["Wolfi"], false),
];

/// The ones without releases.
const ROLLING: [&str; 6] = ["Chainguard", "CleanStart", "Echo", "MinimOS", "Wolfi", "Alpaquita"];

impl Distribution {
    /// Reads the value of a `distro` qualifier. `namespace` is that of the package URL, for values that name only a
    /// release (`12`, `bookworm`).
    #[must_use]
    pub fn parse(text: &str, namespace: Option<&str>) -> Self {
        let text = text.trim().to_lowercase();
        let (text, stream) = text.split_once('+').unwrap_or((&text, ""));
        let namespace = namespace.unwrap_or_default().to_lowercase();
        let known = |part: &str| CODENAMES.iter().find(|(_, name, _)| *name == part);
        let (id, version) = match text.rsplit_once(['-', ':']) {
            Some((id, version)) if is_release(version) || known(version).is_some() => (id, version),
            _ if is_release(text) || known(text).is_some() => (namespace.as_str(), text),
            _ => (text, ""),
        };
        let (id, version) = match known(version) {
            Some((id, _, number)) => (*id, *number),
            None => (id, version.strip_prefix('v').unwrap_or(version)),
        };
        Self { id: id.to_owned(), version: version.to_owned(), stream: stream.to_owned() }
    }

    /// The `ID` of `os-release`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `VERSION_ID` of `os-release`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The ecosystems that tell about its packages; none when nobody does that we read.
    pub(crate) fn feeds(&self) -> &'static [&'static str] {
        FEEDS.iter().find(|(id, ..)| *id == self.id).map(|(_, feeds, _)| *feeds).unwrap_or_default()
    }

    /// Whether the feed tells of all vulnerabilities, mended or not.
    pub(crate) fn is_comprehensive(&self) -> bool {
        FEEDS.iter().any(|(id, _, all)| *id == self.id && *all)
    }

    /// Whether it says enough to tell releases apart.
    pub(crate) fn has_release(&self) -> bool {
        let rolling = self.feeds().first().is_some_and(|feed| ROLLING.contains(feed));
        rolling || !self.version.is_empty() || self.id == "opensuse-tumbleweed"
    }

    /// How a release of an advisory goes with it, for a package of this version.
    pub(crate) fn fit(&self, ecosystem: &str, suffix: &str, version: &str) -> Option<Fit> {
        let exact = |same: bool| same.then_some(Fit::Exact);
        let major = self.version.split('.').next().unwrap_or_default();
        let minor = self.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        match ecosystem {
            // What names no release is of all of them.
            _ if suffix.is_empty() => Some(Fit::Exact),
            "Ubuntu" => self.fit_ubuntu(suffix, version),
            "Red Hat" => self.fit_red_hat(suffix, major, &minor),
            "SUSE" => self.fit_suse(suffix, major, &minor),
            "openSUSE" if self.id == "opensuse-tumbleweed" => exact(suffix == "Tumbleweed"),
            "openSUSE" => exact(suffix == format!("Leap {minor}")),
            "Alpine" => exact(suffix.trim_start_matches('v') == minor || (self.version.is_empty() && suffix == "edge")),
            "Debian" | "AlmaLinux" | "Rocky Linux" | "Mageia" => exact(suffix == major),
            "Azure Linux" => exact(suffix == major || suffix == minor),
            // `os-release` says 22.03 whichever service pack it is.
            "openEuler" => exact(suffix.split('-').next() == Some(&self.version)),
            _ => exact(suffix == self.version || suffix == minor || suffix == major),
        }
    }

    /// `22.04:LTS`, `Pro:16.04:LTS`, `Pro:FIPS-updates:20.04:LTS`.
    fn fit_ubuntu(&self, suffix: &str, version: &str) -> Option<Fit> {
        let parts: Vec<&str> = suffix.split(':').collect();
        if !parts.contains(&self.version.as_str()) {
            return None;
        }
        let version = version.to_ascii_lowercase();
        let fips = self.stream.starts_with("fips") || version.contains("fips");
        let pro = fips || ["pro", "esm"].contains(&&*self.stream) || version.contains("esm");
        let said_fips = parts.iter().any(|part| part.starts_with("FIPS"));
        Some(match (parts.contains(&"Pro"), said_fips) {
            (false, _) => {
                if pro {
                    Fit::Main
                } else {
                    Fit::Exact
                }
            }
            (true, false) if pro && !fips => Fit::Exact,
            (true, true) if fips => Fit::Exact,
            (true, false) if fips => Fit::Main,
            (true, true) => return None,
            (true, false) => Fit::OtherStream,
        })
    }

    /// A CPE without `cpe:/o:redhat:`: `enterprise_linux:9::appstream`, `rhel_eus:9.2::baseos`.
    fn fit_red_hat(&self, suffix: &str, major: &str, minor: &str) -> Option<Fit> {
        let cpe = ["cpe:/o:redhat:", "cpe:/a:redhat:"].iter().find_map(|prefix| suffix.strip_prefix(prefix));
        let mut parts = cpe.unwrap_or(suffix).split(':');
        let (product, release) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if product == "enterprise_linux" {
            let same = release == major || release == minor;
            return same.then_some(if self.stream.is_empty() { Fit::Exact } else { Fit::Main });
        }
        let stream = product.strip_prefix("rhel_").unwrap_or_default();
        (!stream.is_empty() && stream == self.stream && release == minor).then_some(Fit::Exact)
    }

    /// The name of a product: `Linux Enterprise Server 15 SP5`, `Linux Enterprise Module for Basesystem 15 SP5`,
    /// `Linux Enterprise Server 12 SP5-LTSS`.
    fn fit_suse(&self, suffix: &str, major: &str, minor: &str) -> Option<Fit> {
        if self.id.ends_with("-micro") {
            let ours = suffix.contains("Micro") && suffix.rsplit(' ').next() == Some(minor);
            return ours.then_some(Fit::Exact);
        }
        let pack = minor.split_once('.').map(|(_, pack)| pack).filter(|pack| *pack != "0");
        let release = pack.map_or_else(|| major.to_owned(), |pack| format!("{major} SP{pack}"));
        let rest = suffix.strip_prefix("Linux Enterprise ")?;
        // Since 16 there are no service packs: `Linux Enterprise Server 16.0`.
        let dotted = rest.split([' ', '-']).any(|word| word == minor && word.contains('.'));
        let release = if dotted { minor.to_owned() } else { release };
        let special = ["High Performance Computing", "for SAP", "Micro", "Real Time", "Point of Service"];
        let (at, rest) = (rest.find(&release)?, rest);
        let (before, after) = (rest.get(..at)?, rest.get(at.saturating_add(release.len())..)?);
        if special.iter().any(|word| before.contains(word)) && !(before.contains("SAP") && self.stream == "sap") {
            return None;
        }
        if !(before.is_empty() || before.ends_with(' ')) {
            return None;
        }
        match after.trim_start_matches('-') {
            "" if after.is_empty() => Some(if self.stream == "ltss" { Fit::Main } else { Fit::Exact }),
            stream if after.starts_with('-') => stream
                .to_ascii_lowercase()
                .starts_with(&self.stream)
                .then_some(Fit::Exact)
                .filter(|_| !self.stream.is_empty()),
            _ => None,
        }
    }
}

/// Whether a text is a number of a release: `12`, `v3.18`, `22.04`.
fn is_release(text: &str) -> bool {
    text.strip_prefix('v').unwrap_or(text).starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_of_many_tools() {
        let parsed = |text: &str, namespace| {
            let distribution = Distribution::parse(text, Some(namespace));
            format!("{} {} {}", distribution.id, distribution.version, distribution.stream).trim().to_owned()
        };
        for (text, namespace, expected) in [
            ("debian-12", "debian", "debian 12"),
            ("bookworm", "debian", "debian 12"),
            ("12", "debian", "debian 12"),
            ("ubuntu-jammy", "ubuntu", "ubuntu 22.04"),
            ("alpine-v3.18", "alpine", "alpine 3.18"),
            ("opensuse-leap-15.5", "opensuse", "opensuse-leap 15.5"),
            ("opensuse-tumbleweed-20260101", "opensuse", "opensuse-tumbleweed 20260101"),
            ("rhel-9.2+eus", "redhat", "rhel 9.2 eus"),
            ("rhel:9.2", "redhat", "rhel 9.2"),
            ("openEuler-22.03", "openEuler", "openeuler 22.03"),
            ("debian", "debian", "debian"),
            ("", "debian", ""),
        ] {
            assert_eq!(parsed(text, namespace), expected, "{text}");
        }
    }

    #[test]
    fn releases_and_streams() {
        use Fit::{Exact, Main, OtherStream};
        for (distro, ecosystem, suffix, version, fit) in [
            ("debian-12", "Debian", "12", "1", Some(Exact)),
            ("debian-12.5", "Debian", "12", "1", Some(Exact)),
            ("debian-12", "Debian", "11", "1", None),
            ("alpine-3.18.4", "Alpine", "v3.18", "1", Some(Exact)),
            ("alpine-3.18.4", "Alpine", "v3.1", "1", None),
            ("ubuntu-22.04", "Ubuntu", "22.04:LTS", "1", Some(Exact)),
            ("ubuntu-16.04", "Ubuntu", "Pro:16.04:LTS", "1-0ubuntu1", Some(OtherStream)),
            ("ubuntu-16.04", "Ubuntu", "Pro:16.04:LTS", "1-0ubuntu1+esm2", Some(Exact)),
            ("ubuntu-16.04", "Ubuntu", "16.04:LTS", "1-0ubuntu1+esm2", Some(Main)),
            ("ubuntu-20.04", "Ubuntu", "Pro:FIPS:20.04:LTS", "1-0ubuntu1", None),
            ("ubuntu-20.04", "Ubuntu", "Pro:FIPS:20.04:LTS", "1-0ubuntu1.fips.2", Some(Exact)),
            ("rhel-9.4", "Red Hat", "enterprise_linux:9::appstream", "1", Some(Exact)),
            ("rhel-9.4", "Red Hat", "cpe:/o:redhat:enterprise_linux:9::baseos", "1", Some(Exact)),
            ("rhel-9.4", "Red Hat", "enterprise_linux:8::baseos", "1", None),
            ("rhel-9.2", "Red Hat", "rhel_eus:9.2::baseos", "1", None),
            ("rhel-9.2+eus", "Red Hat", "rhel_eus:9.2::baseos", "1", Some(Exact)),
            ("rhel-9.2+eus", "Red Hat", "rhel_aus:9.2::baseos", "1", None),
            ("rhel-9.2+eus", "Red Hat", "enterprise_linux:9::baseos", "1", Some(Main)),
            ("rhel-9.2", "Red Hat", "openshift:4.12::el9", "1", None),
            ("sles-15.5", "SUSE", "Linux Enterprise Server 15 SP5", "1", Some(Exact)),
            ("sles-15.5", "SUSE", "Linux Enterprise Module for Basesystem 15 SP5", "1", Some(Exact)),
            ("sles-15.5", "SUSE", "Linux Enterprise Server 15 SP5-LTSS", "1", None),
            ("sles-15.5+ltss", "SUSE", "Linux Enterprise Server 15 SP5-LTSS", "1", Some(Exact)),
            ("sles-15.5+ltss", "SUSE", "Linux Enterprise Server 15 SP5", "1", Some(Main)),
            ("sles-15.5", "SUSE", "Linux Enterprise High Performance Computing 15 SP5", "1", None),
            ("sles-15", "SUSE", "Linux Enterprise Server 15 SP5", "1", None),
            ("sles-16.0", "SUSE", "Linux Enterprise Server 16.0", "1", Some(Exact)),
            ("sles-16.1", "SUSE", "Linux Enterprise Server 16.0", "1", None),
            ("opensuse-leap-15.5", "openSUSE", "Leap 15.5", "1", Some(Exact)),
            ("opensuse-tumbleweed-2026", "openSUSE", "Tumbleweed", "1", Some(Exact)),
            ("openeuler-22.03", "openEuler", "22.03-LTS-SP3", "1", Some(Exact)),
            ("wolfi-20230201", "Wolfi", "", "1", Some(Exact)),
        ] {
            let distribution = Distribution::parse(distro, None);
            assert_eq!(distribution.fit(ecosystem, suffix, version), fit, "{distro} {suffix} {version}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(FEEDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(!Distribution::parse("debian", None).has_release());
        assert!(Distribution::parse("wolfi", None).has_release());
        assert!(Distribution::parse("fedora-40", None).feeds().is_empty());
    }
}
