use super::*;
use crate::tree::Members;

const DOCUMENT: &str = r#"
# proto-message: cyclonedx.v1_6.Bom
spec_version: "1.6"  # which table
serial_number: 'urn:uuid:3e671687-' '395b-41f5-a30f-a58921a69b79'; version: 1
metadata { timestamp: { seconds: 1586809239, nanos: 500000000 } }
components: [
  { type: CLASSIFICATION_LIBRARY name: "caf\303\251 \"\u00e9\"\n" hashes < alg: HASH_ALG_SHA_1 value: "00" > },
  { type: 10 name: "b" modified: true version: "2" }
]
dependencies { ref: "a" dependencies { ref: "b" dependencies { ref: "c" } } dependencies { ref: "d" } }
vulnerabilities { cwes: [ 0x10, 017, 20 ] cwes: 3 ratings { score: -1.5e1 severity: SEVERITY_UNKNOWN } }
"#;

fn version(name: &str) -> VersionIndex {
    Standard::cyclonedx().version(name).unwrap()
}

fn from_text(text: &str) -> Parsed {
    read_text(text.as_bytes(), &Limits::default()).unwrap()
}

fn from_bytes(bytes: &[u8]) -> Parsed {
    read(bytes, &Limits::default()).unwrap()
}

fn to_bytes(parsed: &Parsed) -> Vec<u8> {
    let mut out = Vec::new();
    write(&parsed.tree, parsed.version, &mut out).unwrap();
    out
}

fn to_text(parsed: &Parsed) -> String {
    let mut out = Vec::new();
    write_text(&parsed.tree, parsed.version, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at<'a>(parsed: &'a Parsed, pointer: &str) -> Option<&'a Value> {
    parsed.tree.at(&Pointer::parse(pointer).unwrap())
}

fn text_at<'a>(parsed: &'a Parsed, pointer: &str) -> Option<&'a str> {
    at(parsed, pointer)?.as_str()
}

fn faults(parsed: &Parsed) -> Vec<String> {
    parsed.faults.iter().map(ToString::to_string).collect()
}

/// A message of a field of bytes.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_bytes(&mut out, number, bytes);
    out
}

/// A document of 1.6 with more fields.
fn document(fields: &[Vec<u8>]) -> Vec<u8> {
    [field(1, b"1.6"), fields.concat()].concat()
}

#[test]
fn text_is_read_and_written() {
    let parsed = from_text(DOCUMENT);
    assert_eq!(faults(&parsed), [""; 0]);
    assert_eq!(text_at(&parsed, "/serialNumber"), Some("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"));
    assert_eq!(text_at(&parsed, "/bomFormat"), Some("CycloneDX"));
    assert_eq!(text_at(&parsed, "/metadata/timestamp"), Some("2020-04-13T20:20:39.500Z"));
    assert_eq!(text_at(&parsed, "/components/0/name"), Some("café \"é\"\n"));
    assert_eq!(text_at(&parsed, "/components/0/hashes/0/alg"), Some("SHA-1"));
    assert_eq!(text_at(&parsed, "/components/1/type"), Some("platform"));
    assert_eq!(at(&parsed, "/vulnerabilities/0/ratings/0/score"), Some(&Value::Number("-15".into())));
    assert_eq!(text_at(&parsed, "/vulnerabilities/0/ratings/0/severity"), Some("unknown"));
    let cwes: Vec<String> = ["16", "15", "20", "3"].map(str::to_owned).to_vec();
    let read = at(&parsed, "/vulnerabilities/0/cwes").and_then(Value::as_array).unwrap();
    assert_eq!(read, cwes.iter().map(|text| Value::Number((**text).into())).collect::<Vec<_>>());

    let written = to_text(&parsed);
    assert!(
        written.starts_with("# proto-message: cyclonedx.v1_6.Bom\n\nspec_version: \"1.6\"\nversion: 1\n"),
        "{written}"
    );
    assert!(written.contains("  name: \"café \\\"é\\\"\\n\"\n"), "{written}");
    assert_eq!(from_text(&written).tree, parsed.tree);
    assert_eq!(from_bytes(&to_bytes(&parsed)).tree, parsed.tree);
}

