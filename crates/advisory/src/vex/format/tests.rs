use super::*;

const ROCKET: &str = include_str!("../../../../../testdata/vex/openvex/rocket.json");

#[test]
fn what_is_no_vex_is_refused() {
    for text in
        ["", "{}", "[]", "17", "{\"@context\": \"https://schema.org\"}", "{\"bomFormat\": \"SPDX\"}", "{\"a\": "]
    {
        assert!(read(text.as_bytes(), &Limits::DEFAULT).is_err(), "{text}");
    }
    let mut limits = Limits::DEFAULT;
    limits.member_bytes = 10;
    assert!(matches!(read(ROCKET.as_bytes(), &limits), Err(VexError::Budget(_))));
}

#[test]
fn statements_of_in_toto_lend_their_subjects() {
    let text = r#"{
      "_type": "https://in-toto.io/Statement/v1",
      "predicateType": "https://openvex.dev/ns/v0.2.0",
      "subject": [
        {"name": "pkg:oci/rocket", "digest": {"sha256": "abababababababababababababababababababababababababababababababab"}},
        {"name": "rocket.tar", "digest": {"sha256": "short"}}
      ],
      "predicate": {
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://x.example/1", "author": "X", "version": 1,
        "timestamp": "2026-03-01T10:00:00Z",
        "statements": [
          {"vulnerability": {"name": "CVE-1"}, "status": "fixed"},
          {"vulnerability": {"name": "CVE-2"}, "status": "fixed", "products": [{"@id": "pkg:npm/a@1"}]},
          {"vulnerability": {"name": "CVE-3"}, "status": "not_affected"}
        ]
      }
    }"#;
    let document = read(text.as_bytes(), &Limits::DEFAULT).unwrap();
    let faults: Vec<_> = document.faults.iter().map(|fault| (fault.line, &*fault.pointer, fault.rule)).collect();
    assert_eq!(faults, [(Some(14), "/predicate/statements/2", "unjustified")]);
    let [first, second, _] = document.statements.as_slice() else { panic!() };
    assert_eq!((first.products.len(), first.products[0].identifiers.digests.len()), (1, 1));
    assert_eq!(second.products[0].identifiers.label(), "pkg:npm/a@1");
    assert!(first.sound);
    let doubled = text.replace("\"_type\"", "\"predicate\": {}, \"_type\"");
    assert!(read(doubled.as_bytes(), &Limits::DEFAULT).is_err());
}

/// Whatever is cut off or changed: it is read or refused, and what is read of it can be written and read again.
#[test]
fn pieces_of_documents_are_read_or_refused() {
    let documents: [&[u8]; 6] = [
        ROCKET.as_bytes(),
        include_bytes!("../../../../../testdata/vex/openvex/first-version.json"),
        include_bytes!("../../../../../testdata/vex/openvex/broken.json"),
        include_bytes!("../../../../../testdata/vex/csaf/harbour.json"),
        include_bytes!("../../../../../testdata/vex/csaf/broken.json"),
        include_bytes!("../../../../../testdata/vex/cyclonedx/rocket.json"),
    ];
    let try_out = |bytes: &[u8]| {
        drop(csaf::read_advisories(bytes, &Limits::DEFAULT));
        let Ok(document) = read(bytes, &Limits::DEFAULT) else { return };
        for format in [super::super::OutputFormat::OpenVex, super::super::OutputFormat::CycloneDx] {
            let written = super::super::write(&document, format, jiff::Timestamp::UNIX_EPOCH);
            read(written.document.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
        }
    };
    for bytes in documents {
        for at in (0..bytes.len()).step_by(37) {
            try_out(&bytes[..at]);
            for byte in *b"\"{]0\xff" {
                let mut changed = bytes.to_vec();
                changed[at] = byte;
                try_out(&changed);
            }
        }
    }
}
