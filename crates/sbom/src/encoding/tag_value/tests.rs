use plimsoll_model::Limits;

use super::*;
use crate::encoding::{Omission, Parsed, ReadError};
use crate::fault::FaultKind;
use crate::standard::Standard;
use crate::tree::{Pointer, Value};

const HEAD: &str = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: a\n\
    DocumentNamespace: https://example.org/a\nCreator: Tool: x-1\nCreated: 2024-01-02T03:04:05Z\n";

fn read_text(text: &str) -> Parsed {
    read(text.as_bytes(), &Limits::DEFAULT).unwrap()
}

fn read_after_head(text: &str) -> Parsed {
    read_text(&format!("{HEAD}{text}"))
}

fn at<'t>(parsed: &'t Parsed, pointer: &str) -> Option<&'t Value> {
    parsed.tree.at(&Pointer::parse(pointer).unwrap())
}

fn text_at<'t>(parsed: &'t Parsed, pointer: &str) -> &'t str {
    at(parsed, pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

fn faults(parsed: &Parsed) -> Vec<(FaultKind, u32)> {
    parsed.faults.iter().map(|fault| (fault.kind, fault.line.unwrap())).collect()
}

fn write_tree(tree: &Value) -> (String, Vec<Omission>) {
    let mut out = Vec::new();
    let omissions = write(tree, Standard::spdx2().latest(), &mut out).unwrap();
    (String::from_utf8(out).unwrap(), omissions)
}

#[test]
fn reads_every_sort_of_section() {
    let parsed = read_after_head(
        "ExternalDocumentRef: DocumentRef-b https://example.org/b SHA1: 00\nLicenseListVersion: 3.20\n\
        ## Package\nPackageName: p\nSPDXID: SPDXRef-p\nFilesAnalyzed: True\nPackageVersion: 1.10\n\
        PackageVerificationCode: 00 (excludes: ./a, ./b)\nPackageChecksum: SHA256: 11\n\
        PrimaryPackagePurpose: OPERATING-SYSTEM\nExternalRef: PACKAGE-MANAGER purl pkg:npm/p@1.10\n\
        ExternalRefComment: <text>two\nlines</text>\n\
        Annotator: Person: Jo\nAnnotationDate: 2024-01-02T03:04:05Z\nAnnotationType: OTHER\nSPDXREF: SPDXRef-f\n\
        AnnotationComment: said\n\
        FileName: ./f\nSPDXID: SPDXRef-f\nArtifactOfProjectName: q\nArtifactOfProjectHomePage: https://q\n\
        SnippetSPDXID: SPDXRef-s\nSnippetByteRange: 1:20\nSnippetLineRange: 3:04\nSnippetFromFileSPDXID: SPDXRef-f\n\
        LicenseID: LicenseRef-1\nExtractedText: <text></text>\nReviewer: Person: Jo\nReviewDate: 2024-01-02T03:04:05Z\n\
        Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\nRelationshipComment: because\n",
    );
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    for (pointer, want) in [
        ("/creationInfo/creators/0", "Tool: x-1"),
        ("/creationInfo/licenseListVersion", "3.20"),
        ("/externalDocumentRefs/0/checksum/checksumValue", "00"),
        ("/packages/0/versionInfo", "1.10"),
        ("/packages/0/packageVerificationCode/packageVerificationCodeExcludedFiles/1", "./b"),
        ("/packages/0/primaryPackagePurpose", "OPERATING_SYSTEM"),
        ("/packages/0/externalRefs/0/referenceLocator", "pkg:npm/p@1.10"),
        ("/packages/0/externalRefs/0/comment", "two\nlines"),
        ("/files/0/annotations/0/comment", "said"),
        ("/files/0/artifactOfs/0/homePage", "https://q"),
        ("/snippets/0/ranges/1/endPointer/reference", "SPDXRef-f"),
        ("/hasExtractedLicensingInfos/0/extractedText", ""),
        ("/revieweds/0/reviewer", "Person: Jo"),
        ("/relationships/0/comment", "because"),
        // The file came after the package.
        ("/relationships/1/spdxElementId", "SPDXRef-p"),
        ("/relationships/1/relationshipType", "CONTAINS"),
    ] {
        assert_eq!(text_at(&parsed, pointer), want, "{pointer}");
    }
    assert_eq!(at(&parsed, "/packages/0/filesAnalyzed").and_then(Value::as_bool), Some(true));
    assert!(matches!(at(&parsed, "/snippets/0/ranges/1/endPointer/lineNumber"), Some(Value::Number(n)) if &**n == "4"));
}

#[test]
fn bytes_may_come_in_any_unicode_and_with_any_line_end() {
    let text = format!("{HEAD}DocumentComment: <text>ä\nb</text>\n");
    let want = read_text(&text);
    assert_eq!(text_at(&want, "/comment"), "ä\nb");
    let utf16: Vec<u8> = "\u{feff}".chars().chain(text.chars()).map(|c| c as u16).flat_map(u16::to_le_bytes).collect();
    for bytes in
        [utf16, format!("\u{feff}{text}").into(), text.replace('\n', "\r\n").into(), text.replace('\n', "\r").into()]
    {
        assert_eq!(read(&bytes, &Limits::DEFAULT).unwrap().tree, want.tree);
    }
    assert!(matches!(read(b"SPDXVersion: SPDX-2.3\n\xff", &Limits::DEFAULT), Err(ReadError::Syntax(_))));
}

#[test]
fn what_is_wrong_has_its_line_and_the_rest_is_kept() {
    let parsed = read_after_head(
        "Unknown: 1\nnothing\nPackageVersion: 1\nPackageName: p\nPackageName: q\nPackageVersion: 1\nPackageVersion: 2\n\
        FileName: f\nPackageSummary: late\nFilesAnalyzed: no\nPackageChecksum: SHA1\nRelationship: a b\nSPDXREF: x\n\
        AnnotationType: OTHER\nSPDXREF: SPDXRef-none\nDocumentComment: <text>a</text> b\nCreatorComment: <text>open\n",
    );
    let want = [
        (FaultKind::Unknown, 8),
        (FaultKind::Syntax, 9),
        (FaultKind::Order, 10),
        (FaultKind::Duplicate, 14),
        (FaultKind::Order, 16),
        (FaultKind::Order, 17),
        (FaultKind::Syntax, 17),
        (FaultKind::Order, 18),
        (FaultKind::Syntax, 18),
        (FaultKind::Syntax, 19),
        (FaultKind::Order, 20),
        (FaultKind::Order, 21),
        (FaultKind::Syntax, 23),
        (FaultKind::Syntax, 24),
        (FaultKind::Reference, 22),
    ];
    assert_eq!(faults(&parsed), want, "{:#?}", parsed.faults);
    assert_eq!(text_at(&parsed, "/packages/1/versionInfo"), "1");
    assert_eq!(text_at(&parsed, "/packages/1/summary"), "late");
    assert_eq!(text_at(&parsed, "/annotations/0/annotationType"), "OTHER");
    assert_eq!(text_at(&parsed, "/creationInfo/comment"), "open");
}

#[test]
fn no_value_can_make_a_tag() {
    // In every text of a document that has one of each, and each sort of line end.
    let whole = read_after_head(
        "DocumentComment: c\nExternalDocumentRef: DocumentRef-b https://example.org/b SHA1: 00\nFileName: ./f\n\
        SPDXID: SPDXRef-f\nFileType: TEXT\nFileContributor: x\nPackageName: p\nSPDXID: SPDXRef-p\nPackageVersion: 1\n\
        PackageSupplier: NOASSERTION\nPackageVerificationCode: 00 (excludes: ./a)\nPackageChecksum: SHA256: 11\n\
        ExternalRef: OTHER a b\nExternalRefComment: c\nPackageDownloadLocation: NONE\n\
        SnippetSPDXID: SPDXRef-s\nSnippetFromFileSPDXID: SPDXRef-f\nSnippetByteRange: 1:2\nLicenseID: LicenseRef-1\n\
        ExtractedText: t\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\nAnnotator: Tool: x\nSPDXREF: SPDXRef-p\n",
    );
    let mut places = Vec::new();
    collect(&whole.tree, Pointer::root(), &mut places);
    assert!(places.len() > 35);
    for place in places {
        for evil in [
            "x\nPackageName: forged",
            "x\r\nPackageName: forged",
            "x\rPackageName: forged",
            "\nPackageName: forged\n",
            "x</text>\nPackageName: forged",
            "<text>x\nPackageName: forged",
            "x\u{2028}PackageName: forged",
            "x\u{85}PackageName: forged\u{0}",
            " PackageName: forged",
            "x)\nPackageName: forged",
        ] {
            let mut tree = whole.tree.clone();
            replace(&mut tree, &place, evil);
            let (text, omissions) = write_tree(&tree);
            let Ok(again) = read(text.as_bytes(), &Limits::DEFAULT) else {
                // The version itself was changed.
                assert_eq!(place.as_str(), "/spdxVersion");
                continue;
            };
            assert!(again.tree.items_of("packages").len() <= 1, "{place} {evil:?}:\n{text}");
            assert!(
                again.faults.iter().all(|fault| fault.kind == FaultKind::Reference),
                "{place} {evil:?}: {:?}",
                again.faults
            );
            let kept = text_of(&again.tree, &place) == Some(evil);
            assert!(kept || !omissions.is_empty(), "{place} {evil:?} is lost in silence:\n{text}");
            // Python's and others' idea of a line.
            let lines = text.split(['\n', '\r', '\u{85}', '\u{b}', '\u{c}']);
            let bare = lines.filter(|line| line.starts_with("PackageName:")).count();
            assert!(bare <= 1 || text.contains("<text>"), "{place} {evil:?}:\n{text}");
        }
    }
}

fn text_of<'t>(tree: &'t Value, place: &Pointer) -> Option<&'t str> {
    tree.at(place).and_then(Value::as_str)
}

