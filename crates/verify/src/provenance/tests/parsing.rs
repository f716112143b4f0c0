//! The parsing rules of in-toto, each by name: <https://github.com/in-toto/attestation/blob/main/spec/v1/README.md#parsing-rules>
//! and what other verifiers get wrong of them.

use plimsoll_attest::{Envelope, is_in_toto_payload};

use super::*;

/// Objects whose keys mean something to whoever verifies: digests and parameters.
const MEANT: &[&str] = &["externalParameters", "digest"];

/// Adds a field to every object.
fn with_unknown_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                if !MEANT.contains(&key.as_str()) {
                    with_unknown_fields(value);
                }
            }
            fields.insert("x-later".into(), json!({ "deep": [1, null, {}] }));
        }
        Value::Array(items) => items.iter_mut().for_each(with_unknown_fields),
        _ => {}
    }
}

#[test]
fn unknown_fields_are_ignored_at_every_level() {
    let mut changed = statement();
    with_unknown_fields(&mut changed);
    assert_eq!(changed["predicate"]["runDetails"]["builder"]["x-later"]["deep"][0], 1);
    // What maps names to texts is no place for objects.
    changed["predicate"]["runDetails"]["builder"]["version"] = json!({ "kiln": "3" });
    assert_eq!(code_of(&changed, BuildExpectation::default()), None);
    // Also in the envelope.
    let key = Key::new();
    let mut envelope: Value = serde_json::from_str(&key.sign(&statement())).unwrap();
    with_unknown_fields(&mut envelope);
    assert_eq!(code(&envelope.to_string(), &key.expects(BuildExpectation::default())), None);
}

#[test]
fn null_is_the_same_as_absent() {
    for place in [
        "/subject/0/name",
        "/predicate/buildDefinition/internalParameters",
        "/predicate/runDetails/builder/version",
        "/predicate/runDetails/metadata",
        "/predicate/runDetails/metadata/invocationId",
        "/predicate/runDetails/byproducts",
        "/predicate/runDetails/byproducts/0/uri",
        "/predicate/buildDefinition/externalParameters/job",
    ] {
        let mut changed = statement();
        *changed.pointer_mut(place).unwrap() = Value::Null;
        assert_eq!(code_of(&changed, BuildExpectation::default()), None, "{place}");
    }
    for place in ["/subject/0", "/predicate/buildDefinition/resolvedDependencies/0"] {
        let mut changed = statement();
        changed.pointer_mut(place).unwrap()["digest"]["sha384"] = Value::Null;
        changed.pointer_mut(place).unwrap()["annotations"] = Value::Null;
        assert_eq!(code_of(&changed, BuildExpectation::default()), None, "{place}");
    }
    // What has to be there is not there when it is null.
    for (place, why) in [
        ("/subject/0/digest", Code::Statement),
        ("/subject/0/digest/sha256", Code::Statement),
        ("/subject", Code::Statement),
        ("/predicate", Code::Provenance),
        ("/predicate/runDetails", Code::Provenance),
        ("/predicate/runDetails/builder", Code::Provenance),
        ("/predicate/buildDefinition/buildType", Code::Provenance),
    ] {
        let mut changed = statement();
        *changed.pointer_mut(place).unwrap() = Value::Null;
        assert_eq!(code_of(&changed, BuildExpectation::default()), Some(why), "{place}");
    }
}

#[test]
fn any_version_of_the_statement_goes_with_any_version_of_the_predicate() {
    let v02 = json!({ "builder": { "id": BUILDER }, "buildType": "https://builds.example/kiln" });
    let v01 = json!({ "builder": { "id": BUILDER }, "recipe": { "type": "https://builds.example/kiln" } });
    for version in ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"] {
        for (predicate_type, predicate) in [
            ("https://slsa.dev/provenance/v1", statement()["predicate"].clone()),
            ("https://slsa.dev/provenance/v1.0", statement()["predicate"].clone()),
            ("https://slsa.dev/provenance/v0.2", v02.clone()),
            ("https://slsa.dev/provenance/v0.1", v01.clone()),
        ] {
            let mut changed = statement();
            changed["_type"] = version.into();
            changed["predicateType"] = predicate_type.into();
            changed["predicate"] = predicate;
            assert_eq!(code_of(&changed, BuildExpectation::default()), None, "{version} {predicate_type}");
        }
    }
    for (field, value, why) in [
        ("_type", "https://in-toto.io/Statement/v2", Code::Statement),
        ("_type", "https://in-toto.io/Statement/V1", Code::Statement),
        ("predicateType", "https://slsa.dev/provenance/v2", Code::PredicateType),
        ("predicateType", "https://slsa.dev/provenance/v1/", Code::PredicateType),
        ("predicateType", "https://slsa.dev/verification_summary/v1", Code::PredicateType),
    ] {
        let mut changed = statement();
        changed[field] = value.into();
        assert_eq!(code_of(&changed, BuildExpectation::default()), Some(why), "{value}");
    }
}

