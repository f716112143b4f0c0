//! SPDX 2.2 and 2.3 in all encodings: the official examples, and their round trips.

mod compare;
mod mutate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use compare::{changes, differences, normalized, without};
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_sbom::{Fault, FaultKind, Verdict, validate};
use plimsoll_tests::{note, shared};

/// Files of one document. The others are compared with the first.
const SAME: [&[&str]; 3] = [
    &[
        "tools-python/tests/spdx/data/SPDXJSONExample-v2.3.spdx.json",
        "tools-python/tests/spdx/data/SPDXYAMLExample-v2.3.spdx.yaml",
        "tools-python/tests/spdx/data/SPDXXMLExample-v2.3.spdx.xml",
        "tools-python/tests/spdx/data/SPDXTagExample-v2.3.spdx",
        "tools-python/tests/spdx/data/SPDXRdfExample-v2.3.spdx.rdf.xml",
    ],
    &[
        "tools-python/tests/spdx/data/SPDXJSONExample-v2.2.spdx.json",
        "tools-python/tests/spdx/data/SPDXYAMLExample-v2.2.spdx.yaml",
        "tools-python/tests/spdx/data/SPDXYAMLExample-UTF-16.spdx.yaml",
        "tools-python/tests/spdx/data/SPDXXMLExample-v2.2.spdx.xml",
        "tools-python/tests/spdx/data/SPDXXMLExample-UTF-16.spdx.xml",
        "tools-python/tests/spdx/data/SPDXTagExample-v2.2.spdx",
        "tools-python/tests/spdx/data/SPDXRdfExample-v2.2.spdx.rdf.xml",
        "tools-python/tests/spdx/data/SPDXRdfExample-UTF-16.spdx.rdf.xml",
    ],
    &[
        "spdx-spec-v2.3/examples/SPDXJSONExample-v2.2.spdx.json",
        "spdx-spec-v2.3/examples/SPDXXMLExample-v2.2.spdx.xml",
        "spdx-spec-v2.3/examples/SPDXTagExample-v2.2.spdx",
        "spdx-spec-v2.3/examples/SPDXRdfExample-v2.2.spdx.rdf.xml",
    ],
];

/// What these files really say differently: end of the file's name, place, and why.
const REALLY_DIFFERENT: &[(&str, &str, &str)] = &[
    (
        "SPDXTagExample",
        "/packages/SPDXRef-Package/externalRefs/-/referenceType",
        "tag-value has the local name `LocationRef-acmeforge`, JSON the whole IRI",
    ),
    (
        "SPDXTagExample-v2.2",
        "/hasExtractedLicensingInfos/LicenseRef-3/seeAlsos/-",
        "two addresses in one tag, which takes one",
    ),
    ("data/SPDXRdfExample-v2.3", "/creationInfo/comment", "the line breaks of the comment are spaces"),
    ("spdx-spec-v2.3/examples/SPDXXMLExample", "/files/SPDXRef-File/noticeText", "straight quotes where JSON has none"),
    ("spdx-spec-v2.3/examples/SPDXRdfExample", "/files/SPDXRef-File/noticeText", "straight quotes where JSON has none"),
];

#[test]
fn one_document_is_one_tree_in_every_encoding() {
    let Some(root) = shared("conformance/spdx") else { return };
    let mut unexpected = String::new();
    let mut seen = BTreeSet::new();
    for files in SAME {
        let (first, others) = files.split_first().unwrap();
        let want = normalized(&read(&root.join(first)).tree);
        for file in others {
            let mut found = differences(&want, &normalized(&read(&root.join(file)).tree));
            found.retain(|(path, _)| {
                let known = REALLY_DIFFERENT.iter().position(|(of, at, _)| file.contains(of) && path == at);
                seen.extend(known);
                known.is_none()
            });
            for (path, difference) in found {
                unexpected += &format!("{file} {path}: {difference}\n");
            }
        }
    }
    assert!(unexpected.is_empty(), "{unexpected}");
    assert_eq!(seen.len(), REALLY_DIFFERENT.len(), "some differences are gone");
}

/// Rows of the list of cases that are judged otherwise: end of the path, and why.
const DISPUTED: &[(&str, &str)] = &[
    ("invalid_creation_info.rdf.xml", "named and made invalid: no version, an empty date, no creator"),
    ("invalid_creation_info_with_snippet.rdf.xml", "named and made invalid: an empty date, no creator, no such file"),
    ("SPDXYAMLExample-2.2.spdx.yaml", "not YAML: quotes in a quoted text are not escaped (line 324)"),
];

