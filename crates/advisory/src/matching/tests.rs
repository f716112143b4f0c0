//! The rules one by one. Facts are made up; those of real advisories are in `testdata/advisory`.

use super::*;
use crate::osv;
use crate::{Advisories, Advisory};
use plimsoll_model::Limits;

/// An advisory about one package, from the parts of its entry.
fn record(id: &str, ecosystem: &str, name: &str, rest: &str) -> Advisory {
    let text = format!(
        r#"{{"id": "{id}", "affected": [{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}{rest}}}]}}"#
    );
    osv::read(id, text.as_bytes(), &Limits::DEFAULT).advisory.unwrap()
}

fn below(id: &str, ecosystem: &str, name: &str, fixed: &str) -> Advisory {
    let events =
        format!(r#", "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]"#);
    record(id, ecosystem, name, &events)
}

fn shown(matched: &Matched) -> String {
    let one = |found: &Match| format!("{} {} {}", found.id, found.state.as_str(), found.rule.as_str());
    let gaps = matched.gaps.iter().map(|gap| gap.as_str().to_owned());
    matched.matches.iter().map(one).chain(gaps).collect::<Vec<_>>().join(", ")
}

fn check(records: &[Advisory], cases: &[(&str, &str)]) {
    let advisories = Advisories::from_records(records.iter().cloned());
    for (purl, expected) in cases {
        let matched = advisories.matches(&[Target::parse(purl).unwrap()]);
        assert_eq!(shown(&matched[0]), *expected, "{purl}");
    }
}

#[test]
fn releases_are_not_mixed() {
    let records = [below("D-11", "Debian:11", "x", "1.0-2"), below("D-12", "Debian:12", "x", "1.5-1")];
    check(
        &records,
        &[
            ("pkg:deb/debian/x@1.4-1?distro=debian-12", "D-12 affected range"),
            ("pkg:deb/debian/x@1.4-1?distro=debian-11", ""),
            ("pkg:deb/debian/x@0.1-1?distro=bullseye", "D-11 affected range"),
            ("pkg:deb/debian/libx1@1.4-1?distro=debian-12&upstream=x", "D-12 affected range"),
            ("pkg:deb/debian/libx1@2.0-1?distro=debian-12&upstream=x%401.4-1", "D-12 affected range"),
            ("pkg:deb/debian/x@1.4-1?distro=debian-12&upstream=y", ""),
            ("pkg:deb/debian/x@1.4-1", "no-release"),
            ("pkg:deb/debian/x@1.4-1?distro=debian", "no-release"),
            ("pkg:deb/debian/x?distro=debian-12", "D-12 unknown version-missing, no-version"),
            ("pkg:rpm/fedora/x@1.4-1?distro=fedora-40", "no-feed"),
            ("pkg:apk/alpine/x@1.4-r1?distro=alpine-3.20", "no-feed"),
            ("pkg:npm/x@1.4.0", "no-feed"),
            ("pkg:oci/x@sha256%3A00", "no-ecosystem"),
        ],
    );
}

#[test]
fn lists_before_ranges_and_faults_are_said() {
    let listed = record("L", "npm", "x", r#", "versions": ["1.0.0", "1.1.0"]"#);
    let silent = record("S", "npm", "y", "");
    let go = record("G", "Go", "example.org/z", "");
    let everything = record("E", "npm", "w", r#", "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]"#);
    let mut withdrawn = below("W", "npm", "x", "9.0.0");
    withdrawn.withdrawn = Some(crate::Timestamp::UNIX_EPOCH);
    check(
        &[listed, silent, go, everything, withdrawn, below("R", "PyPI", "zope-interface", "5.0")],
        &[
            ("pkg:npm/x@1.1.0", "L affected listed"),
            ("pkg:npm/x@1.2.0", ""),
            ("pkg:npm/y@1.0.0", "S unknown nothing-said"),
            ("pkg:npm/w", "E affected all-versions, no-version"),
            ("pkg:npm/w@not-a-version", "E affected all-versions, version-unreadable"),
            ("pkg:golang/example.org/z@v1.0.0", "G affected all-versions"),
            ("pkg:golang/example.org/z", "G affected all-versions, no-version"),
            ("pkg:pypi/zope.interface@4.9", "R affected range"),
            ("pkg:pypi/zope.interface@4.9%2Blocal", "R affected range"),
            ("pkg:pypi/Zope_Interface@5.0%2Blocal", ""),
            ("pkg:pypi/zope-interface@latest", "R unknown version-unreadable, version-unreadable"),
        ],
    );
}

#[test]
fn rpms() {
    let modular = |id: &str, module: &str| {
        let mut record = below(id, "AlmaLinux:8", "nodejs", "1:18.19.0-1.module_el8.9.0+3735");
        record.affected[0].module = Some(module.to_owned()).filter(|text| !text.is_empty());
        record
    };
    check(
        &[
            below("B", "AlmaLinux:8", "bash", "1:4.4-3.el8"),
            modular("N18", "nodejs:18"),
            modular("N20", "nodejs:20"),
            modular("N", ""),
        ],
        &[
            ("pkg:rpm/almalinux/bash@4.4-4.el8?distro=almalinux-8.9", ""),
            ("pkg:rpm/almalinux/bash@4.4-2.el8?distro=almalinux-8.9", "B affected range"),
            ("pkg:rpm/almalinux/bash@4.4-4.el8?distro=almalinux-8.9&epoch=0", "B affected range"),
            (
                "pkg:rpm/almalinux/bash-doc@4.4-2.el8?distro=almalinux-8.9&upstream=bash-4.4-2.el8.src.rpm",
                "B affected range",
            ),
            (
                "pkg:rpm/almalinux/nodejs@18.1.0-1.module_el8.8.0%2B1?distro=almalinux-8.9&epoch=1&rpmmod=nodejs:18:8080:abc",
                "N unknown module-unsaid, N18 affected range",
            ),
            ("pkg:rpm/almalinux/nodejs@18.1.0-1.el8?distro=almalinux-8.9&epoch=1", ""),
        ],
    );
}

#[test]
fn streams_and_negative_records() {
    check(
        &[
            below("C-1", "Ubuntu:Pro:16.04:LTS", "x", "1.0-1ubuntu1+esm3"),
            below("C-2", "Ubuntu:16.04:LTS", "x", "1.0-1ubuntu2"),
            below("C-3", "Wolfi", "y", "0"),
            record("C-4", "Wolfi", "y", r#", "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]"#),
        ],
        &[
            ("pkg:deb/ubuntu/x@1.0-1ubuntu1?distro=ubuntu-16.04", "C-1 unknown other-stream, C-2 affected range"),
            ("pkg:deb/ubuntu/x@1.0-1ubuntu1%2Besm3?distro=ubuntu-16.04", "C-2 affected range"),
            ("pkg:apk/wolfi/y@1.0-r0?distro=wolfi-20230201", "C-3 not-affected vendor, C-4 affected range"),
        ],
    );
    // Who is on a stream is told by it where it speaks of the vulnerability, and by the main stream elsewhere.
    let mut main = below("M", "Red Hat:enterprise_linux:9::baseos", "x", "2.0-9.el9");
    let mut other = below("N", "Red Hat:enterprise_linux:9::baseos", "x", "2.0-9.el9");
    let mut eus = below("E", "Red Hat:rhel_eus:9.2::baseos", "x", "1.0-2.el9_2");
    (main.upstream, eus.upstream, other.upstream) = (vec!["CVE-1".into()], vec!["CVE-1".into()], vec!["CVE-2".into()]);
    check(
        &[main, other, eus],
        &[
            ("pkg:rpm/redhat/x@1.0-3.el9_2?distro=rhel-9.2%2Beus", "N affected range"),
            ("pkg:rpm/redhat/x@1.0-1.el9_2?distro=rhel-9.2%2Beus", "E affected range, N affected range"),
            ("pkg:rpm/redhat/x@1.0-3.el9_2?distro=rhel-9.2", "M affected range, N affected range"),
        ],
    );
}

#[test]
fn what_belongs_to_a_distribution_is_decided_by_it() {
    let mut ghsa = below("GHSA-1", "PyPI", "requests", "2.31.0");
    ghsa.aliases.push("CVE-1".into());
    let mut debian = below("DEBIAN-CVE-1", "Debian:12", "requests", "2.28.1+dfsg-2");
    debian.upstream.push("CVE-1".into());
    let mut alpine = below("ALPINE-CVE-1", "Alpine:v3.20", "py3-requests", "2.30.0-r1");
    alpine.upstream.push("CVE-1".into());
    let advisories = Advisories::from_records([ghsa, debian, alpine, below("OTHER", "Alpine:v3.20", "x", "1")]);
    let target = Target::parse("pkg:pypi/requests@2.28.1").unwrap();
    let owner = |purl: &str| target.clone().owned_by(Target::parse(purl).unwrap());
    for (target, expected) in [
        (target.clone(), "GHSA-1 affected range"),
        (
            owner("pkg:deb/debian/python3-requests@2.28.1%2Bdfsg-2?distro=debian-12&upstream=requests"),
            "GHSA-1 not-affected owned-by-system",
        ),
        (
            owner("pkg:deb/debian/python3-requests@2.28.1%2Bdfsg-1?distro=debian-12&upstream=requests"),
            "GHSA-1 affected range",
        ),
        // No release is known, so nobody decides.
        (owner("pkg:deb/debian/python3-requests@2.28.1%2Bdfsg-2?upstream=requests"), "GHSA-1 affected range"),
        // Alpine tells only of what it mended: where it is silent, it decides nothing.
        (owner("pkg:apk/alpine/py3-requests@2.30.0-r1?distro=alpine-3.20.1"), "GHSA-1 not-affected owned-by-system"),
        (owner("pkg:apk/alpine/py3-other@2.28.1-r1?distro=alpine-3.20.1"), "GHSA-1 affected range"),
    ] {
        assert_eq!(shown(&advisories.matches(std::slice::from_ref(&target))[0]), expected, "{:?}", target.owner());
    }
}

#[test]
fn commits() {
    let (bad, good) = ("a".repeat(40), "b".repeat(40));
    let text = format!(
        r#"{{"id": "G", "affected": [{{"ranges": [{{"type": "GIT", "repo": "https://github.com/Owner/Repo.git",
        "events": [{{"introduced": "{bad}"}}, {{"fixed": "{good}"}}]}}], "versions": ["v1.0"]}}]}}"#
    );
    let record = osv::read("G", text.as_bytes(), &Limits::DEFAULT).advisory.unwrap();
    let cases = [
        (format!("pkg:github/owner/repo@{bad}"), "G affected commit"),
        (format!("pkg:github/owner/repo@{good}"), ""),
        (format!("pkg:github/owner/repo@{}", "c".repeat(40)), "G unknown commits-only"),
        ("pkg:github/owner/repo@v1.0".to_owned(), "G affected listed"),
        ("pkg:github/owner/repo@v2.0".to_owned(), ""),
        (format!("pkg:generic/repo@1?vcs_url=git%2Bhttps://github.com/owner/repo%40{bad}"), "G affected commit"),
    ];
    let cases: Vec<_> = cases.iter().map(|(purl, expected)| (purl.as_str(), *expected)).collect();
    check(&[record], &cases);
}