#[test]
fn the_type_of_the_payload_may_name_the_predicate() {
    let key = Key::new();
    let expectation = key.expects(BuildExpectation::default());
    for (payload_type, why) in [
        ("application/vnd.in-toto+json", None),
        ("application/vnd.in-toto.provenance+json", None),
        ("application/vnd.in-toto.slsa-provenance+json", None),
        ("application/vnd.in-toto.provenance+dsse", Some(Code::Statement)),
        ("application/json", Some(Code::Statement)),
        ("https://example.org/type", Some(Code::Statement)),
        ("", Some(Code::Statement)),
    ] {
        assert_eq!(is_in_toto_payload(payload_type), why.is_none());
        let envelope = key.envelope(payload_type, &statement().to_string());
        assert_eq!(code(&envelope, &expectation), why, "{payload_type}");
        let bundle = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": { "publicKey": { "hint": "ours" } },
            "dsseEnvelope": serde_json::from_str::<Value>(&envelope).unwrap(),
        });
        assert_eq!(code(&bundle.to_string(), &expectation), why, "bundle {payload_type}");
    }
    // It is part of what is signed.
    let mut envelope: Value = serde_json::from_str(&key.sign(&statement())).unwrap();
    envelope["payloadType"] = "application/vnd.in-toto.provenance+json".into();
    assert_eq!(code(&envelope.to_string(), &expectation), Some(Code::Signature));
}

/// Lines that prove nothing, of all sorts.
fn junk(key: &Key) -> Vec<String> {
    let mut of_another = statement();
    of_another["subject"][0]["digest"]["sha256"] = sha256(b"another").into();
    let mut of_another_builder = statement();
    of_another_builder["predicate"]["runDetails"]["builder"]["id"] = "https://builds.example/other".into();
    let mut of_another_type = statement();
    of_another_type["predicateType"] = "https://spdx.dev/Document".into();
    let good = key.sign(&statement());
    vec![
        "# a note".to_owned(),
        "{\"some\": \"object\"}".to_owned(),
        "[1, 2]".to_owned(),
        "\"text\"".to_owned(),
        "{\"payload\": ".to_owned(),
        "{\"payloadType\": 1, \"payload\": 2, \"signatures\": {}}".to_owned(),
        "\u{feff}null".to_owned(),
        good.replace("payload\":", "payload\":\"\",\"payload\":"),
        good.replace("\"sig\":\"M", "\"sig\":\"N"),
        Key::new().sign(&statement()),
        key.sign(&of_another),
        key.sign(&of_another_builder),
        key.sign(&of_another_type),
        key.envelope("application/vnd.in-toto+json", "not JSON"),
    ]
}

#[test]
fn lines_that_are_junk_hide_nothing() {
    let key = Key::new();
    let expectation = key.expects(BuildExpectation::default());
    let good = key.sign(&statement());
    for line in junk(&key) {
        for document in
            [format!("{line}\n{good}"), format!("{good}\n{line}\n"), format!("\n\n{line}\r\n{good}\n{line}\n\n")]
        {
            assert_eq!(code(&document, &expectation), None, "{document}");
        }
        // By itself it proves nothing, whether it can be read or not.
        let alone = read_evidence(line.as_bytes(), "evidence");
        let proven =
            alone.is_ok_and(|pieces| verify_provenance(&pieces, &artifact(), &expectation, roots()).is_proven());
        assert!(!proven, "{line}");
    }
    let all = junk(&key).join("\n");
    assert!(code(&all, &expectation).is_some());
    assert_eq!(code(&format!("{all}\n{good}"), &expectation), None);
}

#[test]
fn more_evidence_never_refuses_and_less_never_proves() {
    let key = Key::new();
    let expectation = key.expects(BuildExpectation::default());
    let good = key.sign(&statement());
    let mut lines = junk(&key);
    lines.truncate(13);
    lines.push(good.clone());
    let count = lines.len();
    // All sets of up to four of them, and all but up to two.
    for mask in 1_u32..1 << count {
        let size = mask.count_ones();
        if size > 3 && size < u32::try_from(count).unwrap() - 1 {
            continue;
        }
        let chosen: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(index, _)| mask >> index & 1 == 1)
            .map(|(_, line)| line.as_str())
            .collect();
        let Ok(pieces) = read_evidence(chosen.join("\n").as_bytes(), "evidence") else {
            assert!(!chosen.contains(&good.as_str()), "{chosen:?}");
            continue;
        };
        let outcome = verify_provenance(&pieces, &artifact(), &expectation, roots());
        assert_eq!(outcome.is_proven(), chosen.contains(&good.as_str()), "{chosen:?}");
    }
}

