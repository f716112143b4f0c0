//! What a policy calls required is not satisfied by evidence that is unsigned, of others, about something else, changed, or not to be
//! read, in whatever company it comes.

use plimsoll_verify::Evidence;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::world::{Key, Piece, World, provenance, read, sbom, scan, summary};
use crate::gate::{GateVerdict, RuleState};

/// A rule, and good evidence for it.
struct Required {
    /// The rule that is looked at, as a decision names it.
    rule: &'static str,
    rules: &'static str,
    good: Piece,
    /// A predicate that says nothing that satisfies it.
    unreadable: Value,
}

/// Who may sign SBOMs, for rules that are about what is in them.
const SIGNED_SBOM: &str = "[sbom]\nsigner = { key = \"release\" }\nmax_age_days = 5\n";
const EXPECTED: &str = "[[expect]]\nmatch = \"file:app-*\"\nsource = \"github.com/acme/app\"\nmin_build_level = 2\n";

fn required() -> Vec<Required> {
    let of = |rule, rules, good, unreadable| Required { rule, rules, good, unreadable };
    let contents = |rule, rules| of(rule, rules, sbom(), json!({ "bomFormat": 1 }));
    let signature = Piece::new("https://sigstore.dev/cosign/sign/v1", json!({}));
    let tested = || Piece::new("https://in-toto.io/attestation/test-result/v0.1", json!({ "result": "PASSED" }));
    let mut all = vec![
        of("signed_by", "[signed_by]\nsigner = { key = \"release\" }\n", signature, Value::Null),
        of("provenance", EXPECTED, provenance(), json!({ "builder": [] })),
        of("provenance", "[provenance]\nsource = \"any\"\nmin_level = 0\n", provenance(), json!("builder")),
        contents("sbom", ""),
        of("packages", "[packages]\ndeny = { match = \"pkg:npm/evil\" }\n", sbom(), json!({})),
        contents("vulnerabilities", "[vulnerabilities]\nfail_on = [\"high\"]\n"),
        contents("malicious", "[malicious]\n"),
        contents("licenses", "[licenses]\nallow = [\"MIT\"]\n"),
        contents("age", "[age]\nmin_days = 3\n"),
        of("base_image", "[base_image]\nallow = [\"oci:gcr.io/distroless/*\"]\n", on_base(), json!({ "builder": [] })),
        of(
            "scan.s",
            "[[scan]]\nname = \"s\"\nsigner = { key = \"release\" }\ntool = \"CodeQL\"\nmax_age_days = 5\n",
            scan(json!([])),
            json!({ "version": "2.1.0", "runs": [{}] }),
        ),
        of(
            "vsa",
            "[[vsa]]\nverifier = \"https://acme.example/verifier\"\nsigner = { key = \"release\" }\nmax_age_days = 5\n\
             resource = \"oci:ghcr.io/acme/app\"\n",
            summary(),
            json!({ "verifier": 1 }),
        ),
        of(
            "attestation",
            "[[attestation]]\ntype = \"test-result\"\nsigner = [{ key = \"release\" }]\nmax_age_days = 5\n",
            tested(),
            Value::Null,
        ),
    ];
    if cfg!(feature = "rego") {
        let rules = "[rego]\nsigner = { key = \"release\" }\ntype = \"test-result\"\n\
                     modules = '''package sigstore\nisCompliant { input.predicate.result == \"PASSED\" }\n'''\n";
        all.push(of("rego", rules, tested(), json!({ "result": "FAILED" })));
    }
    all
}

impl Required {
    /// The rule, and what others it needs beside it.
    fn policy(&self) -> String {
        let beside = match self.rule {
            "base_image" => EXPECTED,
            _ if self.good.kind == sbom().kind => SIGNED_SBOM,
            _ => "",
        };
        format!("{}{beside}", self.rules)
    }
}

/// A build on an image.
fn on_base() -> Piece {
    let mut build = provenance();
    let base = json!({ "uri": "pkg:docker/gcr.io/distroless/static@nonroot", "digest": { "sha256": "cc".repeat(32) } });
    if let Some(materials) = build.predicate.get_mut("materials").and_then(Value::as_array_mut) {
        materials.push(base);
    }
    build
}

