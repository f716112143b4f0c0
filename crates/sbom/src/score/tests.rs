use std::fs;
use std::path::Path;

use plimsoll_model::Limits;
use proptest::prelude::*;

use super::*;
use crate::encoding::Encoding;
use crate::tree::{Members, Value};

const DOCUMENTS: [&str; 5] =
    ["cdxgen-1.4.json", "trivy-1.6.json", "sbom-tool-2.2.spdx.json", "syft-2.3.spdx.json", "yocto-3.0.1.spdx3.json"];

fn parsed(name: &str) -> Parsed {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/sbom/score").join(name);
    crate::open(&fs::read(path).unwrap(), &Limits::DEFAULT).unwrap()
}

fn text(json: &str, encoding: Encoding) -> Parsed {
    crate::encoding::read(json.as_bytes(), encoding, &Limits::DEFAULT).unwrap()
}

fn one(parsed: &Parsed, profile: &str) -> Report {
    score(parsed, &[Profile::named(profile).unwrap()], &Options::default()).remove(0)
}

/// One field as `present/unknown/missing/cannot-tell`.
fn counts(report: &Report, field: &str) -> [u64; 4] {
    let counts = report.fields.iter().find(|held| held.field.name == field).unwrap().counts;
    [counts.present, counts.unknown, counts.missing, counts.cannot_tell]
}

/// Scores by document and profile, computed by hand for at least one document of each profile:
///
/// - cisa-2026, cdxgen: 7 of 9 fields of the document (no signature, no lifecycle); producer 1/3, name 3/3, version 2/3,
///   identifiers 3/3, hash value, hash algorithm and licence 1/3, relationship 2/3: (7 + 14/3) / 17 = 68.62.
/// - ntia-2021, trivy: supplier 1/4, name 4/4, version 3/4, identifiers 3/4, relationship 4/4, and author (the tool), time
///   and format: 6.75 / 8 = 84.37.
/// - bsi-2.1, yocto: format, creator, time, no vulnerabilities, name and completeness (one said, one said to be unknown)
///   whole; distribution licence none; the eight others 1/2: (6 + 8/2) / 15 = 66.66.
/// - cra, trivy: of BSI format, time, name and dependencies whole and version 3/4, 4.75 of 15; of CISA's six the tool's name
///   and version and the SBOM's version whole and identifiers 3/4: (4.75 + 3.75) / 21 = 40.47.
/// - fsct-3, trivy: author (the tool), time, primary, name and relationship whole, version and identifier 3/4, supplier
///   1/4; hash, licence and copyright of the root missing: 6.75 / 11 = 61.36.
/// - openchain-telco, syft: 15 of 18 whole; the comment of the creator and the supplier missing, version 1/3: 85.18.
/// - sbomqs, cdxgen: identification 0.4 + 0.35·2/3 + 0.25 = 0.8833; provenance 0.75; integrity 0.5/3 + 0.4 = 0.5667;
///   completeness 0.25·2/3 + 0.2 + 0.15/3 + 0.1 = 0.5167; licensing 0.15/3 = 0.05; vulnerability 0.5; structural 1:
///   (8.8333 + 9 + 8.5 + 6.2 + 0.75 + 5 + 8) / 82 = 56.44.
const GOLDEN: &str = "\
profile                   cdxgen  trivy   sbom-tool  syft    yocto
cisa-2026                 68.6    58.8    82.3       70.5    70.5
ntia-2021                 79.1    84.3    100.0      70.8    81.2
bsi-2.1                   35.5    31.6    33.3       26.6    66.6
cra                       44.4    40.4    42.8       34.9    64.2
fsct-3                    60.6    61.3    100.0      81.8    68.1
openchain-telco           49.0    48.5    94.4       85.1    67.6
sbomqs                    56.4    42.7    62.7       46.0    53.7
";

#[test]
fn golden_scores() {
    let documents = DOCUMENTS.map(parsed);
    let mut table =
        format!("{:<26}{:<8}{:<8}{:<11}{:<8}{}\n", "profile", "cdxgen", "trivy", "sbom-tool", "syft", "yocto");
    for profile in Profile::all() {
        let scores: Vec<String> =
            documents.iter().map(|document| format!("{:.1}", points(one(document, profile.name).score))).collect();
        let [cdxgen, trivy, tool, syft, yocto] = scores.try_into().unwrap();
        table.push_str(&format!("{:<26}{cdxgen:<8}{trivy:<8}{tool:<11}{syft:<8}{yocto}\n", profile.name));
    }
    assert_eq!(table, GOLDEN);
}

