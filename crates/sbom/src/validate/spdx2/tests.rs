use plimsoll_model::Limits;

use super::expression::Expression;
use super::is_instant;
use crate::encoding::Encoding;
use crate::fault::FaultKind;
use crate::validate::validate;

const VALID: &str = r#"{
"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "a",
"documentNamespace": "https://example.org/a",
"creationInfo": {"created": "2024-01-02T03:04:05Z", "creators": ["Tool: x-1"]},
"externalDocumentRefs": [{"externalDocumentId": "DocumentRef-b", "spdxDocument": "https://example.org/b",
  "checksum": {"algorithm": "SHA1", "checksumValue": "0123456789012345678901234567890123456789"}}],
"packages": [{"name": "p", "SPDXID": "SPDXRef-p", "downloadLocation": "NONE", "filesAnalyzed": false,
  "licenseConcluded": "MIT OR (LicenseRef-1 AND GPL-2.0-only WITH Classpath-exception-2.0)",
  "licenseDeclared": "DocumentRef-b:LicenseRef-2"}],
"files": [{"fileName": "./f", "SPDXID": "SPDXRef-f",
  "checksums": [{"algorithm": "SHA1", "checksumValue": "0123456789012345678901234567890123456789"}]}],
"snippets": [{"SPDXID": "SPDXRef-s", "name": "s", "snippetFromFile": "SPDXRef-f", "ranges":
  [{"startPointer": {"reference": "SPDXRef-f", "offset": 1}, "endPointer": {"reference": "SPDXRef-f", "offset": 2}}]}],
"hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-1", "extractedText": "x"}],
"relationships": [
{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-p"},
{"spdxElementId": "SPDXRef-p", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "DocumentRef-b:SPDXRef-x"},
{"spdxElementId": "SPDXRef-p", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NOASSERTION"}]
}"#;

/// What is found after a change: kind, pointer, line and whether it is advice.
fn found(from: &str, to: &str) -> Vec<(FaultKind, String, u32, bool)> {
    assert!(VALID.contains(from), "{from}");
    let text = VALID.replacen(from, to, 1);
    let verdict = validate(text.as_bytes(), Encoding::SpdxJson, &Limits::DEFAULT).unwrap();
    assert_eq!(verdict.is_valid(), verdict.faults.iter().all(|fault| fault.advice));
    let all = verdict.faults.into_iter();
    all.map(|fault| (fault.kind, fault.pointer.to_string(), fault.line.unwrap(), fault.advice)).collect()
}

#[test]
fn a_valid_document_has_no_faults() {
    assert_eq!(found("", ""), []);
}

#[test]
fn what_the_text_demands() {
    use FaultKind::{Format, Reference, Semantic, Unique, Value};
    let namespace = "\"https://example.org/a\"";
    for (from, to, kind, pointer, line, advice) in [
        ("CC0-1.0", "MIT", Semantic, "/dataLicense", 2, false),
        (namespace, "\"https://example.org/a#b\"", Format, "/documentNamespace", 3, false),
        (namespace, "\"example\"", Format, "/documentNamespace", 3, false),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+01:00", Format, "/creationInfo/created", 4, false),
        ("Tool: x-1", "x-1", Format, "/creationInfo/creators/0", 4, false),
        ("23456789\"", "2345678x\"", Format, "/externalDocumentRefs/0/checksum", 6, false),
        ("23456789\"", "2345678\"", Format, "/externalDocumentRefs/0/checksum", 6, false),
        ("MIT OR", "Apache License, Version 2.0 OR", Format, "/packages/0/licenseConcluded", 8, false),
        ("MIT OR", "Mitt OR", Value, "/packages/0/licenseConcluded", 8, true),
        ("(LicenseRef-1", "(LicenseRef-7", Reference, "/packages/0/licenseConcluded", 8, false),
        ("DocumentRef-b:L", "DocumentRef-c:L", Reference, "/packages/0/licenseDeclared", 9, false),
        (
            "\"./f\", \"SPDXID\": \"SPDXRef-f\"",
            "\"./f\", \"SPDXID\": \"SPDXRef-p\"",
            Reference,
            "/files/0/SPDXID",
            10,
            false,
        ),
        (
            "\"licenseId\": \"LicenseRef-1\"",
            "\"licenseId\": \"X11\"",
            Format,
            "/hasExtractedLicensingInfos/0/licenseId",
            14,
            false,
        ),
        (
            "false,",
            "false, \"packageVerificationCode\": {\"packageVerificationCodeValue\": \"0\"},",
            Semantic,
            "/packages/0",
            7,
            false,
        ),
        ("\"DESCRIBES\"", "\"CONTAINS\"", Semantic, "", 1, true),
        (
            "DocumentRef-b:SPDXRef-x",
            "DocumentRef-c:SPDXRef-x",
            Reference,
            "/relationships/1/relatedSpdxElement",
            17,
            false,
        ),
        ("\"NOASSERTION\"", "\"SPDXRef-none\"", Reference, "/relationships/2/relatedSpdxElement", 18, false),
        ("\"NOASSERTION\"", "\"SPDXRef_none\"", Format, "/relationships/2/relatedSpdxElement", 18, false),
        ("\"offset\": 2", "\"offset\": 0", Semantic, "/snippets/0/ranges/0", 13, false),
        (
            "\"snippetFromFile\": \"SPDXRef-f\"",
            "\"snippetFromFile\": \"SPDXRef-p\"",
            Reference,
            "/snippets/0",
            12,
            false,
        ),
        (
            "\"extractedText\": \"x\"}",
            "\"extractedText\": \"x\"}, {\"licenseId\": \"LicenseRef-1\", \"extractedText\": \"\"}",
            Unique,
            "/hasExtractedLicensingInfos/1/licenseId",
            14,
            false,
        ),
    ] {
        let found = found(from, to);
        let want = (kind, pointer.to_owned(), line, advice);
        assert!(found.contains(&want), "{to}: {found:?}");
    }
}

#[test]
fn expressions() {
    for valid in [
        "MIT",
        "mit",
        "NONE",
        "NOASSERTION",
        "GPL-2.0+",
        "(MIT)",
        "MIT AND (ISC OR X11)",
        "LicenseRef-a.b-1",
        "DocumentRef-x:LicenseRef-y",
        "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT",
        "((MIT))",
    ] {
        assert!(Expression::parse(valid).is_ok_and(|expression| expression.unlisted.is_empty()), "{valid}");
    }
    for invalid in [
        "",
        " ",
        "MIT ISC",
        "MIT OR",
        "AND MIT",
        "(MIT",
        "MIT)",
        "()",
        "MIT or ISC",
        "MIT WITH",
        "(MIT) WITH x",
        "NONE OR MIT",
        "LicenseRef-a b",
        "LicenseRef-a_b",
        "a/b",
        "MIT, ISC",
        "DocumentRef-x:MIT",
        "MIT()",
    ] {
        assert!(Expression::parse(invalid).is_err(), "{invalid}");
    }
    assert_eq!(Expression::parse("Foo WITH bar").unwrap().unlisted, ["Foo", "bar"]);
    let deep = format!("{}MIT{}", "(".repeat(200_000), ")".repeat(200_000));
    assert!(Expression::parse(&deep).is_ok());
}

#[test]
fn instants() {
    assert!(is_instant("2024-02-29T23:59:60Z"));
    for wrong in [
        "",
        "2024-01-02",
        "2023-02-29T00:00:00Z",
        "2024-01-02T03:04:05.1Z",
        "2024-01-02t03:04:05z",
        "2024-13-02T03:04:05Z",
    ] {
        assert!(!is_instant(wrong), "{wrong}");
    }
}
