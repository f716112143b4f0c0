//! What a policy calls required is not satisfied by evidence that is unsigned, of others, about something else, changed, or not to be
//! read, in whatever company it comes.

use plimsoll_verify::Evidence;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::world::{Key, Piece, World, provenance, read, sbom, scan, summary};
use crate::gate::GateVerdict;

/// A rule, and good evidence for it.
struct Required {
    rules: &'static str,
    good: Piece,
    /// A predicate that says nothing that satisfies it.
    unreadable: Value,
}

fn required() -> Vec<Required> {
    let signature = Piece::new("https://sigstore.dev/cosign/sign/v1", json!({}));
    vec![
        Required { rules: "[signed_by]\nsigner = { key = \"release\" }\n", good: signature, unreadable: Value::Null },
        Required {
            rules: "[[expect]]\nmatch = \"file:app-*\"\nsource = \"github.com/acme/app\"\nmin_build_level = 2\n",
            good: provenance(),
            unreadable: json!({ "builder": [] }),
        },
        Required {
            rules: "[provenance]\nsource = \"any\"\nmin_level = 0\n",
            good: provenance(),
            unreadable: json!("builder"),
        },
        Required {
            rules: "[sbom]\nsigner = { key = \"release\" }\nmax_age_days = 5\n",
            good: sbom(),
            unreadable: json!({ "bomFormat": 1 }),
        },
        Required {
            rules: "[packages]\ndeny = { match = \"pkg:npm/evil\" }\n[sbom]\nsigner = { key = \"release\" }\nmax_age_days = 5\n",
            good: sbom(),
            unreadable: json!({}),
        },
        Required {
            rules: "[[scan]]\nname = \"s\"\nsigner = { key = \"release\" }\ntool = \"CodeQL\"\nmax_age_days = 5\n",
            good: scan(json!([])),
            unreadable: json!({ "version": "2.1.0", "runs": [{}] }),
        },
        Required {
            rules: "[[vsa]]\nverifier = \"https://acme.example/verifier\"\nsigner = { key = \"release\" }\nmax_age_days = 5\n\
                    resource = \"oci:ghcr.io/acme/app\"\n",
            good: summary(),
            unreadable: json!({ "verifier": 1 }),
        },
    ]
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
    if required.rules.contains("max_age_days") {
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
    let policy = world.policy(required.rules);
    let states = states(world, required);
    let decide = |chosen: &[usize]| {
        let evidence: Vec<Evidence> = chosen.iter().flat_map(|at| states[*at].1.clone()).collect();
        world.decide_on(&policy, &evidence, "", None).verdict
    };
    assert_eq!(decide(&[0]), GateVerdict::Pass, "{}", required.rules);
    for (at, (name, _)) in states.iter().enumerate().skip(1) {
        assert_eq!(decide(&[at]), GateVerdict::Deny, "{}{name}", required.rules);
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
                assert!(decide(&chosen) == GateVerdict::Deny || is_good, "{}{names:?}", required.rules);
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
        let policy = world.policy(required.rules);
        let states = states(&world, &required);
        let all: Vec<Evidence> = states
            .iter()
            .filter(|(name, _)| *name == "good" || !of_trusted.contains(name))
            .flat_map(|(_, evidence)| evidence.clone())
            .collect();
        assert_eq!(world.decide_on(&policy, &all, "", None).verdict, GateVerdict::Pass, "{}", required.rules);
    }
}
