use jiff::Timestamp;
use plimsoll_advisory::vex::{Trust, VexBook, read};
use plimsoll_advisory::{Advisories, osv};
use plimsoll_model::Limits;
use plimsoll_sbom::map;

use super::*;
use crate::{Exceptions, Policy};

const SBOM: &str = include_str!("../../../../testdata/audit/small.cdx.json");
const ADVISORIES: &str = include_str!("../../../../testdata/audit/advisories.json");

fn advisories() -> Advisories {
    let all: Vec<serde_json::Value> = serde_json::from_str(ADVISORIES).unwrap();
    Advisories::from_records(all.iter().map(|one| {
        let read = osv::read("advisories.json", one.to_string().as_bytes(), &Limits::DEFAULT);
        assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
        read.advisory.unwrap()
    }))
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn run(vex: &VexBook, exceptions: &Exceptions) -> Audit {
    let document = map::document(&plimsoll_sbom::open(SBOM.as_bytes(), &Limits::DEFAULT).unwrap());
    let known = advisories();
    let input = AuditInput {
        document: &document,
        artifact: None,
        names: Vec::new(),
        claim: "unsigned claim",
        advisories: &known,
        vex,
        exceptions,
        now: now(),
    };
    let first = audit(&input).unwrap();
    assert_eq!(first, audit(&input).unwrap());
    first
}

fn shown(audit: &Audit) -> Vec<String> {
    let line = |row: &AuditRow| {
        let certain = if row.certain { "" } else { "?" };
        let path = row.path.join(">");
        let fixed = row.fixed.join(",");
        format!(
            "{}{certain} {} {} [{fixed}] {} {} ({path})",
            row.advisory,
            row.name,
            row.installed,
            row.rating_word(),
            row.rule
        )
    };
    audit.rows.iter().map(line).collect()
}

#[test]
fn ecosystems() {
    let audit = run(&VexBook::default(), &Exceptions::none());
    let expected = [
        "MAL-2026-1 stowaway 1.0.0 [] unknown range ()",
        "GHSA-mvn-1 log-core 2.14.1 [2.15.0] critical range (shiplog@1.0.0)",
        "DEBIAN-CVE-2026-10 libhull1 1:2.0-1 [1:2.0-3] high range ()",
        "GHSA-npm-1 hull 1.0.0 [1.2.0] high range ()",
        "ALPINE-CVE-2026-11 libkeel 1.0.0-r0 [1.0.0-r2] medium range ()",
        "GO-2026-1 github.com/acme/mast v1.2.0 [1.3.0] medium range ()",
        "GHSA-pypi-1 rigging 1.0 [1.1] low range ()",
        "GHSA-npm-2? nover  [] medium version-missing ()",
    ];
    let mut found = shown(&audit);
    // The order within a rating is by what it is called.
    found.sort();
    let mut sorted = expected.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(found, sorted);
    assert_eq!(audit.rows[0].sort, RowSort::Malicious);
    let counts = &audit.denominator;
    assert_eq!((counts.components, counts.checked, counts.without_purl, counts.without_version), (12, 9, 1, 1));
    assert_eq!((counts.without_release, counts.not_searched.get("cargo")), (1, Some(&1)));
    assert_eq!(audit.gaps.len(), 3);
    // Told by two databases, said once.
    let python = audit.rows.iter().find(|row| row.name == "rigging").unwrap();
    assert_eq!(python.aliases, ["CVE-2026-12", "PYSEC-2026-1"]);
}

#[test]
fn what_is_refused() {
    let audit = run(&VexBook::default(), &Exceptions::none());
    let policy = |text: &str| {
        let text = format!("version = 1\n[vulnerabilities]\n{text}");
        Policy::parse("p.toml", &text, &mut |_| Err(String::new()))
            .map(|policy| policy.vulnerabilities().cloned().unwrap())
    };
    let refused = |text: &str| -> Vec<String> {
        let rules = policy(text).unwrap();
        let reasons = audit.rows.iter().filter_map(|row| Some(format!("{} {}", row.name, rules.refuses(row, now())?)));
        let mut reasons: Vec<String> = reasons.collect();
        reasons.sort();
        reasons
    };
    assert_eq!(refused("fail_on = \"critical\""), ["log-core critical", "stowaway malicious"]);
    assert_eq!(refused("fail_on = [\"unknown\"]"), ["nover unknown", "stowaway malicious"]);
    assert_eq!(refused("fail_on = [\"any\"]\nignore_unfixed = true").len(), 7);
    assert_eq!(refused("ignore_unfixed = true"), Vec::<String>::new());
    let graced = "fail_on = \"critical\"\n[vulnerabilities.grace_days]\ncritical = 365";
    assert_eq!(refused(graced), ["stowaway malicious"]);
    let error = policy("fail_on = \"hihg\"").unwrap_err().to_string();
    assert!(error.contains("p.toml:3") && error.contains("high"), "{error}");
    assert!(policy("max_age_days = -1").is_err() && policy("fail = \"x\"").is_err());
}

#[test]
fn who_may_say_that_it_does_not_matter() {
    let text = br#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/1", "author": "Acme",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": "pkg:npm/hull@1.0.0"}], "status": "not_affected",
        "justification": "vulnerable_code_not_present"}]}"#;
    let document = read(text, &Limits::DEFAULT).unwrap();
    let state = |trust: &Trust, exceptions: &Exceptions| {
        let mut book = VexBook::default();
        book.add(document.clone(), trust);
        let audit = run(&book, exceptions);
        let row = audit.rows.into_iter().find(|row| row.name == "hull").unwrap();
        (row.state, row.said, row.claims)
    };
    let none = Exceptions::none();
    assert_eq!(state(&Trust::AddedLocally, &none).0, RowState::Vexed);
    let (held, said, claims) = state(&Trust::Unverified, &none);
    assert_eq!((held, said.as_str(), claims.len()), (RowState::Open, "", 1));
    let exceptions = "version = 1\n[[exception]]\nid = \"EX-1\"\nscope = \"pkg:npm/hull\"\nrule = \"CVE-2026-1\"\n\
        reason = \"r\"\nowner = \"o\"\napprover = \"a\"\ncreated = 2026-01-01\nexpires = 2026-12-31\n";
    let exceptions = Exceptions::parse("e.toml", exceptions).unwrap();
    let (held, said, _) = state(&Trust::Unverified, &exceptions);
    assert_eq!((held, said.as_str()), (RowState::Excepted, "EX-1"));
}
