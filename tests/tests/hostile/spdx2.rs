//! A small SPDX document in every encoding, broken at random from a fixed seed: no panic, and what is read is written
//! and read again as the same.

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::{FaultKind, validate_tree};
use plimsoll_tests::note;

const TAGS: &str = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: a\nCreator: Tool: x-1\n\
    FileName: ./f\nSPDXID: SPDXRef-f\nFileChecksum: SHA1: 00\nPackageName: p\nSPDXID: SPDXRef-p\nFilesAnalyzed: false\n\
    PackageVerificationCode: 00 (excludes: ./a)\nPackageLicenseConcluded: MIT OR (ISC)\nPackageComment: <text>a\nb</text>\n\
    ExternalRef: PACKAGE-MANAGER purl pkg:npm/p@1\nSnippetSPDXID: SPDXRef-s\nSnippetFromFileSPDXID: SPDXRef-f\n\
    SnippetByteRange: 1:2\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\nAnnotator: Tool: x\nSPDXREF: SPDXRef-p\n";

const RDF: &str = "<rdf:RDF><spdx:SpdxDocument rdf:about='https://a#SPDXRef-DOCUMENT'>\
    <spdx:specVersion>SPDX-2.3</spdx:specVersion><spdx:relationship><spdx:Relationship><spdx:relatedSpdxElement>\
    <spdx:Package rdf:about='https://a#SPDXRef-p'><spdx:licenseConcluded><spdx:DisjunctiveLicenseSet rdf:nodeID='n'>\
    <spdx:member rdf:resource='http://spdx.org/licenses/MIT'/><spdx:member rdf:nodeID='n'/></spdx:DisjunctiveLicenseSet>\
    </spdx:licenseConcluded></spdx:Package></spdx:relatedSpdxElement></spdx:Relationship></spdx:relationship>\
    </spdx:SpdxDocument></rdf:RDF>";

const SPLINTERS: [&str; 20] = [
    "\0",
    "\r",
    "\n",
    "<text>",
    "</text>",
    ": ",
    "#",
    "SPDXID: ",
    "(",
    ")",
    "<!DOCTYPE a>",
    "&lt;",
    "&#xD;",
    "- ",
    "[",
    "{a",
    "\"",
    "*a &a ",
    "\u{2028}",
    "\u{feff}",
];

#[test]
fn broken_documents_are_read_or_refused() {
    let parsed = encoding::read(TAGS.as_bytes(), Encoding::SpdxTagValue, &Limits::DEFAULT).unwrap();
    let written = [Encoding::SpdxTagValue, Encoding::SpdxYaml, Encoding::SpdxXml, Encoding::SpdxJson];
    let mut seeds: Vec<(Encoding, Vec<u8>)> = vec![(Encoding::SpdxRdfXml, RDF.into())];
    for encoding in written {
        let mut bytes = Vec::new();
        encoding::write(&parsed.tree, encoding, parsed.version, &mut bytes).unwrap();
        seeds.push((encoding, bytes));
    }
    let mut state = 7_u64;
    let mut below = |most: usize| {
        // Knuth's MMIX generator; its high bits are good.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % most.max(1)
    };
    let (mut total, mut read) = (0, 0);
    for (encoding, seed) in &seeds {
        for _ in 0..3000 {
            let mut bytes = seed.clone();
            for _ in 0..=below(3) {
                let at = below(bytes.len() + 1);
                let end = at + below((bytes.len() - at).min(30) + 1);
                match below(3) {
                    0 => drop(bytes.drain(at..end)),
                    1 => drop(bytes.splice(at..at, SPLINTERS[below(SPLINTERS.len())].bytes())),
                    _ => {
                        let piece = bytes[at..end].to_vec();
                        let to = below(bytes.len() + 1);
                        drop(bytes.splice(to..to, piece));
                    }
                }
            }
            total += 1;
            let Ok(parsed) = encoding::read(&bytes, *encoding, &Limits::DEFAULT) else { continue };
            read += 1;
            // YAML has no sign for a boolean or a number where the table has text.
            let verdict = validate_tree(&parsed);
            let odd = verdict.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Type | FaultKind::Unknown));
            for target in written.into_iter().filter(|target| !odd || *target != Encoding::SpdxYaml) {
                let mut out = Vec::new();
                let omissions = encoding::write_with_omissions(&parsed.tree, target, parsed.version, &mut out).unwrap();
                let again = encoding::read(&out, target, &Limits::DEFAULT);
                let shown = || {
                    format!(
                        "{encoding} as {target}:\n{}\n{}",
                        String::from_utf8_lossy(&bytes),
                        String::from_utf8_lossy(&out)
                    )
                };
                match again {
                    Ok(again) => assert!(!omissions.is_empty() || again.tree == parsed.tree, "{}", shown()),
                    Err(error) => assert!(!omissions.is_empty(), "{error}\n{}", shown()),
                }
            }
        }
    }
    note(&format!("SPDX 2: {read} of {total} broken documents read"));
    assert!(read > 1000);
}
