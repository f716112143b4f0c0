//! What responders ask and say: advisories, who owns what, what runs where, VEX.

use jiff::Timestamp;
use plimsoll_advisory::{SnapshotBuilder, osv};
use plimsoll_inventory::{ArtifactId, ArtifactRef, GateNote, Inventory, NewAttestation, Role, Verification};
use plimsoll_model::Limits;

use super::{BOM, start, start_with};

const JSON: (&str, &str) = ("Content-Type", "application/json");

const ADVISORY: &str = r#"{"id": "GHSA-1111-2222-3333", "aliases": ["CVE-2026-0001"], "modified": "2026-01-01T00:00:00Z",
    "summary": "<b>lodash</b>", "affected": [{"package": {"ecosystem": "npm", "name": "lodash"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.21"}]}]}]}"#;

const VEX: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/1", "author": "Acme",
    "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-0001"},
    "products": [{"@id": "pkg:npm/lodash@4.17.20"}], "status": "not_affected",
    "justification": "vulnerable_code_not_present"}]}"#;

#[test]
fn questions_by_advisory_are_answered_or_refused() {
    let (server, _) = start(&[]);
    let question = "/api/v1/find?q=CVE-2026-0001";
    assert_eq!(server.get(question).status, 503);
    assert_eq!(server.get("/api/v1/advisories/CVE-2026-0001").status, 503);
    assert_eq!(server.get("/health").json()["advisories"]["state"], "none");
    assert_eq!(server.get("/vulnerabilities/CVE-2026-0001").status, 200);
    let mut path = std::path::PathBuf::new();
    let (server, _) = start_with(&[], |options, directory| {
        let mut builder = SnapshotBuilder::new();
        builder.add(&osv::read("a", ADVISORY.as_bytes(), &Limits::DEFAULT).advisory.unwrap());
        path = directory.join("advisories");
        builder.write_file(&path, Timestamp::UNIX_EPOCH).unwrap();
        options.advisories = Some(path.clone());
        options.max_age_days = 0;
    });
    server.ask("POST", "/api/v1/documents", &[], BOM.as_bytes());
    let found = server.get(question).json();
    assert_eq!((found["artifacts"].as_u64(), found["components"].as_u64()), (Some(1), Some(1)));
    assert_eq!(found["denominator"]["advisories"], "2026-01-01T00:00:00Z");
    assert_eq!(found["denominator"]["failed"], 0);
    let affected = server.get("/api/v1/vulnerabilities/GHSA-1111-2222-3333/affected").json();
    assert_eq!((affected["artifacts"].as_u64(), &affected["assessed"]), (Some(1), &serde_json::Value::Null));
    for unknown in ["CVE-1999-0001", "%22", "a%5C", "%00"] {
        assert_eq!(server.get(&format!("/api/v1/vulnerabilities/{unknown}/affected")).status, 404, "{unknown}");
    }
    let shown = server.get("/api/v1/advisories/CVE-2026-0001").json();
    assert_eq!(shown["advisories"][0]["affected"][0]["versions"], "vers:npm/<4.17.21");
    let page = server.get("/vulnerabilities/CVE-2026-0001");
    assert!(page.body.contains("&lt;b&gt;lodash&lt;/b&gt;") && page.body.contains("Never audited"), "{}", page.body);
    assert!(server.get("/?q=CVE-2026-0001").body.contains("advisories of "));
    assert!(server.get("/metrics").body.contains("plimsoll_advisories_timestamp_seconds 1767225600\n"));
    std::fs::write(&path, b"damaged").unwrap();
    assert_eq!(server.get(question).status, 503);
}

#[test]
fn old_advisories_answer_nothing() {
    let (server, _) = start_with(&[], |options, directory| {
        let mut builder = SnapshotBuilder::new();
        builder.add(&osv::read("a", ADVISORY.as_bytes(), &Limits::DEFAULT).advisory.unwrap());
        builder.write_file(&directory.join("advisories"), Timestamp::UNIX_EPOCH).unwrap();
        options.advisories = Some(directory.join("advisories"));
        options.now = std::sync::Arc::new(|| "2026-02-01T00:00:00Z".parse().unwrap());
    });
    let refused = server.get("/api/v1/find?q=CVE-2026-0001");
    assert!(refused.status == 503 && refused.body.contains("31 days old"), "{}", refused.body);
    assert_eq!(server.get("/health").json()["advisories"]["state"], "old");
    assert!(server.get("/overview").body.contains("too old"));
    assert_eq!(server.get("/api/v1/find?q=pkg:npm/lodash").status, 200);
}