fn collect(value: &Value, place: Pointer, places: &mut Vec<Pointer>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| collect(value, place.member(name), places)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| collect(value, place.item(at), places)),
        Value::String(_) => places.push(place),
        _ => {}
    }
}

fn replace(tree: &mut Value, place: &Pointer, text: &str) {
    let target = place.steps().fold(tree, |value, step| match value {
        Value::Object(members) => members.get_mut(&step).unwrap(),
        Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
        _ => panic!("{place}"),
    });
    *target = Value::text(text);
}

#[test]
fn what_tags_cannot_hold_is_said() {
    let json = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "$schema": "x", "documentDescribes": ["SPDXRef-p"],
        "comment": "a</text>b\r\nc\u0001", "other": 1, "files": [], "name": null,
        "packages": [{"name": "p", "SPDXID": "SPDXRef-p", "hasFiles": ["SPDXRef-f"], "externalRefs":
            [{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "a b"}]}, {"SPDXID": "x"}],
        "snippets": [{"SPDXID": "SPDXRef-s", "snippetFromFile": "SPDXRef-f", "ranges": [
            {"startPointer": {"reference": "SPDXRef-g", "offset": 1}, "endPointer": {"reference": "SPDXRef-f", "offset": 2}}]}]}"#;
    let parsed = crate::json::read(json.as_bytes(), crate::encoding::Encoding::SpdxJson, &Limits::DEFAULT).unwrap();
    let (text, omissions) = write_tree(&parsed.tree);
    let said: Vec<&str> = omissions.iter().map(|omission| omission.pointer.as_str()).collect();
    let want = [
        "/name",
        "/comment",
        "/comment",
        "/comment",
        "/other",
        "/$schema",
        "/files",
        "/packages/0/externalRefs/0/referenceCategory",
        "/packages/0/externalRefs/0/referenceLocator",
        "/packages/1",
        "/snippets/0/ranges/0",
        "/documentDescribes",
        "/packages/0/hasFiles",
    ];
    let (mut said_sorted, mut want_sorted) = (said.clone(), want.to_vec());
    said_sorted.sort_unstable();
    want_sorted.sort_unstable();
    assert_eq!(said_sorted, want_sorted, "{text}");
    assert!(text.contains("DocumentComment: <text>a&lt;/text>b\nc\u{fffd}</text>\n"), "{text}");
    assert!(text.contains("ExternalRef: PACKAGE-MANAGER purl a%20b\n"));
    assert!(
        text.contains(
            "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\nRelationship: SPDXRef-p CONTAINS SPDXRef-f\n"
        )
    );
}

