//! Small files that show how RDF/XML says one thing in several ways.

use plimsoll_model::Limits;

use super::read;
use crate::encoding::{Parsed, ReadError};
use crate::fault::FaultKind;
use crate::tree::{Pointer, Value};

fn document(nodes: &str, properties: &str) -> String {
    format!(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:spdx='http://spdx.org/rdf/terms#'>\n\
        <spdx:SpdxDocument rdf:about='https://example.org/a#SPDXRef-DOCUMENT'>\n\
        <spdx:specVersion>SPDX-2.3</spdx:specVersion>\n{properties}\n</spdx:SpdxDocument>\n{nodes}\n</rdf:RDF>\n"
    )
}

fn read_document(nodes: &str, properties: &str) -> Parsed {
    read(document(nodes, properties).as_bytes(), &Limits::DEFAULT).unwrap()
}

fn text_at<'t>(parsed: &'t Parsed, pointer: &str) -> &'t str {
    let value = parsed.tree.at(&Pointer::parse(pointer).unwrap());
    value.and_then(Value::as_str).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

const LICENSES: &str = "<spdx:licenseConcluded><spdx:DisjunctiveLicenseSet><spdx:member rdf:resource='http://spdx.org/licenses/MIT'/>\
    <spdx:member><spdx:ConjunctiveLicenseSet><spdx:member rdf:resource='https://example.org/a#LicenseRef-1'/>\
    <spdx:member><spdx:WithExceptionOperator><spdx:member><spdx:OrLaterOperator><spdx:member \
    rdf:resource='http://spdx.org/licenses/GPL-2.0'/></spdx:OrLaterOperator></spdx:member><spdx:licenseException>\
    <spdx:ListedLicenseException><spdx:licenseExceptionId>Classpath-exception-2.0</spdx:licenseExceptionId>\
    </spdx:ListedLicenseException></spdx:licenseException></spdx:WithExceptionOperator></spdx:member>\
    </spdx:ConjunctiveLicenseSet></spdx:member></spdx:DisjunctiveLicenseSet></spdx:licenseConcluded>";

#[test]
fn nodes_are_found_nested_named_and_in_pieces() {
    let nested = format!(
        "<spdx:Package rdf:about='https://example.org/a#SPDXRef-p'><spdx:name>p</spdx:name>{LICENSES}\
        <spdx:downloadLocation rdf:resource='http://spdx.org/rdf/terms#noassertion'/>\
        <spdx:hasFile rdf:resource='https://example.org/a#SPDXRef-f'/></spdx:Package>"
    );
    let properties = format!(
        "<spdx:relationship rdf:nodeID='r'/><spdx:relationship><spdx:Relationship><spdx:relatedSpdxElement>{nested}\
        </spdx:relatedSpdxElement><spdx:relationshipType rdf:resource='http://spdx.org/rdf/terms#relationshipType_describes'/>\
        </spdx:Relationship></spdx:relationship><spdx:externalDocumentRef><spdx:ExternalDocumentRef \
        rdf:about='https://example.org/a#DocumentRef-b'><spdx:spdxDocument rdf:resource='https://example.org/b'/>\
        </spdx:ExternalDocumentRef></spdx:externalDocumentRef>"
    );
    let nodes = "<spdx:Package rdf:about='https://example.org/a#SPDXRef-p'><spdx:versionInfo>1</spdx:versionInfo></spdx:Package>\
        <rdf:Description rdf:about='https://example.org/a#SPDXRef-f'><rdf:type rdf:resource='http://spdx.org/rdf/terms#File'/>\
        <spdx:fileName>./f</spdx:fileName><spdx:checksum rdf:parseType='Resource'><spdx:algorithm \
        rdf:resource='http://spdx.org/rdf/terms#checksumAlgorithm_sha3_256'/></spdx:checksum></rdf:Description>\
        <spdx:Relationship rdf:nodeID='r'><spdx:relationshipType \
        rdf:resource='http://spdx.org/rdf/terms#relationshipType_copyOf'/><spdx:relatedSpdxElement \
        rdf:resource='https://example.org/b#SPDXRef-x'/></spdx:Relationship>";
    let parsed = read_document(nodes, &properties);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    for (pointer, want) in [
        ("/SPDXID", "SPDXRef-DOCUMENT"),
        ("/documentNamespace", "https://example.org/a"),
        ("/packages/0/SPDXID", "SPDXRef-p"),
        ("/packages/0/versionInfo", "1"),
        ("/packages/0/downloadLocation", "NOASSERTION"),
        ("/packages/0/hasFiles/0", "SPDXRef-f"),
        ("/packages/0/licenseConcluded", "MIT OR (LicenseRef-1 AND GPL-2.0+ WITH Classpath-exception-2.0)"),
        ("/files/0/fileName", "./f"),
        ("/files/0/checksums/0/algorithm", "SHA3-256"),
        ("/externalDocumentRefs/0/externalDocumentId", "DocumentRef-b"),
        ("/relationships/0/relatedSpdxElement", "DocumentRef-b:SPDXRef-x"),
        ("/relationships/0/relationshipType", "COPY_OF"),
        ("/relationships/1/relatedSpdxElement", "SPDXRef-p"),
    ] {
        assert_eq!(text_at(&parsed, pointer), want, "{pointer}");
    }
}

