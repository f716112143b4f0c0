use super::*;
use crate::record::{Rating, Reach};

const RECORD: &str = r#"{
  "schema_version": "1.7.5", "id": "GHSA-0000-1111-2222", "modified": "2026-01-02T03:04:05Z",
  "published": "0001-01-01T00:00:00Z", "aliases": ["CVE-2026-1", 7], "upstream": ["CVE-2026-2"],
  "summary": "A fault", "details": "More of it",
  "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected": [
    {"package": {"ecosystem": "Go", "name": "example.org/x", "purl": "pkg:golang/example.org/x"},
     "ranges": [{"type": "SEMVER", "events": [{"introduced": "0", "fixed": "1.2.0"}, {"introduced": "2.0.0"}, {}]},
                {"type": "NEW", "events": []}],
     "ecosystem_specific": {"imports": [{"path": "example.org/x/y", "symbols": ["F"], "goos": ["windows"]}]}},
    {"package": {"ecosystem": "Debian:12", "name": "x"}, "versions": ["1-1"], "ecosystem_specific": {"urgency": "low"}},
    {"package": {"name": "nowhere"}},
    {"ranges": [{"type": "GIT", "repo": "https://example.org/x.git", "events": [{"introduced": "0"}]}]},
    "not an object"
  ],
  "references": [{"type": "WEB", "url": "https://example.org/"}],
  "database_specific": {"severity": "HIGH"}
}"#;

#[test]
fn a_record_with_faults() {
    let reading = read("x.json", RECORD.as_bytes(), &Limits::DEFAULT);
    let advisory = reading.advisory.unwrap();
    assert_eq!(advisory.aliases, ["CVE-2026-1"]);
    assert_eq!(advisory.cves().collect::<Vec<_>>(), ["CVE-2026-1", "CVE-2026-2"]);
    assert_eq!(advisory.severity().and_then(Severity::rating), Some(Rating::Critical));
    assert_eq!((advisory.published, advisory.modified.is_some()), (None, true));
    let [go, debian, git] = advisory.affected.as_slice() else { panic!("{:?}", advisory.affected) };
    assert_eq!(go.reach(), Reach::Symbols);
    assert_eq!(go.code[0].platforms, ["windows"]);
    assert_eq!(go.ranges.len(), 1);
    assert_eq!(go.ranges[0].events.len(), 3);
    assert_eq!((debian.ecosystem.name(), debian.ecosystem.suffix()), ("Debian", "12"));
    assert_eq!(debian.severities[0].rating(), Some(Rating::Low));
    assert_eq!((git.ecosystem.name(), git.name.as_str()), ("GIT", ""));
    let messages: Vec<_> = reading.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
    assert_eq!(
        messages,
        [
            "x.json: aliases is of the wrong type; passed over",
            "x.json: an event of a range that is none; passed over",
            "x.json: a range of unknown type \"NEW\"; left out",
            "x.json: an affected package has no ecosystem or no name; left out",
            "x.json: an entry of affected is of the wrong type; passed over",
        ]
    );
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let deep = format!("{{\"id\": \"X-1\", \"details\": {}", "[".repeat(100_000));
    let many = format!("{{\"id\": \"X-1\", \"affected\": [{}{{}}]}}", "{},".repeat(500_000));
    for broken in [&many, "", "[]", "{}", "{\"id\": 1}", "{\"id\": \"\"}", &RECORD[..500], &deep, "\u{feff}null"] {
        let reading = read("x.json", broken.as_bytes(), &Limits::DEFAULT);
        assert_eq!(reading.advisory, None);
        assert_eq!(reading.diagnostics.len(), 1);
    }
}

#[test]
fn attacks_stand_out() {
    let record = br#"{"id": "GHSA-1", "database_specific": {"malicious-packages-origins": [{"source": "x"}]},
        "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1.0.0"]}]}"#;
    assert!(read("x", record, &Limits::DEFAULT).advisory.unwrap().malicious);
}

#[test]
fn weaknesses_and_what_go_modules_call_versions() {
    let record = br#"{"id": "GO-1", "database_specific": {"cwe_ids": ["CWE-79", "CWE-x", 7]}, "affected": [
        {"package": {"ecosystem": "Go", "name": "example.org/x"}, "database_specific": {"cwes": [{"cweId": "CWE-506"}]},
         "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
         "ecosystem_specific": {"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.9.0"}]}]}}]}"#;
    let advisory = read("x.json", record, &Limits::DEFAULT).advisory.unwrap();
    assert_eq!(advisory.weaknesses, [79, 506]);
    assert_eq!(advisory.affected[0].fixed_versions().collect::<Vec<_>>(), ["1.9.0"]);
    let known = crate::Advisories::from_records([advisory]);
    let asked = |purl: &str| {
        let target = crate::Target::parse(purl).unwrap();
        let found = known.matches(&[target]).remove(0).matches.remove(0);
        (found.state, found.rule, found.fixed)
    };
    use crate::{Rule, State};
    let fixed = vec!["1.9.0".to_owned()];
    assert_eq!(asked("pkg:golang/example.org/x@v1.8.4"), (State::Affected, Rule::Range, fixed.clone()));
    assert_eq!(asked("pkg:golang/example.org/x@v1.9.1"), (State::Unknown, Rule::OtherVersions, Vec::new()));
    // What stands for a commit has nothing to do with what its makers call versions.
    assert_eq!(
        asked("pkg:golang/example.org/x@v0.0.0-20231016150651-428517fef5b9"),
        (State::Affected, Rule::Range, fixed)
    );
}
