//! Whether some bytes may be a document of ours, without reading them all.

/// How much of a file is looked at.
pub(super) const HEAD: usize = 64 << 10;

/// Texts of which one is in every SBOM and attestation.
const MARKS: &[&str] = &[
    "bomFormat",
    "specVersion",
    "spdxVersion",
    "SPDXVersion",
    "SPDXID",
    "spdx.org",
    "cyclonedx.org",
    "spec_version",
    "predicateType",
    "dsseEnvelope",
    "payloadType",
    "\"payload\"",
    "verificationMaterial",
];

/// Whether a file that begins so may be an SBOM or an attestation.
pub(super) fn may_be(head: &[u8]) -> bool {
    // CycloneDX in protobuf: field 1, the version of the specification.
    if matches!(head, [0x0a, 3 | 4, b'1', b'.', ..]) {
        return true;
    }
    // UTF-16, with its mark.
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if text.contains(&0) {
        return false;
    }
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[' | b'<') => true,
        Some(_) => is_marked(text),
        None => false,
    }
}

/// Whether there is a mark of an SBOM or attestation.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    MARKS.iter().any(|mark| text.contains(mark))
}

/// Whether a file is named as people name SBOMs and attestations: one that is none is a fault, and not just another file.
pub(super) fn is_named_like_one(place: &str) -> bool {
    let name = place.rsplit('/').next().unwrap_or(place).to_ascii_lowercase();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    match extension {
        "spdx" => true,
        "json" | "jsonl" | "xml" | "yaml" | "yml" | "pb" | "textproto" | "rdf" => {
            let words: Vec<&str> = stem.split(|c: char| !c.is_ascii_alphanumeric()).collect();
            words.iter().any(|word| ["sbom", "bom", "cdx", "cyclonedx", "spdx", "intoto", "sigstore"].contains(word))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_beginning() {
        for head in ["{", " \n[1]", "\u{feff}{}", "<bom", "SPDXVersion: SPDX-2.3", "spdxVersion: SPDX-2.3"] {
            assert!(may_be(head.as_bytes()), "{head}");
        }
        assert!(may_be(b"\x0a\x031.5rest"));
        for head in [&b""[..], b"   ", b"\x7fELF\0\0", b"{\0", b"hello", b"#!/bin/sh"] {
            assert!(!may_be(head), "{head:?}");
        }
    }

    #[test]
    fn names() {
        for name in ["a/app.cdx.json", "bom.xml", "x.spdx", "my-sbom.json", "a.spdx.yaml", "a.intoto.jsonl"] {
            assert!(is_named_like_one(name), "{name}");
        }
        for name in ["package.json", "bombs.json", "sbom", "sbom.md", "dir.cdx.json/readme"] {
            assert!(!is_named_like_one(name), "{name}");
        }
    }
}
