//! Rules over the members of one object, and over texts that the table has no word for.

use super::Checker;
use crate::fault::FaultKind;
use crate::standard::Standard;
use crate::tree::{Members, Value};

/// Checks an object by its name in the table.
pub(super) fn check(checker: &mut Checker<'_>, object: &str, members: &Members) {
    match object {
        "document" => document(checker, members),
        "package" => package(checker, members),
        "file" => file(checker, members),
        "checksum" => checksum(checker, members),
        "range" => range(checker, members),
        "snippet" => snippet(checker, members),
        "external-reference" => external_reference(checker, members),
        _ => {}
    }
}

fn text<'t>(members: &'t Members, name: &str) -> Option<&'t str> {
    members.get(name).and_then(Value::as_str)
}

fn count(members: &Members, name: &str) -> usize {
    members.get(name).and_then(Value::as_array).map_or(0, <[Value]>::len)
}

/// Checks a text by its object and field.
pub(super) fn check_text(checker: &mut Checker<'_>, object: &str, field: &str, text: &str) {
    match (object, field) {
        ("document", "dataLicense") if text != "CC0-1.0" => {
            checker.fault(FaultKind::Semantic, "the license of a document's data is CC0-1.0 (clause 6.2)");
        }
        ("document", "SPDXID") if text != "SPDXRef-DOCUMENT" => {
            checker.fault(FaultKind::Semantic, "the id of a document is SPDXRef-DOCUMENT (clause 6.3)");
        }
        ("document", "documentNamespace") if text.contains('#') => {
            checker.fault(FaultKind::Format, "a namespace has no `#` (clause 6.5)");
        }
        ("extracted-license", "licenseId") => {
            let name = text.strip_prefix("LicenseRef-").unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
                checker.fault(FaultKind::Format, "not LicenseRef- with letters, digits, `.` and `-` (clause 10.1)");
            }
        }
        _ => {}
    }
}

fn document(checker: &mut Checker<'_>, members: &Members) {
    let id = text(members, "SPDXID").unwrap_or_default();
    let relationships = members.get("relationships").and_then(Value::as_array).unwrap_or_default();
    let describes = relationships.iter().any(|relationship| {
        let [kind, from, to] =
            ["relationshipType", "spdxElementId", "relatedSpdxElement"].map(|name| relationship.text_of(name));
        kind == Some("DESCRIBES") && from == Some(id) || kind == Some("DESCRIBED_BY") && to == Some(id)
    });
    if !describes && count(members, "documentDescribes") == 0 {
        checker.advise(FaultKind::Semantic, "nothing says what the document describes (clause 11.1)");
    }
}

fn package(checker: &mut Checker<'_>, members: &Members) {
    if members.get("filesAnalyzed").and_then(Value::as_bool) == Some(false) {
        for name in ["licenseInfoFromFiles", "packageVerificationCode", "hasFiles"] {
            let empty = members.get(name).and_then(Value::as_array).is_some_and(<[Value]>::is_empty);
            if members.has(name) && !empty {
                let message = format!("with filesAnalyzed false there is no {name} (clause 7.8)");
                // The official examples have it; nothing that reads them minds.
                if name == "licenseInfoFromFiles" {
                    checker.advise(FaultKind::Semantic, message);
                } else {
                    checker.fault(FaultKind::Semantic, message);
                }
            }
        }
    } else if checker.standard.version_name(checker.version) == "2.2" && !members.has("packageVerificationCode") {
        checker
            .advise(FaultKind::Semantic, "files were analyzed, but there is no packageVerificationCode (clause 3.9)");
    }
}

fn file(checker: &mut Checker<'_>, members: &Members) {
    let checksums = members.get("checksums").and_then(Value::as_array).unwrap_or_default();
    if !checksums.iter().any(|checksum| checksum.text_of("algorithm") == Some("SHA1")) {
        checker.advise(FaultKind::Semantic, "a file has a SHA1 (clause 8.4)");
    }
}

fn checksum(checker: &mut Checker<'_>, members: &Members) {
    let (Some(algorithm), Some(value)) = (text(members, "algorithm"), text(members, "checksumValue")) else { return };
    if !value.bytes().all(|byte| byte.is_ascii_hexdigit()) || value.is_empty() {
        return checker.fault(FaultKind::Format, "the value of a checksum is hexadecimal (clause 7.10)");
    }
    let algorithms = Standard::spdx2().enumerations().iter().find(|list| list.name == "checksum-algorithm");
    let known = algorithms.and_then(|list| list.value(algorithm, checker.version));
    let length = known.and_then(|known| known.words.get("length")?.parse::<usize>().ok());
    if let Some(length) = length.filter(|length| *length != value.len()) {
        let message = format!("{algorithm} has {length} digits, not {}", value.len());
        checker.fault(FaultKind::Format, message);
    }
}

fn range(checker: &mut Checker<'_>, members: &Members) {
    for name in ["offset", "lineNumber"] {
        let number = |pointer: &str| match members.get(pointer)?.get(name)? {
            Value::Number(text) => text.parse::<i64>().ok(),
            _ => None,
        };
        let (start, end) = (number("startPointer"), number("endPointer"));
        if start.is_some_and(|start| start < 1) || end.is_some_and(|end| end < 1) {
            checker.fault(FaultKind::Semantic, format!("{name} counts from 1 (clause 9.3)"));
        }
        if start > end && end.is_some() {
            checker.fault(FaultKind::Semantic, format!("{name} ends before it starts (clause 9.3)"));
        }
    }
}

fn snippet(checker: &mut Checker<'_>, members: &Members) {
    let Some(id) = text(members, "snippetFromFile") else { return };
    if checker.names.elements.get(id).is_some_and(|object| *object != "file") {
        checker.fault(FaultKind::Reference, "a snippet is from a file (clause 9.2)");
    }
}

fn external_reference(checker: &mut Checker<'_>, members: &Members) {
    let version = checker.standard.version_name(checker.version);
    let category = text(members, "referenceCategory").unwrap_or_default();
    // One is what the schema of 2.2 has, the other what the text has, and that of 2.3.
    let odd = match category {
        "PACKAGE-MANAGER" => version == "2.2",
        "PACKAGE_MANAGER" => version != "2.2",
        "PERSISTENT_ID" => true,
        _ => false,
    };
    if odd {
        checker.advise(FaultKind::Value, "the schema of this version spells the category otherwise");
    }
    let locator = text(members, "referenceLocator").unwrap_or_default();
    if locator.contains(char::is_whitespace) {
        checker.fault(FaultKind::Format, "a locator has no spaces (clause 7.21)");
    }
    if text(members, "referenceType") == Some("purl") && plimsoll_model::Purl::parse(locator).is_err() {
        checker.advise(FaultKind::Format, "not a purl, which its type says it is");
    }
}