#[test]
fn a_dependency_within_a_dependency_is_one_of_the_list() {
    let parsed = from_text(DOCUMENT);
    let dependencies = at(&parsed, "/dependencies").and_then(Value::as_array).unwrap();
    assert_eq!(dependencies.len(), 2);
    assert_eq!(text_at(&parsed, "/dependencies/0/dependsOn/1"), Some("d"));
    assert_eq!(text_at(&parsed, "/dependencies/1/ref"), Some("b"));
    assert_eq!(text_at(&parsed, "/dependencies/1/dependsOn/0"), Some("c"));
    // However deep, as nothing recurses.
    let mut nested = field(1, b"x");
    for _ in 0..2000 {
        nested = [field(1, b"x"), field(2, &nested)].concat();
    }
    let parsed = from_bytes(&document(&[field(8, &nested)]));
    assert_eq!(at(&parsed, "/dependencies").and_then(Value::as_array).unwrap().len(), 2000);
}

#[test]
fn numbers_are_read_packed_or_not() {
    let packed = field(10, &field(6, &[79, 0x96, 1]));
    let single = field(10, &[0x30, 79, 0x30, 0x96, 1]);
    let (packed, single) = (from_bytes(&document(&[packed])), from_bytes(&document(&[single])));
    assert_eq!(packed.tree, single.tree);
    assert_eq!(to_bytes(&packed), document(&[field(10, &field(6, &[79, 0x96, 1]))]));
}

#[test]
fn what_is_not_known_is_kept() {
    // Field 999 in the document, 99 in a component, 1000 in an assessor.
    let component = field(5, &[field(8, b"a"), field(99, b"new")].concat());
    let bytes = document(&[component, field(14, &field(1, &field(1000, b"inner"))), field(999, b"newer")]);
    let parsed = from_bytes(&bytes);
    assert!(parsed.faults.iter().all(|fault| fault.advice && fault.kind == FaultKind::Unknown));
    assert_eq!(parsed.faults.len(), 3, "{:?}", faults(&parsed));
    assert_eq!(from_bytes(&to_bytes(&parsed)).tree, parsed.tree);
    assert_eq!(to_bytes(&parsed).len(), bytes.len());
    assert_eq!(from_text(&to_text(&parsed)).tree, parsed.tree);
    assert!(to_text(&parsed).contains("  99: \"new\"\n"), "{}", to_text(&parsed));
    assert!(loss(&parsed.tree, parsed.version).is_empty());
}

#[test]
fn kept_fields_cannot_be_members() {
    let smuggled = data_encoding::BASE64.encode(&field(3, b"urn:uuid:other"));
    let mut parsed = from_bytes(&document(&[]));
    let members = parsed.tree.as_object_mut().unwrap();
    members.push(UNKNOWN_FIELDS, Value::text(smuggled));
    assert_eq!(to_bytes(&parsed), document(&[]));
    assert_eq!(loss(&parsed.tree, parsed.version), [Pointer::root().member(UNKNOWN_FIELDS)]);
}

#[test]
fn one_that_is_there_twice() {
    // A message twice is one message; a version twice is the last; of what protobuf has many of, JSON has the first.
    let declarations = |claim: &[u8]| field(14, &field(3, &field(3, claim)));
    let metadata = [field(4, &field(3, &field(1, b"A"))), field(4, &field(3, &field(1, b"B")))].concat();
    let bytes = document(&[metadata, declarations(b"first"), declarations(b"second"), field(1, b"1.6")]);
    let parsed = from_bytes(&bytes);
    assert_eq!(text_at(&parsed, "/metadata/authors/1/name"), Some("B"));
    assert_eq!(at(&parsed, "/declarations/claims").and_then(Value::as_array).unwrap().len(), 1);
    assert_eq!(faults(&parsed), ["/declarations: the first of 2 counts; the others are kept"]);
    assert_eq!(from_bytes(&to_bytes(&parsed)).tree, parsed.tree);
    assert_eq!(from_text(&to_text(&parsed)).tree, parsed.tree);
}

