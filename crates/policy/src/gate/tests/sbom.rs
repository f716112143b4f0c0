//! `[sbom]`.

use plimsoll_model::Limits;
use plimsoll_sbom::check::{Context, Source, check};
use plimsoll_sbom::map;
use serde_json::{Value, json};

use super::world::{Key, Piece, World, agree, excused, sbom, told};
use crate::gate::Observed;

const RULE: &str = "[sbom]\nsigner = { key = \"release\" }\n";

fn spdx() -> Piece {
    Piece::new(
        "https://spdx.dev/Document",
        json!({
            "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "dataLicense": "CC0-1.0",
            "documentNamespace": "https://acme.example/app", "creationInfo": { "created": "2026-11-20T12:00:00Z", "creators": ["Tool: t"] },
            "packages": [{ "SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1", "downloadLocation": "NOASSERTION" }],
        }),
    )
}

fn with(change: impl FnOnce(&mut Value)) -> Piece {
    let mut piece = sbom();
    change(&mut piece.predicate);
    piece
}

#[test]
fn one_that_has_all_is_enough_and_else_the_best_is_told() {
    let world = World::new();
    let rule = |more: &str| format!("{RULE}{more}\n");
    let unreadable = || with(|predicate| *predicate = json!({ "not": "an SBOM" }));
    let incomplete =
        || with(|predicate| predicate["compositions"] = json!([{ "aggregate": "incomplete", "assemblies": ["app"] }]));
    let two = "[[sbom]]\nsigner = { key = \"release\" }\n[[sbom]]\nsigner = { key = \"other\" }\n";
    let cases = [
        (rule(""), vec![sbom()], "pass"),
        (rule(""), vec![spdx()], "pass"),
        (
            rule(""),
            vec![Piece {
                predicate: json!(
                    "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: x\nDocumentNamespace: https://x.example/y\nCreator: Tool: t\nCreated: 2026-11-20T12:00:00Z\n"
                ),
                ..spdx()
            }],
            "pass",
        ),
        (rule(""), vec![], "deny sbom.missing"),
        (rule(""), vec![sbom().by(Key::Stranger)], "deny sbom.unproven PLM-V0201"),
        (rule(""), vec![sbom().by(Key::Other)], "deny sbom.unproven PLM-V0201"),
        (rule(""), vec![sbom().of_another()], "deny sbom.unproven PLM-V0202"),
        (rule(""), vec![sbom().unlogged()], "deny sbom.unproven PLM-V0501"),
        (rule(""), vec![unreadable()], "deny gate.unreadable"),
        (rule(""), vec![unreadable(), sbom()], "pass"),
        (rule(""), vec![Piece { kind: "https://example.com/other".into(), ..sbom() }], "deny sbom.missing"),
        (rule("formats = [\"spdx\"]"), vec![sbom()], "deny sbom.format"),
        (rule("formats = [\"spdx\"]"), vec![sbom(), spdx()], "pass"),
        (rule("formats = \"spdx-3\""), vec![spdx()], "deny sbom.format"),
        (rule("formats = [\"spdx-2\", \"cyclonedx\"]"), vec![spdx()], "pass"),
        (rule("max_age_days = 7"), vec![sbom()], "pass"),
        (rule("max_age_days = 1"), vec![sbom()], "deny sbom.age"),
        (rule("max_age_days = 2"), vec![sbom()], "pass"),
        (rule("max_age_days = 7"), vec![sbom().at("2026-11-01T00:00:00Z"), sbom()], "pass"),
        (rule(""), vec![sbom().at("2026-11-22T18:00:00Z")], "deny sbom.unproven PLM-V0603"),
        (rule("min_score = 1"), vec![sbom()], "pass"),
        (rule("min_score = 100"), vec![sbom()], "deny sbom.score"),
        (rule("profile = \"sbomqs\"\nmin_score = 100"), vec![sbom()], "deny sbom.score"),
        (rule("complete = true"), vec![sbom()], "pass"),
        (rule("complete = true"), vec![incomplete()], "deny sbom.incomplete"),
        (rule("complete = true"), vec![incomplete(), sbom()], "pass"),
        (rule("true = true"), vec![sbom()], "deny sbom.unchecked"),
        (rule("complete = true\nmax_age_days = 1"), vec![incomplete(), sbom()], "deny sbom.age"),
        (rule("max_age_days = 1\naction = \"warn\""), vec![sbom()], "warn sbom.age"),
        (rule("effective_on = 2027-01-01"), vec![], "warn sbom.missing"),
        // Without signers of its own, whoever may sign the artifact; and nobody where nobody is named.
        (
            "[sbom]\n[signed_by]\nsigner = { key = \"release\" }\naction = \"warn\"\n".to_owned(),
            vec![sbom()],
            "warn signed_by.missing",
        ),
        ("[sbom]\n".to_owned(), vec![sbom()], "deny sbom.missing"),
        // Each table has its own signers.
        (two.to_owned(), vec![sbom()], "deny sbom.unproven PLM-V0201"),
        (two.to_owned(), vec![sbom(), sbom().by(Key::Other)], "pass"),
    ];
    agree(cases.map(|(rules, pieces, expected)| {
        let found = told(&world.decide(&rules, &pieces));
        (rules, found, expected.to_owned())
    }));
}