#[test]
fn official_files_are_judged_right() {
    let Some(root) = shared("conformance/spdx") else { return };
    let (mut total, mut wrong) = (0, String::new());
    for case in cases(&root) {
        total += 1;
        let mut bytes = fs::read(&case.path).unwrap();
        let place = case.path.to_str().unwrap();
        if place.ends_with("expected_tag_value.spdx") {
            // What the writer of another tool makes of words that stand for values: readable, and no valid document.
            bytes =
                String::from_utf8(bytes).unwrap().replace("SPDXVersion: spdxVersion", "SPDXVersion: SPDX-2.3").into();
            let parsed = encoding::read(&bytes, case.encoding, &Limits::DEFAULT).unwrap();
            assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
        }
        let verdict = validate(&bytes, case.encoding, &Limits::DEFAULT);
        let disputed = DISPUTED.iter().any(|(end, _)| place.ends_with(end));
        let valid = match &*case.expect {
            "valid" => !disputed,
            "invalid" => false,
            // What other tools write of a valid document is valid.
            "writer-golden" => place.ends_with(".json"),
            other => panic!("{other}"),
        };
        if verdict.as_ref().is_ok_and(Verdict::is_valid) != valid {
            wrong += &format!("{place}{}\n", told(&verdict));
        }
    }
    note(&format!("SPDX 2: {total} official files, {} of them disputed", DISPUTED.len()));
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(total, 57);
}

fn told(verdict: &Result<Verdict, encoding::ReadError>) -> String {
    match verdict {
        Ok(verdict) => {
            let faults = verdict.faults.iter().filter(|fault| !fault.advice).take(4);
            faults.map(|fault| format!("\n    {fault}")).collect()
        }
        Err(error) => format!("\n    {error}"),
    }
}

/// The schemas have no patterns and no formats and do not look at names: what the text demands there, only we see.
fn as_schema(verdict: &Verdict) -> bool {
    let of_text = [FaultKind::Format, FaultKind::Semantic, FaultKind::Reference, FaultKind::Unique];
    let empty = |fault: &Fault| fault.kind == FaultKind::Range && fault.message == "a name must not be empty";
    verdict.faults.iter().all(|fault| fault.advice || of_text.contains(&fault.kind) || empty(fault))
}

#[test]
fn changed_files_are_judged_as_the_schemas_do() {
    let Some(root) = shared("conformance/spdx") else { return };
    let schemas = [("SPDX-2.2", "2.2.1"), ("SPDX-2.3", "2.3.1")].map(|(version, name)| {
        let bytes = fs::read(root.join(format!("schema/spdx-{name}.schema.json"))).unwrap();
        (version, jsonschema::validator_for(&serde_json::from_slice(&bytes).unwrap()).unwrap())
    });
    let (mut total, mut accepted, mut explained, mut differences) = (0, 0, 0, String::new());
    for (seed, case) in cases(&root).into_iter().filter(|case| case.encoding == Encoding::SpdxJson).enumerate() {
        let bytes = fs::read(&case.path).unwrap();
        if bytes.len() > 300_000 {
            continue;
        }
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let (version, schema) = schemas.iter().find(|(version, _)| document["spdxVersion"] == *version).unwrap();
        let mut all = mutate::mutants(&document, seed as u64);
        all.push(("as it is".to_owned(), document));
        for (what, changed) in all {
            total += 1;
            let bytes = serde_json::to_vec(&changed).unwrap();
            let ours = validate(&bytes, Encoding::SpdxJson, &Limits::DEFAULT);
            let (mine, theirs) = (ours.as_ref().is_ok_and(as_schema), schema.is_valid(&changed));
            accepted += usize::from(theirs);
            if mine == theirs {
                continue;
            }
            let errors: Vec<String> = schema.iter_errors(&changed).map(|error| error.to_string()).collect();
            if is_explained(version, &changed, &errors, &ours) {
                explained += 1;
            } else {
                let errors: String = errors.iter().take(2).map(|error| format!("\n    schema: {error:.200}")).collect();
                differences += &format!("{version} {}: {what}{}{errors}\n", case.path.display(), told(&ours));
            }
        }
    }
    note(&format!("SPDX 2: {total} changed files, {accepted} of them valid, {explained} differences that are meant"));
    assert!(total > 1000 && differences.is_empty(), "{differences}");
}

/// Where the schema and the text differ, and we follow the text:
/// - the schema of 2.2 does not demand a namespace;
/// - it spells `PACKAGE-MANAGER` with `_` only, and has neither `PERSISTENT-ID` nor `AMENDS`;
/// - neither says what an `artifactOfs` is: its name is text.
fn is_explained(
    version: &str,
    changed: &serde_json::Value,
    errors: &[String],
    ours: &Result<Verdict, encoding::ReadError>,
) -> bool {
    let words = ["\"PACKAGE-MANAGER\"", "\"PERSISTENT-ID\"", "\"PERSISTENT_ID\"", "\"AMENDS\""];
    let known = |error: &String| words.iter().any(|word| error.starts_with(word));
    let of_schema = !errors.is_empty() && errors.iter().all(known);
    let of_text = changed.get("documentNamespace").is_none()
        || ours.as_ref().is_ok_and(|verdict| {
            let faults = verdict.faults.iter().filter(|fault| !fault.advice);
            faults
                .filter(|fault| fault.kind == FaultKind::Type)
                .all(|fault| fault.pointer.as_str().contains("/artifactOfs/"))
        });
    version == "SPDX-2.2" && (of_schema || errors.is_empty() && of_text)
}