#[test]
fn a_large_file_takes_linear_time() {
    let mut text = HEAD.to_owned();
    for n in 0..20_000 {
        text += &format!("PackageName: p{n}\nSPDXID: SPDXRef-p{n}\nFileName: f{n}\nSPDXID: SPDXRef-f{n}\n");
    }
    text += &"Annotator: Tool: x\nSPDXREF: SPDXRef-p7\n".repeat(20_000);
    let parsed = read_text(&text);
    assert_eq!(parsed.tree.items_of("relationships").len(), 20_000);
    assert_eq!(at(&parsed, "/packages/7/annotations").and_then(Value::as_array).map(<[_]>::len), Some(20_000));
    // No end to an open text does not make it longer.
    let open = format!("{HEAD}{}", "DocumentComment: <text>\n".repeat(50_000));
    assert_eq!(read_text(&open).faults.len(), 1);
}

#[test]
fn more_tags_than_may_be_are_a_limit() {
    let mut limits = Limits::DEFAULT;
    limits.entries = 8;
    assert!(read(format!("{HEAD}DocumentComment: a\n").as_bytes(), &limits).is_ok());
    let error = read(format!("{HEAD}DocumentComment: a\nPackageName: b\n").as_bytes(), &limits).unwrap_err();
    assert!(matches!(error, ReadError::Limit(fault) if fault.line == Some(9)));
}
