//! `[[vsa]]`.

use serde_json::{Value, json};

use super::world::{Key, Piece, World, agree, excused, sbom, summary, told};

const RULE: &str = "[[vsa]]\nverifier = \"https://acme.example/verifier\"\nsigner = { key = \"release\" }\nresource = \"oci:ghcr.io/acme/app\"\n";

fn with(change: impl FnOnce(&mut Value)) -> Piece {
    let mut piece = summary();
    change(&mut piece.predicate);
    piece
}

#[test]
fn a_summary_of_whom_the_policy_names_is_enough() {
    let world = World::new();
    let rule = |more: &str| format!("{RULE}{more}\n");
    let digest = "ab".repeat(32);
    let any = RULE.replace("oci:ghcr.io/acme/app", "oci:ghcr.io/acme/*");
    let cases = [
        (rule(""), vec![summary()], "pass"),
        (rule(""), vec![], "deny vsa.missing"),
        (rule(""), vec![sbom()], "deny vsa.missing"),
        (rule(""), vec![summary().by(Key::Stranger)], "deny vsa.not-as-expected PLM-V0201"),
        (rule(""), vec![summary().of_another()], "deny vsa.not-as-expected PLM-V0202"),
        (rule(""), vec![summary().unlogged()], "deny vsa.not-as-expected PLM-V0501"),
        (rule(""), vec![summary().at("2026-11-22T18:00:00Z")], "deny vsa.not-as-expected PLM-V0603"),
        (
            rule(""),
            vec![with(|held| held["verificationResult"] = json!("FAILED"))],
            "deny vsa.not-as-expected PLM-V0905",
        ),
        (
            rule(""),
            vec![with(|held| held["verifier"]["id"] = json!("https://evil.example"))],
            "deny vsa.not-as-expected PLM-V0903",
        ),
        (
            rule(""),
            vec![with(|held| held["resourceUri"] = json!("oci:ghcr.io/evil/app"))],
            "deny vsa.not-as-expected PLM-V0904",
        ),
        (rule(""), vec![with(|held| *held = json!({}))], "deny vsa.not-as-expected PLM-V0902"),
        (rule(""), vec![with(|held| held["verificationResult"] = json!("FAILED")), summary()], "pass"),
        (any.clone(), vec![with(|held| held["resourceUri"] = json!("oci:ghcr.io/acme/other"))], "pass"),
        (
            any,
            vec![with(|held| held["resourceUri"] = json!("oci:ghcr.io/evil/other"))],
            "deny vsa.not-as-expected PLM-V0904",
        ),
        (rule("levels = [\"SLSA_BUILD_LEVEL_2\"]"), vec![summary()], "pass"),
        (rule("levels = [\"SLSA_BUILD_LEVEL_1\"]"), vec![summary()], "pass"),
        (rule("levels = [\"SLSA_BUILD_LEVEL_3\"]"), vec![summary()], "deny vsa.not-as-expected PLM-V0906"),
        (
            rule("levels = [\"SLSA_BUILD_LEVEL_2\", \"SLSA_SOURCE_LEVEL_1\"]"),
            vec![summary()],
            "deny vsa.not-as-expected PLM-V0906",
        ),
        (rule("policy = \"https://acme.example/policy\""), vec![summary()], "pass"),
        (rule("policy = \"https://acme.example/other\""), vec![summary()], "deny vsa.not-as-expected PLM-V0909"),
        (rule(&format!("policy = \"sha256:{digest}\"")), vec![summary()], "pass"),
        (
            rule(&format!("policy = \"sha256:{}\"", digest.replace('a', "c"))),
            vec![summary()],
            "deny vsa.not-as-expected PLM-V0909",
        ),
        (rule("max_age_days = 3"), vec![summary()], "pass"),
        (rule("max_age_days = 1"), vec![summary()], "deny vsa.not-as-expected PLM-V0908"),
        (rule("max_age_days = 1\naction = \"warn\""), vec![summary()], "warn vsa.not-as-expected PLM-V0908"),
        (rule("effective_on = 2027-01-01"), vec![], "warn vsa.missing"),
    ];
    agree(cases.map(|(rules, pieces, expected)| {
        let found = told(&world.decide(&rules, &pieces));
        (rules, found, expected.to_owned())
    }));
}

#[test]
fn exceptions_and_several_signers() {
    let world = World::new();
    let two = RULE.replace("{ key = \"release\" }", "[{ key = \"other\" }, { key = \"release\" }]");
    let cases = [
        (RULE, vec![], excused("vsa.missing", "2026-12-31"), "pass"),
        (RULE, vec![], excused("vsa.missing", "2026-11-21"), "deny vsa.missing"),
        (&*two, vec![summary()], String::new(), "pass"),
        (&*two, vec![summary().by(Key::Other)], String::new(), "pass"),
        (&*two, vec![summary().by(Key::Stranger)], String::new(), "deny vsa.not-as-expected PLM-V0201"),
    ];
    agree(cases.map(|(rules, pieces, exception, expected)| {
        let found = told(&world.decide_with(rules, &pieces, &exception, None));
        (format!("{rules}{exception}"), found, expected.to_owned())
    }));
    let parse =
        |text: &str| crate::Policy::parse("p", &format!("version = 1\n{text}"), &mut |_| Err("none".into())).is_err();
    for bad in ["[[vsa]]\nverifier = \"x\"\n", "[[vsa]]\nverifier = \"x\"\nsigner = { issuer = \"i\", san = \"s\" }\n"]
    {
        assert!(parse(bad), "{bad}");
    }
}
