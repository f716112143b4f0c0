//! `--record`: what was decided is an event of the artifact in the inventory.

use jiff::Timestamp;
use plimsoll_inventory::{GateRow, Inventory, Location};
use plimsoll_tests::sha256;
use serde_json::{Value, json};

use super::place::{POLICY, Place};

const STORE: [&str; 3] = ["--record", "--store", "i.db"];

/// A signed artifact that the inventory has.
fn stocked() -> Place {
    let place = Place::new();
    let bom = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": { "component": {
            "type": "application", "bom-ref": "app", "name": "app", "version": "1",
            "hashes": [{ "alg": "SHA-256", "content": sha256(b"ship") }],
        } }, "components": [{ "type": "library", "name": "through", "version": "2.3.8", "purl": "pkg:npm/through@2.3.8" }],
    });
    place.directory.write("app.cdx.json", bom.to_string());
    place.must(&["inventory", "add", "app.cdx.json", "--store", "i.db"]);
    place
}

fn decisions(place: &Place) -> Vec<GateRow> {
    let mut inventory = Inventory::open(&Location::File(place.path("i.db"))).unwrap();
    inventory.decisions(Timestamp::UNIX_EPOCH, Timestamp::MAX).unwrap()
}

#[test]
fn each_decision_is_noted_with_its_reasons_and_its_time() {
    let place = stocked();
    let passed = place.gate(&[&STORE[..], &["--at", "2026-11-20T10:00:00Z"]].concat());
    assert_eq!(passed.status, Some(0), "{}{}", passed.stdout, passed.stderr);
    let denied = place.gate(&[&STORE[..], &["--at", "2026-11-21T10:00:00Z", "--sbom", "bad.json"]].concat());
    assert_eq!(denied.status, Some(1), "{}{}", denied.stdout, denied.stderr);
    let noted = decisions(&place);
    let policy = sha256(POLICY.as_bytes());
    let told: Vec<(String, &str, &[String])> = noted
        .iter()
        .map(|row| (row.at.unwrap().to_string(), row.note.verdict.as_str(), row.note.codes.as_slice()))
        .collect();
    let codes = ["PLM-G0801".to_owned()];
    let expected: [(String, &str, &[String]); 2] =
        [("2026-11-20T10:00:00Z".to_owned(), "pass", &[]), ("2026-11-21T10:00:00Z".to_owned(), "deny", &codes)];
    assert_eq!(told, expected);
    assert!(noted.iter().all(|row| row.note.policy == policy && row.note.broken_glass.is_none()));

    // It is told where the artifact is shown, the last first, and is no finding.
    let shown = place.must(&["inventory", "show", "app@1", "--store", "i.db", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["decisions"][0]["verdict"], "deny", "{shown:#}");
    assert_eq!(shown["decisions"][0]["codes"], json!(["PLM-G0801"]));
    assert_eq!(shown["decisions"][1]["at"], "2026-11-20T10:00:00Z");
    let text = place.must(&["inventory", "show", "app@1", "--store", "i.db"]).stdout;
    assert!(text.contains("gate         deny at 2026-11-21T10:00:00Z: PLM-G0801"), "{text}");
    let found = place.must(&["find", "pkg:npm/through", "--store", "i.db"]);
    assert!(found.stdout.contains("app") && !found.stdout.contains("PLM-G"), "{}", found.stdout);
}

#[test]
fn broken_glass_stays_on_record() {
    let place = stocked();
    place.directory.write(
        "glass.toml",
        format!(
            "version = 1\n[[exception]]\nid = \"NIGHT-1\"\nscope = \"sha256:{}\"\nbreak_glass = true\nreason = \"an outage\"\n\
             owner = \"lee@acme.example\"\napprover = \"ops@acme.example\"\ncreated = 2026-11-20\nexpires = 2026-11-21\n",
            sha256(b"ship")
        ),
    );
    let more = ["--sbom", "bad.json", "--exceptions", "glass.toml", "--at", "2026-11-20T10:00:00Z"];
    let let_pass = place.gate(&[&STORE[..], &more].concat());
    assert_eq!(let_pass.status, Some(0), "{}{}", let_pass.stdout, let_pass.stderr);
    let noted = decisions(&place);
    assert_eq!((noted.len(), noted[0].note.verdict.as_str()), (1, "warn"));
    assert_eq!(noted[0].note.broken_glass.as_deref(), Some("NIGHT-1"));
    let text = place.must(&["inventory", "show", "app@1", "--store", "i.db"]).stdout;
    assert!(text.contains("glass broken by NIGHT-1"), "{text}");
}

#[test]
fn what_the_inventory_has_not_is_told_after_the_answer() {
    let place = stocked();
    place.directory.write("other.tgz", "another ship");
    for subject in ["other.tgz", "bad.json"] {
        let words = ["gate", subject, "--policy", "policy.toml"];
        let outcome = place.run(&[&words, &STORE[..]].concat());
        assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
        assert!(outcome.stdout.starts_with("DENY "), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("inventory add"), "{}", outcome.stderr);
    }
    assert!(decisions(&place).is_empty());
    // Of several, those that are there are noted.
    let words = ["gate", "other.tgz", "app.tar.gz", "--policy", "policy.toml"];
    assert_eq!(place.run(&[&words, &STORE[..]].concat()).status, Some(3));
    assert_eq!(decisions(&place).len(), 1);
}