#[test]
fn exceptions_excuse_what_is_missing_and_nothing_broken() {
    let world = World::new();
    let unreadable = with(|predicate| *predicate = json!([]));
    let cases = [
        ("sbom.missing", "2026-12-31", vec![], "pass"),
        ("PLM-G0301", "2026-12-31", vec![], "pass"),
        ("sbom.missing", "2026-11-21", vec![], "deny sbom.missing"),
        ("sbom.age", "2026-12-31", vec![], "deny sbom.missing"),
        ("gate.unreadable", "2026-12-31", vec![unreadable], "deny gate.unreadable"),
    ];
    agree(cases.map(|(exception, until, pieces, expected)| {
        let decision = world.decide_with(RULE, &pieces, &excused(exception, until), None);
        (format!("{exception} {until}"), told(&decision), expected.to_owned())
    }));
}

fn document(predicate: &Value) -> plimsoll_sbom::Document {
    map::document(&plimsoll_sbom::open(predicate.to_string().as_bytes(), &Limits::DEFAULT).unwrap())
}

/// What a scan finds, compared with the SBOM of the first piece.
fn observed(claimed: &Piece, found: &Piece, incomplete: bool) -> Observed {
    let found = document(&found.predicate);
    let compared = check(&document(&claimed.predicate), &Source::from(found.clone()), &Context::default());
    let checks = vec![("evidence-0.json".to_owned(), compared)];
    Observed { document: found, incomplete, checks, is_artifact: false }
}

#[test]
fn a_true_one_says_what_is_in_the_artifact() {
    let world = World::new();
    let rule = format!("{RULE}true = true\n");
    let more = with(|predicate| {
        let hidden = json!({ "type": "library", "bom-ref": "b", "name": "b", "version": "2", "purl": "pkg:npm/b@2" });
        predicate["components"].as_array_mut().unwrap().push(hidden);
    });
    let mut elsewhere = observed(&sbom(), &sbom(), false);
    elsewhere.checks[0].0 = "other.json".to_owned();
    let cases = [
        ("the same", observed(&sbom(), &sbom(), false), "pass"),
        ("something hidden", observed(&sbom(), &more, false), "deny sbom.untrue"),
        ("something hidden in what was read", observed(&sbom(), &more, true), "deny sbom.untrue"),
        ("not all was read", observed(&sbom(), &sbom(), true), "deny sbom.unchecked"),
        ("another was compared", elsewhere, "deny sbom.unchecked"),
    ];
    agree(cases.map(|(name, observed, expected)| {
        let decision = world.decide_with(&rule, &[sbom()], "", Some(&observed));
        (name.to_owned(), told(&decision), expected.to_owned())
    }));
}

#[test]
fn faults_of_the_table_are_told() {
    let world = World::new();
    let parse = |text: &str| {
        let policy = format!("version = 1\n[roots.sigstore]\ninstance = \"public-good\"\n{text}");
        crate::Policy::parse("p", &policy, &mut |_| Err("none".into())).err().map(|error| error.to_string())
    };
    for (text, expected) in [
        ("[sbom]\nformats = \"xml\"", "is no format"),
        ("[sbom]\nprofile = \"cisa\"\nmin_score = 1", "is no profile"),
        ("[sbom]\nprofile = \"cisa-2026\"", "min_score is missing"),
        ("[sbom]\nmin_score = 101", "from 0 to 100"),
        ("[sbom]\nmax_age_days = 0", "number of days"),
        ("[sbom]\ntrue = 1", "true or false"),
    ] {
        let fault = parse(text).unwrap_or_default();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
    let (sentences, warnings) = {
        let rules = world.policy(&format!(
            "{RULE}max_age_days = 3\nmin_score = 50\ntrue = true\ncomplete = true\nformats = \"spdx\"\n"
        ));
        let explained = rules.explain().into_iter().find(|one| one.about == "sbom").unwrap();
        (explained.sentences, explained.warnings)
    };
    assert_eq!((sentences.len(), warnings.len()), (6, 0), "{sentences:?}");
}