#[test]
fn the_order_of_evidence_makes_no_difference() {
    let key = Key::new();
    let expectation = key.expects(BuildExpectation::default());
    let mut other = statement();
    other["predicate"]["runDetails"]["metadata"]["invocationId"] = "8".into();
    let mut lines = junk(&key);
    lines.truncate(9);
    lines.extend([key.sign(&statement()), key.sign(&other)]);
    let mut seen = Vec::new();
    for turn in 0..lines.len() {
        lines.rotate_left(1);
        if turn % 2 == 1 {
            lines.swap(0, 5);
        }
        let outcome = judge(&lines.join("\n"), &expectation);
        let mut runs: Vec<_> = outcome.proven().iter().filter_map(|build| build.view().invocation.clone()).collect();
        runs.sort();
        let mut codes: Vec<Code> = outcome.refused().iter().map(super::super::ProvenanceRefusal::code).collect();
        codes.sort_by_key(|code| code.to_string());
        seen.push((runs, codes));
    }
    assert_eq!(seen[0].0, ["7", "8"]);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[test]
fn base64_may_be_of_either_alphabet_with_or_without_padding() {
    let key = Key::new();
    let expectation = key.expects(BuildExpectation::default());
    // Bytes that the alphabets write differently.
    let mut changed = statement();
    changed["subject"][0]["name"] = "a?>~ü??>>".into();
    let envelope = Envelope::parse(key.sign(&changed).as_bytes()).unwrap();
    let (payload, signature) = (&envelope.payload, &envelope.signatures[0].signature);
    for encoding in [BASE64, data_encoding::BASE64_NOPAD, data_encoding::BASE64URL, data_encoding::BASE64URL_NOPAD] {
        let document = json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": encoding.encode(payload),
            "signatures": [{ "sig": encoding.encode(signature) }],
        });
        assert_eq!(code(&document.to_string(), &expectation), None, "{document}");
    }
}

/// Any one digest that is good enough does; weak ones never do, and those of algorithms that nobody knows are passed over.
#[test]
fn digests_of_a_subject() {
    let (right, long) = (sha256(ARTIFACT), sha512(ARTIFACT));
    let wrong = sha256(b"another");
    let (md5, sha1) = ("d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    for (digest, why) in [
        (json!({ "sha256": right }), None),
        (json!({ "sha512": long }), None),
        (json!({ "sha256": right, "sha512": long }), None),
        (json!({ "sha256": right, "blake9000": "zz zz" }), None),
        (json!({ "sha256": right, "blake9000": "" }), None),
        (json!({ "sha256": right, "md5": md5, "sha1": sha1 }), None),
        (json!({ "sha512": long, "sha256": null }), None),
        (json!({ "md5": md5 }), Some(Code::Subject)),
        (json!({ "sha1": sha1 }), Some(Code::Subject)),
        (json!({ "md5": md5, "sha1": sha1, "gitCommit": sha1 }), Some(Code::Subject)),
        (json!({ "blake9000": right }), Some(Code::Subject)),
        (json!({ "SHA256": right }), Some(Code::Subject)),
        (json!({ "sha256": wrong }), Some(Code::Subject)),
        // Two digests of which one is another's: what it is about cannot be told.
        (json!({ "sha256": right, "sha512": sha512(b"another") }), Some(Code::Subject)),
        (json!({ "sha256": wrong, "sha512": long }), Some(Code::Subject)),
        (json!({ "sha256": right.to_uppercase() }), Some(Code::Statement)),
        (json!({}), Some(Code::Statement)),
    ] {
        let mut changed = statement();
        changed["subject"][0]["digest"] = digest.clone();
        assert_eq!(code_of(&changed, BuildExpectation::default()), why, "{digest}");
        // Beside a subject of another artifact.
        let own = changed["subject"][0].clone();
        changed["subject"] = json!([{ "name": "b", "digest": { "sha256": wrong } }, own]);
        assert_eq!(code_of(&changed, BuildExpectation::default()), why, "{digest}");
    }
}

/// An artifact by SHA-512 alone is not one that somebody named by SHA-256.
#[test]
fn a_digest_is_of_its_algorithm() {
    let key = Key::new();
    let evidence = read(&key.sign(&statement()));
    let judge = |text: &str| {
        let subject = Subject::digest(text).unwrap();
        verify_provenance(&evidence, &subject, &key.expects(BuildExpectation::default()), roots()).is_proven()
    };
    assert!(judge(&format!("sha256:{}", sha256(ARTIFACT))));
    assert!(!judge(&format!("sha512:{}", sha512(ARTIFACT))));
}
