//! SPDX 2.2 and 2.3 in all encodings: the official examples, and their round trips.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use compare::{changes, differences, normalized, without};
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
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

#[test]
fn rules_dump() {
    let Some(root) = shared("conformance/spdx") else { return };
    for case in cases(&root) {
        let Ok(parsed) = encoding::read(&fs::read(&case.path).unwrap(), case.encoding, &Limits::DEFAULT) else {
            println!("CANNOT {}", case.path.display());
            continue;
        };
        for (advice, label) in [(false, "FAULT"), (true, "advice")] {
            let faults: Vec<_> = plimsoll_sbom::validate::spdx2_rules(&parsed)
                .into_iter()
                .chain(parsed.faults.clone())
                .filter(|f| f.advice == advice)
                .collect();
            let mut by = BTreeMap::<String, (usize, String)>::new();
            for f in &faults {
                let e = by.entry(f.message.clone()).or_default();
                e.0 += 1;
                e.1 = f.pointer.to_string();
            }
            for (m, (n, p)) in by {
                println!("{label} {} {} {n} {p} {m}", case.path.file_name().unwrap().to_str().unwrap(), case.expect);
            }
        }
    }
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
                fs::write("/tmp/a.txt", &bytes).unwrap();
                fs::write("/tmp/b.txt", &again_bytes).unwrap();
            }
            count += 1;
            for omission in &omissions {
                if omission.message.contains("lacks") || case.path.to_str().unwrap().contains("ControlC") {
                    println!("{place} {omission:?}");
                }
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
