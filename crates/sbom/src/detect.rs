//! What sort of document some bytes are, by what stands in them. Names of files count for nothing.

use std::borrow::Cow;

use plimsoll_model::Limits;

use crate::encoding::{self, Encoding, Parsed, ReadError, protobuf};
use crate::json::lexer::text;
use crate::json::peek::{Peeked, peek_until};

/// What is looked for, as an error says it.
const LOOKED_FOR: &[&str] = &[
    "JSON with bomFormat, spdxVersion or an SPDX 3 @context",
    "XML with a CycloneDX, SPDX or RDF root element",
    "a SPDXVersion: tag",
    "YAML with spdxVersion",
    "CycloneDX protobuf",
];

/// How far into a text its marks are looked for, where they need not come first.
const HEAD: usize = 64 * 1024;

/// Reads a document of any encoding.
///
/// # Errors
/// It is none, of a version that cannot be read, broken, or beyond a limit.
pub fn open(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    encoding::read(bytes, detect(bytes)?, limits)
}

/// The encoding of a document.
///
/// # Errors
/// It has the marks of none.
pub fn detect(bytes: &[u8]) -> Result<Encoding, ReadError> {
    detect_text(bytes).map(|(encoding, _)| encoding)
}

/// The same, with the text that the bytes are, for what reads on; none of binary encodings.
///
/// # Errors
/// As [`detect`].
pub fn detect_text(bytes: &[u8]) -> Result<(Encoding, Option<Cow<'_, str>>), ReadError> {
    let unknown = || ReadError::Unknown { looked_for: LOOKED_FOR.to_vec() };
    // First, as all its text may be UTF-8; no text starts with the number of a field and a length.
    if protobuf::is_binary(bytes) {
        return Ok((Encoding::CycloneDxProtobuf, None));
    }
    let Ok(text) = text(bytes) else { return Err(unknown()) };
    let start = text.trim_start();
    let encoding = match start.as_bytes().first() {
        Some(b'{') => json(start)?,
        Some(b'<') => xml(start),
        _ => lines(&text).or_else(|| protobuf::looks_like_text(bytes).map(|_| Encoding::CycloneDxTextproto)),
    };
    encoding.map(|encoding| (encoding, Some(text))).ok_or_else(unknown)
}

fn json(text: &str) -> Result<Option<Encoding>, ReadError> {
    let names = ["bomFormat", "spdxVersion", "@context", "specFormat", "specVersion", "SPDXID"];
    // These two settle it, and stand at the top of nearly every file: the rest of a large one is not read for what is not there.
    let settled = |name: &str, member: &Peeked| match name {
        "bomFormat" => member.text() == Some("CycloneDX"),
        "spdxVersion" => member.text().is_some_and(|version| version.starts_with("SPDX-")),
        _ => false,
    };
    let [format, spdx, context, next, version, id] = peek_until(text, &names, settled);
    if next.text() == Some("CycloneDX") {
        // CycloneDX 2.0 renames the member.
        let version = version.text().unwrap_or_default().to_owned();
        return Err(ReadError::UnknownVersion { standard: "cyclonedx", version });
    }
    let there = |member: &Peeked| *member != Peeked::Absent;
    Ok(if format.text() == Some("CycloneDX") {
        Some(Encoding::CycloneDxJson)
    } else if there(&spdx) || there(&id) {
        Some(Encoding::SpdxJson)
    } else if context.text().is_some_and(|context| context.contains("spdx.org/rdf/")) {
        Some(Encoding::Spdx3Json)
    } else if there(&format) || there(&version) && version.text().is_some_and(|text| text.starts_with("1.")) {
        // A wrong or missing bomFormat is a fault that validation names.
        Some(Encoding::CycloneDxJson)
    } else {
        None
    })
}