#[test]
fn outcomes_are_told_apart() {
    let syft = one(&parsed("syft-2.3.spdx.json"), "cisa-2026");
    // One has an author, two say NOASSERTION; one has a version, one writes UNKNOWN, one leaves it out.
    assert_eq!(counts(&syft, "component-producer"), [1, 2, 0, 0]);
    assert_eq!(counts(&syft, "component-version"), [1, 1, 1, 0]);
    assert_eq!(counts(&syft, "component-hash-value"), [0, 0, 3, 0]);
    assert!(syft.known < syft.score);
    let bsi = one(&parsed("trivy-1.6.json"), "bsi-2.1");
    assert_eq!(counts(&bsi, "identifiers"), [3, 0, 0, 1]);
    assert_eq!(counts(&bsi, "no-vulnerabilities"), [0, 0, 1, 0]);
    let telco = one(&parsed("trivy-1.6.json"), "openchain-telco");
    let analyzed = telco.fields.iter().find(|held| held.field.name == "files-analyzed").unwrap();
    assert_eq!((analyzed.counts.not_applicable, analyzed.share), (1, None));
}

#[test]
fn offenders_have_places_and_fixes() {
    let of = |document: &str, field: &str| {
        let report = one(&parsed(document), "cisa-2026");
        let found = report.fields.iter().find(|held| held.field.name == field).unwrap().offenders[0].clone();
        (found.name.unwrap_or_default(), found.pointer.to_string(), found.fix)
    };
    let row = |name: &str, at: &str, fix: &str| (name.to_owned(), at.to_owned(), fix.to_owned());
    assert_eq!(
        of("cdxgen-1.4.json", "component-version"),
        row("no-version", "/components/1", "add `version` to /components/1")
    );
    assert_eq!(
        of("cdxgen-1.4.json", "component-producer"),
        row("shop 1.0.0", "/metadata/component", "add `supplier.name` to /metadata/component")
    );
    assert_eq!(
        of("syft-2.3.spdx.json", "component-version"),
        row("shop", "/packages/2", "add `versionInfo` to /packages/2")
    );
    assert_eq!(
        of("yocto-3.0.1.spdx3.json", "component-version"),
        row("shop-image", "/@graph/5", "add `software_packageVersion` to /@graph/5")
    );
}

#[test]
fn pointers_lead_to_the_elements() {
    for name in DOCUMENTS {
        let parsed = parsed(name);
        let (standard, document) = (parsed.encoding.standard_kind(), crate::map::document(&parsed));
        let pointers = crate::map::pointers(&parsed.tree, standard);
        assert_eq!(pointers.len(), document.elements.len(), "{name}");
        for (element, pointer) in document.elements.iter().zip(pointers) {
            let node = parsed.tree.at(&pointer).unwrap();
            let stated = node.text_of("name").or(node.text_of("fileName")).unwrap();
            assert!(stated.ends_with(&element.name), "{name}: {pointer}");
        }
    }
    // Within each other, and without names.
    let nested = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "a", "components": [{"type": "library", "name": "b"}]}, {"type": "library", "name": "c"}],
        "services": [{"name": "d", "services": [{"name": "e"}]}]}"#;
    let parsed = text(nested, Encoding::CycloneDxJson);
    let pointers = crate::map::pointers(&parsed.tree, parsed.encoding.standard_kind());
    let names: Vec<_> = pointers.iter().filter_map(|pointer| parsed.tree.at(pointer)?.text_of("name")).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}

#[test]
fn unknown_is_read_from_properties() {
    let document = |property: &str, value: &str| {
        let json = format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{"type": "library", "name": "a",
            "properties": [{{"name": "{property}", "value": "{value}"}}]}}]}}"#
        );
        one(&text(&json, Encoding::CycloneDxJson), "cisa-2026")
    };
    let ours = document("plimsoll:unknown", "hash, license");
    assert_eq!(counts(&ours, "component-hash-algorithm"), [0, 1, 0, 0]);
    assert_eq!(counts(&ours, "component-license"), [0, 1, 0, 0]);
    assert_eq!(counts(&ours, "component-producer"), [0, 0, 1, 0]);
    let proposed = document("cdx:cisa:unknown-information", "Component Producer");
    assert_eq!(counts(&proposed, "component-producer"), [0, 1, 0, 0]);
    assert_eq!(counts(&document("other", "hash"), "component-hash-value"), [0, 0, 1, 0]);
}

#[test]
fn wrong_spellings_of_the_guideline_are_read() {
    let list = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": {"manufacturer": [{"name": "Acme", "url": ["https://acme.example"]}]}, "components": []}"#;
    assert_eq!(counts(&one(&text(list, Encoding::CycloneDxJson), "bsi-2.1"), "sbom-creator"), [1, 0, 0, 0]);
    let mut bytes = Vec::new();
    crate::json::write(&parsed("yocto-3.0.1.spdx3.json").tree, &mut bytes).unwrap();
    let typo = String::from_utf8(bytes).unwrap().replace("externalIdentifier\"", "externalIdentifers\"");
    assert_eq!(counts(&one(&text(&typo, Encoding::Spdx3Json), "bsi-2.1"), "sbom-creator"), [1, 0, 0, 0]);
}

