//! `[provenance]`, and the rule that expectations bring along.

use serde_json::json;

use super::world::{Key, Piece, World, agree, excused, provenance, sbom, told};

const EXPECT: &str =
    "[[expect]]\nmatch = \"file:app-{version}.tar.gz\"\nsource = \"github.com/acme/app\"\nmin_build_level = 2\n";

#[test]
fn expectations_and_what_the_table_says_have_to_hold() {
    let world = World::new();
    let elsewhere = Piece {
        predicate: json!({
            "builder": { "id": "https://build.acme.example/desk@v1" },
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": { "configSource": { "uri": "git+https://github.com/evil/app@refs/heads/main", "entryPoint": "x" } },
            "materials": [{ "uri": "git+https://github.com/evil/app@refs/heads/main", "digest": { "sha1": "a".repeat(40) } }],
        }),
        ..provenance()
    };
    let other = EXPECT.replace("app-", "other-");
    let cases = [
        (EXPECT.to_owned(), vec![provenance()], "pass"),
        (EXPECT.to_owned(), vec![elsewhere.clone(), provenance()], "pass"),
        (EXPECT.to_owned(), vec![], "deny provenance.not-as-expected PLM-V0101"),
        (EXPECT.to_owned(), vec![sbom()], "deny provenance.not-as-expected PLM-V0204"),
        (EXPECT.to_owned(), vec![provenance().by(Key::Stranger)], "deny provenance.not-as-expected PLM-V0201"),
        (EXPECT.to_owned(), vec![provenance().of_another()], "deny provenance.not-as-expected PLM-V0202"),
        (EXPECT.to_owned(), vec![elsewhere], "deny provenance.not-as-expected PLM-V0805"),
        (EXPECT.replace("= 2", "= 3"), vec![provenance()], "deny provenance.not-as-expected PLM-V0815"),
        (other.clone(), vec![provenance()], "deny provenance.no-expectation"),
        (format!("[provenance]\n{other}"), vec![provenance()], "deny provenance.no-expectation"),
        (format!("[provenance]\nmatch = \"file:other-*\"\n{other}"), vec![provenance()], "deny gate.no-rule"),
        (format!("[provenance]\nmin_level = 2\n{EXPECT}"), vec![provenance()], "pass"),
        (format!("[provenance]\nmin_level = 3\n{EXPECT}"), vec![provenance()], "deny provenance.not-as-expected PLM-V0815"),
        (format!("[provenance]\nmin_level = 3\naction = \"warn\"\n{EXPECT}"), vec![provenance()], "warn provenance.not-as-expected PLM-V0815"),
        (format!("[provenance]\neffective_on = 2027-01-01\n{EXPECT}"), vec![], "warn provenance.not-as-expected PLM-V0101"),
        (format!("[provenance]\nsource = \"github.com/acme/other\"\n{EXPECT}"), vec![provenance()], "deny provenance.not-as-expected PLM-V0805"),
        (format!("[provenance]\nref = {{ branch = \"main\" }}\n{EXPECT}"), vec![provenance()], "deny provenance.not-as-expected PLM-V0807"),
        (format!("[provenance]\nbuilder = \"https://build.acme.example/desk@*\"\n{EXPECT}"), vec![provenance()], "pass"),
        (format!("[provenance]\nbuilder = \"https://other.example/*\"\n{EXPECT}"), vec![provenance()], "deny provenance.not-as-expected PLM-V0803"),
        // A table that says source and level needs no expectation.
        ("[provenance]\nmin_level = 2\nsource = \"github.com/acme/app\"\n".to_owned(), vec![provenance()], "pass"),
        ("[provenance]\nmin_level = 2\nsource = \"any\"\n".to_owned(), vec![provenance()], "pass"),
        ("[provenance]\nmin_level = 2\nsource = \"any\"\n".to_owned(), vec![], "deny provenance.not-as-expected PLM-V0101"),
        ("[provenance]\nmatch = \"file:app-{version}.tar.gz\"\nmin_level = 2\nsource = \"any\"\nref = { tag = \"v{version}\" }\n".to_owned(), vec![provenance()], "pass"),
        ("[provenance]\nmin_level = 2\n".to_owned(), vec![provenance()], "deny provenance.no-expectation"),
    ];
    agree(cases.map(|(rules, pieces, expected)| {
        let found = told(&world.decide(&rules, &pieces));
        (rules, found, expected.to_owned())
    }));
}

#[test]
fn exceptions_are_those_of_the_expectations() {
    let world = World::new();
    let high = EXPECT.replace("= 2", "= 3");
    for (rules, pieces, exception, expected) in [
        (&*high, vec![provenance()], excused("provenance.level", "2026-12-31"), "pass"),
        (&*high, vec![provenance()], excused("PLM-V0815", "2026-12-31"), "pass"),
        (
            &*high,
            vec![provenance()],
            excused("provenance.level", "2026-11-21"),
            "deny provenance.not-as-expected PLM-V0815",
        ),
        (
            &*high,
            vec![provenance()],
            excused("provenance.not-as-expected", "2026-12-31"),
            "deny provenance.not-as-expected PLM-V0815",
        ),
        (EXPECT, vec![], excused("provenance.missing", "2026-12-31"), "pass"),
        (EXPECT, vec![sbom()], excused("provenance.missing", "2026-12-31"), "pass"),
        (
            EXPECT,
            vec![provenance().by(Key::Stranger)],
            excused("provenance.missing", "2026-12-31"),
            "deny provenance.not-as-expected PLM-V0201",
        ),
        (
            EXPECT,
            vec![provenance().by(Key::Stranger)],
            excused("PLM-V0201", "2026-12-31"),
            "deny provenance.not-as-expected PLM-V0201",
        ),
        ("[provenance]\nmin_level = 1\n", vec![], excused("provenance.no-expectation", "2026-12-31"), "pass"),
    ] {
        let decision = world.decide_with(rules, &pieces, &exception, None);
        assert_eq!(told(&decision), expected, "{rules} {exception}");
        assert_eq!(decision.excused_by().is_empty(), expected != "pass", "{rules} {exception}");
    }
}

#[test]
fn what_holds_is_told_with_its_place() {
    let world = World::new();
    let decision = world.decide(EXPECT, &[provenance()]);
    let rule = decision.rules.first().unwrap();
    assert_eq!((rule.rule.as_str(), rule.line), ("provenance", 12));
    let source = rule.checks.iter().find(|check| check.name == "source").unwrap();
    assert_eq!(source.place, "evidence-0.json");
    assert_eq!(source.expected.as_deref(), Some("github.com/acme/app"));
    assert!(source.actual.as_deref().unwrap().contains("github.com/acme/app"), "{source:?}");
}
