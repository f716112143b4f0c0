//! SPDX 2.2 and 2.3 in all encodings: the official examples, and their round trips.

mod compare;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compare::{differences, normalized};
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
const REALLY_DIFFERENT: &[(&str, &str, &str)] = &[];

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