#[test]
fn what_another_writer_makes_of_one_document_is_one_tree() {
    let Some(root) = shared("conformance/spdx/tools-python/tests/spdx/data") else { return };
    // The document that this tool converts in a circle.
    let parsed = read(&root.join("circleConversionTestInitialDocument.json"));
    let mut tree = parsed.tree.clone();
    for encoding in WRITTEN.into_iter().chain(WRITTEN.into_iter().rev()) {
        let mut bytes = Vec::new();
        encoding::write(&tree, encoding, parsed.version, &mut bytes).unwrap();
        tree = encoding::read(&bytes, encoding, &Limits::DEFAULT).unwrap().tree;
    }
    let (mut want, mut found) = (normalized(&parsed.tree), normalized(&tree));
    // Tags have one spelling of it, which JSON of 2.3 has with `-`.
    for document in [&mut want, &mut found] {
        compare::respell(document);
    }
    assert_eq!(differences(&want, &found), []);
}

/// The encodings that are written.
const WRITTEN: [Encoding; 4] = [Encoding::SpdxJson, Encoding::SpdxYaml, Encoding::SpdxXml, Encoding::SpdxTagValue];

#[test]
fn what_is_written_reads_back_but_for_what_is_said() {
    let Some(root) = shared("conformance/spdx") else { return };
    let mut count = 0;
    let mut unexpected = String::new();
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases(&root) {
        let Ok(parsed) = encoding::read(&fs::read(&case.path).unwrap(), case.encoding, &Limits::DEFAULT) else {
            continue;
        };
        for encoding in WRITTEN {
            let mut bytes = Vec::new();
            let omissions = encoding::write_with_omissions(&parsed.tree, encoding, parsed.version, &mut bytes).unwrap();
            let again = encoding::read(&bytes, encoding, &Limits::DEFAULT).unwrap();
            let place = format!("{} as {encoding}", case.path.display());
            assert!(again.faults.is_empty(), "{place}: {:?}", again.faults);
            let mut again_bytes = Vec::new();
            encoding::write(&again.tree, encoding, again.version, &mut again_bytes).unwrap();
            // What was once written is written the same from then on.
            if bytes != again_bytes {
                unexpected += &format!("{place}: not the same bytes\n");
            }
            count += 1;
            for omission in &omissions {
                *said.entry(format!("{encoding}: {}", omission.message)).or_default() += 1;
            }
            for pointer in changes(&parsed.tree, &again.tree) {
                let known = omissions.iter().any(|omission| pointer.starts_with(omission.pointer.as_str()));
                let is_new_relationship = pointer.starts_with("/relationships") && !omissions.is_empty();
                if !known && !is_new_relationship {
                    unexpected += &format!("{place} {pointer}\n");
                }
            }
            if omissions.is_empty() {
                assert_eq!(parsed.tree, again.tree, "{place}");
            }
            let (want, found) = (without(&parsed.tree, &omissions), without(&again.tree, &omissions));
            for (path, difference) in differences(&normalized(&want), &normalized(&found)) {
                unexpected += &format!("{place} {path}: {difference}\n");
            }
        }
    }
    note(&format!("SPDX 2: {count} round trips; not held: {said:#?}"));
    assert!(unexpected.is_empty(), "{unexpected}");
}

fn read(path: &Path) -> Parsed {
    let bytes = fs::read(path).unwrap();
    let parsed = encoding::read(&bytes, encoding_of(path), &Limits::DEFAULT);
    parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn encoding_of(path: &Path) -> Encoding {
    let name = path.to_str().unwrap();
    let known = [
        (".json", Encoding::SpdxJson),
        (".yaml", Encoding::SpdxYaml),
        (".rdf.xml", Encoding::SpdxRdfXml),
        (".xml", Encoding::SpdxXml),
        (".spdx", Encoding::SpdxTagValue),
    ];
    known.iter().find(|(suffix, _)| name.ends_with(suffix)).unwrap().1
}

struct Case {
    path: PathBuf,
    encoding: Encoding,
    expect: String,
}

fn cases(root: &Path) -> Vec<Case> {
    let text = fs::read_to_string(root.join("cases.tsv")).unwrap();
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let [path, format, _, expect] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let encoding = match format {
                "spdx-json" => Encoding::SpdxJson,
                "spdx-yaml" => Encoding::SpdxYaml,
                "spdx-xml" => Encoding::SpdxXml,
                "spdx-tag-value" => Encoding::SpdxTagValue,
                "spdx-rdfxml" => Encoding::SpdxRdfXml,
                _ => return None,
            };
            Some(Case { path: root.join(path), encoding, expect: expect.to_owned() })
        })
        .collect()
}
