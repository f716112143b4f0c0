//! What the policy calls required cannot be satisfied by evidence that is unsigned, unverified or unreadable; and nothing that is
//! added to good evidence takes anything from it.

use plimsoll_verify::{Evidence, Subject, read_evidence};
use serde_json::{Value, json};

use super::evidence::{Key, Keys, PROVENANCE, about, artifact, decide, predicate};

/// All kinds of evidence; the first is good.
fn states(keys: &Keys) -> Vec<(&'static str, Vec<Evidence>)> {
    let good = keys.sign(Key::Release, about(&artifact()), PROVENANCE, predicate());
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut envelope: Value = serde_json::from_slice(&good).unwrap();
        change(&mut envelope);
        read_evidence(envelope.to_string().as_bytes(), "changed.json").unwrap_or_default()
    };
    let read = |bytes: &[u8]| read_evidence(bytes, "evidence.json").unwrap();
    let mut level = predicate();
    level["buildDefinition"] = json!({ "level": 3 });
    let elsewhere = about(&Subject::bytes(b"another".to_vec()));
    vec![
        ("good", read(&good)),
        ("unsigned", changed(&|envelope| envelope["signatures"] = json!([]))),
        ("empty signature", changed(&|envelope| envelope["signatures"] = json!([{ "sig": "" }]))),
        (
            "another payload",
            changed(&|envelope| {
                let other: Value =
                    serde_json::from_slice(&keys.sign(Key::Stranger, about(&artifact()), PROVENANCE, level.clone()))
                        .unwrap();
                envelope["payload"] = other["payload"].clone();
            }),
        ),
        ("another payload type", changed(&|envelope| envelope["payloadType"] = json!("text/plain"))),
        ("of a stranger", read(&keys.sign(Key::Stranger, about(&artifact()), PROVENANCE, predicate()))),
        ("of another artifact", read(&keys.sign(Key::Release, elsewhere, PROVENANCE, predicate()))),
        ("of another type", read(&keys.sign(Key::Release, about(&artifact()), "https://cyclonedx.org/bom", json!({})))),
        ("without a builder", read(&keys.sign(Key::Release, about(&artifact()), PROVENANCE, json!({})))),
        ("unreadable", vec![Evidence::damaged("damaged.json", "it is not JSON")]),
    ]
}

#[test]
fn only_good_evidence_satisfies_and_nothing_takes_it_away() {
    let keys = Keys::new();
    let states = states(&keys);
    let policy = keys.policy(
        "version = 1\n[roots.sigstore]\ninstance = \"public-good\"\n[roots.keys.release]\nfile = \"release.pub\"\n\
         [[builder]]\nid = \"https://build.acme.example/**\"\nsigner = { key = \"release\" }\nlevel = 1\n\
         require = { tlog = false }\n[[expect]]\nmatch = \"file:app\"\nsource = \"any\"\nmin_build_level = 0\n",
    );
    let names = ["file:app".to_owned()];
    // Any that excuses all that may be excused does not make bad evidence good.
    let mut accepted = 0;
    for chosen in 0_u32..(1 << states.len()) {
        let picked = || states.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0).map(|(_, state)| state);
        let evidence: Vec<Evidence> = picked().flat_map(|(_, evidence)| evidence.iter().cloned()).collect();
        let found = decide(&keys, &policy, &evidence, &names, &[]);
        let good = chosen & 1 == 1;
        accepted += u32::from(good);
        assert_eq!(found == "passed", good, "{:?}: {found}", picked().map(|(name, _)| *name).collect::<Vec<_>>());
    }
    assert_eq!(accepted, 1 << (states.len() - 1));
}

#[test]
fn without_a_log_entry_only_a_key_may_be_and_only_when_the_policy_says_so() {
    let keys = Keys::new();
    let states = states(&keys);
    let policy = |require: &str| {
        keys.policy(&format!(
            "version = 1\n[roots.sigstore]\ninstance = \"public-good\"\n[roots.keys.release]\nfile = \"release.pub\"\n\
             [[builder]]\nid = \"https://build.acme.example/**\"\nsigner = {{ key = \"release\" }}\nlevel = 1\n{require}\n\
             [[expect]]\nmatch = \"file:app\"\nsource = \"any\"\nmin_build_level = 0\n"
        ))
    };
    let names = ["file:app".to_owned()];
    for (require, expected) in
        [("", "PLM-V0501"), ("require = { tlog = true }", "PLM-V0501"), ("require = { tlog = false }", "passed")]
    {
        assert_eq!(decide(&keys, &policy(require), &states[0].1, &names, &[]), expected, "{require}");
    }
}