#[test]
fn what_is_wrong_has_its_line_and_the_rest_is_kept() {
    let parsed = read_document(
        "",
        "<spdx:name>a</spdx:name>\n<spdx:name>b</spdx:name>\n<spdx:creationInfo>c</spdx:creationInfo>\n<spdx:what>d</spdx:what>",
    );
    let found: Vec<_> = parsed.faults.iter().map(|fault| (fault.kind, fault.line, fault.advice)).collect();
    let want = [
        (FaultKind::Duplicate, Some(5), false),
        (FaultKind::Type, Some(6), false),
        (FaultKind::Unknown, Some(7), true),
    ];
    assert_eq!(found, want);
    assert_eq!(text_at(&parsed, "/name"), "a");
}

#[test]
fn nodes_that_contain_themselves_end() {
    let own = "<spdx:licenseConcluded rdf:nodeID='l'/>";
    let set = "<spdx:DisjunctiveLicenseSet rdf:nodeID='l'><spdx:member rdf:nodeID='l'/></spdx:DisjunctiveLicenseSet>\
        <spdx:Checksum rdf:nodeID='c'><spdx:checksum rdf:nodeID='c'/></spdx:Checksum>";
    let package = format!("<spdx:Package rdf:about='https://example.org/a#SPDXRef-p'>{own}</spdx:Package>{set}");
    let parsed = read_document(&package, "<spdx:creationInfo rdf:resource='https://example.org/a#SPDXRef-DOCUMENT'/>");
    assert!(parsed.faults.iter().any(|fault| fault.kind == FaultKind::Limit), "{:?}", parsed.faults);

    // Twice in each of forty sets is 2⁴⁰ licenses.
    let mut sets = String::new();
    for n in 0..40 {
        let member = format!("<spdx:member rdf:nodeID='l{}'/>", n + 1);
        sets += &format!("<spdx:DisjunctiveLicenseSet rdf:nodeID='l{n}'>{member}{member}</spdx:DisjunctiveLicenseSet>");
    }
    let package = "<spdx:Package rdf:about='https://example.org/a#SPDXRef-p'><spdx:licenseConcluded rdf:nodeID='l0'/></spdx:Package>";
    let text = document(&format!("{package}{sets}"), "");
    assert!(matches!(read(text.as_bytes(), &Limits::DEFAULT), Err(ReadError::Limit(_))));
}

#[test]
fn what_is_no_document_is_refused() {
    let read = |text: &str| read(text.as_bytes(), &Limits::DEFAULT);
    assert!(matches!(read("<rdf:RDF/>"), Err(ReadError::Unknown { .. })));
    assert!(matches!(read("<rdf:RDF>"), Err(ReadError::Syntax(_))));
    assert!(matches!(read("<!DOCTYPE rdf:RDF><rdf:RDF/>"), Err(ReadError::Syntax(_))));
    let old = document("", "").replace("SPDX-2.3", "SPDX-1.2");
    assert!(matches!(read(&old), Err(ReadError::UnknownVersion { .. })));
}