#[test]
fn what_is_not_there_may_be_zero() {
    // The type of component data, and of an external reference.
    let component = field(5, &[field(8, b"a"), field(26, &[]), field(20, &field(2, b"https://example.com"))].concat());
    let parsed = from_bytes(&document(&[component]));
    assert_eq!(text_at(&parsed, "/components/0/data/0/type"), Some("source-code"));
    assert_eq!(text_at(&parsed, "/components/0/externalReferences/0/type"), Some("other"));
    assert_eq!(at(&parsed, "/components/0/type"), None);
}

#[test]
fn tools_are_a_list_or_an_object() {
    let legacy = from_text("spec_version: '1.6' metadata { tools { vendor: 'v' name: 'n' } }");
    assert_eq!(text_at(&legacy, "/metadata/tools/0/name"), Some("n"));
    let new = from_text("spec_version: '1.6' metadata { tools { components { name: 'n' } } }");
    assert_eq!(text_at(&new, "/metadata/tools/components/0/name"), Some("n"));
    // 1.4 has a list, later versions have one.
    let mut old = from_text("spec_version: '1.4' metadata { tools { name: 'a' } tools { name: 'b' } }");
    assert_eq!(from_text(&to_text(&old)).tree, old.tree);
    let lost: Vec<String> = loss(&old.tree, version("1.6")).iter().map(ToString::to_string).collect();
    assert_eq!(lost, ["/metadata/tools/1"]);
    old.version = version("1.6");
    assert_eq!(faults(&from_bytes(&to_bytes(&old))), [""; 0]);
}

#[test]
fn what_messages_cannot_say_is_told() {
    let member = |name: &'static str, value: Value| Value::Object(Members::from_iter([(name.into(), value)]));
    let mut tree = member("metadata", member("timestamp", Value::text("2020-04-13T22:20:39+02:00")));
    let members = tree.as_object_mut().unwrap();
    members.set("components", Value::Array(Vec::new()));
    members.set("signature", member("algorithm", Value::text("ES256")));
    members.set("version", Value::Number("1e20".into()));
    let mut out = Vec::new();
    let omissions = write(&tree, version("1.6"), &mut out).unwrap();
    let told: Vec<String> = omissions.iter().map(|told| format!("{}: {}", told.pointer, told.message)).collect();
    assert_eq!(
        told,
        [
            "/metadata/timestamp: written as protobuf has instants, without an offset",
            "/components: protobuf cannot tell an array without items from none",
            "/signature: protobuf has no field for it",
            "/version: protobuf cannot say this value",
        ]
    );
}

#[test]
fn wrong_values_are_faults_and_the_rest_is_read() {
    let component = [
        field(8, b"a\xff"),
        vec![0x08, 0x63],               // a type of number 99
        vec![0x90, 0x01, 0x01],         // `modified` as it should be
        vec![0x50, 0x01],               // a description that is a number
        field(20, &[0x12, 0x01, b'u']), // an external reference
    ];
    let stamp = field(4, &field(1, &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]));
    let parsed = from_bytes(&document(&[stamp, field(5, &component.concat())]));
    assert_eq!(
        faults(&parsed),
        [
            "/metadata/timestamp: an instant outside of the years 1 to 9999",
            "/components/0/type: 99 is not one of the numbers that there are",
            "/components/0/name: text that is not UTF-8, at byte 24",
            "/components/0/description: the data is not text or a message; it is kept as it is",
        ]
    );
    assert_eq!(text_at(&parsed, "/components/0/externalReferences/0/url"), Some("u"));
    assert_eq!(at(&parsed, "/components/0/modified").and_then(Value::as_bool), Some(true));
    assert_eq!(from_bytes(&to_bytes(&parsed)).tree, parsed.tree);
    assert_eq!(from_text(&to_text(&parsed)).tree, parsed.tree);
}

