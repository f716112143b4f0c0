//! SPDX 2.2 and 2.3 in all encodings: the official examples, and their round trips.

use std::fs;
use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_tests::{note, shared};

#[test]
fn dump() {
    let Some(root) = shared("conformance/spdx") else { return };
    for case in cases(&root) {
        let Some(encoding) = case.encoding else { continue };
        let bytes = fs::read(root.join(&case.path)).unwrap();
        match encoding::read(&bytes, encoding, &Limits::DEFAULT) {
            Ok(parsed) => {
                println!("{} {:?} {}", case.path, encoding, parsed.faults.len());
                for fault in parsed.faults.iter().take(5) {
                    println!("    {fault}");
                }
            }
            Err(error) => println!("{} {encoding:?} ERROR {error}", case.path),
        }
    }
}

struct Case {
    path: String,
    encoding: Option<Encoding>,
    expect: String,
}

fn cases(root: &Path) -> Vec<Case> {
    let text = fs::read_to_string(root.join("cases.tsv")).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let [path, format, _, expect] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let encoding = match format {
                "spdx-json" => Some(Encoding::SpdxJson),
                "spdx-yaml" => Some(Encoding::SpdxYaml),
                "spdx-xml" => Some(Encoding::SpdxXml),
                "spdx-tag-value" => Some(Encoding::SpdxTagValue),
                "spdx-rdfxml" => Some(Encoding::SpdxRdfXml),
                _ => None,
            };
            Case { path: path.to_owned(), encoding, expect: expect.to_owned() }
        })
        .collect()
}