#[test]
fn every_rule_is_here() {
    let here = required();
    let missing: Vec<&str> = crate::gate::rule_names()
        .filter(|name| cfg!(feature = "rego") || *name != "rego")
        .filter(|name| !here.iter().any(|required| required.rule.split('.').next() == Some(name)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// All states of one piece; the first is good.
fn states(world: &World, required: &Required) -> Vec<(&'static str, Vec<Evidence>)> {
    let good = &required.good;
    let document = world.document(good);
    let signed = |piece: Piece| read(&world.document(&piece), "evidence.json");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        read(&document, "changed.json")
    };
    let mut old = good.clone().at("2026-01-01T00:00:00Z");
    // A summary is as old as it says itself.
    if let Some(time) = old.predicate.get_mut("timeVerified") {
        *time = json!("2026-01-01T00:00:00Z");
    }
    let other = world.document(&Piece { predicate: json!({ "x": 1 }), ..good.clone() });
    let mut all = vec![
        ("good", signed(good.clone())),
        ("unsigned", changed(&|document| document["dsseEnvelope"]["signatures"][0]["sig"] = json!(""))),
        ("no signature", changed(&|document| document["dsseEnvelope"]["signatures"] = json!([]))),
        ("bare envelope", signed(good.clone().unlogged())),
        ("wrong key", signed(good.clone().by(Key::Stranger))),
        ("key of others", signed(good.clone().by(Key::Other))),
        ("wrong subject", signed(good.clone().of_another())),
        (
            "payload of another",
            changed(&|document| document["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone()),
        ),
        (
            "entry of another",
            changed(&|document| {
                document["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"].clone()
            }),
        ),
        (
            "time of another",
            changed(&|document| {
                document["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = json!("1790000000")
            }),
        ),
        ("another type", signed(Piece { kind: "https://example.com/other/v1".into(), ..good.clone() })),
        ("future", signed(good.clone().at("2026-11-22T12:00:01Z"))),
        ("damaged", vec![Evidence::damaged("damaged.json", "it is not JSON")]),
        ("absent", Vec::new()),
    ];
    if !required.unreadable.is_null() {
        all.push(("unreadable", signed(Piece { predicate: required.unreadable.clone(), ..good.clone() })));
    }
    // Of the others nobody asks how old they are.
    if required.policy().contains("max_age_days") {
        all.push(("old", signed(old)));
    }
    all
}

/// Every three of the states, of which one may be that nothing is there, in either order.
#[test]
fn only_good_evidence_satisfies_whatever_is_beside_it() {
    let world = World::new();
    let decisions = required().par_iter().map(|required| combinations(&world, required)).sum::<usize>();
    assert!(decisions > 2_000, "{decisions}");
}

fn combinations(world: &World, required: &Required) -> usize {
    let policy = world.policy(&required.policy());
    let states = states(world, required);
    // The verdict, and what the rule itself says: another one may deny beside it.
    let decide = |chosen: &[usize]| {
        let evidence: Vec<Evidence> = chosen.iter().flat_map(|at| states[*at].1.clone()).collect();
        let decision = world.decide_on(&policy, &evidence, "", None);
        let rule = decision.rules.iter().find(|rule| rule.rule == required.rule);
        (decision.verdict, rule.unwrap_or_else(|| panic!("no rule {}", required.rule)).state)
    };
    assert_eq!(decide(&[0]), (GateVerdict::Pass, RuleState::Passed), "{}", required.policy());
    for (at, (name, _)) in states.iter().enumerate().skip(1) {
        let (verdict, state) = decide(&[at]);
        assert_eq!(verdict, GateVerdict::Deny, "{}{name}", required.policy());
        // How old an SBOM may be is said by [sbom], not by what is asked of its contents.
        let is_of_others = *name == "old" && !required.rules.contains("max_age_days") && required.rule != "sbom";
        assert!(state == RuleState::Denied || is_of_others, "{}{name}", required.policy());
    }
    let mut decisions = 0;
    for first in 0..states.len() {
        for second in first + 1..states.len() {
            for third in second + 1..states.len() {
                let mut chosen = [first, second, third];
                if (first + second + third) % 2 == 1 {
                    chosen.reverse();
                }
                let names: Vec<&str> = chosen.iter().map(|at| states[*at].0).collect();
                let is_good = chosen.contains(&0);
                assert!(decide(&chosen).0 == GateVerdict::Deny || is_good, "{}{names:?}", required.policy());
                decisions += 1;
            }
        }
    }
    decisions
}

/// Unsigned, of others, or about something else: whoever may write beside the artifact cannot make a good decision a bad one.
#[test]
fn what_others_add_takes_nothing_away() {
    let world = World::new();
    let of_trusted = ["good", "unreadable", "old", "another type", "absent"];
    for required in required() {
        let policy = world.policy(&required.policy());
        let states = states(&world, &required);
        let all: Vec<Evidence> = states
            .iter()
            .filter(|(name, _)| *name == "good" || !of_trusted.contains(name))
            .flat_map(|(_, evidence)| evidence.clone())
            .collect();
        assert_eq!(world.decide_on(&policy, &all, "", None).verdict, GateVerdict::Pass, "{}", required.rules);
    }
}
