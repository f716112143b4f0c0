use super::*;

fn faults(text: &str) -> Vec<String> {
    let verdict = validate(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
    verdict.faults.iter().map(ToString::to_string).collect()
}

fn bom(members: &str) -> String {
    format!("{{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1,\n{members}}}")
}

#[test]
fn a_small_document_is_valid() {
    let text = bom(r#""components": [{"type": "library", "name": "a", "bom-ref": "a"}]"#);
    let verdict = validate(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
    assert!(verdict.is_valid() && verdict.faults.is_empty(), "{:?}", verdict.faults);
    assert_eq!(verdict.counts.of("component"), 1);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let text = bom(r#""components": [
  {"type": "libary", "name": "a", "licences": [], "name": "b"},
  {"type": "library", "name": 1, "hashes": [{"alg": "MD5", "content": "00"}]},
  {"name": "c", "licenses": [{"license": {"id": "mit"}}, {"expression": "MIT"}]}]"#);
    assert_eq!(
        faults(&text),
        [
            "line 3: /components/0/type: \"libary\" is not a value of 1.6; did you mean \"library\"?",
            "line 3: /components/0/licences: \"licences\" is not a member of component; did you mean \"licenses\"?",
            "line 3: /components/0/name: a member of this name was there before",
            "line 4: /components/1/name: must be a string, not a number",
            "line 4: /components/1/hashes/0/content: \"00\" is not of the form \
             ^([a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})$",
            "line 5: /components/2: \"type\" is missing, which component needs",
            "line 5: /components/2/licenses: one of the items must be the only one",
            "line 5: /components/2/licenses/0/license/id: \"mit\" is not on the SPDX licence list; did you mean \"MIT\"?",
        ]
    );
}

#[test]
fn references_are_advised_on() {
    let text = bom(
        r#""components": [{"type": "library", "name": "a", "bom-ref": "a"}, {"type": "library", "name": "b", "bom-ref": "b"},
  {"type": "library", "name": "c", "bom-ref": "b"}],
"dependencies": [{"ref": "a", "dependsOn": ["b", "urn:cdx:x/1#y"]}, {"dependsOn": ["a", "b", "z"], "ref": "b"}]"#,
    );
    assert_eq!(
        faults(&text),
        [
            "line 3: /components/2/bom-ref: another element is named \"b\"",
            "line 4: /dependencies/1/dependsOn/0: dependencies in a circle: \"a\" → \"b\" → \"a\"",
            "line 4: /dependencies/1/dependsOn/1: \"b\" depends on itself",
            "line 4: /dependencies/1/dependsOn/2: nothing in this document is named \"z\"",
        ]
    );
    assert!(validate(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap().is_valid());
}

#[test]
fn items_that_are_the_same_in_another_order_are_the_same() {
    let text = bom(
        r#""components": [{"type": "library", "name": "a", "version": "1"}, {"version": "1", "name": "\u0061", "type": "library"}]"#,
    );
    assert_eq!(faults(&text), ["line 2: /components/1: the same as item 0"]);
}

#[test]
fn many_faults_are_cut_short() {
    let wrong = vec!["1"; 10_500].join(",");
    let text = bom(&format!("\"components\": [{wrong}]"));
    let verdict = validate(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
    assert!(!verdict.is_valid());
    assert_eq!(verdict.faults.len(), 10_001);
    // 10,500 of the wrong type, and all but one of them the same as the one before.
    assert_eq!(verdict.faults.last().unwrap().message, "10999 more faults are not listed");
}

#[test]
fn what_is_no_document_is_an_error() {
    let error =
        |text: &str| validate(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap_err().to_string();
    assert_eq!(
        error("{\"specVersion\": \"1.6\",\n \"components\": [{]"),
        "line 2: /components/0: expected the name of a member here"
    );
    assert_eq!(error("{\"specVersion\": \"9\"}"), "cyclonedx \"9\" is not a version that can be read");
    assert!(error("{").contains("ends too early"));
    assert!(error("{}").contains("specVersion"));
}