#[test]
fn a_detached_signature_counts_and_the_whole_can_be_reached() {
    let parsed = parsed("cdxgen-1.4.json");
    let profiles = [Profile::named("cisa-2026").unwrap()];
    let without = score(&parsed, &profiles, &Options::default()).remove(0);
    let with = score(&parsed, &profiles, &Options { signed: true, ..Options::default() }).remove(0);
    assert!((with.score - without.score - 100.0 / 17.0).abs() < 1e-9);
    assert!(!with.is_satisfied());
}

#[test]
fn a_document_without_components_scores_what_it_has() {
    for json in [
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#,
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": 1}"#,
    ] {
        let parsed = text(json, Encoding::CycloneDxJson);
        for profile in Profile::all() {
            let report = one(&parsed, profile.name);
            assert!((0.0..=100.0).contains(&report.score), "{}", profile.name);
        }
    }
}

#[test]
fn points_are_rounded_down() {
    assert_eq!(points(99.99), 99.9);
    assert_eq!(points(100.0), 100.0);
    assert_eq!(points(0.1 + 0.2), 0.3);
    assert_eq!((grade(90.0), grade(89.99), grade(50.0), grade(0.0)), ('A', 'B', 'D', 'F'));
}

/// What can be added to a component or to the metadata of CycloneDX, and to a package of SPDX 2.
const ADDITIONS: &[(&str, &str, &str)] = &[
    ("component", "version", r#""1""#),
    ("component", "supplier", r#"{"name": "Acme", "url": ["https://acme.example"]}"#),
    ("component", "purl", r#""pkg:generic/a@1""#),
    ("component", "cpe", r#""cpe:2.3:a:a:a:1:*:*:*:*:*:*:*""#),
    (
        "component",
        "hashes",
        r#"[{"alg": "SHA-256", "content": "2222222222222222222222222222222222222222222222222222222222222222"}]"#,
    ),
    ("component", "licenses", r#"[{"license": {"id": "MIT", "acknowledgement": "concluded"}}]"#),
    ("component", "copyright", r#""Copyright 2026 Acme""#),
    ("component", "externalReferences", r#"[{"type": "distribution", "url": "https://acme.example/a"}]"#),
    ("component", "properties", r#"[{"name": "bsi:component:filename", "value": "a"}]"#),
    ("metadata", "lifecycles", r#"[{"phase": "build"}]"#),
    ("metadata", "authors", r#"[{"name": "Acme", "email": "a@acme.example"}]"#),
    ("metadata", "supplier", r#"{"name": "Acme"}"#),
    ("metadata", "licenses", r#"[{"license": {"id": "CC0-1.0"}}]"#),
    ("package", "versionInfo", r#""1""#),
    ("package", "supplier", r#""Organization: Acme (a@acme.example)""#),
    (
        "package",
        "checksums",
        r#"[{"algorithm": "SHA256", "checksumValue": "2222222222222222222222222222222222222222222222222222222222222222"}]"#,
    ),
    ("package", "primaryPackagePurpose", r#""LIBRARY""#),
    ("package", "comment", r#""x""#),
];

/// Adds a member where it is not there; of components the one at a place counted from 0, the root last.
fn add(tree: &mut Value, at: usize, (to, name, json): (&str, &'static str, &str)) {
    let value =
        crate::json::tree(json, crate::standard::Standard::cyclonedx(), &Limits::DEFAULT, &mut Vec::new()).unwrap();
    let Value::Object(members) = tree else { return };
    let list = match to {
        "metadata" => return set(members.get_mut("metadata"), name, value),
        "component" => "components",
        _ => "packages",
    };
    if let Some(Value::Array(items)) = members.get_mut(list) {
        let count = items.len();
        set(items.get_mut(at % count), name, value);
    }
}

fn set(held: Option<&mut Value>, name: &'static str, value: Value) {
    let members: Option<&mut Members> = held.and_then(Value::as_object_mut);
    if let Some(members) = members.filter(|members| !members.has(name)) {
        members.set(name, value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is added, in whatever order: no score falls.
    #[test]
    fn adding_what_is_missing_never_lowers_a_score(
        document in 0..4_usize,
        steps in prop::collection::vec((0..ADDITIONS.len(), 0..4_usize), 1..12),
    ) {
        let mut held = parsed(DOCUMENTS[document]);
        let profiles: Vec<_> = Profile::all().iter().collect();
        let mut before = score(&held, &profiles, &Options::default());
        for (what, at) in steps {
            let valid = before[6].fields.iter().any(|field| field.field.name == "schema-valid" && field.counts.present == 1);
            let mut next = held.clone();
            add(&mut next.tree, at, ADDITIONS[what]);
            // CycloneDX 1.4 and SPDX 2.2 lack some of them: adding those is a fault, which sbomqs counts.
            if valid && !crate::validate_tree(&next).is_valid() {
                continue;
            }
            let after = score(&next, &profiles, &Options::default());
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(after.score >= before.score - 1e-9, "{} fell by {:?}", before.profile.name, ADDITIONS[what]);
                prop_assert!(after.known >= before.known - 1e-9);
            }
            (held, before) = (next, after);
        }
    }
}
