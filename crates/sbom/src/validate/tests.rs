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