#[test]
fn broken_bytes_are_refused_with_their_place() {
    let error = |bytes: &[u8]| read(bytes, &Limits::default()).unwrap_err().to_string();
    let whole = document(&[field(5, &field(8, b"name"))]);
    for end in 1..whole.len() {
        let read = read(&whole[..end], &Limits::default());
        assert!(read.is_err() || end == 5, "{end}");
    }
    assert_eq!(error(&whole[..8]), "the data ends within a field, at byte 8");
    assert_eq!(error(&document(&[field(5, &[0x42, 9])])), "/components/0: the data ends within a field, at byte 9");
    assert_eq!(error(&document(&[vec![0x2b, 0x2c]])), "a field of wire type 3, which cannot be read, at byte 5");
    assert_eq!(error(b""), "not a document of a known standard; looked for: spec_version");
    assert_eq!(error(&field(1, b"1.2")), "cyclonedx \"1.2\" is not a version that can be read");
    let mut deep = Vec::new();
    for _ in 0..200 {
        deep = field(21, &deep);
    }
    assert!(matches!(read(&document(&[field(5, &deep)]), &Limits::default()), Err(ReadError::Limit(_))));
}

#[test]
fn broken_text_is_refused_with_its_line() {
    let error = |text: &str| read_text(text.as_bytes(), &Limits::default()).unwrap_err().to_string();
    let head = "spec_version: '1.6'\n";
    for (text, wanted) in [
        ("components {", "line 2: the text ends within a message"),
        ("components }", "line 2: a colon is missing"),
        ("version 1", "line 2: a colon is missing"),
        ("serial_number: 'x\n'", "line 2: a string is not closed"),
        ("\nserial_number: '\\q'", "line 3: an escape that there is not"),
        ("serial_number: '\\ud83e'", "line 2: an escape that there is not"),
        ("[type.googleapis.com/x] {}", "line 2: extensions and Any are not read"),
        ("components: [ {} ", "line 2: a list is not closed"),
        ("components: [", "line 2: a value is missing"),
        ("@", "line 2: a character that no field starts with"),
    ] {
        assert_eq!(error(&format!("{head}{text}")), wanted, "{text}");
    }
    let deep = format!("{head}{}", "components {".repeat(100_000));
    assert!(matches!(read_text(deep.as_bytes(), &Limits::default()), Err(ReadError::Limit(_))));
    assert!(read_text(b"spec_version: '1.6' \xff", &Limits::default()).is_err());
}

#[test]
fn wrong_text_is_a_fault_and_the_rest_is_read() {
    let parsed = from_text(
        "spec_version: '1.6'\nspec_version: '1.6'\nversoin: 2\nnew { a: [1, {b: 'c'}] }\ncomponents {\n  type: LIBRARY\n  \
         name: 5\n  version: '1'\n  pedigree: 'x'\n modified: maybe }\n",
    );
    assert_eq!(
        faults(&parsed),
        [
            "line 2: spec_version is there twice",
            "line 3: no field is named versoin; it is left out",
            "line 4: no field is named new; it is left out",
            "line 6: \"LIBRARY\" is no value of type; it is left out",
            "line 7: \"5\" is no value of name; it is left out",
            "line 9: pedigree has a value of another kind; it is left out",
            "line 10: \"maybe\" is no value of modified; it is left out",
        ]
    );
    assert_eq!(text_at(&parsed, "/components/0/version"), Some("1"));
}

#[test]
fn documents_are_told_by_their_content() {
    assert_eq!(looks_like(&document(&[])), Some(version("1.6")));
    // The version need not be first, nor the file be whole.
    assert_eq!(looks_like(&[vec![0x10, 1], field(1, b"1.3"), vec![0x2a, 0xff]].concat()), Some(version("1.3")));
    for other in [&b""[..], b"{\"bomFormat\"", b"<bom/>", b"\n\x031.2", b"\n\x03abc", b"spec_version: '1.6'"] {
        assert_eq!(looks_like(other), None);
    }
    assert_eq!(looks_like_text(DOCUMENT.as_bytes()), Some(version("1.6")));
    let late = b"components { name: 'spec_version: \"1.3\" }'\n}\nspec_version : \"1.5\"";
    assert_eq!(looks_like_text(late), Some(version("1.5")));
    assert_eq!(looks_like_text(b"# proto-file: a/bom-1.7.proto\ncomponents {}"), Some(version("1.7")));
    assert_eq!(looks_like_text(b"SPDXVersion: SPDX-2.3"), None);
}