/// The first element of an XML text: its name without prefix, and the text of its tag.
fn root(mut text: &str) -> Option<(&str, &str)> {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("<?") {
            text.find("?>")?.checked_add(2)?
        } else if text.starts_with("<!--") {
            text.find("-->")?.checked_add(3)?
        } else if text.starts_with("<!") {
            // A DOCTYPE, which the reader refuses; what follows tells whose document it claims to be.
            let inner = text.find('[').filter(|at| text.find('>').is_some_and(|end| *at < end));
            match inner {
                Some(_) => text.find("]>")?.checked_add(2)?,
                None => text.find('>')?.checked_add(1)?,
            }
        } else {
            break;
        };
        text = text.get(end..)?;
    }
    let tag = text.strip_prefix('<')?;
    let tag = tag.get(..tag.find('>')?)?;
    let name = tag.split([' ', '\t', '\r', '\n', '/']).next()?;
    Some((name.rsplit(':').next().unwrap_or(name), tag))
}

fn xml(text: &str) -> Option<Encoding> {
    match root(text)? {
        ("bom", _) => Some(Encoding::CycloneDxXml),
        ("RDF", tag)
            if tag.contains("spdx.org/rdf/")
                || text.get(..text.len().min(HEAD)).is_none_or(|head| head.contains("spdx.org/rdf/")) =>
        {
            Some(Encoding::SpdxRdfXml)
        }
        ("Document" | "SpdxDocument", _) => Some(Encoding::SpdxXml),
        _ => None,
    }
}

fn lines(text: &str) -> Option<Encoding> {
    let mut read = 0_usize;
    for line in text.lines() {
        let found = line.split_once(':').and_then(|(name, _)| match name.trim_end().trim_matches(['"', '\'']) {
            "SPDXVersion" => Some(Encoding::SpdxTagValue),
            "spdxVersion" => Some(Encoding::SpdxYaml),
            "spec_version" => Some(Encoding::CycloneDxTextproto),
            _ => None,
        });
        if found.is_some() {
            return found;
        }
        read = read.saturating_add(line.len());
        if read > HEAD {
            break;
        }
    }
    // A YAML mapping may name its version last.
    let yaml = text.lines().any(|line| line.starts_with("spdxVersion:") || line.starts_with("SPDXVersion:"));
    yaml.then(|| {
        if text.lines().any(|line| line.starts_with("SPDXVersion:")) {
            Encoding::SpdxTagValue
        } else {
            Encoding::SpdxYaml
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_content() {
        let of = |text: &str| detect(text.as_bytes()).ok();
        assert_eq!(of(r#"{"components": [], "bomFormat": "CycloneDX"}"#), Some(Encoding::CycloneDxJson));
        assert_eq!(of(r#"{"SPDXID": "SPDXRef-DOCUMENT"}"#), Some(Encoding::SpdxJson));
        assert_eq!(of(r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#), Some(Encoding::Spdx3Json));
        assert_eq!(of("<?xml version='1.0'?><!-- x --><a:bom xmlns:a='u'>"), Some(Encoding::CycloneDxXml));
        assert_eq!(of("<!DOCTYPE bom [<!ENTITY a 'b'>]>\n<bom/>"), Some(Encoding::CycloneDxXml));
        assert_eq!(of("# comment\nSPDXVersion: SPDX-2.3\n"), Some(Encoding::SpdxTagValue));
        assert_eq!(of("---\nspdxVersion: \"SPDX-2.3\"\n"), Some(Encoding::SpdxYaml));
        assert_eq!(of("\n\u{3}1.6\u{10}\u{1}"), Some(Encoding::CycloneDxProtobuf));
        assert_eq!(of("# proto-file: schema/bom-1.7.proto\ncomponents {}"), Some(Encoding::CycloneDxTextproto));
        assert_eq!(of("metadata {}\nspec_version: '1.4'"), Some(Encoding::CycloneDxTextproto));
        assert_eq!(of("{}"), None);
        assert_eq!(of("<html></html>"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn the_next_major_version_is_named() {
        let error = detect(br#"{"specFormat": "CycloneDX", "specVersion": "2.0"}"#).unwrap_err().to_string();
        assert!(error.contains("2.0"), "{error}");
    }
}
