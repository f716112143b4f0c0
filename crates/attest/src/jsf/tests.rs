use super::*;

fn text(document: &str, index: usize) -> String {
    let document = JsfDocument::parse(document.as_bytes()).unwrap();
    String::from_utf8(document.signed_bytes(index).unwrap()).unwrap()
}

#[test]
fn the_value_is_left_out_and_the_rest_is_canonical() {
    let document = r#"{"z": 1.0, "a": 1e2, "signature": {"value": "AA", "algorithm": "ES256", "keyId": "k"}}"#;
    assert_eq!(text(document, 0), r#"{"a":100,"signature":{"algorithm":"ES256","keyId":"k"},"z":1}"#);
}

#[test]
fn of_signers_the_others_and_of_a_chain_the_later_ones_are_left_out() {
    let of = |form: &str| {
        format!(
            r#"{{"a":1,"signature":{{"{form}":[{{"algorithm":"ES256","value":"AA"}},{{"algorithm":"ES384","value":"AQ"}}]}}}}"#
        )
    };
    assert_eq!(text(&of("signers"), 0), r#"{"a":1,"signature":{"signers":[{"algorithm":"ES256"}]}}"#);
    assert_eq!(text(&of("signers"), 1), r#"{"a":1,"signature":{"signers":[{"algorithm":"ES384"}]}}"#);
    assert_eq!(text(&of("chain"), 0), r#"{"a":1,"signature":{"chain":[{"algorithm":"ES256"}]}}"#);
    assert_eq!(
        text(&of("chain"), 1),
        r#"{"a":1,"signature":{"chain":[{"algorithm":"ES256","value":"AA"},{"algorithm":"ES384"}]}}"#
    );
    let document = JsfDocument::parse(of("chain").as_bytes()).unwrap();
    assert!(document.signed_bytes(2).is_err());
}

#[test]
fn what_is_excluded_is_told() {
    let document = r#"{"a":1,"b":2,"signature":{"algorithm":"ES256","excludes":["b"],"value":"AA"}}"#;
    assert_eq!(text(document, 0), r#"{"a":1,"signature":{"algorithm":"ES256"}}"#);
    let read = JsfDocument::parse(document.as_bytes()).unwrap();
    assert_eq!(read.signature().unwrap().excludes(), ["b"]);
}

#[test]
fn nested_signatures_are_found() {
    let document = r#"{"components":[{"a/b":{"signature":{}}},{"signature":"text"}],"signature":{"algorithm":"ES256","value":"AA"}}"#;
    assert_eq!(JsfDocument::parse(document.as_bytes()).unwrap().nested(), ["/components/0/a~1b/signature"]);
}

#[test]
fn refuses_what_is_ambiguous_or_undefined() {
    let core = |rest: &str| format!(r#"{{"signature":{{"algorithm":"ES256","value":"AA"{rest}}}}}"#);
    assert!(JsfDocument::parse(core("").as_bytes()).is_ok());
    for bad in [
        core(r#","value":"AQ""#),
        core(r#","extensions":["x"]"#),
        core(r#","other":1"#),
        core(r#","excludes":["signature"]"#),
        core(r#","excludes":[]"#),
        core(r#","keyId":1"#),
        core(r#","publicKey":{"kty":"oct","k":"AA"}"#),
        core(r#","publicKey":{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}"#),
        core(r#","signers":[]"#),
        r#"{"a":9007199254740993,"signature":{"algorithm":"ES256","value":"AA"}}"#.into(),
        r#"{"signature":{"algorithm":"ES256","value":"AA=="}}"#.into(),
        r#"{"signature":{"algorithm":"ES256","value":"AB"}}"#.into(),
        r#"{"signature":{"algorithm":"RS256","value":"e30.e30.AA"}}"#.into(),
        r#"{"signature":{"signers":[]}}"#.into(),
        r#"{"signature":{"signers":[{"algorithm":"ES256","value":"AA","excludes":["a"]}]}}"#.into(),
        r#"{"signature":{"signers":[{"algorithm":"ES256","value":"AA"}],"chain":[]}}"#.into(),
        r#"{"signature":[]}"#.into(),
        "[]".into(),
        format!(r#"{{"signature":{{"signers":[{}]}}}}"#, vec![r#"{"algorithm":"ES256","value":"AA"}"#; 33].join(",")),
    ] {
        assert!(JsfDocument::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}