#[test]
fn labels_and_what_runs() {
    let (server, _) = start(&[]);
    server.ask("POST", "/api/v1/documents", &[], BOM.as_bytes());
    let label = |body: &str| server.ask("PUT", "/api/v1/artifacts/shop/labels", &[JSON], body.as_bytes());
    let labelled = label(r#"{"labels": {"owner": "web", "environment": "prod"}}"#).json();
    assert_eq!(labelled["labels"], serde_json::json!({ "owner": "web", "environment": "prod" }));
    assert_eq!(label(r#"{"labels": {"owner": null}}"#).json()["labels"], serde_json::json!({ "environment": "prod" }));
    for bad in [r#"{"labels": {"a b": "x"}}"#, r#"{"labels": {"a": "\u0000"}}"#, r#"{"label": {}}"#, "[]", "{}", ""] {
        assert_eq!(label(bad).status, 400, "{bad}");
    }
    assert_eq!(server.ask("PUT", "/api/v1/artifacts/shop/labels", &[], b"{}").status, 415);
    let digest = format!("sha256:{}", "ab".repeat(32));
    let report = |running: &str| {
        let body = format!(r#"{{"environment": "prod", "cluster": "eu", "running": [{running}]}}"#);
        server.ask("PUT", "/api/v1/deployments", &[JSON], body.as_bytes())
    };
    let change = report(&format!(r#"{{"digest": "{digest}", "workload": "shop/web"}}"#)).json();
    assert_eq!((&change["started"], &change["neverScanned"]), (&1.into(), &1.into()));
    assert_eq!(server.get("/api/v1/stats").json()["denominator"]["neverScanned"], 1);
    assert!(server.get("/overview").body.contains("1 image that runs never scanned"));
    assert_eq!(report(r#"{"digest": "sha256:AB"}"#).status, 400);
    assert_eq!(server.get("/api/v1/deployments").json()["rows"][0]["digest"], digest.as_str());
    assert_eq!(report("").json()["ended"], 1);
    assert_eq!(server.get("/api/v1/deployments").json()["total"], 0);
    assert_eq!(server.get("/api/v1/deployments?ended=true&rows=1").json()["total"], 1);
}

#[test]
fn vex_of_administrators_is_kept_once() {
    let (server, _) = start(&[]);
    assert_eq!(server.ask("POST", "/api/v1/vex", &[], VEX.as_bytes()).status, 409);
    let mut place = std::path::PathBuf::new();
    let (server, tokens) = start_with(&[("w", Role::Write), ("a", Role::Admin)], |options, directory| {
        place = directory.join("vex");
        options.vex_directory = Some(place.clone());
    });
    let add =
        |token: usize, body: &str| server.ask("POST", "/api/v1/vex", &[("X-Api-Key", &tokens[token])], body.as_bytes());
    assert_eq!(add(0, VEX).status, 403);
    let added = add(1, VEX);
    assert_eq!((added.status, added.json()["trust"].as_str()), (201, Some("added locally")), "{}", added.body);
    assert_eq!(add(1, VEX).json()["state"], "known");
    for bad in ["", "{}", &VEX.replace("openvex.dev", "else.example")] {
        assert_eq!(add(1, bad).status, 422, "{bad}");
    }
    let files: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), VEX);
}

#[test]
fn attestations_are_shown_with_who_signed() {
    let (server, _) = start(&[]);
    let bom = BOM.replace(
        r#""version":"1.0"}"#,
        &format!(r#""version":"1.0","hashes":[{{"alg":"SHA-256","content":"{}"}}]}}"#, "cd".repeat(32)),
    );
    let added = server.ask("POST", "/api/v1/documents", &[], bom.as_bytes());
    assert_eq!(added.status, 201, "{}", added.body);
    let mut inventory = Inventory::open(&server.location).unwrap();
    let attestation = |verification, bytes: &[u8]| NewAttestation {
        predicate: "https://slsa.dev/provenance/v1".to_owned(),
        subjects: vec![format!("sha256:{}", "cd".repeat(32))],
        verification,
        builder: "<i>builder</i>".to_owned(),
        level: 0,
        document: None,
        bytes: bytes.to_vec(),
    };
    let signed = Verification::Verified { signer: "ci@acme.example".to_owned(), issuer: String::new() };
    let not = Verification::Unverified { reason: "nobody asked".to_owned() };
    inventory.add_attestations(&[attestation(signed, b"{}"), attestation(not, b"[]")], Timestamp::UNIX_EPOCH).unwrap();
    let list = server.get("/api/v1/artifacts/1/attestations").json();
    assert_eq!(list["rows"][0]["verification"]["signer"], "ci@acme.example");
    assert_eq!(list["rows"][1]["verification"]["verified"], false);
    let page = server.get("/artifacts/1").body;
    assert!(
        page.contains("ci@acme.example") && page.contains("nobody asked") && page.contains("&lt;i&gt;builder"),
        "{page}"
    );
    assert!(!page.contains("Gates"), "{page}");
    let note = GateNote {
        verdict: "warn".to_owned(),
        policy: "ab".repeat(32),
        codes: vec!["PLM-G0101".to_owned()],
        broken_glass: Some("<b>NIGHT-1".to_owned()),
    };
    inventory.note_decision(&ArtifactRef::Id(ArtifactId::from_number(1)), &note, Timestamp::UNIX_EPOCH).unwrap();
    let page = server.get("/artifacts/1").body;
    assert!(page.contains("glass broken by &lt;b&gt;NIGHT-1") && page.contains("PLM-G0101"), "{page}");
    let number = list["rows"][0]["id"].as_u64().unwrap();
    assert_eq!(server.get(&format!("/api/v1/attestations/{number}")).body, "{}");
    assert_eq!(server.get("/api/v1/attestations/99").status, 404);
}
