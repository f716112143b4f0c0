use plimsoll_model::Limits;

use super::*;
use crate::csaf::read_advisories;

const HARBOUR: &str = include_str!("../../../../../testdata/vex/csaf/harbour.json");

fn red_hat() -> String {
    // A distribution of the table; the rest of the document is as it is.
    HARBOUR
        .replace("pkg:rpm/harbour", "pkg:rpm/redhat")
        .replace("cpe:/o:harbour:linux:9", "cpe:/a:redhat:enterprise_linux:9::appstream")
}

fn said(advisory: &Advisory) -> Vec<String> {
    let line = |entry: &Affected| {
        let ranges: Vec<_> = entry.ranges.iter().flat_map(|range| &range.events).collect();
        format!("{} {} {:?} {ranges:?} {:?}", entry.ecosystem, entry.name, entry.status, entry.versions)
    };
    advisory.affected.iter().map(line).collect()
}

#[test]
fn platforms_and_ranges() {
    let (advisories, faults) = read_advisories(red_hat().as_bytes(), &Limits::DEFAULT).unwrap();
    let [advisory] = advisories.as_slice() else { panic!("{advisories:#?}") };
    assert_eq!((advisory.id.as_str(), advisory.database.as_str()), ("HSA-2026-20001", "Harbour"));
    assert_eq!(advisory.upstream, ["CVE-2026-20001"]);
    assert_eq!(
        said(advisory),
        [
            r#"Red Hat:enterprise_linux:9::appstream fuel Affected [Introduced("0"), Fixed("1.4-2.hb9")] []"#,
            r#"Red Hat:enterprise_linux:9::appstream gauge NotAffected [] ["2-1.hb9"]"#,
            r#"npm tank Affected [Introduced("1.0.0"), Fixed("1.4.2")] []"#,
            r#"npm tank Fixed [] ["1.4.2"]"#,
        ]
    );
    // A device that no ecosystem has.
    assert_eq!(faults.iter().filter(|fault| fault.rule == "ecosystem").count(), 1);
}

#[test]
fn packages_of_unknown_platforms_are_told() {
    let (advisories, faults) = read_advisories(HARBOUR.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(said(&advisories[0]).len(), 2);
    assert_eq!(faults.iter().filter(|fault| fault.rule == "ecosystem").count(), 3);
    assert!(read_advisories(b"{\"document\": {}}", &Limits::DEFAULT).is_err());
}

#[test]
fn several_vulnerabilities() {
    let product = r#"{"name": "a", "product_id": "a", "product_identification_helper": {"purl": "pkg:pypi/a"}}"#;
    let document = |second: &str| {
        let text = format!(
            r#"{{"document": {{"csaf_version": "2.0", "title": "Two", "tracking": {{"id": "X-1"}},
            "aggregate_severity": {{"text": "Important"}}, "references": [{{"category": "self", "url": "https://x.example/1"}}]}},
            "product_tree": {{"full_product_names": [{product}]}},
            "vulnerabilities": [
              {{"cve": "CVE-1", "product_status": {{"known_affected": ["a"]}},
                "notes": [{{"category": "description", "text": "It breaks."}}],
                "scores": [{{"cvss_v3": {{"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}}}],
                "remediations": [{{"category": "no_fix_planned", "details": "No."}}]}},
              {{"cve": "CVE-2", "product_status": {{{second}}},
                "remediations": [{{"category": "none_available", "details": "No."}}]}}]}}"#
        );
        read_advisories(text.as_bytes(), &Limits::DEFAULT).unwrap().0
    };
    let joined = document(r#""known_affected": ["a"]"#);
    let [one] = joined.as_slice() else { panic!("{joined:#?}") };
    assert_eq!((one.id.as_str(), one.upstream.len(), one.summary.as_str()), ("X-1", 2, "Two"));
    assert_eq!((one.affected[0].status, one.severity().unwrap().score().unwrap().tenths()), (Status::WontFix, 98));
    assert_eq!((one.references[0].kind.as_str(), one.details.as_str()), ("ADVISORY", "It breaks."));
    let apart = document(r#""known_not_affected": ["a"]"#);
    assert_eq!(apart.iter().map(|next| next.id.as_str()).collect::<Vec<_>>(), ["X-1-CVE-1", "X-1-CVE-2"]);
}

#[test]
fn releases() {
    for (ecosystem, cpe, expected) in [
        ("Red Hat", "cpe:/o:redhat:enterprise_linux:9", Some("enterprise_linux:9")),
        ("Red Hat", "cpe:/a:redhat:enterprise_linux:8::crb", Some("enterprise_linux:8::crb")),
        ("Red Hat", "cpe:2.3:a:redhat:rhel_eus:9.2:*:appstream:*:*:*:*:*", Some("rhel_eus:9.2::appstream")),
        ("Debian", "cpe:/o:debian:debian_linux:12", Some("12")),
        ("Ubuntu", "cpe:/o:canonical:ubuntu_linux:22.04", Some("22.04:LTS")),
        ("Ubuntu", "cpe:/o:canonical:ubuntu_linux:23.10", Some("23.10")),
        ("openSUSE", "cpe:/o:opensuse:leap:15.5", Some("Leap 15.5")),
        ("SUSE", "cpe:/o:suse:sles:15:sp4", Some("Linux Enterprise Server 15 SP4")),
        ("SUSE", "cpe:/o:suse:sle-module-basesystem:15:sp4", None),
        ("Debian", "cpe:/o:debian:debian_linux", None),
        ("Debian", "12", None),
    ] {
        assert_eq!(release(ecosystem, cpe).as_deref(), expected, "{cpe}");
    }
}

#[test]
fn ranges_become_events() {
    let events = |text: &str| {
        let mut versions = Vec::new();
        let events = super::events(&Range::parse_lenient(text).unwrap(), &mut versions);
        (format!("{events:?}"), versions)
    };
    assert_eq!(
        events("vers:npm/<=1.0.0|>2.0.0"),
        (r#"[Introduced("0"), LastAffected("1.0.0"), Introduced("2.0.0")]"#.into(), vec![])
    );
    assert_eq!(
        events("vers:npm/1.0.0|>=2.0.0|<3.0.0"),
        (r#"[Introduced("2.0.0"), Fixed("3.0.0")]"#.into(), vec!["1.0.0".into()])
    );
    assert_eq!(events("vers:npm/*").0, r#"[Introduced("0")]"#);
    assert_eq!(events("vers:npm/!=1.0.0").0, r#"[Introduced("0")]"#);
    assert_eq!(events("vers:none/*").0, "[]");
}
